import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Instrumenter } from "@stryker-mutator/instrumenter";

/** A change of one place in a source file, which a switch in the instrumented file turns on. Lines count from 1. */
export interface SourceMutant {
  id: string;
  file: string;
  line: number;
  column: number;
  mutator: string;
  original: string;
  replacement: string;
  /** The source's line, in which the original begins. */
  context: string;
}

const QUIET = {
  isTraceEnabled: () => false,
  isDebugEnabled: () => false,
  isInfoEnabled: () => false,
  isWarnEnabled: () => false,
  isErrorEnabled: () => false,
  isFatalEnabled: () => false,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  fatal: () => undefined,
};

/** Properties for people: the clients behind an entry of the table of nodes' dialects, and the words of the OpenAPI document. */
const DESCRIPTIONS: ReadonlySet<string> = new Set(["clients", "summary", "description", "operationId", "tags"]);

interface AstNode {
  type: string;
  name?: string;
  callee?: AstNode;
  expression?: AstNode;
  key?: AstNode;
  object?: AstNode;
  property?: AstNode;
}

/** Log lines, descriptions and the texts of errors are for people: tests assert codes, so a changed text is no fault that they should notice. */
const messages = {
  shouldIgnore(path: object): string | undefined {
    const { node, parent, listKey, key } = path as { node: AstNode; parent?: AstNode; listKey?: string; key?: unknown };
    const call = node.type === "ExpressionStatement" ? node.expression : node;
    if (call?.type === "CallExpression" && isLogger(call.callee)) return "a log line";
    if (node.type === "ObjectProperty" && DESCRIPTIONS.has(node.key?.name ?? "")) return "a description";
    const isError = parent?.type === "NewExpression" && /Error$/.test(parent.callee?.name ?? "");
    const isText = node.type === "StringLiteral" || node.type === "TemplateLiteral";
    return isError && isText && listKey === "arguments" && (key !== 0 || parent.callee?.name !== "AppError")
      ? "the text of an error"
      : undefined;
  },
};

function isLogger(callee: AstNode | undefined): boolean {
  if (callee?.type !== "MemberExpression") return false;
  const owner = callee.object?.type === "MemberExpression" ? callee.object.property : callee.object;
  return /^(logger|log)$/.test(owner?.name ?? "");
}

/** Puts every mutant of some files into the copy of the project, each behind a switch of its own. */
export async function instrument(workshop: string, files: readonly string[]): Promise<SourceMutant[]> {
  const sources = await Promise.all(
    files.map(async (name) => ({ name, mutate: true, content: await readFile(join(workshop, name), "utf8") })),
  );
  const options = { plugins: null, excludedMutations: [], ignorers: [messages] };
  const instrumented = await new Instrumenter(QUIET).instrument(sources, options);
  await Promise.all(instrumented.files.map(({ name, content }) => writeFile(join(workshop, name), content)));
  const textOf = new Map(sources.map(({ name, content }) => [name, content.split("\n")]));
  return instrumented.mutants
    .filter(({ status }) => status !== "Ignored")
    .map(({ id, fileName, mutatorName, replacement, location: { start, end } }) => ({
      id,
      file: fileName,
      line: start.line + 1,
      column: start.column + 1,
      mutator: mutatorName,
      original: textBetween(textOf.get(fileName) ?? [], start, end),
      replacement: oneLine(replacement),
      context: oneLine(textOf.get(fileName)?.[start.line] ?? ""),
    }));
}

type Position = { line: number; column: number };

function textBetween(lines: readonly string[], start: Position, end: Position): string {
  const part = lines.slice(start.line, end.line + 1);
  const last = part.length - 1;
  part[last] = (part[last] ?? "").slice(0, end.column);
  part[0] = (part[0] ?? "").slice(start.column);
  return oneLine(part.join("\n"));
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
