import type { Resolution } from '@web/api/types';
import { stepsFor } from '@web/pages/conflicts/conflict-card';
import { stepsUnderWay } from '@web/pages/conflicts/resolve-all-dialog';
import { wrongTargets } from '@web/pages/services/bulk-move-dialog';
import { conflict } from '../support';

function step(service_id: string, old_port: number, new_port: number, more: Partial<Resolution> = {}): Resolution {
  return {
    service_id,
    old_port,
    new_port,
    success: true,
    message: '',
    action: 'move',
    why: 'it was there first',
    update_result: { contacted: false, success: false, restart_required: false, message: '', old_port_released: null },
    ...more,
  };
}

describe('the plan', () => {
  const plan = [step('kite', 8_000, 8_010), step('wren', 8_001, 8_011), step('rook', 8_020, 8_002, { action: 'bring_home' })];

  it('has the steps of a conflict', () => {
    expect(stepsFor(conflict(1, 8_000), plan)).toEqual([plan[0]]);
    expect(stepsFor(conflict(2, 8_009), plan)).toEqual([]);
    const shared = conflict(3, 8_001, { type: 'duplicate_assignment', services: ['owl', 'wren'] });
    expect(stepsFor(shared, plan)).toEqual([plan[1]]);
    const drift = conflict(4, 8_002, { type: 'drift', service: 'rook', actual_port: 8_020 });
    expect(stepsFor(drift, plan)).toEqual([plan[2]]);
  });

  it('is all planned before it begins', () => {
    expect(stepsUnderWay(plan, new Map(), false).map((each) => each.state)).toEqual(['planned', 'planned', 'planned']);
  });

  it('is done as far as live messages say, and the next step is under way', () => {
    const arrived = new Map([['kite', 8_010]]);
    expect(stepsUnderWay(plan, arrived, true).map((each) => each.state)).toEqual(['done', 'running', 'planned']);
    const elsewhere = new Map([['kite', 8_099]]);
    expect(stepsUnderWay(plan, elsewhere, true).map((each) => each.state)).toEqual(['running', 'planned', 'planned']);
  });
});

describe('the targets of a bulk move', () => {
  it('are ports, each for one service', () => {
    const wrong = wrongTargets(
      new Map([
        ['kite', '8001'],
        ['wren', ' 8002 '],
        ['rook', '8001'],
        ['dove', '80'],
        ['hawk', ''],
      ]),
    );
    expect([...wrong.keys()]).toEqual(['rook', 'dove', 'hawk']);
    expect(wrong.get('rook')).toBe('kite is to go there.');
  });
});
