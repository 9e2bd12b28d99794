import { useState } from 'preact/hooks';

import { api } from '../../api/client';
import { refresh } from '../../live/store';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm';
import { Card } from '../../ui/page';
import { tell } from '../../ui/toasts';

export function ResetCard({ onDone }: { onDone: () => void }) {
  const [asking, setAsking] = useState(false);
  const reset = async (): Promise<void> => {
    tell((await api.reset()).message);
    await refresh().catch(() => undefined);
    setAsking(false);
    onDone();
  };
  return (
    <Card title="Reset">
      <p>
        Gives the registry the sample suite’s defaults again. What is there now is written to a backup first. Nobody is
        moved.
      </p>
      <div class="actions">
        <Button icon="restart" onClick={() => setAsking(true)}>
          Reset the registry…
        </Button>
      </div>
      {asking && (
        <ConfirmDialog
          title="Reset the registry?"
          confirm="Reset"
          danger
          typed="reset"
          onConfirm={reset}
          onClose={() => setAsking(false)}
        >
          <p>Every assignment and reservation is replaced by the suite’s defaults. A backup is written before that.</p>
        </ConfirmDialog>
      )}
    </Card>
  );
}
