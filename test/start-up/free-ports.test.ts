import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import process from "node:process";
import { createInterface } from "node:readline";
import { expect } from "chai";
import { takeFreePort, takeFreePorts } from "../../scripts/stack/free-ports.js";
import { inheritedEnvironment } from "../../src/config/config.js";

// The stretch where a process begins to look depends on its id: these have the same.
const ASKS = `
  Object.defineProperty(process, "pid", { value: 4_242 });
  const { freePorts } = await import("./scripts/stack/ports.js");
  const ports = [await freePorts(), await freePorts()].flatMap((all) => Object.values(all).flat());
  console.log(JSON.stringify(ports));
  setInterval(() => undefined, 1_000);
`;

describe("free ports", function () {
  this.timeout(120_000);
  const children: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of children.splice(0)) {
      const ended = once(child, "close");
      child.kill("SIGKILL");
      await ended;
    }
  });

  async function portsOfProcess(): Promise<number[]> {
    const argv = ["--import", "tsx", "--input-type=module", "--eval", ASKS];
    const child = spawn(process.execPath, argv, { env: inheritedEnvironment(), stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    const [line] = await once(createInterface(child.stdout), "line");
    return JSON.parse(String(line)) as number[];
  }

  it("are others for each of four processes that begin to look at the same port at the same time", async () => {
    const ports = (await Promise.all([1, 2, 3, 4].map(portsOfProcess))).flat();
    expect(ports).to.have.length(4 * 2 * 28);
    expect(new Set(ports).size).to.equal(ports.length);
  });

  it("are never given twice, also after what listened there has ended, and skip a port where something listens", async () => {
    const given = await Promise.all(Array.from({ length: 300 }, takeFreePort));
    expect(new Set(given).size).to.equal(300);
    const next = (given.at(-1) ?? 0) + 1;
    const server = createServer().listen(next, "127.0.0.1");
    await once(server, "listening");
    const row = await takeFreePorts(50);
    server.close();
    expect(row).not.to.include(next);
    expect(row.map((port) => port - (row[0] ?? 0))).to.deep.equal(Array.from({ length: 50 }, (_, index) => index));
    expect(row.filter((port) => given.includes(port))).to.deep.equal([]);
    const refusals = await Promise.all(row.map(refusal));
    expect(new Set(refusals)).to.deep.equal(new Set(["ECONNREFUSED"]));
  });
});

/** The error's code when nothing listens on a port. */
async function refusal(port: number): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const [code] = await Promise.race([
    once(socket, "connect").then(() => ["connected"]),
    new Promise<[string]>((resolve) => socket.once("error", (error: NodeJS.ErrnoException) => resolve([String(error.code)]))),
  ]);
  socket.destroy();
  return String(code);
}
