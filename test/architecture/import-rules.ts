import { posix } from "node:path";
import ts from "typescript";
import { forEachNode, type SourceFile } from "./source-files.js";

// A path that nobody can know is treated as one outside the repository.
const COMPUTED = "../../../../computed";

/** Which folders of `src` each may import from, besides itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  domain: [],
  chain: ["domain"],
  store: ["domain"],
  banks: ["domain"],
  webhooks: ["domain"],
  receipts: ["domain"],
  watcher: ["domain", "chain", "store", "banks", "webhooks"],
  functions: ["domain", "chain", "store", "banks"],
  submission: ["domain", "chain", "store"],
  api: ["domain", "chain", "store", "banks", "webhooks", "receipts", "submission"],
  "function-host": ["domain"],
  client: [],
  cli: ["client", "domain", "receipts"],
  dashboard: ["domain"],
  config: ["domain"],
  telemetry: ["domain"],
  bin: [
    "domain",
    "chain",
    "store",
    "banks",
    "watcher",
    "functions",
    "submission",
    "api",
    "config",
    "telemetry",
    "webhooks",
    "receipts",
    "function-host",
    "client",
    "cli",
  ],
};
// What runs in the browser may know what the API answers, and nothing of how.
const MAY_IMPORT_TYPES: Record<string, readonly string[]> = { dashboard: ["api"] };
// Generated from the contracts; what knows the contracts may use it.
const GENERATED = "types/";
const MAY_IMPORT_GENERATED: readonly string[] = ["chain"];

/** Imports that break the rules of the design. */
export function importViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const folder = file.path.split("/")[1] ?? "";
    const allowed = MAY_IMPORT[folder];
    if (allowed === undefined) return [`${file.path}: there is no rule for src/${folder}`];
    return importsOf(file)
      .filter(({ specifier }) => specifier.startsWith("."))
      .map(({ specifier, isType }) => ({ target: posix.join(posix.dirname(file.path), specifier), isType }))
      .filter(
        ({ target, isType }) => !isAllowed(target, folder, [...allowed, ...(isType ? (MAY_IMPORT_TYPES[folder] ?? []) : [])]),
      )
      .map(({ target }) => `${file.path} imports ${target}`);
  });
}

function isAllowed(target: string, folder: string, allowed: readonly string[]): boolean {
  if (target.startsWith(GENERATED)) return MAY_IMPORT_GENERATED.includes(folder);
  const [root, to = ""] = target.split("/");
  return root === "src" && (to === folder || allowed.includes(to));
}

/** Imports of tests by programs that are none. */
export function testImports(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) =>
    specifiersOf(file)
      .map((specifier) => posix.join(posix.dirname(file.path), specifier))
      .filter((target) => target.startsWith("test/"))
      .map((target) => `${file.path} imports ${target}`),
  );
}

/** What a file imports in any way: statically, re-exported, dynamically, as a type, by `require`. */
export function specifiersOf(file: SourceFile): string[] {
  return importsOf(file).map(({ specifier }) => specifier);
}

function importsOf(file: SourceFile): { specifier: string; isType: boolean }[] {
  const found: { specifier: string; isType: boolean }[] = [];
  forEachNode(file, (node) => {
    const specifier = specifierOf(node);
    if (specifier === undefined) return;
    found.push({ specifier: ts.isStringLiteralLike(specifier) ? specifier.text : COMPUTED, isType: isTypeOnly(node) });
  });
  return found;
}

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node)) return node.importClause?.isTypeOnly ?? false;
  return ts.isImportTypeNode(node) || (ts.isExportDeclaration(node) && node.isTypeOnly);
}

function specifierOf(node: ts.Node): ts.Expression | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node))
    return ts.isLiteralTypeNode(node.argument) ? (node.argument.literal as ts.Expression) : undefined;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (!ts.isCallExpression(node)) return undefined;
  const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword;
  const isRequire = ts.isIdentifier(node.expression) && node.expression.text === "require";
  return isImport || isRequire ? node.arguments[0] : undefined;
}
