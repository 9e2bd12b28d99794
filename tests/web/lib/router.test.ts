import { href, parseRoute } from '@web/lib/router';

describe('an address', () => {
  it.each([
    ['', '', ''],
    ['#/', '', ''],
    ['#/services', 'services', ''],
    ['#/services/legalai-pro', 'services', 'legalai-pro'],
    ['#/services/a%2Fb', 'services', 'a/b'],
    ['#/services/%E0%A4%A', 'services', '%E0%A4%A'],
    ['#/ports/8000?x=1', 'ports', '8000'],
  ])('%s leads to a page and an item', (hash, page, item) => {
    expect(parseRoute(hash)).toMatchObject({ page, item });
  });

  it('carries what is asked for, there and back', () => {
    const address = href('services', undefined, { q: 'a & b?', category: 'none' });
    expect(Object.fromEntries(parseRoute(address).query)).toEqual({ q: 'a & b?', category: 'none' });
    expect(parseRoute(href('services', 'a/b?c#d')).item).toBe('a/b?c#d');
  });
});
