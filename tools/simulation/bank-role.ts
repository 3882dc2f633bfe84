import type { Ledger } from "../../src/banks/simulators/ledger.js";
import { createBankServer } from "../../src/banks/simulators/server.js";
import type { PostingOutcome } from "../../src/domain/posting.js";
import type { BANKS } from "./chain-setup.js";
import { secretsOf, serve } from "./roles.js";
import type { Process } from "./scheduler.js";
import type { World } from "./world.js";

/** SQLite's code of a full disk. */
const SQLITE_FULL = 13;
const CLOSED = "AB06";

/** A bank: its server may die, its ledger stays. Its disk may be full, and it may lie. */
export function startBank(world: World, bank: (typeof BANKS)[number]): void {
  const host = `bank-${bank.name}`;
  world.start(host, async (process) => {
    const ledger = createServedLedger(world, { host, bank: bank.id, process });
    const logger = world.logger.child({ role: host });
    const app = createBankServer({ ledger, token: secretsOf(world, bank.id).token, logger, commitWindowMs: 1 });
    await app.ready();
    serve(world, host, process, app);
  });
}

/** The lasting ledger as one life of the bank's server serves it. */
function createServedLedger(world: World, { host, bank, process }: { host: string; bank: string; process: Process }): Ledger {
  const { faults, hidden, scheduler } = world;
  const durable = world.ledgers.get(bank) as Ledger;
  const denials = world.denials.get(bank) as Ledger;

  function write<T>(work: () => T): T {
    if (process.dead) throw new Error("The bank is gone");
    if (world.fullDisks.has(host)) throw Object.assign(new Error("database or disk is full"), { errcode: SQLITE_FULL });
    return work();
  }

  function note(outcomes: readonly PostingOutcome[]): void {
    for (const { reference } of outcomes) if (!world.answered.has(reference)) world.answered.set(reference, world.answered.size);
  }

  return {
    ...durable,
    postMany(postings) {
      faults.pass("bank commit", "before");
      const fresh = postings.filter(({ reference }) => durable.find(reference) === undefined);
      const outcomes = write(() => durable.postMany(postings));
      note(outcomes);
      scheduler.trace(`${host} posted ${postings.map(({ reference }) => reference).join(" ")}`);
      faults.pass("bank commit", "after");
      const told = outcomes.map((outcome) =>
        hidden.has(outcome.reference) ? denials.close(outcome.reference, CLOSED) : outcome,
      );
      const posted = outcomes.filter(({ status }) => status === "posted").map(({ reference }) => reference);
      const hides = fresh.filter(({ reference }) => posted.includes(reference) && faults.strikes("bank: hides a posting"));
      for (const { reference } of hides) hidden.add(reference);
      if (hides.length > 0) throw new Error("The bank gives no answer");
      return told;
    },
    find(reference) {
      if (hidden.has(reference)) return denials.find(reference);
      const outcome = durable.find(reference);
      return outcome?.status === "posted" && faults.strikes("bank: denies a posting") ? undefined : outcome;
    },
    close(reference, reason) {
      const outcome = write(() => (hidden.has(reference) ? denials : durable).close(reference, reason));
      note([outcome]);
      return outcome;
    },
  };
}
