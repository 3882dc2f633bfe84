import { expect } from "chai";
import { answerOf, startFunctionHost } from "../support/function-host.js";
import { until } from "../support/until.js";

type Host = Awaited<ReturnType<typeof startFunctionHost>>;

const withHandle = (body: string, before = "") => `
import { defineFunction } from "event-machine/function";
${before}
export default defineFunction({ on: ["eventmachine.transfer.completed"], handle: async (event) => { ${body} } });`;

const ECHO = withHandle("return { got: event.data };");

/** Tries something, and tells how it was refused; "done" if it was not. */
const attempt = (body: string, before = "") =>
  withHandle(`try { ${body}; return "done"; } catch (error) { return String(error.code ?? error.message ?? error); }`, before);

describe("the function host", function () {
  this.timeout(120_000);
  let host: Host;

  before(async () => {
    host = await startFunctionHost({ FUNCTION_TIMEOUT_MS: "4000", FUNCTION_MEMORY_MB: "48" });
  });
  after(() => host.stop());

  it("runs a TypeScript module, tells what it returned and what it wrote to its console", async () => {
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

  it("says which events of a batch failed, and where", async () => {
    const { digest } = await host.compile(withHandle('if (event.data.bad) throw new TypeError("no such policy"); return 1;'));
    const events = [1, 2, 3].map((id) => ({ id: String(id), data: { bad: id === 2 } }));
    const message = { id: "m", contentType: "application/json", body: JSON.stringify(events) };
    const { failed } = answerOf<{ failed: { id: string; error: string }[] }>(await host.client.deliver("batch", digest, message));
    expect(failed.map(({ id }) => id)).to.deep.equal(["2"]);
    expect(failed[0]?.error).to.match(/^TypeError: no such policy\n.*module:\d+:\d+/);
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
      ["that imports what opens files", 'import "node:sqlite"; export default { handle() {} };', /cannot import 'node:sqlite'/],
      ["that ends its process", "for (const a = [];;) a.push(new Array(1e6).fill(1));", /does not load/],
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

  describe("lets a function have nothing of the machine", () => {
    for (const name of [
      "fs",
      "node:fs",
      "fs/promises",
      "child_process",
      "worker_threads",
      "cluster",
      "net",
      "http",
      "module",
      "process",
      "vm",
      "v8",
      "inspector",
      "sqlite",
      "node:sqlite",
      "wasi",
      "os",
      "async_hooks",
      "diagnostics_channel",
      "event-machine",
      "file:///etc/passwd",
      "eventmachine:library",
    ]) {
      it(`by importing '${name}' while it runs`, async () => {
        expect((await host.run("attempts", attempt(`await import(${JSON.stringify(name)})`))).output).to.match(/cannot import/);
      });
    }

    for (const [what, body] of [
      ["signal another process", "process.kill(1, 0)"],
      ["raise an inspector in another process", "process._debugProcess(1)"],
      ["get at Node's modules", 'process.getBuiltinModule("node:fs")'],
      ["get at bindings", 'process.binding("fs")'],
      ["load an add-on", 'process.dlopen({ exports: {} }, "/x.node")'],
      ["change its process back", 'Object.defineProperty(globalThis, "process", { value: 1 })'],
      ["require", 'require("node:fs")'],
      ["require by the constructor of a function", 'Function("return require")()("node:fs")'],
    ] as const) {
      it(`cannot ${what}`, async () => {
        const { output } = await host.run("attempts", attempt(body));
        expect(output).to.be.a("string").that.is.not.equal("done");
      });
    }

    it("has an empty environment, and no word of its host's", async () => {
      const { output } = await host.run(
        "environment",
        withHandle("return [process.env, Object.keys(process), typeof process.argv0, typeof process.execArgv];"),
      );
      expect(output).to.deep.equal([
        {},
        ["env", "argv", "version", "versions", "platform", "arch", "nextTick"],
        "undefined",
        "undefined",
      ]);
    });

    it("is another process's, by Node's permission model, even where it imports what it likes", async () => {
      // The runner's own checks left out: what Node refuses by itself.
      const { readRunner } = await import("../../src/function-host/read-module.js");
      const { startFunctionProcess } = await import("../../src/function-host/function-process.js");
      const open = (await readRunner()).replace("throw new Error(`A module cannot import", "return next(specifier, context); (`");
      const code = `
        import fs from "node:fs"; import child from "node:child_process"; import worker from "node:worker_threads";
        const code = (f) => { try { f(); return "done"; } catch (error) { return error.code; } };
        export default { handle: () => [
          code(() => fs.readFileSync("/etc/passwd")), code(() => fs.readFileSync("/proc/self/environ")), code(() => fs.writeFileSync("/tmp/x", "")),
          code(() => child.spawnSync("id")), code(() => new worker.Worker("1", { eval: true })),
        ] };`;
      const limits = { timeoutMs: 10_000, loadTimeoutMs: 30_000, memoryMb: 64 };
      const process = await startFunctionProcess({ runner: open, code }, limits);
      const result = await process.run({});
      await process.stop();
      expect(result).to.deep.include({ output: new Array(5).fill("ERR_ACCESS_DENIED") });
    });
  });

  describe("goes on with others while one function", () => {
    for (const [what, body, message] of [
      ["loops for ever", "for (;;);", /took longer than 4000 ms/],
      ["never answers", "await new Promise(() => setInterval(() => {}, 1000));", /took longer than 4000 ms/],
      ["fills its heap", "const a = []; for (;;) a.push(new Array(1e5).fill(1.5));", /./],
      ["fills its memory beside the heap", "const a = []; for (;;) a.push(Buffer.alloc(2e7, 1));", /./],
      ["crashes later", 'setTimeout(() => { throw new Error("later"); }, 1); await new Promise(() => {});', /later/],
      ["says more than there is room for", 'return "x".repeat(1e6);', /over 65536 characters/],
    ] as const) {
      it(what, async () => {
        const failing = host.run("failing", withHandle(body));
        const others = [1, 2, 3].map((index) => host.run(`other-${index}`, ECHO, index));
        expect((await Promise.all(others)).map(({ output }) => output)).to.deep.equal([{ got: 1 }, { got: 2 }, { got: 3 }]);
        expect((await failing).error).to.match(message);
        // A fresh process, and the function works again.
        expect((await host.run("failing", ECHO, 7)).output).to.deep.equal({ got: 7 });
        expect(host.exitCode()).to.equal(null);
      });
    }

    it("ends in the middle of a batch: the rest of the batch is done", async () => {
      const { digest } = await host.compile(withHandle("if (event.data.bad) for (;;); return 1;"));
      const events = [1, 2, 3].map((id) => ({ id: String(id), data: { bad: id === 1 } }));
      const message = { id: "m", contentType: "application/json", body: JSON.stringify(events) };
      const { failed } = answerOf<{ failed: { id: string }[] }>(await host.client.deliver("poisoned", digest, message));
      expect(failed.map(({ id }) => id)).to.deep.equal(["1"]);
    });
  });

  it("answers nobody without its token", async () => {
    for (const headers of [{}, { authorization: "Bearer x" }]) {
      expect((await fetch(`${host.url}/modules`, { method: "POST", headers })).status).to.equal(401);
    }
  });
});

describe("a function's process", function () {
  this.timeout(60_000);
  let host: Host;

  before(async () => {
    host = await startFunctionHost({ FUNCTION_IDLE_MS: "300", FUNCTION_PROCESSES_MAX: "2" });
  });
  after(() => host.stop());

  it("is started on demand, is stopped when idle, and is started again", async () => {
    const { digest } = await host.compile(ECHO);
    for (const data of [1, 2]) {
      await until("no process runs", async () => (await host.processes()) === 0);
      const ran = answerOf<{ output: unknown }>(await host.client.invoke("idle", digest, { id: "1", ...{ data } }));
      expect(ran.output).to.deep.equal({ got: data });
    }
  });

  it("makes room for another function's once it has nothing to do", async () => {
    for (const fn of ["a", "b", "c", "d"]) {
      expect((await host.run(fn, ECHO, fn)).output).to.deep.equal({ got: fn });
      expect(await host.processes()).to.be.below(3);
    }
  });
});
