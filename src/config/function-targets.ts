import { str } from "envalid";
import type { Check } from "./parse-environment.js";
import { httpUrl, ipNetworks, keysByVersion, wholeNumber } from "./validators.js";

const check: Check = (given, value) => {
  const version = value("FUNCTION_SECRET_KEY_VERSION");
  if (version === undefined || !given("FUNCTION_SECRET_KEYS")) return [];
  return (value("FUNCTION_SECRET_KEYS") ?? "").includes(`"${version}"`)
    ? []
    : [["FUNCTION_SECRET_KEY_VERSION", "is the version of no key in FUNCTION_SECRET_KEYS"]];
};

/** How functions that the API registers are reached, and the keys that seal functions' secrets in the database. */
export const functionTargets = {
  specs: {
    FUNCTION_TARGET_NETWORKS: ipNetworks({ default: [] }),
    FUNCTION_HOST_URL: httpUrl({ default: "" }),
    FUNCTION_HOST_SOCKET: str({ default: "" }),
    FUNCTION_HOST_TOKEN: str({ default: "" }),
    FUNCTION_SECRET_KEYS: keysByVersion(),
    FUNCTION_SECRET_KEY_VERSION: wholeNumber({ default: undefined }),
  },
  check,
};
