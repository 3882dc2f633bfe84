import { join } from "node:path";
import process from "node:process";
import { DEMO_BANKS } from "../../scripts/stack/demo-network.js";
import { freePorts } from "../../scripts/stack/ports.js";
import type { BankSecrets, LegKind } from "../../scripts/stack/secrets.js";
import { type Stack, type StackOptions, startStack } from "../../scripts/stack/stack.js";
import type { TransferResource } from "../../src/api/http/schemas.js";
import type { Chain } from "../../src/chain/connect-chain.js";
import { type PostingKind, postingReference } from "../../src/domain/posting.js";
import { isFinal } from "../../src/domain/transfer-state.js";
import { type OtlpReceiver, startOtlpReceiver } from "../support/otlp-receiver.js";
import { type ApiClient, createApiClient } from "./api-client.js";
import { type BankClient, createBankClient } from "./bank-client.js";
import { bankAddress, type Customer, newCustomer } from "./customers.js";
import { connectStore, type StoreClient } from "./store-client.js";
import { waitFor } from "./wait-for.js";

const LEGS: readonly PostingKind[] = ["debit", "credit", "refund"];

/** The whole system, and what a test needs to use it, to break it, and to look at it from outside. */
export interface System {
  readonly stack: Stack;
  readonly api: ApiClient;
  readonly chain: Chain;
  readonly store: StoreClient;
  /** Where the services send their traces. */
  readonly collector: OtlpReceiver;
  /** The bank of the payers, and that of the payees. */
  readonly payerBank: BankClient;
  readonly payeeBank: BankClient;
  /** Every customer made so far. */
  readonly customers: readonly Customer[];
  newPayer(openingMinor?: bigint): Promise<Customer>;
  newPayee(): Promise<Customer>;
  secretsOf(bank: BankClient): BankSecrets;
  functionUrl(bank: BankClient, kind: LegKind): string;
  /** Ends a service at once, as `kill -9` does. */
  kill(service: string): Promise<void>;
  /** A transfer once nothing can follow. */
  final(id: string, timeoutMs?: number): Promise<TransferResource>;
  /** How often money moved for each leg of a transfer, at both banks together. */
  postings(id: string): Promise<Record<PostingKind, number>>;
  stop(): Promise<void>;
}

/** What a test starts a transfer with; 100.00 THB by default. */
export function transferBody(payer: { phone: string }, payee: { phone: string }, amountMinor = 10_000n) {
  return {
    payer: { phone: payer.phone },
    payee: { phone: payee.phone },
    amount: { amount: String(amountMinor), currency: "THB" },
  };
}

// The fuzzer asks for numbers that nobody has registered: with 10 a minute, whether it ever starts a transfer is chance.
const PHONE_MISSES_MAX = "1000";

/** Starts the whole system in a data folder, on ports that are free: every service a process of its own. */
export async function startSystem(
  dataDir: string,
  options: Partial<
    Pick<StackOptions, "ports" | "confirmations" | "overrides" | "standbyPort" | "legacyBank" | "chainCommand">
  > = {},
): Promise<System> {
  const collector = await startOtlpReceiver();
  const stack = await startStack({
    root: process.cwd(),
    dataDir,
    ports: await freePorts(),
    databaseUrl: undefined,
    logLevel: "info",
    faultsEnabled: true,
    confirmations: "0",
    report: () => undefined,
    otlpEndpoint: collector.endpoint,
    overrides: { api: { PHONE_MISSES_MAX } },
    ...options,
  });
  try {
    return await connect(stack, collector);
  } catch (error) {
    await stack.stop();
    await collector.close();
    throw error;
  }
}

async function connect(stack: Stack, collector: OtlpReceiver): Promise<System> {
  // Not before the stack is built: it generates the contracts' types, which these need.
  const { connectChain } = await import("../../src/chain/connect-chain.js");
  const { readDeployment } = await import("../../src/chain/deployment.js");
  const chain = connectChain(
    `http://127.0.0.1:${stack.ports.chain}`,
    await readDeployment(join(stack.dataDir, "deployment.json")),
  );
  const store = await connectStore(stack.databaseUrl);
  const api = createApiClient(stack.apiUrl, stack.secrets.apiKey);
  const [payerBank, payeeBank] = DEMO_BANKS.map(({ id, name }) =>
    createBankClient({ id, name, ...bankAddress(stack, { id }) }),
  ) as [BankClient, BankClient];
  const customers: Customer[] = [];

  async function addCustomer(bank: BankClient, openingMinor: bigint): Promise<Customer> {
    const customer = await newCustomer(stack, bank, openingMinor);
    customers.push(customer);
    return customer;
  }

  return {
    stack,
    api,
    chain,
    store,
    collector,
    payerBank,
    payeeBank,
    customers,
    newPayer: (openingMinor = 100_000n) => addCustomer(payerBank, openingMinor),
    newPayee: () => addCustomer(payeeBank, 0n),
    secretsOf: (bank) => find(stack.secrets.banks, ({ id }) => id === bank.id),
    functionUrl: (bank, kind) => {
      const index = DEMO_BANKS.findIndex(({ id }) => id === bank.id) * LEGS.length + LEGS.indexOf(kind);
      return `http://127.0.0.1:${stack.ports.functions[index]}/`;
    },
    kill: async (service) => {
      const child = find([...stack.children.values()], ({ name }) => name === service);
      child.kill("SIGKILL");
      await child.ended;
    },
    final: (id, timeoutMs) => orBroken(stack, untilFinal(api, id, timeoutMs)),
    postings: (id) => countPostings([payerBank, payeeBank], id),
    stop: async () => {
      chain.close();
      await store.close();
      await stack.stop();
      await collector.close();
    },
  };
}

async function untilFinal(api: ApiClient, id: string, timeoutMs?: number): Promise<TransferResource> {
  const read = async () => {
    const transfer = await api.transfer(id);
    return isFinal(transfer.state) && transfer;
  };
  return await waitFor(`transfer ${id} is final`, read, timeoutMs);
}

/** A service that has ended by itself tells more than a condition that does not hold. */
async function orBroken<T>(stack: Stack, promise: Promise<T>): Promise<T> {
  return await Promise.race([promise, stack.broken]);
}

async function countPostings(banks: readonly BankClient[], id: string): Promise<Record<PostingKind, number>> {
  const entries = (await Promise.all(banks.map((bank) => bank.entries()))).flat();
  const count = (kind: PostingKind) =>
    new Set(entries.filter(({ reference }) => reference === postingReference(id, kind)).map(({ postingId }) => postingId)).size;
  return { debit: count("debit"), credit: count("credit"), refund: count("refund") };
}

function find<T>(items: readonly T[], matches: (item: T) => boolean): T {
  const found = items.find(matches);
  if (found === undefined) throw new Error("There is no such thing in this stack");
  return found;
}
