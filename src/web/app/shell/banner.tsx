import { useEffect, useState } from 'preact/hooks';

import { link, readError, retryNow, state } from '../live/store';
import { clockTime } from '../lib/format';
import { Button } from '../ui/button';
import { Icon } from '../ui/icon';

/** Whole seconds until then, counted down. */
function useCountdown(until: number): number {
  const [left, setLeft] = useState(until - Date.now());
  useEffect(() => {
    const count = (): void => setLeft(until - Date.now());
    count();
    const timer = setInterval(count, 500);
    return () => clearInterval(timer);
  }, [until]);
  return Math.max(0, Math.ceil(left / 1_000));
}

function Lost({ retryAt }: { retryAt: number }) {
  const seconds = useCountdown(retryAt);
  const { loaded, heardAt } = state.value;
  return (
    <div class="banner" role="status" data-testid="banner">
      <Icon name="alert" />
      <p>
        <b>The Port Manager does not answer.</b>{' '}
        {loaded ? `What you see is as of ${clockTime(heardAt)}.` : 'Nothing could be read yet.'}{' '}
        <span aria-hidden="true">{seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again…'}</span>
      </p>
      <Button onClick={retryNow}>Try now</Button>
    </div>
  );
}

/** Says that what is on the page is old, and why. The page itself stays. */
export function Banner() {
  const now = link.value;
  if (now.kind === 'waiting') return <Lost retryAt={now.retryAt} />;
  if (now.kind === 'live' && readError.value) {
    return (
      <div class="banner" role="status" data-testid="banner">
        <Icon name="alert" />
        <p>
          <b>Not everything could be read.</b> {readError.value}
        </p>
      </div>
    );
  }
  return null;
}
