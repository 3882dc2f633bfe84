import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const LOCK_FILE = "package-lock.json";

/** What tells one build's sources from another's: a digest of the files in folders below `root`, of single files, and of the libraries' versions. */
export async function digestOfSources(root: string, folders: readonly string[], files: readonly string[] = []): Promise<string> {
  const found = await Promise.all(folders.map((folder) => filesOf(root, folder)));
  const hash = createHash("sha256");
  for (const file of [...found.flat().sort(), ...files, LOCK_FILE]) {
    hash.update(`${file}\0`).update(
      createHash("sha256")
        .update(await readFile(join(root, file)))
        .digest(),
    );
  }
  return hash.digest("hex");
}

async function filesOf(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}
