import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

// What the page is made of: its own sources, the pure modules that it shares with the services, and the versions of its libraries.
const SOURCES = ["src/dashboard", "src/domain"];
const LOCK_FILE = "package-lock.json";

/**
 * Builds the dashboard into `dist/dashboard`, unless that is what is there already. Deletes nothing: another stack may be serving an
 * earlier build, whose files have other names.
 */
export async function buildDashboard(root: string): Promise<void> {
  const stampFile = join(root, "dist/dashboard.stamp");
  const stamp = await digestOfSources(root);
  if ((await readFile(stampFile, "utf8").catch(() => "")) === stamp) return;
  // Loaded here: whoever finds the dashboard built needs no Vite.
  const { build } = await import("vite");
  await build({
    configFile: false,
    root: join(root, "src/dashboard"),
    logLevel: "warn",
    build: {
      outDir: join(root, "dist/dashboard"),
      emptyOutDir: false,
      // As data: in a page it would need a wider policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      target: "es2022",
    },
  });
  await writeFile(stampFile, stamp);
}

async function digestOfSources(root: string): Promise<string> {
  const folders = await Promise.all(SOURCES.map((folder) => filesOf(root, folder)));
  const hash = createHash("sha256");
  for (const file of [...folders.flat().sort(), LOCK_FILE]) {
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
