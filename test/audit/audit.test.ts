import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect } from "chai";
import type { JsonRpcProvider } from "ethers";
import { readBlock } from "../../src/receipts/read-block.js";
import { startTestChain, type TestChain } from "../support/chain.js";

interface Told {
  transfers: number;
  byState: Record<string, number>;
  events: number;
  toBlock: number;
  completedPerSecond: { highest: number };
  differences?: { count: number; first: string[] };
}

describe("an audit of the chain", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let folder: string;
  let file: string;

  before(async () => {
    testChain = await startTestChain();
    folder = await mkdtemp(join(tmpdir(), "event-machine-audit-"));
    file = join(folder, "export.ndjson");
    const { start, advance } = testChain;
    const [a, b, c, d] = (await start(4)) as [string, string, string, string];
    await advance([a, b, c], "PENDING");
    await advance([a, b], "COMPLETED");
    await advance([c], "REVERSING", "AC04");
    await advance([c], "REVERSED");
    // What is refused is an event too, and moves nothing.
    await advance([a], "COMPLETED");
    await advance([d], "REJECTED", "AM04");
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
    await testChain.close();
  });

  async function audit(...args: string[]): Promise<{ code: number | null; told: Told; errors: string }> {
    const where = ["--rpc", testChain.url, "--deployment", testChain.deploymentFile, "--json"];
    const child = spawn(process.execPath, ["--import", "tsx", "scripts/ops/audit.ts", ...where, ...args]);
    let output = "";
    let errors = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString("utf8")));
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    return { code, told: output === "" ? {} : JSON.parse(output), errors };
  }

  it("counts transfers, states, events and rates from blocks alone, and exports them", async () => {
    const { code, told } = await audit("--export", file);
    expect(code).to.equal(0);
    expect(told.byState).to.deep.equal({ COMPLETED: 2, REVERSED: 1, REJECTED: 1 });
    expect([told.transfers, told.events, told.completedPerSecond.highest]).to.deep.equal([4, 13, 2]);
  });

  it("finds an export to be what the blocks say, also after more has happened", async () => {
    await testChain.start(1);
    const { code, told } = await audit("--verify", file);
    expect([code, told.differences, told.transfers]).to.deep.equal([0, { count: 0, first: [] }, 4]);
  });

  const TAMPERED: Record<string, (lines: string[]) => string[]> = {
    "an amount": (lines) => lines.map((line) => line.replace('"amount":"12345"', '"amount":"12346"')),
    "a state": (lines) => lines.map((line) => line.replace('"state":"REJECTED"', '"state":"COMPLETED"')),
    "a transfer left out": (lines) => lines.toSpliced(2, 1),
    "a transfer added": (lines) => [...lines, lines[1] as string],
    "a block's hash": (lines) => lines.with(0, (lines[0] as string).replace(/(?<="toBlockHash":"0x)./, otherDigit)),
  };
  for (const [what, tamper] of Object.entries(TAMPERED)) {
    it(`sees ${what} in a tampered export`, async () => {
      const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
      const other = join(folder, "tampered.ndjson");
      await writeFile(other, `${tamper(lines).join("\n")}\n`);
      const { code, told } = await audit("--verify", other);
      expect(code).to.equal(1);
      expect(told.differences?.count).to.be.greaterThan(0);
    });
  }

  it("refuses a file that is no export, and one that is there already", async () => {
    const other = join(folder, "none.ndjson");
    await writeFile(other, "hello\n");
    expect((await audit("--verify", other)).errors).to.include("is no export");
    expect((await audit("--export", file)).code).to.equal(1);
  });

  describe("believes no node that", () => {
    type Answer = Record<string, unknown> & { logs: { data: string }[]; logsBloom: string };
    const LIES: Record<string, [RegExp, (answer: Answer) => Answer]> = {
      "changes a log": [
        /Receipt/,
        (answer) => ({ ...answer, logs: answer.logs.map((log) => ({ ...log, data: `${log.data}00` })) }),
      ],
      "leaves logs out": [/Receipt/, (answer) => ({ ...answer, logs: [] })],
      "hides them behind an empty bloom filter": [/Block/, (answer) => ({ ...answer, logsBloom: `0x${"0".repeat(512)}` })],
      "moves a block in time": [/Block/, (answer) => ({ ...answer, timestamp: "0x1" })],
    };
    for (const [what, [method, lie]] of Object.entries(LIES)) {
      it(what, async () => {
        const { provider } = testChain.chain;
        const send = async (name: string, params: unknown[]) => {
          const answer = await provider.send(name, params);
          return method.test(name) ? lie(answer) : answer;
        };
        const contract = testChain.deployment.contracts.transferStateRepo;
        const number = await testChain.blockNumber();
        const honest = await readBlock(provider, number, { contract, trustHeaders: false });
        expect(honest.logs).to.have.length(1);
        const lying = { send } as unknown as JsonRpcProvider;
        const read = readBlock(lying, number, { contract, trustHeaders: false });
        const problem = await read.then(String, (error: Error) => error.message);
        expect(problem).to.match(/is not what its hash|are not those of its header/);
      });
    }
  });
});

function otherDigit(digit: string): string {
  return digit === "0" ? "1" : "0";
}
