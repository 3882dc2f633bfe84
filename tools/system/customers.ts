import { randomInt } from "node:crypto";
import { openAccount, registerPhone } from "../../scripts/stack/register-demo-accounts.js";
import type { Stack } from "../../scripts/stack/stack.js";
import type { BankClient } from "./bank-client.js";

/** Somebody with an account and a phone number that is registered for it. */
export interface Customer {
  phone: string;
  account: string;
  bank: BankClient;
}

/** A Thai mobile number that nobody else in this process has. */
export function newPhone(): string {
  return `+6681${randomInt(1_000_000, 9_999_999)}`;
}

/** An account number that cannot be taken for a time in milliseconds. */
export function newAccountNumber(): string {
  return `7${randomInt(10 ** 11, 10 ** 12)}`;
}

/** Opens an account, with an opening balance in minor units, and registers a phone number for it. */
export async function newCustomer(stack: Stack, bank: BankClient, openingMinor: bigint): Promise<Customer> {
  const customer = { phone: newPhone(), account: newAccountNumber(), bank };
  await openAccount(bankAddress(stack, bank), customer.account, String(openingMinor));
  await registerPhone(stack.apiUrl, stack.secrets.apiKey, {
    phone: customer.phone,
    bank: bank.id,
    account: customer.account,
  });
  return customer;
}

/** Where a bank's API is, and its token. */
export function bankAddress({ secrets, ports }: Stack, bank: { id: string }): { url: string; token: string } {
  const index = secrets.banks.findIndex(({ id }) => id === bank.id);
  return { url: `http://127.0.0.1:${ports.banks[index]}`, token: secrets.banks[index]?.token ?? "" };
}
