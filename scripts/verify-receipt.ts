import { readFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { JsonRpcProvider } from "ethers";
import type { JSONWebKeySet } from "jose";
import { verifyReceipt } from "../src/receipts/verify-receipt.js";

// npm run verify-receipt -- receipt.json --rpc http://…: whether a receipt is signed, and is what the chain says.

const USAGE = `npm run verify-receipt -- <file> --rpc URL --keys URL-OR-FILE [--contract ADDRESS] [--trust-headers]
  --keys           the issuer's public keys: its /.well-known/jwks.json, or a copy
  --contract       the contract that counts; without it, the one that the receipt names
  --trust-headers  for chains that hash headers in a way of their own (Besu's QBFT and IBFT)
Exit code: 0 the receipt is good; 1 it is not; 2 wrong arguments; 3 it cannot be told, since chain or keys give no answer.
`;
const TIMEOUT_MS = 15_000;

function usage(problem: string): never {
  process.stderr.write(`${problem}\n\n${USAGE}`);
  process.exit(2);
}

function readArguments() {
  const options = {
    rpc: { type: "string" },
    keys: { type: "string" },
    contract: { type: "string" },
    "trust-headers": { type: "boolean", default: false },
  } as const;
  try {
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    return usage((error as Error).message);
  }
}

async function readKeys(from: string): Promise<JSONWebKeySet> {
  if (!/^https?:/.test(from)) return JSON.parse(await readFile(from, "utf8"));
  const response = await fetch(from, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${from} answered ${response.status}`);
  return (await response.json()) as JSONWebKeySet;
}

const { positionals, values } = readArguments();
const [file, ...rest] = positionals;
if (file === undefined || rest.length > 0) usage("Name one file.");
if (values.rpc === undefined || values.keys === undefined) usage("Give --rpc and --keys.");
if (values.contract !== undefined && !/^0x[0-9a-fA-F]{40}$/.test(values.contract)) usage("--contract takes an address.");
const text = await readFile(file, "utf8").catch(() => usage(`The file ${file} cannot be read.`));
const provider = new JsonRpcProvider(values.rpc, undefined, { staticNetwork: false, batchMaxCount: 100 });
try {
  await Promise.race([
    provider.getNetwork(),
    new Promise((_resolve, reject) => {
      setTimeout(() => reject(new Error(`${values.rpc} does not answer`)), TIMEOUT_MS).unref();
    }),
  ]);
  const keys = await readKeys(values.keys);
  const options = { contract: values.contract, trustHeaders: values["trust-headers"] };
  const { receipt, problems } = await verifyReceipt({ provider, keys }, text, options);
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
  else {
    const { id, amount, payer, payee } = receipt?.transfer ?? {};
    process.stdout.write(
      `good: ${amount?.amount} ${amount?.currency} (minor units) from ${payer?.bank} to ${payee?.bank}, ${id}\n`,
    );
  }
} catch (error) {
  process.stderr.write(`It cannot be told: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 3;
} finally {
  provider.destroy();
}
