import type { ChainEvent } from "../../src/chain/contracts/chain-event.js";
import { postingKind, postingReference, postingReferences, transferIdOfReference } from "../../src/domain/posting.js";
import { isDifference, type StatementLine } from "../../src/domain/reconciliation.js";
import { isFinal, type State } from "../../src/domain/transfer-state.js";
import { reconcileBank } from "../../src/watcher/reconcile/reconcile-bank.js";
import type { Clients } from "./clients.js";
import { paidByHand, restState } from "./oracle-transfers.js";
import type { World } from "./world.js";

const MAX_ENTRIES = 10_000;
const DAY_MS = 86_400_000;
// A bank whose clock was wrong has booked so much earlier or later.
const CLOCK_STEP_MS = 7_200_000;

/** What the banks have booked for transfers: the customers' side. */
function bookings(world: World) {
  return [...world.ledgers].flatMap(([bank, ledger]) =>
    ledger.statement({ limit: MAX_ENTRIES }).map((entry) => ({ ...entry, bank, id: transferIdOfReference(entry.reference) })),
  );
}

/** Nothing was posted for a transfer that nobody asked for. */
export function strangerViolations(world: World, byTransfer: ReadonlyMap<string, ChainEvent[]>): string[] {
  return bookings(world).flatMap(({ id, reference }) =>
    byTransfer.get(id)?.some(({ started }) => started !== undefined) ? [] : [`strangers: ${reference} is of no transfer`],
  );
}

/** A resumption's posting is made only once the bank has refused, for ever, every name that the posting had before. */
export function nameViolations(world: World): string[] {
  return bookings(world).flatMap(({ bank, id, reference }) => {
    const [, , resumption = "0"] = reference.split(":");
    const earlier = postingReferences(id, postingKind(reference), Number(resumption)).slice(0, -1);
    const ledger = world.ledgers.get(bank);
    const at = world.answered.get(reference) ?? Number.NEGATIVE_INFINITY;
    const open = earlier.filter(
      (name) => ledger?.find(name)?.status !== "refused" || (world.answered.get(name) ?? Number.POSITIVE_INFINITY) > at,
    );
    return open.map((name) => `names: ${reference} was posted before ${name} was refused`);
  });
}

/** Money is taken from, and given to, an account that the number stood for when the transfer was promised; never a later holder's. */
export function holderViolations(world: World, clients: Clients): string[] {
  const { customers } = world.base;
  const asked = new Map(
    [...clients.asked].flatMap(([key, one]) => [...(clients.promised.get(key) ?? [])].map((id) => [id, one] as const)),
  );
  return bookings(world).flatMap(({ id, kind, account, reference }) => {
    const { body, promisedAt } = asked.get(id) ?? {};
    const phone = kind === "credit" ? body?.payee.phone : body?.payer.phone;
    const customer = customers.find((one) => one.phone === phone);
    const since = world.standsFor.get(customer?.aliasId ?? "")?.get(account) ?? Number.POSITIVE_INFINITY;
    if (promisedAt === undefined || since <= promisedAt) return [];
    return [`holder: ${reference} moved money of ${account}, which ${phone} did not stand for when it was asked for`];
  });
}

/** Reconciliation reports what a bank hides, and what its people paid by hand, and nothing else. */
export async function reconciliationViolations(world: World, byTransfer: ReadonlyMap<string, ChainEvent[]>): Promise<string[]> {
  const isAtEnd = (id: string) => isFinal(restState(byTransfer.get(id) ?? []) as State);
  const expected = new Set([...world.hidden].filter((reference) => isAtEnd(transferIdOfReference(reference))).map(firstName));
  for (const [id, events] of byTransfer) {
    const kind = paidByHand(events);
    if (kind !== undefined) expected.add(postingReference(id, kind));
  }
  const reported = new Set<string>();
  for (const [bank, ledger] of world.ledgers) {
    const statement = async (of: { day?: string; reference?: string }) => ({
      lines: ledger.statement({ ...of, limit: MAX_ENTRIES }).map(
        (entry): StatementLine => ({
          ...entry,
          kind: postingKind(entry.reference),
          amountMinor: entry.amountMinor < 0n ? -entry.amountMinor : entry.amountMinor,
        }),
      ),
    });
    for (const day of days(world)) {
      const findings = await reconcileBank({ db: world.postgres.db, connector: { statement } }, bank, day);
      const shown = world.plants.findings?.(findings) ?? findings;
      for (const { reference } of shown.filter(isDifference)) reported.add(firstName(reference));
    }
  }
  return [
    ...[...expected]
      .filter((one) => !reported.has(one))
      .map((reference) => `reconciliation: ${reference} differs, and is not reported`),
    ...[...reported]
      .filter((one) => !expected.has(one))
      .map((reference) => `reconciliation: ${reference} is reported, and does not differ`),
  ];
}

function firstName(reference: string): string {
  return postingReference(transferIdOfReference(reference), postingKind(reference));
}

/** Every day, by UTC, on which something can have been booked. */
function days({ scheduler, base }: World): string[] {
  const first = Math.floor((base.endsAtMs - CLOCK_STEP_MS) / DAY_MS);
  const last = Math.floor((scheduler.now() + CLOCK_STEP_MS) / DAY_MS);
  return Array.from({ length: last - first + 1 }, (_, index) => new Date((first + index) * DAY_MS).toISOString().slice(0, 10));
}
