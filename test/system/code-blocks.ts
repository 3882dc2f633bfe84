import { readFileSync } from "node:fs";

/** A fenced block of a document. */
export interface CodeBlock {
  /** Where it stands, e.g. `README.md:27`. */
  where: string;
  language: string;
  /** What the fence says after the language: a file's name, or `not-run`. */
  info: string;
  text: string;
  /** A plain block that follows it at once: what it prints. */
  prints: string | undefined;
}

const FENCE = "```";

/** The fenced blocks of a document, in its order. */
export function codeBlocks(file: string): CodeBlock[] {
  const lines = readFileSync(file, "utf8").split("\n");
  const blocks: (CodeBlock & { endsAt: number })[] = [];
  for (let start = lines.findIndex(isFence); start >= 0; ) {
    const end = lines.findIndex((line, index) => index > start && line === FENCE);
    if (end < 0) throw new Error(`${file}:${start + 1}: the block does not end`);
    const [language = "", ...info] = (lines[start] ?? "").slice(FENCE.length).split(" ");
    const text = `${lines.slice(start + 1, end).join("\n")}\n`;
    const before = blocks.at(-1);
    if (language === "" && before !== undefined && lines.slice(before.endsAt + 1, start).every((line) => line === "")) {
      before.prints = text;
    } else {
      blocks.push({ where: `${file}:${start + 1}`, language, info: info.join(" "), text, prints: undefined, endsAt: end });
    }
    start = lines.findIndex((line, index) => index > end && isFence(line));
  }
  return blocks;
}

function isFence(line: string): boolean {
  return line.startsWith(FENCE);
}
