import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { access, chmod, chown, constants, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { assertBrowser } from "../../src/banks/web/assert-browser.js";
import { readBrowserConfig } from "../../src/config/config.js";
import { assertDatabase } from "./assert-database.js";
import { buildServices } from "./build-services.js";
import { chainService } from "./chain-service.js";
import { type Child, waitForHttp, waitForOutput } from "./child.js";
import { assertPortsFree, type StackPorts } from "./ports.js";
import { postgresCommand } from "./postgres-command.js";
import { registerDemoAccounts } from "./register-demo-accounts.js";
import { LEG_KINDS, loadSecrets, membersOf, type StackSecrets } from "./secrets.js";
import { serviceEnvironments } from "./service-environments.js";
import { stackBanks } from "./stack-banks.js";
import { createSupervisor, type Service, type Supervisor } from "./supervisor.js";

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
  /** Rejects when a service ends that nobody stopped; with `keepAlive`, when it has ended too often. */
  readonly broken: Promise<never>;
  stop(): Promise<void>;
}

/**
 * - `databaseUrl`: a PostgreSQL to use instead of an embedded one.
 * - `report`: is told what is being done.
 * - `faultsEnabled`: whether the banks can be made to misbehave.
 * - `chain`: the node; a Hardhat node unless told.
 * - `chainCommand`: runs another node as the chain, at a port.
 * - `only`: `banks` for PostgreSQL and the banks, with neither chain nor services.
 * - `overrides`: environment variables of services, by the service's name, beside or instead of the usual ones.
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
  chain?: "hardhat" | "anvil";
  chainCommand?: (port: number) => string[];
  only?: "banks" | undefined;
  overrides?: Readonly<Record<string, Record<string, string>>>;
  /** Where a second watcher listens, `watcher-2`; none unless told. */
  standbyPort?: number;
  /** Whether there is a third bank, which has no API; its functions need Chromium. */
  legacyBank?: boolean;
  report(line: string): void;
  /** Whether a service that ends by itself is started again; `report` is told so. */
  keepAlive?: boolean;
  /** Ends a start that is under way. */
  signal?: AbortSignal;
  /** An OpenTelemetry collector for the services' traces. */
  otlpEndpoint?: string | undefined;
}

// Node.js makes itself at home in what memory there is. A service needs some 200 MB, and is as fast with that.
const HEAP = ["--max-old-space-size=512", "--max-semi-space-size=32"];
// Node.js keeps compiled modules there: a restarted service compiles nothing anew.
const COMPILE_CACHE = "dist/compile-cache";
const READY_TIMEOUT_MS = 60_000;
const READY_POLL_MS = 50;
const OWNER_ONLY = 0o600;
const FRESH_CHAIN = "the chain is fresh: transfers of the chain before are not on it, and are listed as of an earlier chain";
const OWNER_ONLY_FOLDER = 0o700;

