import type { Socket } from "node:net";
import type { ApiInstance } from "./api-instance.js";

// What is under way has so long to end by itself: no request is held while closing, and sockets have been told.
const FAREWELL_MS = 2_000;

/**
 * Lets the API close although others keep their connections open: those that never sent anything are cut at once (Node counts them as
 * busy, and no longer limits their time), and after a while all that are left.
 */
export function closeConnections(app: ApiInstance): void {
  const sockets = new Set<Socket>();
  app.server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  app.addHook("preClose", async () => {
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, FAREWELL_MS).unref();
  });
}
