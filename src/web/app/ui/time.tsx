import { fullTime, relative } from '../lib/format';
import { now } from '../lib/now';

/** A time as "3 min ago", with the whole of it for who points at it or reads it out. */
export function Time({ at }: { at: string | number | null }) {
  if (at === null) return <>never</>;
  const time = typeof at === 'number' ? at : Date.parse(at);
  return (
    <time dateTime={new Date(time).toISOString()} title={fullTime(time)}>
      {relative(time, Math.max(now.value, Date.now()))}
    </time>
  );
}
