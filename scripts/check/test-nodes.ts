/**
 * Runs the contracts' suite on other nodes than Hardhat's, over JSON-RPC: `npm run test:nodes`, or `-- ganache` for one of them. Ends
 * with one line: 'N passed, N failed'.
 */
import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import process from "node:process";
import { stripVTControlCharacters } from "node:util";
import { inheritedEnvironment } from "../../src/config/config.js";
import { anvilOfFork } from "../stack/anvil.js";
import { ganacheCommand, ganachePath } from "../stack/ganache.js";
import { freePorts } from "../stack/ports.js";
import { waitForNode } from "../stack/wait-for-node.js";

/** As many as the suite's network of three banks has parts. */
const ACCOUNTS = 24;

/** Tests that ask no node, or start nodes of their own. */
const WITHOUT_THE_NODE = ["auditor", "deploy-network", "enums", "gas", "natspec", "other-nodes", "state-diagram"];

/** The command that runs a node at a port; undefined where this machine has no such node. */
const NODES: Record<string, (port: number) => Promise<string[] | undefined>> = {
  ganache: async (port) => {
    const path = await ganachePath();
    return path === undefined ? undefined : ganacheCommand(path, { port, accounts: ACCOUNTS, stepped: true });
  },
  anvil: async (port) => anvilOfFork(port, { hardfork: "paris", accounts: ACCOUNTS }),
};

interface Count {
  passed: number;
  failed: number;
}

async function testOn(name: string, files: readonly string[]): Promise<Count> {
  const { chain: port } = await freePorts();
  const [file, ...args] = (await NODES[name]?.(port)) ?? [];
  if (file === undefined) {
    console.log(`skipped: no ${name}`);
    return { passed: 0, failed: 0 };
  }
  console.log(`\n=== the contracts on ${name}`);
  const node = spawn(file, args, { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => node.once("exit", () => resolve()));
  try {
    const url = `http://127.0.0.1:${port}`;
    await waitForNode(node, url);
    return await runSuite(url, files);
  } finally {
    node.kill();
    await ended;
  }
}

async function runSuite(url: string, files: readonly string[]): Promise<Count> {
  const args = ["node_modules/hardhat/dist/src/cli.js", "test", "mocha", "--network", "local", ...files];
  const env = { ...inheritedEnvironment(), CHAIN_RPC_URL: url };
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], env });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    process.stdout.write(chunk);
    output += chunk.toString("utf8");
  });
  const code = await new Promise<number>((resolve) => child.once("close", (exitCode) => resolve(exitCode ?? 1)));
  const count = (word: string) =>
    Number(new RegExp(`^\\s*(\\d+) ${word}\\b`, "m").exec(stripVTControlCharacters(output))?.[1] ?? 0);
  const [passed, failed] = [count("passing"), count("failing")];
  // A suite that breaks before it counts has not passed.
  return { passed, failed: failed === 0 && (code !== 0 || passed === 0) ? 1 : failed };
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in NODES));
if (unknown.length > 0) {
  console.error(`There is no node ${unknown.join(", ")}. There are: ${Object.keys(NODES).join(", ")}.`);
  process.exit(2);
}
const files = (await readdir("test/contracts"))
  .filter((file) => file.endsWith(".test.ts") && !WITHOUT_THE_NODE.includes(file.replace(".test.ts", "")))
  .map((file) => `test/contracts/${file}`);
const counts: Count[] = [];
for (const name of wanted.length > 0 ? wanted : Object.keys(NODES)) counts.push(await testOn(name, files));
const sum = (key: keyof Count) => counts.reduce((total, count) => total + count[key], 0);
console.log(`\n${sum("passed")} passed, ${sum("failed")} failed`);
process.exit(sum("failed") === 0 ? 0 : 1);
