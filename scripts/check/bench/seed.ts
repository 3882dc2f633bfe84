import { randomBytes } from "node:crypto";
import { toQuantity, Wallet } from "ethers";
import pg from "pg";
import { pino } from "pino";
import type { Chain } from "../../../src/chain/connect-chain.js";
import type { Start, Transition } from "../../../src/chain/contracts/call-codec.js";
import { type BatchSender, type BatchSenderOptions, DEFAULT_SENDER_OPTIONS } from "../../../src/chain/sending/batch-sender.js";
import {
  createStartSender,
  createTransitionSender,
  type TransitionOutcome,
} from "../../../src/chain/sending/transition-senders.js";
import { createLocalSigner } from "../../../src/chain/signing/local-signer.js";
import { bankIdToBytes, deriveTransferId, organisationToBytes } from "../../../src/domain/ids.js";
import { DEMO_BANKS, DEMO_ORGANISATION } from "../../stack/demo-network.js";
import type { Stack } from "../../stack/stack.js";
import type { Progress } from "./progress.js";

const LEGS = 2;
const FUND_WEI = 1_000n * 10n ** 18n;
// What Anvil cannot fit into one block it may leave lying: few enough to fit.
const ANVIL_LANES = 4;
// Hardhat's node keeps the state after every block, and what blocks share it keeps once: it takes half the memory where many
// transactions go into one block, as they do if it mines by the clock.
const HARDHAT_LANES = 32;
const HARDHAT_BLOCK_MS = 400;
const HARDHAT_BLOCK_GAS = 2_000_000_000;
// Of one transaction: more would pass the most gas that one may have (EIP-7825).
const LANE_TRANSFERS = 200;
const DETAILS_BYTES = 182;
const THB_NUMERIC = 764;
const HOUR_SECONDS = 3_600;

interface Senders {
  starts: BatchSender<Start, TransitionOutcome>;
  debits: BatchSender<Transition, TransitionOutcome>;
  credits: BatchSender<Transition, TransitionOutcome>;
  domain: string;
}

/**
 * Puts completed transfers on a stack's chain past its API and functions, with an initiator and operators of its own, as fast as the
 * node takes them; no bank posts anything for them.
 */
export async function seedTransfers(stack: Stack, chain: Chain, count: number, progress: Progress): Promise<void> {
  const isHardhat = String(await chain.provider.send("web3_clientVersion", [])).startsWith("HardhatNetwork");
  const lanes = isHardhat ? HARDHAT_LANES : ANVIL_LANES;
  const senders = await admitSenders(stack, chain, lanes);
  const mineAsBefore = isHardhat ? await mineByTheClock(chain) : async () => undefined;
  let seeded = 0;
  async function lane(): Promise<void> {
    while (seeded < count) {
      const transfers = Math.min(LANE_TRANSFERS, count - seeded);
      seeded += transfers;
      await completed(senders, transfers);
      progress.update(seeded / count, `${seeded} of ${count} transfers`);
    }
  }
  try {
    await Promise.all(Array.from({ length: lanes }, lane));
  } finally {
    await mineAsBefore();
  }
  progress.end(`${count} transfers`);
}

/** Has Hardhat's node make few blocks, and large ones, until the function that comes back is called. */
async function mineByTheClock({ provider }: Chain): Promise<() => Promise<void>> {
  const gasLimit = (await provider.getBlock("latest"))?.gasLimit ?? 0n;
  const set = async (automine: boolean, intervalMs: number, blockGas: bigint | number) => {
    await provider.send("evm_setBlockGasLimit", [toQuantity(blockGas)]);
    await provider.send("evm_setIntervalMining", [intervalMs]);
    await provider.send("evm_setAutomine", [automine]);
  };
  await set(false, HARDHAT_BLOCK_MS, HARDHAT_BLOCK_GAS);
  return () => set(true, 0, gasLimit);
}

