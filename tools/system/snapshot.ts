import type { TransferResource } from "../../src/api/http/schemas.js";
import type { ChainEvent } from "../../src/chain/contracts/chain-event.js";
import { type PostingKind, postingReference } from "../../src/domain/posting.js";
import type { ApiEvent } from "./api-client.js";
import type { BankEntry, BankTotals } from "./bank-client.js";
import type { System } from "./stack.js";

/** All that an auditor needs, each part asked of whoever knows it best. */
export interface Snapshot {
  /** The events of the transfers' contract, read from the chain and decoded afresh, in order. */
  chain: ChainEvent[];
  /** Every transfer that the API promised, as the API shows it. */
  transfers: { transfer: TransferResource; events: ApiEvent[] }[];
  /** The banks' own ledgers. */
  ledgers: { bank: string; entries: BankEntry[]; totals: BankTotals }[];
  /** The banks' receipts by reference. */
  receipts: Map<string, string>;
  /** What people of a bank stated of an outcome, by the hash that is the evidence on the chain. */
  statements: Map<string, string>;
  /** Deliveries that were given up. */
  deadDeliveries: number;
}

const OUTCOME_CONFIRMED = "eventmachine.transfer.outcome-confirmed";

/** What `GET /v1/transfers/{id}/evidence` answers, as far as it is needed here. */
interface Stated {
  statements: { hash: string; content: string }[];
}

const KINDS: readonly PostingKind[] = ["debit", "credit", "refund"];

/** Whom a snapshot is taken by asking. */
export type Witnesses = Pick<System, "api" | "chain" | "payerBank" | "payeeBank" | "store">;

/** Takes a snapshot of a system in which nothing is under way. */
export async function takeSnapshot(system: Witnesses): Promise<Snapshot> {
  const { api, payerBank, payeeBank, store } = system;
  const transfers: Snapshot["transfers"] = [];
  const receipts = new Map<string, string>();
  const statements = new Map<string, string>();
  for (const id of api.accepted) {
    const events = await api.events(id);
    transfers.push({ transfer: await api.transfer(id), events });
    if (events.some(({ type }) => type === OUTCOME_CONFIRMED)) {
      const { body } = await api.call<Stated>(`/v1/transfers/${id}/evidence`);
      for (const { hash, content } of body.statements) statements.set(hash, content);
    }
    for (const reference of KINDS.map((kind) => postingReference(id, kind))) {
      const outcome = (await payerBank.find(reference)) ?? (await payeeBank.find(reference));
      if (outcome !== undefined) receipts.set(reference, outcome.receipt);
    }
  }
  return {
    chain: await readChainEvents(system),
    transfers,
    ledgers: await Promise.all(
      [payerBank, payeeBank].map(async (bank) => ({
        bank: bank.id,
        entries: await bank.entries(),
        totals: await bank.totals(),
      })),
    ),
    receipts,
    statements,
    deadDeliveries: (await store.query("select 1 from retries where status = 'dead'")).length,
  };
}

async function readChainEvents({ chain }: Witnesses): Promise<ChainEvent[]> {
  const { decodeEvent } = await import("../../src/chain/contracts/chain-event.js");
  const { fromBlock, contracts } = chain.deployment;
  const logs = await chain.provider.getLogs({ address: contracts.transferStateRepo, fromBlock, toBlock: "latest" });
  return logs.flatMap((log) => decodeEvent(log) ?? []);
}
