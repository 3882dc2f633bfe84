import { Wallet } from "ethers";
import { sql } from "kysely";
import { __initializeContext as drawOnce } from "tiny-secp256k1";
import type { SILENT } from "../support/logger.js";
import { rebuildViolations, tooDeepViolations } from "./afterwards.js";
import { API, startApi } from "./api-role.js";
import { startBank } from "./bank-role.js";
import { BANKS, type BaseChain, LEG_KINDS, setUpChain } from "./chain-setup.js";
import { openAccounts, sendTransfers } from "./clients.js";
import type { Chances, PlannedCrash } from "./faults.js";
import { startNemesis } from "./nemesis.js";
import { startObserver } from "./observer.js";
import { violations } from "./oracle.js";
import type { Plants } from "./plants.js";
import { createRandom } from "./random.js";
import { restOrSay } from "./rest.js";
import { startFunction, startWatcher } from "./roles.js";
import { openPostgres, type Postgres } from "./store.js";
import { createWorld, type World } from "./world.js";

/** What a seed decides on by itself, unless it is told. */
export interface SeedOptions {
  seed: number;
  transfers: number;
  /** How much goes wrong by chance; 1 is much, 0 nothing. */
  intensity?: number;
  chances?: Chances;
  maxDepth?: number;
  crash?: PlannedCrash;
  plants?: Plants;
  /** How much more often the chain forks than once in ten blocks. */
  forks?: number;
  /** How much more often numbers move than once in five seconds. */
  moves?: number;
  /** How much more often people act than once in 0.8 s. */
  people?: number;
  /** Transfers whose deadline comes while they are under way, rather than long after. */
  inHaste?: boolean;
  /** Leaves out what comes after the oracle's verdict, and what is forged before it. */
  brief?: boolean;
  /** How long, by the simulated clock, it may take to come to rest. */
  limitMs?: number;
  onTrace?: (line: string) => void;
  logger?: typeof SILENT;
}

export interface SeedReport {
  seed: number;
  transfers: number;
  /** SHA-256 of all that happened, in order. */
  digest: string;
  violations: string[];
  faults: Record<string, number>;
  crashes: number;
  states: Record<string, number>;
  simulatedMs: number;
  steps: number;
  blocks: number;
}

/** What is made once and used by every seed. */
export interface Stage {
  base: BaseChain;
  postgres: Postgres;
}

const EVERY_MS = 200;
const LIMIT_MS = 900_000;
const FORGED_MS = 5_000;
const TROUBLE_MS = 60_000;
const DELIVERIES_IN_TROUBLE = 3;
const DEPTHS = [1, 2, 4, 8, 16, 32, 64];

export async function openStage(): Promise<Stage> {
  // It draws on chance once in a process, at the first signature: that must not be the first seed's.
  drawOnce();
  return { postgres: await openPostgres(), base: await setUpChain() };
}

