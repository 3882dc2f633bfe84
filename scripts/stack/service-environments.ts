import { join } from "node:path";
import { readBrowserConfig } from "../../src/config/config.js";
import { DEMO_BANKS, DEMO_ORGANISATION, LEGACY_BANK } from "./demo-network.js";
import type { StackPorts } from "./ports.js";
import { LEG_KINDS, type LegKind, type StackSecrets } from "./secrets.js";
import { type StackBank, stackBanks } from "./stack-banks.js";

/** Which events wake a leg, and for which side's bank. */
const WAKES: Record<LegKind, { side: "payerBank" | "payeeBank"; type: string }> = {
  debit: { side: "payerBank", type: "eventmachine.transfer.started" },
  credit: { side: "payeeBank", type: "eventmachine.transfer.pending" },
  refund: { side: "payerBank", type: "eventmachine.transfer.reversing" },
};
// Entering a state by a resolution wakes the functions as entering it otherwise does.
const RESOLVED = "eventmachine.transfer.resolved";
const OUTCOME_PROPOSED = "eventmachine.transfer.outcome-proposed";
const POLL_INTERVAL_MS = "40";
// A posting by a bank's pages takes a second or so: more at once would not be answered in time.
const WEB_BATCH_SIZE = 10;
// A browser on a busy machine may take its time for a page.
const WEB_TIMEOUT_MS = "15000";

interface Inputs {
  secrets: StackSecrets;
  ports: StackPorts;
  chainUrl: string;
  databaseUrl: string;
  deploymentFile: string;
  dataDir: string;
  options: {
    logLevel: string;
    faultsEnabled: boolean;
    confirmations: string;
    otlpEndpoint?: string | undefined;
    standbyPort?: number;
    legacyBank?: boolean;
  };
}

/** The environment of each service, by the service's name. Each gets its own secrets and nobody else's. */
export function serviceEnvironments(inputs: Inputs): Record<string, Record<string, string>> {
  const { secrets, ports, options } = inputs;
  const common = { LOG_LEVEL: options.logLevel, HOST: "127.0.0.1" };
  const chain = {
    // Over a WebSocket: a question costs the node and whoever asks less than over HTTP.
    CHAIN_RPC_URL: inputs.chainUrl.replace(/^http/, "ws"),
    DEPLOYMENT_FILE: inputs.deploymentFile,
    CONFIRMATIONS: options.confirmations,
    ...(options.otlpEndpoint !== undefined && { OTEL_EXPORTER_OTLP_ENDPOINT: options.otlpEndpoint }),
  };
  const functionTargets = {
    FUNCTION_HOST_URL: `http://127.0.0.1:${ports.functionHost}`,
    FUNCTION_HOST_TOKEN: secrets.functionHostToken,
    FUNCTION_SECRET_KEYS: JSON.stringify({ 1: secrets.functionSecretKey }),
    // On a developer's machine a function may run beside the system.
    FUNCTION_TARGET_NETWORKS: "127.0.0.0/8,::1",
  };
  const environments: Record<string, Record<string, string>> = {
    "function-host": { ...common, ...functionHostEnvironment(inputs) },
    api: {
      ...common,
      ...chain,
      ...functionTargets,
      PORT: String(ports.api),
      METRICS_PORT: String(ports.metrics[0]),
      DATABASE_URL: inputs.databaseUrl,
      ORGANISATION: DEMO_ORGANISATION,
      INITIATOR_PRIVATE_KEY: secrets.initiatorKey,
      ACCOUNTS_OPERATOR_PRIVATE_KEYS: JSON.stringify(
        Object.fromEntries(secrets.banks.map((bank) => [bank.id, bank.accountsOperatorKey])),
      ),
      ARBITER_PRIVATE_KEYS: JSON.stringify(arbitersOf(secrets)),
      OUTCOMES_OPERATOR_PRIVATE_KEYS: JSON.stringify(peopleOf(secrets)),
      ALIAS_KEY: secrets.aliasKey,
      JOURNAL_FIELD_KEY: secrets.journalFieldKey,
      RECEIPT_SIGNING_KEY: secrets.receiptSigningKey,
      BOOTSTRAP_API_KEY: secrets.apiKey,
    },
    watcher: {
      ...common,
      ...chain,
      ...functionTargets,
      PORT: String(ports.watcher),
      METRICS_PORT: String(ports.metrics[1]),
      DATABASE_URL: inputs.databaseUrl,
      POLL_INTERVAL_MS,
      // The launcher has started this chain itself, so a store that knows another one is old.
      REBUILD_ON_FOREIGN_CHAIN: "true",
      FUNCTIONS: JSON.stringify(functionsOf(inputs)),
      RECONCILE_BANKS: JSON.stringify(statementsOf(inputs)),
    },
  };
  const { METRICS_PORT: _, ...standby } = environments.watcher ?? {};
  if (options.standbyPort !== undefined) environments["watcher-2"] = { ...standby, PORT: String(options.standbyPort) };
  for (const bank of stackBanks(ports, options)) Object.assign(environments, bankEnvironments(inputs, bank, { common, chain }));
  return environments;
}

