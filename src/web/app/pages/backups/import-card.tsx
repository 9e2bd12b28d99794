import { useRef, useState } from 'preact/hooks';

import { api } from '../../api/client';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { Card } from '../../ui/page';
import { ReplaceDialog } from './replace-dialog';

// What the API takes as a body.
const LARGEST = 1_048_576;

/** A port_config.json, dropped or chosen, replaces the registry's content. */
export function ImportCard({ onDone }: { onDone: () => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [over, setOver] = useState(false);
  const [wrong, setWrong] = useState('');
  const input = useRef<HTMLInputElement>(null);

  const take = (given: File | null | undefined): void => {
    setWrong('');
    if (!given) return;
    if (given.size > LARGEST) setWrong(`${given.name} is larger than 1 MiB, which is the most that can be imported.`);
    else setFile(given);
  };
  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer?.files[0]);
  };
  const onDragOver = (event: DragEvent): void => {
    event.preventDefault();
    setOver(true);
  };
  return (
    <Card title="Import">
      <div
        class={over ? 'drop over' : 'drop'}
        onDrop={onDrop}
        onDragOver={onDragOver}
        onDragLeave={() => setOver(false)}
        data-testid="drop"
      >
        <Icon name="upload" />
        <p>Drop a port_config.json here, or</p>
        <Button onClick={() => input.current?.click()}>Choose a file…</Button>
        <input
          ref={input}
          type="file"
          accept=".json,application/json"
          class="visually-hidden"
          tabIndex={-1}
          aria-label="A port_config.json"
          onChange={(event) => {
            take(event.currentTarget.files?.[0]);
            event.currentTarget.value = '';
          }}
        />
      </div>
      {wrong && (
        <p class="hint bad" role="alert">
          {wrong}
        </p>
      )}
      <p class="muted small">You see what would change before it does.</p>
      {file && (
        <ReplaceDialog
          title={`Import ${file.name}?`}
          confirm="Import"
          read={() => file.text()}
          replace={(text) => api.import(text)}
          onClose={() => {
            setFile(null);
            onDone();
          }}
        />
      )}
    </Card>
  );
}
