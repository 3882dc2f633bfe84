import { expect } from "chai";
import fc from "fast-check";
import type { ApiKeyView } from "../../../src/domain/principal.js";
import { type Principal, SCOPES } from "../../../src/domain/principal.js";
import { NOW_MS, PAYEE_BANK, PAYER_BANK } from "../../../tools/api-fakes/fake-deps.js";
import { createTestApi, expectJson, expectProblem, type TestApi } from "../api-under-test.js";

type Rights = Pick<ApiKeyView, "principal" | "scopes" | "payers" | "expiresAt">;
type Answer = Awaited<ReturnType<TestApi["get"]>>;

const BANKS = [PAYER_BANK, PAYEE_BANK, "THRDTHB1"];
const DAY_MS = 86_400_000;

const rights: fc.Arbitrary<Rights> = fc.record({
  principal: fc.constantFrom("shop", "bank", "other"),
  scopes: fc.oneof(
    fc.subarray(["api-keys:read", "api-keys:write", "api-keys:write-any", "transfers:read"], { minLength: 1 }),
    fc.constant([...SCOPES] as string[]),
  ),
  payers: fc.oneof(fc.constant("any" as const), fc.subarray(BANKS)),
  expiresAt: fc.oneof(
    fc.constant(null),
    fc.integer({ min: 1, max: 4 }).map((days) => new Date(NOW_MS + days * DAY_MS)),
  ),
});
const index = fc.nat({ max: 7 });
const operation = fc.oneof(
  fc.record({ kind: fc.constant("create" as const), caller: index, of: rights }),
  fc.record({ kind: fc.constantFrom("read" as const, "rotate" as const, "delete" as const), caller: index, target: index }),
);

/** The rule, written a second time: whether a key holds all that another holds. */
function holds(own: Rights, other: Rights): boolean {
  const scopes = new Set(own.scopes);
  const payers = new Set(own.payers === "any" ? [] : own.payers);
  return (
    other.scopes.every((scope) => scopes.has(scope)) &&
    (own.payers === "any" || (other.payers !== "any" && other.payers.every((payer) => payers.has(payer)))) &&
    (own.expiresAt?.getTime() ?? Infinity) >= (other.expiresAt?.getTime() ?? Infinity)
  );
}

const mayWrite = (own: Rights, principal: string) =>
  own.scopes.includes("api-keys:write-any") || (own.scopes.includes("api-keys:write") && own.principal === principal);
const maySee = (own: Rights, principal: string) =>
  own.scopes.some((scope) => scope === "api-keys:write-any" || scope === "api-keys:read-any") ||
  (own.principal === principal && own.scopes.some((scope) => scope === "api-keys:read" || scope === "api-keys:write"));

