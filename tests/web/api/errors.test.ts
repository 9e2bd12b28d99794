import { ApiError, NetworkError, messageOf } from '@web/api/errors';

const answer = (status: number, body: string): Response => new Response(body, { status });

describe('an error of the API', () => {
  it('says what its detail says', async () => {
    const body = { detail: 'Port 8001 is assigned to kite.', code: 'port_taken', request_id: 'req-7' };
    const error = await ApiError.of(answer(409, JSON.stringify(body)));
    expect(error.message).toBe('Port 8001 is assigned to kite.');
    expect([error.status, error.code, error.requestId]).toEqual([409, 'port_taken', 'req-7']);
    expect(error.needsToken).toBe(false);
  });

  it('says something when the answer is of a proxy', async () => {
    const error = await ApiError.of(answer(502, '<html>Bad Gateway</html>'));
    expect(error.message).toBe('The server answered 502.');
  });

  it('tells when a token is needed', async () => {
    expect((await ApiError.of(answer(401, '{"detail": "Changes need the header."}'))).needsToken).toBe(true);
    expect((await ApiError.of(answer(403, '{"detail": "The token is not the one."}'))).needsToken).toBe(true);
    expect((await ApiError.of(answer(403, '{"detail": "Pages of x may not change ports."}'))).needsToken).toBe(false);
  });
});

describe('an answer that did not come', () => {
  it('leaves open whether a change was made', () => {
    expect(messageOf(new NetworkError('POST'))).toMatch(/not known/);
    expect(messageOf(new NetworkError('GET'))).not.toMatch(/not known/);
  });
});
