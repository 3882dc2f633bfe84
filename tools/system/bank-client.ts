import type { FaultSettings } from "../../src/banks/simulators/bank-schemas.js";
import type { PostingOutcome } from "../../src/domain/posting.js";

/** One side of a booking, as the bank lists it; `amount` in signed minor units. */
export interface BankEntry {
  id: number;
  postingId: string;
  reference: string;
  account: string;
  amount: string;
}

/** A bank's sums, as its auditor reads them; money in minor units. */
export interface BankTotals {
  currencies: { currency: string; all: string; customers: string; clearing: string; equity: string }[];
  unbalancedAccounts: number;
  unbalancedPostings: number;
  answersWithoutEntries: number;
}

const PAGE = 1_000;

/** A client of one bank simulator, by its operator's API. */
export function createBankClient(bank: { id: string; name: string; url: string; token: string }) {
  async function call<Body>(method: string, path: string, body?: unknown): Promise<{ status: number; body: Body }> {
    const response = await fetch(`${bank.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${bank.token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.status >= 400 && response.status !== 404) {
      throw new Error(`${method} ${new URL(bank.url).host} answered ${response.status}`);
    }
    return { status: response.status, body: (await response.json()) as Body };
  }

  async function entries(): Promise<BankEntry[]> {
    const all: BankEntry[] = [];
    for (let page = PAGE; page === PAGE; ) {
      const after = all.at(-1)?.id ?? 0;
      const { body } = await call<{ entries: BankEntry[] }>("GET", `/v1/ledger/entries?after=${after}&limit=${PAGE}`);
      all.push(...body.entries);
      page = body.entries.length;
    }
    return all;
  }

  return {
    id: bank.id,
    name: bank.name,
    /** Minor units. */
    balance: async (account: string) => BigInt((await call<{ balance: string }>("GET", `/v1/accounts/${account}`)).body.balance),
    closeAccount: (account: string) => call("PATCH", `/v1/accounts/${account}`, { status: "closed" }),
    deposit: (account: string, reference: string, amountMinor: bigint) =>
      call("POST", `/v1/accounts/${account}/deposits`, { reference, amount: String(amountMinor), currency: "THB" }),
    /** The bank's first answer to a reference, once there is one. */
    find: async (reference: string): Promise<PostingOutcome | undefined> => {
      const { status, body } = await call<PostingOutcome>("GET", `/v1/postings/${encodeURIComponent(reference)}`);
      return status === 404 ? undefined : body;
    },
    entries,
    totals: async () => (await call<BankTotals>("GET", "/v1/ledger/totals")).body,
    /** Replaces what goes wrong on purpose; `{}` is nothing, and lets go what is held. */
    setFaults: (faults: FaultSettings) => call("PUT", "/v1/faults", faults),
  };
}

export type BankClient = ReturnType<typeof createBankClient>;
