import { keccak256, Transaction } from "ethers";
import type { CrashPoint, Faults } from "./faults.js";
import type { HttpAnswer } from "./http-messages.js";
import { createLies } from "./lies.js";
import type { Plants } from "./plants.js";
import type { Random } from "./random.js";
import type { Process, Scheduler } from "./scheduler.js";

/** What answers JSON-RPC in this process: Hardhat's. */
export interface Provider {
  request(call: { method: string; params: unknown[] }): Promise<unknown>;
}

interface Call {
  id: unknown;
  method: string;
  params: unknown[];
}

interface Block {
  number: number;
  /** Of the moment before it was mined. */
  snapshot: unknown;
  /** Signed transactions, by hash. */
  raw: Map<string, string>;
}

/** What the replicas behind one URL may be behind with, each by itself. */
const KINDS: Record<string, "blocks" | "state" | "nonces" | "logs" | "receipts"> = {
  eth_blockNumber: "blocks",
  eth_getBlockByNumber: "blocks",
  eth_call: "state",
  eth_getTransactionCount: "nonces",
  eth_getLogs: "logs",
  eth_getTransactionReceipt: "receipts",
};
type Kind = (typeof KINDS)[string];
const EVERY_KIND = [...new Set(Object.values(KINDS))];

/** Between two blocks. */
export const BLOCK_MS = 250;
const LATENCY_MS = { low: 1, high: 8 };
const SLOW_MS = 6_000;
/** Each way, while the link to the node is slow. */
const SLOW_LINK_MS = 5_000;
const LAG_MS = 2_000;
const MAX_LAG_BLOCKS = 4;
// Of the transactions that a reorganisation took back, so many are forgotten by every node.
const DROP_CHANCE = 0.15;

