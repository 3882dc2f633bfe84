import { sql } from "kysely";
import type { SealedSecret } from "../../domain/function-secrets.js";
import { onStore } from "../open-store.js";
import type { Db } from "../schema.js";
import { storableText } from "../storable-text.js";

// Longer than a run may take: another replica begins it again only once this one must be dead.
const LEASE_MS = 150_000;
const ATTEMPTS_MAX = 3;
const KEPT_HOURS = 24;
// Of one principal's functions: what eight at a time, of five seconds each, take a minute for.
const WAITING_MAX = 100;
const OUTPUT_COLUMNS = sql<InvocationRow>`
  id, function, status, attempts, output, logs, error, duration_ms as "durationMs", created_at as "createdAt",
  finished_at as "finishedAt"`;

/** Somebody's run of a function. */
export interface InvocationRow {
  id: string;
  function: string;
  status: "waiting" | "succeeded" | "failed";
  attempts: number;
  output: unknown;
  logs: string[] | null;
  error: string | null;
  durationMs: number | null;
  createdAt: Date;
  finishedAt: Date | null;
}

/** What is to be run, and at what target. */
export interface ClaimedRow {
  id: string;
  function: string;
  owner: string | null;
  input: unknown;
  attempts: number;
  url: string;
  secrets: SealedSecret[];
  batchSize: number;
  createdAt: Date;
}

type Outcome =
  | { status: "succeeded"; output: unknown; logs: readonly string[]; durationMs: number }
  | { status: "failed"; error: string; logs: readonly string[]; durationMs: number }
  | { status: "again"; error: string; afterMs: number };

/** Invocations that wait to be run, and how they ended; forgotten after a day. */
export function createInvocations(db: Db) {
  /**
   * Forgets what is old, too: so the table stays as small as the day's use. Nothing is kept of a function that was removed meanwhile.
   * Returns false where too many invocations of the function's principal wait.
   */
  async function insert(id: string, fn: string, input: unknown): Promise<boolean> {
    return await onStore(async () => {
      await sql`delete from invocations where created_at < now() - ${KEPT_HOURS} * interval '1 hour'`.execute(db);
      return await db.transaction().execute(async (transaction) => {
        const { rows } = await sql<{
          owner: string | null;
        }>`select owner from functions where name = ${fn} for key share`.execute(transaction);
        const [found] = rows;
        if (found === undefined) return true;
        // One insertion of a principal after another: between count and insertion there is no other.
        await sql`select pg_advisory_xact_lock(hashtextextended('invocations of ' || coalesce(${found.owner}, ''), 0))`.execute(
          transaction,
        );
        const { numAffectedRows = 0n } = await sql`insert into invocations (id, function, input, status)
          select ${id}, ${fn}, ${JSON.stringify(input)}::json, 'waiting' where ${WAITING_MAX} > (
            select count(*) from invocations i join functions f on f.name = i.function
            where i.status = 'waiting' and f.owner is not distinct from ${found.owner})`.execute(transaction);
        return numAffectedRows > 0n;
      });
    });
  }

  /** Fails invocations that keep ending their runner: none is begun more than three times. */
  async function failExhausted(): Promise<void> {
    await onStore(() =>
      sql`update invocations set status = 'failed', finished_at = now(), error = 'it was begun and never ended'
        where status = 'waiting' and lease_until < now() and attempts >= ${ATTEMPTS_MAX}`.execute(db),
    );
  }

  /**
   * Claims the oldest invocation of the principal that has fewest under way, and fewer than are free.
   * @param running How many of each principal are under way here; '' for the deployment's own.
   */
  async function claim(running: Readonly<Record<string, number>>, free: number): Promise<ClaimedRow | undefined> {
    const count = sql`coalesce((${JSON.stringify(running)}::jsonb ->> coalesce(f.owner, ''))::integer, 0)`;
    const { rows } = await onStore(() =>
      sql<ClaimedRow>`
        with due as (
          select i.id from invocations i join functions f on f.name = i.function
          where i.status = 'waiting' and (i.lease_until is null or i.lease_until < now()) and ${count} < ${free}
          order by ${count}, i.created_at limit 1 for update of i skip locked)
        update invocations i set attempts = i.attempts + 1, lease_until = now() + ${LEASE_MS} * interval '1 millisecond'
        from due, functions f where i.id = due.id and f.name = i.function
        returning i.id, i.function, f.owner, i.input, i.attempts, f.url, f.batch_size as "batchSize", i.created_at as "createdAt",
          case when f.previous_secret_until > now() then array[f.secret, f.previous_secret] else array[f.secret] end as secrets`.execute(
        db,
      ),
    );
    return rows[0];
  }

  async function finish(id: string, outcome: Outcome): Promise<void> {
    await onStore(async () => {
      if (outcome.status === "again") {
        await sql`update invocations set error = ${storableText(outcome.error)},
          lease_until = now() + ${outcome.afterMs} * interval '1 millisecond' where id = ${id}`.execute(db);
        return;
      }
      const { status, logs, durationMs } = outcome;
      const output = outcome.status === "succeeded" ? JSON.stringify(outcome.output ?? null) : null;
      const error = outcome.status === "failed" ? storableText(outcome.error) : null;
      await sql`update invocations set status = ${status}, output = ${output}::json, logs = ${logs.map(storableText)}::text[], error = ${error},
        duration_ms = ${Math.round(durationMs)}, finished_at = now(), lease_until = null where id = ${id}`.execute(db);
    });
  }

  async function find(fn: string, id: string): Promise<InvocationRow | undefined> {
    const { rows } = await onStore(() =>
      sql<InvocationRow>`select ${OUTPUT_COLUMNS} from invocations where id = ${id} and function = ${fn}`.execute(db),
    );
    return rows[0];
  }

  /** The newest first. `before`: the id of the one that the page before ended with; once that is forgotten, so is all before it. */
  async function list(fn: string, { before, limit }: { before?: string; limit: number }): Promise<InvocationRow[]> {
    const { rows } = await onStore(() =>
      sql<InvocationRow>`select ${OUTPUT_COLUMNS} from invocations where function = ${fn}
        and (${before ?? null}::text is null
          or (created_at, id) < (select b.created_at, b.id from invocations b where b.id = ${before ?? null} and b.function = ${fn}))
        order by created_at desc, id desc limit ${limit}`.execute(db),
    );
    return rows;
  }

  return { insert, failExhausted, claim, finish, find, list };
}
