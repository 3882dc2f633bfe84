import type { network } from "hardhat";

type Connection = Awaited<ReturnType<typeof network.create>>;
type Time = number | bigint;

/** What the contracts' tests ask of a development node beside JSON-RPC's usual calls. */
export interface ChainHelpers {
  /** What the fixture makes, on the chain as it was right after the fixture's first run. */
  loadFixture<T>(fixture: () => Promise<T>): Promise<T>;
  /** The chain as it is now; `restore` takes it back there, as often as it is called. */
  takeSnapshot(): Promise<{ restore(): Promise<void> }>;
  mine(): Promise<void>;
  setAutomine(on: boolean): Promise<void>;
  setCode(address: string, code: string): Promise<void>;
  setStorageAt(address: string, slot: string, value: string): Promise<void>;
  /** In seconds of block time. */
  time: {
    latest(): Promise<number>;
    increase(seconds: number): Promise<void>;
    increaseTo(time: Time): Promise<void>;
    setNextBlockTimestamp(time: Time): Promise<void>;
  };
}

/** The helpers for the node behind a connection: Hardhat's, Anvil, or Ganache with steps of a second. */
export async function chainHelpers(connection: Connection): Promise<ChainHelpers> {
  const version = String(await connection.provider.request({ method: "web3_clientVersion" }));
  if (!version.startsWith("Ganache/")) return hardhatHelpers(connection);
  giveRefusalData(connection);
  return ganacheHelpers(connection);
}

/** Hardhat's own, which Anvil understands. */
function hardhatHelpers({ networkHelpers, provider }: Connection): ChainHelpers {
  const { time } = networkHelpers;
  return {
    loadFixture: (fixture) => networkHelpers.loadFixture(fixture),
    takeSnapshot: () => networkHelpers.takeSnapshot(),
    mine: () => networkHelpers.mine(),
    setAutomine: async (on) => void (await provider.request({ method: "evm_setAutomine", params: [on] })),
    setCode: (address, code) => networkHelpers.setCode(address, code),
    setStorageAt: async (...params) => void (await provider.request({ method: "hardhat_setStorageAt", params })),
    time: {
      latest: () => time.latest(),
      increase: async (seconds) => void (await time.increase(seconds)),
      increaseTo: (to) => time.increaseTo(to),
      setNextBlockTimestamp: (to) => time.setNextBlockTimestamp(to),
    },
  };
}

function ganacheHelpers({ provider }: Connection): ChainHelpers {
  const ask = (method: string, ...params: unknown[]) => provider.request({ method, params });
  const made = new Map<unknown, { restore(): Promise<void>; result: unknown }>();
  const latest = async () => Number(((await ask("eth_getBlockByNumber", "latest", false)) as { timestamp: string }).timestamp);
  const mineAt = async (time: Time) => void (await ask("evm_mine", Number(time)));

  async function takeSnapshot(): Promise<{ restore(): Promise<void> }> {
    let snapshot = await ask("evm_snapshot");
    return {
      restore: async () => {
        await ask("evm_revert", snapshot);
        // Ganache forgets a snapshot when it goes back to it.
        snapshot = await ask("evm_snapshot");
      },
    };
  }

  return {
    async loadFixture<T>(fixture: () => Promise<T>): Promise<T> {
      const kept = made.get(fixture);
      if (kept !== undefined) {
        await kept.restore();
        return kept.result as T;
      }
      const result = await fixture();
      made.set(fixture, { ...(await takeSnapshot()), result });
      return result;
    },
    takeSnapshot,
    mine: () => minedAllTheSame(ask("evm_mine")),
    setAutomine: (on) => minedAllTheSame(ask(on ? "miner_start" : "miner_stop")),
    setCode: async (address, code) => void (await ask("evm_setAccountCode", address, code)),
    setStorageAt: async (...params) => void (await ask("evm_setAccountStorageAt", ...params)),
    time: {
      latest,
      increase: async (seconds) => mineAt((await latest()) + seconds),
      increaseTo: mineAt,
      // The next block is a second later than the one that this makes.
      setNextBlockTimestamp: (time) => mineAt(Number(time) - 1),
    },
  };
}

/** Ganache answers with an error where a transaction of the block that it mines fails; the block is mined all the same. */
async function minedAllTheSame(mining: Promise<unknown>): Promise<void> {
  await mining.catch((error: Error) => {
    if (!error.message.includes("VM Exception")) throw error;
  });
}

/** Puts the data of a contract's refusal where Hardhat's matchers look for it. Of a sent transaction, Ganache gives it in a trace alone. */
function giveRefusalData({ provider }: Connection): void {
  const request = provider.request.bind(provider);
  provider.request = async (call) => {
    try {
      return await request(call);
    } catch (error) {
      const { data } = error as { data?: { hash?: unknown; result?: unknown } };
      if (typeof data?.hash === "string") {
        const trace = await request({ method: "debug_traceTransaction", params: [data.hash, { disableStorage: true }] });
        Object.assign(error as object, { data: refusalIn(trace as Trace) });
      } else if (typeof data?.result === "string") {
        Object.assign(error as object, { data: data.result });
      }
      throw error;
    }
  };
}

/** A transaction step by step; words of stack and memory as hex. */
interface Trace {
  structLogs: { op: string; stack: string[]; memory: string[] }[];
}

/** The data that the last step, a REVERT, takes from memory: its offset lies on top of the stack, and its length below that. */
function refusalIn({ structLogs }: Trace): string {
  const { stack = [], memory = [] } = structLogs.at(-1) ?? {};
  const [offset, length] = [stack.at(-1), stack.at(-2)].map((word) => 2 * Number.parseInt(word ?? "0", 16)) as [number, number];
  return `0x${memory.join("").slice(offset, offset + length)}`;
}
