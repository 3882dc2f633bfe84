import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

// What could be left over lives longer; to look takes some milliseconds of a slow machine.
const POLL_MS = 100;

interface ProcessEntry {
  pid: number;
  parent: number;
  state: string;
}

/** The processes that a process has started, and those that they have, and so on. */
export async function descendants(pid: number): Promise<number[]> {
  const all = await readProcesses();
  const found: number[] = [];
  // Each process is once in the list, so this ends.
  for (const parents = [pid]; parents.length > 0; ) {
    const parent = parents.pop();
    const children = all.filter((entry) => entry.parent === parent).map((entry) => entry.pid);
    found.push(...children);
    parents.push(...children);
  }
  return found;
}

/** Those of the processes that a process has started, directly or not, whose command line contains a text. */
export async function descendantsWith(pid: number, text: string): Promise<number[]> {
  const found = await descendants(pid);
  const commands = await Promise.all(found.map((child) => readFile(`/proc/${child}/cmdline`, "utf8").catch(() => "")));
  return found.filter((_, index) => commands[index]?.replaceAll("\0", " ").includes(text));
}

/** All that a process has started, directly or not, from now until it has ended. */
export async function descendantsUntil(pid: number, ended: Promise<unknown>): Promise<number[]> {
  const found = new Set<number>();
  let over = false;
  void ended.then(() => {
    over = true;
  });
  while (!over) {
    for (const child of await descendants(pid)) found.add(child);
    await sleep(POLL_MS);
  }
  return [...found];
}

/** Which of the processes are still there. One that has ended and was not yet asked for its exit code is not. */
export async function alive(pids: readonly number[]): Promise<number[]> {
  const running = (await readProcesses()).filter(({ state }) => state !== "Z");
  return running.map(({ pid }) => pid).filter((pid) => pids.includes(pid));
}

async function readProcesses(): Promise<ProcessEntry[]> {
  const pids = (await readdir("/proc")).filter((name) => /^[0-9]+$/.test(name));
  const entries = await Promise.all(pids.map((pid) => readProcess(Number(pid))));
  return entries.filter((entry) => entry !== undefined);
}

/** See proc_pid_stat(5): the name in brackets may have spaces and brackets of its own. */
async function readProcess(pid: number): Promise<ProcessEntry | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch((error: NodeJS.ErrnoException) => {
    // It has ended since the folder was read.
    if (error.code === "ENOENT" || error.code === "ESRCH") return undefined;
    throw error;
  });
  if (stat === undefined) return undefined;
  const [state = "", parent = ""] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { pid, parent: Number(parent), state };
}
