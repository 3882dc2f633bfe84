// What the plugin adds to requests and replies.
import type {} from "@fastify/cookie";
import type { FastifyReply, FastifyRequest } from "fastify";

// Only over TLS can a name be had that no other host, nor plain HTTP, can set.
const SECURE_NAME = "__Host-event-machine-session";
const PLAIN_NAME = "event-machine-session";
const SAFE_METHODS: readonly string[] = ["GET", "HEAD"];

/** The session that a browser sends, which says nothing yet of whether it is one. */
export function sessionIdOf(request: FastifyRequest): string | undefined {
  return request.cookies[cookieName(request)];
}

/** Hands the session to the browser: no script can read it, and it goes with requests of this site's own pages only. */
export function setSessionCookie(request: FastifyRequest, reply: FastifyReply, id: string, expiresAt: Date): void {
  reply.setCookie(cookieName(request), id, { ...attributes(request), expires: expiresAt });
}

export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(cookieName(request), attributes(request));
}

/**
 * Whether a page of this very origin asks, by Fetch Metadata or else by `Origin`. SameSite=Strict alone takes other ports of the same
 * host for the same site. A browser without Fetch Metadata (which it sends to trustworthy origins only) names the origin of all that
 * is not a mere read, and the same-origin policy keeps other pages from seeing what they read.
 */
export function isSameOrigin(request: FastifyRequest): boolean {
  const isRead = SAFE_METHODS.includes(request.method) && request.headers.upgrade === undefined;
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined) return site === "same-origin" || (site === "none" && isRead);
  const { origin } = request.headers;
  if (origin === undefined) return isRead;
  // Scheme, host and port, in the form of RFC 6454: a page on https of the same host is another origin than this one on http.
  const own = `${request.protocol}://${request.host}`;
  return URL.canParse(origin) && URL.canParse(own) && new URL(origin).origin === new URL(own).origin;
}

function cookieName({ protocol }: FastifyRequest): string {
  return protocol === "https" ? SECURE_NAME : PLAIN_NAME;
}

function attributes({ protocol }: FastifyRequest) {
  return { path: "/", httpOnly: true, sameSite: "strict", secure: protocol === "https" } as const;
}
