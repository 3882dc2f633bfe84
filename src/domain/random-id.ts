import { randomBytes } from "node:crypto";

/**
 * A random id in lower-case hex digits. People type and paste ids: none may begin with a dash, which a command line takes for an
 * option's.
 */
export function randomId(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}
