import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import process from "node:process";
// Elsewhere: from "event-machine/client".
import { ApiError, createClient, type EventMachineClient, type Transfer } from "../../src/client/client.js";

// node --import tsx examples/wallet/wallet.ts, while `npm start` runs.
const { EVENT_MACHINE_URL: url = "http://127.0.0.1:8080", EVENT_MACHINE_API_KEY_FILE: keyFile = ".eventmachine/api-key" } =
  process.env;

const BANK = "FAASTHB1";
const ACCOUNT = "1103700458219";
const PAYEE = "+66898765432";
// A number that the customer has besides, for the same account.
const PHONE = `+6690${randomInt(1_000_000, 9_999_999)}`;
const ORDER = `order-${randomInt(10 ** 9)}`;

/** The wallet's back end: it makes a key for this customer's number alone, so that whoever steals it can send from that number only. */
async function signUp(operator: EventMachineClient): Promise<{ wallet: EventMachineClient; signOut: () => Promise<void> }> {
  const { bank } = await operator.phoneAccounts.register({ phone: PHONE, bank: BANK, account: ACCOUNT });
  const { id, key } = await operator.apiKeys.create({
    principal: ORDER,
    scopes: ["transfers:write", "transfers:read", "accounts:read"],
    payers: { phones: [PHONE] },
  });
  say("registered", `at ${bank}`);
  const signOut = async () => {
    await operator.apiKeys.delete(id);
    await operator.phoneAccounts.release(PHONE);
  };
  return { wallet: createClient({ url, apiKey: key }), signOut };
}

/** Sends money, waits for the end, and shows what the banks have signed for. */
async function send(wallet: EventMachineClient, amount: string, idempotencyKey: string): Promise<Transfer> {
  const order = { payer: { phone: PHONE }, payee: { phone: PAYEE }, amount: { amount, currency: "THB" }, message: "thank you" };
  const { id } = await wallet.transfers.create(order, { idempotencyKey });
  const transfer = await wallet.transfers.waitUntilFinal(id);
  say(transfer.state, `${Number(amount) / 100} THB${transfer.reason === undefined ? "" : `, reason ${transfer.reason}`}`);
  for (const { state = "", blockNumber, evidence } of await wallet.transfers.events(id)) {
    say(`  ${state}`, `block ${blockNumber}${evidence === undefined ? "" : `, receipt ${evidence.slice(0, 18)}…`}`);
  }
  return transfer;
}

function say(what: string, more: string): void {
  process.stdout.write(`${what.padEnd(13)} ${more}\n`);
}

const operator = createClient({ url, apiKey: readFileSync(keyFile, "utf8").trim() });
const { wallet, signOut } = await signUp(operator);
try {
  const payee = await wallet.phoneAccounts.get(PAYEE);
  say("found", `the payee at ${payee.bank}`);
  const sent = await send(wallet, "1500", ORDER);
  const { receipt } = await wallet.transfers.receipt(sent.id);
  say(
    "receipt",
    `of ${receipt.issuer}, signed, for ${receipt.evidence.map(({ leg, bank }) => `${leg} at ${bank}`).join(" and ")}`,
  );
  const again = await wallet.transfers.create(
    { payer: { phone: PHONE }, payee: { phone: PAYEE }, amount: { amount: "1500", currency: "THB" }, message: "thank you" },
    { idempotencyKey: ORDER },
  );
  say("again", again.id === sent.id ? "the same transfer" : "another transfer");
  await send(wallet, "999999999999", `${ORDER}-too-much`);
  const foreign = { payer: { phone: PAYEE }, payee: { phone: PHONE }, amount: { amount: "1", currency: "THB" } };
  await wallet.transfers.create(foreign).catch((error: unknown) => {
    if (!(error instanceof ApiError)) throw error;
    say("not mine", `${error.status} ${error.code}`);
  });
} finally {
  await signOut();
}
