import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyReply, FastifyRequest } from "fastify";
import { acceptsByName } from "../../domain/media-type.js";
import type { ApiInstance } from "../http/api-instance.js";

// Its own scripts and styles, its own API, and nothing from anywhere else; no page may frame it, no form may leave it.
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  ...["script-src", "style-src", "img-src", "connect-src"].map((directive) => `${directive} 'self'`),
  ...["base-uri", "form-action", "frame-ancestors"].map((directive) => `${directive} 'none'`),
].join("; ");

// All lie in one folder. What else is asked for is not there.
const ASSET_PATTERN = /^\/[\w.-]+\.(?:js|css|svg)$/;

/** The built files of the dashboard, whose names hold a hash of what is in them. */
export function addDashboardAssets(app: ApiInstance, folder: string): void {
  app.register(fastifyStatic, {
    root: join(folder, "assets"),
    prefix: "/assets/",
    index: false,
    allowedPath: (path) => ASSET_PATTERN.test(path),
    immutable: true,
    maxAge: "365d",
    decorateReply: false,
  });
}

/** Whether a browser asks for a page, and no client for the document. */
export function wantsPage({ headers: { accept } }: FastifyRequest): boolean {
  return acceptsByName(accept, "text/html");
}

/** The dashboard's page. It is read anew each time: a build may have replaced it, and its assets. */
export async function sendDashboard(reply: FastifyReply, folder: string): Promise<FastifyReply> {
  const page = await readFile(join(folder, "index.html"));
  return reply
    .type("text/html; charset=utf-8")
    .header("content-security-policy", CONTENT_SECURITY_POLICY)
    .header("cache-control", "no-cache")
    .send(page);
}
