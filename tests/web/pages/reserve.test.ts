import { type Draft, requestOf, reservedText } from '@web/pages/reservations/reserve-dialog';

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

describe('what has been reserved', () => {
  it.each([
    [{ port: 8_100, held: false }, 'Port 8100 is reserved.'],
    [{ port: 8_100, end_port: 8_110, held: false }, 'Ports 8100 to 8110 are reserved.'],
    [{ port: 8_100, held: true }, 'Port 8100 is kept bound until a service is given it.'],
    [{ port: 8_100, end_port: 8_100, held: true, service_id: 'kite' }, 'Port 8100 is kept bound until kite is given it.'],
    [{ port: 8_100, end_port: 8_101, held: true, service_id: 'kite' }, 'Ports 8100 to 8101 are kept bound until kite is given them.'],
  ])('%o is told as %s', (answer, text) => expect(reservedText(answer)).toBe(text));
});
