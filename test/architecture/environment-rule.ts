import ts from "typescript";
import { forEachNode, type SourceFile } from "./source-files.js";

/** The one module that reads the environment. */
const READER = "src/config/config.ts";

/** Places other than the configuration that read the environment, in whatever words. */
export function environmentViolations(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => path !== READER)
    .flatMap((file) => {
      const found: string[] = [];
      forEachNode(file, (node, source) => {
        if (!readsEnvironment(node)) return;
        const { line } = source.getLineAndCharacterOfPosition(node.getStart());
        found.push(`${file.path}:${line + 1} reads the environment`);
      });
      return found;
    });
}

function readsEnvironment(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return node.name.text === "env" && isProcess(node.expression);
  if (ts.isElementAccessExpression(node)) {
    return (
      ts.isStringLiteralLike(node.argumentExpression) && node.argumentExpression.text === "env" && isProcess(node.expression)
    );
  }
  if (ts.isVariableDeclaration(node)) {
    return (
      ts.isObjectBindingPattern(node.name) &&
      node.initializer !== undefined &&
      isProcess(node.initializer) &&
      binds(node.name, "env")
    );
  }
  if (ts.isImportDeclaration(node)) {
    const named = node.importClause?.namedBindings;
    const fromProcess = ts.isStringLiteral(node.moduleSpecifier) && /^(node:)?process$/.test(node.moduleSpecifier.text);
    return (
      fromProcess &&
      named !== undefined &&
      ts.isNamedImports(named) &&
      named.elements.some((one) => (one.propertyName ?? one.name).text === "env")
    );
  }
  return false;
}

/** `process`, or a member of that name of something, e.g. of `globalThis`. */
function isProcess(expression: ts.Expression): boolean {
  if (ts.isIdentifier(expression)) return expression.text === "process";
  return ts.isPropertyAccessExpression(expression) && expression.name.text === "process";
}

function binds(pattern: ts.ObjectBindingPattern, name: string): boolean {
  return pattern.elements.some((element) => (element.propertyName ?? element.name).getText() === name);
}
