import { writeFile } from "node:fs/promises";
import { CLIENT_TYPES_FILE, clientTypesText } from "./openapi/client-types.js";
import { OPENAPI_FILE, openApiText } from "./openapi/document.js";

// npm run openapi: writes docs/openapi.json as the API serves it, and the client's types.
const text = await openApiText();
await writeFile(OPENAPI_FILE, text);
await writeFile(CLIENT_TYPES_FILE, await clientTypesText(text));
