import type { Command } from "commander";

// Ids of API keys (12 characters) and of invocations (22) that were made before ids became hex digits. A second dash counts only with a
// character that no option of ours has, so that a mistyped option stays one.
const DASHED_ID_PATTERN = /^-(?=[A-Za-z0-9_]|-.*[A-Z0-9_])(?:[A-Za-z0-9_-]{11}|[A-Za-z0-9_-]{21})$/;

/**
 * Moves ids that begin with a dash behind `--`, where Commander takes them for arguments. Every command that takes such an id takes it
 * last. The value of an option stays where it is.
 */
export function protectDashedIds(program: Command, argv: readonly string[]): string[] {
  const end = argv.includes("--") ? argv.indexOf("--") : argv.length;
  const flags = flagsOf(program);
  const isId = (text: string, index: number) =>
    index < end && DASHED_ID_PATTERN.test(text) && !flags.has(text) && flags.get(argv[index - 1] ?? "") !== "takes a value";
  const ids = argv.filter(isId);
  if (ids.length === 0) return [...argv];
  return [...argv.slice(0, end).filter((text, index) => !isId(text, index)), "--", ...ids, ...argv.slice(end + 1)];
}

/** The options of a command and of all below it. */
function flagsOf(command: Command): Map<string, "takes a value" | "takes none"> {
  const own = command.options.flatMap(({ long, short, required }) =>
    [long, short].map((flag): [string, "takes a value" | "takes none"] => [
      flag ?? "",
      required ? "takes a value" : "takes none",
    ]),
  );
  return new Map([...own, ...command.commands.flatMap((below) => [...flagsOf(below)])]);
}
