import { Webhook } from "standardwebhooks";
import type { PostingKind } from "../../src/domain/posting.js";
import { API } from "./api-role.js";
import { BLOCK_MS } from "./chain-node.js";
import { BANKS, LEG_KINDS } from "./chain-setup.js";
import { createMover } from "./numbers.js";
import { createPeople } from "./people.js";
import type { Random } from "./random.js";
import { secretsOf } from "./roles.js";
import { setStopped } from "./scheduler.js";
import type { World } from "./world.js";

/** How often it acts, in milliseconds, on average. */
const EVERY_MS = {
  kill: 8_000,
  stop: 15_000,
  restartStore: 12_000,
  halt: 15_000,
  toggleAccount: 1_500,
  forge: 2_000,
  moveNumber: 5_000,
  people: 800,
  clock: 8_000,
  disk: 20_000,
  link: 20_000,
};
const STOP_MS = { low: 500, high: 20_000 };
const CLOCK_STEP_MS = 7_200_000;
const CLOCK_MS = { low: 1_000, high: 20_000 };
const DISK_MS = { low: 500, high: 8_000 };
const LINK_MS = { low: 2_000, high: 12_000 };
const HALT_MS = { low: 1_000, high: 8_000 };
const REORGANISED_BLOCKS = 0.1;

/**
 * Kills, stops, restarts, halts and forks by chance until it is told to heal. One block in ten is taken back, with up to `maxDepth` - 1
 * before it.
 */
