import { readFile } from "node:fs/promises";
import { pino } from "pino";
import { type Static, Type } from "typebox";
import { Value } from "typebox/value";
import { type CoalescingPoster, createCoalescingPoster } from "../../../../src/banks/coalescing-poster.js";
import { createRestConnector } from "../../../../src/banks/rest-connector.js";
import { type PostingOutcome, postingReference } from "../../../../src/domain/posting.js";
import { DEMO_CURRENCY } from "../../../stack/demo-network.js";

/**
 * What an engine's service is told, by a file. `banks`: the payers', then the payees'. `grouped`: whether bank calls that come within 2 ms
 * of each other go to the bank as one request, as Event Machine's do; else each goes by itself, as in most workflows.
 */
export const EngineConfig = Type.Object({
  port: Type.Integer(),
  grouped: Type.Boolean(),
  databaseUrl: Type.String(),
  banks: Type.Array(Type.Object({ url: Type.String(), token: Type.String() }), { minItems: 2, maxItems: 2 }),
});
export type EngineConfig = Static<typeof EngineConfig>;

/** A transfer between accounts: nothing is looked up, sealed or signed. `amountMinor`: minor units, as a decimal string. */
export interface EngineTransfer {
  id: string;
  payerAccount: string;
  payeeAccount: string;
  amountMinor: string;
}

/** Runs something once for ever, under a name: what an engine is for. An error is tried again. */
export type Step = (name: string, run: () => Promise<PostingOutcome>) => Promise<PostingOutcome>;

// As a leg's function has them (src/bin/wiring/run-function.ts).
const GROUPED = { maxBatch: 200, windowMs: 2 };
const SINGLE = { maxBatch: 1, windowMs: 0 };
const BANK_TIMEOUT_MS = 5_000;

export async function readEngineConfig(path: string | undefined): Promise<EngineConfig> {
  if (path === undefined) throw new Error("usage: <service> <configuration file>");
  return Value.Parse(EngineConfig, JSON.parse(await readFile(path, "utf8")));
}

/** Both banks, by the connector that Event Machine's functions use. */
export function openBanks({ banks, grouped }: EngineConfig): CoalescingPoster[] {
  const logger = pino({ level: "warn" });
  return banks.map(({ url, token }) =>
    createCoalescingPoster(
      createRestConnector({ baseUrl: url, token, timeoutMs: BANK_TIMEOUT_MS, logger }),
      grouped ? GROUPED : SINGLE,
    ),
  );
}

/** The same two bank calls as a workflow; and the refund, where the second is refused. */
export async function transferMoney(
  step: Step,
  [payerBank, payeeBank]: readonly Pick<CoalescingPoster, "post">[],
  { id, payerAccount, payeeAccount, amountMinor }: EngineTransfer,
): Promise<{ state: "COMPLETED" | "REJECTED" | "REVERSED" | "SUSPENDED" }> {
  if (payerBank === undefined || payeeBank === undefined) throw new Error("There must be two banks.");
  const money = { amountMinor: BigInt(amountMinor), currency: DEMO_CURRENCY };
  const reference = { debit: postingReference(id, "debit"), credit: postingReference(id, "credit") };
  const debit = await step("debit", () =>
    payerBank.post({ kind: "debit", reference: reference.debit, account: payerAccount, ...money }),
  );
  if (debit.status === "refused") return { state: "REJECTED" };
  const credit = await step("credit", () =>
    payeeBank.post({ kind: "credit", reference: reference.credit, account: payeeAccount, ...money }),
  );
  if (credit.status === "posted") return { state: "COMPLETED" };
  const refund = await step("refund", () =>
    payerBank.post({ kind: "refund", reference: postingReference(id, "refund"), refundOf: reference.debit, ...money }),
  );
  return { state: refund.status === "posted" ? "REVERSED" : "SUSPENDED" };
}
