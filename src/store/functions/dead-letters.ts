import { sql } from "kysely";
import type { Db } from "../schema.js";
import { type FunctionRow, matches, OPEN_TRANSFERS } from "./retries.js";

// A function that was away for hours must not get all of its past in one sweep.
export const DEAD_LETTERS_PER_SWEEP = 100;
// A cause that an operator has mended is noticed within this time, unless the operator replays the dead letters.
const MAX_PAUSE_MS = 3_600_000;
// 2^20 pauses of any length are longer than the longest pause.
const MAX_DOUBLINGS = 20;

/**
 * Gives dead letters their tries again where the event is the newest of a transfer that is still open: without it the transfer would stay open
 * for ever. The pause since it was given up doubles with each revival. At most {@link DEAD_LETTERS_PER_SWEEP}, longest dead first.
 * @param pauseMs Before the first revival.
 */
export async function reviveDeadLetters(
  db: Db,
  fn: Omit<FunctionRow, "secret" | "previousSecret">,
  pauseMs: number,
): Promise<number> {
  const { numAffectedRows } = await sql`
    update retries r set status = 'waiting', attempts = 0, next_attempt_at = now(), given_up_at = null, revivals = r.revivals + 1
    from (select d.sequence from retries d join (${OPEN_TRANSFERS}) e on e.transfer_id = d.transfer_id and e.sequence = d.sequence
      where d.function = ${fn.name} and d.status = 'dead' and ${matches(fn)} and d.given_up_at <= now() - interval '1 millisecond' *
        least(${pauseMs}::float8 * 2 ^ least(d.revivals, ${MAX_DOUBLINGS}::integer), ${MAX_PAUSE_MS}::float8)
      order by d.given_up_at, d.sequence limit ${DEAD_LETTERS_PER_SWEEP}) due
    where r.function = ${fn.name} and r.sequence = due.sequence and r.status = 'dead'`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
