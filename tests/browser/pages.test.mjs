// What holds for every page: accessible by WCAG 2.2 AA as far as axe-core can tell, in both themes and
// on a narrow screen, usable by keyboard, and protected.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';

import { Browser, violationsOf, visit } from './support/browser.mjs';
import { World, waitUntil } from './support/world.mjs';

const SHOTS = process.env.PM_SCREENSHOTS ?? path.join(os.tmpdir(), 'portmanager-screenshots');

describe('every page', () => {
  let world;
  let browser;
  before(async () => {
    mkdirSync(SHOTS, { recursive: true });
    const assignments = { kite: 0, wren: 1, rook: 2, dove: 3, hawk: 3, idle: 11 };
    world = await World.start({ assignments, running: ['kite', 'wren', 'rook'], reserved: [88] });
    browser = await Browser.start();
    await world.squat(11);
    await world.misbehave(world.port(1), 'unhealthy');
    await world.ok('POST', '/api/ports/reserve', { hold: true, service_id: 'owl', port: world.port(70) });
    await world.ok('POST', '/api/ports/reserve', { start_port: world.port(90), end_port: world.port(99), reason: 'lab' });
    await world.ok('POST', '/api/ports/reassign', { service_id: 'kite', new_port: world.port(40), reason: 'ticket 1' });
    await world.ok('POST', '/api/ports/backup?backup_file=monday.json');
    const settled = async () => {
      const { conflicts } = await world.ok('GET', '/api/ports/conflicts');
      const { unhealthy } = await world.ok('GET', '/api/services/status');
      return conflicts.length === 2 && unhealthy > 0;
    };
    await waitUntil(settled, 'the conflicts and the unhealthy service to be seen');
  });
  after(async () => {
    await browser?.close();
    await world?.close();
  });

  const pages = () => [
    ['overview', '#/', '.feed li'],
    ['services', '#/services', 'tbody tr'],
    ['service', '#/services/kite', '.timeline li'],
    ['port', `#/ports/${world.port(11)}`, '.timeline li'],
    ['conflicts', '#/conflicts', '.plan li'],
    ['history', '#/history', '.timeline li'],
    ['reservations', '#/reservations', 'tbody tr'],
    ['backups', '#/backups', 'tbody tr'],
    ['settings', '#/settings', '.facts'],
    ['nowhere', '#/nowhere', '.empty'],
  ];

  for (const theme of ['light', 'dark']) {
    for (const width of [1_440, 380]) {
      it(`is accessible and fits, ${theme}, ${width} px`, async () => {
        const page = await browser.open(world, '#/', { theme, width });
        await page.locator('.connection.live').waitFor();
        for (const [name, address, ready] of pages()) {
          await visit(page, address);
          await page.locator(ready).first().waitFor();
          await waitUntil(async () => (await page.locator('.skeleton').count()) === 0, `${name} to be read`);
          await page.screenshot({ path: path.join(SHOTS, `${name}-${width}-${theme}.png`), fullPage: true });
          assert.deepEqual(await violationsOf(page), [], `${name}, ${theme}, ${width} px`);
          const overhang = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(overhang <= 0, `${name} scrolls sideways by ${overhang} px at ${width} px`);
        }
        assert.deepEqual(page.faults, []);
        await page.context().close();
      });
    }
  }

  it('has a state’s icon beside its word, also where the text beside it has several lines', async () => {
    const page = await browser.open(world, '#/', { width: 1_280 });
    await page.locator('.health-list li').first().waitFor();
    const offsets = await page.locator('.health-list .mark').evaluateAll((marks) =>
      marks.map((mark) => {
        const word = document.createRange();
        word.selectNodeContents(mark.lastChild);
        const [icon, text] = [mark.querySelector('svg').getBoundingClientRect(), word.getBoundingClientRect()];
        return Math.abs((icon.top + icon.bottom - text.top - text.bottom) / 2);
      }),
    );
    assert.ok(Math.max(...offsets) < 4, `an icon is ${Math.max(...offsets)} px above or below its word`);
    await page.context().close();
  });

  const dialogs = () => [
    ['#/services', 'Move kite'],
    ['#/services', 'Assign a port…'],
    ['#/conflicts', /^Resolve all \(/],
    ['#/reservations', 'Reserve…'],
    ['#/backups', 'Reset the registry…'],
  ];

  for (const theme of ['light', 'dark']) {
    it(`has accessible dialogs that keep the focus and give it back, ${theme}`, async () => {
      const page = await browser.open(world, '#/', { theme });
      for (const [address, name] of dialogs()) {
        await visit(page, address);
        const opener = page.getByRole('button', { name });
        await opener.focus();
        await page.keyboard.press('Enter');
        await page.getByRole('dialog').waitFor();
        await page.screenshot({ path: path.join(SHOTS, `dialog-${address.slice(2)}-${theme}.png`) });
        assert.deepEqual(await violationsOf(page), [], String(name));
        for (let i = 0; i < 12; ++i) {
          await page.keyboard.press('Tab');
          const inside = await page.evaluate(
            () => document.activeElement === document.body || document.activeElement.closest('dialog') !== null,
          );
          assert.ok(inside, `the focus left the dialog of ${name}`);
        }
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
        // The focus comes back in the turn after the dialog is gone.
        await page.waitForFunction((button) => button === document.activeElement, await opener.elementHandle());
      }
      assert.deepEqual(page.faults, []);
      await page.context().close();
    });
  }

  it('has a link to skip to the content, first of all', async () => {
    const page = await browser.open(world);
    await page.locator('.connection.live').waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), 'Skip to the content');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
    await page.context().close();
  });

  it('is reached by keyboard, and its heading gets the focus', async () => {
    const page = await browser.open(world);
    await page.locator('.connection.live').waitFor();
    await page.getByRole('link', { name: 'History', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'History', level: 1 }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'History');
    assert.equal(await page.title(), 'History · Port Manager');
    await page.context().close();
  });

  it('is reached through the menu on a narrow screen', async () => {
    const page = await browser.open(world, '#/', { width: 380, height: 800 });
    await page.getByRole('button', { name: 'Pages' }).click();
    await page.getByRole('link', { name: 'Backups' }).click();
    await page.getByRole('heading', { name: 'Backups', level: 1 }).waitFor();
    assert.ok(!(await page.getByRole('link', { name: 'Backups' }).isVisible()));
    await page.context().close();
  });

  it('follows the system’s theme until one is chosen, which is kept', async () => {
    const page = await browser.open(world, '#/', { theme: 'dark' });
    const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const dark = await background();
    await page.getByRole('button', { name: 'Light theme' }).click();
    const light = await background();
    assert.notEqual(light, dark);
    await page.reload();
    assert.equal(await background(), light);
    await visit(page, '#/settings');
    await page.getByText('As the system').click();
    assert.equal(await background(), dark);
    await page.emulateMedia({ colorScheme: 'light' });
    await waitUntil(async () => (await background()) === light, 'the system’s theme to be followed');
    await page.context().close();
  });

  it('opens a menu where all of it can be seen, also on a narrow screen', async () => {
    await world.ok('POST', '/api/services/register', { service_id: 'portless' });
    await world.ok('POST', '/api/ports/release', { service_id: 'portless' });
    for (const width of [380, 1_280]) {
      const page = await browser.open(world, '#/services', { width });
      for (const address of ['#/services', '#/services/kite', '#/services/portless']) {
        await visit(page, address);
        await page.getByRole('button', { name: /^More for/ }).last().click();
        const { x, width: wide } = await page.getByRole('menu').boundingBox();
        assert.ok(x >= 0 && x + wide <= width, `${address}, ${width} px: from ${x} to ${x + wide}`);
        await page.keyboard.press('Escape');
      }
      await page.context().close();
    }
  });

  it('has room for a service whose id is wider than a narrow screen', async () => {
    const id = 'hawk-that-circles-over-the-fields-of-the-valley-all-day-long';
    await world.ok('POST', '/api/ports/assign', { service_id: id, port: world.port(3), force: true });
    const page = await browser.open(world, '#/', { width: 380 });
    await page.locator('.connection.live').waitFor();
    const more = [
      ['its page', `#/services/${id}`, '.note.conflict'],
      ['its port', `#/ports/${world.port(3)}`, '.note.conflict'],
    ];
    for (const [name, address, ready] of [...pages(), ...more]) {
      await visit(page, address);
      await page.locator(ready).first().waitFor();
      await waitUntil(async () => (await page.locator('.skeleton').count()) === 0, `${name} to be read`);
      const overhang = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overhang <= 0, `${name} scrolls sideways by ${overhang} px`);
    }
    await page.setViewportSize({ width: 1_280, height: 900 });
    await visit(page, '#/services');
    const lines = () => page.locator('td time').evaluateAll((times) => times.map((time) => time.getClientRects().length));
    await waitUntil(async () => (await lines()).length > 3, 'times');
    assert.deepEqual([...new Set(await lines())], [1], 'a time is broken into two lines');
    await page.context().close();
  });

  it('runs nothing that is not the server’s own', async () => {
    const page = await browser.open(world);
    await page.locator('.connection.live').waitFor();
    const ran = await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.foreign = true';
      document.body.append(script);
      return window.foreign === true;
    });
    assert.ok(!ran);
    const answer = await fetch(world.url, { headers: { Accept: 'text/html' } });
    assert.match(answer.headers.get('content-security-policy'), /frame-ancestors 'none'/);
    await page.context().close();
  });
});
