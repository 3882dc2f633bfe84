import { AppError } from "../../src/domain/app-error.js";
import { type PostingOutcome, postingKind } from "../../src/domain/posting.js";
import { isDifference } from "../../src/domain/reconciliation.js";
import { stateNumber } from "../../src/domain/transfer-state.js";
import type { LegBank } from "../../src/functions/leg.js";
import { PhoneAccountRepo__factory } from "../../types/ethers-contracts/index.js";
import type { HttpRequest } from "./http-messages.js";
import type { Plants } from "./plants.js";
import { OBSERVER } from "./roles.js";

/**
 * A defect of the kind that money is lost by, as a wrong part. `rule`: the oracle's rule that must catch it, any unless it is
 * named; `alone`: no other rule does.
 */
export interface PlantedBug {
  rule?: string;
  alone?: true;
  plants: () => Plants;
}

export const PLANTED_BUGS: Record<string, PlantedBug> = {
  "a refund without reading the chain": { rule: "legs", plants: () => ({ rpcResult: showCompletedAsReversing }) },
  "a lost answer of the bank taken for a no": { rule: "legs", plants: () => ({ legBank: lostAnswerIsNo }) },
  "a second try under another reference": { rule: "names", plants: () => ({ legBank: newReferenceEachTime }) },
  "a debit in other units": { rule: "amount", plants: () => ({ legBank: debitTenfold }) },
  "a receipt that is not the bank's": { rule: "evidence", plants: () => ({ legBank: changeReceipts }) },
  "an accepted start that is not journalled": {
    rule: "promise",
    plants: () => ({ journal: (journal) => ({ ...journal, insert: async () => true }) }),
  },
  "events that are delivered before they are final": {
    rule: "ended",
    plants: () => ({ watcherFinality: () => ({ confirmations: 0 }) }),
  },
  "a failed delivery taken for a success": {
    rule: "deliveries",
    plants: () => ({
      deliveryAnswer: (answer) => (answer.status === 503 ? { ...answer, status: 200, body: "{}" } : answer),
    }),
  },
  "a function that swallows what it cannot do": {
    rule: "deliveries",
    plants: () => ({ deliveryAnswer: (answer) => (answer.status === 200 ? { ...answer, body: "{}" } : answer) }),
  },
  "a retry row that is not written": { plants: () => ({ rows: skip(/insert into retries/) }) },
  "an event that does not wait for an earlier one of its transfer": {
    plants: () => ({
      query: (_role, query) => ({ ...query, sql: query.sql.replace(BLOCKED, "($1::text is null) as blocked") }),
    }),
  },
  "a delivery of an event that is not on the chain": {
    rule: "forged",
    alone: true,
    plants: () => ({ delivery: addForgedEvent }),
  },
  "a page that is written without its events": { plants: () => ({ rows: skip(/insert into events/) }) },
  "a roll-back that leaves the events": { plants: () => ({ rows: skip(/delete from "?events"?/) }) },
  "logs that are believed unchecked": { plants: () => ({ logCheck: "none" }) },
  "a reorganisation that is not noticed": { plants: () => ({ rpcResult: rememberFirstBlocks() }) },
  "a posting for a transfer that is not on the chain": { rule: "strangers", plants: () => ({ legBank: postForStranger }) },
  "a credit to the account of the number's new holder": { rule: "holder", plants: () => ({ rpcResult: hideNewVersions }) },
  "a moved number reversed without closing the credit's name": {
    rule: "evidence",
    plants: () => ({ legBank: closeAnotherName }),
  },
  "a deadline by a clock two hours ahead": {
    rule: "deadline",
    plants: () => ({ chainClock: () => ({ at: ({ timestamp }) => timestamp + TWO_HOURS }) }),
  },
  "a reconciliation that finds no differences": {
    rule: "reconciliation",
    alone: true,
    plants: () => ({ findings: (findings) => findings.filter((finding) => !isDifference(finding)) }),
  },
};

const TWO_HOURS = 7_200;
// Whether a delivery of the same transfer waits, as new events are read.
const BLOCKED = /exists \(\s*select from retries r where r\.function = (\$[0-9]+)[^)]*\) as blocked/;

function skip(pattern: RegExp): NonNullable<Plants["rows"]> {
  return (role, query) => (role.startsWith("watcher") && pattern.test(query.sql) ? [] : undefined);
}

const PHASE_DIGITS = 2;
const accounts = PhoneAccountRepo__factory.createInterface();

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

/** As if no number had ever moved: the entry of now passes for the one that a transfer started with. */
function hideNewVersions(role: string, { method, params }: { method: string; params: unknown[] }, result: unknown): unknown {
  const [{ data = "" } = {}] = params as [{ data?: string }?];
  const selector = accounts.getFunction("getMany").selector;
  if (!role.endsWith("credit") || method !== "eth_call" || !data.startsWith(selector)) return result;
  const [entries] = accounts.decodeFunctionResult("getMany", String(result)) as unknown as [[string, bigint, string][]];
  return accounts.encodeFunctionResult("getMany", [
    entries.map(([bank, , sealed]) => ({ bank, version: 1n, sealedAccount: sealed })),
  ]);
}

function closeAnotherName(bank: LegBank): LegBank {
  return {
    ...bank,
    close: (reference, reason, expected) =>
      reason === "BE23" && postingKind(reference) === "credit"
        ? Promise.resolve({ status: "refused", reference, reason, receipt: "{}" })
        : bank.close(reference, reason, expected),
  };
}

function postForStranger(bank: LegBank): LegBank {
  let posted = false;
  return {
    ...bank,
    post: async (posting) => {
      if (posting.kind === "debit" && !posted) await bank.post({ ...posting, reference: `0x${"f".repeat(64)}:debit` });
      posted = true;
      return await bank.post(posting);
    },
  };
}

function addForgedEvent(host: string, request: HttpRequest): HttpRequest {
  if (host !== OBSERVER) return request;
  const [first, ...others] = JSON.parse(request.body) as { subject: string; id: string }[];
  if (first === undefined) return request;
  const nobody = `0x${"f".repeat(64)}`;
  const forged = { ...first, subject: nobody, id: `${first.id.split("-")[0]}-${nobody}-0` };
  return { ...request, body: JSON.stringify([first, ...others, forged]) };
}
