import { Agent } from "undici";
import { createCoalescingPoster } from "../../src/banks/coalescing-poster.js";
import { createRestConnector } from "../../src/banks/rest-connector.js";
import { assertExpectedChain, type Chain, connectChain } from "../../src/chain/connect-chain.js";
import { DEFAULT_SENDER_OPTIONS } from "../../src/chain/sending/batch-sender.js";
import { createTransitionSender } from "../../src/chain/sending/transition-senders.js";
import { createLocalSigner } from "../../src/chain/signing/local-signer.js";
import type { PostingKind } from "../../src/domain/posting.js";
import { createOpener } from "../../src/domain/sealing.js";
import { createFunctionApp } from "../../src/functions/app.js";
import { createChainClock } from "../../src/functions/chain-clock.js";
import { credit } from "../../src/functions/credit.js";
import { debit } from "../../src/functions/debit.js";
import { handleEvents } from "../../src/functions/handle-events.js";
import { refund } from "../../src/functions/refund.js";
import type { ConfiguredFunction } from "../../src/store/functions/retries.js";
import { DEFAULT_DELIVERY_OPTIONS } from "../../src/watcher/deliver/classify-results.js";
import { runWatcher } from "../../src/watcher/watcher.js";
import { TEST_SECRETS } from "../support/function-secrets.js";
import { BANKS, LEG_KINDS } from "./chain-setup.js";
import type { HttpRequest } from "./http-messages.js";
import type { Server } from "./network.js";
import type { Process } from "./scheduler.js";
import type { World } from "./world.js";

const LEGS = { debit, credit, refund };
const WAKES: Record<PostingKind, { side: "payerBank" | "payeeBank"; type: string }> = {
  debit: { side: "payerBank", type: "eventmachine.transfer.started" },
  credit: { side: "payeeBank", type: "eventmachine.transfer.pending" },
  refund: { side: "payerBank", type: "eventmachine.transfer.reversing" },
};
const RESOLVED = "eventmachine.transfer.resolved";
const OUTCOME_PROPOSED = "eventmachine.transfer.outcome-proposed";
export const OBSERVER = "observer";
export const OBSERVED = ["started", "pending", "completed", "rejected", "reversing", "reversed", "suspended"].map(
  (name) => `eventmachine.transfer.${name}`,
);
/** As shipped, but for how often a receipt is asked for: it is most of what a run costs. */
export const SENDER = { ...DEFAULT_SENDER_OPTIONS, receiptPollMs: 120, stuckAfterMs: 15_000 };
const POLL_INTERVAL_MS = 300;
const SWEEP_AFTER_MS = 30_000;
const BATCH_SIZE = 20;
const CONCURRENCY = 3;
const BANK_TIMEOUT_MS = 5_000;

/** The functions that the watchers deliver to, and one that only looks. */
export function functionRows(world: World): ConfiguredFunction[] {
  const legs = BANKS.flatMap(({ id, name }) =>
    LEG_KINDS.map((kind): ConfiguredFunction => {
      const { side, type } = WAKES[kind];
      return {
        name: `${name}-${kind}`,
        url: `http://${name}-${kind}/`,
        secret: secretsOf(world, id).functions[kind].webhookSecret,
        types: [type, RESOLVED, OUTCOME_PROPOSED],
        payerBank: side === "payerBank" ? id : null,
        payeeBank: side === "payeeBank" ? id : null,
        batchSize: BATCH_SIZE,
        concurrency: CONCURRENCY,
      };
    }),
  );
  const secret = secretsOf(world, BANKS[0].id).functions.debit.webhookSecret;
  const observer = { name: OBSERVER, url: `http://${OBSERVER}/`, secret, types: OBSERVED, payerBank: null, payeeBank: null };
  return [...legs, { ...observer, batchSize: BATCH_SIZE, concurrency: CONCURRENCY }];
}

