import { execFile } from "node:child_process";
import { mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { startRpcProxy } from "../support/rpc-proxy.js";

const run = promisify(execFile);
const BALLAST_BYTES = 1_048_576;
const LEDGER_DISK_MIB = 64;
// So little more than it has a process may take.
const SPARE_BYTES = 2 * 1_048_576;
const STEPPED_CLOCK = pathToFileURL(resolve("tools/support/stepped-clock.mjs")).href;

/** Services whose time of day a test may change while they run: their environment, and what steps a clock, in milliseconds. */
export async function layOutClocks(dataDir: string, services: readonly string[]) {
  const folder = join(dataDir, "clocks");
  await mkdir(folder, { recursive: true });
  const fileOf = (service: string) => join(folder, service);
  await Promise.all(services.map((service) => writeFile(fileOf(service), "0")));
  return {
    services,
    environmentOf: (service: string): Record<string, string> =>
      services.includes(service) ? { NODE_OPTIONS: `--import=${STEPPED_CLOCK}`, CLOCK_STEP_FILE: fileOf(service) } : {},
    step: (service: string, ms: number) => writeFile(fileOf(service), String(ms)),
  };
}

export type Clocks = Awaited<ReturnType<typeof layOutClocks>>;

/** A disk of its own, and small, for a bank's ledger. */
export interface SmallDisk {
  ledgerFile: string;
  /** Leaves no byte free. */
  fill(): Promise<void>;
  free(): Promise<void>;
  unmount(): Promise<void>;
}

/** `undefined` where this user may not mount. */
export async function mountSmallDisk(dataDir: string): Promise<SmallDisk | undefined> {
  const folder = join(dataDir, "small-disk");
  await mkdir(folder, { recursive: true });
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${LEDGER_DISK_MIB}m,mode=700`, "tmpfs", folder]);
  } catch {
    return undefined;
  }
  const ballast = join(folder, "ballast");
  return {
    ledgerFile: join(folder, "ledger.sqlite"),
    fill: () => fillDisk(ballast),
    free: () => rm(ballast, { force: true }),
    unmount: async () => void (await run("umount", [folder])),
  };
}

async function fillDisk(ballast: string): Promise<void> {
  const file = await open(ballast, "w");
  try {
    // From large blocks to single bytes.
    for (let bytes = BALLAST_BYTES; bytes >= 1; ) {
      try {
        await file.write(Buffer.alloc(bytes));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
        bytes = Math.floor(bytes / 16);
      }
    }
  } finally {
    await file.close();
  }
}

/** Lets a process have hardly more memory than it has. @returns Whether this machine can. */
export async function limitMemory(pid: number): Promise<boolean> {
  try {
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    const [, kib = "0"] = /^VmData:\s+(\d+) kB$/m.exec(status) ?? [];
    await run("prlimit", ["--pid", String(pid), `--data=${Number(kib) * 1_024 + SPARE_BYTES}`]);
    return true;
  } catch {
    return false;
  }
}

/** Lets a process have as much memory as it wants again, if it still lives. */
export async function freeMemory(pid: number): Promise<void> {
  await run("prlimit", ["--pid", String(pid), "--data=unlimited"]).catch(() => undefined);
}

/** What is broken besides processes: `undefined` where this machine cannot. */
export interface Machine {
  clocks: Clocks | undefined;
  disk: SmallDisk | undefined;
  /** The node that the watchers ask first. */
  liar: Awaited<ReturnType<typeof startRpcProxy>>;
}

/** The account that a number moved to after a transfer was asked for: no money of that transfer may come there. */
export interface LaterHolder {
  phone: string;
  account: string;
  bank: "payers'" | "payees'";
}
