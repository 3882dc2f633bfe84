import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { takeFreePorts } from "../../scripts/stack/free-ports.js";
import { assertPortsFree, fixedPorts } from "../../scripts/stack/ports.js";
import { inheritedEnvironment } from "../../src/config/config.js";
import { waitFor } from "../../tools/system/wait-for.js";

/** `npm start` as somebody runs it, on other ports and in another folder. */
export interface Launched {
  readonly pid: number;
  /** What it has printed so far. */
  output(): string;
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
  /** Waits until it has printed a text, so many times; throws with what it has printed if it ends before. */
  printed(text: string, times?: number): Promise<void>;
  /** To the launcher alone, as a supervisor does it; SIGINT unless told. */
  signal(signal?: NodeJS.Signals): void;
  /** To all of a terminal's processes, as Ctrl-C does it. */
  signalGroup(): void;
}

/** Throws unless nothing listens any more where `npm start` had its services. */
export async function assertNothingListens(environment: StartEnvironment): Promise<void> {
  const [api, chain, database, services] = [
    environment.API_PORT,
    environment.CHAIN_PORT,
    environment.DATABASE_PORT,
    environment.SERVICES_PORT,
  ].map(Number) as [number, number, number, number];
  await assertPortsFree(fixedPorts({ api, chain, database, services }));
}

/** Environment variables that `npm start` reads. */
export type StartEnvironment = Record<"API_PORT" | "CHAIN_PORT" | "DATABASE_PORT" | "SERVICES_PORT" | "DATA_DIR", string>;

// `fixedPorts` counts on from the first.
const SERVICES_PORTS = 50;
const START_TIMEOUT_MS = 120_000;

/** Runs the launcher. */
export function launch(environment: StartEnvironment & Record<string, string>): Launched {
  const child: ChildProcess = spawn(process.execPath, ["scripts/launch.mjs", "dev/start"], {
    env: { ...inheritedEnvironment(), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, as a terminal's.
    detached: true,
  });
  const pid = child.pid ?? Number.NaN;
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString("utf8");
    });
  }
  let ended = false;
  const exited = once(child, "close").then(([code, signal]) => {
    ended = true;
    return { code, signal };
  });
  async function printed(text: string, times = 1): Promise<void> {
    const isPrinted = () => output.split(text).length > times;
    await waitFor(`npm start prints '${text}'`, () => ended || isPrinted(), START_TIMEOUT_MS);
    if (!isPrinted()) throw new Error(`npm start ended before it printed '${text}':\n${output}`);
  }
  return {
    pid,
    output: () => output,
    exited,
    printed,
    signal: (signal = "SIGINT") => void child.kill(signal),
    signalGroup: () => void process.kill(-pid, "SIGINT"),
  };
}

/** Ports that are free, and a data folder. */
export async function startEnvironment(dataDir: string): Promise<StartEnvironment> {
  const [api, chain, database, services] = await takeFreePorts(3 + SERVICES_PORTS);
  return {
    API_PORT: String(api),
    CHAIN_PORT: String(chain),
    DATABASE_PORT: String(database),
    SERVICES_PORT: String(services),
    DATA_DIR: dataDir,
  };
}

/** Otherwise the launcher would install, under whatever runs from the same folder. */
export async function assertInstalled(): Promise<void> {
  const lock = createHash("sha256")
    .update(await readFile("package-lock.json"))
    .digest("hex");
  if ((await readFile("node_modules/.event-machine-lock", "utf8")) !== lock) {
    throw new Error("What is installed is not what package-lock.json says. Run npm test, which installs.");
  }
}
