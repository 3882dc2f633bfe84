import process from "node:process";
import { str } from "envalid";
import { DEFAULT_PHONE_TYPES } from "../domain/phone.js";
import { parseBankAdminEnvironment, parseOrganisationAdminEnvironment } from "./admin-config.js";
import { fees, transactionLimits } from "./chain-specs.js";
import { parseCliEnvironment } from "./cli-config.js";
import { functionTargets } from "./function-targets.js";
import { type Check, type Environment, parseEnvironment } from "./parse-environment.js";
import { signingKey, signingKeysBy } from "./signing-keys.js";
import { tokenIssuer } from "./token-issuer.js";
import {
  bankList,
  bic8,
  finality,
  flag,
  functionList,
  hex32,
  httpUrl,
  keysByVersion,
  line,
  oneOf,
  organisationName,
  origins,
  phoneTypes,
  portNumber,
  positiveNumber,
  publicKeys,
  ratio,
  routeLimits,
  rpcUrls,
  webhookSecrets,
  wholeNumber,
} from "./validators.js";

// The only module that reads the environment: a test enforces it. `.env.example` names every variable.
const logLevel = oneOf("trace", "debug", "info", "warn", "error", "silent");

const service = { LOG_LEVEL: logLevel({ default: "info" }) };

const server = {
  HOST: str({ default: "127.0.0.1" }),
  PORT: portNumber(),
  METRICS_HOST: str({ default: "127.0.0.1" }),
  METRICS_PORT: portNumber({ default: undefined }),
};

const tracing = {
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl({ default: undefined }),
  OTEL_TRACES_SAMPLER_ARG: ratio({ default: 1 }),
};

const chain = {
  CHAIN_RPC_URL: rpcUrls(),
  DEPLOYMENT_FILE: str(),
  CONFIRMATIONS: finality({ default: { confirmations: 0 } }),
};

/** How a function reaches its bank: by its API, or by its pages where it has none. */
const bank = {
  BANK_KIND: oneOf("rest", "web")({ default: "rest" }),
  BANK_URL: httpUrl(),
  BANK_TIMEOUT_MS: positiveNumber({ default: 5_000 }),
  BANK_TOKEN: line({ default: "" }),
  BANK_USER: line({ default: "" }),
  BANK_PASSWORD: line({ default: "" }),
  BANK_SESSIONS_MAX: positiveNumber({ default: 2 }),
  BANK_STATEMENT_FIRST: flag({ default: false }),
  CHROMIUM_PATH: str({ default: "/usr/bin/chromium" }),
  DATABASE_URL: str({ default: "" }),
};

const checkBank: Check = (given, value) => {
  const needed = value("BANK_KIND") === "web" ? ["BANK_USER", "BANK_PASSWORD", "DATABASE_URL"] : ["BANK_TOKEN"];
  return needed.filter((name) => !given(name)).map((name) => [name, "is missing"]);
};

const initiator = signingKey("INITIATOR");
const operator = signingKey("OPERATOR");
const accountsOperators = signingKeysBy("bank", "ACCOUNTS_OPERATOR");
const arbiters = signingKeysBy("principal", "ARBITER");
const outcomesOperators = signingKeysBy("principal", "OUTCOMES_OPERATOR");

