import { writeFile } from "node:fs/promises";
import { OPENAPI_FILE, openApiText } from "../test/api/openapi-document.js";

// npm run openapi: writes docs/openapi.json as the API serves it.
await writeFile(OPENAPI_FILE, await openApiText());
