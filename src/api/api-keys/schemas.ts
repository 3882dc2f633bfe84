import { type Static, Type } from "typebox";
import { SCOPES } from "../../domain/principal.js";
import { NextCursor } from "../http/page-schemas.js";
import { BankSchema, closed, PhoneSchema, TIME } from "../http/schemas.js";

const ITEMS_MAX = 100;
const Scopes = Type.Array(Type.Enum([...SCOPES]), { minItems: 1, maxItems: SCOPES.length, uniqueItems: true });
const Expiry = Type.String({ ...TIME, description: "RFC 3339. From then on the key is answered 401." });

export const ApiKeyBodySchema = Type.Object(
  {
    principal: Type.String({
      pattern: "^[a-z0-9][a-z0-9._-]{0,62}$",
      description: "Whose the key is. Transfers are a principal's, whichever of its keys they were started with.",
      examples: ["shop"],
    }),
    scopes: Scopes,
    payers: Type.Union(
      [
        Type.Literal("any"),
        Type.Object(
          {
            banks: Type.Optional(Type.Array(BankSchema, { maxItems: ITEMS_MAX })),
            phones: Type.Optional(Type.Array(PhoneSchema, { maxItems: ITEMS_MAX })),
          },
          closed,
        ),
      ],
      {
        description:
          "Whom it may send for: anyone, the customers of banks, single numbers. For a bank, also register numbers for.",
      },
    ),
    expiresAt: Type.Optional(
      Type.String({ description: "RFC 3339. From then on the key is answered 401. No later than the caller's own." }),
    ),
  },
  closed,
);

export type ApiKeyBody = Static<typeof ApiKeyBodySchema>;

export const RotationBodySchema = Type.Object(
  {
    overlapSeconds: Type.Integer({
      minimum: 0,
      maximum: 604_800,
      description: "How long the old key stays good beside the new one.",
      examples: [86_400],
    }),
  },
  closed,
);

export const ApiKeySchema = Type.Object({
  id: Type.String({ description: "Names the key; no secret." }),
  principal: Type.String(),
  scopes: Type.Array(Type.String()),
  payers: Type.Union([
    Type.Literal("any"),
    Type.Object({ banks: Type.Array(BankSchema), phones: Type.Integer({ description: "How many; numbers are not kept." }) }),
  ]),
  createdAt: Type.String(TIME),
  expiresAt: Type.Optional(Expiry),
});

export type ApiKeyResource = Static<typeof ApiKeySchema>;

export const NewApiKeySchema = Type.Object({
  ...ApiKeySchema.properties,
  key: Type.String({ description: "The key itself. It is shown this once: only its hash is kept." }),
});

export const ApiKeyListSchema = Type.Object({ apiKeys: Type.Array(ApiKeySchema), next: NextCursor });

export const ApiKeyParamsSchema = Type.Object({ id: Type.String({ description: "The key's id." }) });
