// Opens a page of documentation in Chromium and tells on stdout, as JSON, what is seen of it, for
// tests/e2e/test_docs_page.py.
//
//   node docs_page.mjs CHROMIUM URL SCHEME WIDTH FILTER
import {chromium} from 'playwright-core';

const [executablePath, url, colorScheme, width, filter] = process.argv.slice(2);
const browser = await chromium.launch({executablePath, args: ['--no-sandbox']});
try {
  const page = await browser.newPage({viewport: {width: Number(width), height: 900}, colorScheme});
  const faults = [];
  const elsewhere = [];
  page.on('console', message => message.type() === 'error' && faults.push(message.text()));
  page.on('pageerror', error => faults.push(String(error)));
  page.on('request', request => request.url().startsWith(new URL(url).origin) || elsewhere.push(request.url()));
  await page.goto(url, {waitUntil: 'load'});
  await page.waitForSelector('main');
  const seen = await page.evaluate(() => {
    const all = (parent, selector) => [...parent.querySelectorAll(selector)];
    const articles = all(document, 'article.operation');
    return {
      operations: Object.fromEntries(articles.map(each => [each.id, each.textContent])),
      contents: all(document, 'nav .contents a').map(each => each.getAttribute('href')),
      targets: all(document, '[id]').map(each => `#${each.id}`),
      version: document.querySelector('.version')?.textContent,
      tooWide: document.documentElement.scrollWidth - window.innerWidth,
      background: getComputedStyle(document.documentElement).backgroundColor,
      headings: all(document, 'h1').map(each => each.textContent),
    };
  });
  await page.fill('input[type=search]', filter);
  await page.waitForFunction(() => document.querySelector('.found').textContent !== '');
  const filtered = await page.evaluate(() =>
    [...document.querySelectorAll('article.operation')].map(each => each.id));
  console.log(JSON.stringify({...seen, filtered, faults, elsewhere}));
} finally {
  await browser.close();
}
