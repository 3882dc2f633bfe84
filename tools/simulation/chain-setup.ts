import { getCreateAddress, hexlify, type Interface, Wallet, ZeroAddress } from "ethers";
import hre from "hardhat";
import { guardedFunctions, ROLES } from "../../scripts/ops/verify-deployment-access.js";
import type { BankSecrets, LegKind } from "../../scripts/stack/secrets.js";
import type { Deployment } from "../../src/chain/deployment.js";
import { aliasId, bankIdToBytes, organisationToBytes } from "../../src/domain/ids.js";
import { sealAccount } from "../../src/domain/sealed-account.js";
import { createSealer } from "../../src/domain/sealing.js";
import {
  AccessManager__factory,
  BankRepo__factory,
  PhoneAccountRepo__factory,
  TransferStateRepo__factory,
} from "../../types/ethers-contracts/index.js";
import type { Provider } from "./chain-node.js";
import { createRandom, type Random } from "./random.js";
import { simulateRuntime, x25519Key } from "./runtime.js";
import { createScheduler } from "./scheduler.js";

export const BANKS = [
  { id: "FAASTHB1", name: "faas", phones: "+6681000" },
  { id: "WHSKTHB1", name: "whsk", phones: "+6682000" },
] as const;
/** The organisation that the API starts transfers for. */
export const ORGANISATION = "simulation";
export const LEG_KINDS: readonly LegKind[] = ["debit", "credit", "refund"];
const CUSTOMERS_PER_BANK = 8;

/** Somebody with a phone number and an account. */
export interface Customer {
  bank: string;
  phone: string;
  account: string;
  aliasId: string;
  /** The accounts that the number can stand for, the first of which it stands for at the beginning. */
  entries: readonly Entry[];
}

/** An account as a phone number's entry on the chain has it. */
export interface Entry {
  bank: string;
  account: string;
  /** In hex. */
  sealed: string;
}

/** The chain that every seed begins with: contracts, two banks, their customers' phone numbers. */
export interface BaseChain {
  provider: Provider;
  deployment: Deployment;
  banks: BankSecrets[];
  initiatorKey: string;
  aliasKey: Buffer;
  /** Those who resume suspended transfers, two at a time. */
  arbiterKeys: readonly string[];
  customers: Customer[];
  /** Milliseconds since the epoch, after all of that. */
  endsAtMs: number;
  /** Takes the chain back to its beginning. */
  reset(): Promise<void>;
}

// The first account of every Hardhat chain, which has the ether.
const FUNDER_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const START = new Date("2026-01-01T00:00:00Z");
const LIMIT_MS = 3_600_000;
const [ACCOUNTS, LEGS, OUTCOMES] = [1, 2, 4];
const CHAIN_ID = 31_337n;

/** Builds it, the same at every call. */
export async function setUpChain(): Promise<BaseChain> {
  const connection = await hre.network.create({
    network: "localchain",
    chainType: "l1",
    override: { mining: { auto: false, interval: 0 }, initialDate: START },
  });
  const provider = connection.provider as Provider;
  const scheduler = createScheduler(START.getTime());
  const random = createRandom(0, "set-up");
  const restore = simulateRuntime(scheduler, random);
  try {
    let base: BaseChain | undefined;
    let failure: unknown;
    const inTurn: Provider = {
      request: (call) =>
        new Promise((resolve, reject) => void scheduler.after(0, "", () => provider.request(call).then(resolve, reject))),
    };
    build(inTurn, random).then(
      (built) => {
        base = { ...built, provider, reset: resetter(provider) };
      },
      (error: unknown) => {
        failure = error;
      },
    );
    await scheduler.runUntil("the chain is set up", () => base !== undefined || failure !== undefined, LIMIT_MS);
    if (base === undefined) throw failure;
    return base;
  } finally {
    restore();
  }
}

function resetter(provider: Provider): () => Promise<void> {
  let snapshot: unknown;
  return async () => {
    if (snapshot !== undefined) await provider.request({ method: "evm_revert", params: [snapshot] });
    snapshot = await provider.request({ method: "evm_snapshot", params: [] });
  };
}

