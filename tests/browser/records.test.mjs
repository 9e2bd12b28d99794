import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { Browser, visit } from './support/browser.mjs';
import { World, waitUntil } from './support/world.mjs';

describe('history and reservations', () => {
  let world;
  let browser;
  let page;
  before(async () => {
    world = await World.start({ assignments: { kite: 0, wren: 1 }, running: [] });
    // More than a page of the list.
    for (let i = 0; i < 60; ++i) {
      const new_port = world.port(10 + (i % 2));
      await world.ok('POST', '/api/ports/reassign', { service_id: 'kite', new_port, reason: `move ${i}` });
    }
    browser = await Browser.start();
    page = await browser.open(world, '#/history');
  });
  after(async () => {
    await browser?.close();
    await world?.close();
  });

  const events = () => page.locator('.timeline li');
  const dialog = () => page.getByRole('dialog');

  it('lists what happened, newest first, with who and why', async () => {
    await events().first().getByText('by somebody-else: move 59').waitFor();
    assert.equal(await events().count(), 50);
  });

  it('goes on to older events', async () => {
    await page.getByRole('button', { name: 'Load older ones' }).click();
    await page.getByText('Imported').first().waitFor();
    assert.equal(await events().count(), 62);
    assert.equal(await page.getByRole('button', { name: 'Load older ones' }).count(), 0);
  });

  it('is narrowed to a service, and to a port', async () => {
    await page.getByRole('combobox', { name: 'Service' }).fill('wren');
    await page.getByRole('heading', { name: 'History of wren' }).waitFor();
    await waitUntil(async () => (await events().count()) === 1, 'one event');
    await page.getByRole('textbox', { name: 'Port' }).fill(String(world.port(0)));
    await page.getByRole('heading', { name: `History of port ${world.port(0)}` }).waitFor();
    await waitUntil(async () => (await events().count()) === 2, 'two events');
    assert.match(await events().first().innerText(), /Moved\s+kite/);
    assert.match(page.url(), new RegExp(`history\\?port=${world.port(0)}$`));
    await page.reload();
    await page.getByRole('heading', { name: `History of port ${world.port(0)}` }).waitFor();
  });

  it('says when there is no such service', async () => {
    await page.getByRole('combobox', { name: 'Service' }).fill('nobody');
    await page.getByText('No service nobody is known').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await events().first().waitFor();
  });

  it('shows what happens now', async () => {
    await world.ok('POST', '/api/ports/assign', { service_id: 'owl', port: world.port(33) });
    await events().first().getByText('owl').waitFor();
  });

  it('keeps the time clear of what happened, however long it is and narrow the screen', async () => {
    for (const locale of ['en-US', 'en-GB', 'ko']) {
      const narrow = await browser.open(world, '#/history', { width: 390, height: 844, locale });
      await narrow.locator('.timeline li').first().waitFor();
      const gaps = await narrow.locator('.timeline li').evaluateAll((events) =>
        events.map((event) => {
          const text = document.createRange();
          text.selectNodeContents(event.querySelector('time'));
          const icon = event.querySelector('.timeline-mark svg');
          return icon.getBoundingClientRect().left - text.getBoundingClientRect().right;
        }),
      );
      assert.ok(Math.min(...gaps) >= 4, `${locale}: ${Math.min(...gaps)} px`);
      await narrow.context().close();
    }
  });

  it('reserves one port, with a reason', async () => {
    await visit(page, '#/reservations');
    await page.getByText('Nothing is reserved').waitFor();
    await page.getByRole('button', { name: 'Reserve…' }).click();
    await dialog().getByLabel('Port', { exact: true }).fill(String(world.port(100)));
    await dialog().getByLabel('Reason').fill('a printer');
    await dialog().getByRole('button', { name: 'Reserve', exact: true }).click();
    await page.getByRole('row', { name: /a printer/ }).getByText('when removed').waitFor();
  });

  it('reserves a range until a time, as one row, and removes it', async () => {
    await page.getByRole('button', { name: 'Reserve…' }).click();
    await dialog().getByText('A range').click();
    await dialog().getByLabel('First port').fill(String(world.port(110)));
    await dialog().getByLabel('Last port').fill(String(world.port(109)));
    await dialog().getByText('The last port is not below the first.').waitFor();
    await dialog().getByLabel('Last port').fill(String(world.port(114)));
    await dialog().getByLabel('It ends').selectOption('3600');
    await dialog().getByRole('button', { name: 'Reserve', exact: true }).click();
    const row = page.getByRole('row', { name: new RegExp(`${world.port(110)} – ${world.port(114)}`) });
    await row.getByText(/in (59 min|1 h)/).waitFor();
    await row.getByText('5 ports').waitFor();
    await row.getByRole('button', { name: /^Remove/ }).click();
    await dialog().getByText('All 5 ports can then be given to services.').waitFor();
    await dialog().getByRole('button', { name: 'Remove all 5' }).click();
    await row.waitFor({ state: 'detached' });
    await dialog().waitFor({ state: 'detached' });
    assert.equal((await world.ok('GET', '/api/ports/reserved')).count, 1);
  });

  it('removes the rest of a range of which somebody has removed one meanwhile', async () => {
    const [first, last] = [world.port(130), world.port(139)];
    await world.ok('POST', '/api/ports/reserve', { start_port: first, end_port: last, reason: 'shared' });
    await page.getByRole('button', { name: `Remove the reservation of ports ${first} to ${last}` }).click();
    await world.ok('DELETE', `/api/ports/reserve/${world.port(133)}`);
    await dialog().getByRole('button', { name: 'Remove all 10' }).click();
    await dialog().waitFor({ state: 'detached' });
    assert.equal((await world.ok('GET', '/api/ports/reserved')).count, 1);
  });

  it('goes on with a range of which not all could be removed', async () => {
    const [first, last] = [world.port(140), world.port(159)];
    await world.ok('POST', '/api/ports/reserve', { start_port: first, end_port: last, reason: 'much' });
    await page.getByRole('button', { name: `Remove the reservation of ports ${first} to ${last}` }).click();
    let asked = 0;
    await page.route('**/api/ports/reserve/*', (route) => (++asked > 8 ? route.abort() : route.continue()));
    await dialog().getByRole('button', { name: 'Remove all 20' }).click();
    await dialog().getByRole('alert').getByText('did not answer').waitFor();
    assert.ok(asked < 20, `${asked} requests to a server that does not answer`);
    await page.unroute('**/api/ports/reserve/*');
    await dialog().getByRole('button', { name: 'Remove all 20' }).click();
    await dialog().waitFor({ state: 'detached' });
    assert.equal((await world.ok('GET', '/api/ports/reserved')).count, 1);
  });

  it('holds a free port for a service', async () => {
    await page.getByRole('button', { name: 'Reserve…' }).click();
    await dialog().getByText('Hold one for a service').click();
    await dialog().getByLabel('For which service').fill('heron');
    await dialog().getByRole('button', { name: 'Hold', exact: true }).click();
    await page.getByRole('row', { name: /heron/ }).getByText('Held: kept bound').waitFor();
    await page.getByRole('status').getByText('is kept bound until heron is given it.').waitFor();
    const { reserved } = await world.ok('GET', '/api/ports/reserved');
    assert.ok(reserved.some((each) => each.bound && each.service_id === 'heron'));
  });

  it('shows why a port cannot be held', async () => {
    await page.getByRole('button', { name: 'Reserve…' }).click();
    await dialog().getByText('Hold one for a service').click();
    await dialog().getByLabel('Port', { exact: true }).fill(String(world.port(33)));
    await dialog().getByRole('button', { name: 'Hold', exact: true }).click();
    await dialog().getByRole('alert').getByText('owl').waitFor();
    await page.keyboard.press('Escape');
  });

  it('shows what another client reserves', async () => {
    await world.ok('POST', '/api/ports/reserve', { port: world.port(120), reason: 'from elsewhere' });
    await page.getByRole('row', { name: /from elsewhere/ }).waitFor();
  });

  it('did nothing on the way that it should not', () => assert.deepEqual(page.faults, []));
});
