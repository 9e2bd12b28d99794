import { useState } from 'preact/hooks';

import { state } from '../../live/store';
import { href, replaceAddress, route } from '../../lib/router';
import { Button } from '../../ui/button';
import { TextField } from '../../ui/field';
import { Card, Page } from '../../ui/page';
import { portFrom } from '../services/use-availability';
import { Timeline } from './timeline';

function addressOf(service: string, port: string): string {
  const query: Record<string, string> = {};
  if (service) query.service = service;
  if (port) query.port = port;
  return href('history', undefined, query);
}

export function HistoryPage() {
  const { query } = route.value;
  const service = query.get('service') ?? '';
  const port = query.get('port') ?? '';
  const [typed, setTyped] = useState({ service, port });
  const known = [...state.value.services.keys()].sort();

  const show = (next: { service: string; port: string }): void => {
    setTyped(next);
    const isPort = next.port === '' || portFrom(next.port) !== null;
    if (isPort) replaceAddress(addressOf(next.service.trim(), next.port.trim()));
  };
  const portNumber = portFrom(port);
  const what = service ? `of ${service}` : portNumber ? `of port ${portNumber}` : 'of all services';
  return (
    <Page title="History" intro="Who changed which port, when and why. Nothing here is ever deleted.">
      <Card>
        <div class="filters" role="search">
          <TextField
            label="Service"
            value={typed.service}
            onInput={(text) => show({ service: text, port: '' })}
            list={known}
            placeholder="all services"
          />
          <TextField
            label="Port"
            value={typed.port}
            onInput={(text) => show({ service: '', port: text })}
            numeric
            maxLength={5}
            placeholder="any port"
            error={typed.port !== '' && portFrom(typed.port) === null ? 'A port from 1024 to 65535.' : null}
          />
          <div class="filter-end">
            <Button onClick={() => show({ service: '', port: '' })} disabled={!service && !port}>
              Show all
            </Button>
          </div>
        </div>
      </Card>
      <Card title={`History ${what}`}>
        <Timeline key={`${service}:${portNumber}`} service={service} {...(portNumber && { port: portNumber })} />
      </Card>
    </Page>
  );
}
