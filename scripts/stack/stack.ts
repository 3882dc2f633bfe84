import { randomBytes } from "node:crypto";
import { access, chown, constants, mkdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { buildServices } from "./build-services.js";
import { type Child, startChild, waitForHttp, waitForOutput } from "./child.js";
import { DEMO_BANKS } from "./demo-network.js";
import type { StackPorts } from "./ports.js";
import { assertPortsFree } from "./ports.js";
import { postgresCommand } from "./postgres-command.js";
import { registerDemoAccounts } from "./register-demo-accounts.js";
import { loadSecrets, membersOf, type StackSecrets } from "./secrets.js";
import { serviceEnvironments } from "./service-environments.js";

/** A running system on this machine: every service a process of its own. */
export interface Stack {
  readonly apiUrl: string;
  readonly secrets: StackSecrets;
  readonly ports: StackPorts;
  readonly dataDir: string;
  readonly databaseUrl: string;
  readonly children: ReadonlyMap<string, Child>;
  /** Starts a service again that has ended, as it was started before. */
  restart(name: string): Promise<void>;
  /** Rejects when a service ends that nobody stopped. */
  readonly broken: Promise<never>;
  stop(): Promise<void>;
}

/**
 * - `databaseUrl`: a PostgreSQL to use instead of an embedded one.
 * - `report`: is told what is being done.
 * - `faultsEnabled`: whether the banks can be made to misbehave.
 */
export interface StackOptions {
  root: string;
  dataDir: string;
  ports: StackPorts;
  databaseUrl: string | undefined;
  logLevel: string;
  faultsEnabled: boolean;
  /** As the services take it: a number, `safe` or `finalized`. */
  confirmations: string;
  report(line: string): void;
}

const READY_TIMEOUT_MS = 60_000;

/** Starts everything, deploys on a fresh chain, and registers the demo accounts. What was started is stopped again if it fails. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { ports, report } = options;
  const dataDir = resolve(options.root, options.dataDir);
  await assertPortsFree(ports);
  await prepareFolder(dataDir);
  const logDir = join(dataDir, "logs");
  const secrets = await loadSecrets(
    join(dataDir, "secrets.json"),
    DEMO_BANKS.map((bank) => bank.id),
  );
  await writeFile(join(dataDir, "api-key"), secrets.apiKey, { mode: 0o600 });
  const deploymentFile = join(dataDir, "deployment.json");
  await rm(deploymentFile, { force: true });

  const children = new Map<string, Child>();
  const starters = new Map<string, () => Promise<Child>>();
  let stopping = false;
  let breakStack: (error: Error) => void = () => undefined;
  const broken = new Promise<never>((_resolve, reject) => {
    breakStack = reject;
  });
  // Whoever waits for it gets it; it must not end the process by itself.
  broken.catch(() => undefined);

  async function run(
    name: string,
    command: readonly string[],
    env: Record<string, string>,
    readyUrl?: string,
    init?: RequestInit,
  ) {
    const start = async () => {
      const child = startChild(name, command, { env, logDir, cwd: options.root });
      children.set(name, child);
      void child.ended.then(({ code, signal }) => {
        if (!stopping && children.get(name) === child && signal !== "SIGKILL") {
          breakStack(
            new Error(
              `${name} has ended (${signal ?? `exit code ${code}`}); see ${join(logDir, `${name}.log`)}:\n${child.logTail()}`,
            ),
          );
        }
      });
      if (readyUrl !== undefined) await waitForHttp(child, readyUrl, READY_TIMEOUT_MS, init);
      return child;
    };
    starters.set(name, start);
    return await start();
  }

  async function stop(): Promise<void> {
    if (stopping) return;
    stopping = true;
    const database = children.get("postgres");
    const others = [...children.values()].filter((child) => child !== database);
    await Promise.all(others.map((child) => child.stop()));
    await database?.stop();
  }

  try {
    report("compiling");
    const chainUrl = `http://127.0.0.1:${ports.chain}`;
    const databaseUrl =
      options.databaseUrl ?? `postgresql://eventmachine:${secrets.databasePassword}@127.0.0.1:${ports.database}/eventmachine`;
    const node = process.execPath;
    const hardhat = join(options.root, "node_modules/hardhat/dist/src/cli.js");
    const build = buildServices(options.root);
    // The compiler of contracts and the node's start are both Hardhat's; only the first needs to be over before the services start.
    const chain = run(
      "chain",
      [node, hardhat, "node", "--network", "localchain", "--hostname", "127.0.0.1", "--port", String(ports.chain)],
      {},
      chainUrl,
      {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}',
      },
    );
    await build;
    const dist = join(options.root, "dist");
    const environments = serviceEnvironments({ secrets, ports, chainUrl, databaseUrl, deploymentFile, dataDir, options });
    const service = (name: string, entry: string, port: number, path = "/healthz") => {
      report(`starting ${name}`);
      return run(
        name,
        [node, join(dist, "src/bin", entry)],
        environments[name] as Record<string, string>,
        `http://127.0.0.1:${port}${path}`,
      );
    };
    const database = options.databaseUrl === undefined ? startPostgres(options, secrets, dataDir, run) : Promise.resolve();
    const banks = DEMO_BANKS.map((bank, index) =>
      service(`bank-${bank.name}`, "bank-simulator.js", ports.banks[index] as number),
    );
    report("starting PostgreSQL, the chain and the banks");
    await Promise.all([chain, ...banks]);

    const { deployNetwork } = await import("../deploy-network.js");
    const domain = `0x${randomBytes(32).toString("hex")}`;
    const deploymentId = `stack-${domain.slice(2, 10)}`;
    await deployNetwork({ network: "local", url: chainUrl, domain, deploymentId, deploymentFile }, membersOf(secrets), report);
    await rm(join(options.root, "ignition/deployments", deploymentId), { recursive: true, force: true });
    await database;

    const functions = DEMO_BANKS.flatMap((bank, index) =>
      (["debit", "credit", "refund"] as const).map((kind, offset) =>
        service(`${bank.name}-${kind}`, `${kind}.js`, ports.functions[index * 3 + offset] as number),
      ),
    );
    await Promise.all([service("watcher", "watcher.js", ports.watcher), service("api", "api.js", ports.api), ...functions]);
    const apiUrl = `http://127.0.0.1:${ports.api}`;
    await waitForHttp(children.get("api") as Child, `${apiUrl}/readyz`, READY_TIMEOUT_MS);
    report("registering the demo accounts");
    await registerDemoAccounts(apiUrl, secrets, ports);

    const restart = async (name: string) => {
      const start = starters.get(name);
      if (start === undefined) throw new Error(`There is no service ${name}`);
      await start();
    };
    return { apiUrl, secrets, ports, dataDir, databaseUrl, children, restart, broken, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function prepareFolder(dataDir: string): Promise<void> {
  try {
    for (const folder of [dataDir, join(dataDir, "logs"), join(dataDir, "ledgers")]) await mkdir(folder, { recursive: true });
    await access(dataDir, constants.W_OK);
  } catch (cause) {
    throw new Error(`The data folder ${dataDir} cannot be written to. Make it writable, or set DATA_DIR to another.`, { cause });
  }
}

async function startPostgres(
  options: StackOptions,
  secrets: StackSecrets,
  dataDir: string,
  run: (name: string, command: readonly string[], env: Record<string, string>) => Promise<Child>,
): Promise<void> {
  const folder = join(dataDir, "postgres");
  await mkdir(folder, { recursive: true });
  const { command, owner } = await postgresCommand();
  if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
  const script = join(options.root, "dist/scripts/stack/postgres-server.js");
  const server = await run("postgres", [...command, process.execPath, script, folder, String(options.ports.database)], {
    PGPASSWORD: secrets.databasePassword,
  });
  await waitForOutput(server, "READY", READY_TIMEOUT_MS);
}
