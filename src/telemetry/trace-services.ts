import type { FastifyReply, FastifyRequest } from "fastify";
import type { Tracing } from "../domain/tracing.js";

/** What is needed of a Fastify application. */
interface App {
  addHook(name: "onResponse", hook: (request: FastifyRequest, reply: FastifyReply) => Promise<void>): unknown;
}

const ROUTE = "/v1/transfers";
const FAILED_STATUS = 500;

/** Traces `POST /v1/transfers`: the first step of the transfer that it makes, a further one of the transfer that it finds again. */
export function traceStarts(app: App, tracing: Tracing): void {
  app.addHook("onResponse", async (request, reply) => {
    const { transferId } = request as { transferId?: string | null };
    if (request.method !== "POST" || request.routeOptions.url !== ROUTE || !transferId) return;
    const { traceparent } = request.headers;
    tracing
      .begin({
        name: `POST ${ROUTE}`,
        kind: "server",
        transferId,
        first: !reply.hasHeader("idempotent-replayed"),
        beganAtMs: Date.now() - reply.elapsedTime,
        attributes: { "http.request.method": "POST", "http.route": ROUTE, "http.response.status_code": reply.statusCode },
        links: typeof traceparent === "string" ? traceparent : undefined,
      })
      .end(reply.statusCode >= FAILED_STATUS ? String(reply.statusCode) : undefined);
  });
}

/** Traces what is sent to the chain, from handing it over until it is mined; otherwise it is the same sender. */
export function traceSender<Item extends { transferId: string }, Outcome, Sender extends { send(item: Item): Promise<Outcome> }>(
  sender: Sender & { send(item: Item): Promise<Outcome> },
  tracing: Tracing,
  nameOf: (item: Item) => string,
): Sender {
  const send = (item: Item) =>
    tracing.run({ name: nameOf(item), kind: "client", transferId: item.transferId }, () => sender.send(item));
  return { ...sender, send };
}

/** Traces the journal's fsynced write; otherwise it is the same journal. */
export function traceJournal<Entry extends { transferId: string }, Journal extends { insert(entry: Entry): Promise<unknown> }>(
  journal: Journal & { insert(entry: Entry): Promise<unknown> },
  tracing: Tracing,
): Journal {
  const insert = (entry: Entry) =>
    tracing.run({ name: "journal", kind: "client", transferId: entry.transferId }, () => journal.insert(entry));
  return { ...journal, insert };
}

interface Bank<Posting, Outcome> {
  post(posting: Posting): Promise<Outcome>;
  find(reference: string): Promise<Outcome | undefined>;
  close(reference: string, reason: string): Promise<Outcome>;
}

/** Traces the calls to a bank, of which a reference names the transfer; otherwise it is the same bank. */
export function traceBank<Posting extends { reference: string }, Outcome>(
  bank: Bank<Posting, Outcome>,
  tracing: Tracing,
  transferOf: (reference: string) => string,
): Bank<Posting, Outcome> {
  const traced = <T>(name: string, reference: string, call: () => Promise<T>) =>
    tracing.run({ name: `bank ${name}`, kind: "client", transferId: transferOf(reference) }, call);
  return {
    post: (posting) => traced("post", posting.reference, () => bank.post(posting)),
    find: (reference) => traced("find", reference, () => bank.find(reference)),
    close: (reference, reason) => traced("close", reference, () => bank.close(reference, reason)),
  };
}
