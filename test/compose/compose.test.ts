import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Type } from "typebox";
import { Value } from "typebox/value";
import { DEMO_BANKS } from "../../scripts/stack/demo-network.js";
import { freePorts } from "../../scripts/stack/ports.js";
import { type ComposeProject, composeProject, eventually, findCompose } from "./compose-project.js";

// The whole system on a real engine. The tests build on each other, in this order; the runner stops at the first that fails.

const ONE_SHOTS = ["deploy", "register"];
const LEGS = ["faas-debit", "faas-credit", "faas-refund", "whsk-debit", "whsk-credit", "whsk-refund"];
const SERVICES = ["api", "bank-faas", "bank-whsk", "chain", "postgres", "watcher", ...LEGS];
const COMPLETED_WITHIN_MS = 10_000;
// A delivery that failed is tried again after a pause that grows.
const RETRIED_WITHIN_MS = 40_000;
const HEALTHY_WITHIN_MS = 60_000;
const AMOUNT_MINOR = 1_234n;

const Transfer = Type.Object({ id: Type.String(), state: Type.String() });
const Account = Type.Object({ balance: Type.String() });
const Deployment = Type.Object({ domain: Type.String() });

describe("docker compose", () => {
  let project: ComposeProject;
  let apiUrl: string;
  let apiKey: string;
  /** All of one amount, from the same payer to the same payee. */
  let transfersMade = 0n;
  let failed = false;

  before("build", async () => {
    const command = await findCompose();
    if (command === undefined) throw new Error("There is no Docker engine.");
    const { api } = await freePorts();
    apiUrl = `http://127.0.0.1:${api}`;
    project = composeProject(command, `em-test-${randomUUID().slice(0, 8)}`, {
      API_HOST: "127.0.0.1",
      API_PORT: String(api),
      CONFIRMATIONS: "0",
      EVENT_MACHINE_TAG: "test",
      FAULTS_ENABLED: "false",
      LOG_LEVEL: "info",
      REBUILD_ON_FOREIGN_CHAIN: "false",
    });
    // One service of each image; `up` finds both made.
    await timed("build", () => project.compose(["build", "chain", "api"]));
  });

  afterEach(function () {
    failed ||= this.currentTest?.state === "failed";
  });

  after("take everything down", async () => {
    if (project === undefined) return;
    if (failed) process.stderr.write(await project.compose(["logs", "--no-color", "--tail=30"]).catch(String));
    await project.compose(["down", "--volumes", "--remove-orphans"]);
    expect([...(await project.containers()).keys()]).to.deep.equal([]);
  });

  it("ends with every service healthy and the demo accounts registered", async () => {
    await timed("up", up);
    apiKey = (await project.exec("api", "cat", "/run/secrets/BOOTSTRAP_API_KEY")).trim();
    expect([...(await project.containers()).keys()].sort()).to.deep.equal([...SERVICES, ...ONE_SHOTS].sort());
  });

  it("moves money from one bank to the other, once", async () => {
    await transferCompletes();
    await expectBalances();
  });

  it("runs nothing as root", async () => {
    for (const service of SERVICES) {
      const status = await project.exec(service, "cat", "/proc/1/status");
      // Real, effective, saved and file system's.
      const uids = /^Uid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/);
      expect(new Set(uids), service).to.deep.equal(new Set([service === "postgres" ? "999" : "1000"]));
      expect(/^CapEff:\s+(.*)$/m.exec(status)?.[1], service).to.equal("0000000000000000");
    }
  });

  it("publishes the API's port only, on loopback, and writes to no root file system", async () => {
    for (const [service, { HostConfig }] of await project.containers()) {
      const published = Object.values(HostConfig.PortBindings).flat();
      expect(published, service).to.have.length(service === "api" ? 1 : 0);
      expect(published.every(({ HostIp }) => HostIp === "127.0.0.1")).to.equal(true);
      expect(HostConfig.ReadonlyRootfs, service).to.equal(true);
    }
  });

  it("shows each service its own secrets only, and none in the environment", async () => {
    const containers = await project.containers();
    const values = new Map<string, string>();
    for (const service of [...SERVICES, "register"].filter((name) => name !== "chain")) {
      const container = containers.get(service);
      const volumes = container?.Mounts.filter(({ Name }) => Name?.includes("_secrets-")).map(({ Name }) =>
        Name?.split("_").at(-1),
      );
      expect(volumes).to.deep.equal([`secrets-${service}`]);
      expect(
        container?.Config.Env.filter((entry) => /0x[0-9a-f]{64}|whsec_|em_|password=/i.test(entry)),
        service,
      ).to.deep.equal([]);
    }
    for (const service of LEGS) values.set(await project.exec(service, "cat", "/run/secrets/OPERATOR_PRIVATE_KEY"), service);
    expect(values.size).to.equal(LEGS.length);
  });

  it("finishes a transfer whose function was killed, once it is back", async () => {
    await project.compose(["kill", "whsk-credit"]);
    const id = await startTransfer();
    await eventually(
      () => stateOf(id),
      (state) => state === "PENDING",
      COMPLETED_WITHIN_MS,
    );
    await sleep(1_000);
    expect(await stateOf(id)).to.equal("PENDING");
    await project.compose(["start", "whsk-credit"]);
    await timed("completed after the function's return", () =>
      eventually(
        () => stateOf(id),
        (state) => state === "COMPLETED",
        RETRIED_WITHIN_MS,
      ),
    );
    await transferCompletes();
    await expectBalances();
  });

  it("starts a function again that ended by itself", async () => {
    await project.exec("faas-debit", "node", "-e", "process.kill(1, 'SIGTERM')");
    await eventually(
      () => project.container("faas-debit"),
      ({ RestartCount }) => RestartCount === 1,
      COMPLETED_WITHIN_MS,
    );
    await untilHealthy();
    await transferCompletes();
    await expectBalances();
  });

  it("leaves a living chain's contracts alone at a second up", async () => {
    const before = await domain();
    const ids = async () => [...(await project.containers()).values()].map(({ Id }) => Id).sort();
    const containers = await ids();
    await timed("second up", up);
    const log = () => project.compose(["logs", "--no-color", "deploy"]);
    await eventually(log, (text) => text.includes("the contracts are on the chain already"), HEALTHY_WITHIN_MS);
    expect(await domain()).to.equal(before);
    expect(await ids()).to.deep.equal(containers);
    await transferCompletes();
    await expectBalances();
  });

  it("refuses a chain that was started anew, until it is told to rebuild", async () => {
    const before = await domain();
    await project.compose(["restart", "chain"]);
    const ready = () => fetch(`${apiUrl}/readyz`).then(({ status }) => status);
    await eventually(ready, (status) => status === 503, HEALTHY_WITHIN_MS);
    await eventually(
      () => functionReadiness("whsk-refund"),
      (text) => text.includes("chain-unexpected"),
      HEALTHY_WITHIN_MS,
    );

    await project.compose(["down"]);
    await project.compose(["up", "-d", "watcher"]);
    expect(await domain()).not.to.equal(before);
    const log = () => project.compose(["logs", "--no-color", "watcher"]);
    await eventually(log, (text) => text.includes("The store holds the projection of another chain"), HEALTHY_WITHIN_MS);
    expect((await project.container("deploy")).State.ExitCode).to.equal(0);
    expect(await project.compose(["logs", "--no-color", "deploy"])).to.include(
      "REBUILD_ON_FOREIGN_CHAIN=true docker compose up -d",
    );

    // The way out, as docker-compose.yml tells it. The ledgers have stayed.
    await project.compose(["down"]);
    await timed("up on a new chain", () => project.compose(["up", "-d"], { REBUILD_ON_FOREIGN_CHAIN: "true" }));
    await untilHealthy();
    await transferCompletes();
    await expectBalances();
  });

  it("stops every service on SIGTERM, within its ten seconds and with exit code 0", async () => {
    await timed("stop", () => project.compose(["stop"]));
    for (const [service, { State }] of await project.containers()) {
      // 137 is what a container has that was killed when its time was up.
      expect({ service, status: State.Status, exitCode: State.ExitCode }).to.deep.equal({
        service,
        status: "exited",
        exitCode: 0,
      });
    }
  });

  async function up(): Promise<void> {
    await project.compose(["up", "-d"]);
    await untilHealthy();
  }

  async function untilHealthy(): Promise<void> {
    const troubles = async () => {
      const containers = await project.containers();
      return [...containers].flatMap(([service, { State }]) => {
        const ok = ONE_SHOTS.includes(service)
          ? State.Status === "exited" && State.ExitCode === 0
          : State.Health?.Status === "healthy";
        return ok ? [] : [`${service}: ${State.Status} ${State.Health?.Status ?? State.ExitCode}`];
      });
    };
    await eventually(troubles, (found) => found.length === 0, HEALTHY_WITHIN_MS);
  }

  async function startTransfer(): Promise<string> {
    const [payer, payee] = DEMO_BANKS;
    const response = await fetch(`${apiUrl}/v1/transfers`, {
      method: "POST",
      headers: { authorization: `Bearer ${apiKey}`, "idempotency-key": randomUUID(), "content-type": "application/json" },
      body: JSON.stringify({
        payer: { phone: payer.phone },
        payee: { phone: payee.phone },
        amount: { amount: String(AMOUNT_MINOR), currency: "THB" },
      }),
    });
    const text = await response.text();
    expect(response.status, text).to.equal(202);
    transfersMade += 1n;
    return Value.Parse(Transfer, JSON.parse(text)).id;
  }

  async function stateOf(id: string): Promise<string> {
    const response = await fetch(`${apiUrl}/v1/transfers/${id}`, { headers: { authorization: `Bearer ${apiKey}` } });
    return Value.Parse(Transfer, await response.json()).state;
  }

  async function transferCompletes(): Promise<void> {
    const id = await startTransfer();
    await eventually(
      () => stateOf(id),
      (state) => state === "COMPLETED",
      COMPLETED_WITHIN_MS,
    );
  }

  /** Every transfer so far has moved its amount, once. */
  async function expectBalances(): Promise<void> {
    const [payer, payee] = DEMO_BANKS;
    const moved = AMOUNT_MINOR * transfersMade;
    expect(await balance(payer), "payer").to.equal(BigInt(payer.openingBalance) - moved);
    expect(await balance(payee), "payee").to.equal(BigInt(payee.openingBalance) + moved);
  }

  /** What the bank says, asked from inside its own container. */
  async function balance({ name, account }: (typeof DEMO_BANKS)[number]): Promise<bigint> {
    const script = `
      const authorization = "Bearer " + require("node:fs").readFileSync("/run/secrets/BANK_TOKEN", "utf8");
      fetch("http://127.0.0.1:8080/v1/accounts/${account}", { headers: { authorization } }).then((r) => r.text()).then(console.log)`;
    return BigInt(Value.Parse(Account, JSON.parse(await project.exec(`bank-${name}`, "node", "-e", script))).balance);
  }

  async function functionReadiness(service: string): Promise<string> {
    return await project.exec(
      service,
      "node",
      "-e",
      'fetch("http://127.0.0.1:8080/readyz").then((r) => r.text()).then(console.log)',
    );
  }

  async function domain(): Promise<string> {
    const text = await project.exec("watcher", "cat", "/run/deployment/deployment.json");
    return Value.Parse(Deployment, JSON.parse(text)).domain;
  }
});

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const began = Date.now();
  const result = await work();
  process.stdout.write(`      ${what}: ${((Date.now() - began) / 1_000).toFixed(1)} s\n`);
  return result;
}
