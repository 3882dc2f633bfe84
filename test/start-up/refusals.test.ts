import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { expect } from "chai";
import { assertInstalled, launch, startEnvironment } from "../system/launcher.js";
import { alive, descendantsUntil } from "../system/processes.js";

/** The lines that `npm start` prints, and whether it left a process. */
describe("npm start refuses in one line that says what to do", function () {
  this.timeout(180_000);
  this.slow(30_000);
  let folder: string;

  before(async () => {
    await assertInstalled();
    folder = await mkdtemp(join(tmpdir(), "event-machine-test-"));
  });

  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function refuse(dataDir: string, more: Record<string, string> = {}): Promise<string> {
    const run = launch({ ...(await startEnvironment(dataDir)), ...more });
    const children = await descendantsUntil(run.pid, run.exited);
    expect((await run.exited).code, run.output()).equal(1);
    expect(await alive(children)).deep.equal([]);
    return run.output();
  }

  it("a DATABASE_URL where nothing listens, before anything starts", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    server.close();
    const output = await refuse(join(folder, "no-database"), { DATABASE_URL: `postgresql://me:secret@127.0.0.1:${port}/money` });
    expect(output).contain(`DATABASE_URL names the database money at 127.0.0.1:${port}`).and.contain("unset it");
    expect(output).not.contain("secret").and.not.contain("starting a chain");
  });

  it("a DATABASE_URL where something listens that is no PostgreSQL", async () => {
    const server = createServer((socket) => socket.end("220 mail.example ESMTP\r\n")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const output = await refuse(join(folder, "no-postgres"), { DATABASE_URL: `postgresql://127.0.0.1:${port}/money` });
    server.close();
    expect(output).contain("DATABASE_URL names").and.not.contain("starting a chain");
  });

  it("a DATABASE_URL where whoever listens never answers", async () => {
    const server = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const output = await refuse(join(folder, "silent"), { DATABASE_URL: `postgresql://127.0.0.1:${port}/money` });
    server.close();
    expect(output).contain("DATABASE_URL names").and.not.contain("starting a chain");
  });

  for (const [what, text] of [
    ["is empty", ""],
    ["was cut off", '{"apiKey":"em_very-secret","databasePassw'],
    [
      "lacks a bank's keys",
      '{"apiKey":"em_very-secret","databasePassword":"p","aliasKey":"a","initiatorKey":"i","banks":[{"id":"FAASTHB1"}]}',
    ],
    ["is a list", "[]"],
  ] as const) {
    it(`a secrets.json that ${what}, and keeps it as it is`, async () => {
      const dataDir = join(folder, `secrets-${what.length}`);
      await mkdir(dataDir, { recursive: true });
      const file = join(dataDir, "secrets.json");
      await writeFile(file, text);
      const output = await refuse(dataDir);
      expect(output).contain(`${file} is damaged`).and.contain("delete").and.not.contain("very-secret");
      expect(await readFile(file, "utf8")).equal(text);
    });
  }

  for (const size of ["16k", "4m"]) {
    it(`a data folder on a disk of ${size}, which is full`, async function () {
      const disk = join(folder, `disk-${size}`);
      await mkdir(disk);
      const options = ["-t", "tmpfs", "-o", `size=${size},mode=755`, "tmpfs", disk];
      if ((await promisify(execFile)("mount", options).catch(() => undefined)) === undefined) {
        process.stdout.write("skipped: to mount a small disk takes root\n");
        return this.skip();
      }
      try {
        const output = await refuse(join(disk, "data"));
        expect(output)
          .contain(`The disk of ${join(disk, "data")} is full`)
          .and.contain("DATA_DIR");
      } finally {
        await promisify(execFile)("umount", ["-l", disk]);
      }
    });
  }
});
