// Free ports for a test, kept apart from those of the other end-to-end tests on this machine: the
// same lock files as tests/e2e/harness.py, held by flock(1).

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

const SIZE = 400;
const FOLDER = path.join(os.tmpdir(), 'portmanager-e2e-ports');

function usedPorts() {
  const used = new Set();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readFileSync(table, 'ascii').split('\n').slice(1)) {
      const [, local, , state] = line.trim().split(/\s+/);
      // 06 is TIME_WAIT: a connection that has ended does not keep the port.
      if (local && state !== '06') used.add(parseInt(local.split(':')[1], 16));
    }
  }
  return used;
}

/** Locked, or null when somebody else has it. */
function lock(file) {
  return new Promise((resolve) => {
    const holder = spawn('flock', ['-n', file, 'sh', '-c', 'echo locked; exec cat'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    holder.stdout.once('data', () => resolve(holder));
    holder.once('exit', () => resolve(null));
  });
}

/** 400 neighbouring ports that are free now. */
export async function takePorts() {
  mkdirSync(FOLDER, { recursive: true });
  const lows = Array.from({ length: 50 }, (_, i) => 10_000 + i * SIZE).sort(() => Math.random() - 0.5);
  for (const low of lows) {
    const holder = await lock(path.join(FOLDER, String(low)));
    if (!holder) continue;
    const used = usedPorts();
    if (Array.from({ length: SIZE }, (_, i) => low + i).every((port) => !used.has(port))) {
      return { low, high: low + SIZE - 1, release: () => holder.stdin.end() };
    }
    holder.stdin.end();
  }
  throw new Error('no block of free ports below the ephemeral range');
}

/** Any free port, for the server itself. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