/** One replica of the watcher. */
export function startWatcher(world: World, role: string): void {
  world.start(role, async (process) => {
    const { scheduler, logger, plants } = world;
    // The preferred node is the one that lies.
    const chain = connectChain([`http://liar/${role}`, `http://node/${role}`], world.base.deployment);
    const db = world.store.open();
    const { next } = world.random;
    const agent = new Agent();
    const targets = { guarded: () => agent, host: undefined };
    const deps = {
      chain,
      db,
      logger: logger.child({ role }),
      clock: () => Date.now(),
      random: next,
      targets,
      secrets: TEST_SECRETS,
    };
    const options = {
      holder: `${role}-${scheduler.now()}`,
      finality: plants.watcherFinality?.(world.finality) ?? world.finality,
      pollIntervalMs: POLL_INTERVAL_MS,
      // Few, so that a watcher that catches up reads pages ahead.
      maxPageBlocks: 4,
      logCheck: plants.logCheck ?? "receipts",
      sweepAfterMs: SWEEP_AFTER_MS,
      rebuildForeign: false,
      delivery: DEFAULT_DELIVERY_OPTIONS,
      functions: functionRows(world),
    };
    await runWatcher(deps, options, new AbortController().signal);
    if (!process.dead) throw new Error("The watcher returned though nobody stopped it");
  });
}

/** One leg of one bank. */
export function startFunction(world: World, bank: (typeof BANKS)[number], kind: PostingKind): void {
  const role = `${bank.name}-${kind}`;
  world.start(role, async (process) => {
    const { plants } = world;
    const logger = world.logger.child({ role });
    const secrets = secretsOf(world, bank.id);
    const chain = connect(world, role);
    await assertExpectedChain(chain);
    const { provider, deployment } = chain;
    const signer = createLocalSigner(secrets.functions[kind].operatorKey);
    const sender = createTransitionSender({ signer, provider, deployment, logger }, SENDER);
    const baseUrl = `http://bank-${bank.name}`;
    const connector = createRestConnector({ baseUrl, token: secrets.token, timeoutMs: BANK_TIMEOUT_MS, logger });
    const poster = createCoalescingPoster(connector, { maxBatch: 50, windowMs: 2 });
    const legBank = { post: poster.post, find: connector.find, close: connector.close };
    const deps = {
      leg: plants.leg?.(LEGS[kind]) ?? LEGS[kind],
      bankId: bank.id,
      bank: plants.legBank?.(legBank) ?? legBank,
      chain,
      finality: world.finality,
      chainClock: plants.chainClock?.() ?? createChainClock(),
      sender,
      opener: createOpener(new Map([[1, secrets.sealing.privateKey]])),
      logger,
    };
    const app = createFunctionApp({
      secrets: [secrets.functions[kind].webhookSecret],
      logger,
      handle: (events) => handleEvents(deps, events),
      check: () => assertExpectedChain(chain),
    });
    await app.ready();
    serve(world, role, process, app);
  });
}

interface Injectable {
  inject(options: { method: "GET" | "POST"; url: string; headers: Record<string, string>; payload?: string }): Promise<{
    statusCode: number;
    headers: Record<string, unknown>;
    body: string;
  }>;
}

/** Makes a process's HTTP application reachable under a host name. */
export function serve(world: World, host: string, process: Process, app: Injectable): void {
  const server: Server = {
    process,
    handle: async ({ method, path, headers, body }: HttpRequest) => {
      const payload = body === "" ? {} : { payload: body };
      const answer = await app.inject({ method: method as "GET" | "POST", url: path, headers, ...payload });
      const kept = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)]);
      return { status: answer.statusCode, headers: Object.fromEntries(kept), body: answer.body };
    },
  };
  world.http.serve(host, server);
}

export function connect(world: World, role: string): Chain {
  return connectChain(`http://node/${role}`, world.base.deployment);
}

export function secretsOf(world: World, bank: string) {
  const found = world.base.banks.find(({ id }) => id === bank);
  if (found === undefined) throw new Error(`There is no bank ${bank}`);
  return found;
}
