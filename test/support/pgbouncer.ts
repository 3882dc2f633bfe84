import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { takeFreePort } from "../../scripts/stack/free-ports.js";
import { inheritedEnvironment } from "../../src/config/config.js";
import { until } from "../../tools/support/until.js";

/** Where `pgbouncer` is installed; `undefined` where it is not. */
export function findPgbouncer(): string | undefined {
  const { PATH = "" } = inheritedEnvironment();
  return [...PATH.split(delimiter), "/usr/sbin"].map((folder) => join(folder, "pgbouncer")).find(isExecutable);
}

/** A PgBouncer in session mode, with its default settings, before a database; `url` goes through it. */
export async function startPgbouncer(file: string, databaseUrl: string) {
  const { username, password, hostname, port, pathname } = new URL(databaseUrl);
  const folder = await mkdtemp(join(tmpdir(), "event-machine-pgbouncer-"));
  await chmod(folder, 0o755);
  const listenPort = await takeFreePort();
  const [users, settings] = [join(folder, "users.txt"), join(folder, "pgbouncer.ini")];
  await writeFile(users, `"${username}" "${password}"\n`, { mode: 0o644 });
  await writeFile(
    settings,
    `[databases]
* = host=${hostname} port=${port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listenPort}
unix_socket_dir =
auth_type = plain
auth_file = ${users}
pool_mode = session
`,
  );
  // PgBouncer does not run as root.
  const asUser = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
  const child = spawn(file, [...asUser, settings], { stdio: "ignore" });
  await until("PgBouncer listens", () => listens(listenPort));
  return {
    url: `postgresql://${username}:${password}@127.0.0.1:${listenPort}${pathname}`,
    async stop() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
