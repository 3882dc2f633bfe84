import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { hexlify, JsonRpcProvider, type TransactionReceipt, Wallet } from "ethers";
import type { Deployment } from "../../../src/chain/deployment.js";
import { bankIdToBytes, deriveTransferId } from "../../../src/domain/ids.js";
import { stateNumber } from "../../../src/domain/transfer-state.js";
import { type TransferStateRepo, TransferStateRepo__factory } from "../../../types/ethers-contracts/index.js";
import { deployNetwork, forgetDeployment } from "../../ops/deploy-network.js";
import { DEMO_BANKS, DEMO_ORGANISATION } from "../../stack/demo-network.js";
import type { Progress } from "./progress.js";

/** Transfers a second that one plain ethers client gets through a node: each three calls of the contract, signing included. */
export interface RawFigures {
  batchedPerSecond: number;
  singlePerSecond: number;
  /** How many it has put on the chain in all. */
  transfers: number;
}

const BATCH_ITEMS = 200;
const IN_FLIGHT = 4;
const DETAILS_BYTES = 198;
const THB_NUMERIC = 764;
const HOUR_SECONDS = 3_600;
const RECEIPT_POLL_MS = 4;
const GAS_PER_START = 80_000n;
const GAS_PER_TRANSITION = 40_000n;
const GAS_BASE = 120_000n;
const FEES = { maxFeePerGas: 100_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n };

interface Client {
  starts: TransferStateRepo;
  debits: TransferStateRepo;
  credits: TransferStateRepo;
  nonces: Map<TransferStateRepo, number>;
  provider: JsonRpcProvider;
  domain: string;
}

/**
 * The chain's limit for the same contract calls on the same node, without our services: contracts of their own, one ethers client with
 * a key for each of the three calls, batches of 200 and several in flight; and singly, each call awaited.
 *
 * @param options.leastTransfers So many are put on the chain in all, after what is measured.
 */
export async function measureRawChain(
  options: { url: string; deploymentFile: string; seconds: number; leastTransfers: number },
  progress: { batched: Progress; single: Progress; seeding: Progress },
): Promise<RawFigures> {
  const provider = new JsonRpcProvider(options.url, undefined, { staticNetwork: true, cacheTimeout: -1, batchStallTime: 0 });
  try {
    const client = await deployClient(provider, options);
    const batched = await runFor(options.seconds, progress.batched, BATCH_ITEMS, IN_FLIGHT, () => batchedTransfers(client));
    const single = await runFor(options.seconds / 2, progress.single, 1, 1, () => singleTransfer(client));
    let transfers = batched.transfers + single.transfers;
    const missing = options.leastTransfers - transfers;
    for (let seeded = 0; seeded < missing; seeded += IN_FLIGHT * BATCH_ITEMS) {
      progress.seeding.update(seeded / missing, `${seeded} of ${missing} transfers`);
      await Promise.all(Array.from({ length: IN_FLIGHT }, () => batchedTransfers(client)));
      transfers += IN_FLIGHT * BATCH_ITEMS;
    }
    if (missing > 0) progress.seeding.end(`${transfers} transfers on the chain`);
    return { batchedPerSecond: batched.perSecond, singlePerSecond: single.perSecond, transfers };
  } finally {
    provider.destroy();
  }
}

async function deployClient(provider: JsonRpcProvider, options: { url: string; deploymentFile: string }): Promise<Client> {
  const [initiator, payer, payee] = Array.from({ length: 3 }, () => new Wallet(hexlify(randomBytes(32)), provider)) as [
    Wallet,
    Wallet,
    Wallet,
  ];
  const organisationAdmin = new Wallet(hexlify(randomBytes(32)));
  const domain = hexlify(randomBytes(32));
  const deploymentId = `raw-${domain.slice(2, 10)}`;
  const banks = DEMO_BANKS.map(({ id }, index) => {
    const admin = new Wallet(hexlify(randomBytes(32)));
    return {
      id,
      admin: admin.address,
      adminPrivateKey: admin.privateKey,
      sealingKey: hexlify(randomBytes(32)),
      accountsOperators: [],
      legsOperators: [index === 0 ? payer.address : payee.address],
      outcomesOperators: [],
      organisations: [DEMO_ORGANISATION],
    };
  });
  const deployment: Deployment = await deployNetwork(
    { network: "local", url: options.url, domain, deploymentId, deploymentFile: options.deploymentFile },
    {
      organisations: [
        {
          id: DEMO_ORGANISATION,
          admin: organisationAdmin.address,
          adminPrivateKey: organisationAdmin.privateKey,
          initiators: [initiator.address],
        },
      ],
      arbiters: [],
      registrars: [],
      fundWei: String(100n * 10n ** 18n),
      banks,
    },
    () => undefined,
  );
  await forgetDeployment(deploymentId);
  const as = (wallet: Wallet) => TransferStateRepo__factory.connect(deployment.contracts.transferStateRepo, wallet);
  const [starts, debits, credits] = [as(initiator), as(payer), as(payee)];
  return {
    starts,
    debits,
    credits,
    provider,
    domain,
    nonces: new Map([starts, debits, credits].map((contract) => [contract, 0])),
  };
}

