import { writeFile } from "node:fs/promises";
import process from "node:process";
import { buildContracts } from "../../stack/build-contracts.js";
import { shuffle } from "./contract-mutants.js";
import { instrument, type SourceMutant } from "./instrument.js";
import type { MutateOptions } from "./options.js";
import { filesOf, type Target, targetsUnder } from "./targets.js";
import { createTester, type MutantResult } from "./test-mutants.js";
import { buildWorkshop, removeWorkshop } from "./workshop.js";

type Numbered = { number: number; mutant: SourceMutant };

/** Tests mutants of the sources, target by target, and prints the survivors of each. */
export async function mutateSources(options: MutateOptions): Promise<void> {
  const chosen = targetsUnder(options.only);
  if (chosen.length === 0) throw new Error(`No target holds ${options.only}; scripts/check/mutate/targets.ts lists them.`);
  await buildContracts(process.cwd());
  const lines: string[] = [];
  const say = (line: string) => {
    lines.push(line);
    console.log(line);
  };
  const totals: { name: string; results: MutantResult[] }[] = [];
  for (const { target, files } of chosen) {
    const results = await mutateTarget(target, files, options, say);
    totals.push({ name: target.name, results });
  }
  say("");
  for (const { name, results } of totals) say(summary(name, results));
  if (totals.length > 1)
    say(
      summary(
        "all",
        totals.flatMap(({ results }) => results),
      ),
    );
  if (options.out !== undefined) await writeFile(options.out, `${lines.join("\n")}\n`);
}

async function mutateTarget(
  target: Target,
  files: readonly string[],
  options: MutateOptions,
  say: (line: string) => void,
): Promise<MutantResult[]> {
  const workshop = await buildWorkshop();
  let endTester = async (): Promise<void> => undefined;
  const stop = () => void endTester().finally(() => removeWorkshop(workshop).finally(() => process.exit(130)));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    const mutants = await instrument(workshop, files);
    const order = shuffle(mutants, options.seed).map((mutant, number) => ({ number, mutant }));
    const wanted = order.filter(({ number }) => options.mutants?.includes(number) ?? number < (options.sample ?? order.length));
    say(`\n${target.name}: ${wanted.length} of ${mutants.length} mutants, seed ${options.seed}`);
    const tester = await createTester(workshop, filesOf(target.tests));
    endTester = tester.end;
    const { tests } = tester.baseline;
    say(`${tests.length} tests pass without a mutant, in ${seconds(tests.reduce((sum, { ms }) => sum + ms, 0))}`);
    return await testAll(tester, wanted, mutants, say);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    await endTester();
    await removeWorkshop(workshop);
  }
}

async function testAll(
  tester: Awaited<ReturnType<typeof createTester>>,
  wanted: readonly Numbered[],
  mutants: readonly SourceMutant[],
  say: (line: string) => void,
): Promise<MutantResult[]> {
  const began = performance.now();
  const results: MutantResult[] = [];
  for (const { number, mutant } of wanted) {
    const sameFile = new Set(mutants.filter(({ file }) => file === mutant.file).map(({ id }) => id));
    const result = await tester.test(mutant, sameFile);
    results.push(result);
    const left = ((performance.now() - began) / results.length) * (wanted.length - results.length);
    const progress = `${results.length}/${wanted.length}, ${seconds(left)} left`;
    say(
      `${result.verdict.padEnd(10)} #${number} ${describe(mutant)}${result.by === undefined ? "" : ` | ${result.by}`} (${progress})`,
    );
  }
  return results;
}

function describe({ file, line, column, mutator, original, replacement }: SourceMutant): string {
  return `${file}:${line}:${column} ${mutator}: ${shortened(original)} -> ${shortened(replacement)}`;
}

const SHOWN = 100;

function shortened(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}

function summary(name: string, results: readonly MutantResult[]): string {
  const count = (...verdicts: string[]) => results.filter(({ verdict }) => verdicts.includes(verdict)).length;
  const equivalent = count("equivalent");
  const tested = results.length - equivalent;
  const killed = count("killed", "timed out");
  const share = ((100 * killed) / Math.max(1, tested)).toFixed(1);
  const survived = `${count("survived")} survived, ${count("unreached")} reached by no test`;
  return `${name}: ${tested} mutants and ${equivalent} equivalent, ${killed} killed (${count("timed out")} by time-out), ${survived}: ${share} %`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