/** Runs a seed from beginning to end: trouble, healing, rest, the oracle; then a rebuild, and a reorganisation that is too deep. */
export async function runSeed(stage: Stage, options: SeedOptions): Promise<SeedReport> {
  const { seed } = options;
  const random = createRandom(seed, "plan");
  const maxDepth = options.maxDepth ?? random.pick(DEPTHS);
  const intensity = options.intensity ?? random.pick([0.3, 1]);
  const confirmations = maxDepth === 0 ? 0 : maxDepth + 1;
  const world = await createWorld(
    { ...stage, ...(options.onTrace && { onTrace: options.onTrace }), ...(options.logger && { logger: options.logger }) },
    {
      seed,
      confirmations,
      intensity,
      plants: options.plants ?? {},
      limitMs: options.limitMs ?? LIMIT_MS,
      senders: sendersOf(stage.base),
      ...(options.chances && { chances: options.chances }),
      ...(options.crash && { crash: options.crash }),
    },
  );
  const found: string[] = [];
  const { scheduler } = world;
  const startedAt = scheduler.now();
  try {
    openAccounts(world, createRandom(seed, "accounts"));
    const deliveries = startObserver(world);
    const api = startEverything(world);
    await beginQuietly(world);
    const { transfers } = deliveries;
    const nemesis = startNemesis(world, {
      transfers,
      random: createRandom(seed, "nemesis"),
      maxDepth,
      forks: options.forks ?? 1,
      moves: options.moves ?? 1,
      people: options.people ?? 1,
      intensity,
      kills: options.crash === undefined,
    });
    const clients = sendTransfers(world, api.accept, { ...options, everyMs: EVERY_MS, random: createRandom(seed, "clients") });
    // So that every step of a transfer falls into it: until two thirds of all that is to be delivered was taken.
    const enough = options.transfers * DELIVERIES_IN_TROUBLE;
    const isOver = () => deliveries.acknowledged.size >= enough || scheduler.now() > startedAt + TROUBLE_MS;
    await scheduler.runUntil("the trouble is over", isOver, LIMIT_MS);
    nemesis.heal();
    found.push(...(await restOrSay(world, () => clients.isDone())));
    const restedAt = scheduler.now();
    if (!options.brief) {
      nemesis.forgeAll();
      await scheduler.runUntil("what was forged is dealt with", () => scheduler.now() > restedAt + FORGED_MS, LIMIT_MS);
    }
    if (found.length === 0) found.push(...(await violations(world, clients, deliveries)));
    if (found.length === 0 && !options.brief) found.push(...(await rebuildViolations(world)));
    if (found.length === 0 && confirmations > 0 && !options.brief) found.push(...(await tooDeepViolations(world, confirmations)));
  } catch (error) {
    found.push(`broken: ${error instanceof Error ? error.stack : String(error)}`);
  } finally {
    world.close();
    for (const process of world.running.values()) process.dead = true;
    await world.store.restart();
  }
  return {
    seed,
    transfers: options.transfers,
    digest: scheduler.digest(),
    violations: found,
    faults: Object.fromEntries([...world.faults.counts].toSorted()),
    crashes: world.faults.crashes.length,
    states: await countStates(stage),
    simulatedMs: scheduler.now() - startedAt,
    steps: scheduler.steps(),
    blocks: world.node.blocks(),
  };
}

function sendersOf({ banks, initiatorKey }: BaseChain): Map<string, { role: string; kind: "start" | "advance" }> {
  return new Map([
    [new Wallet(initiatorKey).address, { role: API, kind: "start" }],
    ...banks.flatMap((secrets, index) =>
      LEG_KINDS.map((kind): [string, { role: string; kind: "start" | "advance" }] => [
        new Wallet(secrets.functions[kind].operatorKey).address,
        { role: `${BANKS[index]?.name}-${kind}`, kind: "advance" },
      ]),
    ),
  ]);
}

function startEverything(world: World) {
  for (const bank of BANKS) {
    startBank(world, bank);
    for (const kind of LEG_KINDS) startFunction(world, bank, kind);
  }
  startWatcher(world, "watcher-1");
  startWatcher(world, "watcher-2");
  return startApi(world);
}

/** Trouble begins once every function has a position: what is earlier than that, a function is not told of, by design. */
async function beginQuietly({ scheduler, faults, store, postgres }: World): Promise<void> {
  faults.on = false;
  let begun = false;
  const probe = async () => {
    const { rows } = store.isBusy()
      ? { rows: [] }
      : await sql<{ begun: boolean }>`select count(*) > 0 and count(*) = count(position) as begun from functions`.execute(
          postgres.db,
        );
    begun = rows[0]?.begun === true;
    if (!begun) scheduler.after(EVERY_MS, "", probe, null);
  };
  scheduler.after(EVERY_MS, "", probe, null);
  await scheduler.runUntil("every function has begun", () => begun, LIMIT_MS);
  faults.on = true;
}

async function countStates({ postgres }: Stage): Promise<Record<string, number>> {
  const { rows } = await sql<{ state: string; count: bigint }>`
    select state, count(*) as count from transfers group by state order by state`.execute(postgres.db);
  return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
}
