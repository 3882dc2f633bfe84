import { type Static, Type } from "typebox";
import { HISTORY_EVENT_TYPES } from "../../chain/contracts/chain-event.js";
import { BIC8_PATTERN } from "../../domain/ids.js";
import { NextCursor, NextSequence, PageLimit, SequenceParameter } from "../http/page-schemas.js";
import { BankSchema, closed, TIME } from "../http/schemas.js";

/** Bytes of a body that may hold a module. */
export const MODULE_BODY_MAX_BYTES = 256 * 1024;
const SOURCE_MAX_CHARACTERS = 200_000;

const NAME = {
  pattern: "^[a-z0-9][a-z0-9-]{0,62}$",
  description: "Lower-case letters, digits and hyphens.",
  examples: ["premiums"],
};
const Types = Type.Array(Type.Enum(HISTORY_EVENT_TYPES), {
  minItems: 1,
  maxItems: HISTORY_EVENT_TYPES.length,
  uniqueItems: true,
  description: "Which events wake it. A module's own `on` without them.",
});
const BankFilter = Type.String({ pattern: BIC8_PATTERN.source, description: "BIC8 (ISO 9362:2014).", examples: ["FAASTHB1"] });
const FilterProperties = {
  payerBank: Type.Optional(BankFilter),
  payeeBank: Type.Optional(BankFilter),
  currency: Type.Optional(Type.String({ pattern: "^[A-Z]{3}$", description: "ISO 4217 alphabetic code.", examples: ["THB"] })),
  principal: Type.Optional(
    Type.String({
      pattern: "^[a-z0-9][a-z0-9._-]{0,62}$",
      description: "Whose transfers. The caller's own, unless its key has `transfers:read-any`: then everybody's without it.",
    }),
  ),
};
const Filter = Type.Object(FilterProperties, { ...closed, description: "What is left out filters nothing." });
const Retry = Type.Object(
  {
    maxAttempts: Type.Integer({ minimum: 1, maximum: 100, description: "Tries before a delivery is given up." }),
    firstRetryMs: Type.Integer({
      minimum: 100,
      maximum: 3_600_000,
      description: "The first pause; each is twice the one before.",
    }),
    maxRetryMs: Type.Integer({ minimum: 100, maximum: 86_400_000, description: "The longest pause." }),
  },
  { ...closed, description: "40 tries, from 200 ms to 4 minutes apart, without it." },
);
const Settings = {
  types: Type.Optional(Types),
  filter: Type.Optional(Filter),
  url: Type.Optional(
    Type.String({
      maxLength: 2_000,
      description: "Where its events are posted: http or https, at a public address. Either this or `module`.",
      examples: ["https://insurer.example/lease-events"],
    }),
  ),
  module: Type.Optional(
    Type.Object(
      {
        source: Type.String({
          minLength: 1,
          maxLength: SOURCE_MAX_CHARACTERS,
          description: "TypeScript: `export default defineFunction({ on, handle })`. One file; types are stripped, not checked.",
        }),
      },
      { ...closed, description: "What handles its events, in a process of its own." },
    ),
  ),
  batchSize: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1_000, description: "Events in one request; 100 without it, 10 for a module." }),
  ),
  concurrency: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 16, description: "Requests at once; 2 without it, 1 for a module." }),
  ),
  retry: Type.Optional(Retry),
};

export const FunctionBodySchema = Type.Object({ name: Type.String(NAME), ...Settings }, closed);
export type FunctionBody = Static<typeof FunctionBodySchema>;

export const FunctionPatchSchema = Type.Object(
  { ...Settings, enabled: Type.Optional(Type.Boolean({ description: "Takes it out of service, or puts it back." })) },
  { ...closed, minProperties: 1, description: "What is left out stays. `filter` and `retry` are replaced whole." },
);
export type FunctionPatch = Static<typeof FunctionPatchSchema>;

const Count = Type.Integer({ minimum: 0 });
const Milliseconds = Type.Integer({ minimum: 0 });

