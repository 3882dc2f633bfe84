import { randomUUID } from "node:crypto";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { type ComposeProject, type Container, eventually } from "../../scripts/compose/compose-project.js";
import { DEMO_BANKS } from "../../scripts/stack/demo-network.js";
import { connectChain } from "../../src/chain/connect-chain.js";
import { parseDeployment } from "../../src/chain/deployment.js";
import { type ApiClient, createApiClient } from "../../tools/system/api-client.js";
import { type BankClient, createBankClient } from "../../tools/system/bank-client.js";
import { violations } from "../../tools/system/oracle.js";
import { takeSnapshot } from "../../tools/system/snapshot.js";
import { connectStore } from "../../tools/system/store-client.js";

export const ONE_SHOTS = ["deploy", "register"];
export const LEGS = ["faas-debit", "faas-credit", "faas-refund", "whsk-debit", "whsk-credit", "whsk-refund"];
export const SERVICES = ["api", "bank-faas", "bank-whsk", "chain", "function-host", "postgres", "watcher", ...LEGS];

const HEALTHY_WITHIN_MS = 240_000;
// A delivery that failed is tried again after a pause that grows.
export const RECOVERED_WITHIN_MS = 180_000;
// So little that the payer can pay all that a run of the tests asks for.
export const AMOUNT_MINOR = 7n;
// A pause between two transfers: what is asked for is looked at one by one by the oracle.
const PAUSE_MS = 200;
const ENDS = ["COMPLETED", "REJECTED", "REVERSED"];
const PORT = 8080;

/** A project that has been brought up, and its API as a client uses it. */
export interface RunningProject {
  readonly project: ComposeProject;
  readonly api: ApiClient;
  untilHealthy(): Promise<void>;
  /** Asks for a transfer until it is accepted; its id. The same key is the same transfer, at whichever API. */
  startTransfer(key?: string): Promise<string>;
  stateOf(id: string): Promise<string>;
  /** Waits until a transfer has ended, whichever way; its state then. */
  ends(id: string): Promise<string>;
  completes(id: string): Promise<void>;
  transferCompletes(): Promise<void>;
  /**
   * Starts transfers one after another while `work` is done; ends once all of them have ended. One whose bank was away in the middle of a
   * posting may have been refused for good, or refunded: whether that is right is for the oracle.
   */
  whileMoneyMoves(work: () => Promise<void>): Promise<void>;
  /** What the oracle finds wrong, of all that this client was promised. */
  violations(): Promise<string[]>;
  balance(bank: (typeof DEMO_BANKS)[number]): Promise<bigint>;
  domain(): Promise<string>;
}

/** @param apiPort where this machine reaches the API */
export async function runningProject(project: ComposeProject, apiPort: number): Promise<RunningProject> {
  const apiKey = (await project.exec("api", "cat", "/run/secrets/BOOTSTRAP_API_KEY")).trim();
  const api = createApiClient(`http://127.0.0.1:${apiPort}`, apiKey);
  const [payer, payee] = DEMO_BANKS;
  const body = {
    payer: { phone: payer.phone },
    payee: { phone: payee.phone },
    amount: { amount: String(AMOUNT_MINOR), currency: "THB" },
  };

  async function untilHealthy(): Promise<void> {
    await eventually(
      () => troubles(project),
      (found) => found.length === 0,
      HEALTHY_WITHIN_MS,
    );
  }

  async function startTransfer(key: string = randomUUID()): Promise<string> {
    const accepted = await eventually(
      () => api.post(body, { key }).catch(() => ({ status: 0, body: { id: "" } })),
      // While something is down, it is asked again, as a client would.
      ({ status }) => status === 202 || status === 200,
      RECOVERED_WITHIN_MS,
    );
    return accepted.body.id;
  }

  const stateOf = (id: string) =>
    api
      .transfer(id)
      .then(({ state }) => state)
      .catch(() => "unknown");

  async function ends(id: string): Promise<string> {
    return await eventually(
      () => stateOf(id),
      (state) => ENDS.includes(state),
      RECOVERED_WITHIN_MS,
    );
  }

  async function completes(id: string): Promise<void> {
    expect(await ends(id), id).to.equal("COMPLETED");
  }

  async function whileMoneyMoves(work: () => Promise<void>): Promise<void> {
    const ids: string[] = [];
    let working = true;
    const load = (async () => {
      while (working) {
        ids.push(await startTransfer());
        await sleep(PAUSE_MS);
      }
    })();
    try {
      await work();
    } finally {
      working = false;
      await load;
    }
    const states: string[] = [];
    for (const id of ids) states.push(await ends(id));
    expect(states).to.include("COMPLETED");
  }

  async function domain(): Promise<string> {
    return parseDeployment(await deploymentText(), "deployment.json").domain;
  }

  const deploymentText = () => project.exec("watcher", "cat", "/run/deployment/deployment.json");

  async function bankClient({ id, name }: (typeof DEMO_BANKS)[number]): Promise<BankClient> {
    const token = await project.exec(`bank-${name}`, "cat", "/run/secrets/BANK_TOKEN");
    return createBankClient({ id, name, url: `http://${await addressOf(`bank-${name}`)}:${PORT}`, token });
  }

  /** No port but the API's is published; this machine reaches the others by their address on the engine's own network. */
  async function addressOf(service: string): Promise<string> {
    const { NetworkSettings } = await project.container(service);
    const address = Object.values(NetworkSettings.Networks)[0]?.IPAddress;
    if (address === undefined) throw new Error(`${service} is on no network.`);
    return address;
  }

  async function findViolations(): Promise<string[]> {
    const databaseUrl = new URL((await project.exec("watcher", "cat", "/run/secrets/DATABASE_URL")).trim());
    databaseUrl.hostname = await addressOf("postgres");
    const chain = connectChain(
      `http://${await addressOf("chain")}:8545`,
      parseDeployment(await deploymentText(), "deployment.json"),
    );
    const store = await connectStore(databaseUrl.href);
    try {
      const [payerBank, payeeBank] = [await bankClient(payer), await bankClient(payee)];
      return violations(await takeSnapshot({ api, chain, store, payerBank, payeeBank }));
    } finally {
      await store.close();
      chain.close();
    }
  }

  return {
    project,
    api,
    untilHealthy,
    startTransfer,
    stateOf,
    ends,
    completes,
    transferCompletes: async () => await completes(await startTransfer()),
    whileMoneyMoves,
    violations: findViolations,
    balance: async (bank) => await (await bankClient(bank)).balance(bank.account),
    domain,
  };
}

/** Brings everything up, and waits until it is healthy and the demo accounts are registered. */
export async function bringUp(project: ComposeProject, settings: Record<string, string> = {}): Promise<void> {
  await project.compose(["up", "-d"], settings);
  await eventually(
    () => troubles(project),
    (found) => found.length === 0,
    HEALTHY_WITHIN_MS,
  );
}

async function troubles(project: ComposeProject): Promise<string[]> {
  return [...(await project.containers())].flatMap(([service, { State }]: [string, Container]) => {
    const ok = ONE_SHOTS.includes(service)
      ? State.Status === "exited" && State.ExitCode === 0
      : State.Health?.Status === "healthy";
    return ok ? [] : [`${service}: ${State.Status} ${State.Health?.Status ?? State.ExitCode}`];
  });
}

/** Says how long something took. */
export async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const began = Date.now();
  const result = await work();
  process.stdout.write(`      ${what}: ${((Date.now() - began) / 1_000).toFixed(1)} s\n`);
  return result;
}
