import { randomUUID } from "node:crypto";
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from "fastify";
import { currencyByCode, parseDecimal } from "../../../domain/money.js";
import { addAccountRoutes } from "../account-routes.js";
import { type BankApp, createBankApp } from "../bank-app.js";
import { createGroupCommit } from "../group-commit.js";
import type { Ledger } from "../ledger.js";
import { addLedgerRoutes } from "../ledger-routes.js";
import { createWebFaults, type Shown, WebFaultsBody, type WebStep } from "./web-faults.js";
import { createWebLedger, type WebPosting } from "./web-ledger.js";
import { bookedPage, entryPage, loginPage, refusedPage, reviewPage, STATEMENT_PAGE_LINES, statementPage } from "./web-pages.js";
import { createWebSessions, type WebSession } from "./web-sessions.js";

const PAGES = ["/", "/login", "/transfer", "/transfer/confirmation", "/statement", "/healthz"];
const TEXT_PATTERN = /^[\x20-\x7e]{0,140}$/;
const DATE_PATTERN = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;

/**
 * Builds the server of a bank that has no API: pages for a teller who signs in. It knows no references: what is entered twice is booked
 * twice. `/v1` is the side of its own operators and auditors, as at the other simulators, without postings.
 *
 * @param options.token bearer token of `/v1`
 * @param options.sessionIdleMs after so long without a request a session has expired
 * @param options.faultsEnabled whether `/v1/faults` exists
 */
export function createWebBankServer(options: {
  ledger: Ledger;
  token: string;
  teller: { user: string; password: string };
  logger: FastifyBaseLogger;
  sessionIdleMs?: number;
  faultsEnabled?: boolean;
}): BankApp {
  const { ledger, token, teller, logger, sessionIdleMs = 300_000, faultsEnabled = false } = options;
  const app = createBankApp({ token, logger, publicRoutes: PAGES });
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) =>
    done(null, new URLSearchParams(String(body))),
  );
  const faults = createWebFaults();
  const sessions = createWebSessions({ clock: () => performance.now(), idleMs: sessionIdleMs });
  addTellerRoutes(app, { ledger, teller, faults, sessions });
  addAccountRoutes(app, { ledger, groupCommit: createGroupCommit(ledger) });
  addLedgerRoutes(app, { ledger });
  // Whoever is held must be let go, or closing would wait for them.
  app.addHook("preClose", async () => faults.replace([]));
  if (!faultsEnabled) return app;

  app.get("/v1/faults", async () => faults.settings());
  app.put("/v1/faults", { schema: { body: WebFaultsBody } }, async ({ body }) => {
    faults.replace(body);
    return faults.settings();
  });
  app.delete("/v1/faults", async (_request, reply) => {
    faults.replace([]);
    return reply.code(204).send();
  });
  return app;
}

interface TellerDeps {
  ledger: Ledger;
  teller: { user: string; password: string };
  faults: ReturnType<typeof createWebFaults>;
  sessions: ReturnType<typeof createWebSessions>;
}

function addTellerRoutes(app: BankApp, { ledger, teller, faults, sessions }: TellerDeps): void {
  const books = createWebLedger(ledger);
  const html = (reply: FastifyReply) => reply.type("text/html; charset=utf-8").header("cache-control", "no-store");

  /** A step for those who have signed in; all others are sent to the sign-in. */
  const step =
    (name: WebStep, work: (session: WebSession, request: FastifyRequest) => Shown) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      const session = sessions.find(request);
      if (session === undefined) return reply.redirect("/login", 303);
      const expire = () => sessions.end(request);
      return faults.around(name, html(reply), expire, () => work(session, request));
    };
  const signIn = (reply: FastifyReply, work: () => Shown) => faults.around("login", html(reply), () => undefined, work);

  app.get("/", async (_request, reply) => reply.redirect("/transfer", 303));
  app.get("/login", async (_request, reply) => signIn(reply, () => loginPage()));
  app.post("/login", async (request, reply) =>
    signIn(reply, () => {
      const form = formOf(request);
      if (form("user") !== teller.user || form("password") !== teller.password) return loginPage("Wrong user or password");
      sessions.begin(reply);
      return { location: "/transfer" };
    }),
  );
  app.get(
    "/transfer",
    step("entry", () => entryPage()),
  );
  app.post(
    "/transfer",
    step("review", ({ drafts }, request) => {
      const posting = readPosting(formOf(request));
      if (posting === undefined) return refusedPage("AM02");
      if (ledger.account(posting.account)?.kind !== "customer") return refusedPage("AC01");
      const draft = randomUUID();
      drafts.set(draft, posting);
      return reviewPage(draft, posting);
    }),
  );
  app.post(
    "/transfer/confirmation",
    step("confirmation", ({ drafts }, request) => {
      const posting = drafts.get(formOf(request)("draft"));
      // A confirmation sent twice is booked twice: the draft stays.
      if (posting === undefined) return { location: "/transfer" };
      const booking = books.book(posting);
      return booking.booked ? bookedPage(booking, posting) : refusedPage(booking.reason);
    }),
  );
  app.get(
    "/statement",
    step("statement", (_session, request) => {
      const query = new URLSearchParams(request.url.split("?")[1]);
      const given = query.get("date") ?? "";
      const date = DATE_PATTERN.test(given) ? given : new Date().toISOString().slice(0, 10);
      const number = Math.max(1, Math.trunc(Number(query.get("page") ?? "1")) || 1);
      const lines = books.day(date);
      const shown = lines.slice((number - 1) * STATEMENT_PAGE_LINES, number * STATEMENT_PAGE_LINES);
      return statementPage(date, number, shown, lines.length > number * STATEMENT_PAGE_LINES);
    }),
  );
}

function formOf({ body }: FastifyRequest): (name: string) => string {
  return (name) => (body instanceof URLSearchParams ? (body.get(name) ?? "").trim() : "");
}

function readPosting(form: (name: string) => string): WebPosting | undefined {
  const currency = form("currency").toUpperCase();
  const known = currencyByCode(currency);
  const amountMinor = known && parseDecimal(form("amount"), known);
  const direction = form("direction");
  const text = form("text");
  if (amountMinor === undefined || (direction !== "out" && direction !== "in") || !TEXT_PATTERN.test(text)) return undefined;
  return { direction, account: form("account").slice(0, 64), amountMinor, currency, text };
}