export const FunctionSchema = Type.Object({
  name: Type.String(),
  owner: Type.Optional(Type.String({ description: "The principal that registered it; absent for the deployment's own." })),
  url: Type.Optional(Type.String({ description: "Where its events are posted." })),
  module: Type.Optional(
    Type.Object(
      { digest: Type.String({ description: "SHA-256 of the module's code." }) },
      { description: "What handles its events." },
    ),
  ),
  types: Type.Array(Type.String()),
  filter: Type.Object({ ...FilterProperties, payerBank: Type.Optional(BankSchema), payeeBank: Type.Optional(BankSchema) }),
  batchSize: Type.Integer({ description: "Events in one request." }),
  concurrency: Type.Integer({ description: "Requests at once." }),
  retry: Type.Optional(Retry),
  enabled: Type.Boolean(),
  disabledReason: Type.Optional(Type.String({ description: "Why it is out of service; absent while it is in." })),
  position: Type.Optional(
    Type.String({ description: "Every matching event up to this sequence was delivered, or waits, or is dead." }),
  ),
  behind: Type.Integer({ description: "Matching events after the position." }),
  waiting: Type.Integer({ description: "Deliveries that come again." }),
  dead: Type.Integer({ description: "Deliveries that were given up." }),
  oldestWaitingAt: Type.Optional(Type.String({ ...TIME, description: "When the event of the oldest of them was seen." })),
  lastError: Type.Optional(Type.String()),
  recent: Type.Optional(
    Type.Object(
      { count: Count, failed: Count, p50Ms: Milliseconds, p95Ms: Milliseconds, p99Ms: Milliseconds },
      { description: "Its newest requests, at most 200: how many, how many were not answered 2xx, and how long answers took." },
    ),
  ),
  previousSecretUntil: Type.Optional(Type.String({ ...TIME, description: "Until then the secret before signs too." })),
  createdAt: Type.String(TIME),
  updatedAt: Type.String(TIME),
});
export type FunctionResource = Static<typeof FunctionSchema>;

const Secret = Type.String({
  description: "What signs its requests (Standard Webhooks). It is shown this once.",
  examples: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
});

export const NewFunctionSchema = Type.Object({ ...FunctionSchema.properties, secret: Secret });
export const NewSecretSchema = Type.Object({
  secret: Secret,
  previousSecretUntil: Type.String({ ...TIME, description: "Until then the secret before signs too." }),
});

export const FunctionListSchema = Type.Object({ functions: Type.Array(FunctionSchema), next: NextCursor });
export const FunctionParamsSchema = Type.Object({ name: Type.String({ description: "The function's name." }) });

export const SourceSchema = Type.Object({ digest: Type.String(), source: Type.String() });

export const DeliveryQuerySchema = Type.Object(
  {
    status: Type.Optional(Type.Enum(["waiting", "dead"], { description: "Both without it." })),
    after: Type.Optional(SequenceParameter),
    limit: PageLimit,
  },
  closed,
);

export const DeliverySchema = Type.Object({
  sequence: Type.String(),
  transfer: Type.String(),
  type: Type.Optional(Type.String()),
  status: Type.Enum(["waiting", "dead"]),
  attempts: Count,
  nextAttemptAt: Type.Optional(Type.String({ ...TIME, description: "Of one that waits." })),
  givenUpAt: Type.Optional(Type.String({ ...TIME, description: "When it became a dead letter; of one that is dead." })),
  revivals: Type.Integer({
    minimum: 0,
    description:
      "How often the watcher has given a dead letter its tries again by itself, because its transfer was still open. The pause before it doubles each time.",
  }),
  lastError: Type.Optional(Type.String()),
});

export const DeliveryListSchema = Type.Object({
  deliveries: Type.Array(DeliverySchema),
  next: NextSequence,
});

export const RequestQuerySchema = Type.Object({ limit: PageLimit }, closed);

export const RequestListSchema = Type.Object({
  requests: Type.Array(
    Type.Object({
      at: Type.String(TIME),
      events: Count,
      outcome: Type.Enum(["answered", "retry", "refused", "gone"]),
      durationMs: Milliseconds,
      error: Type.Optional(Type.String()),
    }),
  ),
});

export const ReplayBodySchema = Type.Object(
  { sequence: Type.Optional({ ...SequenceParameter, description: "One dead letter; all of the function's without it." }) },
  closed,
);
export const ReplaySchema = Type.Object({ replayed: Type.Integer({ description: "How many are delivered again." }) });

export const SecretRotationBodySchema = Type.Object(
  {
    overlapSeconds: Type.Integer({
      minimum: 0,
      maximum: 604_800,
      description: "How long the old secret signs beside the new one.",
      examples: [86_400],
    }),
  },
  closed,
);
