import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Stack } from "../../../scripts/stack/stack.js";
import type { System } from "../stack.js";
import type { StoreClient } from "../store-client.js";
import type { Haystack } from "./scanner.js";

interface RawTransaction {
  hash: string;
  input: string;
}

interface RawLog {
  transactionHash: string;
  topics: string[];
  data: string;
}

/** Everything that was ever written to the chain: the calldata of every transaction, and every log's topics and data. */
export async function readChainTexts({ chain: { provider } }: System): Promise<Haystack[]> {
  const texts: Haystack[] = [];
  const head = await provider.getBlockNumber();
  for (let number = 0; number <= head; number += 1) {
    const block = (await provider.send("eth_getBlockByNumber", [`0x${number.toString(16)}`, true])) as {
      transactions: RawTransaction[];
    };
    texts.push(...block.transactions.map(({ hash, input }) => ({ where: `calldata of ${hash}`, text: input })));
  }
  const logs = (await provider.send("eth_getLogs", [{ fromBlock: "0x0", toBlock: "latest" }])) as RawLog[];
  for (const { transactionHash, topics, data } of logs) {
    texts.push({ where: `topics of ${transactionHash}`, text: topics.join(" ") });
    texts.push({ where: `log data of ${transactionHash}`, text: data });
  }
  return texts;
}

/** Every row of every table of the store as text, binary columns in hex. */
export async function readStoreTexts(store: StoreClient): Promise<Haystack[]> {
  const tables = await store.query(`
    select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'm') and n.nspname <> 'information_schema' and n.nspname not in ('pg_catalog', 'pg_toast')`);
  const texts: Haystack[] = [];
  for (const { name } of tables) {
    const rows = await store.query(`select t::text as row from ${String(name)} t`);
    texts.push(...rows.map(({ row }) => ({ where: `a row of ${String(name)}`, text: String(row) })));
  }
  return texts;
}

/** Every log file of a data folder. */
export async function readLogTexts(dataDir: string): Promise<Haystack[]> {
  const folder = join(dataDir, "logs");
  const names = await readdir(folder);
  return await Promise.all(
    names.map(async (name) => ({ where: `log file ${name}`, text: await readFile(join(folder, name), "utf8") })),
  );
}

/** What every service tells Prometheus, in the order of the stack's metrics ports. */
export async function readMetricsTexts({ ports }: Pick<Stack, "ports">): Promise<Haystack[]> {
  return await Promise.all(
    ports.metrics.map(async (port, index) => {
      const response = await fetch(`http://127.0.0.1:${port}/metrics`);
      return { where: `metrics of service ${index}`, text: await response.text() };
    }),
  );
}

/** What the services have told the collector, as it came. */
export function readTraceTexts({ collector }: Pick<System, "collector">): Haystack[] {
  return collector.bodies.map((text) => ({ where: "spans", text }));
}
