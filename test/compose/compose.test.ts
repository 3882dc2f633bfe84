import { randomUUID } from "node:crypto";
import process from "node:process";
import { expect } from "chai";
import { type ComposeProject, composeProject, eventually, findCompose } from "../../scripts/compose/compose-project.js";
import { freePorts } from "../../scripts/stack/ports.js";
import { describeBeside } from "./cases/beside.js";
import { describeChainRestart } from "./cases/chain-restart.js";
import { describeExternal } from "./cases/external.js";
import { describeFaults } from "./cases/faults.js";
import { describeHardening } from "./cases/hardening.js";
import { describeImages } from "./cases/images.js";
import { describeScale } from "./cases/scale.js";
import {
  bringUp,
  ONE_SHOTS,
  RECOVERED_WITHIN_MS,
  type RunningProject,
  runningProject,
  SERVICES,
  timed,
} from "./running-project.js";

// The whole system on a real engine. The tests build on each other, in this order; the runner stops at the first that fails.

const TAG = "test";
const BASE = "docker-compose.yml";

describe("docker compose", () => {
  const projects: ComposeProject[] = [];
  let project: ComposeProject;
  let scaled: ComposeProject;
  let beside: ComposeProject;
  let running: RunningProject;
  const ports = { api: 0, proxy: 0, beside: 0, external: 0 };
  let failed = false;

  before("build", async () => {
    const command = await findCompose();
    if (command === undefined) throw new Error("There is no Docker engine.");
    const free = await freePorts();
    Object.assign(ports, { api: free.api, proxy: free.chain, beside: free.database, external: free.watcher });
    const settings = {
      API_HOST: "127.0.0.1",
      API_PORT: String(ports.api),
      PROXY_PORT: String(ports.proxy),
      CONFIRMATIONS: "0",
      EVENT_MACHINE_TAG: TAG,
      FAULTS_ENABLED: "false",
      LOG_LEVEL: "info",
      REBUILD_ON_FOREIGN_CHAIN: "false",
    };
    const name = `em-test-${randomUUID().slice(0, 8)}`;
    project = composeProject(command, name, settings);
    scaled = composeProject(command, name, settings, [BASE, "docker-compose.scale.yml"]);
    beside = composeProject(command, `${name}-beside`, { ...settings, API_PORT: String(ports.beside) }, [
      BASE,
      "docker-compose.anvil.yml",
    ]);
    projects.push(beside, scaled);
    // One service of each image; `up` finds them made.
    await timed("build", () => scaled.compose(["build", "proxy", "chain", "api"]));
  });

  afterEach(function () {
    failed ||= this.currentTest?.state === "failed";
  });

  after("take everything down", async () => {
    for (const one of projects) {
      if (failed) process.stderr.write(await one.compose(["logs", "--no-color", "--tail=30"]).catch(String));
      await one.compose(["down", "--volumes", "--remove-orphans"]);
      expect([...(await one.containers()).keys()]).to.deep.equal([]);
    }
  });

  describe("the files and the images", () => describeImages((name) => `event-machine-${name}:${TAG}`));

  describe("brought up", () => {
    it("ends with every service healthy and the demo accounts registered", async () => {
      await timed("up", () => bringUp(project));
      running = await runningProject(project, ports.api);
      expect([...(await project.containers()).keys()].sort()).to.deep.equal([...SERVICES, ...ONE_SHOTS].sort());
    });

    it("moves money from one bank to the other, once", async () => {
      await running.transferCompletes();
      expect(await running.violations()).to.deep.equal([]);
    });

    it("runs a user's module", async () => {
      const json = { method: "POST", headers: { "content-type": "application/json", prefer: "wait=60" } };
      const source = "export default { on: ['eventmachine.transfer.completed'], handle: ({ data }) => data };";
      const made = await running.api.call("/v1/functions", {
        ...json,
        body: JSON.stringify({ name: "echo", module: { source } }),
      });
      expect(made.status, JSON.stringify(made.body)).to.equal(201);
      const body = JSON.stringify({ input: "again" });
      const ran = await running.api.call<{ output: unknown }>("/v1/functions/echo/invocations", { ...json, body });
      expect(ran.body.output, JSON.stringify(ran.body)).to.equal("again");
      // What follows takes services away that the module needs.
      expect((await running.api.call("/v1/functions/echo", { method: "DELETE" })).status).to.equal(204);
    });

    describeHardening(() => running);
  });

  describe("at faults", () => describeFaults(() => running));

  describe("scaled", () =>
    describeScale(
      () => running,
      () => scaled,
      () => ports.proxy,
    ));

  describe("beside another", () =>
    describeBeside(
      () => running,
      () => beside,
      () => ports.beside,
    ));

  describe("with chain and PostgreSQL elsewhere", () =>
    describeExternal(
      () => running,
      () => ports.external,
    ));

  describe("over its life", () => {
    it("leaves a living chain's contracts alone at a second up", async () => {
      const before = await running.domain();
      const ids = async () => [...(await project.containers()).values()].map(({ Id }) => Id).sort();
      const containers = await ids();
      await timed("second up", () => bringUp(project));
      const log = () => project.compose(["logs", "--no-color", "deploy"]);
      await eventually(log, (text) => text.includes("the contracts are on the chain already"), RECOVERED_WITHIN_MS);
      expect(await running.domain()).to.equal(before);
      expect(await ids()).to.deep.equal(containers);
      await running.transferCompletes();
      expect(await running.violations()).to.deep.equal([]);
    });

    describeChainRestart(
      () => running,
      () => ports.api,
    );

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
  });
});
