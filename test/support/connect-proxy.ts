import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

/** An HTTP proxy that tunnels, and remembers where to; one with a login refuses those who do not give it. */
export async function startProxy(login?: string) {
  const tunnels: string[] = [];
  const sockets = new Set<Socket>();
  const expected = login === undefined ? undefined : `Basic ${Buffer.from(login).toString("base64")}`;
  const server = createServer();
  server.on("connection", (socket) => sockets.add(socket));
  server.on("connect", ({ url = "", headers }, socket) => {
    if (headers["proxy-authorization"] !== expected) {
      socket.end("HTTP/1.1 407 No\r\n\r\n");
      return;
    }
    tunnels.push(url);
    const [host, port] = url.split(":");
    const onward = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(onward).pipe(socket);
    });
    for (const side of [onward, socket]) side.on("error", () => [onward, socket].forEach((one) => one.destroy()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const place = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    place,
    tunnels,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
