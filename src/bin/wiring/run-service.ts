import { flushCompileCache } from "node:module";
import process from "node:process";
import { type Logger, pino } from "pino";
import { AppError } from "../../domain/app-error.js";

/** What `start` hands back: how to stop. Intake first, then what is under way, then connections. */
export interface RunningService {
  stop(): Promise<void>;
}

// Docker kills after 10 s; whoever has not finished by then says so itself.
const STOP_TIMEOUT_MS = 9_000;
const LOG_TIMEOUT_MS = 500;
const OTHERS_MODE = 0o077;

/**
 * Runs one service for the life of the process: starts it, and on SIGTERM or SIGINT stops it and exits 0. Exit code 1 tells that it
 * could not start, or broke; the supervisor starts it again.
 * @param start Gets `fail`, to be called when the service breaks later on.
 */
export function runService(
  name: string,
  logLevel: () => string,
  start: (logger: Logger, fail: (error: unknown) => void) => Promise<RunningService>,
): void {
  // Whatever a service writes is its own: a ledger, a database file.
  process.umask(OTHERS_MODE);
  const log = pino.destination({ fd: process.stdout.fd, sync: false });
  let logger = pino({ name }, log);
  let running: RunningService | undefined;
  let stopping = false;

  function fail(error: unknown, unexpected = "unexpected error"): void {
    logger.fatal({ err: error }, error instanceof AppError ? error.message : unexpected);
    stop(1);
  }

  function stop(exitCode: number): void {
    if (stopping) return;
    stopping = true;
    setTimeout(() => {
      logger.error("could not finish in time; exiting");
      exit(1);
    }, STOP_TIMEOUT_MS).unref();
    Promise.resolve(running?.stop()).then(
      () => exit(exitCode),
      (error: unknown) => {
        logger.error({ err: error }, "stopping failed");
        exit(1);
      },
    );
  }

  /** Ends once what was logged is written, or cannot be. Left to pino, what nobody reads any more would be written again and again, for ever. */
  function exit(code: number): void {
    const end = () => process.exit(code);
    setTimeout(end, LOG_TIMEOUT_MS);
    log.once("drain", end).once("error", end);
    log.write("");
  }

  process.on("SIGTERM", () => stop(0));
  process.on("SIGINT", () => stop(0));
  process.on("uncaughtException", (error) => fail(error, "uncaught exception; exiting, because the state is unknown"));
  process.on("unhandledRejection", (error) => fail(error, "unhandled rejection; exiting, because the state is unknown"));

  try {
    logger = pino({ name, level: logLevel() }, log);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
  start(logger, fail).then((service) => {
    running = service;
    if (stopping) void service.stop().finally(() => exit(0));
    // Node.js writes its cache of compiled modules when a process exits, which a killed one never does. Nothing without NODE_COMPILE_CACHE.
    else flushCompileCache();
  }, fail);
}
