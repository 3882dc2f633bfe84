/**
 * Searches for acts of other initiators that make the API answer with a transfer that is not its own, at length:
 * `npm run fuzz:ids -- --runs 5000 --seed 7`. The same seed is the same acts.
 */
import Mocha from "mocha";
import { size } from "../../tools/support/search-size.js";
import { parseOptions } from "../parse-options.js";
import { buildContracts } from "../stack/build-contracts.js";

const values = parseOptions({
  runs: { type: "string", default: "1000" },
  seed: { type: "string", default: "1" },
});
size.runs = count("runs");
size.seed = count("seed");
size.limitMs = Number.POSITIVE_INFINITY;

await buildContracts(process.cwd());
const mocha = new Mocha({ timeout: 0 });
mocha.addFile("test/api/transfers/taken-ids.test.ts");
await mocha.loadFilesAsync();
mocha.run((failures) => process.exit(failures === 0 ? 0 : 1));

function count(name: "runs" | "seed"): number {
  const parsed = Number(values[name]);
  if (!Number.isInteger(parsed) || parsed < 1) throw new RangeError(`--${name} must be a whole number from 1 on`);
  return parsed;
}
