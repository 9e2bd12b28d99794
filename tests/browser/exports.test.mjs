import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';

import { Browser } from './support/browser.mjs';
import { World } from './support/world.mjs';

describe('the registry for other programs', () => {
  let world;
  let browser;
  let page;
  before(async () => {
    world = await World.start({ assignments: { kite: 0, wren: 1 }, running: [] });
    browser = await Browser.start();
    page = await browser.open(world, '#/settings');
  });
  after(async () => {
    await browser?.close();
    await world?.close();
  });

  const card = () => page.getByRole('region', { name: 'For other programs' });
  const linkTo = (format) => card().locator(`a[href$="format=${format}"]`);
  const offered = async () => {
    const { paths } = await world.ok('GET', '/api/openapi.json');
    const { schema } = paths['/api/ports/export'].get.parameters.find(({ name }) => name === 'format');
    // Another name of port_config.
    return schema.enum.filter((format) => format !== 'json');
  };

  it('is offered in every format that the server has, with a sentence', async () => {
    const formats = await offered();
    assert.ok(formats.length > 2);
    const hrefs = await card().getByRole('link').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
    assert.deepEqual(hrefs.map((href) => href.split('format=')[1]).sort(), [...formats].sort());
    const sentences = await card().getByRole('listitem').getByRole('paragraph').allInnerTexts();
    assert.equal(sentences.length, formats.length);
    for (const sentence of sentences) assert.match(sentence, /\.$/);
  });

  it('is downloaded under the name that the server gives the file', async () => {
    for (const format of await offered()) {
      // Chromium permits ten downloads of one page without asking.
      await page.reload();
      const answer = await fetch(`${world.url}/api/ports/export?format=${format}`);
      const name = /filename="?([^";]+)/.exec(answer.headers.get('content-disposition') ?? '')?.[1];
      const [download] = await Promise.all([page.waitForEvent('download'), linkTo(format).click()]);
      assert.equal(download.suggestedFilename(), name ?? 'port_config.json');
      assert.equal(await linkTo(format).innerText(), download.suggestedFilename());
      // Comments carry the time of the export.
      const body = (text) => text.replace(/^#.*$/gm, '');
      assert.equal(body(readFileSync(await download.path(), 'utf8')), body(await answer.text()));
    }
  });

  it('did nothing on the way that it should not', () => assert.deepEqual(page.faults, []));
});
