import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CanaryForm } from "../../../tools/system/privacy/canary-forms.js";
import type { System } from "../../../tools/system/stack.js";

// CODECOPY of what follows the code to memory, LOG0 of it, STOP: the creation of a contract that only leaves a log.
const LOG_CODE_BYTES = 15;

function logCode(length: number): string {
  const push = `62${length.toString(16).padStart(6, "0")}`;
  return `0x${push}60${LOG_CODE_BYTES.toString(16).padStart(2, "0")}5f39${push}5fa000`;
}

/** Plants forms, as they stand, in a transaction's calldata, and in a log's data. */
export async function plantOnChain(
  { chain: { provider } }: System,
  forms: readonly CanaryForm[],
): Promise<{ calldata: string; log: string }> {
  const [from] = (await provider.send("eth_accounts", [])) as string[];
  const send = (transaction: object) => provider.send("eth_sendTransaction", [{ from, ...transaction }]) as Promise<string>;
  const bytes = plantedBytes(forms);
  const calldata = await send({ to: from, data: `0x${bytes.toString("hex")}` });
  const log = await send({ data: logCode(bytes.length) + bytes.toString("hex") });
  return { calldata, log };
}

/** Plants forms in a table of the store's that lasts as long as the connection: in a text, a JSON and a binary column. */
export async function plantInStore({ store }: System, forms: readonly CanaryForm[]): Promise<void> {
  await store.query("create temporary table planted (kind text, value_text text, value_json jsonb, value_bytes bytea)");
  const text = plantedBytes(forms).toString("utf8");
  await store.query("insert into planted (kind, value_text) values ('text', $1)", [text]);
  await store.query("insert into planted (kind, value_json) values ('json', $1)", [JSON.stringify({ text })]);
  await store.query("insert into planted (kind, value_bytes) values ('bytes', $1)", [plantedBytes(forms)]);
}

/** Plants forms in a log file; returns what takes it away. */
export async function plantInLogs({ stack }: System, forms: readonly CanaryForm[]): Promise<() => Promise<void>> {
  const path = join(stack.dataDir, "logs", "planted.log");
  await writeFile(path, plantedBytes(forms));
  return () => rm(path);
}

function plantedBytes(forms: readonly CanaryForm[]): Buffer {
  return Buffer.from(forms.map(({ text }) => text).join(" "), "utf8");
}
