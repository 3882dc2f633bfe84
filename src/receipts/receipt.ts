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

/** What is signed of a completed transfer: who, how much, what both banks have said, and where on the chain each of it stands. */
export const ReceiptSchema = Type.Object({
  version: Type.Literal(1),
  issuer: Type.String({ description: "The organisation whose API has issued it." }),
  network: Type.Object({
    domain: Hash,
    chainId: Whole,
    contract: Type.String({ pattern: "^0x[0-9a-fA-F]{40}$" }),
  }),
  transfer: Type.Object({
    id: Hash,
    state: Type.Literal("COMPLETED"),
    payer: Type.Object({ bank: Bank }),
    payee: Type.Object({ bank: Bank }),
    amount: Type.Object({ amount: Whole, currency: Type.String() }),
    startedAt: Time,
    completedAt: Time,
  }),
  evidence: Type.Array(BankEvidence, { minItems: 2, maxItems: 2 }),
  events: Type.Array(ReceiptEvent, { minItems: 3 }),
});

export type Receipt = Static<typeof ReceiptSchema>;

/** A receipt with its signature: compact JWS (RFC 7515) over its canonical JSON (RFC 8785). */
export const SignedReceiptSchema = Type.Object({ receipt: ReceiptSchema, jws: Type.String() });

export type SignedReceipt = Static<typeof SignedReceiptSchema>;

/** The `typ` of the signature's header, so that it is taken for nothing else. */
export const RECEIPT_TYPE = "event-machine-receipt+jws";
