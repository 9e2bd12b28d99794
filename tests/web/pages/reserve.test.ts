import { type Draft, requestOf } from '@web/pages/reservations/reserve-dialog';

const draft = (more: Partial<Draft>): Draft => ({
  mode: 'one',
  port: '',
  end: '',
  service: '',
  reason: '',
  expiry: '',
  ...more,
});

describe('what is asked to be reserved', () => {
  it.each([
    [{ port: '8100' }, { port: 8_100 }],
    [{ port: '8100', reason: ' lab ', expiry: '3600' }, { port: 8_100, reason: 'lab', expires_in: 3_600 }],
    [{ mode: 'range', port: '8100', end: '8110' }, { start_port: 8_100, end_port: 8_110 }],
    [{ mode: 'range', port: '8100', end: '8100' }, { start_port: 8_100, end_port: 8_100 }],
    [{ mode: 'hold' }, { hold: true }],
    [{ mode: 'hold', port: '8100', service: 'kite' }, { hold: true, port: 8_100, service_id: 'kite' }],
  ] as [Partial<Draft>, object][])('%o is %o', (given, expected) => expect(requestOf(draft(given))).toEqual(expected));

  it.each([
    {},
    { port: '80' },
    { port: 'abc' },
    { mode: 'range', port: '8100' },
    { mode: 'range', port: '8100', end: '8099' },
    { mode: 'hold', port: '80' },
  ] as Partial<Draft>[])('%o is nothing yet', (given) => expect(requestOf(draft(given))).toBeNull());
});
