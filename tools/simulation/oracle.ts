import { Wallet } from "ethers";
import { sql } from "kysely";
import { type ChainEvent, decodeEvent, type RawLog } from "../../src/chain/contracts/chain-event.js";
import { AppError } from "../../src/domain/app-error.js";
import { readFunctions } from "../../src/store/functions/retries.js";
import { LEG_KINDS } from "./chain-setup.js";
import type { Clients } from "./clients.js";
import type { Deliveries } from "./observer.js";
import { holderViolations, nameViolations, reconciliationViolations, strangerViolations } from "./oracle-banks.js";
import { moneyViolations, restState, transferViolations } from "./oracle-transfers.js";
import type { World } from "./world.js";

/** What is wrong with a run at rest, each by the rule it breaks: nothing, in a sound one. Asks the node itself, and the ledgers themselves. */
export async function violations(world: World, clients: Clients, deliveries: Deliveries): Promise<string[]> {
  const events = await readChain(world);
  const byTransfer = Map.groupBy(events, ({ transferId }) => transferId);
  return [
    ...clients.problems,
    // One that exits because something gives no answer is started again; anything else is for people to see.
    ...world.ended
      .filter(({ error }) => !(error instanceof AppError && error.retryable))
      .map(({ role, error }) => `ended: ${role} by ${error instanceof Error ? error.message : String(error)}`),
    ...sequenceViolations(events),
    ...moneyViolations(world, byTransfer),
    ...(await transferViolations(world, byTransfer)),
    ...nameViolations(world),
    ...holderViolations(world, clients),
    ...(await reconciliationViolations(world, byTransfer)),
    ...(await promiseViolations(world, clients, byTransfer)),
    ...strangerViolations(world, byTransfer),
    ...(await projectionViolations(world, events)),
    ...(await deliveryViolations(world, events, deliveries)),
    ...(await nonceViolations(world)),
  ];
}

/** Every event that the chain has, read from the node without anything of ours between. */
export async function readChain(world: World): Promise<ChainEvent[]> {
  const address = world.base.deployment.contracts.transferStateRepo;
  const logs = (await world.node.request("eth_getLogs", { address, fromBlock: "0x0", toBlock: "latest" })) as Record<
    string,
    string
  >[];
  return logs.flatMap((log) => {
    const raw = { ...log, blockNumber: Number(log.blockNumber), index: Number(log.logIndex) } as unknown as RawLog;
    return decodeEvent(raw) ?? [];
  });
}

function sequenceViolations(events: readonly ChainEvent[]): string[] {
  return events.flatMap(({ sequence }, index) =>
    sequence === BigInt(index + 1) ? [] : [`sequence: ${sequence} at ${index + 1}`],
  );
}

/** I3 and I7: what was promised is there, once, and has ended; or was refused, with a cause. */
async function promiseViolations(
  world: World,
  clients: Clients,
  byTransfer: ReadonlyMap<string, ChainEvent[]>,
): Promise<string[]> {
  const { rows } = await sql<{ id: string; status: string; refusal: string | null }>`
    select transfer_id as id, status, refusal from journal`.execute(world.postgres.db);
  const journal = new Map(rows.map((row) => [row.id, row]));
  return [...clients.promised].flatMap(([key, ids]) => {
    const [id = ""] = ids;
    if (ids.size !== 1) return [`key: ${key} names ${ids.size} transfers`];
    const started = (byTransfer.get(id) ?? []).filter((event) => event.started !== undefined).length;
    const { status, refusal } = journal.get(id) ?? { status: "not in the journal", refusal: null };
    if (status === "started" && started === 1) return [];
    if (status === "refused" && started === 0 && refusal !== null) return [];
    return [`promise: ${key} is ${status}, and was started ${started} times`];
  });
}

/** I4: the projection has the chain's events and the states they lead to. */
async function projectionViolations(world: World, events: readonly ChainEvent[]): Promise<string[]> {
  const { db } = world.postgres;
  const stored = await sql<{ sequence: bigint; transfer_id: string; type: string; block_hash: string; state: string | null }>`
    select sequence, transfer_id, type, block_hash, state from events order by sequence`.execute(db);
  const line = (of: (string | bigint | null | undefined)[]) => of.map(String).join(" ");
  const shown = stored.rows.map((row) => line([row.sequence, row.transfer_id, row.type, row.block_hash, row.state]));
  // Refusals are no part of the history.
  const history = events.filter(({ refusal }) => refusal === undefined);
  const real = history.map((event) => line([event.sequence, event.transferId, event.type, event.blockHash, event.state ?? null]));
  const differing = real.filter((row, index) => row !== shown[index]);
  const found =
    differing.length === 0 && shown.length === real.length ? [] : [`events: ${shown.length} shown, ${real.length} real`];
  const { rows } = await sql<{ id: string; state: string; suspended_from: string | null }>`
    select id, state, suspended_from from transfers`.execute(db);
  const states = new Map(
    rows.map((row) => [row.id, row.suspended_from === null ? row.state : `${row.state} at ${row.suspended_from}`]),
  );
  for (const [id, own] of Map.groupBy(events, ({ transferId }) => transferId)) {
    const rest = restState(own);
    if (rest !== "NONE" && states.get(id) !== rest) found.push(`projection: ${id} is ${rest}, and shown as ${states.get(id)}`);
  }
  return found;
}

