import { type ApiOptions, createApi } from "../../src/api/app.js";
import { DEFAULT_STREAM_SETTINGS, type StreamSettings } from "../../src/api/events/streams.js";
import { openReaders } from "../../src/bin/wiring/api-readers.js";
import type { StreamQuery } from "../../src/domain/stored-event.js";
import { openStore } from "../../src/store/open-store.js";
import { createFakeDeps, DOMAIN } from "../../tools/api-fakes/fake-deps.js";
import { SILENT } from "../../tools/support/logger.js";

/** The API on a port, with what it reads from a real store; the rest of what it needs is a test's own. */
export async function startStreamingApi(
  databaseUrl: string,
  settings: Partial<StreamSettings> = {},
  options: Partial<ApiOptions> = {},
) {
  const store = openStore(databaseUrl, SILENT);
  const deps = await createFakeDeps();
  const { readers, close } = await openReaders(store, DOMAIN);
  const reads: StreamQuery[] = [];
  const events: typeof readers.events = {
    ...readers.events,
    stream: (query) => {
      reads.push(query as StreamQuery);
      return readers.events.stream(query);
    },
  };
  const app = createApi({ ...deps, events }, { ...options, streams: { ...DEFAULT_STREAM_SETTINGS, ...settings } });
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return {
    url,
    deps,
    /** What the log was asked. */
    reads,
    closeApi: () => app.close(),
    close: async () => {
      await app.close();
      await close();
      await store.close();
    },
  };
}
