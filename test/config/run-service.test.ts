import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import process from "node:process";
import { expect } from "chai";
import { inheritedEnvironment } from "../../src/config/config.js";
import { until } from "../../tools/support/until.js";
import { tempFolder } from "../banks/helpers/temp-folder.js";

const LINES = 3_000;

describe("a service", () => {
  const children: ChildProcess[] = [];
  const start = (...args: string[]) => startIn({}, ...args);
  function startIn(env: Record<string, string>, ...args: string[]) {
    const child = spawn(process.execPath, ["--import", "tsx", "test/support/talkative-service.ts", ...args], {
      env: { ...inheritedEnvironment(), ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
    children.push(child);
    return { child, output: () => output, exited: once(child, "close") };
  }
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  it("has written all of its log when it ends, and ends with 0 where it is told to", async () => {
    const { child, output, exited } = start(String(LINES));
    await once(child.stdout, "data");
    child.kill("SIGTERM");
    expect(await exited).deep.equal([0, null]);
    expect(output().match(/stopping/g)).length(LINES);
  });

  it("writes its compiled modules to NODE_COMPILE_CACHE while it runs, so that a kill -9 leaves them to its next start", async () => {
    const cache = tempFolder();
    const { child, exited } = startIn({ NODE_COMPILE_CACHE: cache.path });
    const entries = async () =>
      (await readdir(cache.path, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    await until("modules are in the cache", async () => (await entries()).length > 0);
    child.kill("SIGKILL");
    await exited;
    cache.remove();
  });

  it("ends with 0 where it is told to, although nobody reads its log any more", async () => {
    const { child, exited } = start("3");
    await once(child.stdout, "data");
    child.stdout.destroy();
    child.kill("SIGTERM");
    expect(await exited).deep.equal([0, null]);
  });

  it("ends with 1 where it breaks, although nobody reads its log any more", async () => {
    const { child, exited } = start("1", "500");
    await once(child.stdout, "data");
    child.stdout.destroy();
    expect(await exited).deep.equal([1, null]);
  });

  it("ends with 1 after a rejection that nobody handles, and its log says so as fatal, with the error", async () => {
    const { output, exited } = start("1", "10", "forgets");
    expect(await exited).deep.equal([1, null]);
    const lines = output()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const fatal = lines.find(({ level }) => level === 60);
    expect(fatal).to.include({ msg: "unhandled rejection; exiting, because the state is unknown" });
    expect(fatal.err.message).to.equal("forgotten");
  });
});
