import { useEffect } from 'preact/hooks';

import { health, readHealth } from '../../live/self';
import { link, retryNow, state } from '../../live/store';
import { duration } from '../../lib/format';
import { useLoaded } from '../../lib/hooks';
import { type Theme, setTheme, theme } from '../../lib/theme';
import { Button } from '../../ui/button';
import { ErrorNote } from '../../ui/error-note';
import { Fact, Facts } from '../../ui/facts';
import { Choice } from '../../ui/field';
import { Icon } from '../../ui/icon';
import { Card, Page } from '../../ui/page';
import { Skeleton } from '../../ui/states';
import { Time } from '../../ui/time';
import { ExportsCard } from './exports-card';
import { IdentityCard } from './identity-card';
import { UpstreamCard } from './upstream-card';

const LINKS = { connecting: 'Connecting', live: 'Live', waiting: 'Not connected' } as const;

function ConnectionCard() {
  const now = link.value;
  return (
    <Card title="Connection">
      <Facts>
        <Fact name="Live updates">
          {LINKS[now.kind]}
          {now.kind !== 'connecting' && (
            <span class="muted">
              {' '}
              since <Time at={now.since} />
            </span>
          )}
        </Fact>
        <Fact name="Revision">
          <span class="port">{state.value.revision}</span>
        </Fact>
        <Fact name="Last heard">{state.value.heardAt ? <Time at={state.value.heardAt} /> : 'never'}</Fact>
        <Fact name="Address">{location.host}</Fact>
      </Facts>
      {now.kind === 'waiting' && <Button onClick={retryNow}>Try again now</Button>}
    </Card>
  );
}

function ServerCard() {
  const read = useLoaded('health', () => readHealth());
  const told = health.value;
  useEffect(() => {
    const timer = setInterval(read.reload, 10_000);
    return () => clearInterval(timer);
  }, []);
  const kernel = told?.components.kernel;
  return (
    <Card title="Server">
      {read.error !== null && <ErrorNote error={read.error} onRetry={read.reload} />}
      {!told && read.error === null && <Skeleton lines={5} />}
      {told && kernel && (
        <>
          <Facts>
            <Fact name="Version">{told.version}</Fact>
            <Fact name="Running for">{duration(told.uptime)}</Fact>
            <Fact name="Its service id">{told.service}</Fact>
            <Fact name="Kernel">
              {kernel.listeners} listeners, read from {kernel.source}
              {kernel.without_owner > 0 && `, ${kernel.without_owner} of processes that cannot be seen`}
            </Fact>
          </Facts>
          {kernel.advice && (
            <div class="note">
              <Icon name="question" />
              <p>{kernel.advice}</p>
            </div>
          )}
        </>
      )}
    </Card>
  );
}

export function SettingsPage() {
  return (
    <Page title="Settings" intro="How this page works with the server, and how the server is.">
      <div class="two">
        <ConnectionCard />
        <ServerCard />
        <IdentityCard />
        <Card title="Appearance">
          <Choice
            legend="Theme"
            value={theme.value}
            onInput={(value) => setTheme(value as Theme)}
            options={[
              ['system', 'As the system'],
              ['light', 'Light'],
              ['dark', 'Dark'],
            ]}
          />
        </Card>
        <UpstreamCard />
      </div>
      <ExportsCard />
    </Page>
  );
}
