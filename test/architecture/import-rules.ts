import { posix } from "node:path";
import ts from "typescript";
import { forEachNode, type SourceFile } from "./source-files.js";

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
  api: ["domain", "chain", "store", "banks", "webhooks", "receipts"],
  "function-host": ["domain"],
  client: [],
  cli: ["client", "domain", "receipts"],
  config: ["domain"],
  telemetry: ["domain"],
  bin: [
    "domain",
    "chain",
    "store",
    "banks",
    "watcher",
    "functions",
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
// Generated from the contracts; what knows the contracts may use it.
const GENERATED = "types/";
const MAY_IMPORT_GENERATED: readonly string[] = ["chain"];

/** Imports that break the rules of the design. */
export function importViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const folder = file.path.split("/")[1] ?? "";
    const allowed = MAY_IMPORT[folder];
    if (allowed === undefined) return [`${file.path}: there is no rule for src/${folder}`];
    return specifiersOf(file)
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => posix.join(posix.dirname(file.path), specifier))
      .filter((target) => !isAllowed(target, folder, allowed))
      .map((target) => `${file.path} imports ${target}`);
  });
}

function isAllowed(target: string, folder: string, allowed: readonly string[]): boolean {
  if (target.startsWith(GENERATED)) return MAY_IMPORT_GENERATED.includes(folder);
  const [root, to = ""] = target.split("/");
  return root === "src" && (to === folder || allowed.includes(to));
}

/** What a file imports in any way: statically, re-exported, dynamically, as a type, by `require`. */
export function specifiersOf(file: SourceFile): string[] {
  const found: string[] = [];
  forEachNode(file, (node) => {
    const specifier = specifierOf(node);
    if (specifier !== undefined) found.push(ts.isStringLiteralLike(specifier) ? specifier.text : "../computed");
  });
  return found;
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
