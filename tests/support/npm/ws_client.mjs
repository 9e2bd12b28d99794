// A client of npm's ws, driven by lines (lines.mjs):
//   {"do": "open", "url": URL, "options": {...}}   options: those of new WebSocket()
//   {"do": "send", "data": TEXT}                    or "base64" for a binary message
//   {"do": "fragments", "data": [TEXT...]}          one message
//   {"do": "ping", "data": TEXT}, {"do": "pause"}, {"do": "resume"}
//   {"do": "close", "code": CODE, "reason": TEXT}, {"do": "terminate"}
// Events: open, message, ping, pong, refused (no 101 but another status), close, error.
import WebSocket from "ws";
import { obey, tell } from "./lines.mjs";

let socket;

function open({ url, options }) {
  socket = new WebSocket(url, options);
  socket.on("open", () => tell("open", { extensions: socket.extensions, protocol: socket.protocol }));
  socket.on("message", (data, isBinary) => tell("message", { data: data.toString(), binary: isBinary }));
  socket.on("ping", (data) => tell("ping", { data: data.toString() }));
  socket.on("pong", (data) => tell("pong", { data: data.toString() }));
  socket.on("unexpected-response", (request, response) => {
    tell("refused", { status: response.statusCode });
    request.destroy();
  });
  socket.on("close", (code, reason) => tell("close", { code, reason: reason.toString() }));
  socket.on("error", (error) => tell("error", { message: error.message }));
}

await obey({
  open,
  send: ({ data, base64 }) => socket.send(base64 ? Buffer.from(base64, "base64") : data),
  fragments: ({ data }) => data.forEach((each, i) => socket.send(each, { fin: i === data.length - 1 })),
  ping: ({ data }) => socket.ping(data),
  pause: () => socket.pause(),
  resume: () => socket.resume(),
  close: ({ code, reason }) => socket.close(code, reason),
  terminate: () => socket.terminate(),
});
socket?.terminate();
