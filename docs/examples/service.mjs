// A service that the Port Manager can move: node service.mjs SERVICE_ID
//
// Node 18 or later, without packages. PORT_MANAGER is the Port Manager's address.
import {once} from 'node:events';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {json} from 'node:stream/consumers';

const portManager = process.env.PORT_MANAGER ?? 'http://127.0.0.1:8100';
const [, , serviceId] = process.argv;
if (!serviceId) throw new Error('node service.mjs SERVICE_ID');

// The port that the Port Manager has for this service; the last one when it cannot be asked.
async function ownPort() {
  const known = `${serviceId}.port`;
  try {
    const answer = await fetch(`${portManager}/api/ports/assign`, {
      method: 'POST',
      headers: {'Content-Type': 'application/json', 'X-Actor': serviceId},
      body: JSON.stringify({service_id: serviceId}),
      signal: AbortSignal.timeout(5000),
    });
    const {port, detail} = await answer.json();
    if (!answer.ok) throw new Error(detail);
    writeFileSync(known, String(port));
    return port;
  } catch (error) {
    if (!existsSync(known)) throw error;
    return Number(readFileSync(known, 'utf8'));
  }
}

async function listen(port) {
  const server = createServer(handle);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function letGo(server) {
  server.close();
  server.closeIdleConnections();
}

// Listens on the new port first, says yes then, and lets the old one go.
async function updatePort(port) {
  if (!Number.isInteger(port) || port < 1024 || port > 65535) {
    return [400, {success: false, message: `${port} is no port to serve on`}];
  }
  if (port !== current.address().port) {
    try {
      const old = current;
      current = await listen(port);
      letGo(old);
    } catch (error) {
      return [200, {success: false, message: error.message}];
    }
  }
  return [200, {success: true, message: `moving to port ${port}`, restart_required: false}];
}

async function answerTo(request) {
  const call = `${request.method} ${request.url}`;
  if (call === 'GET /health') return [200, {status: 'healthy', service_id: serviceId}];
  if (call === 'POST /api/config/update-port') return updatePort((await json(request))?.new_port);
  if (call === 'POST /api/admin/restart') {
    // Whoever supervises the service, such as systemd with Restart=always, starts it again.
    setTimeout(() => process.exit(0), 100);
    return [200, {success: true, message: 'restarting'}];
  }
  return [404, {message: 'not found'}];
}

async function handle(request, response) {
  const [status, body] = await answerTo(request).catch(error => [
    error instanceof SyntaxError ? 400 : 500,
    {success: false, message: error.message},
  ]);
  response.writeHead(status, {'Content-Type': 'application/json', Connection: 'close'});
  response.end(JSON.stringify(body));
}

let current = await listen(await ownPort());
