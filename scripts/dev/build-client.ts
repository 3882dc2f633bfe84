import { buildClient } from "./openapi/build-client.js";

// npm run build:client: what is published as `event-machine/client`, in dist/client. `npm pack` does it first.
await buildClient(process.cwd());
