import { Client } from "pg";

const TIMEOUT_MS = 5_000;
// The oldest with what the store uses.
const VERSION_MIN = 160_000;

interface Answer {
  version: number;
  standby: boolean;
  may_create: boolean;
}

/** Throws a clear error where the PostgreSQL of a URL cannot hold the store: at once, rather than when each service gives up on it. */
export async function assertDatabase(url: string): Promise<void> {
  const problem = await findProblem(url);
  if (problem === undefined) return;
  throw new Error(
    `DATABASE_URL names ${placeOf(url)}, which cannot be used: ${problem}. ` +
      "Start or mend that PostgreSQL, correct DATABASE_URL, or unset it: npm start then runs a PostgreSQL of its own.",
  );
}

async function findProblem(url: string): Promise<string | undefined> {
  let client: Client | undefined;
  try {
    client = new Client({ connectionString: url, connectionTimeoutMillis: TIMEOUT_MS, query_timeout: TIMEOUT_MS });
    // Told by the promises below; an error without a listener would end the process.
    client.on("error", () => undefined);
    await client.connect();
    const { rows } = await client.query<Answer>(
      `select current_setting('server_version_num')::int as version, pg_is_in_recovery() as standby,
        coalesce(has_schema_privilege(current_schema(), 'create'), false) as may_create`,
    );
    return judge(rows[0]);
  } catch (error) {
    const { message, code } = error as { message: string; code?: string };
    // Where a name has several addresses, each failure has a message of its own, and all of them together none.
    return message === "" ? code : message;
  } finally {
    await client?.end().catch(() => undefined);
  }
}

function judge(answer: Answer | undefined): string | undefined {
  if (answer === undefined) return "it answers nothing";
  if (answer.version < VERSION_MIN) return `its version is ${Math.floor(answer.version / 10_000)}, and 16 is the oldest`;
  if (answer.standby) return "it is a standby, which takes no writes";
  return answer.may_create ? undefined : "its user may not create tables";
}

/** Without user and password. */
function placeOf(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `the database ${pathname.slice(1)} at ${host}`;
  } catch {
    return "no database";
  }
}
