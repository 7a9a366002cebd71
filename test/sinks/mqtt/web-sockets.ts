import type { Server as HttpServer } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import { createRequire } from "node:module";
import type { Duplex } from "node:stream";

/** Of the package `ws` as `mqtt` brings it along. */
interface WebSockets {
  readonly WebSocketServer: new (options: {
    readonly server: HttpServer;
  }) => {
    on(event: "connection", take: (socket: object) => void): void;
  };
  readonly createWebSocketStream: (socket: object) => Duplex;
}
const ws: WebSockets = createRequire(import.meta.resolve("mqtt"))("ws");

/** A server for web sockets over TLS that hands on each connection as a stream. */
export function webSocketServer(tls: ServerOptions, take: (stream: Duplex) => void): HttpServer {
  const server = createTlsServer(tls);
  const sockets = new ws.WebSocketServer({ server });
  sockets.on("connection", (socket) => take(ws.createWebSocketStream(socket)));
  return server;
}
