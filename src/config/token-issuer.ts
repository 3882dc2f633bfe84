import type { Check } from "./parse-environment.js";
import { httpUrl, line, tokenTypes } from "./validators.js";

/** Without issuer and audience, a token for another service would do. */
const check: Check = (given) =>
  given("OIDC_JWKS_URL")
    ? ["OIDC_ISSUER", "OIDC_AUDIENCE"].filter((name) => !given(name)).map((name) => [name, "is missing beside OIDC_JWKS_URL"])
    : [];

/** Whose access tokens are taken beside API keys. */
export const tokenIssuer = {
  specs: {
    OIDC_JWKS_URL: httpUrl({ default: undefined }),
    OIDC_ISSUER: line({ default: undefined }),
    OIDC_AUDIENCE: line({ default: undefined }),
    OIDC_TOKEN_TYPES: tokenTypes({ default: ["at+jwt"] }),
  },
  check,
};
