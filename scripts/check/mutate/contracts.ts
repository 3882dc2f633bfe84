import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tasks } from "hardhat";
import { applyMutant, type Mutant, mutantsOf, shuffle } from "./contract-mutants.js";
import type { MutateOptions } from "./options.js";

// The compiler has no types.
const solc = createRequire(import.meta.url)("solc") as { compile(input: string, callbacks: object): string };

/** What a test run may take; a mutant that makes one hang is killed by it. */
const TEST_TIMEOUT_MS = 600_000;

/** The repositories that hold a file's code, and the tests that are most likely to kill, first. */
const TARGETS: Record<string, { contracts: string[]; tests: string[] }> = {
  "contracts/entities/TransferState.sol": { contracts: ["TransferStateRepo"], tests: ["transitions", "starts", "resolutions"] },
  "contracts/repositories/TransferStateRepo.sol": {
    contracts: ["TransferStateRepo"],
    tests: ["transitions", "starts", "resolutions", "access", "contract-callers"],
  },
  "contracts/entities/Bank.sol": {
    contracts: ["BankRepo", "TransferStateRepo"],
    tests: ["banks", "starts", "access", "transitions"],
  },
  "contracts/repositories/BankRepo.sol": {
    contracts: ["BankRepo"],
    tests: ["banks", "starts", "access", "phone-accounts", "contract-callers"],
  },
  "contracts/entities/PhoneAccount.sol": { contracts: ["PhoneAccountRepo"], tests: ["phone-accounts", "access"] },
  "contracts/repositories/PhoneAccountRepo.sol": {
    contracts: ["PhoneAccountRepo"],
    tests: ["phone-accounts", "access", "contract-callers"],
  },
};

/** Mutants of the contracts that are tested where no number is given. */
const SAMPLE = 150;

type Sources = Record<string, { content: string }>;
type Verdict = "killed" | "survived" | "does not compile";

/**
 * Plants bugs in the contracts, one at a time, and runs the contracts' tests. Each mutant is compiled here and tested in a copy of the
 * project, where nothing else is disturbed.
 */
