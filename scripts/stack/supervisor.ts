import { join } from "node:path";
import { type Child, startChild } from "./child.js";

/** How a process of the stack is started, and started again. */
export interface Service {
  name: string;
  command: readonly string[];
  env: Record<string, string>;
  /** Resolves when it can be used; rejects if that takes too long or it ends. */
  ready(child: Child): Promise<void>;
}

/** Keeps the stack's processes. */
export interface Supervisor {
  readonly children: ReadonlyMap<string, Child>;
  /** Starts a service and waits until it is ready. */
  run(service: Service): Promise<void>;
  /** Starts a service again that has ended, as it was started before. */
  restart(name: string): Promise<void>;
  /** Rejects when a process ends by itself; one that was killed (SIGKILL) was killed on purpose. */
  readonly broken: Promise<never>;
  /** Stops everything, what is named in `last` after the others. */
  stop(last: string): Promise<void>;
}

export function createSupervisor({ logDir, cwd }: { logDir: string; cwd: string }): Supervisor {
  const children = new Map<string, Child>();
  const services = new Map<string, Service>();
  const failed = Promise.withResolvers<never>();
  // Whoever waits for it gets it; it must not end the process by itself.
  failed.promise.catch(() => undefined);
  let stopping = false;

  async function run(service: Service): Promise<void> {
    // What was begun before a stop must not start anything after it.
    if (stopping) throw new Error(`${service.name} is not started any more: everything stops.`);
    services.set(service.name, service);
    const child = startChild(service.name, service.command, { env: service.env, logDir, cwd });
    children.set(service.name, child);
    void child.ended.then(({ code, signal }) => {
      if (stopping || children.get(service.name) !== child || signal === "SIGKILL") return;
      const log = join(logDir, `${service.name}.log`);
      failed.reject(new Error(`${service.name} has ended (${signal ?? `exit code ${code}`}); see ${log}:\n${child.logTail()}`));
    });
    await service.ready(child);
  }

  async function restart(name: string): Promise<void> {
    const service = services.get(name);
    if (service === undefined) throw new Error(`There is no service ${name}`);
    await run(service);
  }

  async function stop(last: string): Promise<void> {
    stopping = true;
    const final = children.get(last);
    await Promise.all([...children.values()].filter((child) => child !== final).map((child) => child.stop()));
    await final?.stop();
  }

  return { children, run, restart, broken: failed.promise, stop };
}
