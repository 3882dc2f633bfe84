import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";

/** A JSON Schema, as far as the document uses it. */
export interface Schema {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  patternProperties?: Record<string, Schema>;
  items?: Schema;
  pattern?: string;
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
}

interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required?: boolean;
  schema: Schema;
}

/** A schema's check, compiled when it is first asked for: most documented answers never come. */
type Check = () => ValidateFunction;

/** What the document says of one operation. */
export interface Operation {
  id: string;
  method: string;
  path: string;
  /** What follows `/v1/`, e.g. `transfers`. */
  collection: string;
  isPublic: boolean;
  parameters: Parameter[];
  body: Schema | undefined;
  /** By status: the media type and schema of the body, or none. */
  answers: Map<number, { mediaType: string; check: Check } | undefined>;
  isBodyValid: Check | undefined;
  isParameterValid: Map<string, Check>;
}

interface Document {
  paths: Record<string, Record<string, RawOperation>>;
}

interface RawOperation {
  operationId: string;
  security?: unknown[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}

/** Reads the operations of an OpenAPI document, and makes what checks requests and answers by it. */
export function readOperations(document: Document): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]): Operation => {
      const body = raw.requestBody?.content["application/json"]?.schema;
      const parameters = raw.parameters ?? [];
      return {
        ...{ id: raw.operationId, method: method.toUpperCase(), path, parameters, body },
        collection: path.split("/")[2] ?? "",
        isPublic: raw.security?.length === 0,
        answers: new Map(Object.entries(raw.responses).map(([status, { content }]) => [Number(status), readAnswer(content)])),
        isBodyValid: body && checkOf(body),
        isParameterValid: new Map(parameters.map(({ name, schema }) => [name, checkOf(schema)])),
      };
    }),
  );
}

function readAnswer(content: RawOperation["responses"][string]["content"]) {
  const [entry] = Object.entries(content ?? {});
  return entry && { mediaType: entry[0], check: checkOf(closed(entry[1].schema)) };
}

// Optimized code takes longer to make than it saves.
const ajv = new Ajv2020({ strict: false, allErrors: false, code: { optimize: false } });
formats.default(ajv);
const compiled = new Map<string, ValidateFunction>();

/** Operations document the same errors: each schema is compiled once. */
function checkOf(schema: Schema): Check {
  const text = JSON.stringify(schema);
  return () => {
    const validate = compiled.get(text) ?? ajv.compile(schema);
    compiled.set(text, validate);
    return validate;
  };
}

/** The schema, refusing what it does not name: an answer holds nothing that is not documented. */
function closed(schema: Schema): Schema {
  const { properties, items, anyOf } = schema;
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, of]) => [name, closed(of)])),
      ...(schema.patternProperties === undefined && { additionalProperties: false }),
    }),
    ...(items && { items: closed(items) }),
    ...(anyOf && { anyOf: anyOf.map(closed) }),
  };
}
