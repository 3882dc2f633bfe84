import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import type { AuditedTransfer } from "./recount.js";

/** What an export is about: the first of its lines. `toBlockHash` stands for the whole chain up to there. */
export interface ExportHead {
  contract: string;
  chainId: string;
  fromBlock: number;
  toBlock: number;
  toBlockHash: string;
}

const DIFFERENCES_SHOWN = 10;

/** Writes a line of JSON for the head, and one for each transfer in the order of the chain. */
export async function writeExport(path: string, head: ExportHead, transfers: Iterable<AuditedTransfer>): Promise<void> {
  const file = createWriteStream(path, { flags: "wx" });
  for (const line of lines(head, transfers)) if (!file.write(line)) await once(file, "drain");
  file.end();
  await finished(file);
}

/** The head of an export. @throws Error where the file has none. */
export async function readHead(path: string): Promise<ExportHead> {
  for await (const line of linesOf(path)) {
    const head = parse(line);
    if (head !== undefined && typeof head.toBlock === "number" && typeof head.contract === "string") return head as ExportHead;
    break;
  }
  throw new Error(`${path} is no export: its first line does not say of which blocks. Make one with --export.`);
}

/** What in an export differs from what the blocks say: a line each, the first ten, and how many there are. */
export async function compareExport(
  path: string,
  head: ExportHead,
  transfers: Iterable<AuditedTransfer>,
): Promise<{ count: number; first: string[] }> {
  const told = lines(head, transfers);
  const first: string[] = [];
  let count = 0;
  let number = 0;
  const differs = (what: string) => {
    count += 1;
    if (first.length < DIFFERENCES_SHOWN) first.push(what);
  };
  for await (const line of linesOf(path)) {
    number += 1;
    const { value, done } = told.next();
    if (done) differs(`line ${number} is not on the chain: ${line}`);
    else if (`${line}\n` !== value) differs(`line ${number} is ${line}\n  the blocks say ${value.trimEnd()}`);
  }
  for (const missing of told) differs(`missing at the end: ${missing.trimEnd()}`);
  return { count, first };
}

function* lines(head: ExportHead, transfers: Iterable<AuditedTransfer>): Generator<string, undefined> {
  yield `${JSON.stringify(head)}\n`;
  for (const transfer of transfers) yield `${JSON.stringify(transfer)}\n`;
}

function linesOf(path: string) {
  return createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
}

function parse(line: string): Partial<ExportHead> | undefined {
  try {
    return JSON.parse(line) as Partial<ExportHead>;
  } catch {
    return undefined;
  }
}
