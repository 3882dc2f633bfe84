import { expect } from "chai";
import { type AstNode, contractSources, nodesOf, syntaxTrees } from "./support/solidity-ast.js";

const DOCUMENTED = ["FunctionDefinition", "EventDefinition", "ErrorDefinition"];

describe("the contracts' interfaces", () => {
  let trees: Record<string, AstNode>;

  before(() => {
    trees = syntaxTrees(contractSources());
  });

  it("document every function, event and error, with each of its parameters and what it returns", () => {
    const interfaces = Object.entries(trees).filter(([path]) => path.startsWith("contracts/interfaces/"));
    const members = interfaces.flatMap(([, tree]) => [...nodesOf(tree)]).filter(({ nodeType }) => DOCUMENTED.includes(nodeType));
    expect(members.length).to.be.greaterThan(100);
    expect(members.flatMap(missingTags)).to.deep.equal([]);
  });

  it("document every value of every enum", () => {
    const sources = contractSources();
    for (const [path, tree] of Object.entries(trees).filter(([file]) => file.startsWith("contracts/"))) {
      for (const value of [...nodesOf(tree)].filter(({ nodeType }) => nodeType === "EnumValue")) {
        const [start] = String(value.src).split(":").map(Number);
        // The syntax tree has no comments of an enum's values.
        const before = (sources[path]?.content ?? "").slice(0, start).trimEnd();
        expect(before.slice(before.lastIndexOf("\n")).trim(), `${path}: ${value.name}`).to.match(/^\/\/\/ \S/);
      }
    }
  });
});

/** The tags that a member's documentation lacks. */
function missingTags(member: AstNode): string[] {
  const text = (member.documentation as { text?: string } | undefined)?.text ?? "";
  const parametersOf = (list: unknown) => (list as { parameters: AstNode[] } | undefined)?.parameters ?? [];
  const tags = [
    "@notice",
    ...parametersOf(member.parameters).map(({ name }) => `@param ${name}`),
    ...parametersOf(member.returnParameters).map(() => "@return"),
  ];
  return tags.filter((tag) => !new RegExp(`${tag}\\b`).test(text)).map((tag) => `${member.name}: ${tag}`);
}