/** I5 and I6: every event was taken by every function that it concerns, or is a dead letter; in order. */
async function deliveryViolations(world: World, events: readonly ChainEvent[], deliveries: Deliveries): Promise<string[]> {
  const functions = await readFunctions(world.postgres.db);
  const { rows } = await sql<{ function: string; sequence: bigint; status: string }>`
    select function, sequence, status from retries`.execute(world.postgres.db);
  const parked = new Map(rows.map((row) => [`${row.function} ${row.sequence}`, row.status]));
  const starts = new Map(events.flatMap(({ transferId, started }) => (started === undefined ? [] : [[transferId, started]])));
  const missing = functions.flatMap((fn) =>
    events.flatMap((event) => {
      const { payerBank, payeeBank } = starts.get(event.transferId) ?? {};
      const concerned =
        fn.types.includes(event.type) &&
        (fn.payerBank === null || fn.payerBank === payerBank) &&
        (fn.payeeBank === null || fn.payeeBank === payeeBank);
      const id = `${world.base.deployment.chainId}-${event.blockHash}-${event.logIndex}`;
      if (!concerned || deliveries.acknowledged.has(`${fn.name} ${id}`)) return [];
      const status = parked.get(`${fn.name} ${event.sequence}`);
      return status === "dead" ? [] : [`deliveries: ${fn.name} never took event ${event.sequence} (${status ?? "not parked"})`];
    }),
  );
  return [...missing, ...forgedDeliveries(events, deliveries), ...deliveries.problems];
}

/** Only final events are delivered, so each is the chain's still. What the nemesis forges by itself says so in its id. */
function forgedDeliveries(events: readonly ChainEvent[], { acknowledged }: Deliveries): string[] {
  const real = new Set(events.map(({ blockHash, logIndex }) => `${blockHash}-${logIndex}`));
  return [...acknowledged].flatMap((line) => {
    const [fn = "", id = ""] = line.split(" ");
    const isReal = id.startsWith("forged-") || real.has(id.slice(id.indexOf("-") + 1));
    return isReal ? [] : [`forged: ${fn} took ${id}, which is not on the chain`];
  });
}

const MAX_GAP = 32;
const SELF_PAYMENT = {
  gasLimit: 21_000n,
  maxFeePerGas: 10n ** 11n,
  maxPriorityFeePerGas: 10n ** 10n,
  type: 2,
  value: 0n,
  data: "0x",
};

/** I8: no key is stuck. What a killed process left behind a gap is mined once the key's next transactions have taken the missing nonces. */
async function nonceViolations(world: World): Promise<string[]> {
  const { node, base } = world;
  const keys = [
    base.initiatorKey,
    ...base.arbiterKeys,
    ...base.banks.flatMap(({ functions, accountsOperatorKey, outcomesOperatorKeys }) => [
      ...LEG_KINDS.map((kind) => functions[kind].operatorKey),
      accountsOperatorKey,
      ...outcomesOperatorKeys,
    ]),
  ];
  const pending = async () => (await node.request("eth_pendingTransactions")) as { from: string }[];
  for (const key of keys) {
    const wallet = new Wallet(key);
    const isWaiting = async () => (await pending()).some(({ from }) => from.toLowerCase() === wallet.address.toLowerCase());
    for (let filled = 0; filled < MAX_GAP && (await isWaiting()); filled += 1) {
      const nonce = Number(await node.request("eth_getTransactionCount", wallet.address, "latest"));
      const chainId = BigInt(base.deployment.chainId);
      const raw = await wallet.signTransaction({ ...SELF_PAYMENT, to: wallet.address, nonce, chainId });
      await node.request("eth_sendRawTransaction", raw).catch(() => undefined);
      await node.mine();
    }
  }
  const left = await pending();
  return left.length === 0 ? [] : [`nonces: ${left.length} transactions wait for ever`];
}
