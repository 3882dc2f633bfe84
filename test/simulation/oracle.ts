import { Wallet } from "ethers";
import { sql } from "kysely";
import { type ChainEvent, decodeEvent, type RawLog } from "../../src/chain/chain-event.js";
import { AppError } from "../../src/domain/app-error.js";
import { evidenceHash } from "../../src/domain/evidence.js";
import { type PostingKind, postingReference, postingReferences } from "../../src/domain/posting.js";
import { mover, type State } from "../../src/domain/transfer-state.js";
import { readFunctions } from "../../src/store/deliveries.js";
import { LEG_KINDS } from "./chain-setup.js";
import type { Clients } from "./clients.js";
import type { Deliveries } from "./observer.js";
import type { World } from "./world.js";

type Legs = Record<PostingKind, number>;

// What has moved once a transfer has come to rest; `at` a suspended one, the state it was suspended from.
const MOVED: Record<string, Legs> = {
  REJECTED: { debit: 0, credit: 0, refund: 0 },
  COMPLETED: { debit: 1, credit: 1, refund: 0 },
  REVERSED: { debit: 1, credit: 0, refund: 1 },
  "SUSPENDED at STARTED": { debit: 0, credit: 0, refund: 0 },
  "SUSPENDED at PENDING": { debit: 1, credit: 0, refund: 0 },
  "SUSPENDED at REVERSING": { debit: 1, credit: 0, refund: 0 },
};
const EVIDENCE_OF: Partial<Record<State, PostingKind>> = {
  PENDING: "debit",
  REJECTED: "debit",
  COMPLETED: "credit",
  REVERSING: "credit",
  REVERSED: "refund",
};
const MAX_ENTRIES = 10_000;

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
    ...[...byTransfer].flatMap(([id, own]) => transferViolations(world, id, own)),
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

function restState(events: readonly ChainEvent[]): string {
  const last = events.findLast(({ state }) => state !== undefined);
  return last?.state === "SUSPENDED" ? `SUSPENDED at ${last.suspendedFrom}` : (last?.state ?? "NONE");
}

/** I1. */
function moneyViolations(world: World, byTransfer: ReadonlyMap<string, ChainEvent[]>): string[] {
  let owed = 0n;
  const unsound = [...world.ledgers].flatMap(([bank, ledger]) => {
    const { currencies, ...counts } = ledger.totals();
    owed += currencies.reduce((sum, { clearingMinor }) => sum + clearingMinor, 0n);
    const sound = currencies.every(({ allMinor }) => allMinor === 0n) && Object.values(counts).every((count) => count === 0);
    return sound ? [] : [`money: the ledger of ${bank} is not sound`];
  });
  const underWay = [...byTransfer.values()].reduce((sum, events) => {
    const moved = MOVED[restState(events)];
    const amount = events.find(({ started }) => started !== undefined)?.started?.amountMinor ?? 0n;
    return sum + BigInt(moved === undefined ? 0 : moved.debit - moved.credit - moved.refund) * amount;
  }, 0n);
  return [...unsound, ...(owed === underWay ? [] : [`money: the banks hold ${owed} between them; ${underWay} is under way`])];
}

/** I2, I3 and I4, of one transfer: it has come to rest, by steps that are allowed, with the postings that its state says. */
function transferViolations(world: World, id: string, events: readonly ChainEvent[]): string[] {
  const found: string[] = [];
  const rest = restState(events);
  // A start that the contract refused makes no transfer.
  if (rest === "NONE") return [];
  const moved = MOVED[rest];
  if (moved === undefined) return [`ends: ${id} is left in ${rest}`];
  const entries = [...world.ledgers.values()].flatMap((ledger) => ledger.entries({ limit: MAX_ENTRIES }));
  for (const kind of ["debit", "credit", "refund"] as const) {
    const own = entries.filter(({ reference }) => reference.startsWith(postingReference(id, kind)));
    const posted = new Set(own.map(({ postingId }) => postingId)).size;
    if (posted !== moved[kind]) found.push(`legs: ${id} is ${rest} with ${posted} postings of its ${kind}`);
    const amount = events.find(({ started }) => started !== undefined)?.started?.amountMinor ?? 0n;
    if (own.some(({ amountMinor }) => amountMinor !== amount && amountMinor !== -amount)) found.push(`amount: ${kind} of ${id}`);
  }
  const states = events.filter(({ refusal }) => refusal === undefined).flatMap(({ state }) => state ?? []);
  states.forEach((state, index) => {
    const before = states[index - 1];
    const allowed = before === undefined ? state === "STARTED" : mover(before, state) !== "NONE";
    if (!allowed && before !== "SUSPENDED") found.push(`path: ${id} went from ${before} to ${state}`);
  });
  return [...found, ...evidenceViolations(world, id, events)];
}

function evidenceViolations(world: World, id: string, events: readonly ChainEvent[]): string[] {
  return events.flatMap(({ state, evidence }) => {
    const kind = state && EVIDENCE_OF[state];
    if (kind === undefined || evidence === undefined) return [];
    const names = postingReferences(id, kind, Math.max(0, ...events.map(({ resumptions = 0 }) => resumptions)));
    const receipts = [...world.ledgers.values()].flatMap((ledger) => names.flatMap((name) => ledger.find(name)?.receipt ?? []));
    return receipts.some((receipt) => evidenceHash(receipt) === evidence)
      ? []
      : [`evidence: ${state} of ${id} is of another receipt`];
  });
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

/** Nothing was posted for what nobody asked for. */
function strangerViolations(world: World, byTransfer: ReadonlyMap<string, ChainEvent[]>): string[] {
  return [...world.ledgers.values()].flatMap((ledger) =>
    ledger.entries({ limit: MAX_ENTRIES }).flatMap(({ reference }) => {
      const id = reference.split(":")[0] ?? "";
      const known = reference.startsWith("opening:") || byTransfer.get(id)?.some(({ started }) => started !== undefined);
      return known ? [] : [`strangers: ${reference} is of no transfer`];
    }),
  );
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
    return isReal ? [] : [`deliveries: ${fn} took ${id}, which is not on the chain`];
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
    ...base.banks.flatMap(({ functions }) => LEG_KINDS.map((kind) => functions[kind].operatorKey)),
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
