import type { Conflict } from '../../api/types';
import { href } from '../../lib/router';
import { conflictName } from '../../lib/words';
import { Icon } from '../../ui/icon';

/** A conflict, named on another page. */
export function ConflictNote({ conflict }: { conflict: Conflict }) {
  return (
    <div class="note conflict">
      <Icon name="alert" />
      <div>
        <p>
          <b>{conflictName(conflict)}.</b> {conflict.detail}
        </p>
        <a href={href('conflicts')}>See what can be done</a>
      </div>
    </div>
  );
}
