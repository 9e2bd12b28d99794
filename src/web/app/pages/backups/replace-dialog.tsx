import { api } from '../../api/client';
import { refresh } from '../../live/store';
import { type ConfigDiff, diffConfigs, isEmptyDiff, parseConfig } from '../../lib/diff';
import { useAction, useLoaded } from '../../lib/hooks';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { ErrorNote } from '../../ui/error-note';
import { Skeleton } from '../../ui/states';
import { tell } from '../../ui/toasts';
import { DiffView } from './diff-view';

interface Props {
  title: string;
  confirm: string;
  /** The text of the configuration that would replace the registry's. */
  read: () => Promise<string>;
  replace: (text: string) => Promise<{ message: string }>;
  onClose: () => void;
}

async function compare(read: () => Promise<string>): Promise<{ text: string; diff: ConfigDiff }> {
  const [text, present] = await Promise.all([read(), api.text(api.exportPath('port_config'))]);
  return { text, diff: diffConfigs(parseConfig(present), parseConfig(text)) };
}

/** Shows what a configuration would change before it replaces the registry's. */
export function ReplaceDialog({ title, confirm, read, replace, onClose }: Props) {
  const compared = useLoaded(title, () => compare(read));
  const action = useAction(async () => {
    if (!compared.value) return;
    tell((await replace(compared.value.text)).message);
    await refresh().catch(() => undefined);
    onClose();
  });
  const diff = compared.value?.diff;
  return (
    <Dialog
      wide
      title={title}
      onClose={onClose}
      busy={action.busy}
      onSubmit={() => diff && action.run()}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button submit kind="danger" busy={action.busy} disabled={!diff || isEmptyDiff(diff)}>
            {confirm}
          </Button>
        </>
      }
    >
      {compared.error !== null && <ErrorNote error={compared.error} onRetry={compared.reload} />}
      {!diff && compared.error === null && <Skeleton lines={5} />}
      {diff && <DiffView diff={diff} />}
      <ErrorNote error={action.error} />
    </Dialog>
  );
}
