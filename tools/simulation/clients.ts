import type { TransferBody } from "../../src/api/http/schemas.js";
import { AppError } from "../../src/domain/app-error.js";
import { BANKS, type Customer } from "./chain-setup.js";
import type { Random } from "./random.js";
import { createProcess } from "./scheduler.js";
import type { World } from "./world.js";

/** What clients were promised. */
export interface Clients {
  /** Transfer ids by Idempotency-Key; several under one key would be a defect. */
  readonly promised: Map<string, Set<string>>;
  readonly problems: string[];
  /** By key: what was asked for, and when it was promised first, in milliseconds. */
  readonly asked: Map<string, { body: TransferBody; promisedAt: number }>;
  isDone(): boolean;
}

const PATIENCE_MS = 5_000;
const PAUSE_MS = 1_500;
const OPENING_MINOR = 60_000n;
// How many transfers name a deadline, and how long after they are asked for.
const USUAL = { chance: 0.1, low: 20_000, high: 60_000 };
const HASTY = { chance: 0.8, low: 1_000, high: 4_000 };
// A small set, so that the same amounts meet the same accounts.
const AMOUNTS = ["100", "2500", "20000"];

/** Opens the customers' accounts; some are closed, blocked or poor from the start, so that banks refuse. */
export function openAccounts(world: World, random: Random): void {
  for (const { bank, account } of world.base.customers.flatMap(({ entries }) => entries)) {
    const status = random.chance(0.85) ? "open" : random.pick(["closed", "blocked"] as const);
    const openingMinor = random.chance(0.8) ? OPENING_MINOR : 2_500n;
    world.ledgers.get(bank)?.seedAccount({ number: account, currency: "THB", openingMinor, status });
  }
}

/** Sends so many transfers, each until it is promised, under one key; some of them twice at once. */
export function sendTransfers(
  world: World,
  accept: (body: TransferBody, key: string) => Promise<string>,
  options: { transfers: number; everyMs: number; random: Random; inHaste?: boolean },
): Clients {
  const { scheduler } = world;
  const { random } = options;
  const process = createProcess("client");
  const promised = new Map<string, Set<string>>();
  const problems: string[] = [];
  const asked: Clients["asked"] = new Map();
  let waiting = 0;

  async function persist(body: TransferBody, key: string): Promise<void> {
    for (;;) {
      try {
        const id = await Promise.race([accept(body, key), fail(PATIENCE_MS)]);
        if (id !== undefined) {
          if (!asked.has(key)) asked.set(key, { body, promisedAt: scheduler.now() });
          promised.set(key, (promised.get(key) ?? new Set()).add(id));
          return;
        }
      } catch (error) {
        if (isRefusal(error)) return;
        if (!(error instanceof AppError) || !error.retryable) {
          problems.push(`client: ${error instanceof Error ? error.message : String(error)}`);
          return;
        }
      }
      await fail(PAUSE_MS);
    }
  }

  function fail(delayMs: number): Promise<undefined> {
    return new Promise((resolve) => void scheduler.after(delayMs, "", () => resolve(undefined), process));
  }

  for (let count = 0; count < options.transfers; count += 1) {
    const deadlines = options.inHaste ? HASTY : USUAL;
    const body = randomBody(world.base.customers, random, scheduler.now() + count * options.everyMs, deadlines);
    const key = `transfer-${count}`;
    const copies = random.chance(0.1) ? 2 : 1;
    waiting += copies;
    for (let copy = 0; copy < copies; copy += 1) {
      scheduler.after(
        count * options.everyMs,
        `asks for ${key}`,
        () => {
          void persist(body, key).finally(() => {
            waiting -= 1;
          });
        },
        process,
      );
    }
  }
  return { promised, problems, asked, isDone: () => waiting === 0 };
}

/** Asked for the first time after its deadline, or while nobody holds a number. */
function isRefusal(error: unknown): boolean {
  return error instanceof AppError && ["invalid-transfer", "not-found"].includes(error.code);
}

function randomBody(customers: readonly Customer[], random: Random, nowMs: number, deadlines: typeof USUAL): TransferBody {
  const [from, to] = random.chance(0.5) ? BANKS : [BANKS[1], BANKS[0]];
  const of = (bank: string) => random.pick(customers.filter((customer) => customer.bank === bank));
  const { chance, low, high } = deadlines;
  const deadline = random.chance(chance) ? { deadline: new Date(nowMs + random.between(low, high)).toISOString() } : {};
  return {
    payer: { phone: of(from.id).phone },
    payee: { phone: of(to.id).phone },
    amount: { amount: random.pick(AMOUNTS), currency: "THB" },
    ...deadline,
  };
}
