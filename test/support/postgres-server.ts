import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, cp, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { takeFreePort } from "../../scripts/stack/free-ports.js";
import { postgresCommand } from "../../scripts/stack/postgres-command.js";
import { inheritedEnvironment } from "../../src/config/config.js";
import { program } from "./programs.js";

/** A PostgreSQL as `npm start` runs it, to be stopped, crashed and started again. */
export type PostgresServer = Awaited<ReturnType<typeof startPostgresServer>>;

/** @param inFolder Where its data folder is made; a temporary one, if absent. */
export async function startPostgresServer(inFolder?: string) {
  const folder = inFolder ?? (await mkdtemp(join(tmpdir(), "event-machine-test-")));
  await mkdir(folder, { recursive: true });
  const { owner } = await postgresCommand();
  if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
  const port = await takeFreePort();
  const password = randomBytes(12).toString("hex");
  const dataFolder = join(folder, "data");
  let child = await spawnPostgres(dataFolder, port, password);
  await untilReady(child);

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.process.exitCode !== null || child.process.signalCode !== null) return;
    child.process.kill(signal);
    await child.exited;
  };

  /** Ends the server without a word to anyone, as a loss of power does; its shared memory goes with it. */
  async function crash(): Promise<void> {
    const [pid] = (await readFile(join(dataFolder, "postmaster.pid"), "utf8")).split("\n");
    process.kill(Number(pid), "SIGQUIT");
    await Promise.race([child.exited, untilGone(Number(pid))]);
    await end("SIGKILL");
  }

  return {
    url: `postgresql://eventmachine:${password}@127.0.0.1:${port}/postgres`,
    dataFolder,
    port,
    password,
    stop: () => end("SIGTERM"),
    crash,
    start: async () => {
      child = await spawnPostgres(dataFolder, port, password);
      await untilReady(child);
    },
    /** Puts another data folder's content in the place of its own. To be stopped first. */
    replaceData: async (from: string) => {
      await rm(dataFolder, { recursive: true });
      await cp(from, dataFolder, { recursive: true, preserveTimestamps: true });
      if (owner !== undefined) await chownAll(dataFolder, owner);
    },
    isRunning: () => child.process.exitCode === null && child.process.signalCode === null,
    remove: async () => {
      await end("SIGTERM");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts the server's process; it may end by itself, and says why. */
export async function spawnPostgres(dataFolder: string, port: number, password: string) {
  const { command } = await postgresCommand();
  const script = resolve(await program("scripts/stack/postgres-server.ts"));
  const [file = "", ...args] = [...command, process.execPath, script, dataFolder, String(port)];
  const child = spawn(file, args, {
    env: { ...inheritedEnvironment(), PGPASSWORD: password },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const killAtExit = () => void child.kill("SIGTERM");
  process.once("exit", killAtExit);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  const exited = new Promise<number | null>((done) => child.once("close", done));
  void exited.then(() => process.off("exit", killAtExit));
  return { process: child as ChildProcess, output: () => output, exited };
}

async function untilReady(child: Awaited<ReturnType<typeof spawnPostgres>>): Promise<void> {
  let ended = false;
  void child.exited.then(() => {
    ended = true;
  });
  while (!child.output().includes("READY")) {
    if (ended) throw new Error(`PostgreSQL did not start:\n${child.output()}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

async function chownAll(folder: string, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  await chown(folder, uid, gid);
  for (const entry of await readdir(folder, { recursive: true })) await chown(join(folder, entry), uid, gid);
}

async function untilGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((done) => setTimeout(done, 20));
  }
}
