import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { expect } from "chai";
import { CLIENT_TYPES_FILE, clientTypesText } from "../../scripts/dev/openapi/client-types.js";
import { OPENAPI_FILE, openApiText } from "../../scripts/dev/openapi/document.js";

describe("docs/openapi.json", function () {
  this.timeout(120_000);

  it("is what the API serves; npm run openapi writes it", async () => {
    expect(await readFile(OPENAPI_FILE, "utf8")).to.equal(await openApiText());
  });

  it("is what the client's types are generated from; npm run openapi writes them", async () => {
    expect(await readFile(CLIENT_TYPES_FILE, "utf8")).to.equal(await clientTypesText(await readFile(OPENAPI_FILE, "utf8")));
  });

  it("is found good by Redocly's linter", () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["node_modules/@redocly/cli/bin/cli.js", "lint", OPENAPI_FILE],
      {
        encoding: "utf8",
        env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
      },
    );
    expect(status, stdout + stderr).to.equal(0);
  });
});
