/**
 * Proves, for any number of calls, what the transition table promises, with solc's SMTChecker and the SMT solver z3 (Debian: `apt-get install z3`): `npm run smt-check`. Ends with 1
 * unless every assertion of `TransitionProof.sol` is proved, and a wrong one planted beside them is refuted.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

// The compiler has no types.
const require = createRequire(import.meta.url);
const solc = require("solc") as { compile(input: string, callbacks: object): string };
const { smtCallback } = require("solc/smtchecker.js") as { smtCallback(solve: unknown, solver: unknown): unknown };
const { availableSolvers, smtSolver } = require("solc/smtsolver.js") as {
  availableSolvers: { name: string }[];
  smtSolver: unknown;
};

const PROOF = "test/contracts/solidity/TransitionProof.sol";
const QUERY_TIMEOUT_MS = 20_000;
const SAFE = "Assertion violation check is safe";

const solver = availableSolvers.find(({ name }) => name === "z3");
if (solver === undefined) throw new Error("The solver z3 is not in the PATH; on Debian: apt-get install z3");

const source = await readFile(PROOF, "utf8");
const proved = await check(source);
const assertions = source.match(/\bassert\(/g)?.length ?? 0;
for (const message of proved) console.log(message);
const safe = proved.filter((message) => message.includes(SAFE)).length;

// A proof that would prove anything proves nothing: this says that the payer's bank could complete a transfer.
const planted = source.replace("from == 1 && (to == 2", "from == 1 && (to == 3 || to == 2");
const refuted = (await check(planted)).some((message) => message.includes("Assertion violation happens here"));
console.log(`${safe} of ${assertions} assertions proved; the planted one ${refuted ? "refuted" : "NOT refuted"}`);
if (safe !== assertions || !refuted) process.exitCode = 1;

/** What the SMTChecker says of each assertion. */
async function check(proof: string): Promise<string[]> {
  const sources = { [PROOF]: { content: proof } };
  const modelChecker = {
    contracts: { [PROOF]: ["TransitionProof"] },
    engine: "chc",
    solvers: ["smtlib2"],
    targets: ["assert"],
    showProvedSafe: true,
    showUnproved: true,
    timeout: QUERY_TIMEOUT_MS,
  };
  const settings = { evmVersion: "paris", modelChecker, outputSelection: { [PROOF]: { "*": ["abi"] } } };
  const output = JSON.parse(
    solc.compile(JSON.stringify({ language: "Solidity", sources, settings }), { smtSolver: smtCallback(smtSolver, solver) }),
  ) as { errors?: { formattedMessage: string }[] };
  return (output.errors ?? []).map(({ formattedMessage }) => formattedMessage.trim());
}
