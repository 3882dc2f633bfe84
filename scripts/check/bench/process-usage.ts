import { readdir, readFile } from "node:fs/promises";

/** What a process has used: CPU seconds since its start, and memory now. */
export interface ProcessUsage {
  cpuSeconds: number;
  residentMegabytes: number;
}

// Linux counts CPU time in these, whatever the kernel's own tick is (getconf CLK_TCK).
const TICKS_PER_SECOND = 100;
// In /proc/<pid>/stat, counted from behind the name in parentheses.
const PARENT = 1;
// Its own user and system time, then those of its children that have ended: PostgreSQL's backends do, while it runs.
const TICKS = [11, 12, 13, 14];
const KIBIBYTES_PER_MEGABYTE = 1_000;

interface Row {
  pid: number;
  parent: number;
  ticks: number;
}

/** Reads the usage of each process by its id, with that of all it has started. Linux only. */
export async function readUsage(pids: ReadonlyMap<string, number>): Promise<Map<string, ProcessUsage>> {
  const rows = await readProcesses();
  const usage = new Map<string, ProcessUsage>();
  const named = new Set(pids.values());
  for (const [name, pid] of pids) {
    const own = family(rows, pid, named);
    const kibibytes = await Promise.all(own.map(({ pid }) => readResidentKibibytes(pid)));
    usage.set(name, {
      cpuSeconds: own.reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_SECOND,
      residentMegabytes: (kibibytes.reduce((sum, size) => sum + size, 0) * 1.024) / KIBIBYTES_PER_MEGABYTE,
    });
  }
  return usage;
}

async function readProcesses(): Promise<Row[]> {
  const pids = (await readdir("/proc")).filter((name) => /^[0-9]+$/.test(name)).map(Number);
  const rows = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
      const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
      return { pid, parent: Number(fields[PARENT]), ticks: TICKS.reduce((sum, field) => sum + Number(fields[field]), 0) };
    }),
  );
  return rows.filter(({ ticks }) => Number.isFinite(ticks));
}

/** A process and its descendants, but for those that have a name of their own. */
function family(rows: readonly Row[], root: number, named: ReadonlySet<number>): Row[] {
  const found = rows.filter(({ pid }) => pid === root);
  for (const { pid: parent } of found) found.push(...rows.filter((row) => row.parent === parent && !named.has(row.pid)));
  return found;
}

// A process's share of memory that it has in common with others (PostgreSQL's buffers) is counted once, by Pss.
async function readResidentKibibytes(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  return Number(/^Pss:\s+([0-9]+) kB$/m.exec(text)?.[1] ?? 0);
}
