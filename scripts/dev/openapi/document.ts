import { createApi } from "../../../src/api/app.js";
import { createFakeDeps } from "../../../tools/api-fakes/fake-deps.js";

export const OPENAPI_FILE = "docs/openapi.json";

/** The document as the API serves it, written as a file. */
export async function openApiText(): Promise<string> {
  const api = createApi(await createFakeDeps());
  const document = (await api.inject("/v1/openapi.json")).json<object>();
  await api.close();
  return `${JSON.stringify(document, null, 2)}\n`;
}
