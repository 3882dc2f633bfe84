import { sql } from "kysely";
import { AppError } from "../domain/app-error.js";
import { sessionHasEnded } from "./replica-session.js";
import type { Db } from "./schema.js";

/** A right held for a while. The epoch grows with every change of holder, and every write under the lease checks it. */
export interface Lease {
  name: string;
  holder: string;
  epoch: bigint;
  /** When it was last taken or renewed, in milliseconds by the holder's `performance.now()`. */
  renewedAtMs?: number;
}

/** The lease of the one replica that follows the chain and delivers. */
export const WATCHER_LEASE = "watcher";

/**
 * Takes a lease that is free or expired or whose holder's session has ended, or renews one's own; `undefined` while another holds it.
 * The database's clock decides: should it be set forward, another replica takes the lease over and the holder is fenced; should it be set
 * back, only a holder that stands still with its session open keeps the lease for longer.
 * @param durationMs How long it is held from now on.
 * @param session The holder's `ReplicaSession`, if it has one now.
 */
export async function takeLease(
  db: Db,
  name: string,
  holder: string,
  durationMs: number,
  session?: number,
): Promise<Lease | undefined> {
  const { rows } = await sql<{ epoch: bigint }>`
    insert into leases as l (name, holder, epoch, expires_at, session)
    values (${name}, ${holder}, 1, now() + ${durationMs} * interval '1 millisecond', ${session ?? null}::integer)
    on conflict (name) do update set
      holder = excluded.holder,
      epoch = case when l.holder = excluded.holder then l.epoch else l.epoch + 1 end,
      expires_at = excluded.expires_at,
      session = excluded.session
    where l.holder = excluded.holder or l.expires_at < now() or ${sessionHasEnded("l.session")}
    returning epoch`.execute(db);
  const [row] = rows;
  return row && { name, holder, epoch: row.epoch };
}

/** Whether somebody holds a lease now, by the database's clock. */
export async function isLeaseHeld(db: Db, name: string): Promise<boolean> {
  const { rows } = await sql`select from leases where name = ${name} and expires_at > now()`.execute(db);
  return rows.length > 0;
}

/**
 * Holds the lease's row until the transaction ends, so that nobody can take it over between this check and the commit.
 * @throws AppError `lease-lost` where somebody has taken it over.
 */
export async function assertLease(transaction: Db, lease: Lease): Promise<void> {
  const row = await transaction
    .selectFrom("leases")
    .select("epoch")
    .where("name", "=", lease.name)
    // The holder too: a store restored from an older copy counts the same epochs again.
    .where("holder", "=", lease.holder)
    .where("epoch", "=", lease.epoch)
    .forShare()
    .executeTakeFirst();
  if (row === undefined) throw leaseLost(lease);
}

/** What {@link assertLease} asks, as a part of a statement: a row where the lease is held. */
export function heldLease({ name, holder, epoch }: Lease) {
  return sql`select from leases where name = ${name} and holder = ${holder} and epoch = ${epoch} for share`;
}

/** That somebody else has taken a lease over. */
export function leaseLost({ name }: Lease): AppError {
  return new AppError("lease-lost", `Another replica holds the lease '${name}' now.`);
}

/** Gives a lease up, so that another need not wait for it to expire. */
export async function releaseLease(db: Db, lease: Lease): Promise<void> {
  await db
    .updateTable("leases")
    .set({ expires_at: sql<Date>`now()` })
    .where("name", "=", lease.name)
    .where("holder", "=", lease.holder)
    .where("epoch", "=", lease.epoch)
    .execute();
}
