// What a team would write in an afternoon: npm's ws, broadcasting what is posted to /broadcast to
// everybody who is connected. Prints its port. Run in tests/support/npm, where ws is installed.
import { createServer } from "node:http";
import { createRequire } from "node:module";

const { WebSocketServer } = createRequire(`${process.cwd()}/`)("ws");

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const message = Buffer.concat(chunks);
    for (const client of sockets.clients) client.send(message, { binary: false });
    response.end("{}");
  });
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on("connection", (client) => client.send('{"type":"connected"}'));
server.listen({ host: "127.0.0.1", port: 0, backlog: 4096 }, () => console.log(server.address().port));
