import { diffConfigs, isEmptyDiff, parseConfig } from '@web/lib/diff';

const config = (port_assignments: Record<string, number>, reserved_ports: number[] = []) => ({
  port_assignments,
  reserved_ports,
});

describe('the difference of two configurations', () => {
  it('is none between equals', () => {
    const diff = diffConfigs(config({ kite: 8_000 }, [8_888]), config({ kite: 8_000 }, [8_888]));
    expect(isEmptyDiff(diff)).toBe(true);
    expect(diff.unchanged).toBe(1);
  });

  it('has who is moved, new and gone, by name', () => {
    const diff = diffConfigs(config({ wren: 8_001, kite: 8_000, rook: 8_002 }), config({ owl: 8_003, kite: 8_005, wren: 8_001 }));
    expect(diff.changes).toEqual([
      { service: 'kite', from: 8_000, to: 8_005 },
      { service: 'owl', from: null, to: 8_003 },
      { service: 'rook', from: 8_002, to: null },
    ]);
    expect(diff.unchanged).toBe(1);
  });

  it('has what is reserved anew and no longer', () => {
    const diff = diffConfigs(config({}, [8_100, 8_101]), config({}, [9_999, 8_101, 8_050]));
    expect(diff.reserved).toEqual([8_050, 9_999]);
    expect(diff.unreserved).toEqual([8_100]);
    expect(isEmptyDiff(diff)).toBe(false);
  });

  it('names ports that would be given twice', () => {
    const diff = diffConfigs(config({}), config({ kite: 8_000, wren: 8_000, rook: 8_001 }));
    expect(diff.shared).toEqual([{ port: 8_000, services: ['kite', 'wren'] }]);
  });

  it('takes a service by the name of a member of every object for what it is', () => {
    const diff = diffConfigs(config({}), parseConfig('{"port_assignments": {"constructor": 8000}}'));
    expect(diff.changes).toEqual([{ service: 'constructor', from: null, to: 8_000 }]);
  });
});

describe('a configuration as text', () => {
  it('may leave out everything but assignments', () => {
    expect(parseConfig('{"port_assignments": {"kite": 8000}}').port_assignments).toEqual({ kite: 8_000 });
  });

  it.each([
    ['dear diary', /not JSON/],
    ['[]', /no "port_assignments"/],
    ['null', /no "port_assignments"/],
    ['{"ports": {}}', /no "port_assignments"/],
    ['{"port_assignments": [8000]}', /must be an object/],
    ['{"port_assignments": {"kite": 80}}', /"kite" has 80/],
    ['{"port_assignments": {"kite": "8000"}}', /"kite" has "8000"/],
    ['{"port_assignments": {"kite": 8000.5}}', /"kite" has 8000.5/],
    ['{"port_assignments": {}, "reserved_ports": 8888}', /"reserved_ports"/],
    ['{"port_assignments": {}, "reserved_ports": [70000]}', /"reserved_ports"/],
  ])('is refused with what is wrong: %s', (text, message) => expect(() => parseConfig(text)).toThrow(message));
});
