import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { Browser } from './support/browser.mjs';
import { World, waitUntil } from './support/world.mjs';

describe('overview', () => {
  let world;
  let browser;
  let page;
  before(async () => {
    world = await World.start({ assignments: { kite: 0, wren: 1, rook: 2 }, running: ['kite', 'wren'], reserved: [88] });
    browser = await Browser.start();
    page = await browser.open(world);
    await page.locator('.connection.live').waitFor();
  });
  after(async () => {
    await browser?.close();
    await world?.close();
  });

  const cell = (offset) => page.locator(`[role=gridcell][data-port="${world.port(offset)}"]`);
  const stateOf = async (offset) => (await cell(offset).getAttribute('class')).replace('cell ', '');
  const becomes = (offset, state) =>
    waitUntil(async () => (await stateOf(offset)) === state, `port +${offset} to be ${state}`);

  it('shows each port of the range as what it is', async () => {
    assert.equal(await page.locator('[role=gridcell]').count(), 400);
    await becomes(0, 'healthy');
    await becomes(1, 'healthy');
    assert.equal(await stateOf(2), 'unknown');
    assert.equal(await stateOf(88), 'reserved');
    assert.equal(await stateOf(100), 'free');
    assert.match(await cell(0).getAttribute('aria-label'), /^\d+, kite, assigned, healthy$/);
    await page.getByRole('list', { name: 'Legend' }).getByText('Reserved 1').waitFor();
  });

  it('shows the numbers', async () => {
    const tile = (name) => page.locator('.tile', { hasText: name }).locator('.tile-value').innerText();
    assert.equal(await tile('Services'), '3');
    assert.equal(await tile('Ports in use'), '3');
    assert.equal(await tile('Available'), '396');
    assert.equal(await tile('Conflicts'), '0');
  });

  it('tells all of the port that is pointed at', async () => {
    await cell(0).hover();
    const inspector = page.getByTestId('inspector');
    await inspector.getByText('kite').waitFor();
    await inspector.getByText('Listening: python3').waitFor();
    await cell(100).hover();
    await inspector.getByText('Nobody listens.').waitFor();
  });

  it('is walked by keyboard with one stop of the tab key', async () => {
    assert.equal(await page.locator('[role=gridcell][tabindex="0"]').count(), 1);
    await cell(0).focus();
    for (const key of ['ArrowRight', 'ArrowDown', 'End', 'Home', 'ArrowUp', 'ArrowRight']) await page.keyboard.press(key);
    const focused = await page.evaluate(() => document.activeElement.dataset.port);
    assert.equal(Number(focused), world.port(1));
    await page.getByTestId('inspector').getByText('wren').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: `Port ${world.port(1)}`, level: 1 }).waitFor();
    await page.getByRole('heading', { name: 'Listeners' }).waitFor();
    await page.goBack();
    await cell(0).waitFor();
  });

  it('shows what other clients do, without being asked to', async () => {
    const target = world.port(40);
    await world.ok('POST', '/api/ports/reassign', { service_id: 'kite', new_port: target, reason: 'a test' });
    await becomes(40, 'healthy');
    await becomes(0, 'free');
    const feed = page.locator('.feed');
    await feed.locator('li', { hasText: `kite ${world.port(0)} → ${target}` }).waitFor();
    await feed.getByText('somebody-else: a test').waitFor();
    await world.ok('POST', '/api/ports/reserve', { hold: true, service_id: 'owl', port: world.port(70) });
    await becomes(70, 'held');
    assert.equal(await page.locator('.tile', { hasText: 'Moves' }).locator('.tile-value').innerText(), '1');
  });

  it('shows a service that becomes unhealthy, and why', async () => {
    await world.misbehave(world.port(1), 'unhealthy');
    await becomes(1, 'unhealthy');
    const health = page.getByRole('region', { name: 'Health of services' });
    await health.locator('li', { hasText: 'wren' }).getByText('HTTP 503').waitFor();
    await world.misbehave(world.port(1), 'none');
    await becomes(1, 'healthy');
  });

  it('shows a conflict on the map, in the numbers and beside the page’s name', async () => {
    const squatter = await world.squat(2);
    await becomes(2, 'conflict');
    await page.getByRole('link', { name: 'Conflicts 1 open' }).waitFor();
    await cell(2).hover();
    await page.getByTestId('inspector').getByText(`Port ${world.port(2)} of rook is taken by node`).waitFor();
    squatter.close();
    await becomes(2, 'unknown');
  });

  it('opens a port at a click', async () => {
    await cell(88).click();
    await page.getByRole('heading', { name: `Port ${world.port(88)}`, level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Remove reservation…' }).waitFor();
    assert.match(page.url(), new RegExp(`#/ports/${world.port(88)}$`));
    await page.reload();
    await page.getByRole('heading', { name: `Port ${world.port(88)}`, level: 1 }).waitFor();
  });

  it('draws moves and conflicts over time', async () => {
    await page.goto(`${world.url}/#/`);
    const chart = page.getByRole('img', { name: /^1 move, 1 conflict opened in the last 24 hours/ });
    await chart.locator('canvas').waitFor();
    await page.getByRole('button', { name: '30 days' }).click();
    await page.getByRole('img', { name: /^1 move, 1 conflict opened in the last 30 days/ }).waitFor();
  });

  it('did nothing on the way that it should not', () => assert.deepEqual(page.faults, []));
});
