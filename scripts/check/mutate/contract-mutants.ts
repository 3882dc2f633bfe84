/** A change of one place in a source file. */
export type Mutant = { file: string; start: number; end: number; replacement: string; what: string };

type Node = { nodeType?: string; src?: string; [key: string]: unknown };

const OPERATORS: Record<string, string> = {
  "==": "!=",
  "!=": "==",
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "&&": "||",
  "||": "&&",
  "+": "-",
  "-": "+",
  "|": "&",
  "&": "|",
  "<<": ">>",
  ">>": "<<",
};

/** Every mutant of a file, from solc's AST: conditions, guards, operators, states, arguments, constants, writes and events. */
export function mutantsOf(file: string, source: string, ast: unknown): Mutant[] {
  const bytes = Buffer.from(source, "utf8");
  const text = (start: number, end: number) => bytes.subarray(start, end).toString("utf8");
  const found: Mutant[] = [];
  const add = (node: Node, replacement: string, what: string) => {
    const [start, end] = range(node);
    if (text(start, end) !== replacement)
      found.push({ file, start, end, replacement, what: `${what}: ${oneLine(text(start, end))}` });
  };
  const of = (node: Node) => text(...range(node));
  const visit = (node: Node): void => {
    mutateNode(node, of, add);
    for (const child of childrenOf(node)) visit(child);
  };
  for (const contract of childrenOf(ast as Node)) {
    const isCode = contract.nodeType === "ContractDefinition" && contract.contractKind !== "interface";
    if (isCode || contract.nodeType === "FunctionDefinition") visit(contract);
  }
  return found;
}

/** The source with the mutant in it. */
export function applyMutant(source: string, mutant: Mutant): string {
  const bytes = Buffer.from(source, "utf8");
  return Buffer.concat([bytes.subarray(0, mutant.start), Buffer.from(mutant.replacement), bytes.subarray(mutant.end)]).toString(
    "utf8",
  );
}

/** The same order for the same seed: a Fisher-Yates shuffle by a linear congruential generator (Numerical Recipes). */
export function shuffle<T>(items: readonly T[], seed: number): T[] {
  const shuffled = [...items];
  let state = seed >>> 0;
  for (let i = shuffled.length - 1; i > 0; i -= 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const j = Math.floor((state / 2 ** 32) * (i + 1));
    [shuffled[i], shuffled[j]] = [shuffled[j] as T, shuffled[i] as T];
  }
  return shuffled;
}

function mutateNode(node: Node, of: (node: Node) => string, add: (node: Node, replacement: string, what: string) => void): void {
  switch (node.nodeType) {
    case "BinaryOperation":
      mutateBinary(node, of, add);
      return;
    case "UnaryOperation":
      if (node.operator === "!") add(node, of(node.subExpression as Node), "negation dropped");
      return;
    case "IfStatement":
      add(node.condition as Node, "false", "condition never met");
      add(node.condition as Node, "true", "condition always met");
      return;
    case "Conditional":
      add(
        node,
        `${of(node.condition as Node)} ? ${of(node.falseExpression as Node)} : ${of(node.trueExpression as Node)}`,
        "branches swapped",
      );
      return;
    case "EmitStatement":
      add(node, "{}", "event dropped");
      return;
    case "ExpressionStatement":
      add(node, "{}", "statement dropped");
      return;
    case "ModifierInvocation":
      if (of(node) === "restricted") add(node, "", "guard dropped");
      return;
    case "FunctionCall":
      mutateArguments(node, of, add);
      return;
    case "Literal":
      if (node.kind === "number") add(node, /^\d/.test(of(node)) ? `(${of(node)} + 1)` : of(node), "number raised");
      if (node.kind === "bool") add(node, node.value === "true" ? "false" : "true", "boolean turned");
      return;
    case "MemberAccess":
      mutateMember(node, of, add);
      return;
    default:
      return;
  }
}

function mutateBinary(
  node: Node,
  of: (node: Node) => string,
  add: (node: Node, replacement: string, what: string) => void,
): void {
  const operator = String(node.operator);
  const [left, right] = [of(node.leftExpression as Node), of(node.rightExpression as Node)];
  const swapped = OPERATORS[operator];
  if (swapped !== undefined) add(node, `(${left} ${swapped} ${right})`, `${operator} to ${swapped}`);
  if (operator !== "&&" && operator !== "||") return;
  add(node, left, "second condition dropped");
  add(node, right, "first condition dropped");
}

function mutateArguments(
  node: Node,
  of: (node: Node) => string,
  add: (node: Node, replacement: string, what: string) => void,
): void {
  const values = node.arguments as Node[];
  for (let i = 0; i + 1 < values.length; i += 1) {
    const [first, second] = [values[i] as Node, values[i + 1] as Node];
    if (typeOf(first) !== typeOf(second)) continue;
    const [start] = range(first);
    const [, end] = range(second);
    const between = { src: `${start}:${end - start}:0` };
    const names = node.names as string[];
    if (names.length === 0) add(between, `${of(second)}, ${of(first)}`, "arguments swapped");
  }
}

function mutateMember(
  node: Node,
  of: (node: Node) => string,
  add: (node: Node, replacement: string, what: string) => void,
): void {
  const [owner = "", member = ""] = of(node).split(/\.(?=\w+$)/);
  const members = MEMBERS.get(owner.split(".").at(-1) ?? "");
  if (members?.includes(member)) add(node, `${owner}.${members[(members.indexOf(member) + 1) % members.length]}`, "next member");
  if (of(node) === "msg.sender") add(node, "tx.origin", "caller's caller");
}

const STATES = ["STARTED", "PENDING", "COMPLETED", "REJECTED", "REVERSING", "REVERSED", "SUSPENDED"];

const MEMBERS = new Map([
  ["State", ["NONE", ...STATES]],
  ["TransferStates", STATES],
  ["Leg", ["NONE", "PAYER", "PAYEE"]],
  ["Banks", ["ACCOUNTS", "LEGS"]],
  [
    "Refusal",
    [
      "NONE",
      "EXISTS",
      "ID_ZERO",
      "AMOUNT_INVALID",
      "CURRENCY_INVALID",
      "DEADLINE_INVALID",
      "DETAILS_TOO_LONG",
      "PAYER_BANK_INACTIVE",
      "PAYEE_BANK_INACTIVE",
      "INITIATOR_NOT_ADMITTED",
      "UNEXPECTED_STATE",
      "NOT_LEG_BANK",
      "REASON_INVALID",
      "EVIDENCE_MISSING",
    ],
  ],
  ["StartCheck", ["OK", "PAYER_BANK_INACTIVE", "PAYEE_BANK_INACTIVE", "INITIATOR_NOT_ADMITTED"]],
  ["RegistrationRefusal", ["NONE", "ALIAS_ZERO", "SEALED_ACCOUNT_INVALID", "HELD"]],
]);

function childrenOf(node: Node): Node[] {
  return Object.entries(node)
    .filter(([key]) => key !== "typeName" && key !== "documentation")
    .flatMap(([, value]) => (Array.isArray(value) ? value : [value]))
    .filter((value): value is Node => typeof value === "object" && value !== null && "nodeType" in value);
}

function range(node: Node): [number, number] {
  const [start = 0, length = 0] = (node.src ?? "").split(":").map(Number);
  return [start, start + length];
}

function typeOf(node: Node): string {
  return String((node.typeDescriptions as { typeString?: string } | undefined)?.typeString);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").slice(0, 100);
}
