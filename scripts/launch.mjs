// Runs a script of this project under a Node.js that is new enough, with the dependencies of package-lock.json installed.
// Plain JavaScript and no dependency, because it is what a fresh clone runs first: node scripts/launch.mjs <room>/<script> [arguments].
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants as system } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

// Hardhat 3 needs 22.10; the services are written for 24.
const NODE_MAJOR = 24;
// How often a long compilation says that it goes on.
const PROGRESS_MS = 15_000;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
// What a shell adds to a signal's number.
const SIGNALLED = 128;
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
/** Where npx has put the right Node.js; beside what `npm ci` installs, so that it is asked again after that. */
const nodeFile = join(root, "node_modules", ".cache", `node-${NODE_MAJOR}`);

const [command = "", ...args] = process.argv.slice(2);
/** The process that runs now, and the signal that was passed on to it. */
let current;
let passedOn;

for (const signal of SIGNALS) {
  process.on(signal, () => {
    passedOn ??= signal;
    current?.kill(signal);
  });
}
// Its terminal or reader may be gone: what is to be said is lost then, and nothing else.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

/** Runs a process until it has ended, and passes signals on to it; ends here where one of them ended it. */
async function run(file, argv, options) {
  if (passedOn !== undefined) process.exit(SIGNALLED + system.signals[passedOn]);
  const child = spawn(file, argv, options);
  current = child;
  let stdout = "";
  child.stdout?.on("data", (chunk) => {
    stdout += chunk;
  });
  const result = await new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: 1, signal: null, error }));
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
  current = undefined;
  return { ...result, stdout };
}

/** Runs a step before the script itself. */
async function runStep(file, argv, options) {
  const result = await run(file, argv, options);
  if (passedOn !== undefined) process.exit(SIGNALLED + system.signals[passedOn]);
  return result;
}

/** The path of a Node.js of the right version: this one, or npm's package `node`, fetched once. */
async function findNode() {
  if (Number(process.versions.node.split(".")[0]) >= NODE_MAJOR) return process.execPath;
  const known = readKnownNode();
  if (known !== undefined) return known;
  if (!isCommandLine) say(`This is Node ${process.versions.node}; fetching Node ${NODE_MAJOR} by npx …`);
  const argv = ["--yes", `--package=node@${NODE_MAJOR}`, "--", "node", "-p", "process.execPath"];
  const found = await runStep("npx", argv, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  if (found.code !== 0) fail(`Node ${NODE_MAJOR} could not be fetched. Install it from https://nodejs.org, and try again.`);
  return found.stdout.trim().split("\n").at(-1);
}

function readKnownNode() {
  try {
    const path = readFileSync(nodeFile, "utf8");
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}

/** npx takes seconds to find it again. */
function rememberNode(node) {
  if (node === process.execPath) return;
  try {
    mkdirSync(dirname(nodeFile), { recursive: true });
    writeFileSync(nodeFile, node);
  } catch {
    // Then npx is asked again.
  }
}

/** Installs what the lock file says, unless that is what is installed. */
async function install(node) {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const stamp = join(root, "node_modules", ".event-machine-lock");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  say("Installing dependencies (npm ci) …");
  // The standard output is the script's.
  const stdio = ["inherit", process.stderr, "inherit"];
  const installed = await runStep("npm", ["ci", "--no-audit", "--no-fund"], { cwd: root, env: environment(node), stdio });
  if (installed.code !== 0) fail("npm ci failed; see above. Check the network and the free space, and try again.");
  writeFileSync(stamp, lock);
}

/** Scripts import the types that are generated from the contracts: a fresh clone has none. Whoever needs newer ones builds them. */
async function generateTypes(node) {
  if (existsSync(join(root, "types/ethers-contracts/index.ts"))) return;
  say("Compiling the contracts; the first time this takes a minute, on a slow machine some …");
  const began = performance.now();
  const progress = setInterval(() => say(`  still compiling, ${Math.round((performance.now() - began) / 1_000)} s`), PROGRESS_MS);
  const stdio = ["ignore", process.stderr, "inherit"];
  const built = await runStep(node, [...loader(), join(root, "scripts/dev/compile.ts")], {
    cwd: root,
    env: environment(node),
    stdio,
  });
  clearInterval(progress);
  if (built.code !== 0) fail("The contracts could not be compiled; see above.");
}

/** With the folder of the right Node.js first, so that npm and whatever it starts use it too. */
function environment(node) {
  return { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ""}` };
}

/** For TypeScript; of an installed library. */
function loader() {
  return ["--import", import.meta.resolve("tsx")];
}

/** The script decides when to end, and with which exit code. From a terminal it gets Ctrl-C as well: it must not mind a second signal. */
async function runScript(node) {
  // `start` learns by the channel that this process is gone.
  const stdio = name === "start" ? ["inherit", "inherit", "inherit", "ipc"] : "inherit";
  const ended = await run(node, [...loader(), join(root, script), ...args], { cwd: folder, env: environment(node), stdio });
  if (ended.error !== undefined) fail(ended.error.message);
  if (ended.signal === "SIGKILL" && !isCommandLine) {
    say(
      `\n${name} was killed by SIGKILL, as the system does when memory runs out. What it had started is ended. Free memory, and try again.`,
    );
  }
  process.exit(ended.code ?? SIGNALLED + system.signals[ended.signal]);
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

function fail(line) {
  say(line);
  process.exit(1);
}

// The command line names files of whoever calls it, from where that is; and it is called too often to tell each time how it is run.
const name = basename(command);
const isCommandLine = name === "eventmachine";
const folder = isCommandLine ? (process.env.INIT_CWD ?? process.cwd()) : root;
const script = join("scripts", `${command}.ts`);
if (!/^[a-z/-]+$/.test(command) || !existsSync(join(root, script)))
  fail("usage: node scripts/launch.mjs <room>/<script> [arguments]; package.json names them.");
const node = await findNode();
await install(node);
rememberNode(node);
if (!isCommandLine) await generateTypes(node);
await runScript(node);
