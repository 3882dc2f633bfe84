import { AppError } from "../../src/domain/app-error.js";
import type { PostingOutcome } from "../../src/domain/posting.js";
import { stateNumber } from "../../src/domain/transfer-state.js";
import type { LegBank } from "../../src/functions/leg.js";
import type { Plants } from "./plants.js";

/** Defects of the kind that money is lost by, as wrong parts: the oracle must catch each. */
export const PLANTED_BUGS: Record<string, () => Plants> = {
  "a refund without reading the chain": () => ({ rpcResult: showCompletedAsReversing }),
  "a lost answer of the bank taken for a no": () => ({ legBank: lostAnswerIsNo }),
  "a second try under another reference": () => ({ legBank: newReferenceEachTime }),
  "a debit in other units": () => ({ legBank: debitTenfold }),
  "a receipt that is not the bank's": () => ({ legBank: changeReceipts }),
  "an accepted start that is not journalled": () => ({
    journal: (journal) => ({ ...journal, insert: async () => true }),
  }),
  "events that are delivered before they are final": () => ({ watcherFinality: () => ({ confirmations: 0 }) }),
  "a failed delivery taken for a success": () => ({
    deliveryAnswer: (answer) => (answer.status === 503 ? { ...answer, status: 200, body: "{}" } : answer),
  }),
  "a function that swallows what it cannot do": () => ({
    deliveryAnswer: (answer) => (answer.status === 200 ? { ...answer, body: "{}" } : answer),
  }),
  "a retry row that is not written": () => ({ rows: skip(/insert into retries/) }),
  "an event that does not wait for an earlier one of its transfer": () => ({
    query: (_role, query) => ({ ...query, sql: query.sql.replace(BLOCKED, "($1::text is null) as blocked") }),
  }),
  "a page that is written without its events": () => ({ rows: skip(/insert into events/) }),
  "a roll-back that leaves the events": () => ({ rows: skip(/delete from "?events"?/) }),
  "logs that are believed unchecked": () => ({ logCheck: "none" }),
  "a reorganisation that is not noticed": () => ({ rpcResult: rememberFirstBlocks() }),
};

// Whether a delivery of the same transfer waits, as new events are read.
const BLOCKED = /exists \(\s*select from retries r where r\.function = (\$[0-9]+)[^)]*\) as blocked/;

function skip(pattern: RegExp): NonNullable<Plants["rows"]> {
  return (role, query) => (role.startsWith("watcher") && pattern.test(query.sql) ? [] : undefined);
}

const PHASE_DIGITS = 2;

/** In the words of `wordsOf`'s answer COMPLETED's phase, the last byte, as REVERSING's. */
function showCompletedAsReversing(role: string, { method }: { method: string }, result: unknown): unknown {
  if (!role.endsWith("refund") || method !== "eth_call" || typeof result !== "string") return result;
  const words = result.slice(2).match(/.{64}/g) ?? [];
  const phase = (state: "COMPLETED" | "REVERSING") => stateNumber(state).toString(16).padStart(PHASE_DIGITS, "0");
  const shown = (word: string) =>
    word.endsWith(phase("COMPLETED")) ? `${word.slice(0, -PHASE_DIGITS)}${phase("REVERSING")}` : word;
  return `0x${words.map((word, index) => (index > 1 ? shown(word) : word)).join("")}`;
}

function lostAnswerIsNo(bank: LegBank): LegBank {
  const refused = ({ reference }: { reference: string }): PostingOutcome => ({
    status: "refused",
    reference,
    reason: "AB06",
    receipt: "{}",
  });
  return {
    ...bank,
    post: async (posting) =>
      await Promise.race([
        bank.post(posting).catch((error: unknown) => {
          if (error instanceof AppError && error.code === "bank-outcome-unknown") return refused(posting);
          throw error;
        }),
        new Promise<PostingOutcome>((resolve) => setTimeout(() => resolve(refused(posting)), 50)),
      ]),
  };
}

function newReferenceEachTime(bank: LegBank): LegBank {
  let tries = 0;
  return {
    ...bank,
    post: async (posting) => {
      tries += 1;
      const outcome = await bank.post({ ...posting, reference: `${posting.reference}:${tries}` });
      return outcome;
    },
  };
}

function debitTenfold(bank: LegBank): LegBank {
  return {
    ...bank,
    post: (posting) => bank.post(posting.kind === "debit" ? { ...posting, amountMinor: posting.amountMinor * 10n } : posting),
  };
}

function changeReceipts(bank: LegBank): LegBank {
  return {
    ...bank,
    post: async (posting) => {
      const outcome = await bank.post(posting);
      return { ...outcome, receipt: `${outcome.receipt} ` };
    },
  };
}

/** A node's answers about a block, as they were when it was first asked for. */
function rememberFirstBlocks(): NonNullable<Plants["rpcResult"]> {
  const first = new Map<string, unknown>();
  return (role, { method, params }, result) => {
    const [block] = params;
    if (!role.startsWith("watcher") || method !== "eth_getBlockByNumber" || typeof block !== "string" || result === null)
      return result;
    if (!block.startsWith("0x")) return result;
    const known = first.get(block) ?? result;
    first.set(block, known);
    return known;
  };
}
