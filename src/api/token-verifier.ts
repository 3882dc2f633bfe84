import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from "jose";
import { Type } from "typebox";
import { Value } from "typebox/value";
import { AppError } from "../domain/app-error.js";
import { type AliasKey, aliasId, parseBankId } from "../domain/ids.js";
import { parsePhone } from "../domain/phone.js";
import { type Principal, SCOPES } from "./deps.js";

/**
 * Whose access tokens are taken.
 *
 * - `jwksUrl`: where the issuer publishes its keys (RFC 7517).
 * - `issuer`, `audience`: what a token's `iss` and `aud` must say.
 */
export interface TokenIssuer {
  jwksUrl: string;
  issuer: string;
  audience: string;
}

/** Whether a bearer token has the form of a JWT (RFC 7519); API keys have no dots. */
export function looksLikeJwt(token: string): boolean {
  return token.split(".").length === 3;
}

// Signatures only: a key that is published can make no MAC.
const ALGORITHMS = ["ES256", "ES384", "ES512", "EdDSA", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"];
const CLOCK_TOLERANCE_SECONDS = 5;
const FETCH_TIMEOUT_MS = 5_000;
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
export function createTokenVerifier({ aliasKey }: { aliasKey: AliasKey }, { jwksUrl, issuer, audience }: TokenIssuer) {
  const keys = createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: FETCH_TIMEOUT_MS, cooldownDuration: REFETCH_COOLDOWN_MS });
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
      const { payload } = await jwtVerify(token, keys, requirements);
      return toPrincipal(payload, aliasKey);
    } catch (error) {
      if (isAboutToken(error)) return undefined;
      throw new AppError("issuer-unavailable", "The keys of the tokens' issuer cannot be fetched; check OIDC_JWKS_URL.", {
        cause: error,
      });
    }
  };
}

function isAboutToken(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false;
  // What jose says of an answer that is no key set has its general code.
  return error instanceof errors.JOSEError && error.code !== "ERR_JOSE_GENERIC";
}

function toPrincipal({ sub = "", scope, payers }: JWTPayload, aliasKey: AliasKey): Principal | undefined {
  if (!SUBJECT_PATTERN.test(sub)) return undefined;
  const granted = typeof scope === "string" ? scope.split(" ") : [];
  return {
    id: `oidc:${sub}`,
    scopes: SCOPES.filter((known) => granted.includes(known)),
    payers: toPayers(payers, aliasKey),
  };
}

/** What cannot be read grants nothing. */
function toPayers(claim: unknown, aliasKey: AliasKey): Principal["payers"] {
  if (!Value.Check(PayersSchema, claim)) return [];
  if (claim === "any") return claim;
  try {
    const aliases = (claim.phones ?? []).map((phone) => aliasId(aliasKey, parsePhone(phone)));
    return [...(claim.banks ?? []).map(parseBankId), ...aliases];
  } catch {
    return [];
  }
}
