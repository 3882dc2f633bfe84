import type { FastifyBaseLogger } from "fastify";
import { type Static, Type } from "typebox";
import { Value } from "typebox/value";
import type { ApiDeps } from "../../api/deps.js";
import type { FunctionTargets } from "../../api/function-ports.js";
import { createInvoker } from "../../api/functions/invoker.js";
import { AppError } from "../../domain/app-error.js";
import type { FunctionSecrets } from "../../domain/function-secrets.js";
import { moduleDigest } from "../../domain/module-target.js";
import {
  enableFunction,
  readParked,
  readParkedOf,
  readStandings,
  replayDead,
  type StandingSelection,
} from "../../store/functions/delivery-admin.js";
import {
  digestOfModule,
  insertFunction,
  readModule,
  removeFunction,
  rotateSecret,
  updateFunction,
} from "../../store/functions/function-registry.js";
import { createInvocations } from "../../store/functions/invocations.js";
import { readRequests, summariseRequests } from "../../store/functions/request-log.js";
import { onStore } from "../../store/open-store.js";
import type { Db } from "../../store/schema.js";
import { checkReachable } from "../../webhooks/check-reachable.js";
import { createCheckLimit } from "../../webhooks/limit-checks.js";
import { sendSigned } from "../../webhooks/send-signed.js";
import { openFunctionTargets } from "./function-targets.js";

// More than anyone needs, and few enough that nobody can fill the registry.
const OWNED_MAX = 100;

/** What the function host answers of a module. */
const ModuleAnswer = Type.Union([
  Type.Object({ code: Type.String(), on: Type.Array(Type.String()) }),
  Type.Object({ error: Type.String() }),
]);

/** What the API has of the registry, of functions' targets and of invocations. */
export function openApiFunctions(
  deps: { db: Db; logger: FastifyBaseLogger; secrets: FunctionSecrets },
  config: Parameters<typeof openFunctionTargets>[1],
): { functions: Pick<ApiDeps, "functions" | "functionTargets" | "invocations">; close(): Promise<void> } {
  const { db, secrets } = deps;
  const targets = openFunctionTargets(db, config);
  const functionTargets = createTargets(targets, secrets);
  const stored = createInvocations(db);
  const invoker = createInvoker({ ...deps, invocations: stored, send: functionTargets.send });
  return {
    functions: {
      functions: createRegistry(db, secrets),
      functionTargets,
      invocations: {
        ...stored,
        async insert(id, fn, input) {
          const isInserted = await stored.insert(id, fn, input);
          invoker.wake();
          return isInserted;
        },
      },
    },
    async close() {
      await invoker.close();
      await targets.close();
    },
  };
}

function createRegistry(db: Db, secrets: FunctionSecrets): ApiDeps["functions"] {
  async function list(selection: StandingSelection & { limit: number }) {
    const found = await onStore(() => readStandings(db, selection));
    const recent = await onStore(() =>
      summariseRequests(
        db,
        found.map(({ name }) => name),
      ),
    );
    return found.map((fn) => ({ ...fn, recent: recent.get(fn.name) }));
  }
  return {
    list,
    find: async (name, selection) => (await list({ ...selection, name, limit: 1 }))[0],
    insert: (fn) => onStore(() => insertFunction(db, secrets, fn, OWNED_MAX)),
    update: (name, change) => onStore(() => updateFunction(db, name, change)),
    remove: (name) => onStore(() => removeFunction(db, name)),
    rotateSecret: (name, secret, overlapSeconds) => onStore(() => rotateSecret(db, secrets, { name, secret, overlapSeconds })),
    enable: (name) => onStore(() => enableFunction(db, name)),
    parked: (name, { limit, ...query }) => onStore(() => readParked(db, { ...query, function: name }, limit)),
    parkedOf: (transferId, selection, limit) => onStore(() => readParkedOf(db, transferId, selection, limit)),
    requests: (name, limit) => onStore(() => readRequests(db, name, limit)),
    replay: (name, sequence) => onStore(() => replayDead(db, { function: name, ...(sequence !== undefined && { sequence }) })),
    source: async (digest) => (await onStore(() => readModule(db, digest)))?.source,
  };
}

function createTargets(
  { guard, guarded, host }: ReturnType<typeof openFunctionTargets>,
  secrets: FunctionSecrets,
): FunctionTargets {
  const limitChecks = createCheckLimit();
  return {
    checkReachable: (principal, url) => limitChecks(principal, () => checkReachable(guard, principal, url)),
    async readModule(principal, source) {
      if (host === undefined) throw new AppError("invalid-function", "This deployment runs no modules; give a `url`.");
      const result = await host.read(principal, source);
      if (result.kind !== "answered") {
        throw new AppError("function-host-unavailable", "The function host gave no answer.", { cause: result });
      }
      const answer: Static<typeof ModuleAnswer> = Value.Parse(ModuleAnswer, JSON.parse(result.text));
      if ("error" in answer) {
        throw new AppError("invalid-function", answer.error, { details: { field: "/module/source" } });
      }
      return { digest: digestOfModule(answer), ...answer };
    },
    async send({ function: name, owner, url, secrets: sealed, batchSize }, event) {
      const digest = moduleDigest({ url });
      if (digest === undefined) {
        // In the form that its deliveries have.
        const isSingle = batchSize === 1;
        const contentType = `application/cloudevents${isSingle ? "" : "-batch"}+json; charset=utf-8`;
        const message = { id: event.id, contentType, body: JSON.stringify(isSingle ? event : [event]) };
        const target = { name, owner, url, secrets: sealed };
        return await sendSigned({ dispatcher: guarded(owner ?? ""), clock: Date.now, secrets }, target, message);
      }
      if (host !== undefined) return await host.invoke({ name, principal: owner ?? "", digest }, event);
      return { kind: "retry", error: "this API knows no function host: set FUNCTION_HOST_URL", retryAfterMs: undefined };
    },
  };
}