describe("the rights of API keys over API keys", function () {
  this.timeout(120_000);
  let test: TestApi;

  beforeEach(async () => {
    test = await createTestApi();
  });

  afterEach(() => test.api.close());

  const bodyOf = ({ principal, scopes, payers, expiresAt }: Rights) => ({
    ...{ principal, scopes, payers: payers === "any" ? payers : { banks: payers } },
    ...(expiresAt !== null && { expiresAt: expiresAt.toISOString() }),
  });
  const login = (token: string, { principal, ...rest }: Rights) =>
    test.deps.principals.set(token, { id: principal, ...rest } satisfies Principal);
  const KEY: Rights = { principal: "shop", scopes: ["api-keys:write", "transfers:read"], payers: [PAYER_BANK], expiresAt: null };
  const make = (change: Partial<Rights>, key: string): Promise<Answer> =>
    test.send("POST", "/v1/api-keys", bodyOf({ ...KEY, ...change }), key);

  it("reach no other principal's keys without a scope for that", async () => {
    login("shop-key", { ...KEY, scopes: ["api-keys:read", "api-keys:write", "transfers:read"] });
    const own = expectJson<{ id: string }>(await make({}, "shop-key"), 201).id;
    const other = expectJson<{ id: string }>(await make({ principal: "bank" }, "alice-key"), 201).id;
    expectProblem(await make({ principal: "bank" }, "shop-key"), 403, "forbidden");
    const listed = expectJson<{ apiKeys: { id: string }[] }>(await test.get("/v1/api-keys", "shop-key"));
    expect(listed.apiKeys.map(({ id }) => id)).to.deep.equal([own]);
    expectProblem(await test.get(`/v1/api-keys/${other}`, "shop-key"), 404, "not-found");
    expectProblem(await test.send("DELETE", `/v1/api-keys/${other}`, undefined, "shop-key"), 404, "not-found");
    expectProblem(
      await test.send("POST", `/v1/api-keys/${other}/rotations`, { overlapSeconds: 0 }, "shop-key"),
      404,
      "not-found",
    );
    login("reader", { ...KEY, scopes: ["api-keys:read-any"] });
    expectJson(await test.get(`/v1/api-keys/${other}`, "reader"));
    expectProblem(await test.send("DELETE", `/v1/api-keys/${other}`, undefined, "reader"), 403, "forbidden");
  });

  it("end at no key that outlives the caller's, not even one that replaces it", async () => {
    login("ending", { ...KEY, expiresAt: new Date(NOW_MS + DAY_MS) });
    const forever = expectJson<{ id: string }>(await make({}, "alice-key"), 201).id;
    expectProblem(await make({}, "ending"), 403, "forbidden");
    expectProblem(await test.send("DELETE", `/v1/api-keys/${forever}`, undefined, "ending"), 403, "forbidden");
    expectProblem(
      await test.send("POST", `/v1/api-keys/${forever}/rotations`, { overlapSeconds: 0 }, "ending"),
      403,
      "forbidden",
    );
    expect((await make({ expiresAt: new Date(NOW_MS + DAY_MS) }, "ending")).statusCode).to.equal(201);
  });

  it("let nobody end the bootstrap key, which has every scope, with fewer", async () => {
    test.deps.keys.set("bootstrap", {
      ...KEY,
      principal: "bootstrap",
      scopes: SCOPES,
      payers: "any",
      id: "bootstrap",
      createdAt: new Date(),
    });
    login("manager", { ...KEY, scopes: ["api-keys:write", "api-keys:write-any"], payers: "any" });
    expectProblem(await test.send("DELETE", "/v1/api-keys/bootstrap", undefined, "manager"), 403, "forbidden");
  });

  it("never grow, whatever keys there are and whatever they are used for", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(rights, { minLength: 1, maxLength: 4 }),
        fc.array(operation, { maxLength: 12 }),
        async (first, operations) => {
          test.deps.keys.clear();
          const tokens = first.map((one, at) => {
            test.deps.keys.set(`first-${at}`, { ...one, id: `first-${at}`, createdAt: new Date(NOW_MS) });
            login(`token-${at}`, one);
            return { token: `token-${at}`, id: `first-${at}`, ...one };
          });
          for (const asked of operations) {
            const caller = tokens[asked.caller % tokens.length] as (typeof tokens)[number];
            if (asked.kind === "create") {
              const answer = await test.send("POST", "/v1/api-keys", bodyOf(asked.of), caller.token);
              const allowed = mayWrite(caller, asked.of.principal) && holds(caller, asked.of);
              expect(answer.statusCode, answer.body).to.equal(allowed ? 201 : 403);
              if (allowed) tokens.push({ token: answer.json().key, id: answer.json().id, ...asked.of });
              continue;
            }
            const target = tokens[asked.target % tokens.length] as (typeof tokens)[number];
            const known = test.deps.keys.get(target.id);
            const url = `/v1/api-keys/${target.id}`;
            if (asked.kind === "read") {
              const { statusCode } = await test.get(url, caller.token);
              expect(statusCode === 200).to.equal(known !== undefined && maySee(caller, target.principal));
              continue;
            }
            const answer =
              asked.kind === "delete"
                ? await test.send("DELETE", url, undefined, caller.token)
                : await test.send("POST", `${url}/rotations`, { overlapSeconds: 0 }, caller.token);
            const allowed = known !== undefined && mayWrite(caller, target.principal) && holds(caller, known);
            expect(answer.statusCode < 300, `${asked.kind} ${answer.body}`).to.equal(allowed);
            if (!allowed) expect(test.deps.keys.get(target.id)).to.deep.equal(known);
            if (allowed && asked.kind === "rotate") tokens.push({ ...known, token: answer.json().key, id: answer.json().id });
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
