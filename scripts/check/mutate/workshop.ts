import { chmod, cp, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** `dist` is built by whoever needs it. */
const LEFT_OUT = new Set(["node_modules", ".git", "dist"]);

/** A copy of the project in a temporary folder, whose sources can be changed and whose tests can be run. */
export async function buildWorkshop(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "event-machine-mutate-"));
  // A test's PostgreSQL runs as another user where this runs as root.
  await chmod(folder, 0o755);
  for (const entry of await readdir(".")) {
    if (!LEFT_OUT.has(entry)) await cp(entry, join(folder, entry), { recursive: true });
  }
  await symlink(resolve("node_modules"), join(folder, "node_modules"));
  await mkdir(join(folder, "tmp"));
  await chmod(join(folder, "tmp"), 0o777);
  return folder;
}

export async function removeWorkshop(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}
