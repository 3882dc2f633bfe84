import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect } from "chai";

describe("a blast", function () {
  this.timeout(120_000);
  let folder: string;
  let keyFile: string;
  let server: Server;
  let url: string;
  let requests: IncomingMessage[];
  let answer: (index: number) => { status: number; body: object };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "event-machine-blast-"));
    keyFile = join(folder, "api-key");
    await writeFile(keyFile, "em_secret\n");
    server = createServer((request, response) => {
      requests.push(request);
      const known = request.headers.authorization === "Bearer em_secret";
      const { status, body } = known ? answer(requests.length) : { status: 401, body: {} };
      request.resume();
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    requests = [];
    answer = () => ({ status: 202, body: {} });
  });
  after(async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function blast(...args: string[]) {
    const how = ["--api", url, "--key-file", keyFile, "--json", ...args];
    const child = spawn(process.execPath, ["--import", "tsx", "scripts/check/blast.ts", ...how]);
    let output = "";
    let errors = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString("utf8")));
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    return { code, output, errors };
  }

  it("arms every worker before any fires, and sends each transfer under a key of its own", async () => {
    const { code, output } = await blast("--workers", "3", "--rate", "60", "--seconds", "2");
    expect(code).to.equal(0);
    expect(requests.slice(0, 3).map(({ method }) => method)).to.deep.equal(["GET", "GET", "GET"]);
    const posts = requests.slice(3);
    expect(posts.every(({ method }) => method === "POST")).to.equal(true);
    expect(new Set(posts.map(({ headers }) => headers["idempotency-key"])).size).to.equal(posts.length);
    expect(posts.length).to.be.greaterThan(60);
    expect(JSON.parse(output)).to.include({ accepted: posts.length });
  });

  it("waits for the time that it is told", async () => {
    const at = Date.now() + 4_000;
    await blast("--start-at", new Date(at).toISOString(), "--rate", "5", "--seconds", "1");
    expect(Date.now()).to.be.at.least(at + 1_000);
    expect(requests.some(({ method }) => method === "POST")).to.equal(true);
  });

  it("counts what is refused by its kind, and fails", async () => {
    // The first is the worker arming itself.
    answer = (index) => (index % 2 === 1 ? { status: 202, body: {} } : { status: 429, body: { type: "urn:too-many" } });
    const { code, output } = await blast("--workers", "1", "--rate", "40", "--seconds", "1");
    expect(code).to.equal(1);
    expect(JSON.parse(output).refused["urn:too-many"]).to.be.greaterThan(5);
  });

  it("says what is wrong before it fires: a key that is not known, an API that is not there, a number that is none", async () => {
    const other = join(folder, "other-key");
    await writeFile(other, "em_other");
    expect(await blast("--key-file", other))
      .to.include({ code: 1 })
      .and.property("errors")
      .includes("does not know the key");
    expect(await blast("--api", "http://127.0.0.1:1"))
      .to.include({ code: 1 })
      .and.property("errors")
      .includes("does not answer");
    expect((await blast("--workers", "many")).code).to.equal(2);
    expect(requests.filter(({ method }) => method === "POST")).to.have.length(0);
  });
});
