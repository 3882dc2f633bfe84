import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";

/**
 * How the operating system keeps a module's process apart, besides the engine that the module runs in:
 *
 * - `namespaces`: a user of its own, and user, mount, PID, network and IPC namespaces: no host file but Node itself, no other process, no network.
 * - `user`: a user of its own, so that it can neither signal nor read another process, nor any file that is not everybody's.
 * - `engine`: nothing but Node's permission model around the engine.
 */
export const ISOLATIONS = ["namespaces", "user", "engine"] as const;
export type Isolation = (typeof ISOLATIONS)[number];

/** One way to start a process. */
export interface Sandbox {
  readonly isolation: Isolation;
  /** Starts Node with its program on standard input and a private channel on descriptor 3. */
  start(nodeFlags: readonly string[]): { child: ChildProcess; uid: number | undefined };
}

// No user of a Linux system has these numbers (systemd's "Users, Groups, UIDs and GIDs" leaves them unused), and a container's user namespace
// of 65 536 numbers has them too.
const FIRST_UID = 60_706;
const UIDS = 478;
// Files of any length, cores, and more descriptors than Node itself needs (about 20) are refused.
const LIMITS = ["--core=0", "--fsize=0", "--nofile=64", "--memlock=0"];
// Node needs about 12 threads. The limit counts all threads of a user, so it is for users that have one process only.
const THREADS = "--nproc=64";
const NO_CAPABILITIES = ["--inh-caps=-all", "--ambient-caps=-all"];
const UNSHARE = ["--mount", "--pid", "--fork", "--kill-child=KILL", "--net", "--ipc", "--uts"];

/** Makes a root that holds nothing but the files named, read-only, and goes on inside it. Runs in a mount namespace of its own. */
const ENTER_ROOT = `set -e
root=$1 files=$2; shift 2
mount -t tmpfs -o mode=0755,size=1m,nosuid,nodev none "$root"
IFS='
'
folders=
for file in $files; do folders="$folders$root\${file%/*}
"; done
mkdir -p $folders
for file in $files; do
  : > "$root$file"
  mount -o bind,ro,nosuid,nodev "$file" "$root$file"
done
mount -o remount,bind,ro,nosuid,nodev "$root"
exec "$@"`;

/** The ways to start a process on this platform, strongest first. Whether one works is known only once it was tried. */
export function sandboxes(): Sandbox[] {
  const node = process.execPath;
  const plain = sandbox("engine", () => [node]);
  if (process.platform !== "linux") return [plain];
  const nextUid = createUids();
  const contained = ["setpriv", "--pdeathsig=KILL", "--no-new-privs", ...NO_CAPABILITIES, "prlimit", ...LIMITS];
  const root = node.startsWith("/mnt/") ? "/media" : "/mnt";
  const enterRoot = ["sh", "-c", ENTER_ROOT, "sh", root, filesOf(node).join("\n")];
  const own = (uid: number) => [
    ...[...contained, THREADS, "unshare", ...UNSHARE, ...enterRoot],
    ...["unshare", `--root=${root}`, "--wd=/", `--setgid=${uid}`, `--setuid=${uid}`, node],
  ];
  // The second user namespace has no right over the first one's mounts, and its user none at all.
  const mapped = (uid: number) => [
    ...[...contained, "unshare", "--user", "--map-root-user", ...UNSHARE, ...enterRoot],
    ...["unshare", "--user", `--map-user=${uid}`, `--map-group=${uid}`, `--root=${root}`, "--wd=/", node],
  ];
  const user = (uid: number) => [
    ...["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", ...NO_CAPABILITIES],
    ...[...contained, THREADS, node],
  ];
  return [
    sandbox("namespaces", own, nextUid),
    sandbox("namespaces", mapped, nextUid),
    sandbox("user", user, nextUid),
    sandbox("engine", () => [...contained, node]),
    plain,
  ];
}

function sandbox(isolation: Isolation, commandOf: (uid: number) => string[], nextUid?: () => number): Sandbox {
  return {
    isolation,
    start(nodeFlags) {
      const uid = nextUid?.();
      const [command = "", ...args] = commandOf(uid ?? 0);
      const child = spawn(command, [...args, ...nodeFlags], {
        env: {},
        cwd: "/",
        // A process group of its own: all of it is killed at once.
        detached: true,
        stdio: ["pipe", "ignore", "pipe", "pipe"],
      });
      return { child, uid };
    },
  };
}

/** One after another, so that a number comes again only long after its last process has ended. */
function createUids(): () => number {
  let next = 0;
  return () => FIRST_UID + (next++ % UIDS);
}

/** Node's program, and the libraries that it is linked with. */
function filesOf(node: string): string[] {
  const { sharedObjects } = process.report.getReport() as { sharedObjects: string[] };
  return [node, ...sharedObjects.filter((path) => path.startsWith("/"))];
}
