/** What one bank owes another from completed transfers, both directions set off; minor units. */
export interface NetPosition {
  debtor: string;
  creditor: string;
  currency: string;
  amountMinor: bigint;
  transfers: number;
}

/** A position of one direction, as the API tells it. */
export interface GrossPosition {
  payer: { bank: string };
  payee: { bank: string };
  amount: { amount: string; currency: string };
  transfers: number;
}

/** Sets the two directions of each pair of banks off against each other, the largest debt of each currency first. A pair that is even stays, with nothing owed. */
export function netBilaterally(positions: readonly GrossPosition[]): NetPosition[] {
  const pairs = new Map<string, NetPosition>();
  for (const { payer, payee, amount, transfers } of positions) {
    // The payer's bank took the money in, so it owes the payee's.
    const [first = "", second = ""] = [payer.bank, payee.bank].sort();
    const key = `${first} ${second} ${amount.currency}`;
    const net = pairs.get(key) ?? { debtor: first, creditor: second, currency: amount.currency, amountMinor: 0n, transfers: 0 };
    net.amountMinor += payer.bank === first ? BigInt(amount.amount) : -BigInt(amount.amount);
    net.transfers += transfers;
    pairs.set(key, net);
  }
  return [...pairs.values()]
    .filter(({ debtor, creditor }) => debtor !== creditor)
    .map((net) =>
      net.amountMinor < 0n ? { ...net, debtor: net.creditor, creditor: net.debtor, amountMinor: -net.amountMinor } : net,
    )
    .sort((a, b) => a.currency.localeCompare(b.currency) || Number(b.amountMinor - a.amountMinor));
}

/** What each bank owes (below zero) or is owed by all others together, by currency and bank. */
export function netByBank(positions: readonly GrossPosition[]): { bank: string; currency: string; amountMinor: bigint }[] {
  const sums = new Map<string, { bank: string; currency: string; amountMinor: bigint }>();
  const add = (bank: string, currency: string, amountMinor: bigint) => {
    const key = `${currency} ${bank}`;
    const sum = sums.get(key) ?? { bank, currency, amountMinor: 0n };
    sum.amountMinor += amountMinor;
    sums.set(key, sum);
  };
  for (const { payer, payee, amount } of positions) {
    add(payer.bank, amount.currency, -BigInt(amount.amount));
    add(payee.bank, amount.currency, BigInt(amount.amount));
  }
  return [...sums].sort(([a], [b]) => a.localeCompare(b)).map(([, sum]) => sum);
}
