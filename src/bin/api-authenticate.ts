import type { Principal } from "../api/deps.js";
import { createTokenVerifier, looksLikeJwt } from "../api/token-verifier.js";
import type { readApiConfig } from "../config/config.js";
import type { AliasKey } from "../domain/ids.js";

type Authenticate = (token: string | undefined) => Promise<Principal | undefined>;

/** Whose a bearer token is: an API key's, or where an issuer is configured also an access token's. */
export function createAuthenticate(
  byApiKey: Authenticate,
  config: Pick<ReturnType<typeof readApiConfig>, "OIDC_JWKS_URL" | "OIDC_ISSUER" | "OIDC_AUDIENCE">,
  aliasKey: AliasKey,
): Authenticate {
  const { OIDC_JWKS_URL: jwksUrl, OIDC_ISSUER: issuer = "", OIDC_AUDIENCE: audience = "" } = config;
  if (jwksUrl === undefined) return byApiKey;
  const verify = createTokenVerifier({ aliasKey }, { jwksUrl, issuer, audience });
  return (token) => (token !== undefined && looksLikeJwt(token) ? verify(token) : byApiKey(token));
}
