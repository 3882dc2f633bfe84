import process from "node:process";
import { parseArgs } from "node:util";
import { readStackConfig } from "../../src/config/config.js";
import { DEMO_BANKS, LEGACY_BANK } from "../stack/demo-network.js";
import { explain } from "../stack/explain.js";
import { fixedPorts } from "../stack/ports.js";
import { type Stack, startStack } from "../stack/stack.js";

// `npm start`: the whole system on this machine, until Ctrl-C. `npm start -- --with-legacy-bank` has a third bank, which has no API.

let stack: Stack | undefined;
const ending = new AbortController();

async function stop(): Promise<void> {
  // Ctrl-C arrives twice: from the terminal and from npm.
  if (ending.signal.aborted) return;
  ending.abort();
  // Before everything is up, startStack stops what it has started itself.
  if (stack === undefined) return;
  process.stdout.write("\nstopping …\n");
  await stack.stop();
  process.exit(0);
}

// SIGHUP: the terminal was closed. `disconnect`: the launcher that runs this script is gone.
for (const event of ["SIGINT", "SIGTERM", "SIGHUP", "disconnect"]) process.on(event, () => void stop());
// A launcher that waits for nothing else may end.
process.channel?.unref();
// A terminal that is gone, a reader that has read enough, a full disk: what was to be printed is lost, and nothing else.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
for (const event of ["uncaughtException", "unhandledRejection"]) process.on(event, (error) => void fail(error));

async function main(): Promise<void> {
  const { "with-legacy-bank": legacyBank } = readOptions();
  const config = readStackConfig();
  dataDir = config.DATA_DIR;
  const began = Date.now();
  const report = (line: string) => {
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
    legacyBank,
    keepAlive: true,
    signal: ending.signal,
    report,
  });
  report("ready");
  process.stdout.write(welcome(stack, config.DATA_DIR));
  if (legacyBank) process.stdout.write(legacyWelcome(stack, config.DATA_DIR));
  process.stdout.write("\nCtrl-C stops everything.\n");
  await stack.broken;
}

function welcome({ apiUrl, ports }: Stack, dataDir: string): string {
  const [payer, payee] = DEMO_BANKS;
  return `
  dashboard    ${apiUrl}   (sign in with the key in ${dataDir}/api-key)
  API          ${apiUrl}   (OpenAPI: ${apiUrl}/v1/openapi.json)
  chain        http://127.0.0.1:${ports.chain}
  banks        ${payer.id} http://127.0.0.1:${ports.banks[0]}   ${payee.id} http://127.0.0.1:${ports.banks[1]}
  logs, data   ${dataDir}/

Move 100.00 THB from ${payer.phone} (${payer.id}) to ${payee.phone} (${payee.id}):

${transferCurl(apiUrl, dataDir, { key: "my-first-transfer", to: payee.phone, waitSeconds: 10 })}
`;
}

function legacyWelcome({ apiUrl, ports }: Stack, dataDir: string): string {
  const { id, phone } = LEGACY_BANK;
  return `
Move 100.00 THB to ${phone} at ${id}, which has no API: a browser enters it in the bank's pages, http://127.0.0.1:${ports.legacyBank[0]}

${transferCurl(apiUrl, dataDir, { key: "my-first-legacy-transfer", to: phone, waitSeconds: 30 })}
`;
}

function transferCurl(apiUrl: string, dataDir: string, of: { key: string; to: string; waitSeconds: number }): string {
  const [payer] = DEMO_BANKS;
  const body = JSON.stringify({
    payer: { phone: payer.phone },
    payee: { phone: of.to },
    amount: { amount: "10000", currency: "THB" },
  });
  return `  curl -s ${apiUrl}/v1/transfers \\
    -H "Authorization: Bearer $(cat ${dataDir}/api-key)" \\
    -H "Idempotency-Key: ${of.key}" -H "Prefer: wait=${of.waitSeconds}" -H "Content-Type: application/json" \\
    -d '${body}'`;
}

function readOptions() {
  try {
    return parseArgs({ options: { "with-legacy-bank": { type: "boolean", default: false } } }).values;
  } catch {
    process.stderr.write("npm start takes one option: npm start -- --with-legacy-bank\n");
    process.exit(2);
  }
}

let dataDir = "the data folder";
let exitCode = 0;

async function fail(error: unknown): Promise<never> {
  // An error after a request to stop comes from the stopping.
  if (!ending.signal.aborted) {
    exitCode = 1;
    process.stderr.write(`\n${explain(error, dataDir)}\n`);
  }
  ending.abort();
  await stack?.stop();
  process.exit(exitCode);
}

main().catch(fail);
