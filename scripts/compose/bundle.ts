import process from "node:process";
import { buildDashboard } from "../stack/build-dashboard.js";
import { bundleServices } from "../stack/bundle-services.js";

// The services' JavaScript and the dashboard, for the image; the contracts and their types are built before.
await Promise.all([bundleServices(process.cwd()), buildDashboard(process.cwd())]);
