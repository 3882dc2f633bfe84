import Fastify from "fastify";

/** A span as a collector gets it (OTLP over HTTP, JSON), with the service that it is from. */
export interface ReceivedSpan {
  service: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: Record<string, unknown> }[];
  status?: { code?: number; message?: string };
  links?: { traceId: string; spanId: string }[];
}

interface Attribute {
  key: string;
  value: { stringValue?: string };
}

interface ExportRequest {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: ReceivedSpan[] }[] }[];
}

/** An OpenTelemetry collector that keeps what it gets. `bodies`: as they came. */
export async function startOtlpReceiver() {
  const spans: ReceivedSpan[] = [];
  const bodies: string[] = [];
  const app = Fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => done(null, body));
  app.post("/v1/traces", async ({ body }) => {
    const text = String(body);
    bodies.push(text);
    for (const { resource, scopeSpans } of (JSON.parse(text) as ExportRequest).resourceSpans) {
      const service = resource.attributes.find(({ key }) => key === "service.name")?.value.stringValue ?? "";
      spans.push(...scopeSpans.flatMap((scope) => scope.spans.map((span) => ({ ...span, service }))));
    }
    return {};
  });
  const endpoint = await app.listen({ host: "127.0.0.1", port: 0 });
  return {
    endpoint,
    bodies: bodies as readonly string[],
    /** What came of one trace, in the order of its beginning. */
    trace: (traceId: string) =>
      spans
        .filter((span) => span.traceId === traceId)
        .toSorted((a, b) => Number(BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano))),
    close: () => app.close(),
  };
}

export type OtlpReceiver = Awaited<ReturnType<typeof startOtlpReceiver>>;
