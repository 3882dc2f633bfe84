import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOfSources } from "./sources.js";

// What the page is made of, beside its libraries: its own sources, and the pure modules that it shares with the services.
const SOURCES = ["src/dashboard", "src/domain"];

/**
 * Builds the dashboard into `dist/dashboard`, unless that is what is there already. Deletes nothing: another stack may be serving an
 * earlier build, whose files have other names.
 */
export async function buildDashboard(root: string): Promise<void> {
  const stampFile = join(root, "dist/dashboard.stamp");
  const stamp = await digestOfSources(root, SOURCES);
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
