import { type Child, describeEnd, startChild } from "./child.js";
import { startGuard } from "./guard.js";
import { createReviver, type Reviver } from "./reviver.js";

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
  /**
   * From now on a service that ends by itself is started again, after a pause.
   * @param revive Starts one again: as `restart` does, and with whatever depends on it.
   */
  keepAlive(revive: (name: string) => Promise<void>): void;
  /** Rejects when a process ends that was not asked to; where it is started again, when it has ended too often. */
  readonly broken: Promise<never>;
  /** Stops everything, what is named in `last` after the others. */
  stop(last: string): Promise<void>;
}

/** @param options.tell Is told in one line what became of a process. */
export function createSupervisor(options: { logDir: string; cwd: string; tell?: (line: string) => void }): Supervisor {
  const { logDir, cwd, tell = () => undefined } = options;
  const children = new Map<string, Child>();
  const services = new Map<string, Service>();
  const failed = Promise.withResolvers<never>();
  // Whoever waits for it gets it; it must not end the process by itself.
  failed.promise.catch(() => undefined);
  const guard = startGuard(tell);
  let reviver: Reviver | undefined;
  let stopping = false;

  async function run(service: Service): Promise<void> {
    // What was begun before a stop must not start anything after it.
    if (stopping) throw new Error(`${service.name} is not started any more: everything stops.`);
    services.set(service.name, service);
    const child = startChild(service.name, service.command, { env: service.env, logDir, cwd, tell });
    children.set(service.name, child);
    guard.watch(child.pid);
    void child.ended.then((end) => {
      guard.forget(child.pid);
      if (stopping || end.asked || children.get(service.name) !== child) return;
      if (reviver !== undefined) reviver.ended(service.name, `${describeEnd(end)}; its log is ${child.logFile}`);
      else
        failed.reject(new Error(`${service.name} ended (${describeEnd(end)}); ${child.logFile} ends with:\n${child.logTail()}`));
    });
    await service.ready(child);
  }

  async function restart(name: string): Promise<void> {
    const service = services.get(name);
    if (service === undefined) throw new Error(`There is no service ${name}`);
    await run(service);
  }

  function keepAlive(revive: (name: string) => Promise<void>): void {
    reviver = createReviver({
      order: () => [...services.keys()],
      revive: async (name) => {
        try {
          await revive(name);
        } catch (error) {
          // One that lives and is not ready is of no use.
          await children.get(name)?.stop();
          throw error;
        }
      },
      tell,
      giveUp: (name, how, ends) => {
        const tail = children.get(name)?.logTail() ?? "";
        failed.reject(
          new Error(`${name} ended ${ends} times in a row, the last time: ${how}. Giving up. Its log ends with:\n${tail}`),
        );
      },
    });
  }

  async function stop(last: string): Promise<void> {
    stopping = true;
    reviver?.stop();
    const final = children.get(last);
    await Promise.all([...children.values()].filter((child) => child !== final).map((child) => child.stop()));
    await final?.stop();
    await guard.close();
  }

  return { children, run, restart, keepAlive, broken: failed.promise, stop };
}
