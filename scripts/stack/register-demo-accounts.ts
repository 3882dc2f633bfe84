import { DEMO_CURRENCY } from "./demo-network.js";
import type { StackSecrets } from "./secrets.js";
import type { StackBank } from "./stack-banks.js";

/** Opens the demo customers' accounts at their banks, and registers their phone numbers. What is there already stays. */
export async function registerDemoAccounts(apiUrl: string, secrets: StackSecrets, banks: readonly StackBank[]): Promise<void> {
  for (const bank of banks) {
    const token = secrets.banks.find(({ id }) => id === bank.id)?.token ?? "";
    await openAccount({ url: `http://127.0.0.1:${bank.port}`, token }, bank.account, bank.openingBalance);
    await registerPhone(apiUrl, secrets.apiKey, { phone: bank.phone, bank: bank.id, account: bank.account });
  }
}

/** Opens an account at a bank simulator, with an opening balance in minor units. */
export async function openAccount(bank: { url: string; token: string }, number: string, openingBalance: string): Promise<void> {
  await expectStatus([200], `${bank.url}/v1/accounts/${number}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${bank.token}`, "content-type": "application/json" },
    body: JSON.stringify({ currency: DEMO_CURRENCY, openingBalance }),
  });
}

/** Registers a phone number at the API; one that is registered already stays as it is. */
export async function registerPhone(
  apiUrl: string,
  apiKey: string,
  entry: { phone: string; bank: string; account: string },
): Promise<void> {
  await expectStatus([201, 409], `${apiUrl}/v1/phone-accounts`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
    body: JSON.stringify(entry),
  });
}

async function expectStatus(statuses: readonly number[], url: string, init: RequestInit): Promise<void> {
  const response = await fetch(url, init);
  if (statuses.includes(response.status)) return;
  throw new Error(`${init.method} ${new URL(url).pathname} answered ${response.status}: ${await response.text()}`);
}
