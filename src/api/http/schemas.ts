import { type Static, Type } from "typebox";
import { STATES } from "../../domain/transfer-state.js";
import { PROBLEM_MEDIA_TYPE } from "./problem.js";

// The forms of phone, amount and currency are the domain's to judge (422); a schema says only what has the wrong shape (400).
export const closed = { additionalProperties: false };
export const TIME = { format: "date-time", description: "RFC 3339." };

export const PhoneSchema = Type.String({
  description: "Phone number of a mobile or fixed line, in E.164 form, as it is dialled from abroad.",
  examples: ["+66812345678"],
});
export const BankSchema = Type.String({ description: "BIC8 (ISO 9362:2014).", examples: ["FAASTHB1"] });
export const AccountSchema = Type.String({ description: "1 to 34 ASCII letters and digits; sealed to the bank." });
const LinkSchema = Type.String({ format: "uri-reference" });

export const MoneySchema = Type.Object(
  {
    amount: Type.String({ description: "Minor units, a decimal string from 1 to 10^15.", examples: ["15000"] }),
    currency: Type.String({ description: "ISO 4217 alphabetic code.", examples: ["THB"] }),
  },
  closed,
);

export const TransferBodySchema = Type.Object(
  {
    payer: Type.Object({ phone: PhoneSchema }, closed),
    payee: Type.Object({ phone: PhoneSchema }, closed),
    amount: MoneySchema,
    message: Type.Optional(
      Type.String({ minLength: 1, maxLength: 140, description: "For the payee, one line, sealed to the payee's bank." }),
    ),
    deadline: Type.Optional(
      Type.String({ description: "RFC 3339. After it the payer is not debited any more. From 10 seconds to 30 days ahead." }),
    ),
  },
  closed,
);

/** What a client sends to start a transfer. */
export type TransferBody = Static<typeof TransferBodySchema>;

export const TransferHeadersSchema = Type.Object({
  "idempotency-key": Type.String({
    pattern: "^[\\x21-\\x7e]{1,255}$",
    description: "Names the transfer for ever, for this caller: the same request under the same key is the same transfer.",
  }),
  prefer: Type.Optional(
    Type.String({
      description:
        "RFC 7240. `wait=<seconds>`, at most 60: hold the answer until the transfer is final. `respond-async`: 202 at once, or after `wait`.",
    }),
  ),
});

export const TransferParamsSchema = Type.Object({ id: Type.String({ description: "0x and 64 hex digits." }) });

export const TransferSchema = Type.Object({
  id: Type.String(),
  state: Type.Enum(STATES),
  suspendedFrom: Type.Optional(Type.Enum(STATES)),
  final: Type.Boolean({ description: "Whether nothing can follow." }),
  earlierChain: Type.Optional(
    Type.Object(
      {
        domain: Type.String({ description: "Names that chain's network of transfers." }),
        outcome: Type.Enum(["final", "unknown"], {
          description: "`unknown`: it was under way when its chain was lost, and only the banks can tell how far it came.",
        }),
      },
      {
        description:
          "Present where the transfer is of a chain before this one, which is gone: `state` is where it last stood there.",
      },
    ),
  ),
  payer: Type.Object({ bank: BankSchema }),
  payee: Type.Object({ bank: BankSchema }),
  amount: MoneySchema,
  deadline: Type.String({ ...TIME, description: "Judged by block time: the chain's clock." }),
  reason: Type.Optional(Type.String({ description: "ISO 20022 external status reason code.", examples: ["AM04"] })),
  cause: Type.Optional(
    Type.String({
      description:
        "Why the start was refused; then the state is REJECTED, and nothing has moved. By the contract; or by every node for the start's transaction: transaction-too-large, gas-over-cap, fee-over-cap.",
      examples: ["organisation-not-admitted"],
    }),
  ),
  acceptedAt: Type.Optional(
    Type.String({
      ...TIME,
      description: "When this API accepted it: the service's clock, which may differ from the chain's by seconds.",
    }),
  ),
  startedAt: Type.Optional(Type.String({ ...TIME, description: "The time of the block that it started in: the chain's clock." })),
  updatedAt: Type.Optional(
    Type.String({ ...TIME, description: "The time of the block of its newest state: the chain's clock." }),
  ),
  links: Type.Object({ self: LinkSchema, events: LinkSchema }),
});

/** A transfer as clients see it. It names no phone number. */
export type TransferResource = Static<typeof TransferSchema>;

export const TransferEventSchema = Type.Object({
  sequence: Type.String({ description: "Decimal; gapless over all transfers of the network." }),
  type: Type.String({ examples: ["eventmachine.transfer.started"] }),
  state: Type.Optional(Type.Enum(STATES)),
  reason: Type.Optional(Type.String()),
  evidence: Type.Optional(Type.String({ description: "SHA-256 of the bank's receipt." })),
  time: Type.String({ ...TIME, description: "The block's time: the chain's clock." }),
  observedAt: Type.String({ ...TIME, description: "When this system saw it: the store's clock." }),
  blockNumber: Type.String(),
  blockHash: Type.String(),
  transactionHash: Type.String(),
  logIndex: Type.Integer(),
});

export const PhoneAccountBodySchema = Type.Object(
  {
    phone: PhoneSchema,
    bank: BankSchema,
    account: AccountSchema,
  },
  closed,
);

export const PhoneAccountSchema = Type.Object({
  phone: PhoneSchema,
  bank: BankSchema,
  version: Type.Integer({ description: "Counts the changes of the entry, from 1." }),
  transactionHash: Type.Optional(Type.String()),
});

export const PhoneParamsSchema = Type.Object({ phone: PhoneSchema });

export const HealthSchema = Type.Object({
  status: Type.Enum(["ok", "unavailable"]),
  checks: Type.Array(Type.Object({ name: Type.String(), ok: Type.Boolean() })),
});

export const RootSchema = Type.Object({
  name: Type.String(),
  network: Type.Object({ domain: Type.String(), chainId: Type.String(), organisation: Type.String() }),
  links: Type.Record(Type.String(), LinkSchema),
});

const ProblemSchema = Type.Object(
  {
    type: Type.String({ format: "uri" }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String({ format: "uri", description: "Names this answer; the operator's log has it too." }),
    field: Type.Optional(Type.String({ description: "JSON pointer: which field the error is about." })),
    errors: Type.Optional(
      Type.Array(Type.Object({ pointer: Type.String({ description: "JSON pointer." }), detail: Type.String() }, closed), {
        description: "What is wrong with the request, field by field.",
      }),
    ),
  },
  { ...closed, description: "Problem details (RFC 9457)." },
);

/** The response schemas of problem details, for the given statuses. */
export function problems<Status extends number>(...statuses: Status[]): Record<Status, typeof PROBLEM_RESPONSE> {
  return Object.fromEntries(statuses.map((status) => [status, PROBLEM_RESPONSE])) as Record<Status, typeof PROBLEM_RESPONSE>;
}

const PROBLEM_RESPONSE = {
  description: "Problem details (RFC 9457)",
  content: { [PROBLEM_MEDIA_TYPE]: { schema: ProblemSchema } },
};