/** The API's configuration. */
export function readApiConfig(environment: Environment = process.env) {
  const specs = {
    ...service,
    ...server,
    ...chain,
    ...tracing,
    ...fees,
    ...transactionLimits,
    ...functionTargets.specs,
    DATABASE_URL: str(),
    ORGANISATION: organisationName(),
    ...initiator.specs,
    ...accountsOperators.specs,
    ...arbiters.specs,
    ...outcomesOperators.specs,
    ALIAS_KEY_VERSION: wholeNumber({ default: 1 }),
    ALIAS_KEY: hex32(),
    JOURNAL_FIELD_KEY: hex32(),
    PHONE_TYPES: phoneTypes({ default: DEFAULT_PHONE_TYPES }),
    BOOTSTRAP_API_KEY: str({ default: "" }),
    RECEIPT_SIGNING_KEY: hex32({ default: undefined }),
    RECEIPT_RETIRED_KEYS: publicKeys({ default: [] }),
    REQUESTS_PER_ADDRESS_MAX: positiveNumber({ default: 60_000 }),
    REQUESTS_PER_PRINCIPAL_MAX: positiveNumber({ default: 60_000 }),
    ROUTE_LIMITS: routeLimits({ default: {} }),
    PHONE_LOOKUPS_MAX: positiveNumber({ default: 30 }),
    PHONE_MISSES_MAX: positiveNumber({ default: 10 }),
    TRUST_PROXY: flag({ default: false }),
    CORS_ORIGINS: origins({ default: [] }),
    DASHBOARD_ENABLED: flag({ default: true }),
    ...tokenIssuer.specs,
  };
  const checks = [initiator, accountsOperators, arbiters, outcomesOperators, tokenIssuer, functionTargets].map(
    ({ check }) => check,
  );
  const config = parseEnvironment(environment, specs, ...checks);
  return Object.freeze({
    ...config,
    initiatorKey: initiator.read(config),
    accountsOperatorKeys: accountsOperators.read(config),
    arbiterKeys: arbiters.read(config),
    outcomesOperatorKeys: outcomesOperators.read(config),
  });
}

/** The watcher's configuration. */
export function readWatcherConfig(environment: Environment = process.env) {
  const specs = {
    ...service,
    ...server,
    ...chain,
    ...tracing,
    ...functionTargets.specs,
    DATABASE_URL: str(),
    FUNCTIONS: functionList({ default: [] }),
    POLL_INTERVAL_MS: positiveNumber({ default: 500 }),
    MAX_PAGE_BLOCKS: positiveNumber({ default: 2_000 }),
    CHAIN_LOG_CHECK: oneOf("receipts", "bloom", "second-node", "none")({ default: "receipts" }),
    READY_BEHIND_BLOCKS: positiveNumber({ default: 64 }),
    SWEEP_AFTER_MS: positiveNumber({ default: 30_000 }),
    REBUILD_ON_FOREIGN_CHAIN: flag({ default: false }),
    RECONCILE_BANKS: bankList({ default: [] }),
    RECONCILE_INTERVAL_MS: positiveNumber({ default: 3_600_000 }),
  };
  return parseEnvironment(environment, specs, functionTargets.check);
}

/** A function's configuration. */
export function readFunctionConfig(environment: Environment = process.env) {
  const specs = {
    ...service,
    ...server,
    ...chain,
    ...tracing,
    ...fees,
    ...transactionLimits,
    BANK_ID: bic8(),
    ...bank,
    ...operator.specs,
    SEALING_PRIVATE_KEYS: keysByVersion(),
    WEBHOOK_SECRET: webhookSecrets(),
  };
  const config = parseEnvironment(environment, specs, operator.check, checkBank);
  return Object.freeze({ ...config, operatorKey: operator.read(config) });
}

/** The function host's configuration. */
export function readFunctionHostConfig(environment: Environment = process.env) {
  return parseEnvironment(environment, {
    ...service,
    ...server,
    FUNCTION_HOST_TOKEN: str(),
    FUNCTION_HOST_SOCKET: str({ default: "" }),
    FUNCTION_ISOLATION: oneOf("namespaces", "user", "engine")({ default: "user" }),
    FUNCTION_TIMEOUT_MS: positiveNumber({ default: 5_000 }),
    FUNCTION_MEMORY_MB: positiveNumber({ default: 64 }),
    FUNCTION_IDLE_MS: positiveNumber({ default: 60_000 }),
    FUNCTION_PROCESSES_MAX: positiveNumber({ default: 8 }),
  });
}

/** A bank simulator's configuration. */
export function readBankSimulatorConfig(environment: Environment = process.env) {
  return parseEnvironment(environment, {
    ...service,
    ...server,
    BANK_ID: bic8(),
    BANK_TOKEN: str(),
    BANK_STATEMENT_TOKEN: line({ default: undefined }),
    LEDGER_FILE: str(),
    FAULTS_ENABLED: flag({ default: false }),
  });
}

