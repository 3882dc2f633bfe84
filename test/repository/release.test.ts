import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { release } from "../../scripts/dev/release.js";
import { expectAppError } from "../domain/expect-app-error.js";

const execute = promisify(execFile);
const DAY = "2026-12-01";
const CHANGES = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Returns\n\n## 0.1.0 - 2026-11-21\n\n- All of it\n";

describe("npm run release", () => {
  let root: string;
  const git = async (...args: string[]) => (await execute("git", args, { cwd: root })).stdout.trim();
  const read = (name: string) => readFile(join(root, name), "utf8");

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "event-machine-release-"));
    await git("init", "--initial-branch", "main");
    await git("config", "user.name", "Release test");
    await git("config", "user.email", "release@example.org");
    await git("config", "commit.gpgsign", "false");
    const manifest = { name: "x", version: "0.1.0" };
    await writeFile(join(root, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
    const packages = { "": manifest, "node_modules/y": { version: "0.1.0" } };
    await writeFile(join(root, "package-lock.json"), `${JSON.stringify({ ...manifest, packages }, null, 2)}\n`);
    await writeFile(join(root, "CHANGELOG.md"), CHANGES);
    await git("add", ".");
    await git("commit", "--message", "begin");
  });

  afterEach(() => rm(root, { recursive: true }));

  it("writes the version to package.json, its lock and the change log, commits and tags", async () => {
    expect(await release(root, "0.2.0", DAY)).to.equal("v0.2.0");
    expect(JSON.parse(await read("package.json")).version).to.equal("0.2.0");
    const lock = JSON.parse(await read("package-lock.json"));
    expect([lock.version, lock.packages[""].version, lock.packages["node_modules/y"].version]).to.deep.equal([
      "0.2.0",
      "0.2.0",
      "0.1.0",
    ]);
    expect(await read("CHANGELOG.md")).to.include("## [Unreleased]\n\n## 0.2.0 - 2026-12-01\n\n### Added\n\n- Returns\n");
    expect(await git("log", "-1", "--format=%s")).to.equal("release: 0.2.0");
    expect(await git("rev-parse", "v0.2.0^{commit}")).to.equal(await git("rev-parse", "HEAD"));
    expect(await git("status", "--porcelain")).to.equal("");
  });

  for (const version of ["", "v0.2.0", "0.2", "0.1.0", "0.0.9", "0.2.0-rc.1"]) {
    it(`refuses the version ${JSON.stringify(version)} and changes nothing`, async () => {
      await expectAppError("config-invalid", () => release(root, version, DAY));
      expect(await git("status", "--porcelain")).to.equal("");
      expect(await git("tag", "--list")).to.equal("");
    });
  }

  it("refuses a release on another branch", async () => {
    await git("switch", "--create", "other");
    await expectAppError("config-invalid", () => release(root, "0.2.0", DAY));
  });

  it("refuses a release of a tree with uncommitted changes", async () => {
    await writeFile(join(root, "new.txt"), "");
    await expectAppError("config-invalid", () => release(root, "0.2.0", DAY));
  });

  it("refuses a release without a change under Unreleased", async () => {
    await release(root, "0.2.0", DAY);
    await expectAppError("config-invalid", () => release(root, "0.3.0", DAY));
  });
});
