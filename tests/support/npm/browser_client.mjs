// A WebSocket of a page in Debian's Chromium, without a window: node browser_client.mjs PAGE, then
// lines (lines.mjs):
//   {"do": "open", "url": URL}, {"do": "send", "data": TEXT}, {"do": "send_bytes", "data": [BYTE...]}
//   {"do": "close", "code": CODE, "reason": TEXT}, {"do": "leave"} (the page)
// Events: page (it is there), open, message, close, error.
import { chromium } from "playwright-core";
import { obey, tell } from "./lines.mjs";

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const page = await browser.newPage();
await page.exposeFunction("tell", tell);
await page.goto(process.argv[2]);
tell("page", { origin: await page.evaluate(() => window.origin) });

function open(url) {
  const socket = new WebSocket(url);
  window.socket = socket;
  socket.onopen = () => window.tell("open", { extensions: socket.extensions, protocol: socket.protocol });
  socket.onmessage = ({ data }) => window.tell("message", { data });
  socket.onclose = ({ code, reason, wasClean }) => window.tell("close", { code, reason, clean: wasClean });
  socket.onerror = () => window.tell("error");
}

await obey({
  open: ({ url }) => page.evaluate(open, url),
  send: ({ data }) => page.evaluate((text) => window.socket.send(text), data),
  send_bytes: ({ data }) => page.evaluate((bytes) => window.socket.send(new Uint8Array(bytes)), data),
  close: ({ code, reason }) => page.evaluate(([number, why]) => window.socket.close(number, why), [code, reason]),
  leave: () => page.goto("about:blank"),
});
await browser.close();
