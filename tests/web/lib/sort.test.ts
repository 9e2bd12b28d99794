import { categoriesOf, filterServices, sortServices } from '@web/lib/sort';
import { service } from '../support';

const services = [
  service('svc-10', 8_002, { category: 'business', status: 'healthy' }),
  service('svc-9', 8_010, { category: 'foundation', status: 'unhealthy' }),
  service('Alpha', null, { status: 'unknown', name: 'The first' }),
  service('beta', 8_001, { category: 'business', status: 'unhealthy' }),
];
const ids = (list: { service_id: string }[]): string[] => list.map((each) => each.service_id);
const all = { text: '', category: '', status: '' };

describe('services', () => {
  it('are sorted by name as people count', () => {
    expect(ids(sortServices(services, 'service', 'ascending'))).toEqual(['Alpha', 'beta', 'svc-9', 'svc-10']);
    expect(ids(sortServices(services, 'service', 'descending'))).toEqual(['svc-10', 'svc-9', 'beta', 'Alpha']);
  });

  it('are sorted by port, those without one last', () => {
    expect(ids(sortServices(services, 'port', 'ascending'))).toEqual(['beta', 'svc-10', 'svc-9', 'Alpha']);
  });

  it('are sorted by status, the urgent first, then by name', () => {
    expect(ids(sortServices(services, 'status', 'ascending'))).toEqual(['beta', 'svc-9', 'Alpha', 'svc-10']);
  });

  it('are sorted by category, those without one last', () => {
    expect(ids(sortServices(services, 'category', 'ascending'))).toEqual(['beta', 'svc-10', 'svc-9', 'Alpha']);
  });

  it('without ports do not confuse the order', () => {
    const none = ['c', 'a', 'b'].map((id) => service(id, null));
    expect(ids(sortServices(none, 'port', 'descending'))).toEqual(['a', 'b', 'c']);
  });

  it.each([
    [{ ...all, text: 'svc' }, ['svc-10', 'svc-9']],
    [{ ...all, text: '801' }, ['svc-9']],
    [{ ...all, text: 'FIRST alpha' }, ['Alpha']],
    [{ ...all, category: 'business' }, ['svc-10', 'beta']],
    [{ ...all, category: 'none' }, ['Alpha']],
    [{ ...all, status: 'unhealthy', category: 'business' }, ['beta']],
    [all, ['svc-10', 'svc-9', 'Alpha', 'beta']],
  ])('are found by %o', (filter, expected) => expect(ids(filterServices(services, filter))).toEqual(expected));

  it('have the categories that there are', () => {
    expect(categoriesOf(services)).toEqual(['business', 'foundation', 'none']);
  });
});
