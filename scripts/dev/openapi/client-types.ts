import openapiTS, { astToString, type OpenAPI3 } from "openapi-typescript";

/** Where the types are that the client is written with. */
export const CLIENT_TYPES_FILE = "src/client/openapi.d.ts";

const HEADER = "// Generated from docs/openapi.json by `npm run openapi`.\n\n";
const PROBLEM_MEDIA_TYPE = "application/problem+json";

interface Answer {
  $ref?: string;
  description?: string;
  content?: Record<string, unknown>;
}

type Operations = Record<string, Record<string, { responses: Record<string, Answer> }>>;

/** The types of an OpenAPI document. What every operation says of its errors is said once: else it would be most of the text. */
export async function clientTypesText(openApiText: string): Promise<string> {
  const document = JSON.parse(openApiText) as { paths: Operations; components: Record<string, unknown> };
  for (const { responses } of Object.values(document.paths).flatMap((path) => Object.values(path))) {
    for (const [status, answer] of Object.entries(responses)) {
      if (answer.content?.[PROBLEM_MEDIA_TYPE] === undefined) continue;
      document.components.responses = { Problem: answer };
      responses[status] = { $ref: "#/components/responses/Problem" };
    }
  }
  return HEADER + astToString(await openapiTS(document as unknown as OpenAPI3, { defaultNonNullable: false }));
}
