import { rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { bundleServices, PROGRAMS } from "../../scripts/stack/bundle-services.js";

// Of this process alone: another run of tests may be bundling the same.
const OUT = `dist/test-${process.pid}`;
const SCRIPTS = ["scripts/ops/deliveries.ts", "scripts/ops/reconcile.ts"];

let bundled: Promise<void> | undefined;

/** The file of a program of `src/bin` or of a script, bundled as the services are: it starts in a third of the time. */
export async function program(source: string): Promise<string> {
  bundled ??= bundle();
  await bundled;
  return join(OUT, source.replace(/\.ts$/, ".js"));
}

async function bundle(): Promise<void> {
  process.once("exit", () => rmSync(OUT, { recursive: true, force: true }));
  await bundleServices(process.cwd(), { out: OUT, programs: [...PROGRAMS, ...SCRIPTS] });
}
