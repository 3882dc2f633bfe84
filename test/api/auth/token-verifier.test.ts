import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { decodeJwt, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { createTokenVerifier } from "../../../src/api/auth/token-verifier.js";
import { createAuthenticate } from "../../../src/bin/wiring/api-authenticate.js";
import { aliasId } from "../../../src/domain/ids.js";
import { DEFAULT_PHONE_TYPES } from "../../../src/domain/phone.js";
import { PAYER_PHONE } from "../../../tools/api-fakes/fake-deps.js";
import { expectAppError } from "../../domain/expect-app-error.js";
import { createTestApi, expectJson, expectProblem } from "../api-under-test.js";

const ISSUER = "https://id.example/";
const AUDIENCE = "event-machine";
const aliasKey = { version: 1, secret: new Uint8Array(32).fill(1) };

describe("access tokens", () => {
  let server: Server;
  let jwksUrl: string;
  let keys: Awaited<ReturnType<typeof generateKeyPair>>;
  let verify: ReturnType<typeof createTokenVerifier>;
  let answer: { status: number; body: string };

  before(async () => {
    keys = await generateKeyPair("ES256");
    const published = { ...(await exportJWK(keys.publicKey)), kid: "one", alg: "ES256", use: "sig" };
    server = createServer((_request, response) => {
      response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    answer = { status: 200, body: JSON.stringify({ keys: [published] }) };
    verify = createTokenVerifier(
      { aliasKey, phoneTypes: DEFAULT_PHONE_TYPES },
      { jwksUrl, issuer: ISSUER, audience: AUDIENCE, types: ["at+jwt"] },
    );
  });
  after(() => server.close());

  const CLAIMS = { iss: ISSUER, aud: AUDIENCE, sub: "shop", scope: "transfers:write transfers:read", payers: "any" };
  const sign = (claims: object = {}, { kid = "one", key = keys.privateKey, expires = "5m", typ = "at+jwt" as unknown } = {}) =>
    new SignJWT({ ...CLAIMS, ...claims })
      .setProtectedHeader({ alg: "ES256", kid, ...(typ !== "absent" && { typ: typ as string }) })
      .setExpirationTime(expires)
      .sign(key);

  it("name a principal that is no API key's, and what it may do", async () => {
    const token = await sign({ scope: "openid transfers:write transfers:everything" });
    const expiresAt = new Date(Number(decodeJwt(token).exp) * 1000);
    expect(await verify(token)).to.deep.equal({ id: "oidc:shop", scopes: ["transfers:write"], payers: "any", expiresAt });
    expect(await verify(await sign({ scope: undefined }))).to.deep.include({ scopes: [] });
  });

  it("name for whom it may send; what cannot be read grants nothing", async () => {
    const payersOf = async (payers: unknown) => (await verify(await sign({ payers })))?.payers;
    const alias = aliasId(aliasKey, PAYER_PHONE);
    expect(await payersOf({ banks: ["FAASTHB1"], phones: [PAYER_PHONE] })).to.deep.equal(["FAASTHB1", alias]);
    for (const payers of [undefined, "all", ["any"], { banks: ["x"] }, { phones: ["66"] }, { banks: [1] }]) {
      expect(await payersOf(payers)).to.deep.equal([]);
    }
  });

  it("are nobody's where they are forged, expired, or for another", async () => {
    const other = await generateKeyPair("ES256");
    const hmac = new SignJWT(CLAIMS).setProtectedHeader({ alg: "HS256", kid: "one", typ: "at+jwt" }).setExpirationTime("5m");
    const valid = await sign();
    const [header = "", payload = "", signature = ""] = valid.split(".");
    const changed = Buffer.from(Buffer.from(payload, "base64url").toString().replace("shop", "bank")).toString("base64url");
    const forged = {
      "another's key": sign({}, { key: other.privateKey }),
      "an unknown key": sign({}, { kid: "two" }),
      "an expired one": sign({}, { expires: "-1m" }),
      "without an end": new SignJWT(CLAIMS).setProtectedHeader({ alg: "ES256", kid: "one", typ: "at+jwt" }).sign(keys.privateKey),
      "another issuer's": sign({ iss: "https://evil.example/" }),
      "for another": sign({ aud: "other-service" }),
      "without a subject": sign({ sub: "" }),
      "a subject with a space": sign({ sub: "a b" }),
      "a subject that is null": sign({ sub: null }),
      "a subject that is a number": sign({ sub: 7 }),
      "a subject that is a list": sign({ sub: ["shop"] }),
      "a subject that is true": sign({ sub: true }),
      "a subject that is an object": sign({ sub: {} }),
      "not valid yet": sign({ nbf: Math.floor(Date.now() / 1000) + 600 }),
      unsigned: new UnsecuredJWT(CLAIMS).setExpirationTime("5m").encode(),
      "by a shared secret": hmac.sign(new TextEncoder().encode(answer.body)),
      "with changed claims": [header, changed, signature].join("."),
      "without a signature": [header, payload, ""].join("."),
      rubbish: "a.b.c",
    };
    for (const [what, token] of Object.entries(forged)) expect(await verify(await token), what).to.equal(undefined);
    expect(await verify(valid)).not.to.equal(undefined);
  });

  it("are access tokens by their type, and never ID tokens", async () => {
    const relaxed = createTokenVerifier(
      { aliasKey, phoneTypes: DEFAULT_PHONE_TYPES },
      { jwksUrl, issuer: ISSUER, audience: AUDIENCE, types: ["at+jwt", "jwt"] },
    );
    for (const typ of ["at+jwt", "AT+JWT", "application/at+jwt"]) {
      expect(await verify(await sign({}, { typ })), typ).to.deep.include({ id: "oidc:shop" });
    }
    for (const typ of ["JWT", "jwt", "absent", "application/jwt"]) {
      const token = await sign({}, { typ });
      expect(await verify(token), String(typ)).to.equal(undefined);
      expect(await relaxed(token), String(typ)).to.deep.include({ id: "oidc:shop" });
    }
    for (const typ of ["dpop+jwt", "logout+jwt", "at+jwtx", "", 7, null, ["at+jwt"]]) {
      const token = await sign({}, { typ });
      expect([await verify(token), await relaxed(token)], String(typ)).to.deep.equal([undefined, undefined]);
    }
    for (const claims of [{ nonce: "n" }, { at_hash: "h" }, { c_hash: "h" }, { typ: "ID" }]) {
      expect(await relaxed(await sign(claims, { typ: "JWT" })), JSON.stringify(claims)).to.equal(undefined);
    }
  });

  it("cannot be judged while the issuer's keys cannot be had", async () => {
    const token = await sign();
    const good = answer;
    for (const bad of [
      { status: 500, body: "" },
      { status: 200, body: "{}" },
      { status: 200, body: "<html>" },
    ]) {
      answer = bad;
      const fresh = createTokenVerifier(
        { aliasKey, phoneTypes: DEFAULT_PHONE_TYPES },
        { jwksUrl, issuer: ISSUER, audience: AUDIENCE, types: ["at+jwt"] },
      );
      await expectAppError("issuer-unavailable", () => fresh(token));
    }
    answer = good;
    const nowhere = createTokenVerifier(
      { aliasKey, phoneTypes: DEFAULT_PHONE_TYPES },
      { jwksUrl: "http://127.0.0.1:1/", issuer: ISSUER, audience: AUDIENCE, types: ["at+jwt"] },
    );
    await expectAppError("issuer-unavailable", () => nowhere(token));
  });

  it("open the API beside API keys, as far as their scopes go", async () => {
    const test = await createTestApi();
    const byApiKey = test.deps.authenticate;
    const oidc = {
      ...{ OIDC_JWKS_URL: jwksUrl, OIDC_ISSUER: ISSUER, OIDC_AUDIENCE: AUDIENCE, OIDC_TOKEN_TYPES: ["at+jwt" as const] },
      PHONE_TYPES: DEFAULT_PHONE_TYPES,
    };
    test.deps.authenticate = createAuthenticate(byApiKey, oidc, aliasKey);
    const token = await sign();
    const started = await test.start(undefined, { authorization: `Bearer ${token}` });
    const { id } = expectJson<{ id: string }>(started, 202);
    expect(test.deps.entries.get(id)?.principal).to.equal("oidc:shop");
    expectJson(await test.get(`/v1/transfers/${id}`, token));
    expectProblem(await test.get("/v1/api-keys", token), 403, "forbidden");
    expectProblem(await test.get("/v1/transfers", `${token}x`), 401, "unauthorized");
    expect((await test.start()).statusCode).to.equal(202);
    const off = { ...oidc, OIDC_JWKS_URL: undefined, OIDC_ISSUER: undefined, OIDC_AUDIENCE: undefined } as unknown as typeof oidc;
    test.deps.authenticate = createAuthenticate(byApiKey, off, aliasKey);
    expectProblem(await test.get("/v1/transfers", token), 401, "unauthorized");
    await test.api.close();
  });
});
