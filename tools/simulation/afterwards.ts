import { sql } from "kysely";
import { AppError } from "../../src/domain/app-error.js";
import { wipeProjection } from "../../src/store/chain-identity.js";
import { restOrSay } from "./rest.js";
import type { World } from "./world.js";

const LIMIT_MS = 60_000;

/** I11: the projection is wiped and made anew: the same as before, and no bank hears of it. */
export async function rebuildViolations(world: World): Promise<string[]> {
  // To find keys that are stuck, the oracle has had mined what was left lying in the node.
  const unstuck = await restOrSay(world, () => true, await world.node.head());
  const before = await dump(world);
  const postings = countEntries(world);
  const done = Promise.withResolvers<void>();
  world.scheduler.after(
    0,
    "wipe",
    async () => {
      // As an operator does it: every watcher is stopped first.
      for (const [role, process] of world.running) if (role.startsWith("watcher")) world.kill(process);
      await world.store.restart();
      await wipeProjection(world.postgres.db).then(done.resolve, done.reject);
    },
    null,
  );
  await world.scheduler.runUntil("the projection is wiped", settled(done.promise), LIMIT_MS);
  const rest = await restOrSay(world, () => true);
  const after = await dump(world);
  return [
    ...unstuck,
    ...rest,
    ...(after === before ? [] : ["rebuild: the projection is another than before"]),
    ...(countEntries(world) === postings ? [] : ["rebuild: a bank has posted"]),
  ];
}

function settled(promise: Promise<unknown>): () => boolean {
  let over = false;
  promise.then(() => {
    over = true;
  });
  return () => over;
}

async function dump(world: World): Promise<string> {
  const { rows } = await sql<{ row: unknown }>`select to_jsonb(t) as row from transfers t union all
    select to_jsonb(e) - 'observed_at' from events e order by 1`.execute(world.postgres.db);
  return JSON.stringify(rows);
}

function countEntries(world: World): number {
  return [...world.ledgers.values()].reduce((sum, ledger) => sum + ledger.entries({ limit: 10_000 }).length, 0);
}

/** A reorganisation below what was final ends every watcher that looks, loudly. */
export async function tooDeepViolations(world: World, confirmations: number): Promise<string[]> {
  const before = world.ended.length;
  const loud = () =>
    world.ended.slice(before).some(({ error }) => error instanceof AppError && error.code === "chain-reorg-too-deep");
  world.scheduler.after(0, "", () => world.node.reorganise(confirmations + 3), null);
  try {
    await world.scheduler.runUntil("the watcher stops", loud, LIMIT_MS);
    return [];
  } catch {
    return ["final: a reorganisation of final blocks went unnoticed"];
  }
}
