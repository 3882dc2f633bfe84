import { DEMO_BANKS } from "../../stack/demo-network.js";
import type { Stack } from "../../stack/stack.js";

interface Totals {
  currencies: { currency: string; all: string; customers: string; clearing: string; equity: string }[];
  unbalancedAccounts: number;
  unbalancedPostings: number;
  answersWithoutEntries: number;
}

/**
 * Whether both banks' ledgers are sound in themselves and against each other, and have moved what the chain's completed transfers say:
 * `transfers` times `amountMinor`. Returns what is wrong.
 */
export async function checkMoney(stack: Stack, transfers: number, amountMinor: string): Promise<string[]> {
  const [payer, payee] = (await Promise.all(DEMO_BANKS.map((_bank, index) => readTotals(stack, index)))) as [Totals, Totals];
  const moved = BigInt(transfers) * BigInt(amountMinor);
  const wrong: string[] = [];
  for (const [bank, totals] of [
    [DEMO_BANKS[0].id, payer],
    [DEMO_BANKS[1].id, payee],
  ] as const) {
    if (totals.unbalancedAccounts + totals.unbalancedPostings + totals.answersWithoutEntries > 0)
      wrong.push(`the ledger of ${bank} does not balance`);
    for (const { currency, all } of totals.currencies) if (BigInt(all) !== 0n) wrong.push(`${bank} has made ${all} ${currency}`);
  }
  const owedBy = clearing(payer);
  const owedTo = -clearing(payee);
  if (owedBy !== moved) wrong.push(`${DEMO_BANKS[0].id} owes ${owedBy}; the chain's completed transfers say ${moved}`);
  if (owedTo !== moved) wrong.push(`${DEMO_BANKS[1].id} is owed ${owedTo}; the chain's completed transfers say ${moved}`);
  return wrong;
}

function clearing(totals: Totals): bigint {
  return totals.currencies.reduce((sum, currency) => sum + BigInt(currency.clearing), 0n);
}

async function readTotals(stack: Stack, index: number): Promise<Totals> {
  const response = await fetch(`http://127.0.0.1:${stack.ports.banks[index]}/v1/ledger/totals`, {
    headers: { authorization: `Bearer ${stack.secrets.banks[index]?.token}` },
  });
  if (!response.ok) throw new Error(`${DEMO_BANKS[index]?.id} answered ${response.status} about its ledger.`);
  return (await response.json()) as Totals;
}
