import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { until } from "../../tools/support/until.js";
import { HOST_TOKEN, startFunctionHost } from "../support/function-host.js";
import { gzipTransfer } from "../support/gzip-transfer.js";

type Host = Awaited<ReturnType<typeof startFunctionHost>>;

const withHandle = (body: string, before = "") => `
import { defineFunction } from "event-machine/function";
${before}
export default defineFunction({ on: ["eventmachine.transfer.completed"], handle: async (event) => { ${body} } });`;

const ECHO = withHandle("return { got: event.data };");

describe("the function host", function () {
  this.timeout(120_000);
  let host: Host;

  before(async () => {
    host = await startFunctionHost({ FUNCTION_TIMEOUT_MS: "4000", FUNCTION_MEMORY_MB: "48" });
  });
  after(() => host.stop());

  it("runs a TypeScript module, returns its output and its console's lines", async () => {
    const source = `
import { createHash } from "node:crypto";
import { defineFunction, type FunctionEvent } from "event-machine/function";
interface Input { policy: string }
const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 8);
export default defineFunction<Input>({
  on: ["eventmachine.transfer.completed", "eventmachine.transfer.rejected"],
  async handle(event: FunctionEvent<Input>) {
    console.log("policy", event.data.policy, { of: 1 });
    return { policy: digest(event.data.policy) };
  },
});`;
    expect((await host.compile(source)).on).to.deep.equal(["eventmachine.transfer.completed", "eventmachine.transfer.rejected"]);
    expect(await host.run("typed", source, { policy: "4711" })).to.deep.equal({
      output: { policy: "de650d61" },
      logs: ['policy 4711 {"of":1}'],
    });
  });

  it("refuses bodies in a coding that it does not undo: 415 for gzip as content, 501 for gzip as transfer", async () => {
    const authorization = `Bearer ${HOST_TOKEN}`;
    const headers = { authorization, "content-type": "application/json", "content-encoding": "gzip" };
    const coded = await fetch(`${host.url}/modules`, { method: "POST", headers, body: "{}" });
    expect(coded.status).to.equal(415);
    expect(await gzipTransfer(`${host.url}/modules`, authorization)).to.match(/^HTTP\/1\.1 501 /);
  });

  it("names the events of a batch that failed, with the line of the module", async () => {
    const { digest } = await host.compile(withHandle('if (event.data.bad) throw new TypeError("no such policy"); return 1;'));
    const failed = await host.deliver(
      "batch",
      digest,
      [1, 2, 3].map((id) => ({ id: String(id), data: { bad: id === 2 } })),
    );
    expect(failed.map(({ id }) => id)).to.deep.equal(["2"]);
    expect(failed[0]?.error).to.match(/^TypeError: no such policy\n.*module:\d+:\d+/);
  });

  for (const [name, body, output] of [
    ["timers", "return await new Promise((resolve) => setTimeout(resolve, 20, 7));", 7],
    [
      "an interval that is cleared",
      "let n = 0; await new Promise((resolve) => { const id = setInterval(() => { n += 1; if (n === 3) { clearInterval(id); resolve(); } }, 5); }); return n;",
      3,
    ],
    ["big integers", "return String(10_000n ** 3n);", "1000000000000"],
    ["UTF-8", 'return new TextDecoder().decode(new TextEncoder().encode("ชื่อ €"));', "ชื่อ €"],
    [
      "HMAC-SHA-256 (RFC 4231, case 2)",
      'return crypto.createHmac("sha256", "Jefe").update("what do ya want ").update("for nothing?").digest("hex");',
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ],
    ["random bytes", "return crypto.randomBytes(16).length + crypto.getRandomValues(new Uint8Array(8)).length;", 24],
    ["a microtask", "return await new Promise((resolve) => queueMicrotask(() => resolve(1)));", 1],
    ["nothing", "", null],
  ] as const) {
    it(`offers a module ${name}`, async () => {
      expect(await host.run("offers", withHandle(body))).to.deep.equal({ output, logs: [] });
    });
  }

  it("keeps nothing of one event for the next of the same function", async () => {
    const { digest } = await host.compile(withHandle("globalThis.count = (globalThis.count ?? 0) + 1; return globalThis.count;"));
    for (const _ of [1, 2]) expect((await host.invoke("stateless", digest)).output).to.equal(1);
  });

  describe("refuses a module", () => {
    for (const [what, source, message] of [
      ["that is no TypeScript", "export default {", /does not compile/],
      ["with what is not erasable", "enum A { B }\nexport default { handle() {} };", /enum/],
      ["without a function", "export const x = 1;", /exports no function/],
      ["whose `on` is no list", "export default { on: 'x', handle() {} };", /list of event types/],
      ["that throws", 'throw new Error("at once"); export default { handle() {} };', /at once/],
      ["that imports a package", 'import "fastify"; export default { handle() {} };', /cannot import 'fastify'/],
      ["that imports a file", 'import "/etc/passwd"; export default { handle() {} };', /cannot import/],
      ["that imports a URL", 'import "data:text/javascript,1"; export default { handle() {} };', /cannot import/],
      ["that imports Node's modules", 'import "node:sqlite"; export default { handle() {} };', /cannot import 'node:sqlite'/],
      ["that fills its memory", "for (const a = [];;) a.push(new Array(1e6).fill(1));", /does not load/],
      ["that loops for ever", "for (;;);", /does not load: .*took longer than 4000 ms/],
    ] as const) {
      it(what, async () => {
        const refused = await host.compile(source).then(
          () => "taken",
          (error: Error) => error.message,
        );
        expect(refused).to.match(message);
      });
    }
  });

  describe("goes on with others while one function", () => {
    for (const [what, body, message] of [
      ["loops for ever", "for (;;);", /took longer than 4000 ms/],
      ["never answers", "await new Promise(() => setInterval(() => {}, 1000));", /took longer than 4000 ms/],
      ["waits for nothing", "await new Promise(() => {});", /never comes/],
      ["fills its memory", "const a = []; for (;;) a.push(new Array(1e5).fill(1.5));", /memory/],
      ["fills its memory with buffers", "const a = []; for (;;) a.push(new Uint8Array(2e7).fill(1));", /memory/],
      ["crashes later", 'setTimeout(() => { throw new Error("later"); }, 1); await new Promise(() => {});', /later/],
      ["returns more than there is room for", 'return "x".repeat(1e6);', /over 65536 characters/],
    ] as const) {
      it(what, async () => {
        const failing = host.run("failing", withHandle(body));
        const others = [1, 2, 3].map((index) => host.run(`other-${index}`, ECHO, index));
        expect((await Promise.all(others)).map(({ output }) => output)).to.deep.equal([{ got: 1 }, { got: 2 }, { got: 3 }]);
        expect((await failing).error).to.match(message);
        expect((await host.run("failing", ECHO, 7)).output).to.deep.equal({ got: 7 });
        expect(host.exitCode()).to.equal(null);
      });
    }

    it("loops on one event of a batch: the rest of the batch is done", async () => {
      const { digest } = await host.compile(withHandle("if (event.data.bad) for (;;); return 1;"));
      const events = [1, 2, 3].map((id) => ({ id: String(id), data: { bad: id === 1 } }));
      expect((await host.deliver("poisoned", digest, events)).map(({ id }) => id)).to.deep.equal(["1"]);
    });
  });

  it("answers nobody without its token", async () => {
    for (const headers of [{}, { authorization: "Bearer x" }]) {
      expect((await fetch(`${host.url}/modules`, { method: "POST", headers })).status).to.equal(401);
    }
  });
});

