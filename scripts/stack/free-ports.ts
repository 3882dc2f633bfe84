import { createServer, type Server } from "node:net";
import process from "node:process";

// Below the ports that systems give to outgoing connections, one of which could take a port before its service does.
const FREE_FROM = 10_000;
const FREE_TO = 32_600;
const STRETCH = 200;
const STRETCHES = (FREE_TO - FREE_FROM) / STRETCH;

let next = 0;
let end = 0;
let stretchesTried = 0;
let taking: Promise<unknown> = Promise.resolve();

/**
 * Ports in a row that are free now, on loopback. Neither this process nor another that asks here is given them again while this one runs:
 * not even after what listened there has ended, since it may be started again.
 */
export async function takeFreePorts(count: number): Promise<number[]> {
  const taken = taking.then(() => findRow(count));
  taking = taken.catch(() => undefined);
  return await taken;
}

/** One port, as {@link takeFreePorts} finds it. */
export async function takeFreePort(): Promise<number> {
  const [port = 0] = await takeFreePorts(1);
  return port;
}

async function findRow(count: number): Promise<number[]> {
  let row: number[] = [];
  while (row.length < count) {
    if (next === end) {
      await claimStretch();
      row = [];
    }
    const port = next;
    next += 1;
    row = (await isFree(port)) ? [...row, port] : [];
  }
  return row;
}

/** Listens on the first port of a stretch until this process ends, so that every other process looks in another stretch. */
async function claimStretch(): Promise<void> {
  while (stretchesTried < STRETCHES) {
    const first = FREE_FROM + STRETCH * ((process.pid + stretchesTried) % STRETCHES);
    stretchesTried += 1;
    const claim = await listenOn(first);
    if (claim === undefined) continue;
    claim.unref();
    next = first + 1;
    end = first + STRETCH;
    return;
  }
  throw new Error(`Too few ports are free from ${FREE_FROM} to ${FREE_TO}. End what listens there, and try again.`);
}

/** Whether nothing listens on a port of loopback. */
export async function isFree(port: number): Promise<boolean> {
  const server = await listenOn(port);
  if (server === undefined) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

async function listenOn(port: number): Promise<Server | undefined> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}
