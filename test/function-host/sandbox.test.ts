import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { type Sandbox, sandboxes } from "../../src/function-host/sandbox.js";
import { startFunctionHost } from "../support/function-host.js";
import { listen } from "../support/listen.js";

/** The attack of a process that has left the engine and Node's permission model: any code of Node's. */
const attack = (data: object) => `
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
const { canary, hostPid, port } = ${JSON.stringify(data)};
const code = (f) => { try { return f(); } catch (error) { return error.code ?? String(error); } };
const connected = await new Promise((resolve) => {
  net.connect(port, "127.0.0.1").on("connect", () => resolve("connected")).on("error", (error) => resolve(error.code));
});
fs.writeSync(3, JSON.stringify({
  uid: process.getuid(),
  groups: process.getgroups(),
  environment: Object.values(process.env).filter((value) => value.includes("canary")),
  canary: code(() => fs.readFileSync(canary, "utf8")),
  environ: code(() => fs.readFileSync("/proc/" + hostPid + "/environ", "utf8").length),
  memory: code(() => fs.openSync("/proc/" + hostPid + "/mem", "r+")),
  root: code(() => fs.readdirSync("/").filter((name) => ["etc", "proc", "home", "tmp", "sys", "dev"].includes(name))),
  signal: code(() => process.kill(hostPid, 0)),
  descriptors: [4, 5, 6, 7, 8, 9, 10].map((fd) => code(() => fs.fstatSync(fd).isFile())).filter((open) => open === true),
  written: code(() => fs.writeFileSync("/tmp/canary-" + process.pid, "x")),
  shell: code(() => spawnSync("/bin/sh", ["-c", "echo out"], { encoding: "utf8" }).stdout ?? "none"),
  connected,
}));
process.exit(0);
`;

type Observed = Record<
  | "uid"
  | "groups"
  | "environment"
  | "canary"
  | "environ"
  | "memory"
  | "root"
  | "signal"
  | "descriptors"
  | "written"
  | "shell"
  | "connected",
  unknown
>;

describe("a module's process that has left its engine", function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), "sandbox-"));
  const canary = join(folder, "canary");
  const server = createServer((socket) => socket.destroy());
  let port = 0;

  before(async () => {
    writeFileSync(canary, "canary", { mode: 0o600 });
    process.env.SANDBOX_CANARY = "canary";
    port = await listen(server);
  });
  after(() => {
    delete process.env.SANDBOX_CANARY;
    server.close();
    rmSync(folder, { recursive: true });
  });

  /** `undefined` where this machine has no such sandbox. */
  async function observe(sandbox: Sandbox): Promise<Observed | undefined> {
    const { child } = sandbox.start(["--input-type=module", "-"]);
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(attack({ canary, hostPid: process.pid, port }));
    const said = await text(child.stdio[3] as Readable);
    return said === "" ? undefined : (JSON.parse(said) as Observed);
  }

  const sandboxesOf = (isolation: string) => sandboxes().filter((sandbox) => sandbox.isolation === isolation);

  for (const [index, sandbox] of sandboxesOf("namespaces").entries()) {
    it(`has no file, process or network of the host's in namespaces (way ${index + 1})`, async function () {
      const observed = await observe(sandbox);
      if (observed === undefined) return skip(this, `no ${sandbox.isolation} on this machine`);
      expect(observed.uid).to.be.within(60_706, 61_183);
      expect(observed.environment).to.deep.equal([]);
      expect(observed.descriptors).to.deep.equal([]);
      expect(observed.root).to.deep.equal([]);
      for (const name of ["canary", "environ", "memory"] as const) expect(observed[name], name).to.equal("ENOENT");
      expect(observed.signal).to.equal("ESRCH");
      expect(observed.written).to.match(/ENOENT|EROFS/);
      expect(observed.shell).to.equal("none");
      expect(observed.connected).to.match(/ENETUNREACH|ECONNREFUSED|EADDRNOTAVAIL/);
    });
  }

  for (const sandbox of sandboxesOf("user")) {
    it("neither reads nor signals its host as a user of its own", async function () {
      const observed = await observe(sandbox);
      if (observed === undefined) return skip(this, `no ${sandbox.isolation} on this machine`);
      expect(observed.uid).to.be.within(60_706, 61_183);
      expect(observed.groups).to.deep.equal([observed.uid]);
      expect(observed.environment).to.deep.equal([]);
      expect(observed.descriptors).to.deep.equal([]);
      for (const name of ["canary", "environ", "memory"] as const) expect(observed[name], name).to.equal("EACCES");
      expect(observed.signal).to.equal("EPERM");
    });
  }

  it("of two tenants has another user each time", () => {
    const [sandbox] = sandboxesOf("user");
    if (sandbox === undefined) return;
    const started = [1, 2].map(() => sandbox.start(["--version"]));
    expect(new Set(started.map(({ uid }) => uid)).size).to.equal(2);
  });
});

describe("a function host on a machine that gives less than it is asked for", function () {
  this.timeout(120_000);

  it("runs no module and gives the reason", async function () {
    if (process.getuid?.() !== 0) return skip(this, "to give up rights takes root");
    const host = await startFunctionHost({ FUNCTION_ISOLATION: "user" }, { withoutRights: true });
    try {
      const health = (await (await fetch(`${host.url}/healthz`)).json()) as { refused?: string };
      expect(health.refused).to.match(/FUNCTION_ISOLATION asks for "user", and this machine gives "engine"/);
      const refused = await host.compile("export default { on: [], handle() {} };").then(
        () => "taken",
        (error: Error) => error.message,
      );
      expect(refused).to.match(/503.*FUNCTION_ISOLATION/);
      expect(host.output()).to.match(/"level":50.*No module runs here/);
    } finally {
      await host.stop();
    }
  });

  it("runs modules where the deployment takes less, with a warning", async function () {
    if (process.getuid?.() !== 0) return skip(this, "to give up rights takes root");
    const host = await startFunctionHost({ FUNCTION_ISOLATION: "engine" }, { withoutRights: true });
    try {
      expect((await host.run("fn", "export default { on: [], handle: () => 1 };")).output).to.equal(1);
      expect(host.output()).to.match(/"level":40.*only the engine keeps them apart/);
    } finally {
      await host.stop();
    }
  });
});

function skip(test: Mocha.Context, reason: string): void {
  process.stdout.write(`skipped: ${reason}\n`);
  test.skip();
}