async function build(provider: Provider, random: Random): Promise<Omit<BaseChain, "provider" | "reset">> {
  const hex = () => hexlify(random.bytes(32));
  const request = (method: string, ...params: unknown[]) => provider.request({ method, params });
  const nonces = new Map<string, number>();
  let seconds = START.getTime() / 1000;

  async function send(wallet: Wallet, transaction: { to?: string; data?: string; value?: bigint }): Promise<string> {
    const nonce = nonces.get(wallet.address) ?? 0;
    nonces.set(wallet.address, nonce + 1);
    const fees = { gasLimit: 10_000_000n, maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n, type: 2, chainId: CHAIN_ID };
    const hash = await request("eth_sendRawTransaction", await wallet.signTransaction({ ...transaction, ...fees, nonce }));
    seconds += 1;
    await request("evm_mine", `0x${seconds.toString(16)}`);
    const receipt = (await request("eth_getTransactionReceipt", hash)) as { status: string } | null;
    if (receipt?.status !== "0x1") throw new Error("A transaction of the set-up failed");
    return getCreateAddress({ from: wallet.address, nonce });
  }
  const call = (wallet: Wallet, to: string, contract: Interface, name: string, args: unknown[]) =>
    send(wallet, { to, data: contract.encodeFunctionData(name, args) });

  const funder = new Wallet(FUNDER_KEY);
  const domain = hex();
  const deploy = async (factory: { getDeployTransaction(...args: never[]): Promise<{ data: string }> }, ...args: unknown[]) =>
    await send(funder, { data: (await factory.getDeployTransaction(...(args as never[]))).data });
  const accessManager = await deploy(new AccessManager__factory(), funder.address);
  const bankRepo = await deploy(new BankRepo__factory(), accessManager);
  const phoneAccountRepo = await deploy(new PhoneAccountRepo__factory(), accessManager, bankRepo);
  const transferStateRepo = await deploy(new TransferStateRepo__factory(), accessManager, bankRepo, domain, ZeroAddress);
  const contracts = { accessManager, bankRepo, phoneAccountRepo, transferStateRepo };

  const manager = AccessManager__factory.createInterface();
  const transfers = TransferStateRepo__factory.createInterface();
  for (const { name, role } of guardedFunctions("TransferStateRepo")) {
    const selector = transfers.getFunction(name as "start")?.selector;
    await call(funder, accessManager, manager, "setTargetFunctionRole", [transferStateRepo, [selector], role]);
  }
  const initiatorKey = hex();
  const initiator = new Wallet(initiatorKey);

  const banks = BANKS.map(({ id }) => bankSecrets(id, random));
  const banksContract = BankRepo__factory.createInterface();
  const ether = (address: string) => send(funder, { to: address, value: 10n ** 18n });
  await ether(initiator.address);
  const arbiterKeys = [hex(), hex()];
  for (const { address } of arbiterKeys.map((key) => new Wallet(key))) {
    await ether(address);
    await call(funder, accessManager, manager, "grantRole", [ROLES.ARBITER, address, 0]);
  }
  const organisation = organisationToBytes(ORGANISATION);
  await call(funder, bankRepo, banksContract, "addOrganisation", [organisation, funder.address]);
  await call(funder, bankRepo, banksContract, "addInitiator", [organisation, initiator.address]);
  for (const bank of banks) {
    const admin = new Wallet(bank.adminKey);
    const id = bankIdToBytes(bank.id);
    await ether(admin.address);
    await call(funder, bankRepo, banksContract, "addBank", [id, admin.address, bank.sealing.publicKey]);
    const accounts = new Wallet(bank.accountsOperatorKey);
    await ether(accounts.address);
    await call(admin, bankRepo, banksContract, "addOperator", [id, accounts.address, ACCOUNTS]);
    for (const { address } of bank.outcomesOperatorKeys.map((key) => new Wallet(key))) {
      await ether(address);
      await call(admin, bankRepo, banksContract, "addOperator", [id, address, OUTCOMES]);
    }
    for (const kind of LEG_KINDS) {
      const { address } = new Wallet(bank.functions[kind].operatorKey);
      await ether(address);
      await call(admin, bankRepo, banksContract, "addOperator", [id, address, LEGS]);
    }
    await call(admin, bankRepo, banksContract, "admitOrganisation", [id, organisation]);
  }

  const aliasKey = random.bytes(32);
  const customers = await registerCustomers(banks, aliasKey, (key, name, args) =>
    call(new Wallet(key), phoneAccountRepo, PhoneAccountRepo__factory.createInterface(), name, args),
  );
  const genesis = (await request("eth_getBlockByNumber", "0x0", false)) as { hash: string };
  const deployment = { chainId: String(CHAIN_ID), genesisHash: genesis.hash, domain, fromBlock: 0, contracts };
  return { deployment, banks, initiatorKey, aliasKey, arbiterKeys, customers, endsAtMs: seconds * 1000 };
}

async function registerCustomers(
  banks: readonly BankSecrets[],
  aliasKey: Buffer,
  send: (key: string, name: string, args: unknown[]) => Promise<string>,
): Promise<Customer[]> {
  const sealer = createSealer();
  const customers: Customer[] = [];
  for (const [index, bank] of banks.entries()) {
    for (let count = 0; count < CUSTOMERS_PER_BANK; count += 1) {
      const phone = `${BANKS[index]?.phones}${String(count).padStart(4, "0")}`;
      const alias = aliasId({ version: 1, secret: aliasKey }, phone);
      const account = `${index + 1}00000${count}`;
      const seal = async (holder: BankSecrets, number: string): Promise<Entry> => {
        const recipient = { bank: holder.id, keyVersion: 1, publicKey: holder.sealing.publicKey };
        const sealed = await sealAccount(sealer, recipient, { aliasId: alias, bank: holder.id, account: number });
        return { bank: holder.id, account: number, sealed: hexlify(sealed) };
      };
      const first = await seal(bank, account);
      const entries = [first];
      for (const holder of banks) entries.push(await seal(holder, `9${account}`));
      await send(bank.accountsOperatorKey, "register", [alias, first.sealed]);
      customers.push({ bank: bank.id, phone, account, aliasId: alias, entries });
    }
  }
  return customers;
}

function bankSecrets(id: string, random: Random): BankSecrets {
  const hex = () => hexlify(random.bytes(32));
  const { x, d } = x25519Key(random);
  const fn = () => ({ operatorKey: hex(), webhookSecret: `whsec_${random.bytes(32).toString("base64")}` });
  return {
    id,
    token: random.bytes(12).toString("hex"),
    // Nobody reads statements here.
    statementToken: "",
    adminKey: hex(),
    accountsOperatorKey: hex(),
    sealing: {
      publicKey: hexlify(Buffer.from(x, "base64url")),
      privateKey: hexlify(Buffer.from(d, "base64url")),
    },
    functions: { debit: fn(), credit: fn(), refund: fn() },
    outcomesOperatorKeys: [hex(), hex()],
  };
}
