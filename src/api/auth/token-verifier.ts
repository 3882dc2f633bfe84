import { createRemoteJWKSet, customFetch, errors, type JWTHeaderParameters, type JWTPayload, jwtVerify } from "jose";
import { Type } from "typebox";
import { Value } from "typebox/value";
import { AppError } from "../../domain/app-error.js";
import { aliasId, parseBankId } from "../../domain/ids.js";
import { parsePhone } from "../../domain/phone.js";
import { type Principal, SCOPES } from "../../domain/principal.js";
import { readBounded } from "../../domain/read-bounded.js";
import type { ApiDeps } from "../deps.js";

/**
 * Whose access tokens are taken.
 *
 * - `jwksUrl`: where the issuer publishes its keys (RFC 7517).
 * - `issuer`, `audience`: what a token's `iss` and `aud` must say.
 * - `types`: what its header's `typ` may say. `jwt` is for issuers that do not follow RFC 9068: a header without a type counts as it.
 */
export interface TokenIssuer {
  jwksUrl: string;
  issuer: string;
  audience: string;
  types: readonly TokenType[];
}

/** In lower case. */
export type TokenType = "at+jwt" | "jwt";

/** The schema of a token's payers, as in `POST /v1/api-keys`. */
export type TokenVerifierDeps = Pick<ApiDeps, "aliasKey" | "phoneTypes">;

/** Whether a bearer token has the form of a JWT (RFC 7519); API keys have no dots. */
export function looksLikeJwt(token: string): boolean {
  return token.split(".").length === 3;
}

// Signatures only: a key that is published can make no MAC.
const ALGORITHMS = ["ES256", "ES384", "ES512", "EdDSA", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"];
const CLOCK_TOLERANCE_SECONDS = 5;
const FETCH_TIMEOUT_MS = 5_000;
// A key with a chain of certificates is some kilobytes, and issuers publish a handful.
const MAX_KEYS_BYTES = 1_048_576;
// A token by an unknown key makes the keys be fetched again, no more often than this.
const REFETCH_COOLDOWN_MS = 30_000;
// The characters of a principal that a token names; a transfer's id is made of it.
const SUBJECT_PATTERN = /^[\x21-\x7e]{1,200}$/;

const PayersSchema = Type.Union([
  Type.Literal("any"),
  Type.Object({ banks: Type.Optional(Type.Array(Type.String())), phones: Type.Optional(Type.Array(Type.String())) }),
]);

/**
 * Takes access tokens of an OpenID Connect or OAuth 2.0 issuer (RFC 9068). The principal is `oidc:` and the token's `sub`, so that it
 * is never an API key's; `scope` names what it may do, and `payers` for whom it may send, as in `POST /v1/api-keys`.
 */
export function createTokenVerifier(deps: TokenVerifierDeps, { jwksUrl, issuer, audience, types }: TokenIssuer) {
  const keys = createRemoteJWKSet(new URL(jwksUrl), {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cooldownDuration: REFETCH_COOLDOWN_MS,
    [customFetch]: fetchBounded,
  });
  const requirements = {
    ...{ issuer, audience, algorithms: ALGORITHMS, clockTolerance: CLOCK_TOLERANCE_SECONDS },
    requiredClaims: ["sub", "exp"],
  };

  /**
   * Whose token it is; `undefined` for one that is forged, expired, or another's.
   * @throws AppError `issuer-unavailable` where the issuer's keys cannot be had
   */
  return async function verify(token: string): Promise<Principal | undefined> {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keys, requirements);
      if (!isAccessToken(protectedHeader, payload, types)) return undefined;
      return toPrincipal(payload, deps);
    } catch (error) {
      if (isAboutToken(error)) return undefined;
      throw new AppError("issuer-unavailable", "The keys of the tokens' issuer cannot be fetched; check OIDC_JWKS_URL.", {
        cause: error,
      });
    }
  };
}

async function fetchBounded(url: string, options: RequestInit): Promise<Response> {
  const { body, status, headers } = await fetch(url, options);
  return new Response(await readBounded(body, MAX_KEYS_BYTES), { status, headers });
}

/** Claims that an ID token has and an access token has not (OpenID Connect Core 1.0 section 2). */
const ID_TOKEN_CLAIMS = ["nonce", "at_hash", "c_hash"] as const;

/** Whether it was issued to be shown to an API (RFC 9068 section 4). An ID token says who signed in at a client, and grants nothing. */
function isAccessToken({ typ }: JWTHeaderParameters, payload: JWTPayload, types: readonly TokenType[]): boolean {
  // The header is what the issuer wrote: any JSON.
  const written: unknown = typ;
  if (written !== undefined && typeof written !== "string") return false;
  const type = (written ?? "jwt").toLowerCase().replace(/^application\//, "");
  // Keycloak says it in a claim.
  const isIdToken = payload.typ === "ID" || ID_TOKEN_CLAIMS.some((claim) => payload[claim] !== undefined);
  return !isIdToken && types.some((taken) => taken === type);
}

function isAboutToken(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false;
  // What jose says of an answer that is no key set has its general code.
  return error instanceof errors.JOSEError && error.code !== "ERR_JOSE_GENERIC";
}

function toPrincipal({ sub, scope, payers, exp = 0 }: JWTPayload, deps: TokenVerifierDeps): Principal | undefined {
  // An issuer can write any JSON, and a pattern would take null for the text "null".
  if (typeof sub !== "string" || !SUBJECT_PATTERN.test(sub)) return undefined;
  const granted = typeof scope === "string" ? scope.split(" ") : [];
  return {
    id: `oidc:${sub}`,
    scopes: SCOPES.filter((known) => granted.includes(known)),
    payers: toPayers(payers, deps),
    expiresAt: new Date(exp * 1000),
  };
}

/** What cannot be read grants nothing. */
function toPayers(claim: unknown, { aliasKey, phoneTypes }: TokenVerifierDeps): Principal["payers"] {
  if (!Value.Check(PayersSchema, claim)) return [];
  if (claim === "any") return claim;
  try {
    const aliases = (claim.phones ?? []).map((phone) => aliasId(aliasKey, parsePhone(phone, phoneTypes)));
    return [...(claim.banks ?? []).map(parseBankId), ...aliases];
  } catch {
    return [];
  }
}