export function startNemesis(
  world: World,
  options: {
    transfers: () => string[];
    random: Random;
    maxDepth: number;
    forks: number;
    moves: number;
    people: number;
    intensity: number;
    kills: boolean;
  },
) {
  const { scheduler, faults, node } = world;
  const { random, intensity } = options;
  const numbers = createMover(world, random);
  const people = createPeople(world, random);
  let healed = false;

  function often(everyMs: number, act: () => unknown): void {
    if (intensity === 0) return;
    scheduler.after(
      (-Math.log(1 - random.next()) * everyMs) / intensity,
      "",
      async () => {
        if (healed) return;
        await act();
        often(everyMs, act);
      },
      null,
    );
  }

  function anyone() {
    return random.pick([...world.running.values()].filter((process) => !process.dead));
  }

  function stop(): void {
    const process = anyone();
    faults.count("process: stopped");
    scheduler.trace(`stop ${process.name}`);
    setStopped(process, true);
    scheduler.after(
      random.between(STOP_MS.low, STOP_MS.high),
      `continue ${process.name}`,
      () => setStopped(process, false),
      null,
    );
  }

  function haltChain(): void {
    faults.count("chain: halted");
    node.setMining(false);
    scheduler.after(random.between(HALT_MS.low, HALT_MS.high), "chain goes on", () => node.setMining(true), null);
  }

  /** Two hours forward or back, until the clock is set right. */
  function stepClock(): void {
    const role = random.pick([...world.running.keys()].filter((name) => name === API || name.startsWith("bank-")));
    const step = random.pick([-CLOCK_STEP_MS, CLOCK_STEP_MS]);
    faults.count(`clock: stepped ${step < 0 ? "back" : "forward"}`);
    scheduler.trace(`clock of ${role} ${step}`);
    setClock(role, step);
    scheduler.after(random.between(CLOCK_MS.low, CLOCK_MS.high), `clock of ${role} is right`, () => setClock(role, 0), null);
  }

  function setClock(role: string, ms: number): void {
    world.clocks.set(role, ms);
    const process = world.running.get(role);
    if (process !== undefined) process.clockMs = ms;
  }

  function fillDisk(): void {
    const disk = random.pick(["store", ...BANKS.map(({ name }) => `bank-${name}`)]);
    faults.count(disk === "store" ? "store: disk full" : "bank: disk full");
    scheduler.trace(`disk of ${disk} full`);
    world.fullDisks.add(disk);
    scheduler.after(
      random.between(DISK_MS.low, DISK_MS.high),
      `disk of ${disk} has space`,
      () => world.fullDisks.delete(disk),
      null,
    );
  }

  /** Five seconds each way. */
  function slowLink(): void {
    const legs = BANKS.flatMap(({ name }) => LEG_KINDS.map((kind) => `${name}-${kind}`));
    const host = random.pick(["node", ...BANKS.map(({ name }) => `bank-${name}`), ...legs]);
    const set = (on: boolean) => {
      if (host === "node") node.setSlow(on);
      else if (on) world.http.slow.add(host);
      else world.http.slow.delete(host);
    };
    faults.count("link: 5 s of latency");
    scheduler.trace(`link to ${host} slow`);
    set(true);
    scheduler.after(random.between(LINK_MS.low, LINK_MS.high), `link to ${host} fast`, () => set(false), null);
  }

  function toggleAccount(): void {
    const { bank, account } = random.pick(random.pick(world.base.customers).entries);
    faults.count("bank: account changed");
    world.ledgers
      .get(bank)
      ?.setAccountStatus(account, random.pick(["open", "open", "open", "open", "closed", "blocked"] as const));
  }

  /** A delivery that is rightly signed, and of an event that never was: nothing may come of it. */
  function forge(): void {
    const known = options.transfers();
    if (known.length === 0) return;
    forgeOne(random.pick(BANKS), random.pick(LEG_KINDS), [random.pick(known)]);
  }

  function forgeOne(bank: (typeof BANKS)[number], kind: PostingKind, subjects: readonly string[]): void {
    faults.count("http: forged delivery");
    const event = {
      specversion: "1.0",
      id: `forged-${scheduler.now()}`,
      source: "/forged",
      type: "eventmachine.transfer.resolved",
    };
    const body = JSON.stringify(subjects.map((subject) => ({ ...event, subject, sequence: "1" })));
    const sentAt = new Date(scheduler.now());
    const { webhookSecret } = secretsOf(world, bank.id).functions[kind];
    const headers = {
      "content-type": "application/cloudevents-batch+json",
      "webhook-id": event.id,
      "webhook-timestamp": String(Math.floor(sentAt.getTime() / 1000)),
      "webhook-signature": new Webhook(webhookSecret).sign(event.id, sentAt, body),
    };
    const request = { method: "POST", path: "/", headers, body };
    world.http.send({ client: undefined, host: `${bank.name}-${kind}`, point: undefined, request });
  }

  /** Mostly short, now and then the longest: depths are spread evenly over their orders of magnitude. */
  function reorganise(): Promise<void> {
    const depth = Math.min(
      Math.floor(options.maxDepth ** random.next()) + (random.chance(0.1) ? options.maxDepth : 0),
      options.maxDepth,
    );
    return node.reorganise(Math.max(depth, 1));
  }

  if (options.kills) {
    often(EVERY_MS.kill, () => {
      faults.count("process: killed");
      world.kill(anyone());
    });
    often(EVERY_MS.stop, stop);
  }
  often(EVERY_MS.restartStore, () => {
    faults.count("store: restarted");
    return world.store.restart();
  });
  often(EVERY_MS.halt, haltChain);
  often(EVERY_MS.toggleAccount, toggleAccount);
  often(EVERY_MS.forge, forge);
  often(EVERY_MS.moveNumber / options.moves, numbers.move);
  often(EVERY_MS.people / options.people, people.act);
  often(EVERY_MS.clock, stepClock);
  often(EVERY_MS.disk, fillDisk);
  often(EVERY_MS.link, slowLink);
  if (options.maxDepth > 0) often(BLOCK_MS / REORGANISED_BLOCKS / options.forks, reorganise);

  return {
    /** Wakes every function for every transfer there is, whatever has become of it. */
    forgeAll(): void {
      for (const bank of BANKS) for (const kind of LEG_KINDS) forgeOne(bank, kind, options.transfers());
    },
    /** From now on nothing goes wrong any more. */
    heal(): void {
      healed = true;
      faults.on = false;
      node.setMining(true);
      node.setSlow(false);
      world.http.slow.clear();
      world.fullDisks.clear();
      for (const role of world.clocks.keys()) setClock(role, 0);
      for (const process of world.running.values()) setStopped(process, false);
    },
  };
}
