import process from "node:process";
import { type ParseArgsConfig, parseArgs } from "node:util";

/** The values of a script's options. Ends the process with 2 where there are others, or a value is missing, and says which there are. */
export function parseOptions<const O extends NonNullable<ParseArgsConfig["options"]>>(options: O) {
  try {
    return parseArgs<{ options: O }>({ options }).values;
  } catch (error) {
    const [problem] = (error as Error).message.split(/\. |\n/);
    const known = Object.entries(options).map(([name, { type }]) => (type === "boolean" ? `--${name}` : `--${name} <value>`));
    process.stderr.write(`${problem}. There are: ${known.join(", ")}.\n`);
    process.exit(2);
  }
}
