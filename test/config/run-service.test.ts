import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { expect } from "chai";
import { inheritedEnvironment } from "../../src/config/config.js";

const LINES = 3_000;

describe("a service", () => {
  const children: ChildProcess[] = [];
  function start(...args: string[]) {
    const child = spawn(process.execPath, ["--import", "tsx", "test/support/talkative-service.ts", ...args], {
      env: inheritedEnvironment(),
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
});
