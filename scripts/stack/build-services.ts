import { buildContracts } from "./build-contracts.js";
import { buildDashboard } from "./build-dashboard.js";
import { bundleServices } from "./bundle-services.js";

/** Compiles the contracts, generates their types, bundles the services as JavaScript in `dist/`, and builds the dashboard. */
export async function buildServices(root: string): Promise<void> {
  await buildContracts(root);
  await Promise.all([bundleServices(root), buildDashboard(root)]);
}
