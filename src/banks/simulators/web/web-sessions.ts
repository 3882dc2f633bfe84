import { randomBytes } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { WebPosting } from "./web-ledger.js";

/** A teller who has signed in, and what that teller has entered and not confirmed yet. */
export interface WebSession {
  drafts: Map<string, WebPosting>;
}

const COOKIE = "HIVESESSION";
const SESSIONS_MAX = 1_000;

/** Sessions by cookie. They end when they were not used for `idleMs`, and with the process. */
export function createWebSessions({ clock, idleMs }: { clock: () => number; idleMs: number }) {
  const sessions = new Map<string, WebSession & { usedAt: number }>();

  function begin(reply: FastifyReply): void {
    const [oldest] = sessions.keys();
    if (sessions.size >= SESSIONS_MAX && oldest !== undefined) sessions.delete(oldest);
    const id = randomBytes(16).toString("hex");
    sessions.set(id, { drafts: new Map(), usedAt: clock() });
    reply.header("set-cookie", `${COOKIE}=${id}; Path=/; HttpOnly; SameSite=Strict`);
  }

  function find(request: FastifyRequest): WebSession | undefined {
    const id = cookieOf(request);
    const session = sessions.get(id);
    if (session === undefined) return undefined;
    if (clock() - session.usedAt > idleMs) {
      sessions.delete(id);
      return undefined;
    }
    session.usedAt = clock();
    return session;
  }

  return { begin, find, end: (request: FastifyRequest) => void sessions.delete(cookieOf(request)), count: () => sessions.size };
}

function cookieOf({ headers }: FastifyRequest): string {
  return new RegExp(`(?:^|; )${COOKIE}=([0-9a-f]{32})(?:;|$)`).exec(headers.cookie ?? "")?.[1] ?? "";
}
