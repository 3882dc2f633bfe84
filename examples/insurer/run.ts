import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createInsurer, instalmentKey } from "./insurer.js";

// node --import tsx examples/insurer/run.ts, while `npm start` runs: three months of a car's lease.
const { EVENT_MACHINE_URL: apiUrl = "http://127.0.0.1:8080", EVENT_MACHINE_API_KEY_FILE: keyFile = ".eventmachine/api-key" } =
  process.env;
const operatorKey = readFileSync(keyFile, "utf8").trim();

const LESSEE = "+66812345678";
const LESSOR = "+66898765432";
const CONTRACT = String(Date.now());
const MONTHS = ["2026-10", "2026-11", "2026-12"];
const PATIENCE_MS = 20_000;

async function call<T>(
  key: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<T> {
  const response = await fetch(`${apiUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

async function main(): Promise<void> {
  const { network } = await call<{ network: { domain: string; organisation: string } }>(operatorKey, "GET", "/");
  // The leasing company's own key: it sees its own transfers, and so does what it registers.
  const scopes = ["transfers:write", "transfers:read", "functions:read", "functions:write"];
  const company = { principal: `leasing-${CONTRACT}`, scopes, payers: "any" };
  const { id: keyId, key } = await call<{ id: string; key: string }>(operatorKey, "POST", "/v1/api-keys", company);

  let secret = "";
  const insurer = createInsurer({ ...network, leasingCompany: company.principal, secret: () => secret });
  const url = await insurer.listen();
  insurer.insure(CONTRACT, 120_000n, MONTHS);
  const types = ["eventmachine.transfer.completed", "eventmachine.transfer.rejected"];
  const name = `insurer-${CONTRACT}`;
  ({ secret } = await call<{ secret: string }>(key, "POST", "/v1/functions", { name, types, url }));
  show("insured");

  try {
    for (const [index, month] of MONTHS.entries()) {
      // The last instalment is more than the lessee has.
      const amount = { amount: index < 2 ? "5000" : "999999999999", currency: "THB" };
      const headers = { "idempotency-key": instalmentKey(CONTRACT, month), prefer: "wait=20" };
      const body = { payer: { phone: LESSEE }, payee: { phone: LESSOR }, amount };
      const { state } = await call<{ state: string }>(key, "POST", "/v1/transfers", body, headers);
      await untilSettled(index + 1);
      show(`${month} ${state}`);
    }
  } finally {
    await call(key, "DELETE", `/v1/functions/${name}`);
    await call(operatorKey, "DELETE", `/v1/api-keys/${keyId}`);
    await insurer.close();
  }

  function show(what: string): void {
    const { premiumMinor = 0n } = insurer.policy(CONTRACT) ?? {};
    process.stdout.write(`${what.padEnd(20)} premium ${Number(premiumMinor) / 100} THB\n`);
  }

  async function untilSettled(count: number): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const { paid = 0, missed = 0 } = insurer.policy(CONTRACT) ?? {};
      if (paid + missed >= count) return;
      if (Date.now() > end) throw new Error("The insurer heard nothing; is FUNCTION_TARGET_NETWORKS set for loopback?");
      await sleep(50);
    }
  }
}

await main();