function functionHostEnvironment({ secrets, ports }: Inputs): Record<string, string> {
  return {
    PORT: String(ports.functionHost),
    METRICS_PORT: String(ports.metrics.at(-1)),
    FUNCTION_HOST_TOKEN: secrets.functionHostToken,
    // A developer's own machine may offer no other: the host then warns.
    FUNCTION_ISOLATION: "engine",
  };
}

/** Which principal signs with which arbiter's key. */
function arbitersOf({ arbiterKeys }: StackSecrets): Record<string, string> {
  return Object.fromEntries(arbiterKeys.map((key, index) => [`arbiter-${index + 1}`, key]));
}

/** Which principal signs with which person's key: `faas-person-1` and `faas-person-2` report outcomes for the bank `faas`. */
function peopleOf({ banks }: StackSecrets): Record<string, string> {
  const nameOf = (id: string) => [...DEMO_BANKS, LEGACY_BANK].find((bank) => bank.id === id)?.name ?? id;
  return Object.fromEntries(
    banks.flatMap(({ id, outcomesOperatorKeys }) =>
      outcomesOperatorKeys.map((key, index) => [`${nameOf(id)}-person-${index + 1}`, key]),
    ),
  );
}

/** Of a bank's simulator and of its functions. */
function bankEnvironments(
  { secrets, databaseUrl, dataDir, options }: Inputs,
  bank: StackBank,
  { common, chain }: Record<"common" | "chain", Record<string, string>>,
): Record<string, Record<string, string>> {
  const own = bankSecrets(secrets, bank.id);
  const teller = { BANK_USER: "eventmachine", BANK_PASSWORD: own.token };
  const metrics = (index: number) => (bank.metrics[index] === undefined ? {} : { METRICS_PORT: String(bank.metrics[index]) });
  const access =
    bank.kind === "rest"
      ? { BANK_TOKEN: own.token }
      : {
          BANK_KIND: "web",
          BANK_TIMEOUT_MS: WEB_TIMEOUT_MS,
          ...teller,
          DATABASE_URL: databaseUrl,
          CHROMIUM_PATH: readBrowserConfig().CHROMIUM_PATH,
        };
  const functions = LEG_KINDS.map((kind, index) => [
    `${bank.name}-${kind}`,
    {
      ...common,
      ...chain,
      PORT: String(bank.functions[index]),
      ...metrics(1 + index),
      BANK_ID: bank.id,
      BANK_URL: `http://127.0.0.1:${bank.port}`,
      ...access,
      OPERATOR_PRIVATE_KEY: own.functions[kind].operatorKey,
      SEALING_PRIVATE_KEYS: JSON.stringify({ 1: own.sealing.privateKey }),
      WEBHOOK_SECRET: own.functions[kind].webhookSecret,
    },
  ]);
  return {
    [`bank-${bank.name}`]: {
      ...common,
      PORT: String(bank.port),
      ...metrics(0),
      BANK_ID: bank.id,
      BANK_TOKEN: own.token,
      ...(bank.kind === "web" ? teller : { BANK_STATEMENT_TOKEN: own.statementToken }),
      LEDGER_FILE: join(dataDir, "ledgers", `${bank.name}.sqlite`),
      FAULTS_ENABLED: String(options.faultsEnabled),
    },
    ...Object.fromEntries(functions),
  };
}

/** Where the banks' statements are, and a token that reads them. */
function statementsOf({ secrets, ports, options }: Inputs) {
  return stackBanks(ports, options)
    .filter(({ kind }) => kind === "rest")
    .map(({ id, port }) => ({ bank: id, url: `http://127.0.0.1:${port}`, token: bankSecrets(secrets, id).statementToken }));
}

function functionsOf({ secrets, ports, options }: Inputs) {
  return stackBanks(ports, options).flatMap((bank) =>
    LEG_KINDS.map((kind, index) => ({
      name: `${bank.name}-${kind}`,
      url: `http://127.0.0.1:${bank.functions[index]}/`,
      secret: bankSecrets(secrets, bank.id).functions[kind].webhookSecret,
      types: [WAKES[kind].type, RESOLVED, OUTCOME_PROPOSED],
      [WAKES[kind].side]: bank.id,
      ...(bank.kind === "web" && { batchSize: WEB_BATCH_SIZE }),
    })),
  );
}

function bankSecrets(secrets: StackSecrets, id: string) {
  const found = secrets.banks.find((bank) => bank.id === id);
  if (found === undefined) throw new Error(`The secrets file lacks the bank ${id}; delete the data folder to make new ones.`);
  return found;
}