async function runFor(
  seconds: number,
  progress: Progress,
  transfersEach: number,
  inFlight: number,
  once: () => Promise<void>,
): Promise<{ perSecond: number; transfers: number }> {
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1000;
  let transfers = 0;
  async function lane(): Promise<void> {
    while (elapsed() < seconds) {
      await once();
      transfers += transfersEach;
      progress.update(elapsed() / seconds, `${Math.round(transfers / elapsed())} transfers/s`);
    }
  }
  await Promise.all(Array.from({ length: inFlight }, lane));
  const perSecond = transfers / elapsed();
  progress.end(`${perSecond.toFixed(0)} transfers/s`);
  return { perSecond, transfers };
}

async function batchedTransfers(client: Client): Promise<void> {
  const items = newStarts(client, BATCH_ITEMS);
  await sent(client, client.starts, "startBatch", [items], GAS_BASE + GAS_PER_START * BigInt(BATCH_ITEMS));
  for (const [contract, state] of [
    [client.debits, "PENDING"],
    [client.credits, "COMPLETED"],
  ] as const) {
    const reports = items.map(({ id }) => ({
      id,
      to: stateNumber(state),
      reason: "0x00000000",
      evidence: hexlify(randomBytes(32)),
    }));
    await sent(client, contract, "advance", [reports], GAS_BASE + GAS_PER_TRANSITION * BigInt(BATCH_ITEMS));
  }
}

async function singleTransfer(client: Client): Promise<void> {
  const [item] = newStarts(client, 1);
  const evidence = () => hexlify(randomBytes(32));
  await sent(client, client.starts, "start", [item], GAS_BASE + GAS_PER_START);
  await sent(client, client.debits, "markPending", [item?.id, evidence()], GAS_BASE + GAS_PER_TRANSITION);
  await sent(client, client.credits, "complete", [item?.id, evidence()], GAS_BASE + GAS_PER_TRANSITION);
}

function newStarts({ domain }: Client, count: number) {
  const deadline = Math.floor(Date.now() / 1000) + HOUR_SECONDS;
  const [payerBank, payeeBank] = DEMO_BANKS.map(({ id }) => bankIdToBytes(id)) as [string, string];
  return Array.from({ length: count }, () => newStart()).map(({ requestHash, ...rest }) => ({
    id: deriveTransferId({ domain, organisation: DEMO_ORGANISATION, requestHash }),
    requestHash,
    ...rest,
  }));

  function newStart() {
    return {
      requestHash: hexlify(randomBytes(32)),
      payerBank,
      payeeBank,
      currency: THB_NUMERIC,
      amount: 1n,
      deadline,
      details: hexlify(randomBytes(DETAILS_BYTES)),
    };
  }
}

/** Signs, sends, and waits until it is mined. The nonce is counted here, so that several are in flight. */
async function sent(
  client: Client,
  contract: TransferStateRepo,
  method: string,
  args: unknown[],
  gasLimit: bigint,
): Promise<void> {
  const nonce = client.nonces.get(contract) ?? 0;
  client.nonces.set(contract, nonce + 1);
  const response = await contract.getFunction(method).send(...args, { nonce, gasLimit, ...FEES });
  let receipt: TransactionReceipt | null = null;
  while (receipt === null) {
    receipt = await client.provider.getTransactionReceipt(response.hash);
    if (receipt === null) await sleep(RECEIPT_POLL_MS);
  }
  if (receipt.status !== 1) throw new Error(`${method} was reverted in ${receipt.hash}.`);
}
