import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { DEMO_BANKS, LEGACY_BANK } from "../stack/demo-network.js";
import { openAccount, registerPhone } from "../stack/register-demo-accounts.js";
import { bankTokenFile, SERVICE_PORT } from "./service-secrets.js";

// node --import tsx scripts/compose/register.ts <API URL> <secrets folder> <API URL on the host> [--legacy-bank]
//
// The one-shot service `register`: opens the demo customers' accounts, registers their numbers, and says how to move money.
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { "legacy-bank": { type: "boolean", default: false } },
});
const [apiUrl, secretsFolder, publicUrl] = positionals;
if (apiUrl === undefined || secretsFolder === undefined || publicUrl === undefined) {
  throw new Error("usage: register <API URL> <secrets folder> <API URL on the host> [--legacy-bank]");
}

const apiKey = await secret("API_KEY");
for (const { id, name, phone, account, openingBalance } of values["legacy-bank"] ? [...DEMO_BANKS, LEGACY_BANK] : DEMO_BANKS) {
  const bank = { url: `http://bank-${name}:${SERVICE_PORT}`, token: await secret(bankTokenFile(id)) };
  await openAccount(bank, account, openingBalance);
  await registerPhone(apiUrl, apiKey, { phone, bank: id, account });
}

const [payer, payee] = DEMO_BANKS;
const body = {
  payer: { phone: payer.phone },
  payee: { phone: payee.phone },
  amount: { amount: "10000", currency: "THB" },
};
process.stdout.write(`
The demo accounts are registered. Move 100.00 THB from ${payer.phone} (${payer.id}) to ${payee.phone} (${payee.id}):

  curl -s ${publicUrl}/v1/transfers \\
    -H "Authorization: Bearer $(docker compose exec -T api cat /run/secrets/BOOTSTRAP_API_KEY)" \\
    -H "Idempotency-Key: my-first-transfer" -H "Prefer: wait=10" -H "Content-Type: application/json" \\
    -d '${JSON.stringify(body)}'
`);

if (values["legacy-bank"]) process.stdout.write(`\nLikewise to ${LEGACY_BANK.phone} at ${LEGACY_BANK.id}, which has no API.\n`);

async function secret(name: string): Promise<string> {
  return (await readFile(join(secretsFolder as string, name), "utf8")).trim();
}
