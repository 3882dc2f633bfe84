import { createHash, timingSafeEqual } from "node:crypto";
import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from "@fastify/type-provider-typebox";
import Fastify, { type FastifyBaseLogger, type FastifyRequest, LogController } from "fastify";
import { AppError } from "../../domain/app-error.js";
import { checkBodyCodings } from "../../domain/body-codings.js";
import { sendBankProblem } from "./bank-problem.js";

/** The bank's HTTP server before it has routes. */
export type BankApp = ReturnType<typeof createBankApp>;

/** Room for 1000 postings of the longest fields, with space to spare; in bytes. */
const BODY_LIMIT_BYTES = 1_048_576;

/** What the bank has booked; whoever reconciles need read nothing else. */
export const STATEMENT_ROUTE = "/v1/statement";

/** A reference of 128 characters, each of which may be escaped as three. */
const MAX_PARAM_LENGTH = 384;

/**
 * A Fastify application with the bank's token check, problem details, and a log that names routes, never paths.
 *
 * @param options.publicRoutes those that need no token
 * @param options.statementToken a token that opens `GET /v1/statement` and nothing else
 */
export function createBankApp({
  token,
  statementToken,
  logger,
  publicRoutes = ["/healthz"],
}: {
  token: string;
  statementToken?: string | undefined;
  logger: FastifyBaseLogger;
  publicRoutes?: readonly string[];
}) {
  const app = Fastify({
    loggerInstance: logger,
    // Fastify's own request log has the URL, and with it account numbers.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    frameworkErrors: (error, request, reply) => {
      sendBankProblem(error, request, reply);
    },
    // The default logs the error whole, and a parser's error has the raw bytes of the request.
    clientErrorHandler: (error, socket) => {
      logger.info({ code: error.code }, "A request was not HTTP");
      if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      else socket.destroy();
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  app.setErrorHandler<AppError>(sendBankProblem);
  app.setNotFoundHandler((request, reply) =>
    sendBankProblem(new AppError("not-found", "There is no such route"), request, reply),
  );
  const opensAll = digest(token);
  const opensStatements = statementToken === undefined ? undefined : digest(statementToken);
  app.addHook("onRequest", async (request) => {
    checkBodyCodings(request.headers);
    const { url = "", method } = request.routeOptions;
    if (publicRoutes.includes(url)) return;
    const given = digest(bearerToken(request));
    if (timingSafeEqual(given, opensAll)) return;
    const isStatement = url === STATEMENT_ROUTE && method === "GET";
    if (isStatement && opensStatements !== undefined && timingSafeEqual(given, opensStatements)) return;
    throw new AppError("unauthorized", "Send the bank's token as a bearer token");
  });
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "none";
    request.log.info(
      { method: request.method, route, status: reply.statusCode, durationMs: reply.elapsedTime },
      "Request answered",
    );
  });
  return app;
}

/** Hashed, because a comparison in constant time needs equal lengths. */
function digest(token: string): Buffer {
  return createHash("sha256").update(token, "utf8").digest();
}

function bearerToken({ headers }: FastifyRequest): string {
  return /^Bearer (\S+)$/i.exec(headers.authorization ?? "")?.[1] ?? "";
}