/** The configuration of the simulator of a bank that has pages only. `BANK_TOKEN` is its own operators'. */
export function readWebBankSimulatorConfig(environment: Environment = process.env) {
  return parseEnvironment(environment, {
    ...service,
    ...server,
    BANK_ID: bic8(),
    BANK_TOKEN: str(),
    BANK_USER: str(),
    BANK_PASSWORD: str(),
    BANK_SESSION_IDLE_MS: positiveNumber({ default: 300_000 }),
    LEDGER_FILE: str(),
    FAULTS_ENABLED: flag({ default: false }),
  });
}

/** The configuration of `scripts/ops/deploy.ts`; hardhat.config.ts reads CHAIN_RPC_URL and DEPLOYER_PRIVATE_KEY by itself. */
export function readDeployConfig(environment: Environment = process.env) {
  return parseEnvironment(environment, {
    DEPLOYMENT_FILE: str(),
    MEMBERS_FILE: str(),
    DOMAIN: str({ default: "" }),
  });
}

/** The key that `scripts/ops/migrate-successor.ts` signs with: the access manager's admin's. */
export function readMigrationConfig(environment: Environment = process.env) {
  return parseEnvironment(environment, { ADMIN_PRIVATE_KEY: hex32() });
}

/** The configuration of `scripts/ops/bank.ts`: a bank's admin. */
export function readBankConfig(environment: Environment = process.env) {
  return parseBankAdminEnvironment(environment);
}

/** The configuration of `scripts/ops/organisation.ts`: an organisation's admin, whose key is not needed where nothing is written. */
export function readOrganisationConfig(needs: { needsKey: boolean }, environment: Environment = process.env) {
  return parseOrganisationAdminEnvironment(needs, environment);
}

/** The configuration of `scripts/ops/reconcile.ts`. */
export function readReconcileConfig(environment: Environment = process.env) {
  return parseEnvironment(environment, { DATABASE_URL: str(), RECONCILE_BANKS: bankList() });
}

/** The configuration of scripts that work on a store alone: `scripts/ops/bank-postings.ts`, `scripts/ops/rebuild.ts`. */
export function readStoreConfig(environment: Environment = process.env) {
  return parseEnvironment(environment, { DATABASE_URL: str() });
}

/** The configuration of `scripts/ops/deliveries.ts`: a store, or where the one of `npm start` is. */
export function readDeliveriesConfig(environment: Environment = process.env) {
  return parseEnvironment(environment, {
    DATABASE_URL: str({ default: "" }),
    DATA_DIR: str({ default: ".eventmachine" }),
    DATABASE_PORT: portNumber({ default: 54320 }),
  });
}

/** The configuration of `npm start`: where things listen, and a PostgreSQL other than the embedded one. */
export function readStackConfig(environment: Environment = process.env) {
  return parseEnvironment(environment, {
    DATABASE_URL: str({ default: "" }),
    DATA_DIR: str({ default: ".eventmachine" }),
    API_PORT: portNumber({ default: 8080 }),
    CHAIN_PORT: portNumber({ default: 8545 }),
    DATABASE_PORT: portNumber({ default: 54320 }),
    SERVICES_PORT: portNumber({ default: 8600 }),
    LOG_LEVEL: service.LOG_LEVEL,
    OTEL_EXPORTER_OTLP_ENDPOINT: tracing.OTEL_EXPORTER_OTLP_ENDPOINT,
    CONFIRMATIONS: chain.CONFIRMATIONS,
  });
}

/** Where tests find a browser. */
export function readBrowserConfig(environment: Environment = process.env) {
  return parseEnvironment(environment, { CHROMIUM_PATH: bank.CHROMIUM_PATH });
}

/** The configuration of the command line. */
export function readCliConfig(environment: Environment = process.env) {
  return parseCliEnvironment(environment);
}

/** The password of the embedded PostgreSQL. */
export function readPostgresServerConfig(environment: Environment = process.env) {
  return parseEnvironment(environment, { PGPASSWORD: str() });
}

/** What a child process needs of our own environment to run at all. */
export function inheritedEnvironment(environment: Environment = process.env): Record<string, string> {
  const names = ["PATH", "HOME", "TMPDIR", "LANG", "NODE_EXTRA_CA_CERTS"];
  return Object.fromEntries(
    names.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name] as string]])),
  );
}
