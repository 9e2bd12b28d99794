import { api } from '../../api/client';
import { Icon } from '../../ui/icon';
import { Card } from '../../ui/page';

interface Format {
  format: string;
  name: string;
  file: string;
  what: string;
}

const FORMATS: readonly Format[] = [
  {
    format: 'port_config',
    name: 'Port Manager',
    file: 'port_config.json',
    what: 'Assignments and reservations, as this page imports them.',
  },
  {
    format: 'dotenv',
    name: 'Variables',
    file: 'ports.env',
    what: 'Host, port and URL of each service, for docker compose, node and systemd.',
  },
  { format: 'shell', name: 'Shell', file: 'ports.sh', what: 'The same, exported, for a script to read in.' },
  {
    format: 'compose',
    name: 'Docker Compose',
    file: 'compose.ports.yaml',
    what: 'An override file: each service gets its port, and publishes it.',
  },
  { format: 'nginx', name: 'nginx', file: 'ports.nginx.conf', what: 'An upstream for each service.' },
  {
    format: 'haproxy',
    name: 'HAProxy',
    file: 'ports.haproxy.cfg',
    what: 'A backend for each service, with its health check.',
  },
  {
    format: 'prometheus_file_sd',
    name: 'Prometheus, from a file',
    file: 'ports.prometheus.json',
    what: 'A target group for each service.',
  },
  {
    format: 'prometheus_http_sd',
    name: 'Prometheus, by HTTP',
    file: 'ports.prometheus.json',
    what: 'The same. Give Prometheus the address of this link, and it stays up to date.',
  },
  {
    format: 'consul',
    name: 'Consul',
    file: 'ports.consul.json',
    what: 'A definition of each service, with its health check, for an agent.',
  },
  { format: 'csv', name: 'Spreadsheet', file: 'ports.csv', what: 'Every service as a line, also those without a port.' },
  {
    format: 'sysctl',
    name: 'Linux kernel',
    file: '60-portmanager.conf',
    what: 'Keeps the kernel from using assigned ports for outgoing connections.',
  },
];

export function ExportsCard() {
  return (
    <Card title="For other programs">
      <p class="muted">The registry as it is now, in the format of the program that is to use it.</p>
      <ul class="exports">
        {FORMATS.map(({ format, name, file, what }) => (
          <li key={format}>
            <h3>{name}</h3>
            <p>{what}</p>
            <a href={api.exportPath(format)} download={file} aria-label={`Download ${file}: ${name}`}>
              <Icon name="download" />
              <span>{file}</span>
            </a>
          </li>
        ))}
      </ul>
    </Card>
  );
}
