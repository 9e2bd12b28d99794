// The real server and real suite services, for one file of tests.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { freePort, takePorts } from './ports.mjs';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PYTHON = '/usr/bin/python3';
const SUITE_SERVICE = path.join(ROOT, 'tests/support/suite_service.py');
const DEADLINE_MS = 20_000;

export const binary = () => process.env.PORTMANAGER_BIN ?? path.join(ROOT, 'build/release/portmanager');

// Whatever ends the tests, even by a signal, ends what they have started.
const started = new Set();
process.on('exit', () => started.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The first true value of the condition. */
export async function waitUntil(condition, what) {
  const ends = Date.now() + DEADLINE_MS;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > ends) throw new Error(`waited ${DEADLINE_MS} ms for ${what}`);
    await pause(20);
  }
}

/** A process that says on its first line where it listens. */
function startListening(command, args, log) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  started.add(child);
  child.once('exit', () => started.delete(child));
  let said = '';
  child.stderr.on('data', (text) => log.push(String(text)));
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (text) => {
      said += text;
      if (said.includes('listening on ')) resolve(child);
    });
    child.once('exit', (status) => reject(new Error(`${command} ended with ${status}: ${said}${log.join('')}`)));
    setTimeout(() => reject(new Error(`${command} does not listen: ${said}${log.join('')}`)), DEADLINE_MS).unref();
  });
}

function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', resolve));
}

async function end(child, signal = 'SIGTERM') {
  child.kill(signal);
  await ended(child);
}

export class World {
  constructor(folder, ports, port) {
    this.folder = folder;
    this.ports = ports;
    this.serverPort = port;
    this.url = `http://127.0.0.1:${port}`;
    this.log = [];
    this.children = [];
    this.squatters = [];
  }

  /** `assignments`: {id: offset}; `running`: those of them that run; `args`: more for the server. */
  static async start({ assignments = {}, reserved = [], running = Object.keys(assignments), args = [], ports } = {}) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'portmanager-browser-'));
    const world = new World(folder, ports ?? (await takePorts()), await freePort());
    world.args = args;
    const config = {
      port_assignments: Object.fromEntries(
        Object.entries(assignments).map(([id, offset]) => [id, world.port(offset)]),
      ),
      port_history: {},
      reserved_ports: reserved.map((offset) => world.port(offset)),
    };
    writeFileSync(path.join(folder, 'suite.json'), JSON.stringify(config));
    try {
      await Promise.all(running.map((id) => world.run(id, assignments[id])));
      await world.startServer();
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  port(offset) {
    return this.ports.low + offset;
  }

  async startServer() {
    const { low, high } = this.ports;
    const args = ['serve', '--port', this.serverPort, '--data-dir', path.join(this.folder, 'data')];
    args.push('--import', path.join(this.folder, 'suite.json'), '--range', `${low}-${high}`);
    args.push('--categories', `foundation=${low}-${low + 9},strategic=${low + 10}-${low + 19}`);
    args.push('--scan-interval-ms', 600, '--health-interval-ms', 1_000, '--cooldown-ms', 0, ...this.args);
    this.server = await startListening(binary(), args.map(String), this.log);
  }

  async stopServer() {
    await end(this.server);
  }

  /** A real service of the suite, on the port at that offset. */
  async run(id, offset) {
    const args = [SUITE_SERVICE, '--service-id', id, '--port', String(this.port(offset))];
    const child = await startListening(PYTHON, args, []);
    this.children.push(child);
    return child;
  }

  async stopService(child) {
    await end(child, 'SIGKILL');
  }

  /** Makes a service refuse, be unhealthy ...: see tests/support/suite_service.py. */
  async misbehave(port, mode) {
    const answer = await fetch(`http://127.0.0.1:${port}/_misbehave`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ mode }),
    });
    if (!answer.ok) throw new Error(`_misbehave: ${answer.status}`);
  }

  /** Somebody who has nothing to do with the suite listens there. */
  async squat(offset) {
    const server = net.createServer((socket) => socket.destroy());
    await new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port(offset), '127.0.0.1', resolve);
    });
    this.squatters.push(server);
    return server;
  }

  /** Another client of the API. */
  async call(method, target, body, headers = {}) {
    const init = { method, headers: { 'X-Actor': 'somebody-else', ...headers } };
    if (body !== undefined) {
      init.headers['Content-Type'] = 'application/json';
      init.body = JSON.stringify(body);
    }
    const response = await fetch(this.url + target, init);
    return { status: response.status, body: await response.json() };
  }

  async ok(method, target, body) {
    const answer = await this.call(method, target, body);
    if (answer.status !== 200) throw new Error(`${method} ${target}: ${JSON.stringify(answer)}`);
    return answer.body;
  }

  async portOf(id) {
    return (await this.ok('GET', `/api/services/${id}/port`)).port;
  }

  async answersOn(id, port) {
    const body = await fetch(`http://127.0.0.1:${port}/health`).then(
      (answer) => answer.json(),
      () => ({}),
    );
    return body.service_id === id;
  }

  async close() {
    for (const squatter of this.squatters) squatter.close();
    const children = this.server ? [...this.children, this.server] : this.children;
    await Promise.all(children.map((child) => end(child)));
    this.ports.release();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