/** Gives every transfer of the projection that came past the API an entry in the journal, as if it had come through. */
export async function seedJournal(stack: Stack, domain: string): Promise<void> {
  const client = new pg.Client({ connectionString: stack.databaseUrl });
  await client.connect();
  try {
    await client.query(
      `insert into journal (transfer_id, domain, principal, payer_bank, payee_bank, currency, amount, deadline, details, field_hashes,
         status, accepted_at, lease_until)
       select id, $1, 'seed', payer_bank, payee_bank, currency, amount, deadline, decode(left(repeat(substr(id, 3), 6), ${2 * DETAILS_BYTES}), 'hex'),
         jsonb_build_object('/amount/amount', id), 'started', started_at, started_at
       from transfers on conflict do nothing`,
      [domain],
    );
    // As autovacuum and the checkpointer have done long ago in a store that grew by itself.
    await client.query("vacuum analyze");
    await client.query("checkpoint");
  } finally {
    await client.end();
  }
}

async function completed({ starts, debits, credits, domain }: Senders, count: number): Promise<void> {
  const deadlineSeconds = Math.floor(Date.now() / 1000) + HOUR_SECONDS;
  const [payerBank, payeeBank] = DEMO_BANKS.map(({ id }) => id) as [string, string];
  const requests = Array.from({ length: count }, () => hex(32));
  const ids = requests.map((requestHash) => deriveTransferId({ domain, organisation: DEMO_ORGANISATION, requestHash }));
  const whole = { payerBank, payeeBank, currencyNumeric: THB_NUMERIC, amountMinor: 1n, deadlineSeconds };
  await all(ids, (transferId, index) =>
    starts.send({
      ...whole,
      transferId,
      requestHash: requests[index] as string,
      details: Buffer.alloc(DETAILS_BYTES, transferId.slice(2), "hex"),
    }),
  );
  await all(ids, (transferId) => debits.send({ transferId, to: "PENDING", evidence: hex(32) }));
  await all(ids, (transferId) => credits.send({ transferId, to: "COMPLETED", evidence: hex(32) }));
}

async function all(ids: readonly string[], send: (id: string, index: number) => Promise<TransitionOutcome>): Promise<void> {
  const outcomes = await Promise.all(ids.map(send));
  if (outcomes.some(({ applied }) => !applied)) throw new Error("The contract refused a seeded transfer.");
}

async function admitSenders(stack: Stack, chain: Chain, lanes: number): Promise<Senders> {
  const { provider, deployment, banks } = chain;
  const signers = Array.from({ length: 3 }, () => createLocalSigner(hex(32)));
  const [initiator, payer, payee] = signers.map(({ address }) => address) as [string, string, string];
  const deployer = await provider.getSigner(0);
  for (const to of [initiator, payer, payee]) await (await deployer.sendTransaction({ to, value: FUND_WEI })).wait();
  const organisation = organisationToBytes(DEMO_ORGANISATION);
  const ownOrganisation = banks.connect(new Wallet(stack.secrets.organisationAdminKey, provider));
  await (await ownOrganisation.addInitiator(organisation, initiator)).wait();
  for (const [index, operator] of [payer, payee].entries()) {
    const id = bankIdToBytes(DEMO_BANKS[index]?.id ?? "");
    const own = banks.connect(new Wallet(stack.secrets.banks[index]?.adminKey ?? "", provider));
    await (await own.addOperator(id, operator, LEGS)).wait();
  }
  const deps = (index: number) => ({
    signer: signers[index] as (typeof signers)[number],
    provider,
    deployment,
    logger: pino({ level: "silent" }),
  });
  const options: BatchSenderOptions = { ...DEFAULT_SENDER_OPTIONS, maxItems: LANE_TRANSFERS, maxInFlight: lanes };
  return {
    domain: deployment.domain,
    starts: createStartSender(deps(0), options),
    debits: createTransitionSender(deps(1), options),
    credits: createTransitionSender(deps(2), options),
  };
}

function hex(bytes: number): string {
  return `0x${randomBytes(bytes).toString("hex")}`;
}
