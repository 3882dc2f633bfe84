import process from "node:process";
import { buildDashboard } from "../stack/build-dashboard.js";
import { transpile } from "../stack/build-services.js";

// The services' JavaScript and the dashboard, for the image; the contracts and their types are built before.
await Promise.all([transpile(process.cwd()), buildDashboard(process.cwd())]);
