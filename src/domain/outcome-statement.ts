import { randomBytes } from "node:crypto";
import { Type } from "typebox";
import { Value } from "typebox/value";
import { canonicalJson, evidenceHash } from "./evidence.js";
import { STATES, type State } from "./transfer-state.js";

/** The longest note, in Unicode characters: a few sentences for the second person, and for an auditor. */
export const NOTE_MAX = 500;

/** The longest reference of a bank's own (ISO 20022 `Max140Text`). */
export const BANK_REFERENCE_MAX = 140;

// As in a bank's receipt: the hash goes on a public chain, and without a salt a short note could be guessed.
const SALT_BYTES = 16;

/**
 * The statement of a bank's person about the outcome of a suspended transfer.
 *
 * - `bank`: the open leg's bank.
 * - `reason`: ISO 20022, where the outcome needs one.
 * - `bankReference`: the bank's own reference of the payment.
 */
export interface OutcomeStatement {
  transfer: string;
  bank: string;
  outcome: State;
  reason?: string | undefined;
  note: string;
  bankReference?: string | undefined;
}

const StatementSchema = Type.Object({
  transfer: Type.String(),
  bank: Type.String(),
  outcome: Type.Enum(STATES),
  reason: Type.Optional(Type.String()),
  note: Type.String(),
  bankReference: Type.Optional(Type.String()),
});

/** Writes a statement as canonical JSON (RFC 8785) with a random salt. `hash`: the evidence on the chain. */
export function writeStatement(statement: OutcomeStatement): { content: string; hash: string } {
  const given = Object.entries(statement).filter(([, value]) => value !== undefined);
  const salt = randomBytes(SALT_BYTES).toString("hex");
  const content = canonicalJson({ ...Object.fromEntries(given), source: "people", salt });
  return { content, hash: evidenceHash(content) };
}

/** Reads a statement; `undefined` where the content is not the one that the hash is of. */
export function readStatement(content: string, hash: string): OutcomeStatement | undefined {
  if (evidenceHash(content) !== hash) return undefined;
  const value: unknown = JSON.parse(content);
  return Value.Check(StatementSchema, value) ? value : undefined;
}
