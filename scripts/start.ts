import process from "node:process";
import { readStackConfig } from "../src/config/config.js";
import { AppError } from "../src/domain/app-error.js";
import { DEMO_BANKS } from "./stack/demo-network.js";
import { fixedPorts } from "./stack/ports.js";
import { type Stack, startStack } from "./stack/stack.js";

// `npm start`: the whole system on this machine, until Ctrl-C.

let stack: Stack | undefined;
let stopping = false;

async function stop(): Promise<void> {
  // Ctrl-C arrives twice: from the terminal and from npm.
  if (stopping) return;
  stopping = true;
  // Before everything is up, startStack stops what it has started itself.
  if (stack === undefined) return;
  process.stdout.write("\nstopping …\n");
  await stack.stop();
  process.exit(0);
}

process.on("SIGINT", () => void stop());
process.on("SIGTERM", () => void stop());

async function main(): Promise<void> {
  const config = readStackConfig();
  const began = Date.now();
  const report = (line: string) => {
    if (stopping) throw new Error("stopped while starting");
    process.stdout.write(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}\n`);
  };
  const ports = fixedPorts({
    api: config.API_PORT,
    chain: config.CHAIN_PORT,
    database: config.DATABASE_PORT,
    services: config.SERVICES_PORT,
  });
  stack = await startStack({
    root: process.cwd(),
    dataDir: config.DATA_DIR,
    ports,
    databaseUrl: config.DATABASE_URL === "" ? undefined : config.DATABASE_URL,
    logLevel: config.LOG_LEVEL,
    otlpEndpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
    confirmations: "tag" in config.CONFIRMATIONS ? config.CONFIRMATIONS.tag : String(config.CONFIRMATIONS.confirmations),
    faultsEnabled: true,
    report,
  });
  report("ready");
  process.stdout.write(welcome(stack, config.DATA_DIR));
  await stack.broken;
}

function welcome({ apiUrl, ports }: Stack, dataDir: string): string {
  const [payer, payee] = DEMO_BANKS;
  const body = JSON.stringify({
    payer: { phone: payer.phone },
    payee: { phone: payee.phone },
    amount: { amount: "10000", currency: "THB" },
  });
  return `
  API          ${apiUrl}   (OpenAPI: ${apiUrl}/v1/openapi.json)
  chain        http://127.0.0.1:${ports.chain}
  banks        ${payer.id} http://127.0.0.1:${ports.banks[0]}   ${payee.id} http://127.0.0.1:${ports.banks[1]}
  logs, data   ${dataDir}/

Move 100.00 THB from ${payer.phone} (${payer.id}) to ${payee.phone} (${payee.id}):

  curl -s ${apiUrl}/v1/transfers \\
    -H "Authorization: Bearer $(cat ${dataDir}/api-key)" \\
    -H "Idempotency-Key: my-first-transfer" -H "Prefer: wait=10" -H "Content-Type: application/json" \\
    -d '${body}'

Ctrl-C stops everything.
`;
}

main().catch(async (error: unknown) => {
  if (stopping) {
    // Asked to stop while starting: startStack has stopped what it had started, or has just handed it over.
    await stack?.stop();
    process.exit(0);
  }
  const message = error instanceof AppError || error instanceof Error ? error.message : String(error);
  process.stderr.write(`\n${message}\n`);
  stopping = true;
  await stack?.stop();
  process.exit(1);
});
