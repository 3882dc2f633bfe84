import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Type } from "typebox";
import { Value } from "typebox/value";
import { DEMO_BANKS } from "../stack/demo-network.js";
import { fixedPorts } from "../stack/ports.js";
import type { StackSecrets } from "../stack/secrets.js";
import { serviceEnvironments } from "../stack/service-environments.js";
import type { Replica } from "./replicas.js";

/** What of a service's environment is secret, and so comes from a file; docker-compose.yml gives the rest. */
const SECRET_VARIABLES = new Set([
  "ACCOUNTS_OPERATOR_PRIVATE_KEYS",
  "ALIAS_KEY",
  "ARBITER_PRIVATE_KEYS",
  "BANK_PASSWORD",
  "BANK_STATEMENT_TOKEN",
  "BANK_TOKEN",
  "BOOTSTRAP_API_KEY",
  "DATABASE_URL",
  "FUNCTIONS",
  "FUNCTION_HOST_TOKEN",
  "FUNCTION_SECRET_KEYS",
  "INITIATOR_PRIVATE_KEY",
  "JOURNAL_FIELD_KEY",
  "OPERATOR_PRIVATE_KEY",
  "OUTCOMES_OPERATOR_PRIVATE_KEYS",
  "RECEIPT_SIGNING_KEY",
  "RECONCILE_BANKS",
  "SEALING_PRIVATE_KEYS",
  "WEBHOOK_SECRET",
]);

/** Every service listens here, in its own container. */
export const SERVICE_PORT = 8080;

/** Variables that hold addresses. */
const BY_SERVICE_NAME: Record<string, (value: string) => string> = {
  FUNCTIONS: functionsByServiceName,
  RECONCILE_BANKS: banksByServiceName,
};

const BankList = Type.Array(Type.Object({ bank: Type.String() }, { additionalProperties: true }));
const FunctionList = Type.Array(Type.Object({ name: Type.String() }, { additionalProperties: true }));
const OWNER_ONLY = 0o400;

/** What the overlays add: replicas, and the bank that has no API. */
interface Extras {
  replicas: readonly Replica[];
  legacyBank: boolean;
}

/** The secrets of each service of docker-compose.yml, by the service's name and the variable's. */
export function secretsByService(
  secrets: StackSecrets,
  { replicas, legacyBank }: Extras,
): Record<string, Record<string, string>> {
  const environments = serviceEnvironments({
    secrets,
    // Addresses are docker-compose.yml's: only what is secret is taken from here.
    ports: fixedPorts({ api: 0, chain: 0, database: 0, services: 0 }),
    chainUrl: "",
    databaseUrl: `postgresql://eventmachine:${secrets.databasePassword}@postgres:5432/eventmachine`,
    deploymentFile: "",
    dataDir: "",
    options: { logLevel: "", faultsEnabled: false, confirmations: "", legacyBank },
  });
  const services = Object.entries(environments).map(([service, environment]): [string, Record<string, string>] => [
    service,
    Object.fromEntries(
      Object.entries(environment)
        .filter(([name]) => SECRET_VARIABLES.has(name))
        .map(([name, value]) => [name, BY_SERVICE_NAME[name]?.(value) ?? value]),
    ),
  ]);
  const byService = Object.fromEntries(services);
  return {
    ...byService,
    ...Object.fromEntries(replicas.map(({ name, of, key }) => [name, { ...byService[of], [keyVariable(of)]: key }])),
    postgres: { POSTGRES_PASSWORD: secrets.databasePassword },
    register: {
      API_KEY: secrets.apiKey,
      ...Object.fromEntries(secrets.banks.map((bank) => [bankTokenFile(bank.id), bank.token])),
    },
  };
}

/** The variable of the key that a service sends its transactions with. */
function keyVariable(service: string): string {
  return service === "api" ? "INITIATOR_PRIVATE_KEY" : "OPERATOR_PRIVATE_KEY";
}

/** The file of a bank's token, in the secrets of `register`. */
export function bankTokenFile(bankId: string): string {
  return `BANK_TOKEN_${bankId}`;
}

/** Writes each service's secrets to `<folder>/<service>/<variable>`; each of these folders is a volume that only that service mounts. */
export async function writeServiceSecrets(folder: string, secrets: StackSecrets, extras: Extras): Promise<void> {
  for (const [service, variables] of Object.entries(secretsByService(secrets, extras))) {
    await mkdir(join(folder, service), { recursive: true });
    for (const [name, value] of Object.entries(variables)) {
      const path = join(folder, service, name);
      await writeFile(`${path}.new`, value, { mode: OWNER_ONLY });
      await rename(`${path}.new`, path);
    }
  }
}

/** The registry of functions, each found by its service's name. */
function functionsByServiceName(functions: string): string {
  const list = Value.Parse(FunctionList, JSON.parse(functions));
  return JSON.stringify(list.map((fn) => ({ ...fn, url: `http://${fn.name}:${SERVICE_PORT}/` })));
}

/** The banks' statements, each at its service. */
function banksByServiceName(banks: string): string {
  const list = Value.Parse(BankList, JSON.parse(banks));
  const nameOf = (id: string) => DEMO_BANKS.find((bank) => bank.id === id)?.name;
  return JSON.stringify(list.map((one) => ({ ...one, url: `http://bank-${nameOf(one.bank)}:${SERVICE_PORT}` })));
}
