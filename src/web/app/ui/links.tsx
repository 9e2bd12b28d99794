import { href } from '../lib/router';

export function PortLink({ port }: { port: number | null }) {
  if (port === null) return <span class="muted">none</span>;
  return (
    <a class="port" href={href('ports', port)}>
      {port}
    </a>
  );
}

export function ServiceLink({ id }: { id: string }) {
  return <a href={href('services', id)}>{id}</a>;
}