/** Starts everything, deploys on a fresh chain, and registers the demo accounts. What was started is stopped again if it fails. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { report, signal } = options;
  const dataDir = resolve(options.root, options.dataDir);
  if (options.legacyBank) await assertBrowser(readBrowserConfig().CHROMIUM_PATH);
  await assertPortsFree(options.ports, options);
  if (options.databaseUrl !== undefined) await assertDatabase(options.databaseUrl);
  await prepareFolder(dataDir);
  const secrets = await loadSecrets(
    join(dataDir, "secrets.json"),
    stackBanks(options.ports, options).map((bank) => bank.id),
  );
  await writeFile(join(dataDir, "api-key"), secrets.apiKey, { mode: OWNER_ONLY });
  const plan = planStack(options, dataDir, secrets);
  const supervisor = createSupervisor({ logDir: join(dataDir, "logs"), cwd: options.root, tell: report });
  // The store goes last: the others finish what they write.
  const stop = () => supervisor.stop("postgres");
  try {
    await Promise.race([runPlan(options, plan, secrets, supervisor.run), supervisor.broken, aborted(signal)]);
  } catch (error) {
    await stop();
    throw error;
  }
  const { children, restart, broken } = supervisor;
  if (options.keepAlive) {
    supervisor.keepAlive((name) =>
      name === plan.chain.name ? beginFreshChain(options, plan, secrets, supervisor) : restart(name),
    );
  }
  return {
    apiUrl: plan.apiUrl,
    secrets,
    ports: options.ports,
    dataDir,
    databaseUrl: plan.databaseUrl,
    children,
    restart,
    broken,
    stop,
  };
}

/** Rejects when a start is to end. */
async function aborted(signal: AbortSignal | undefined): Promise<never> {
  return await new Promise((_resolve, reject) => {
    const stop = () => reject(new Error("stopped while starting"));
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}

/** Starts the chain again, which begins with no block: deploys anew, and starts everything that follows the chain. */
async function beginFreshChain(
  options: StackOptions,
  plan: Plan,
  secrets: StackSecrets,
  { children, run }: Supervisor,
): Promise<void> {
  options.report("the local chain was in memory only and is lost; deploying on a fresh one");
  options.report(FRESH_CHAIN);
  await Promise.all([plan.chain, ...plan.services].map(({ name }) => children.get(name)?.stop()));
  await run(plan.chain);
  await deployAnew(plan, secrets);
  await startServices(options, plan, secrets, run);
}

async function prepareFolder(dataDir: string): Promise<void> {
  try {
    // Not closed to others: PostgreSQL may run as another user, below it.
    await mkdir(dataDir, { recursive: true });
    for (const folder of [join(dataDir, "logs"), join(dataDir, "ledgers")]) {
      await mkdir(folder, { recursive: true });
      // Files that an earlier version left there may be read by all.
      await chmod(folder, OWNER_ONLY_FOLDER);
    }
    await access(dataDir, constants.W_OK);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOSPC") throw cause;
    throw new Error(`The data folder ${dataDir} cannot be written to. Make it writable, or set DATA_DIR to another.`, { cause });
  }
}

interface Plan {
  apiUrl: string;
  chainUrl: string;
  databaseUrl: string;
  dataDir: string;
  deploymentFile: string;
  chain: Service;
  banks: Service[];
  services: Service[];
}

/** Which processes there are, and how each is started. */
function planStack(options: StackOptions, dataDir: string, secrets: StackSecrets): Plan {
  const { ports, root } = options;
  const banks = stackBanks(ports, options);
  const chainUrl = `http://127.0.0.1:${ports.chain}`;
  const databaseUrl =
    options.databaseUrl ?? `postgresql://eventmachine:${secrets.databasePassword}@127.0.0.1:${ports.database}/eventmachine`;
  const deploymentFile = join(dataDir, "deployment.json");
  const environments = serviceEnvironments({ secrets, ports, chainUrl, databaseUrl, deploymentFile, dataDir, options });
  const service = (name: string, entry: string, port: number): Service => ({
    name,
    command: [process.execPath, ...HEAP, join(root, "dist/src/bin", entry)],
    env: { NODE_COMPILE_CACHE: join(root, COMPILE_CACHE), ...environments[name], ...options.overrides?.[name] },
    ready: (child) => waitForHttp(child, `http://127.0.0.1:${port}/healthz`, READY_TIMEOUT_MS),
  });
  const cacheFolder = join(dataDir, "anvil");
  const chain = chainService({ root, port: ports.chain, chain: options.chain, cacheFolder, command: options.chainCommand });
  return {
    apiUrl: `http://127.0.0.1:${ports.api}`,
    chainUrl,
    databaseUrl,
    dataDir,
    deploymentFile,
    chain: { ...chain, env: { ...chain.env, ...options.overrides?.chain } },
    banks: banks.map(({ name, kind, port }) =>
      service(`bank-${name}`, kind === "web" ? "web-bank-simulator.js" : "bank-simulator.js", port),
    ),
    services: [
      service("watcher", "watcher.js", ports.watcher),
      ...(options.standbyPort === undefined ? [] : [service("watcher-2", "watcher.js", options.standbyPort)]),
      service("api", "api.js", ports.api),
      service("function-host", "function-host.js", ports.functionHost),
      ...banks.flatMap(({ name, functions }) =>
        LEG_KINDS.map((kind, index) => service(`${name}-${kind}`, `${kind}.js`, functions[index] as number)),
      ),
    ],
  };
}

async function runPlan(
  options: StackOptions,
  plan: Plan,
  secrets: StackSecrets,
  run: (service: Service) => Promise<void>,
): Promise<void> {
  const { report, only } = options;
  const startDatabase = async () => {
    if (options.databaseUrl === undefined) await run(await postgresService(options, plan.dataDir, secrets));
  };
  if (only === "banks") {
    report(`compiling services; starting PostgreSQL and ${plan.banks.length} banks`);
    await buildServices(options.root);
    await Promise.all([startDatabase(), ...plan.banks.map(run)]);
    return;
  }
  report("compiling contracts and services; starting a chain");
  await Promise.all([buildServices(options.root), run(plan.chain)]);

  report(`starting PostgreSQL and ${plan.banks.length} banks; deploying the contracts`);
  const isFirst = !existsSync(plan.deploymentFile);
  await Promise.all([startDatabase(), deployAnew(plan, secrets), ...plan.banks.map(run)]);
  if (!isFirst) report(FRESH_CHAIN);

  await startServices(options, plan, secrets, run);
}

/** Starts what follows the chain, and registers the demo accounts on it. */
async function startServices(
  options: StackOptions,
  plan: Plan,
  secrets: StackSecrets,
  run: (service: Service) => Promise<void>,
): Promise<void> {
  options.report(`starting ${plan.services.map((service) => service.name).join(", ")}`);
  await Promise.all(plan.services.map(run));
  await waitUntilReady(`${plan.apiUrl}/readyz`);
  options.report("registering the demo accounts");
  await registerDemoAccounts(plan.apiUrl, secrets, stackBanks(options.ports, options));
}

/** The chain is fresh, so the domain is too: its transfers never meet the bank postings of the chain before. */
async function deployAnew(plan: Plan, secrets: StackSecrets): Promise<void> {
  // Loaded here, because it needs the types that the compilation generates.
  const { deployNetwork, forgetDeployment } = await import("../ops/deploy-network.js");
  const domain = `0x${randomBytes(32).toString("hex")}`;
  const deploymentId = `stack-${domain.slice(2, 10)}`;
  const { chainUrl, deploymentFile } = plan;
  await deployNetwork(
    { network: "local", url: chainUrl, domain, deploymentId, deploymentFile },
    membersOf(secrets),
    () => undefined,
  );
  await forgetDeployment(deploymentId);
}

async function postgresService(options: StackOptions, dataDir: string, secrets: StackSecrets): Promise<Service> {
  const folder = join(dataDir, "postgres");
  await mkdir(folder, { recursive: true });
  const { command, owner } = await postgresCommand();
  if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
  const script = join(options.root, "dist/scripts/stack/postgres-server.js");
  return {
    name: "postgres",
    command: [...command, process.execPath, script, folder, String(options.ports.database)],
    env: { PGPASSWORD: secrets.databasePassword },
    ready: (child) => waitForOutput(child, "READY", READY_TIMEOUT_MS),
  };
}

async function waitUntilReady(url: string): Promise<void> {
  const until = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    const answer = await fetch(url).then(
      async (response) => ({ ok: response.ok, text: await response.text() }),
      (error: Error) => ({ ok: false, text: error.message }),
    );
    if (answer.ok) return;
    if (performance.now() > until) throw new Error(`The API did not become ready: ${answer.text}`);
    await sleep(READY_POLL_MS);
  }
}
