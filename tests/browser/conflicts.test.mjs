import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { Browser } from './support/browser.mjs';
import { World } from './support/world.mjs';

describe('conflicts', () => {
  let world;
  let browser;
  let page;
  before(async () => {
    // wren and rook have one port, where wren is; so have dove and hawk, who do not run.
    const assignments = { kite: 0, wren: 1, rook: 1, dove: 2, hawk: 2 };
    world = await World.start({ assignments, running: ['wren'] });
    browser = await Browser.start();
    page = await browser.open(world, '#/conflicts');
  });
  after(async () => {
    await browser?.close();
    await world?.close();
  });

  const card = (text) => page.locator('.conflict-card', { hasText: text });
  const dialog = () => page.getByRole('dialog');

  it('say what, who and what would be done', async () => {
    const shared = card(`one port: ${world.port(1)}`);
    await shared.getByText('wren keeps the port').waitFor();
    await shared.getByRole('link', { name: 'rook' }).first().waitFor();
    assert.equal(await page.locator('.conflict-card').count(), 2);
  });

  it('appear when a stranger takes a port', async () => {
    await world.squat(0);
    const stranger = card('Stranger on the port');
    await stranger.getByText(`node (pid ${process.pid})`).first().waitFor();
    await stranger.getByText('critical').waitFor();
    await stranger.getByText(/ago|just now/).waitFor();
    await stranger.locator('.plan').getByText(`${world.port(0)} → `).waitFor();
  });

  it('say what to do on the page, and fold the reason, which is for clients of the API too', async () => {
    const stranger = card('Stranger on the port');
    const detail = (await world.ok('GET', '/api/ports/conflicts')).conflicts.find((each) => each.listener).detail;
    assert.match(detail, /POST \/api/);
    await stranger.getByText('or resolve the conflict: kite is moved.').waitFor();
    assert.doesNotMatch(await stranger.innerText(), /\/api\//);
    await stranger.getByText('Why, in the words of the API').click();
    await stranger.getByText(detail).waitFor();
  });

  it('are resolved one by one', async () => {
    await card('Stranger on the port').getByRole('button', { name: /^Resolve the conflict/ }).click();
    await dialog().getByRole('button', { name: 'Resolve', exact: true }).click();
    await dialog().waitFor({ state: 'detached' });
    await card('Stranger on the port').waitFor({ state: 'detached' });
    assert.notEqual(await world.portOf('kite'), world.port(0));
  });

  it('are resolved all at once, step by step', async () => {
    await page.getByRole('button', { name: 'Resolve all (2 steps)…' }).click();
    assert.equal(await dialog().locator('.steps li.planned').count(), 2);
    await dialog().getByRole('button', { name: 'Carry out 2 steps' }).click();
    await dialog().getByRole('heading', { name: 'Conflicts resolved' }).waitFor();
    assert.equal(await dialog().locator('.steps li.done').count(), 2);
    await dialog().getByRole('button', { name: 'Done' }).click();
    await page.getByText('Registry, kernel and services agree on every port.').waitFor();
    assert.equal((await world.ok('GET', '/api/ports/conflicts')).count, 0);
    assert.ok(await world.answersOn('wren', world.port(1)));
  });

  it('are remembered', async () => {
    const past = page.getByRole('table', { name: 'Past conflicts' });
    await past.getByRole('row', { name: /Stranger on the port/ }).getByText('kite').waitFor();
    assert.equal(await past.getByRole('row', { name: /Two services, one port/ }).count(), 2);
  });

  it('show in the plan’s order what fails and why', async () => {
    const owl = await world.run('owl', 20);
    await world.ok('POST', '/api/ports/assign', { service_id: 'owl', port: world.port(20), force: true });
    await world.ok('POST', '/api/ports/reserve', { port: world.port(20), reason: 'not for owls' });
    await world.misbehave(world.port(20), 'refuse');
    await card('On a reserved port').waitFor();
    await page.getByRole('button', { name: 'Resolve all (1 step)…' }).click();
    await dialog().getByRole('button', { name: 'Carry out 1 step' }).click();
    await dialog().getByRole('heading', { name: '1 step of 1 failed' }).waitFor();
    await dialog().locator('.steps li.failed', { hasText: 'owl' }).waitFor();
    await dialog().getByRole('button', { name: 'Done' }).click();
    await card('On a reserved port').waitFor();
    await world.stopService(owl);
  });

  it('did nothing on the way that it should not', () => assert.deepEqual(page.faults, []));
});
