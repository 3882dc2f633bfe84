import { parseOptions } from "../parse-options.js";
import { runScript } from "../run-script.js";

// npm run mutate -- [--only <path>] [--sample <n>] [--seed <s>]: plants bugs in the sources, one at a time, and counts how many the
// narrowest tests catch. `--only contracts` does so in the contracts; `--only src/functions/credit.ts` in one file or folder.
// `--mutants 12,40` repeats some by their numbers under the seed; `--out <file>` keeps the report.

const values = parseOptions({
  only: { type: "string" },
  sample: { type: "string" },
  seed: { type: "string", default: "1" },
  mutants: { type: "string" },
  out: { type: "string" },
});

const number = (text: string, name: string): number => {
  if (/^[0-9]{1,9}$/.test(text)) return Number(text);
  process.stderr.write(`--${name} takes a whole number, not '${text}'.\n`);
  process.exit(2);
};
const options = {
  only: values.only,
  seed: number(values.seed, "seed"),
  sample: values.sample === undefined ? undefined : number(values.sample, "sample"),
  mutants: values.mutants?.split(",").map((text) => number(text, "mutants")),
  out: values.out,
};

await runScript(async () => {
  if (options.only !== undefined && /^contracts\/?$/.test(options.only)) {
    const { mutateContracts } = await import("./mutate/contracts.js");
    await mutateContracts(options);
  } else {
    const { mutateSources } = await import("./mutate/source.js");
    await mutateSources(options);
  }
});
