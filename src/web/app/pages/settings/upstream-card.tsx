import { api } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { Upstream } from '../../api/types';
import { useLoaded } from '../../lib/hooks';
import { ErrorNote } from '../../ui/error-note';
import { Fact, Facts } from '../../ui/facts';
import { Card } from '../../ui/page';
import { Skeleton } from '../../ui/states';
import { Time } from '../../ui/time';

const STATES: Record<string, string> = {
  off: 'not configured',
  registering: 'registering',
  registered: 'registered',
  away: 'does not answer',
};

function UpstreamFact({ upstream }: { upstream: Upstream }) {
  const { backlog } = upstream;
  const name = upstream.target.charAt(0).toUpperCase() + upstream.target.slice(1);
  return (
    <Fact name={name}>
      {STATES[upstream.state] ?? upstream.state}
      {upstream.enabled && (
        <div class="muted small">
          {upstream.url}; {backlog.delivered} delivered, {backlog.waiting} waiting
          {upstream.last_error && `; last error: ${upstream.last_error}`}
          {upstream.retry_at && (
            <>
              ; asked again <Time at={upstream.retry_at} />
            </>
          )}
        </div>
      )}
    </Fact>
  );
}

/** What is delivered to Hub and Ninja. A server that does not tell is no error. */
export function UpstreamCard() {
  const list = useLoaded('upstream', () =>
    api.upstreams().catch((thrown: unknown) => {
      if (thrown instanceof ApiError && thrown.status === 404) return [];
      throw thrown;
    }),
  );
  return (
    <Card title="Hub and Ninja">
      {list.error !== null && <ErrorNote error={list.error} onRetry={list.reload} />}
      {!list.value && list.error === null && <Skeleton lines={2} />}
      {list.value?.length === 0 && <p class="muted">Not available from this server.</p>}
      {list.value && list.value.length > 0 && (
        <Facts>
          {list.value.map((upstream) => (
            <UpstreamFact key={upstream.target} upstream={upstream} />
          ))}
        </Facts>
      )}
    </Card>
  );
}
