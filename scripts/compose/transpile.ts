import process from "node:process";
import { transpile } from "../stack/build-services.js";

// The services' JavaScript, for the image; the contracts and their types are built before.
await transpile(process.cwd());