describe("a function's process", function () {
  this.timeout(120_000);
  let host: Host;

  before(async () => {
    host = await startFunctionHost({ FUNCTION_IDLE_MS: "1500", FUNCTION_PROCESSES_MAX: "2" });
  });
  after(() => host.stop());

  it("is started on demand, is stopped when idle, and is started again", async () => {
    const { digest } = await host.compile(ECHO);
    for (const data of [1, 2]) {
      await until("no process runs", async () => (await host.processes()) === 0);
      expect((await host.invoke("idle", digest, data)).output).to.deep.equal({ got: data });
    }
  });

  it("makes room for another function's once it has nothing to do", async () => {
    for (const fn of ["a", "b", "c", "d"]) {
      expect((await host.run(fn, ECHO, fn)).output).to.deep.equal({ got: fn });
      expect(await host.processes()).to.be.below(3);
    }
  });

  it("is one of at most FUNCTION_PROCESSES_MAX, modules that are being registered included", async () => {
    let most = 0;
    let done = false;
    const looking = (async () => {
      while (!done) {
        most = Math.max(most, runnersOf(host.pid));
        await sleep(10);
      }
    })();
    const registered = [1, 2, 3, 4, 5, 6].map((index) => host.compile(withHandle(`return ${index};`), `principal-${index % 3}`));
    const ran = [1, 2, 3].map((index) => host.run(`registering-${index}`, ECHO, index, `other-${index}`));
    await Promise.all([...registered, ...ran]);
    done = true;
    await looking;
    expect(most).to.be.within(1, 2);
  });

  it("uses no processor time once its answer is in, whatever its module left behind", async () => {
    const spin = "const spin = () => { for (let i = 0; i < 1e5; i += 1); Promise.resolve().then(spin); };";
    const left = `${spin} setTimeout(spin, 1); setInterval(spin, 1); setTimeout(() => { for (;;); }, 5); queueMicrotask(() => setTimeout(spin, 0)); return 1;`;
    expect((await host.run("restless", withHandle(left))).output).to.equal(1);
    await sleep(100);
    const before = cpuTicksOf(host.pid);
    await sleep(700);
    // Of 100 ticks a second: the host's own work is a tick or two, a loop's is 70.
    expect(cpuTicksOf(host.pid) - before).to.be.below(20);
  });
});

/** All processes below one, by /proc. */
function processesBelow(pid: number | undefined): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^[0-9]+$/.test(name)) continue;
    const stat = statOf(Number(name));
    if (stat !== undefined) parents.set(Number(name), Number(stat[1]));
  }
  const isBelow = (candidate: number | undefined): boolean => {
    const parent = candidate === undefined ? undefined : parents.get(candidate);
    return parent !== undefined && (parent === pid || isBelow(parent));
  };
  return [...parents.keys()].filter((candidate) => isBelow(candidate));
}

/** How many processes the host has started: what runs in namespaces has a process of its own around it. */
function runnersOf(pid: number | undefined): number {
  return processesBelow(pid).filter((child) => Number(statOf(child)?.[1]) === pid).length;
}

function cpuTicksOf(pid: number | undefined): number {
  return processesBelow(pid).reduce((ticks, child) => {
    const stat = statOf(child) ?? [];
    return ticks + Number(stat[11] ?? 0) + Number(stat[12] ?? 0);
  }, 0);
}

/** The fields of /proc/<pid>/stat from the third on. */
function statOf(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
