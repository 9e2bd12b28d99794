import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';

import { Browser } from './support/browser.mjs';
import { World } from './support/world.mjs';

describe('backups', () => {
  let world;
  let browser;
  let page;
  before(async () => {
    world = await World.start({ assignments: { kite: 0, wren: 1 }, running: [], reserved: [88] });
    browser = await Browser.start();
    page = await browser.open(world, '#/backups');
    await page.getByText('No backup yet').waitFor();
  });
  after(async () => {
    await browser?.close();
    await world?.close();
  });

  const dialog = () => page.getByRole('dialog');
  const diff = () => dialog().getByTestId('diff');
  const rowOf = (name) => page.getByRole('row', { name: new RegExp(name) });
  /** As if the file had been dragged from a folder. */
  const drop = async (name, text) => {
    const data = await page.evaluateHandle(
      ([file, content]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([content], file, { type: 'application/json' }));
        return transfer;
      },
      [name, text],
    );
    await page.getByTestId('drop').dispatchEvent('drop', { dataTransfer: data });
  };

  it('are made under a name, and never overwritten', async () => {
    for (const expected of ['made', 'refused']) {
      await page.getByRole('button', { name: 'Create a backup…' }).click();
      await dialog().getByLabel('Name').fill('before');
      await page.keyboard.press('Enter');
      if (expected === 'made') await dialog().waitFor({ state: 'detached' });
      else await dialog().getByRole('alert').getByText('never overwritten').waitFor();
    }
    await page.keyboard.press('Escape');
    await rowOf('before.json').waitFor();
  });

  it('are downloaded as they are', async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download before.json' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), 'before.json');
    const config = JSON.parse(readFileSync(await download.path(), 'utf8'));
    assert.deepEqual(config.port_assignments, { kite: world.port(0), wren: world.port(1) });
  });

  it('that change nothing cannot be restored', async () => {
    await page.getByRole('button', { name: 'Restore before.json' }).click();
    await dialog().getByText('No difference').waitFor();
    assert.ok(await dialog().getByRole('button', { name: 'Restore', exact: true }).isDisabled());
    await page.keyboard.press('Escape');
  });

  it('are restored after the difference was shown', async () => {
    await world.ok('POST', '/api/ports/reassign', { service_id: 'kite', new_port: world.port(50) });
    await world.ok('POST', '/api/ports/release', { service_id: 'wren' });
    await world.ok('POST', '/api/ports/assign', { service_id: 'owl', port: world.port(60) });
    await page.getByRole('button', { name: 'Restore before.json' }).click();
    await diff().getByText('3 assignments would change').waitFor();
    assert.equal(await diff().locator('.moved', { hasText: 'kite' }).count(), 1);
    assert.equal(await diff().locator('.added', { hasText: 'wren' }).count(), 1);
    assert.equal(await diff().locator('.removed', { hasText: 'owl' }).count(), 1);
    assert.equal(await world.portOf('kite'), world.port(50));
    await dialog().getByRole('button', { name: 'Restore', exact: true }).click();
    await dialog().waitFor({ state: 'detached' });
    assert.equal(await world.portOf('kite'), world.port(0));
    assert.equal(await world.portOf('wren'), world.port(1));
  });

  it('of another place are imported by dropping them', async () => {
    const config = { port_assignments: { kite: world.port(0), wren: world.port(0) }, reserved_ports: [] };
    await drop('theirs.json', JSON.stringify(config));
    await dialog().getByRole('heading', { name: 'Import theirs.json?' }).waitFor();
    await diff().getByText(`Port ${world.port(0)} would be given to kite and wren: a conflict.`).waitFor();
    await diff().getByText('No longer reserved').waitFor();
    await dialog().getByRole('button', { name: 'Import', exact: true }).click();
    await dialog().waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Conflicts 1 open' }).waitFor();
  });

  it('that are none are refused with what is wrong', async () => {
    await drop('notes.txt', 'dear diary');
    await dialog().getByRole('alert').getByText('This is not JSON').waitFor();
    assert.ok(await dialog().getByRole('button', { name: 'Import', exact: true }).isDisabled());
    await page.keyboard.press('Escape');
    await drop('other.json', '{"port_assignments": {"kite": 80}}');
    await dialog().getByRole('alert').getByText('"kite" has 80').waitFor();
    await page.keyboard.press('Escape');
  });

  it('are not needed for a reset, which has to be typed', async () => {
    await page.getByRole('button', { name: 'Reset the registry…' }).click();
    const confirm = dialog().getByRole('button', { name: 'Reset', exact: true });
    assert.ok(await confirm.isDisabled());
    await dialog().getByLabel('Type “reset” to confirm').fill('reset');
    await confirm.click();
    await dialog().waitFor({ state: 'detached' });
    await rowOf('port_config_backup_').waitFor();
    assert.equal(await world.portOf('legalai-pro'), 8_000);
  });

  it('did nothing on the way that it should not', () => assert.deepEqual(page.faults, []));
});