/** A chain that mines by the simulated clock, forks, and answers every process by HTTP, sometimes wrongly. */
export function createChainNode(deps: {
  provider: Provider;
  scheduler: Scheduler;
  random: Random;
  faults: Faults;
  plants: Plants;
  /** Whose key signed a transaction. */
  senderOf: (address: string) => { process: Process; kind: "start" | "advance" } | undefined;
}) {
  const { provider, scheduler, random, faults } = deps;
  const request = (method: string, ...params: unknown[]) => provider.request({ method, params });
  const rawByHash = new Map<string, string>();
  const signers = new Map<string, string>();
  /** Hashes of what was sent to the node since it mined the like: no more than these are pending. */
  const unmined = new Set<string>();
  const lagging = new Map<Process, Map<Kind, { until: number; blocks: number }>>();
  const lies = createLies(deps);
  let blocks: Block[] = [];
  let mining = true;
  let slow = false;

  async function head(): Promise<number> {
    return Number(await request("eth_blockNumber"));
  }

  async function mine(): Promise<void> {
    const points = (await pendingHashes()).flatMap((hash) => minedPoint(rawByHash.get(hash)) ?? []);
    for (const { point, process } of points) faults.pass(point, "before", process);
    const snapshot = await request("evm_snapshot");
    const latest = (await request("eth_getBlockByNumber", "latest", false)) as { timestamp: string };
    const time = Math.max(Math.floor(scheduler.now() / 1000), Number(latest.timestamp));
    await request("evm_mine", `0x${time.toString(16)}`);
    const block = (await request("eth_getBlockByNumber", "latest", false)) as {
      number: string;
      hash: string;
      transactions: string[];
    };
    const raw = new Map(
      block.transactions.flatMap((hash) => (rawByHash.has(hash) ? [[hash, rawByHash.get(hash) as string]] : [])),
    );
    for (const hash of block.transactions) unmined.delete(hash);
    blocks.push({ number: Number(block.number), snapshot, raw });
    scheduler.trace(`mined ${Number(block.number)} ${block.hash} ${block.transactions.length}`);
    for (const { point, process } of points) faults.pass(point, "after", process);
  }

  /** What the next block would hold. The node mines one to tell, which is spared where it cannot hold any. */
  async function pendingHashes(): Promise<string[]> {
    if (unmined.size === 0) return [];
    const pending = (await request("eth_getBlockByNumber", "pending", false)) as { transactions: string[] };
    return pending.transactions;
  }

  /** Recovered once for each transaction, which comes by several times. */
  function signerOf(raw: string): string {
    const known = signers.get(raw) ?? Transaction.from(raw).from ?? "";
    signers.set(raw, known);
    return known;
  }

  function minedPoint(raw: string | undefined): { point: CrashPoint; process: Process } | undefined {
    const found = raw === undefined ? undefined : deps.senderOf(signerOf(raw));
    return found && { point: found.kind === "start" ? "start mined" : "advance mined", process: found.process };
  }

  /** Takes back so many blocks and mines others, one more. What was in them comes in again, but for some of it, in other blocks. */
  async function reorganise(depth: number): Promise<void> {
    const gone = blocks.slice(-depth);
    const first = gone[0];
    if (first === undefined) return;
    faults.count("chain: reorganisation");
    scheduler.trace(`reorganisation of ${gone.length}`);
    await request("evm_revert", first.snapshot);
    // What the first of them held is back among what is pending.
    for (const hash of gone.flatMap((block) => [...block.raw.keys()])) unmined.add(hash);
    blocks = blocks.slice(0, -gone.length);
    const raw = gone.flatMap((block) => [...block.raw.values()]);
    const dropped = new Set<string>();
    for (let count = 0; count <= gone.length; count += 1) {
      const share = count === gone.length ? raw.length : random.between(0, Math.ceil(raw.length / gone.length));
      for (const transaction of raw.splice(0, share)) await putBack(transaction, dropped);
      await mine();
    }
  }

  async function putBack(raw: string, dropped: Set<string>): Promise<void> {
    const from = signerOf(raw);
    // What comes after a transaction that is gone cannot be mined: it goes with it.
    if (dropped.has(from) || random.chance(DROP_CHANCE)) {
      dropped.add(from);
      faults.count("chain: transaction dropped");
      return;
    }
    await request("eth_sendRawTransaction", raw).catch(() => undefined);
  }

  function keepMining(): void {
    scheduler.after(
      BLOCK_MS,
      "",
      async () => {
        if (mining) await mine();
        keepMining();
      },
      null,
    );
  }

  async function answer(process: Process, call: Call, isLiar: boolean): Promise<Record<string, unknown>> {
    const base = { jsonrpc: "2.0", id: call.id };
    try {
      const value = await result(process, call);
      return { ...base, result: isLiar ? lies.lie(process, call, value, await head()) : value };
    } catch (error) {
      const { code = -32603, message, data } = error as { code?: number; message: string; data?: unknown };
      return { ...base, error: { code, message, ...(data !== undefined && { data }) } };
    }
  }

  async function result(process: Process, { method, params }: Call): Promise<unknown> {
    const sender = method === "eth_sendRawTransaction" ? senderPoint(params[0] as string) : undefined;
    if (sender !== undefined) {
      const hash = keccak256(params[0] as string);
      rawByHash.set(hash, params[0] as string);
      unmined.add(hash);
      faults.pass(sender, "before");
      if (process.dead) return null;
    }
    const asked = await ask(process, method, params);
    const value = deps.plants.rpcResult?.(process.name, { method, params }, asked) ?? asked;
    if (sender !== undefined) {
      scheduler.trace(`${process.name} ${sender} ${String(value)}`);
      faults.pass(sender, "after");
    }
    if (method === "eth_getLogs" && Array.isArray(value) && value.length > 0) {
      if (faults.strikes("rpc: no logs")) return [];
      if (faults.strikes("rpc: logs left out")) return value.filter(() => random.chance(0.7));
    }
    return value;
  }

  function senderPoint(raw: string): CrashPoint | undefined {
    const found = deps.senderOf(signerOf(raw));
    return found && (found.kind === "start" ? "start broadcast" : "advance broadcast");
  }

  /** For a while a process sees the chain some blocks behind: all of it, or one kind of answer only, from a replica of its own. */
  function beginLag(process: Process, kinds: readonly Kind[]): void {
    const own = lagging.get(process) ?? new Map();
    const lag = { until: scheduler.now() + LAG_MS, blocks: random.between(1, MAX_LAG_BLOCKS) };
    for (const kind of kinds) own.set(kind, lag);
    lagging.set(process, own);
  }

  /** Asks the node as the process sees it. */
  async function ask(process: Process, method: string, params: unknown[]): Promise<unknown> {
    if (faults.strikes("rpc: node lags")) beginLag(process, EVERY_KIND);
    if (faults.strikes("rpc: replicas differ")) beginLag(process, [random.pick(EVERY_KIND)]);
    const lag = lagging.get(process)?.get(KINDS[method] ?? "blocks");
    if (lag === undefined || lag.until < scheduler.now() || !faults.on) return await request(method, ...params);
    const newest = (await head()) - lag.blocks;
    if (method === "eth_blockNumber") return `0x${newest.toString(16)}`;
    const beyond = (tag: unknown) => typeof tag === "string" && tag.startsWith("0x") && tag.length < 20 && Number(tag) > newest;
    const seen = (tag: unknown) => (tag === "latest" ? `0x${newest.toString(16)}` : tag);
    const [first, second] = params;
    if (method === "eth_getBlockByNumber") return beyond(first) ? null : await request(method, seen(first), second);
    if (method === "eth_call" && beyond(second)) throw new Error("header not found");
    if (method === "eth_getTransactionCount") return await request(method, first, seen(second));
    const value = await request(method, ...params);
    // A replica that has no such blocks yet has no logs of them either, and does not say so.
    if (method === "eth_getLogs") return (value as { blockNumber: string }[]).filter(({ blockNumber }) => !beyond(blockNumber));
    const mined = (value as { blockNumber?: unknown } | null)?.blockNumber;
    return method === "eth_getTransactionReceipt" && beyond(mined) ? null : value;
  }

  /** Takes a transaction of somebody who is no process, and keeps it for reorganisations. */
  async function submit(raw: string): Promise<void> {
    const hash = keccak256(raw);
    rawByHash.set(hash, raw);
    unmined.add(hash);
    await request("eth_sendRawTransaction", raw).catch(() => undefined);
  }

  /** JSON-RPC over HTTP, for all processes. A liar may forge logs, or have lost its past. */
  function serve(body: string, isLiar = false): Promise<HttpAnswer> {
    const process = scheduler.current();
    const parsed = JSON.parse(body) as Call | Call[];
    const calls = Array.isArray(parsed) ? parsed : [parsed];
    return new Promise((resolve, reject) => {
      const latency = () => {
        if (slow) return SLOW_LINK_MS;
        return faults.strikes("rpc: slow") ? SLOW_MS : random.between(LATENCY_MS.low, LATENCY_MS.high);
      };
      const reply = (status: number, text: string) =>
        scheduler.after(latency(), "", () => resolve({ status, headers: { "content-type": "application/json" }, body: text }));
      const lose = () => scheduler.after(latency(), "", () => reject(new Error("socket hang up")));
      scheduler.after(latency(), `rpc ${calls.map(({ method }) => method).join(",")}`, async () => {
        if (process === undefined) throw new Error("Somebody asks the node who is no process");
        if (faults.strikes("rpc: error 500")) return void reply(500, "");
        if (faults.strikes("rpc: error 429")) return void reply(429, "");
        if (faults.strikes("rpc: request lost")) return void lose();
        const answers: Record<string, unknown>[] = [];
        for (const call of calls) answers.push(await answer(process, call, isLiar));
        if (faults.strikes("rpc: answer lost")) return void lose();
        if (faults.strikes("rpc: answer is not JSON")) return void reply(200, "<html>");
        reply(200, JSON.stringify(Array.isArray(parsed) ? answers : answers[0]));
      });
    });
  }

  return {
    serve,
    submit,
    keepMining,
    reorganise,
    mine,
    head,
    request,
    setSlow: (on: boolean) => {
      slow = on;
    },
    setMining: (on: boolean) => {
      mining = on;
    },
    blocks: () => blocks.length,
  };
}

export type ChainNode = ReturnType<typeof createChainNode>;
