import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';

import { Browser, visit } from './support/browser.mjs';
import { World } from './support/world.mjs';

const TOKEN = 'a-token-of-tests';

/** A proxy that serves the world's server below /ports/, as a site with many services would. */
async function proxyOf(world) {
  const inside = (url) => url.replace(/^\/ports\//, '/');
  const proxy = http.createServer((request, response) => {
    const options = { port: world.serverPort, method: request.method, path: inside(request.url), headers: request.headers };
    const onward = http.request(options, (answer) => {
      response.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  proxy.on('upgrade', (request, socket) => {
    const onward = net.connect(world.serverPort, '127.0.0.1', () => {
      const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\r\n`);
      onward.write(`GET ${inside(request.url)} HTTP/1.1\r\n${headers.join('')}\r\n`);
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return proxy;
}

describe('connection', () => {
  let world;
  let browser;
  let page;
  before(async () => {
    const file = path.join(os.tmpdir(), `portmanager-token-${process.pid}`);
    writeFileSync(file, TOKEN);
    world = await World.start({ assignments: { kite: 0, wren: 1 }, running: [], args: ['--auth-token-file', file] });
    browser = await Browser.start();
    page = await browser.open(world, '#/services');
    await page.locator('.connection.live').waitFor();
  });
  after(async () => {
    await browser?.close();
    await world?.close();
  });

  const banner = () => page.getByTestId('banner');
  const asAdmin = { Authorization: `Bearer ${TOKEN}` };
  const move = async (id, offset) => {
    const body = { service_id: id, new_port: world.port(offset) };
    assert.equal((await world.call('POST', '/api/ports/reassign', body, asAdmin)).status, 200);
  };

  it('lost is said, and the page stays', async () => {
    await world.stopServer();
    await banner().getByText('The Port Manager does not answer.').waitFor();
    await banner().getByText('What you see is as of').waitFor();
    await page.getByRole('row', { name: /kite/ }).waitFor();
    assert.equal(await page.getByTestId('connection').innerText(), 'Not connected');
    assert.ok(await page.locator('main.stale').isVisible());
  });

  it('lost fails a change with what is not known', async () => {
    await page.getByRole('button', { name: 'Move kite' }).click();
    await page.getByRole('button', { name: 'Move to the next free port' }).click();
    await page.getByRole('dialog').getByRole('alert').getByText('look before you repeat it').waitFor();
    await page.keyboard.press('Escape');
  });

  it('comes back by itself, with what happened meanwhile', async () => {
    await world.startServer();
    await move('kite', 40);
    await page.locator('.connection.live').waitFor({ timeout: 30_000 });
    await banner().waitFor({ state: 'detached' });
    await page.getByRole('link', { name: String(world.port(40)) }).waitFor();
    await move('wren', 41);
    await page.getByRole('link', { name: String(world.port(41)) }).waitFor();
  });

  it('comes back at once when asked to', async () => {
    await world.stopServer();
    await banner().waitFor();
    await world.startServer();
    await banner().getByRole('button', { name: 'Try now' }).click();
    await page.locator('.connection.live').waitFor();
  });

  it('to a server with a token asks for it where a change needs it', async () => {
    await page.getByRole('button', { name: 'Move kite' }).click();
    await page.getByRole('button', { name: 'Move to the next free port' }).click();
    await page.getByRole('alert').getByText('Changes need the header').waitFor();
    await page.getByTestId('enter-token').click();
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
    await page.getByLabel('Your name').fill('ada@example.com');
    await page.getByLabel('Token').fill(TOKEN);
    await page.getByRole('button', { name: 'Keep', exact: true }).click();
    await visit(page, '#/services/kite');
    await page.getByRole('button', { name: 'Move kite' }).click();
    await page.getByRole('button', { name: 'Move to the next free port' }).click();
    await page.getByText('by ada@example.com').waitFor();
    const kept = await page.evaluate(() => [sessionStorage.length, JSON.stringify(localStorage)]);
    assert.equal(kept[0], 1);
    assert.ok(!kept[1].includes(TOKEN));
  });

  it('and the server are described in Settings', async () => {
    await visit(page, '#/settings');
    const server = page.getByRole('region', { name: 'Server' });
    await server.getByText('1.0.0').waitFor();
    await server.getByText(/listeners, read from/).waitFor();
    await page.getByRole('region', { name: 'Connection' }).getByText(/^Live since/).waitFor();
    await page.getByRole('region', { name: 'Hub and Ninja' }).getByText(/Not available|not configured/).first().waitFor();
  });

  it('that never was shows no empty page', async () => {
    const other = await browser.open(world);
    await other.locator('.connection.live').waitFor();
    // The page is loaded, the API does not answer.
    await other.route('**/api/**', (route) => route.abort());
    await other.reload();
    await other.getByTestId('banner').getByText('Nothing could be read yet.').waitFor();
    await other.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    await other.unroute('**/api/**');
    await other.getByTestId('banner').getByRole('button', { name: 'Try now' }).click();
    await other.locator('.connection.live').waitFor();
    assert.deepEqual(other.faults, []);
  });

  it('may go through a proxy that serves it below a path', async () => {
    const proxy = await proxyOf(world);
    const url = `http://127.0.0.1:${proxy.address().port}`;
    const other = await browser.open({ url: `${url}/ports` }, '#/services');
    await other.locator('.connection.live').waitFor();
    await other.getByRole('row', { name: /kite/ }).waitFor();
    await move('kite', 45);
    await other.getByRole('link', { name: String(world.port(45)) }).waitFor();
    assert.deepEqual(other.faults, []);
    await other.context().close();
    proxy.closeAllConnections();
    proxy.close();
  });

  it('did nothing on the way that it should not', () => assert.deepEqual(page.faults, []));
});
