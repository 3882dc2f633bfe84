import { type CloudEventV1, HTTP } from "cloudevents";
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyRequest,
  LogController,
} from "fastify";
import { Webhook } from "standardwebhooks";
import { AppError, type ErrorCode, problemType } from "../domain/app-error.js";
import { checkBodyCodings } from "../domain/body-codings.js";
import { mediaTypeOf } from "../domain/media-type.js";
import type { Failed } from "./handle-events.js";

/**
 * - `secrets`: Standard Webhooks secrets that are good now, two while one is being rotated out; `unsigned` where events come by way of a
 *   broker, which drops signatures. What is done is decided by the chain either way.
 * - `handle`: deals with a batch; says which events must come again.
 * - `check`: throws while the function cannot do its work.
 */
export interface FunctionAppDeps {
  secrets: readonly string[] | "unsigned";
  logger: FastifyBaseLogger;
  handle(events: readonly CloudEventV1<unknown>[]): Promise<Failed>;
  check(): Promise<void>;
}

// A batch of 400 events is about 400 KiB.
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const MAX_EVENTS = 1_000;
const RETRY_AFTER_SECONDS = "1";

/**
 * A function's HTTP side: `POST /` takes CloudEvents 1.0 (binary, structured or batched), signed by Standard Webhooks. To a batch, 200
 * says which events must come again in `failed`; 503 says all of them must. A single event is answered by the status alone, with
 * an empty body if it is done: a broker takes any other for an event.
 */
export function createFunctionApp(deps: FunctionAppDeps): FastifyInstance {
  const app = Fastify({
    loggerInstance: deps.logger,
    bodyLimit: MAX_BODY_BYTES,
    logController: new LogController({ disableRequestLogging: true }),
  });
  app.removeAllContentTypeParsers();
  // The signature is over the bytes: they are parsed only once it is known to be right.
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));

  app.addHook("onRequest", async ({ headers }) => checkBodyCodings(headers));
  app.setErrorHandler(async (error: FastifyError | AppError, request, reply) => {
    if (error instanceof AppError) return await reply.code(error.status).send(problem(error.code, error.message));
    const { statusCode = 500 } = error;
    if (statusCode >= 500) {
      // What it says may be anything: it is for the log only.
      request.log.error({ err: error }, "unexpected error");
      return await reply.code(500).send(problem("internal", "Something went wrong; the events will be wanted again."));
    }
    const code = statusCode === 413 ? "body-too-large" : "invalid-request";
    return await reply.code(statusCode).send(problem(code, `The request cannot be read (${error.code}).`));
  });

  app.post("/", async (request, reply) => {
    const body = typeof request.body === "string" ? request.body : "";
    if (deps.secrets !== "unsigned" && !isSigned(deps.secrets, request, body)) {
      return await reply.code(401).send(problem("unauthorized", "The signature is missing, wrong, or older than five minutes."));
    }
    const parsed = parseEvents(request, body);
    if (parsed === undefined) {
      return await reply.code(400).send(problem("invalid-request", `The body is not 1 to ${MAX_EVENTS} CloudEvents 1.0.`));
    }
    const { events, isBatch } = parsed;
    try {
      const failed = await deps.handle(events);
      if (isBatch) return await reply.code(200).send({ failed });
      if (failed.length === 0) return await reply.code(204).send();
      return await reply.code(503).header("retry-after", RETRY_AFTER_SECONDS).send({ failed });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      request.log.warn({ code: error.code, error: error.message, events: events.length }, "batch not done yet");
      return await reply.code(503).header("retry-after", RETRY_AFTER_SECONDS).send(problem(error.code, error.message));
    }
  });

  app.get("/healthz", async () => ({ status: "ok" }));
  app.get("/readyz", async (_request, reply) => {
    try {
      await deps.check();
      return { status: "ok" };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return await reply.code(503).header("retry-after", RETRY_AFTER_SECONDS).send(problem(error.code, error.message));
    }
  });
  return app;
}

function isSigned(secrets: readonly string[], request: FastifyRequest, body: string): boolean {
  const header = (name: string) => String(request.headers[name] ?? "");
  const headers = {
    "webhook-id": header("webhook-id"),
    "webhook-timestamp": header("webhook-timestamp"),
    "webhook-signature": header("webhook-signature"),
  };
  return secrets.some((secret) => {
    try {
      new Webhook(secret).verify(body, headers, { jsonParse: false });
      return true;
    } catch {
      // This secret did not make the signature; another may have.
      return false;
    }
  });
}

function parseEvents(request: FastifyRequest, body: string): { events: CloudEventV1<unknown>[]; isBatch: boolean } | undefined {
  try {
    const parsed = HTTP.toEvent<unknown>({
      headers: { ...request.headers, "content-type": mediaTypeOf(request.headers["content-type"]) },
      body,
    });
    const isBatch = Array.isArray(parsed);
    const events = isBatch ? parsed : [parsed];
    const complete = events.every(({ source, type }) => Boolean(source) && Boolean(type));
    return complete && events.length > 0 && events.length <= MAX_EVENTS ? { events, isBatch } : undefined;
  } catch {
    // The SDK's own errors say which attribute is wrong, in words that repeat the body.
    return undefined;
  }
}

function problem(code: ErrorCode, detail: string): { type: string; detail: string } {
  return { type: problemType(code), detail };
}
