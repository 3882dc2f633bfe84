import type { FastifyInstance, FastifyRequest } from "fastify";
import { AppError } from "../../domain/app-error.js";

/**
 * Answers requests that no route takes: 405 where the path has other methods, else 404. Before any body is read. Must be set up
 * before the routes, which it gets to know as they are added.
 */
export function refuseUnknownRoutes(app: FastifyInstance): void {
  const methodsByPath = new Map<string, { pattern: RegExp; methods: Set<string> }>();

  app.addHook("onRoute", ({ url, method }) => {
    const route = methodsByPath.get(url) ?? { pattern: toPattern(url), methods: new Set() };
    for (const name of [method].flat()) route.methods.add(name);
    methodsByPath.set(url, route);
  });

  app.addHook("onRequest", async (request, reply) => {
    if (!request.is404) return;
    const path = pathOf(request);
    const known = [...methodsByPath.values()].find(({ pattern }) => pattern.test(path));
    if (known === undefined) throw new AppError("not-found", "There is no such resource.");
    const allow = [...known.methods].sort().join(", ");
    reply.header("allow", allow);
    throw new AppError("method-not-allowed", `Use one of: ${allow}.`);
  });

  // Never reached, as the hook above throws first; without it Fastify's own answer would repeat the URL.
  app.setNotFoundHandler(() => {
    throw new AppError("not-found", "There is no such resource.");
  });
}

function toPattern(url: string): RegExp {
  return new RegExp(`^${url.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(/:[A-Za-z]+/g, "[^/]+")}$`);
}

function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "";
}
