// Runs a script of this project under a Node.js that is new enough, with the dependencies of package-lock.json installed.
// Plain JavaScript and no dependency, because it is what a fresh clone runs first: node scripts/launch.mjs <script> [arguments].
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

// Hardhat 3 needs 22.10; the services are written for 24.
const NODE_MAJOR = 24;
const root = join(dirname(fileURLToPath(import.meta.url)), "..");

const [command = "", ...args] = process.argv.slice(2);

/** The path of a Node.js of the right version: this one, or npm's package `node`, fetched once. */
function findNode() {
  if (Number(process.versions.node.split(".")[0]) >= NODE_MAJOR) return process.execPath;
  if (!isCommandLine) say(`This is Node ${process.versions.node}; fetching Node ${NODE_MAJOR} by npx …`);
  const found = spawnSync("npx", ["--yes", `--package=node@${NODE_MAJOR}`, "--", "node", "-p", "process.execPath"], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (found.status !== 0) fail(`Node ${NODE_MAJOR} could not be fetched. Install it from https://nodejs.org, and try again.`);
  return found.stdout.trim().split("\n").at(-1);
}

/** Installs what the lock file says, unless that is what is installed. */
function install(node) {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const stamp = join(root, "node_modules", ".event-machine-lock");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  say("Installing dependencies (npm ci) …");
  // The standard output is the script's.
  const stdio = ["inherit", process.stderr, "inherit"];
  const installed = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: root, env: environment(node), stdio });
  if (installed.status !== 0) fail("npm ci failed; see above. Check the network and the free space, and try again.");
  writeFileSync(stamp, lock);
}

/** Scripts import the types that are generated from the contracts: a fresh clone has none. Whoever needs newer ones builds them. */
function generateTypes(node) {
  if (existsSync(join(root, "types/ethers-contracts/index.ts"))) return;
  say("Compiling the contracts …");
  const stdio = ["ignore", process.stderr, "inherit"];
  const built = spawnSync(node, [...loader(), join(root, "scripts/compile.ts")], { cwd: root, env: environment(node), stdio });
  if (built.status !== 0) fail("The contracts could not be compiled; see above.");
}

/** With the folder of the right Node.js first, so that npm and whatever it starts use it too. */
function environment(node) {
  return { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ""}` };
}

/** For TypeScript; of an installed library. */
function loader() {
  return ["--import", import.meta.resolve("tsx")];
}

function run(node) {
  const child = spawn(node, [...loader(), join(root, script), ...args], {
    cwd: folder,
    env: environment(node),
    stdio: "inherit",
  });
  // The child decides when to end. From a terminal it gets Ctrl-C as well: it must not mind a second signal.
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => fail(error.message));
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

function fail(line) {
  say(line);
  process.exit(1);
}

// The command line names files of whoever calls it, from where that is; and it is called too often to tell each time how it is run.
const isCommandLine = command === "eventmachine";
const folder = isCommandLine ? (process.env.INIT_CWD ?? process.cwd()) : root;
const script = join("scripts", `${command}.ts`);
if (!/^[a-z/-]+$/.test(command) || !existsSync(join(root, script)))
  fail("usage: node scripts/launch.mjs <script> [arguments]; package.json names them.");
const node = findNode();
install(node);
if (!isCommandLine) generateTypes(node);
run(node);
