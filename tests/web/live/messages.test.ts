import { isChange, parseMessage } from '@web/live/messages';

describe('a live message', () => {
  it('is known by its type', () => {
    const message = parseMessage('{"type":"service_status","service_id":"kite","status":"healthy","revision":3}');
    expect(isChange(message)).toBe(true);
    expect(parseMessage('{"type":"connected","revision":3}').type).toBe('connected');
    expect(isChange(parseMessage('{"type":"connected","revision":3}'))).toBe(false);
  });

  it.each(['{"type":"pong"}', '{"type":"of a later version"}', '{}', '[]', 'null', '7', 'not JSON', ''])(
    'is passed over when it is none that is known: %s',
    (text) => expect(parseMessage(text).type).toBe('other'),
  );
});
