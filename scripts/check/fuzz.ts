/**
 * The Solidity tests, with as many runs as are asked for:
 * `npm run fuzz -- --runs 100000 --invariant-runs 1024 --depth 256 --seed 0x01`.
 */
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import userConfig from "../../hardhat.config.js";
import { parseOptions } from "../parse-options.js";

const values = parseOptions({
  runs: { type: "string", default: "256" },
  "invariant-runs": { type: "string", default: "16" },
  depth: { type: "string", default: "64" },
  seed: { type: "string", default: "0x1234" },
  grep: { type: "string" },
});

const hre = await createHardhatRuntimeEnvironment({
  ...userConfig,
  test: {
    ...userConfig.test,
    solidity: {
      fuzz: { runs: count("runs"), seed: values.seed },
      invariant: { runs: count("invariant-runs"), depth: count("depth"), failOnRevert: true },
    },
  },
});
const result = await hre.tasks.getTask(["test", "solidity"]).run(values.grep === undefined ? {} : { grep: values.grep });
console.log(`seed ${values.seed}, ${values.runs} runs a property, ${values["invariant-runs"]} × ${values.depth} an invariant`);
if (!result.success) process.exitCode = 1;

function count(name: "runs" | "invariant-runs" | "depth"): number {
  const parsed = Number(values[name]);
  if (!Number.isInteger(parsed) || parsed < 1) throw new RangeError(`--${name} must be a whole number from 1 on`);
  return parsed;
}
