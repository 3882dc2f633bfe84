import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { AppError } from "../../src/domain/app-error.js";
import { runScript } from "../run-script.js";

// npm run release -- 0.2.0: the version in package.json and CHANGELOG.md, a commit, and an annotated tag. Pushes nothing.

const BRANCH = "main";
const VERSION_PATTERN = /^(\d+)\.(\d+)\.(\d+)$/;
const UNRELEASED = "## [Unreleased]\n";
const execute = promisify(execFile);

/**
 * Makes a release of a repository's newest commit.
 *
 * @param root The repository's folder.
 * @param version Semantic version without `v`, above the version in package.json.
 * @param day The release's day, `YYYY-MM-DD`.
 * @returns The tag's name.
 * @throws AppError `config-invalid` where the version, the branch, the tree or the change log does not permit a release.
 */
export async function release(root: string, version: string, day: string): Promise<string> {
  const git = async (...args: string[]) => (await execute("git", args, { cwd: root })).stdout.trim();
  const tag = `v${version}`;
  const manifest = join(root, "package.json");
  const lock = join(root, "package-lock.json");
  const log = join(root, "CHANGELOG.md");

  const { version: current } = JSON.parse(await readFile(manifest, "utf8")) as { version: string };
  if (!isAbove(version, current)) refuse(`The version must be like 1.2.3 and above ${current}.`);
  if ((await git("branch", "--show-current")) !== BRANCH) refuse(`Switch to the branch ${BRANCH} first.`);
  if ((await git("status", "--porcelain")) !== "") refuse("Commit or remove the changes in the working tree first.");
  if ((await git("tag", "--list", tag)) !== "") refuse(`The tag ${tag} exists. Choose another version.`);
  const changes = await readFile(log, "utf8");
  if (!/## \[Unreleased\]\n+###/.test(changes)) refuse("CHANGELOG.md has no changes under Unreleased. Add them first.");

  await writeFile(log, changes.replace(UNRELEASED, `${UNRELEASED}\n## ${version} - ${day}\n`));
  for (const file of [manifest, lock]) await setVersion(file, current, version);
  await git("add", "CHANGELOG.md", "package.json", "package-lock.json");
  await git("commit", "--message", `release: ${version}`);
  await git("tag", "--annotate", tag, "--message", `Event Machine ${version}`);
  return tag;
}

function refuse(message: string): never {
  throw new AppError("config-invalid", message);
}

function isAbove(version: string, current: string): boolean {
  const [next, last] = [version, current].map((text) => VERSION_PATTERN.exec(text)?.slice(1).map(Number));
  if (next === undefined || last === undefined) return false;
  const different = next.findIndex((part, index) => part !== last[index]);
  return different >= 0 && (next[different] ?? 0) > (last[different] ?? 0);
}

/** Replaces the project's own version: in package-lock.json it stands twice, before every dependency's. */
async function setVersion(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, "utf8");
  const json = JSON.parse(text) as { version: string; packages?: Record<string, { version?: string }> };
  if (json.version !== from) refuse(`The version in ${file} is ${json.version}, not ${from}. Run npm install first.`);
  json.version = to;
  if (json.packages?.[""] !== undefined) json.packages[""].version = to;
  await writeFile(file, `${JSON.stringify(json, null, 2)}\n`);
}

if (process.argv[1]?.endsWith("release.ts")) {
  await runScript(async () => {
    const [version = ""] = process.argv.slice(2);
    const tag = await release(process.cwd(), version, new Date().toISOString().slice(0, 10));
    process.stdout.write(`Tagged ${tag}. Publish it with: git push origin ${BRANCH} ${tag}\n`);
  });
}
