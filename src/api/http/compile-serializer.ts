import SerializerSelector from "@fastify/fast-json-stringify-compiler";
import type { FastifySerializerCompiler } from "fastify/types/schema.js";

const compile = SerializerSelector()();
const compiled = new WeakMap<object, SerializerSelector.Serializer>();

/** As Fastify compiles the schema of an answer, but each once a process: one of problem details is that of some hundred answers. */
export const compileSerializer: FastifySerializerCompiler<object> = (route) => {
  const { schema, method = "", url = "", httpStatus = "" } = route as typeof route & { httpStatus?: string };
  const serializer = compiled.get(schema) ?? compile({ schema, method, url, httpStatus });
  compiled.set(schema, serializer);
  return serializer;
};
