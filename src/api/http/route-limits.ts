import type { FastifyReply, FastifyRequest, HTTPMethods } from "fastify";
import { AppError } from "../../domain/app-error.js";
import type { ApiInstance } from "./api-instance.js";
import { createMeter } from "./rate-limit.js";

/**
 * Meters single routes beside all requests: `limits` has requests a minute by a route's method and path, as the OpenAPI document writes
 * them (`POST /v1/transfers`, `GET /v1/transfers/{id}`). Set up before the routes.
 *
 * @throws AppError when the application becomes ready, `config-invalid` where a limit is for what is no route.
 */
export function meterRoutes(
  app: ApiInstance,
  limits: Readonly<Record<string, number>>,
  keyOf: (request: FastifyRequest) => string,
): void {
  const meters = new Map(Object.entries(limits).map(([name, max]) => [routeOf(name), createMeter(app, { name, max }, keyOf)]));
  // After the routes' own hooks, by which it is known who calls.
  app.addHook("preParsing", async (request: FastifyRequest, reply: FastifyReply) => {
    const { method, url } = request.routeOptions;
    await meters.get(`${method} ${url}`)?.(request, reply);
  });
  app.addHook("onReady", async () => {
    for (const name of Object.keys(limits)) {
      const [method = "", url = ""] = routeOf(name).split(" ");
      if (app.hasRoute({ method: method as HTTPMethods, url })) continue;
      throw new AppError("config-invalid", `ROUTE_LIMITS names '${name}', which is no route; the reference page has them all.`);
    }
  });
}

function routeOf(name: string): string {
  return name.replaceAll(/\{(\w+)\}/g, ":$1");
}
