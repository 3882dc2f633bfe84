import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { encryptKeystoreJson, Wallet } from "ethers";
import { type ComposeProject, composeProject, eventually, findCompose } from "../../../scripts/compose/compose-project.js";
import { RECOVERED_WITHIN_MS, type RunningProject, runningProject, timed } from "../running-project.js";

const PASSWORD = "a keystore's password";
const FUNCTIONS = ["debit", "credit", "refund"] as const;
const SERVICES = ["api", "watcher", "function-host", ...FUNCTIONS];
const REPLACED = ["api", "watcher", "faas-debit", "faas-credit", "faas-refund"];
// Every file is read by the user 1000 of the container, whoever runs the test.
const READABLE = 0o644;

/**
 * docker-compose.external.yml in place of the API, the watcher and one bank's functions: the chain and PostgreSQL are the other project's,
 * and the keys are in keystores.
 */
export function describeExternal(running: () => RunningProject, apiPort: () => number): void {
  let folder: string;
  let external: ComposeProject | undefined;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "event-machine-external-"));
  });
  after(async () => {
    await external?.compose(["down", "--volumes", "--remove-orphans"]);
    await rm(folder, { recursive: true, force: true });
  });

  it("moves money by the same images, keys in keystores", async () => {
    const { project } = running();
    await writeSecrets();
    const apiKey = await project.exec("api", "cat", "/run/secrets/BOOTSTRAP_API_KEY");
    await project.compose(["stop", ...REPLACED]);
    const own = await externalProject();
    external = own;
    await timed("up with keystores", () => own.compose(["up", "-d"]));
    const health = async () => [...(await own.containers()).values()].map(({ State }) => State.Health?.Status);
    await eventually(
      health,
      (found) => found.length === SERVICES.length && found.every((status) => status === "healthy"),
      RECOVERED_WITHIN_MS,
    );
    const client = await runningProject({ ...project, exec: async () => apiKey }, apiPort());
    const key = "with-chain-and-postgresql-elsewhere";
    const id = await client.startTransfer(key);
    await client.completes(id);
    await own.compose(["down"]);
    await project.compose(["start", ...REPLACED]);
    await running().untilHealthy();
    expect(await running().startTransfer(key)).to.equal(id);
    expect(await running().violations()).to.deep.equal([]);
  });

  async function externalProject(): Promise<ComposeProject> {
    const { name } = running().project;
    const override = join(folder, "networks.json");
    const joined = (...networks: string[]) => ({ networks: ["default", ...networks] });
    const others = Object.fromEntries(
      ["chain", "store", "functions", "faas"].map((network) => [network, { external: true, name: `${name}_${network}` }]),
    );
    const services = {
      api: joined("chain", "store"),
      watcher: joined("chain", "store", "functions"),
      ...Object.fromEntries(FUNCTIONS.map((kind) => [kind, joined("chain", "faas")])),
    };
    await writeFile(override, JSON.stringify({ services, networks: others }));
    const settings = {
      API_HOST: "127.0.0.1",
      API_PORT: String(apiPort()),
      BANK_ID: "FAASTHB1",
      BANK_URL: "http://bank-faas:8080",
      CHAIN_RPC_URL: "http://chain:8545",
      CONFIRMATIONS: "0",
      DEPLOYMENT_FILE: join(folder, "deployment.json"),
      EVENT_MACHINE_TAG: "test",
      ORGANISATION: "demo",
      SECRETS_DIR: folder,
    };
    return composeProject((await findCompose()) ?? [], `${name}-external`, settings, ["docker-compose.external.yml", override]);
  }

  /** What the running services have, with the keys that sign put into keystores. */
  async function writeSecrets(): Promise<void> {
    const { project } = running();
    const secret = (service: string, variable: string) => project.exec(service, "cat", `/run/secrets/${variable}`);
    await writeFile(join(folder, "deployment.json"), await project.exec("watcher", "cat", "/run/deployment/deployment.json"));
    const hostToken = { FUNCTION_HOST_TOKEN: await secret("api", "FUNCTION_HOST_TOKEN") };
    await write("function-host", hostToken);
    const secretKeys = { FUNCTION_SECRET_KEYS: await secret("api", "FUNCTION_SECRET_KEYS") };
    await write("api", {
      ALIAS_KEY: await secret("api", "ALIAS_KEY"),
      DATABASE_URL: await secret("api", "DATABASE_URL"),
      JOURNAL_FIELD_KEY: await secret("api", "JOURNAL_FIELD_KEY"),
      ...hostToken,
      ...secretKeys,
      ...(await keystore("INITIATOR", await secret("api", "INITIATOR_PRIVATE_KEY"))),
    });
    const functions = (await secret("watcher", "FUNCTIONS")).replaceAll("http://faas-", "http://");
    const databaseUrl = await secret("watcher", "DATABASE_URL");
    await write("watcher", { DATABASE_URL: databaseUrl, FUNCTIONS: functions, ...hostToken, ...secretKeys });
    for (const kind of FUNCTIONS) {
      const own = (variable: string) => secret(`faas-${kind}`, variable);
      await write(kind, {
        BANK_TOKEN: await own("BANK_TOKEN"),
        SEALING_PRIVATE_KEYS: await own("SEALING_PRIVATE_KEYS"),
        WEBHOOK_SECRET: await own("WEBHOOK_SECRET"),
        ...(await keystore("OPERATOR", await own("OPERATOR_PRIVATE_KEY"))),
      });
    }
  }

  async function keystore(prefix: string, privateKey: string): Promise<Record<string, string>> {
    const { address } = new Wallet(privateKey);
    const encrypted = await encryptKeystoreJson({ address, privateKey }, PASSWORD);
    return { [`${prefix}_KEYSTORE`]: encrypted, [`${prefix}_KEYSTORE_PASSWORD`]: PASSWORD };
  }

  async function write(service: string, files: Record<string, string>): Promise<void> {
    await mkdir(join(folder, service), { recursive: true, mode: 0o755 });
    for (const [name, value] of Object.entries(files)) await writeFile(join(folder, service, name), value, { mode: READABLE });
  }
}
