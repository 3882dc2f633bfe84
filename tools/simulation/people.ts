import { Wallet, ZeroAddress } from "ethers";
import type { ChainEvent } from "../../src/chain/contracts/chain-event.js";
import { evidenceHash } from "../../src/domain/evidence.js";
import { type PostingKind, postingReferences } from "../../src/domain/posting.js";
import { reasonToBytes4 } from "../../src/domain/reason.js";
import { type State, stateNumber } from "../../src/domain/transfer-state.js";
import { TransferStateRepo__factory } from "../../types/ethers-contracts/index.js";
import { createHand } from "./hand.js";
import { readChain } from "./oracle.js";
import type { Random } from "./random.js";
import { secretsOf } from "./roles.js";
import type { World } from "./world.js";

const contract = TransferStateRepo__factory.createInterface();
const REASON = "NARR";
const OPEN: ReadonlySet<State | undefined> = new Set<State>(["STARTED", "PENDING", "REVERSING"]);

/** Which leg a suspended transfer waits for, and which outcomes of it people can vouch for. */
const LEG_OF: Partial<Record<State, { kind: PostingKind; side: "payerBank" | "payeeBank"; outcomes: State[] }>> = {
  STARTED: { kind: "debit", side: "payerBank", outcomes: ["REJECTED"] },
  PENDING: { kind: "credit", side: "payeeBank", outcomes: ["REVERSING", "COMPLETED"] },
  REVERSING: { kind: "refund", side: "payerBank", outcomes: ["REVERSED"] },
};

interface Proposal {
  proposer: string;
  to: bigint;
  reason: string;
  evidence: string;
}

interface Suspended {
  id: string;
  from: State;
  resumptions: number;
  bank: string;
}

/** Arbiters who suspend what is overdue and resume what is suspended, and people of the banks who report outcomes. */
export function createPeople(world: World, random: Random) {
  const hand = createHand(world);
  const { base, faults, scheduler } = world;
  const repo = base.deployment.contracts.transferStateRepo;
  const write = (key: string, name: string, args: unknown[]) =>
    hand.send(key, repo, contract.encodeFunctionData(name as "withdrawOutcome", args as never));

  /** One look at the chain, and one thing done about a transfer that needs people. */
  async function act(): Promise<void> {
    const transfers = [...Map.groupBy(await readChain(world), ({ transferId }) => transferId)];
    const suspended = transfers.flatMap(([id, events]) => toSuspended(id, events) ?? []);
    const overdue = transfers.flatMap(([id, events]) => (isOverdue(events) ? [id] : []));
    if (overdue.length > 0 && random.chance(0.3)) return await suspendOverdue(random.pick(overdue));
    if (suspended.length === 0) return;
    const transfer = random.pick(suspended);
    if (random.chance(0.5)) await resume(transfer);
    else await report(transfer);
  }

  function isOverdue(events: readonly ChainEvent[]): boolean {
    const deadline = events.find(({ started }) => started !== undefined)?.started?.deadlineSeconds ?? Number.POSITIVE_INFINITY;
    return OPEN.has(events.findLast(({ state }) => state !== undefined)?.state) && deadline * 1_000 < scheduler.now();
  }

  async function suspendOverdue(id: string): Promise<void> {
    faults.count("people: suspended what is overdue");
    await write(random.pick(base.arbiterKeys), "suspendOverdue", [id, reasonToBytes4("AB03")]);
  }

  async function resume({ id, from }: Suspended): Promise<void> {
    const { proposer } = await hand.read<{ proposer: string }>(repo, contract, "resolutionOf", [id]);
    if (proposer === ZeroAddress) {
      await write(random.pick(base.arbiterKeys), "proposeResolution", [id, stateNumber(from), reasonToBytes4(undefined)]);
      return;
    }
    const other = base.arbiterKeys.find((key) => new Wallet(key).address !== proposer) ?? "";
    faults.count("people: resumed");
    await write(other, "confirmResolution", [id, stateNumber(from)]);
  }

  /** As the runbook says: the second person confirms once the function has closed every name of the posting at the bank. */
  async function report({ id, from, resumptions, bank }: Suspended): Promise<void> {
    const { kind, outcomes } = LEG_OF[from] ?? { kind: "debit", outcomes: [] };
    const names = postingReferences(id, kind, resumptions);
    // The ledger of a bank that hides a posting tells its people the truth.
    if (names.some((name) => world.hidden.has(name))) return;
    const { outcomesOperatorKeys: keys } = secretsOf(world, bank);
    const proposal = await hand.read<Proposal>(repo, contract, "outcomeOf", [id]);
    if (proposal.proposer === ZeroAddress) {
      const to = random.pick(outcomes);
      const reason = reasonToBytes4(to === "REJECTED" || to === "REVERSING" ? REASON : undefined);
      await write(random.pick(keys), "proposeOutcome", [id, stateNumber(to), reason, evidenceHash(`statement of ${id}`)]);
      return;
    }
    if (random.chance(0.1)) {
      faults.count("people: outcome withdrawn");
      return await write(random.pick(keys), "withdrawOutcome", [id]);
    }
    const ledger = world.ledgers.get(bank);
    const closed = names.every((name) => ledger?.find(name)?.status === "refused");
    if (!closed) return;
    const other = keys.find((key) => new Wallet(key).address !== proposal.proposer) ?? "";
    faults.count("people: outcome confirmed");
    await write(other, "confirmOutcome", [id, proposal.to, proposal.reason, proposal.evidence]);
  }

  return { act };
}

function toSuspended(id: string, events: readonly ChainEvent[]): Suspended | undefined {
  const last = events.findLast(({ state }) => state !== undefined);
  const started = events.find((event) => event.started !== undefined)?.started;
  const leg = LEG_OF[last?.suspendedFrom ?? "NONE"];
  if (last?.suspendedFrom === undefined || started === undefined || leg === undefined) return undefined;
  const resumptions = Math.max(0, ...events.map((event) => event.resumptions ?? 0));
  return { id, from: last.suspendedFrom, resumptions, bank: started[leg.side] };
}
