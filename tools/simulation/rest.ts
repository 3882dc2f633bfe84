import { sql } from "kysely";
import { AppError } from "../../src/domain/app-error.js";
import { TransferStateRepo__factory } from "../../types/ethers-contracts/index.js";
import type { World } from "./world.js";

const PROBE_MS = 1_000;
const SEQUENCE_CALL = TransferStateRepo__factory.createInterface().encodeFunctionData("sequence");

/**
 * Goes on until nothing is left to do; what has not come to rest by then is a violation.
 * @param leastBlock What the projection must have come to.
 */
export async function restOrSay(world: World, isDone: () => boolean, leastBlock = 0): Promise<string[]> {
  let waiting = "clients";
  let rest = false;
  const probe = async () => {
    waiting = isDone() ? await whatWaits(world, leastBlock) : "clients";
    rest = waiting === "";
    if (!rest) world.scheduler.after(PROBE_MS, "", probe, null);
  };
  world.scheduler.after(PROBE_MS, "", probe, null);
  try {
    await world.scheduler.runUntil("everything has come to rest", () => rest || hasBroken(world), world.limitMs);
    return rest ? [] : [`ended: ${endedBy(world)}`];
  } catch (error) {
    return [`ends: ${error instanceof Error ? error.message : String(error)}; waiting: ${waiting}; ${endedBy(world)}`];
  }
}

/** What only people can put right. */
function hasBroken({ ended }: World): boolean {
  return ended.some(({ error }) => !(error instanceof AppError && error.retryable));
}

function endedBy({ ended }: World): string {
  return ended.map(({ role, error }) => `${role} ended by ${String(error)}`).join("; ");
}

/** What is not at rest yet; "" if nothing. */
async function whatWaits(world: World, leastBlock: number): Promise<string> {
  if (world.store.isBusy()) return "store";
  const { rows } = await sql<{
    journal: bigint;
    open: bigint;
    retries: bigint;
    behind: bigint;
    block: bigint | null;
    sequence: bigint | null;
    final: boolean;
  }>`
    select (select count(*) from journal where status = 'accepted') as journal,
      (select count(*) from transfers where state in ('STARTED', 'PENDING', 'REVERSING')) as open,
      (select count(*) from retries where status = 'waiting') as retries,
      (select count(*) from functions f where f.position is null or f.position < (select max(sequence) from events)) as behind,
      (select block_number from cursor) as block, (select sequence from cursor) as sequence,
      coalesce((select max(e.block_number) <= (select final_block from cursor) from events e), true) as final`.execute(
    world.postgres.db,
  );
  const [row] = rows;
  if (row === undefined || row.block === null) return "projection";
  const behind = (await world.node.head()) - Number(row.block);
  const events = (await newestSequence(world)) - (row.sequence ?? 0n);
  const parts: [string, boolean][] = [
    [`journal ${row.journal}`, row.journal > 0n],
    [`open ${row.open}`, row.open > 0n],
    [`retries ${row.retries}`, row.retries > 0n],
    [`functions behind ${row.behind}`, row.behind > 0n],
    [`blocks behind ${behind}`, behind > 8],
    [`events behind ${events}`, events > 0n],
    [`block ${leastBlock}`, Number(row.block) < leastBlock],
    ["finality", !row.final],
  ];
  return parts.flatMap(([text, waits]) => (waits ? [text] : [])).join(", ");
}

/** By the contract itself, at the newest block. */
async function newestSequence(world: World): Promise<bigint> {
  const to = world.base.deployment.contracts.transferStateRepo;
  return BigInt(String(await world.node.request("eth_call", { to, data: SEQUENCE_CALL }, "latest")));
}
