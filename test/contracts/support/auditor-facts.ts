import { getBytes } from "ethers";
import { type AstNode, nodesOf, type Sources, syntaxTrees, typeOf } from "./solidity-ast.js";

/** What the auditor's page says of the sources, as the sources have it. */
export interface AuditorFacts {
  /** `Contract.function` of each function with inline assembly: the project's own, and those of libraries that its contracts run. */
  assembly: string[];
  /** `caller → callee.function`, of each call that leaves a contract and can only read. */
  readsElsewhere: string[];
  /** The same of each call that can write, send ether or run other code. */
  writesElsewhere: string[];
  /** `Contract.function: bound`, of each loop. */
  loops: string[];
}

/** How many times a loop runs where the sources name no number: a view's as often as its caller asks for. */
const AS_ASKED = "as asked";

/** The contracts of the page, each with all that it inherits. */
const REPOSITORIES = ["BankRepo", "PhoneAccountRepo", "TransferStateRepo"];

const LOOPS = ["ForStatement", "WhileStatement", "DoWhileStatement"];

/** Reads the facts from the sources' syntax trees. */
export function auditorFacts(sources: Sources): AuditorFacts {
  const trees = syntaxTrees(sources);
  const byId = new Map(Object.values(trees).flatMap((tree) => [...nodesOf(tree)].map((node) => [node.id, node] as const)));
  const contracts = Object.values(trees).flatMap((tree) => (tree.nodes as AstNode[]).filter(isContract));
  const functions = contracts.flatMap((contract) =>
    (contract.nodes as AstNode[])
      .filter(({ nodeType }) => nodeType === "FunctionDefinition" || nodeType === "ModifierDefinition")
      .map((code) => ({ contract, code, name: `${contract.name}.${code.name || code.kind}` })),
  );
  const own = new Set(
    Object.entries(trees)
      .filter(([path]) => path in sources)
      .flatMap(([, tree]) => (tree.nodes as AstNode[]).map(({ id }) => id)),
  );
  const reached = reachedFrom(
    contracts.filter(({ name }) => REPOSITORIES.includes(name ?? "")),
    byId,
  );
  const running = functions.filter(({ contract, code }) => own.has(contract.id) || reached.has(code.id));
  const calls = running.flatMap(({ contract, code }) => callsOut(contract, code));
  return {
    assembly: running.filter(({ code }) => has(code, "InlineAssembly")).map(({ name }) => name),
    readsElsewhere: distinct(calls.filter(({ reads }) => reads).map(({ call }) => call)),
    writesElsewhere: distinct(calls.filter(({ reads }) => !reads).map(({ call }) => call)),
    loops: running.flatMap(({ contract, code, name }) =>
      [...nodesOf(code)]
        .filter(({ nodeType }) => LOOPS.includes(nodeType))
        .map((loop) => `${name}: ${boundOf(loop, code, contract, byId)}`),
    ),
  };
}

// The kinds of function types, as the compiler names them, of what leaves a contract or destroys it.
const LEAVING = /^t_function_(external|delegatecall|bare|send|transfer|creation|selfdestruct|declaration_delegate)/;
const READING = /^t_function_(external|barestaticcall)[a-z]*_(view|pure)/;

/** Opcodes that a contract of the page must not hold, or only where the page says so. */
const OPCODES: Record<number, string> = {
  240: "CREATE",
  241: "CALL",
  242: "CALLCODE",
  244: "DELEGATECALL",
  245: "CREATE2",
  255: "SELFDESTRUCT",
};
const PUSH1 = 0x60;
const PUSH32 = 0x7f;

/** How often each of the dangerous opcodes stands in deployed bytecode; those that do not are left out. */
export function opcodesOf(deployedBytecode: string): Record<string, number> {
  const bytes = getBytes(deployedBytecode);
  // The compiler's metadata follows the code; the last two bytes are its length.
  const end = bytes.length - 2 - (((bytes.at(-2) ?? 0) << 8) | (bytes.at(-1) ?? 0));
  const found: Record<string, number> = {};
  for (let at = 0; at < end; at += 1) {
    const code = bytes[at] ?? 0;
    const name = OPCODES[code];
    if (name !== undefined) found[name] = (found[name] ?? 0) + 1;
    if (code >= PUSH1 && code <= PUSH32) at += code - PUSH1 + 1;
  }
  return found;
}

