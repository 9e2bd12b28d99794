// Asks get-port and portfinder for ports, for tests/e2e/test_portpicker.py.
//
//   node pickers.mjs LOW HIGH
//
// A line on stdin, "get-port" or "portfinder", asks for one port from LOW to HIGH. A line on stdout
// answers each: the name and the port, or 0 when there was none.
import {createInterface} from 'node:readline';
import getPort, {clearLockedPorts, portNumbers} from 'get-port';
import portfinder from 'portfinder';

const [low, high] = process.argv.slice(2).map(Number);

const ask = {
  // It would not name a port again for a while, and so run out of them.
  'get-port': async () => {
    clearLockedPorts();
    return getPort({port: portNumbers(low, high)});
  },
  portfinder: () => portfinder.getPortPromise({port: low, stopPort: high}),
};

for await (const line of createInterface({input: process.stdin})) {
  const port = await ask[line]().catch(() => 0);
  process.stdout.write(`${line} ${port >= low && port <= high ? port : 0}\n`);
}
