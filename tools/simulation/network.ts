import { Agent, errors, Pool } from "undici";
import type { CrashPoint, Faults } from "./faults.js";
import type { HttpAnswer, HttpRequest } from "./http-messages.js";
import type { Plants } from "./plants.js";
import type { Random } from "./random.js";
import type { Process, Scheduler } from "./scheduler.js";

/** Somebody who listens. */
export interface Server {
  process: Process;
  handle(request: HttpRequest): Promise<HttpAnswer>;
}

interface DispatchOptions {
  origin?: string | URL;
  path: string;
  method: string;
  headers?: Record<string, string>;
  body?: unknown;
  headersTimeout?: number | null;
}

/** The part of undici's handlers that `request` has. */
interface Handler {
  onConnect(abort: (reason?: Error) => void, context: unknown): void;
  onHeaders(status: number, headers: Buffer[], resume: () => void, text: string): void;
  onData(chunk: Buffer): void;
  onComplete(trailers: unknown[]): void;
  onError(error: Error): void;
}

const LATENCY_MS = { low: 1, high: 6 };
/** Each way, of a host that is slow. */
const SLOW_MS = 5_000;
const LATE_MS = { low: 1_000, high: 240_000 };

/** HTTP between processes, in the place of undici's sockets: requests are lost, doubled, late; answers are lost. */
export function createHttpNetwork(deps: { scheduler: Scheduler; random: Random; faults: Faults; plants: Plants }) {
  const { scheduler, random, faults } = deps;
  const servers = new Map<string, Server>();
  const open = new Map<object, Set<(error: Error) => void>>();

  function dispatch(this: object, options: DispatchOptions, handler: Handler): boolean {
    const client = scheduler.current();
    const host = new URL(String(options.origin ?? originOf(this))).hostname;
    const point = pointOf(host, options);
    let over = false;
    const own = open.get(this) ?? new Set();
    open.set(this, own);
    const fail = (error: Error) => {
      if (over) return;
      over = true;
      own.delete(fail);
      handler.onError(error);
    };
    own.add(fail);
    handler.onConnect((reason) => fail(reason ?? new errors.RequestAbortedError()), null);
    if (over) return true;
    const timeoutMs = options.headersTimeout ?? 300_000;
    const cancel = scheduler.after(timeoutMs, "", () => fail(new errors.HeadersTimeoutError()));
    const succeed = (answer: HttpAnswer) => {
      cancel();
      if (over) return;
      over = true;
      own.delete(fail);
      const headers = Object.entries(answer.headers).flatMap(([name, value]) => [Buffer.from(name), Buffer.from(value)]);
      handler.onHeaders(answer.status, headers, () => undefined, "");
      handler.onData(Buffer.from(answer.body));
      handler.onComplete([]);
    };
    const request: HttpRequest = {
      method: options.method,
      path: options.path,
      headers: Object.fromEntries(Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])),
      body: typeof options.body === "string" ? options.body : "",
    };
    const direct = network.direct.get(host);
    if (direct !== undefined) direct(request.body).then(succeed, fail);
    else send({ client, host, point, request }, { succeed, fail });
    return true;
  }

  /** Latencies: usual ones, and now and then minutes. */
  const latency = (host: string) => (network.slow.has(host) ? SLOW_MS : random.between(LATENCY_MS.low, LATENCY_MS.high));

  function send(
    message: { client: Process | undefined; host: string; point: CrashPoint | undefined; request: HttpRequest },
    answerTo: { succeed(answer: HttpAnswer): void; fail(error: Error): void } = {
      succeed: () => undefined,
      fail: () => undefined,
    },
  ): void {
    const { client, host, point } = message;
    const request = deps.plants.delivery?.(host, message.request) ?? message.request;
    noteTries(request);
    const back = (work: () => void) => scheduler.after(latency(host), "", work, client ?? null);
    const arrive = () => {
      const server = servers.get(host);
      if (server === undefined || server.process.dead) {
        back(() => answerTo.fail(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })));
        return;
      }
      // One that is stopped takes the connection, and nothing more.
      if (server.process.stopped) return void server.process.held.push(() => scheduler.after(0, "", arrive, null));
      scheduler.trace(`${client?.name ?? "world"} -> ${host} ${request.method} ${request.path}`);
      const stopWatching = watchDeath(server.process, () => back(() => answerTo.fail(hangUp())));
      scheduler.as(server.process, () => {
        server.handle(request).then((answer) => {
          // Of a server that was killed meanwhile, the client hears nothing but the end of the connection.
          if (server.process.dead) return;
          stopWatching();
          const heard = network.onAnswer(host, request, answer);
          if (point !== undefined) faults.pass(point, "after", client);
          if (faults.strikes("http: answer lost")) back(() => answerTo.fail(hangUp()));
          else back(() => answerTo.succeed(heard));
        });
      });
    };
    if (point !== undefined) faults.pass(point, "before", client);
    if (client?.dead) return;
    if (faults.strikes("http: request lost")) return void back(() => answerTo.fail(hangUp()));
    if (faults.strikes("http: error 503")) return void back(() => answerTo.succeed({ status: 503, headers: {}, body: "" }));
    if (faults.strikes("http: duplicate")) scheduler.after(random.between(1, 5_000), "", arrive, null);
    const late = faults.strikes("http: late") ? random.between(LATE_MS.low, LATE_MS.high) : latency(host);
    scheduler.after(late, "", arrive, null);
  }

  /** A posting counts as tried once it was sent, whether or not it arrives. */
  function noteTries({ method, path, body }: HttpRequest): void {
    if (method !== "POST" || path !== "/v1/postings") return;
    for (const { reference } of (JSON.parse(body) as { postings: { reference: string }[] }).postings)
      network.tried.add(reference);
  }

  const deaths = new Map<Process, Set<() => void>>();
  function watchDeath(process: Process, then: () => void): () => void {
    const watching = deaths.get(process) ?? new Set();
    deaths.set(process, watching.add(then));
    return () => void watching.delete(then);
  }

  const network = {
    /** Servers that see to their own faults, by host. */
    direct: new Map<string, (body: string) => Promise<HttpAnswer>>(),
    send,
    /** Hosts whose messages take long, both ways. */
    slow: new Set<string>(),
    /** References of the postings that were sent to a bank. */
    tried: new Set<string>(),
    /** Hears, and may change, every answer before it goes on its way. */
    onAnswer: (_host: string, _request: HttpRequest, answer: HttpAnswer): HttpAnswer => answer,
    /** Makes a server reachable under a host name, in the place of the one before. */
    serve: (host: string, server: Server) => void servers.set(host, server),
    /** To be told when a process is killed: its connections end. */
    forget(process: Process): void {
      for (const then of deaths.get(process) ?? []) then();
      deaths.delete(process);
    },
    /** Puts itself in the place of undici's connections. */
    listen(): () => void {
      const undo = [Agent, Pool].flatMap(({ prototype }) => {
        const target = prototype as unknown as Record<string, unknown>;
        const { dispatch: before, destroy } = target;
        target.dispatch = dispatch;
        target.destroy = async function destroyed(this: object): Promise<void> {
          for (const fail of [...(open.get(this) ?? [])]) fail(new errors.ClientDestroyedError());
        };
        return [() => Object.assign(target, { dispatch: before, destroy })];
      });
      return () => {
        for (const restore of undo) restore();
      };
    },
  };
  return network;
}

export type HttpNetwork = ReturnType<typeof createHttpNetwork>;

function hangUp(): Error {
  return Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" });
}

/** A pool's requests do not repeat where it connects to; it keeps that to itself. */
function originOf(pool: object): unknown {
  const key = Object.getOwnPropertySymbols(pool).find(({ description }) => description === "url");
  return key && (pool as Record<symbol, unknown>)[key];
}

function pointOf(host: string, { path, method }: DispatchOptions): CrashPoint | undefined {
  if (!host.startsWith("bank-")) return "delivery sent";
  if (method !== "POST") return undefined;
  return path.endsWith("/close") ? "bank close sent" : "bank posting sent";
}
