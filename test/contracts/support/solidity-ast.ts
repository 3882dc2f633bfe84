import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import hre from "hardhat";

// The compiler has no types.
const solc = createRequire(import.meta.url)("solc") as { compile(input: string, callbacks: object): string };

/** A node of solc's syntax tree. */
export type AstNode = { nodeType: string; id: number; name?: string; [key: string]: unknown };

/** Source files by path, as the compiler takes them. */
export type Sources = Record<string, { content: string }>;

/** Every file of `contracts/`. */
export function contractSources(): Sources {
  const files = readdirSync(join(hre.config.paths.root, "contracts"), { recursive: true, encoding: "utf8" });
  const paths = files.filter((file) => file.endsWith(".sol")).map((file) => join("contracts", file));
  return Object.fromEntries(paths.map((path) => [path, { content: readFileSync(join(hre.config.paths.root, path), "utf8") }]));
}

/** The syntax trees of the files and of all that they import, by path. Throws where they do not compile. */
export function syntaxTrees(sources: Sources): Record<string, AstNode> {
  const input = {
    language: "Solidity",
    sources,
    settings: { evmVersion: "paris", outputSelection: { "*": { "": ["ast"] } } },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport })) as {
    errors?: { severity: string; formattedMessage: string }[];
    sources: Record<string, { ast: AstNode }>;
  };
  const error = output.errors?.find(({ severity }) => severity === "error");
  if (error !== undefined) throw new Error(error.formattedMessage);
  return Object.fromEntries(Object.entries(output.sources).map(([path, { ast }]) => [path, ast]));
}

/** The node and everything below it, in the order of the source. */
export function* nodesOf(node: AstNode): Generator<AstNode> {
  yield node;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child === "object" && child !== null && "nodeType" in child) yield* nodesOf(child as AstNode);
    }
  }
}

/** The type of an expression, as the compiler names it. */
export function typeOf(expression: AstNode): string {
  return (expression.typeDescriptions as { typeIdentifier?: string } | undefined)?.typeIdentifier ?? "";
}

function readImport(path: string): { contents: string } | { error: string } {
  try {
    return { contents: readFileSync(join(hre.config.paths.root, "node_modules", path), "utf8") };
  } catch (error) {
    return { error: String(error) };
  }
}
