import { useState } from 'preact/hooks';

import { api } from '../../api/client';
import type { BackupFile } from '../../api/types';
import { bytes } from '../../lib/format';
import { useLoaded } from '../../lib/hooks';
import { Button } from '../../ui/button';
import { ErrorNote } from '../../ui/error-note';
import { Icon } from '../../ui/icon';
import { Card, Page } from '../../ui/page';
import { Empty, Skeleton } from '../../ui/states';
import { type Column, Data, Row, Table } from '../../ui/table';
import { Time } from '../../ui/time';
import { CreateBackupDialog } from './create-backup-dialog';
import { ImportCard } from './import-card';
import { ReplaceDialog } from './replace-dialog';
import { ResetCard } from './reset-card';

const COLUMNS: readonly Column[] = [
  { key: 'name', name: 'Backup' },
  { key: 'made', name: 'Made' },
  { key: 'size', name: 'Size', numeric: true },
  { key: 'sha256', name: 'SHA-256' },
  { key: 'actions', name: 'Actions', hidden: true },
];

function BackupRow({ backup, onRestore }: { backup: BackupFile; onRestore: () => void }) {
  return (
    <Row>
      <Data of="Backup" kind="main">
        {backup.name}
      </Data>
      <Data of="Made">
        <Time at={backup.created_at} />
      </Data>
      <Data of="Size" kind="numeric">
        {bytes(backup.size)}
      </Data>
      <Data of="SHA-256">
        <code title={backup.sha256}>{backup.sha256.slice(0, 12)}…</code>
      </Data>
      <Data of="Actions" kind="actions">
        <span class="row-actions">
          <a
            class="button plain"
            href={api.backupPath(backup.name)}
            download={backup.name}
            aria-label={`Download ${backup.name}`}
          >
            <Icon name="download" />
            <span>Download</span>
          </a>
          <Button onClick={onRestore} label={`Restore ${backup.name}`}>
            Restore…
          </Button>
        </span>
      </Data>
    </Row>
  );
}

export function BackupsPage() {
  const list = useLoaded('backups', () => api.backups());
  const [creating, setCreating] = useState(false);
  const [restoring, setRestoring] = useState<string | null>(null);
  const actions = (
    <>
      <a class="button plain" href={api.exportPath('port_config')} download="port_config.json">
        <Icon name="download" />
        <span>Export now</span>
      </a>
      <Button kind="primary" onClick={() => setCreating(true)}>
        Create a backup…
      </Button>
    </>
  );
  const closed = (): void => {
    setCreating(false);
    setRestoring(null);
    list.reload();
  };
  return (
    <Page title="Backups" intro="The registry as files. Restoring one changes the registry and moves nobody." actions={actions}>
      <Card title="Backups">
        {list.error !== null && <ErrorNote error={list.error} onRetry={list.reload} />}
        {!list.value && list.error === null && <Skeleton lines={3} />}
        {list.value?.length === 0 && <Empty icon="download" title="No backup yet">Create one before a large change.</Empty>}
        {list.value && list.value.length > 0 && (
          <Table caption="Backups" columns={COLUMNS}>
            {list.value.map((backup) => (
              <BackupRow key={backup.name} backup={backup} onRestore={() => setRestoring(backup.name)} />
            ))}
          </Table>
        )}
      </Card>
      <div class="two">
        <ImportCard onDone={list.reload} />
        <ResetCard onDone={list.reload} />
      </div>
      {creating && <CreateBackupDialog onClose={closed} />}
      {restoring && (
        <ReplaceDialog
          title={`Restore ${restoring}?`}
          confirm="Restore"
          read={() => api.text(api.backupPath(restoring))}
          replace={() => api.restore(restoring)}
          onClose={closed}
        />
      )}
    </Page>
  );
}
