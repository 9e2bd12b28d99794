import type { Conflict } from '../../api/types';
import { sentence } from '../../lib/format';
import { conflictText } from '../../lib/words';

/** What is wrong and what to do; where the API says more, that is folded. */
export function ConflictText({ conflict, name }: { conflict: Conflict; name?: string }) {
  const text = conflictText(conflict);
  return (
    <>
      <p>
        {name && <b>{name}. </b>}
        {text}
      </p>
      {text !== sentence(conflict.detail) && (
        <details class="api-words">
          <summary>Why, in the words of the API</summary>
          <p>{conflict.detail}</p>
        </details>
      )}
    </>
  );
}
