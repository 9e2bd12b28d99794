// Asks get-port and portfinder for ports, for tests/e2e/test_portpicker.py.
//
//   node pickers.mjs HIGH
//
// A line on stdin, "get-port PORT" or "portfinder PORT", asks for one port from PORT to HIGH, the
// lowest that is free. A line on stdout answers each: the name and the port, or 0 when there was
// none.
import {createInterface} from 'node:readline';
import getPort, {clearLockedPorts, portNumbers} from 'get-port';
import portfinder from 'portfinder';

const high = Number(process.argv[2]);

const ask = {
  // It would not name a port again for a while, and so run out of them.
  'get-port': async low => {
    clearLockedPorts();
    return getPort({port: portNumbers(low, high)});
  },
  portfinder: low => portfinder.getPortPromise({port: low, stopPort: high}),
};

for await (const line of createInterface({input: process.stdin})) {
  const [name, text] = line.split(' ');
  const low = Number(text);
  const port = await ask[name](low).catch(() => 0);
  process.stdout.write(`${name} ${port >= low && port <= high ? port : 0}\n`);
}
