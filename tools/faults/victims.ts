import type { startTcpProxy } from "../support/tcp-proxy.js";
import type { System, transferBody } from "../system/stack.js";
import type { LaterHolder, Machine } from "./machine.js";

export type Proxies = Record<string, Awaited<ReturnType<typeof startTcpProxy>>>;

/** What the nemesis breaks, and whom it asks what came of it. */
export interface Victims {
  system: System;
  proxies: Proxies;
  /** Where each watcher listens, by its name. */
  watchers: Readonly<Record<string, number>>;
  /** When a delivery last came, by `performance.now()`. */
  heardAt(): number;
  machine: Machine;
  /** Asks for so many transfers at once. */
  burst(transfers: number): void;
  /** Asks for a transfer until it is promised. */
  ask(body: ReturnType<typeof transferBody>): void;
  /** Who holds numbers that have moved. */
  laterHolders: LaterHolder[];
  /** How many blocks may be taken back. */
  maxDepth: number;
}
