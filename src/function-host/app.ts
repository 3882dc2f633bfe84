import { createHash, timingSafeEqual } from "node:crypto";
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, LogController } from "fastify";
import { type Static, type TSchema, Type } from "typebox";
import { Value } from "typebox/value";
import { AppError, problemType } from "../domain/app-error.js";
import { checkBodyCodings } from "../domain/body-codings.js";
import type { FunctionPool } from "./function-pool.js";
import type { ModuleShelf } from "./module-shelf.js";

// A batch of 400 events is about 400 KiB.
const BODY_MAX_BYTES = 4 * 1024 * 1024;
const EVENTS_MAX = 1_000;
// Less than whoever asks waits for an answer (60 s).
const BATCH_BUDGET_MS = 45_000;
const RETRY_AFTER_SECONDS = "1";

const Event = Type.Object({ id: Type.String() }, { additionalProperties: true });
const Events = Type.Union([Type.Array(Event, { minItems: 1, maxItems: EVENTS_MAX }), Event]);
const Source = Type.Object({ source: Type.String() });

// Whose limits a request counts towards; the callers say it.
const PRINCIPAL_HEADER = "event-machine-principal";

interface HostDeps {
  pool: FunctionPool;
  shelf: ModuleShelf;
  /** Compiles and loads a module in a process of its own. */
  read(source: string): Promise<object>;
  token: string;
  logger: FastifyBaseLogger;
  /** How modules are isolated; or why none runs. */
  isolation: { isolation: string } | { refused: string };
}

/**
 * The function host's HTTP side, for the API and the watcher only: all of it but `/healthz` needs the token.
 *
 * - `POST /modules`: compiles and loads a module. `POST /modules/{digest}`: tells the host a module's code.
 * - `POST /functions/{fn}/{digest}/events`: CloudEvents; 200 says which must come again. `…/invocations`: one event, and its result.
 *
 * The header `event-machine-principal` says, percent-encoded, for whom. Where modules cannot be isolated, all but `/healthz` answers 503.
 */
export function createFunctionHostApp(deps: HostDeps): FastifyInstance {
  const app = Fastify({
    loggerInstance: deps.logger,
    bodyLimit: BODY_MAX_BYTES,
    logController: new LogController({ disableRequestLogging: true }),
  });
  app.addContentTypeParser("text/javascript", { parseAs: "string" }, (_request, body, done) => done(null, body));
  app.setErrorHandler(async (error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof AppError) {
      if (error.status === 503) reply.header("retry-after", RETRY_AFTER_SECONDS);
      return await reply.code(error.status).send({ type: problemType(error.code), detail: error.message });
    }
    const { statusCode = 500 } = error;
    if (statusCode >= 500) request.log.error({ err: error }, "unexpected error");
    return await reply.code(statusCode).send({ type: problemType(statusCode >= 500 ? "internal" : "invalid-request") });
  });
  app.addHook("onRequest", async (request) => {
    checkBodyCodings(request.headers);
    if (request.url !== "/healthz" && !isToken(deps.token, request.headers.authorization)) {
      throw new AppError("unauthorized", "FUNCTION_HOST_TOKEN differs between the host and whoever asks.");
    }
    if (request.url !== "/healthz" && "refused" in deps.isolation) {
      throw new AppError("function-host-unavailable", deps.isolation.refused);
    }
  });
  app.get("/healthz", async () => ({ status: "ok", processes: deps.pool.size(), ...deps.isolation }));
  addModuleRoutes(app, deps);
  addRunRoutes(app, deps);
  return app;
}

function addModuleRoutes(app: FastifyInstance, deps: HostDeps): void {
  app.post("/modules", async (request) => {
    const { source } = parse(Source, request.body);
    return await deps.pool.occupy(principalOf(request), BATCH_BUDGET_MS, () => deps.read(source));
  });
  app.post<{ Params: { digest: string } }>("/modules/:digest", async (request, reply) => {
    if (typeof request.body !== "string" || !deps.shelf.put(request.params.digest, request.body)) {
      throw new AppError("invalid-request", "The digest is not that of the code.");
    }
    return await reply.code(204).send();
  });
}

function addRunRoutes(app: FastifyInstance, deps: HostDeps): void {
  type Params = { Params: { fn: string; digest: string } };
  const known = (digest: string) => {
    if (!deps.shelf.has(digest)) throw new AppError("not-found", "The host does not know this module; tell it.");
    return digest;
  };
  const run = (request: FastifyRequest<Params>, events: readonly unknown[]) => {
    const { fn, digest } = request.params;
    const principal = principalOf(request);
    return deps.pool.run({ principal, fn, digest: known(digest), events, waitMs: BATCH_BUDGET_MS });
  };

  app.post<Params>("/functions/:fn/:digest/events", async (request) => {
    const events = [parse(Events, request.body)].flat();
    const results = await run(request, events);
    return {
      failed: events.flatMap(({ id }, index) => {
        const result = results[index];
        if (result === undefined) return [{ id, error: "it was not its turn in time" }];
        return "error" in result ? [{ id, error: result.error }] : [];
      }),
    };
  });

  app.post<Params>("/functions/:fn/:digest/invocations", async (request) => {
    const event = parse(Event, request.body);
    const [result] = await run(request, [event]);
    return result ?? { error: "it was not its turn in time", logs: [] };
  });
}

function parse<T extends TSchema>(schema: T, body: unknown): Static<T> {
  if (!Value.Check(schema, body)) throw new AppError("invalid-request", "The body has another shape.");
  return body;
}

function principalOf({ headers }: Pick<FastifyRequest, "headers">): string {
  const given = headers[PRINCIPAL_HEADER];
  return typeof given === "string" ? given : "";
}

function isToken(token: string, header = ""): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(`Bearer ${token}`), hash(header));
}
