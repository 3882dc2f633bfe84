import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import {
  type Context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  RandomIdGenerator,
  SamplingDecision,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { Logger } from "pino";
import { errorWord, type Step, type Tracing, traceIdsOf } from "../domain/tracing.js";

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const SPAN_ID_DIGITS = 16;
// A collector that is away must hold up neither the service nor its end.
const EXPORT_TIMEOUT_MS = 3_000;
const EXPORT_INTERVAL_MS = 1_000;
const MAX_SPANS_WAITING = 8_192;
const WARN_INTERVAL_MS = 60_000;

/** Traces until it is closed. */
export type ClosableTracing = Tracing & { close(): Promise<void> };

/**
 * - `endpoint`: the collector, without `/v1/traces`.
 * - `ratio`: of the transfers, which are traced: 0 to 1. Every process picks the same ones.
 */
export interface TracingOptions {
  service: string;
  endpoint: string;
  ratio: number;
  attributes?: Record<string, string>;
}

/** Sends the steps of transfers to an OpenTelemetry collector, by OTLP over HTTP. */
export function createTracing({ logger }: { logger: Logger }, options: TracingOptions): ClosableTracing {
  const url = `${options.endpoint.replace(/\/$/, "")}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS });
  const random = new RandomIdGenerator();
  const sampler = new TraceIdRatioBasedSampler(options.ratio);
  let nextIds: { traceId: string; spanId: string } | undefined;
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": options.service, ...options.attributes }),
    sampler,
    idGenerator: {
      generateTraceId: () => nextIds?.traceId ?? random.generateTraceId(),
      generateSpanId: () => nextIds?.spanId ?? random.generateSpanId(),
    },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: warning(exporter, logger),
        maxQueueSize: MAX_SPANS_WAITING,
        scheduledDelayMillis: EXPORT_INTERVAL_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  });
  const tracer = provider.getTracer("event-machine");
  const underWay = new AsyncLocalStorage<SpanContext>();

  function start(step: Step): Span {
    const { traceId, firstSpanId } = traceIdsOf(step.transferId);
    const link = parse(step.links);
    const spanOptions = {
      attributes: { "eventmachine.transfer.id": step.transferId, ...step.attributes },
      ...(step.kind && { kind: KINDS[step.kind] }),
      ...(step.beganAtMs !== undefined && { startTime: step.beganAtMs }),
      ...(link && { links: [{ context: link }] }),
    };
    const first = { traceId, spanId: firstSpanId, traceFlags: TraceFlags.SAMPLED };
    const parent = [parse(step.parent), underWay.getStore()].find((context) => context?.traceId === traceId) ?? first;
    if (step.first) nextIds = first;
    else if (step.key !== undefined) nextIds = { traceId, spanId: keyedSpanId(step.transferId, step.key) };
    try {
      return tracer.startSpan(step.name, spanOptions, step.first ? ROOT_CONTEXT : below(parent));
    } finally {
      nextIds = undefined;
    }
  }

  function ending(span: Span) {
    return (error?: string) => {
      if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
      span.end();
    };
  }

  async function run<T>(step: Step, work: () => Promise<T>): Promise<T> {
    const span = start(step);
    const end = ending(span);
    try {
      const result = await underWay.run(span.spanContext(), work);
      end();
      return result;
    } catch (error) {
      end(errorWord(error));
      throw error;
    }
  }

  function traceparentOf(transferId: string, key: string): string {
    const { traceId } = traceIdsOf(transferId);
    const { decision } = sampler.shouldSample(ROOT_CONTEXT, traceId);
    const flags = decision === SamplingDecision.RECORD_AND_SAMPLED ? "01" : "00";
    return `00-${traceId}-${keyedSpanId(transferId, key)}-${flags}`;
  }

  const begin = (step: Step) => ({ end: ending(start(step)) });
  return { begin, run, traceparentOf, close: () => provider.shutdown().catch(() => undefined) };
}

function keyedSpanId(transferId: string, key: string): string {
  return createHash("sha256").update(`${transferId} ${key}`).digest("hex").slice(0, SPAN_ID_DIGITS);
}

function below(parent: SpanContext): Context {
  return trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true });
}

function parse(traceparent: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? "") ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
  return isSpanContextValid(context) ? context : undefined;
}

/** An exporter that says so when what it sends is lost, once a minute at most. */
function warning(exporter: SpanExporter, logger: Logger): SpanExporter {
  let warnedAt = Number.NEGATIVE_INFINITY;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error !== undefined && performance.now() - warnedAt >= WARN_INTERVAL_MS) {
          warnedAt = performance.now();
          logger.warn({ error: result.error.message, spans: spans.length }, "traces are lost: the collector does not take them");
        }
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}