/** Every function that code of the contracts can come to, their bases' and libraries' among them. */
function reachedFrom(contracts: readonly AstNode[], byId: ReadonlyMap<number, AstNode>): Set<number> {
  const reached = new Set<number>();
  const waiting = contracts.flatMap(({ linearizedBaseContracts }) => linearizedBaseContracts as number[]);
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const node = byId.get(id);
    if (node === undefined || reached.has(id)) continue;
    reached.add(id);
    for (const { referencedDeclaration, nodeType, id: below } of nodesOf(node)) {
      if (nodeType === "FunctionDefinition") reached.add(below);
      const target = typeof referencedDeclaration === "number" ? byId.get(referencedDeclaration) : undefined;
      if (target?.nodeType === "FunctionDefinition" || target?.nodeType === "ModifierDefinition") waiting.push(target.id);
    }
  }
  return reached;
}

interface CallOut {
  call: string;
  reads: boolean;
}

/** The calls of a function that leave its contract, and the words of the language that destroy it. */
function callsOut(contract: AstNode, code: AstNode): CallOut[] {
  return [...nodesOf(code)].flatMap((node) => {
    if (node.nodeType !== "FunctionCall") return [];
    // A call with `{value: …}` or `{gas: …}` has its callee one deeper.
    const called = node.expression as AstNode;
    const callee = called.nodeType === "FunctionCallOptions" ? (called.expression as AstNode) : called;
    const type = typeOf(callee);
    if (!LEAVING.test(type)) return [];
    const target = callee.expression as AstNode | undefined;
    const owner = /t_contract\$_(\w+)_\$/.exec(target === undefined ? "" : typeOf(target))?.[1] ?? "address";
    const name = `${owner}.${callee.memberName ?? callee.name ?? "new"}`;
    return [{ call: `${contract.name} → ${name}`, reads: READING.test(type) }];
  });
}

/** The most often that a loop's body runs, from its condition. */
function boundOf(loop: AstNode, code: AstNode, contract: AstNode, byId: ReadonlyMap<number, AstNode>): string {
  const condition = loop.condition as AstNode | undefined;
  if (condition?.nodeType !== "BinaryOperation" || !["<", "<="].includes(String(condition.operator))) return "unknown";
  const last = constantOf(condition.rightExpression as AstNode, byId);
  if (last !== undefined) return String(condition.operator === "<" ? last : last + 1);
  if (code.stateMutability === "view" && code.visibility === "external") return AS_ASKED;
  const most = (contract.nodes as AstNode[]).find(({ name }) => name === "MAX_BATCH_ITEMS");
  return String((most && constantOf(most.value as AstNode, byId)) ?? "unknown");
}

/** The number that an expression of constants stands for; undefined for any other. */
function constantOf(expression: AstNode, byId: ReadonlyMap<number, AstNode>): number | undefined {
  const declared = byId.get(Number(expression.referencedDeclaration));
  if (expression.nodeType === "Literal") return Number(expression.value);
  if (expression.nodeType === "FunctionCall" && expression.kind === "typeConversion")
    return constantOf((expression.arguments as AstNode[])[0] as AstNode, byId);
  if (declared?.nodeType === "VariableDeclaration" && declared.constant === true)
    return constantOf(declared.value as AstNode, byId);
  if (declared?.nodeType !== "EnumValue") return undefined;
  const values = [...byId.values()].find(
    ({ nodeType, members }) => nodeType === "EnumDefinition" && (members as AstNode[]).includes(declared),
  );
  return (values?.members as AstNode[] | undefined)?.indexOf(declared);
}

function isContract({ nodeType }: AstNode): boolean {
  return nodeType === "ContractDefinition";
}

function has(node: AstNode, nodeType: string): boolean {
  return [...nodesOf(node)].some((found) => found.nodeType === nodeType);
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}
