import type { Conflict } from '../../api/types';
import { href } from '../../lib/router';
import { conflictName } from '../../lib/words';
import { Icon } from '../../ui/icon';
import { ConflictText } from './conflict-text';

/** A conflict, named on another page. */
export function ConflictNote({ conflict }: { conflict: Conflict }) {
  return (
    <div class="note conflict">
      <Icon name="alert" />
      <div>
        <ConflictText conflict={conflict} name={conflictName(conflict)} />
        <a href={href('conflicts')}>See what can be done</a>
      </div>
    </div>
  );
}