export async function mutateContracts(options: MutateOptions): Promise<void> {
  await tasks.getTask("build").run({ quiet: true });
  const sources = await readSources("contracts");
  const all = shuffle(await everyMutant(sources), options.seed);
  const workshop = await buildWorkshop();
  const results: { number: number; mutant: Mutant; verdict: Verdict }[] = [];
  try {
    await requireSoundTests();
    await testMutants();
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
  await report();

  /** Tests that fail on the contracts as they are would seem to kill everything. */
  async function requireSoundTests(): Promise<void> {
    const file = "contracts/entities/Bank.sol";
    const compiled = compile(sources, file);
    if (compiled === undefined) throw new Error("The contracts do not compile");
    await writeArtifacts(workshop, compiled);
    for (const target of Object.keys(TARGETS)) {
      if (!(await runTests(workshop, target))) throw new Error(`The tests of ${target} fail without any mutant`);
    }
  }

  async function testMutants(): Promise<void> {
    let testing: Promise<void> = Promise.resolve();
    for (const [number, mutant] of all.entries()) {
      if (options.mutants === undefined ? results.length >= (options.sample ?? SAMPLE) : !options.mutants.includes(number))
        continue;
      // Compiled while the one before it is still being tested.
      const compiled = compile(
        { ...sources, [mutant.file]: { content: applyMutant(sources[mutant.file]?.content ?? "", mutant) } },
        mutant.file,
      );
      await testing;
      if (compiled === undefined) continue;
      const entry = { number, mutant, verdict: "killed" as Verdict };
      results.push(entry);
      await writeArtifacts(workshop, compiled);
      testing = runTests(workshop, mutant.file).then((passed) => {
        entry.verdict = passed ? "survived" : "killed";
        console.log(`${entry.verdict} ${describe(entry)}`);
      });
      await new Promise((resolve) => setImmediate(resolve));
    }
    await testing;
  }

  async function report(): Promise<void> {
    const survived = results.filter(({ verdict }) => verdict === "survived");
    const killed = results.length - survived.length;
    const share = ((100 * killed) / Math.max(1, results.length)).toFixed(1);
    console.log(
      `${results.length} mutants of ${all.length} (seed ${options.seed}): ${killed} killed, ${survived.length} survived, ${share} %`,
    );
    if (options.out !== undefined)
      await writeFile(options.out, `${results.map((entry) => `${entry.verdict} ${describe(entry)}`).join("\n")}\n`);
  }

  function describe({ number, mutant }: { number: number; mutant: Mutant }): string {
    const line = (sources[mutant.file]?.content ?? "").slice(0, mutant.start).split("\n").length;
    return `#${number} ${mutant.file}:${line} ${mutant.what} -> ${mutant.replacement.replace(/\s+/g, " ").slice(0, 80)}`;
  }
}

async function everyMutant(of: Sources): Promise<Mutant[]> {
  const output = JSON.parse(
    solc.compile(
      JSON.stringify({
        language: "Solidity",
        sources: of,
        settings: { evmVersion: "paris", outputSelection: { "*": { "": ["ast"] } } },
      }),
      { import: readImport },
    ),
  );
  const typed = output.sources as Record<string, { ast: unknown }>;
  return Object.keys(TARGETS).flatMap((file) => mutantsOf(file, of[file]?.content ?? "", typed[file]?.ast));
}

/** The bytecode of the repositories that hold the file's code; undefined where the mutant does not compile. */
function compile(mutated: Sources, file: string): Record<string, string> | undefined {
  const contracts = TARGETS[file]?.contracts ?? [];
  const outputSelection = Object.fromEntries(
    contracts.map((name) => [`contracts/repositories/${name}.sol`, { [name]: ["evm.bytecode.object"] }]),
  );
  // Without the optimizer's long sequence: it takes five times as long, and the tests ask what the code does, not how fast.
  const optimizer = {
    enabled: true,
    runs: 1,
    details: { yul: true, yulDetails: { stackAllocation: true, optimizerSteps: "ul:" } },
  };
  const settings = { evmVersion: "paris", viaIR: true, optimizer, outputSelection };
  const output = JSON.parse(
    solc.compile(JSON.stringify({ language: "Solidity", sources: mutated, settings }), { import: readImport }),
  );
  const failed = (output.errors as { severity: string }[] | undefined)?.some(({ severity }) => severity === "error") ?? false;
  if (failed) return undefined;
  return Object.fromEntries(
    contracts.map((name) => [name, `0x${output.contracts[`contracts/repositories/${name}.sol`][name].evm.bytecode.object}`]),
  );
}

async function writeArtifacts(workshop: string, compiled: Record<string, string>): Promise<void> {
  for (const name of ["TransferStateRepo", "BankRepo", "PhoneAccountRepo"]) {
    const path = `artifacts/contracts/repositories/${name}.sol/${name}.json`;
    // Read from the copy made at the start: a build that runs meanwhile must not change what the others are.
    const artifact = JSON.parse(await readFile(join(workshop, "original", path), "utf8")) as { bytecode: string };
    await writeFile(join(workshop, path), JSON.stringify({ ...artifact, bytecode: compiled[name] ?? artifact.bytecode }));
  }
}

function runTests(workshop: string, file: string): Promise<boolean> {
  const tests = (TARGETS[file]?.tests ?? []).map((name) => `test/contracts/${name}.test.ts`);
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      ["node_modules/hardhat/dist/src/cli.js", "--no-typechain", "test", "mocha", "--bail", "--no-compile", ...tests],
      { cwd: workshop, stdio: "ignore", timeout: TEST_TIMEOUT_MS },
    );
    child.on("close", (code) => resolve(code === 0));
  });
}

/** A copy of what the tests need, with its own artifacts. */
async function buildWorkshop(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "event-machine-mutate-"));
  for (const path of ["test/contracts", "tools/contracts", "src", "contracts", "artifacts", "cache", "types"]) {
    await mkdir(join(folder, path, ".."), { recursive: true });
    await cp(path, join(folder, path), { recursive: true });
  }
  await cp("artifacts/contracts/repositories", join(folder, "original/artifacts/contracts/repositories"), { recursive: true });
  await mkdir(join(folder, "scripts/ops"), { recursive: true });
  for (const path of ["scripts/ops/verify-deployment-access.ts", "hardhat.config.ts", "package.json", "tsconfig.json"])
    await cp(path, join(folder, path));
  await symlink(join(process.cwd(), "node_modules"), join(folder, "node_modules"));
  return folder;
}

async function readSources(folder: string): Promise<Sources> {
  const files = await readdir(folder, { recursive: true });
  const solidity = files.filter((file) => file.endsWith(".sol")).map((file) => join(folder, file));
  const read = solidity.map(async (file) => [file, { content: await readFile(file, "utf8") }] as const);
  return Object.fromEntries(await Promise.all(read));
}

function readImport(path: string): { contents: string } | { error: string } {
  const { readFileSync } = createRequire(import.meta.url)("node:fs") as typeof import("node:fs");
  try {
    return { contents: readFileSync(join("node_modules", path), "utf8") };
  } catch (error) {
    return { error: String(error) };
  }
}
