import { createTokenVerifier, looksLikeJwt } from "../../api/auth/token-verifier.js";
import type { readApiConfig } from "../../config/config.js";
import type { AliasKey } from "../../domain/ids.js";
import type { Principal } from "../../domain/principal.js";

type Authenticate = (token: string | undefined) => Promise<Principal | undefined>;

/** Whose a bearer token is: an API key's, or where an issuer is configured also an access token's. */
export function createAuthenticate(
  byApiKey: Authenticate,
  config: Pick<
    ReturnType<typeof readApiConfig>,
    "OIDC_JWKS_URL" | "OIDC_ISSUER" | "OIDC_AUDIENCE" | "OIDC_TOKEN_TYPES" | "PHONE_TYPES"
  >,
  aliasKey: AliasKey,
): Authenticate {
  const {
    OIDC_JWKS_URL: jwksUrl,
    OIDC_ISSUER: issuer = "",
    OIDC_AUDIENCE: audience = "",
    OIDC_TOKEN_TYPES: types,
    PHONE_TYPES: phoneTypes,
  } = config;
  if (jwksUrl === undefined) return byApiKey;
  const verify = createTokenVerifier({ aliasKey, phoneTypes }, { jwksUrl, issuer, audience, types });
  return (token) => (token !== undefined && looksLikeJwt(token) ? verify(token) : byApiKey(token));
}
