import { type Static, Type } from "typebox";
import { BIC8_PATTERN } from "../domain/ids.js";

const HASH = { pattern: "^0x[0-9a-f]{64}$" };
const Hash = Type.String(HASH);
const Bank = Type.String({ pattern: BIC8_PATTERN.source, description: "BIC8 (ISO 9362:2014)." });
const Whole = Type.String({ pattern: "^(0|[1-9][0-9]{0,18})$" });
const Time = Type.String({ description: "RFC 3339." });

/** What a bank has done, as the chain has it. */
const BankEvidence = Type.Object({
  leg: Type.Enum(["debit", "credit"]),
  bank: Bank,
  hash: Type.String({ ...HASH, description: "SHA-256 of the bank's receipt, as the chain has it." }),
  receipt: Type.Optional(Type.String({ description: "That receipt, where the bank has no API; other banks keep theirs." })),
});

const ReceiptEvent = Type.Object({
  type: Type.String(),
  sequence: Whole,
  time: Time,
  blockNumber: Whole,
  blockHash: Hash,
  transactionHash: Hash,
  logIndex: Type.Integer({ minimum: 0 }),
});

const Money = Type.Object({ amount: Whole, currency: Type.String() });
const Party = Type.Object({ bank: Bank });

/** What the initiator asked for, as the issuer's journal has it. No phone number is in it, and none can be guessed from it. */
const Requested = Type.Object({
  requestHash: Type.String({
    ...HASH,
    description: "keccak256(abi.encode(principal, Idempotency-Key)): what the chain makes the id of.",
  }),
  detailsHash: Type.String({ ...HASH, description: "keccak256 of the details that the issuer sealed to the two banks." }),
  payer: Party,
  payee: Party,
  amount: Money,
  deadline: Time,
  fields: Type.Record(Type.String(), Type.String({ pattern: "^[0-9a-f]{64}$" }), {
    description:
      "Each field of the request (JSON pointer), the phone numbers and the message too, hashed under the issuer's secret key: a repeat of the request tells whether it is the same.",
  }),
});

/** What is signed of a completed transfer: who, how much, by the chain; what was asked for, by the issuer's journal (`requested`, absent where it was lost); what both banks have said, and where on the chain each of it stands. */
export const ReceiptSchema = Type.Object({
  version: Type.Union([Type.Literal(1), Type.Literal(2)], { description: "1: without `requested`." }),
  issuer: Type.String({ description: "The organisation whose API has issued it." }),
  network: Type.Object({
    domain: Hash,
    chainId: Whole,
    contract: Type.String({ pattern: "^0x[0-9a-fA-F]{40}$" }),
  }),
  transfer: Type.Object({
    id: Hash,
    state: Type.Literal("COMPLETED"),
    payer: Party,
    payee: Party,
    amount: Money,
    startedAt: Time,
    completedAt: Time,
  }),
  requested: Type.Optional(Requested),
  evidence: Type.Array(BankEvidence, { minItems: 2, maxItems: 2 }),
  events: Type.Array(ReceiptEvent, { minItems: 3 }),
});

export type Receipt = Static<typeof ReceiptSchema>;

/** A receipt with its signature: compact JWS (RFC 7515) over its canonical JSON (RFC 8785). */
export const SignedReceiptSchema = Type.Object({ receipt: ReceiptSchema, jws: Type.String() });

export type SignedReceipt = Static<typeof SignedReceiptSchema>;

/** The `typ` of the signature's header, so that it is taken for nothing else. */
export const RECEIPT_TYPE = "event-machine-receipt+jws";
