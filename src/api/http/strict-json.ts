import { AppError } from "../../domain/app-error.js";

const DEPTH_MAX = 8; // The deepest body of any route has three levels.

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads a JSON body (RFC 8259, with the limits of I-JSON, RFC 7493): UTF-8, no member twice, no NUL, no lone surrogate, no
 * `__proto__`. Two readers of one body must not see two different things.
 *
 * @throws AppError `invalid-request`; neither its message nor its cause repeats the body.
 */
export function parseStrictJson(body: Uint8Array): unknown {
  const text = decode(body);
  const value = parse(text);
  checkMembers(text);
  checkValue(value);
  return value;
}

function decode(body: Uint8Array): string {
  try {
    return utf8.decode(body);
  } catch {
    throw refusal("The body is not UTF-8.");
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not kept as the cause: V8's message quotes the body.
    throw refusal("The body is not JSON.");
  }
}

/** Looks for members given twice. `text` is known to be JSON, so that strings and brackets are all there is to tell apart. */
function checkMembers(text: string): void {
  // For each open bracket the members seen; `undefined` for an array.
  const open: (Set<string> | undefined)[] = [];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[[\]{}]/g)) {
    if (token === "{" || token === "[") {
      open.push(token === "{" ? new Set() : undefined);
      if (open.length > DEPTH_MAX) throw refusal("The body is nested too deep.");
    } else if (token === "}" || token === "]") {
      open.pop();
    } else if (token.endsWith(":")) {
      const name = String(JSON.parse(token.slice(0, token.lastIndexOf('"') + 1)));
      const members = open.at(-1);
      if (members?.has(name)) throw refusal("The body has a member twice.");
      if (name === "__proto__") throw refusal("The body has a member that no resource has.");
      members?.add(name);
    }
  }
}

function checkValue(value: unknown): void {
  if (typeof value === "string") {
    if (value.includes("\0") || !value.isWellFormed()) throw refusal("The body has a character that no field takes.");
  } else if (typeof value === "object" && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      checkValue(name);
      checkValue(member);
    }
  }
}

function refusal(message: string): AppError {
  return new AppError("invalid-request", message);
}
