import type { BankConnector } from "../banks/bank-connector.js";
import { compareStatement, type Finding, type StatementLine } from "../domain/reconciliation.js";
import type { Db } from "../store/open-store.js";
import { readDuePostings, readFirstBlockTime, readSettledTransfers } from "../store/settlement.js";

// A bound on what a bank can make us read: at a thousand lines a page, ten million postings a day.
const MAX_PAGES = 10_000;

/**
 * What the chain, as the projection has it, and a bank's statement agree on about a day, and where they differ.
 * @param day YYYY-MM-DD, UTC: by the bank's time of booking, and by block time for what the chain says was posted.
 * @throws AppError of the connector, where the bank's statement cannot be had.
 */
export async function reconcileBank(
  deps: { db: Db; connector: Pick<BankConnector, "statement"> },
  bank: string,
  day: string,
): Promise<Finding[]> {
  const { db, connector } = deps;
  const due = await readDuePostings(db, bank, day);
  const lines = await readStatement(connector, { day });
  const booked = new Set(lines.map(({ reference }) => reference));
  // Booked on another day than the chain was told of it: around midnight, or after an outage.
  for (const reference of due.filter((one) => !booked.has(one))) lines.push(...(await readStatement(connector, { reference })));
  const ids = [...due, ...lines.map(({ reference }) => reference)].map((reference) => reference.split(":")[0] ?? "");
  // Read after the statement: what the bank has posted before may have come to the chain meanwhile, not the other way about.
  const transfers = await readSettledTransfers(db, [...new Set(ids)]);
  return compareStatement(bank, transfers, due, lines, await readFirstBlockTime(db));
}

async function readStatement(
  connector: Pick<BankConnector, "statement">,
  of: { day: string } | { reference: string },
): Promise<StatementLine[]> {
  const lines: StatementLine[] = [];
  let after: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { lines: found, next } = await connector.statement({ ...of, ...(after !== undefined && { after }) });
    // One by one: how much is on a page is the bank's to say, and a call takes only so many arguments.
    for (const line of found) lines.push(line);
    if (next === undefined) return lines;
    after = next;
  }
  throw new RangeError(`A statement has at most ${MAX_PAGES} pages.`);
}
