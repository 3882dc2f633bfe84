import process from "node:process";
import { readStackConfig } from "../../src/config/config.js";
import { postingReference } from "../../src/domain/posting.js";
import { DEMO_BANKS, DEMO_CURRENCY } from "../stack/demo-network.js";
import { demoTimeline, type TransferEvent } from "../stack/demo-timeline.js";
import { addressOf, LEG_KINDS } from "../stack/secrets.js";
import type { Stack } from "../stack/stack.js";
import { withTemporaryStack } from "../stack/temporary-stack.js";

// `npm run demo`: a stack of its own on free ports and in a folder of its own, one transfer, and its whole story.

const AMOUNT = "12345";

interface Transfer {
  id: string;
  state: string;
}

async function main(stack: Stack): Promise<boolean> {
  const before = await balances(stack);
  printBalances("before", before);
  const posted = performance.now();
  const transfer = await send(stack);
  const elapsedMs = performance.now() - posted;
  const events = (await call<{ events: TransferEvent[] }>(stack, `/v1/transfers/${transfer.id}/events`)).events;
  process.stdout.write(`\ntransfer ${transfer.id}\n\n`);
  process.stdout.write(
    demoTimeline({ events, functions: await functionNames(stack, events), postings: await bankPostings(stack, transfer.id) }),
  );
  process.stdout.write(`\n${transfer.state} ${elapsedMs.toFixed(0)} ms after the POST\n\n`);
  const after = await balances(stack);
  printBalances("after", after);
  return check(transfer, before, after);
}

async function send(stack: Stack): Promise<Transfer> {
  const [payer, payee] = DEMO_BANKS;
  const body = {
    payer: { phone: payer.phone },
    payee: { phone: payee.phone },
    amount: { amount: AMOUNT, currency: DEMO_CURRENCY },
  };
  process.stdout.write(`\nPOST /v1/transfers ${JSON.stringify(body)}\n`);
  return await call<Transfer>(stack, "/v1/transfers", {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": "demo", prefer: "wait=30" },
    body: JSON.stringify(body),
  });
}

async function call<T>(stack: Stack, path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(`${stack.apiUrl}${path}`, {
    ...init,
    headers: { ...init.headers, authorization: `Bearer ${stack.secrets.apiKey}` },
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

async function askBank<T>(stack: Stack, index: number, path: string): Promise<T> {
  const token = stack.secrets.banks[index]?.token;
  const response = await fetch(`http://127.0.0.1:${stack.ports.banks[index]}${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!response.ok) throw new Error(`${DEMO_BANKS[index]?.id} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

async function balances(stack: Stack): Promise<bigint[]> {
  return await Promise.all(
    DEMO_BANKS.map(async (bank, index) =>
      BigInt((await askBank<{ balance: string }>(stack, index, `/v1/accounts/${bank.account}`)).balance),
    ),
  );
}

/** Which function's key signed each transaction: the chain itself says who acted. */
async function functionNames(stack: Stack, events: readonly TransferEvent[]): Promise<Map<string, string>> {
  const names = new Map([[addressOf(stack.secrets.initiatorKey).toLowerCase(), "api"]]);
  stack.secrets.banks.forEach((bank, index) => {
    for (const kind of LEG_KINDS)
      names.set(addressOf(bank.functions[kind].operatorKey).toLowerCase(), `${DEMO_BANKS[index]?.name}-${kind}`);
  });
  const found = new Map<string, string>();
  for (const { transactionHash } of events) {
    const response = await fetch(`http://127.0.0.1:${stack.ports.chain}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_getTransactionByHash", params: [transactionHash] }),
    });
    const { result } = (await response.json()) as { result: { from: string } };
    found.set(transactionHash, names.get(result.from.toLowerCase()) ?? result.from);
  }
  return found;
}

/** The postings at the banks, by the state they led to. */
async function bankPostings(stack: Stack, transferId: string): Promise<Map<string, string>> {
  const postings = new Map<string, string>();
  for (const [state, index, kind] of [
    ["PENDING", 0, "debit"],
    ["COMPLETED", 1, "credit"],
  ] as const) {
    const path = `/v1/postings/${encodeURIComponent(postingReference(transferId, kind))}`;
    const { status, receipt } = await askBank<{ status: string; receipt: string }>(stack, index, path);
    const { postingId } = JSON.parse(receipt) as { postingId: string | number };
    postings.set(state, `${kind} ${status} at ${DEMO_BANKS[index].id} as ${postingId}`);
  }
  return postings;
}

function printBalances(when: string, [payer, payee]: bigint[]): void {
  const show = (minor: bigint | undefined) => `${(Number(minor) / 100).toFixed(2)} ${DEMO_CURRENCY}`.padStart(14);
  process.stdout.write(`${when.padEnd(7)} ${DEMO_BANKS[0].phone} ${DEMO_BANKS[0].id} ${show(payer)}\n`);
  process.stdout.write(`${"".padEnd(7)} ${DEMO_BANKS[1].phone} ${DEMO_BANKS[1].id} ${show(payee)}\n`);
}

function check(transfer: Transfer, before: readonly bigint[], after: readonly bigint[]): boolean {
  const amount = BigInt(AMOUNT);
  const [payerBefore = 0n, payeeBefore = 0n] = before;
  const [payerAfter = 0n, payeeAfter = 0n] = after;
  const adds = payerAfter === payerBefore - amount && payeeAfter === payeeBefore + amount;
  process.stdout.write(adds ? "\nThe sums agree.\n" : "\nThe sums do NOT agree.\n");
  return adds && transfer.state === "COMPLETED";
}

process.stdout.write("starting a chain, PostgreSQL, two banks, six functions, the watcher and the API …\n");
await withTemporaryStack(
  "demo",
  {
    logLevel: readStackConfig().LOG_LEVEL,
    confirmations: "0",
    faultsEnabled: false,
    report: (line) => process.stdout.write(`  ${line}\n`),
  },
  async (stack) => {
    process.stdout.write("\n");
    return await main(stack);
  },
);
