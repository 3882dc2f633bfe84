import type { BankConnector } from "../../banks/bank-connector.js";
import { AppError } from "../../domain/app-error.js";
import { compareStatement, type Finding, type StatementLine } from "../../domain/reconciliation.js";
import { readChainIdentity } from "../../store/chain-identity.js";
import type { Db } from "../../store/schema.js";
import { readCursor } from "../../store/transfers/projection.js";
import {
  readDuePostings,
  readFirstBlockTime,
  readSettledTransfers,
  readTransfersOfOtherChains,
} from "../../store/transfers/settlement.js";

// Bounds on what a bank can make us read. A page holds what the bank likes, so lines are counted too: as many take some 100 MB.
const MAX_PAGES = 5_000;
const MAX_LINES = 200_000;

/**
 * What the chain, as the projection has it, and a bank's statement agree on about a day, and where they differ. A posting belongs to the
 * chain that knows its transfer. One that no transfer of this chain accounts for belongs to another chain where our journal has it under
 * another domain, or where it was booked before this chain's contracts were there; else it is a difference.
 * @param day YYYY-MM-DD, UTC: by the bank's time of booking, and by block time for what the chain says was posted.
 * @throws AppError of the connector, where the bank's statement cannot be had; `bank-protocol` where it has no end; `store-unavailable`
 * while the projection catches up, or where another chain's took its place meanwhile.
 */
export async function reconcileBank(
  deps: { db: Db; connector: Pick<BankConnector, "statement"> },
  bank: string,
  day: string,
): Promise<Finding[]> {
  const { db, connector } = deps;
  const domain = await readCaughtUpDomain(db);
  const due = await readDuePostings(db, bank, day);
  const lines = await readStatement(connector, { day });
  const booked = new Set(lines.map(({ reference }) => reference));
  // Booked on another day than the chain was told of it: around midnight, or after an outage.
  const unbooked = due.filter((names) => !names.some((name) => booked.has(name))).flat();
  for (const reference of unbooked) {
    for (const line of await readStatement(connector, { reference })) lines.push(line);
  }
  const ids = [...new Set([...due.flat(), ...lines.map(({ reference }) => reference)].map(transferIdOf))];
  // Read after the statement: what the bank has posted before may have come to the chain meanwhile, not the other way about.
  const transfers = await readSettledTransfers(db, ids);
  const elsewhere = await readTransfersOfOtherChains(db, domain, ids);
  const since = await readFirstBlockTime(db);
  if ((await readCaughtUpDomain(db)) !== domain) {
    throw new AppError("store-unavailable", "The projection became another chain's during the comparison.");
  }
  const own = lines.filter(({ reference }) => !elsewhere.has(transferIdOf(reference)) || transfers.has(transferIdOf(reference)));
  return compareStatement(bank, transfers, due, own, since);
}

function transferIdOf(reference: string): string {
  return reference.split(":")[0] ?? "";
}

/** The domain that the projection is of. What it lacks while it catches up would seem to be a difference. */
async function readCaughtUpDomain(db: Db): Promise<string> {
  const identity = await readChainIdentity(db);
  if (identity === undefined || !(await readCursor(db))?.caughtUp) {
    throw new AppError("store-unavailable", "The projection is still catching up with the chain.");
  }
  return identity.domain;
}

async function readStatement(
  connector: Pick<BankConnector, "statement">,
  of: { day: string } | { reference: string },
): Promise<StatementLine[]> {
  const lines: StatementLine[] = [];
  const visited = new Set<string>();
  let after: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { lines: found, next } = await connector.statement({ ...of, ...(after !== undefined && { after }) });
    // One by one: how much is on a page is the bank's to say, and a call takes only so many arguments.
    for (const line of found) lines.push(line);
    if (lines.length > MAX_LINES) throw endless(`more than ${MAX_LINES} lines`);
    if (next === undefined) return lines;
    if (visited.has(next)) throw endless("a page that was read before as its next");
    visited.add(next);
    after = next;
  }
  throw endless(`more than ${MAX_PAGES} pages`);
}

function endless(what: string): AppError {
  return new AppError("bank-protocol", `The bank's statement has ${what}.`);
}
