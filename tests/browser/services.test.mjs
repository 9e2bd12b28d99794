import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { Browser, visit } from './support/browser.mjs';
import { World, waitUntil } from './support/world.mjs';

describe('services', () => {
  let world;
  let browser;
  let page;
  before(async () => {
    world = await World.start({ assignments: { kite: 0, wren: 1, rook: 10, swan: 200, idle: 11 }, running: ['kite', 'wren', 'rook', 'swan'] });
    browser = await Browser.start();
    page = await browser.open(world, '#/services');
    await page.getByRole('row', { name: /kite/ }).waitFor();
  });
  after(async () => {
    await browser?.close();
    await world?.close();
  });

  const names = () => page.locator('tbody td.main a').allInnerTexts();
  const row = (id) => page.getByRole('row', { name: new RegExp(`Select ${id}`) });
  const dialog = () => page.getByRole('dialog');
  const said = (text) => page.locator('.toast', { hasText: text }).waitFor();

  it('are sorted by what is clicked', async () => {
    assert.deepEqual(await names(), ['idle', 'kite', 'rook', 'swan', 'wren']);
    await page.getByRole('button', { name: 'Port', exact: true }).click();
    assert.deepEqual(await names(), ['kite', 'wren', 'rook', 'idle', 'swan']);
    await page.getByRole('button', { name: 'Port', exact: true }).click();
    assert.deepEqual(await names(), ['swan', 'idle', 'rook', 'wren', 'kite']);
    assert.equal(await page.getByRole('columnheader', { name: 'Port' }).getAttribute('aria-sort'), 'descending');
    await page.getByRole('button', { name: 'Service', exact: true }).click();
  });

  it('are searched and filtered, which the address keeps', async () => {
    await page.getByLabel('Search').fill(String(world.port(200)));
    assert.deepEqual(await names(), ['swan']);
    await page.getByLabel('Search').fill('');
    await page.getByLabel('Category').selectOption('strategic');
    assert.deepEqual(await names(), ['idle', 'rook']);
    assert.match(page.url(), /category=strategic/);
    await page.reload();
    await row('rook').waitFor();
    assert.deepEqual(await names(), ['idle', 'rook']);
    await page.getByLabel('Search').fill('nobody');
    await page.getByText('No service matches').waitFor();
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    assert.equal((await names()).length, 5);
  });

  it('say while a port is typed whether it is free', async () => {
    await page.getByRole('button', { name: 'Move kite' }).click();
    const port = dialog().getByLabel('New port');
    await port.fill('80');
    await dialog().getByText('A port is a whole number from 1024 to 65535.').waitFor();
    await port.fill(String(world.port(1)));
    await dialog().getByText(`Port ${world.port(1)} is assigned to wren.`).waitFor();
    assert.ok(await dialog().getByRole('button', { name: `Move to ${world.port(1)}` }).isDisabled());
    assert.doesNotMatch(await dialog().innerText(), /\/api\/|"force"/);
    await port.fill(String(world.port(60)));
    await dialog().getByText(`Port ${world.port(60)} is free.`).waitFor();
  });

  it('are moved while they run', async () => {
    await dialog().getByLabel('Why').fill('a browser test');
    await page.keyboard.press('Enter');
    await said(`kite moved from port ${world.port(0)} to ${world.port(60)}`);
    await dialog().waitFor({ state: 'detached' });
    assert.equal(await world.portOf('kite'), world.port(60));
    assert.ok(await world.answersOn('kite', world.port(60)));
    await row('kite').getByRole('link', { name: String(world.port(60)) }).waitFor();
    const { events } = await world.ok('GET', '/api/ports/history/kite');
    assert.equal(events[0].actor, 'dashboard');
    assert.equal(events[0].reason, 'a browser test');
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Move kite');
  });

  it('stay where they are when they refuse, and the page says why', async () => {
    await world.misbehave(world.port(1), 'refuse');
    await page.getByRole('button', { name: 'Move wren' }).click();
    await dialog().getByRole('button', { name: 'Suggest' }).click();
    await dialog().getByTestId('port-free').waitFor();
    await dialog().getByRole('button', { name: /^Move to/ }).click();
    const answer = await dialog().getByRole('alert').innerText();
    assert.match(answer, /wren/);
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    assert.equal(await world.portOf('wren'), world.port(1));
    await world.misbehave(world.port(1), 'none');
  });

  it('are given a port when they are new', async () => {
    await page.getByRole('button', { name: 'Assign a port…' }).click();
    await dialog().getByLabel('Service id').fill('no good');
    await dialog().getByText('A service id is letters').waitFor();
    await dialog().getByLabel('Service id').fill('heron');
    await dialog().getByLabel('Choose from').selectOption('strategic');
    await page.getByRole('button', { name: 'Assign the next free port' }).click();
    await said('heron');
    await row('heron').waitFor();
    assert.equal(await world.portOf('heron'), world.port(12));
  });

  it('swap their ports, which is shown before it is done', async () => {
    const [kite, rook] = [world.port(60), world.port(10)];
    await page.getByLabel('Select kite').check();
    await page.getByLabel('Select rook').check();
    await page.getByRole('button', { name: 'Move 2 selected…' }).click();
    await waitUntil(() => dialog().getByLabel(/^kite/).inputValue(), 'ports to be suggested');
    await dialog().getByLabel(/^kite/).fill(String(rook));
    await dialog().getByLabel(/^rook/).fill(String(rook));
    await dialog().getByText('kite is to go there.').waitFor();
    await dialog().getByLabel(/^rook/).fill(String(kite));
    await dialog().getByRole('button', { name: 'Preview' }).click();
    await dialog().getByText('through spare port').waitFor();
    assert.equal(await world.portOf('kite'), kite);
    await dialog().getByRole('button', { name: 'Move 2 services' }).click();
    await dialog().getByRole('heading', { name: '2 of 2 moved' }).waitFor();
    await dialog().getByRole('button', { name: 'Done' }).click();
    assert.ok(await world.answersOn('kite', rook));
    assert.ok(await world.answersOn('rook', kite));
  });

  it('are refused together when one cannot move', async () => {
    await page.getByLabel('Select kite').check();
    await page.getByLabel('Select swan').check();
    await page.getByRole('button', { name: /^Move \d selected…/ }).click();
    await dialog().getByLabel(/^kite/).fill(String(world.port(1)));
    await dialog().getByRole('button', { name: 'Preview' }).click();
    await dialog().getByRole('alert').getByText('wren').waitFor();
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
  });

  it('are released and forgotten, after a question', async () => {
    const menu = async (item) => {
      await page.getByRole('button', { name: 'More for idle' }).click();
      await page.getByRole('menuitem', { name: item }).click();
    };
    await menu('Release port…');
    await dialog().getByRole('button', { name: 'Release' }).click();
    await row('idle').getByText('none', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Assign a port to idle' }).waitFor();
    await page.getByRole('button', { name: 'More for idle' }).click();
    // Without a port it can be neither asked nor restarted.
    assert.deepEqual(await page.getByRole('menuitem').allInnerTexts(), ['Forget service…']);
    await page.keyboard.press('Escape');
    await menu('Forget service…');
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    await row('idle').waitFor();
    await menu('Forget service…');
    await dialog().getByRole('button', { name: 'Forget the service' }).click();
    await row('idle').waitFor({ state: 'detached' });
  });

  it('are restarted and checked', async () => {
    await page.getByRole('button', { name: 'More for swan' }).click();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await dialog().getByRole('button', { name: 'Restart' }).click();
    await dialog().waitFor({ state: 'detached' });
    // While it restarts it does not answer.
    const calls = () =>
      fetch(`http://127.0.0.1:${world.port(200)}/_calls`).then(
        (answer) => answer.json(),
        () => [],
      );
    const isRestarted = async () => (await calls()).some((call) => call.path === '/api/admin/restart');
    await waitUntil(isRestarted, 'swan to be asked to restart');
    await page.getByRole('button', { name: 'More for wren' }).click();
    await page.keyboard.press('Enter');
    await said('wren is healthy');
  });

  it('have a page each', async () => {
    await row('kite').getByRole('link', { name: 'kite' }).click();
    await page.getByRole('heading', { name: 'kite', level: 1 }).waitFor();
    await page.getByText('by dashboard: a browser test').waitFor();
    await visit(page, '#/services/nobody');
    await page.getByText('No service nobody is registered').waitFor();
    await page.getByText('No service nobody is known').waitFor();
    assert.doesNotMatch(await page.locator('main').innerText(), /\/api\//);
  });

  it('did nothing on the way that it should not', () => assert.deepEqual(page.faults, []));
});
