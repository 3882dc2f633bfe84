import { str } from "envalid";
import { fees } from "./chain-specs.js";
import { type Environment, parseEnvironment } from "./parse-environment.js";
import { signingKey } from "./signing-keys.js";
import { bic8, organisationName, rpcUrls } from "./validators.js";

const admin = signingKey("ADMIN");
const specs = { CHAIN_RPC_URL: rpcUrls(), DEPLOYMENT_FILE: str(), ...fees, ...admin.specs };

/** What a bank's admin needs to act on the chain. */
export function parseBankAdminEnvironment(environment: Environment) {
  const config = parseEnvironment(environment, { ...specs, BANK_ID: bic8() }, admin.check);
  return Object.freeze({ ...config, adminKey: admin.read(config) });
}

/** What an organisation's admin needs to act on the chain. `needsKey`: whether something is to be written. */
export function parseOrganisationAdminEnvironment({ needsKey }: { needsKey: boolean }, environment: Environment) {
  const config = parseEnvironment(
    environment,
    { ...specs, ORGANISATION: organisationName() },
    ...(needsKey ? [admin.check] : []),
  );
  return Object.freeze({ ...config, adminKey: needsKey ? admin.read(config) : undefined });
}
