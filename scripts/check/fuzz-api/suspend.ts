import { randomUUID } from "node:crypto";
import { createClient } from "../../../src/client/client.js";
import { DEMO_BANKS } from "../../stack/demo-network.js";
import { openAccount, registerPhone } from "../../stack/register-demo-accounts.js";
import type { Stack } from "../../stack/stack.js";

const PATIENCE_MS = 60_000;
const PAYER = { phone: "+66900000001", account: "9000000001" };
const PAYEE = { phone: "+66900000002", account: "9000000002" };

/**
 * Makes suspended transfers: while their credits are held, both accounts are closed, so that neither a credit nor a refund is possible.
 * Resumed, they are suspended again. The stack's banks must be able to misbehave.
 * @returns Their ids.
 */
export async function makeSuspended(stack: Stack, count: number): Promise<string[]> {
  const [payerBank, payeeBank] = DEMO_BANKS.map(({ id }, index) => bankOf(stack, id, index)) as [Bank, Bank];
  const client = createClient({ url: stack.apiUrl, apiKey: stack.secrets.apiKey });
  for (const [bank, customer] of [
    [payerBank, PAYER],
    [payeeBank, PAYEE],
  ] as const) {
    await openAccount(bank, customer.account, "1000000");
    await registerPhone(stack.apiUrl, stack.secrets.apiKey, { phone: customer.phone, bank: bank.id, account: customer.account });
  }
  await bank(payeeBank, "PUT", "/v1/faults", { kind: "credit", holdBeforeCommit: true });
  const body = { payer: { phone: PAYER.phone }, payee: { phone: PAYEE.phone }, amount: { amount: "100", currency: "THB" } };
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1)
    ids.push((await client.transfers.create(body, { idempotencyKey: randomUUID() })).id);
  await untilAll(client, ids, "PENDING");
  await bank(payerBank, "PATCH", `/v1/accounts/${PAYER.account}`, { status: "closed" });
  await bank(payeeBank, "PATCH", `/v1/accounts/${PAYEE.account}`, { status: "closed" });
  await bank(payeeBank, "PUT", "/v1/faults", {});
  await untilAll(client, ids, "SUSPENDED");
  return ids;
}

interface Bank {
  id: string;
  url: string;
  token: string;
}

function bankOf({ secrets, ports }: Stack, id: string, index: number): Bank {
  return { id, url: `http://127.0.0.1:${ports.banks[index]}`, token: secrets.banks.find((one) => one.id === id)?.token ?? "" };
}

async function bank({ url, token }: Bank, method: string, path: string, body: unknown): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(`${url}${path}`, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
}

async function untilAll(client: ReturnType<typeof createClient>, ids: readonly string[], state: string): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; ) {
    const transfers = await Promise.all(ids.map((id) => client.transfers.get(id)));
    if (transfers.every((transfer) => transfer.state === state)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The transfers did not become ${state}.`);
}
