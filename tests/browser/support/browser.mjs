// A headless Chromium, and pages that fail a test by what they should not do.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { chromium } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export class Browser {
  static async start() {
    const browser = new Browser();
    // A user-data-dir of its own, which goes with it.
    browser.chromium = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    return browser;
  }

  async close() {
    await this.chromium.close();
  }

  /** A new page as of a person who has never been here. `faults` collects what went wrong on it. */
  async open(
    world,
    address = '#/',
    { theme = 'light', width = 1_440, height = 900, reducedMotion = 'reduce', locale = 'en-GB' } = {},
  ) {
    const context = await this.chromium.newContext({
      colorScheme: theme,
      viewport: { width, height },
      reducedMotion,
      locale,
      acceptDownloads: true,
    });
    context.setDefaultTimeout(15_000);
    const page = await context.newPage();
    page.faults = [];
    page.on('pageerror', (error) => page.faults.push(`threw: ${error.message}`));
    page.on('console', (message) => {
      // The browser itself reports answers of 4xx and 5xx, which tests ask for, and lost connections.
      const isNetwork = /Failed to load resource|WebSocket connection|net::ERR/.test(message.text());
      if (message.type() === 'error' && !isNetwork) page.faults.push(`console: ${message.text()}`);
    });
    page.on('request', (request) => {
      const url = request.url();
      const isOwn = url.startsWith(world.url) || url.startsWith(world.url.replace('http', 'ws')) || url.startsWith('blob:');
      if (!isOwn) page.faults.push(`asked a foreign host: ${url}`);
    });
    await page.goto(`${world.url}/${address}`);
    return page;
  }
}

/** Goes to another page of the dashboard, as a link would. */
export async function visit(page, address) {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, address);
}

/** What axe-core finds, in a form that a failed test shows. */
export async function violationsOf(page) {
  // Not as a script element: the content security policy forbids what is not the server's.
  await page.evaluate(AXE);
  const found = await page.evaluate(() =>
    window.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }),
  );
  return found.violations.map(({ id, help, nodes }) => ({
    id,
    help,
    where: nodes.slice(0, 3).map((node) => `${node.target.join(' ')}: ${node.failureSummary}`),
  }));
}
