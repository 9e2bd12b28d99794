import { useState } from 'preact/hooks';

import { actor, isActor, setActor, setToken, token } from '../../lib/session';
import { Button } from '../../ui/button';
import { TextField } from '../../ui/field';
import { Card } from '../../ui/page';
import { tell } from '../../ui/toasts';

export function IdentityCard() {
  const [name, setName] = useState(actor.value);
  const [secret, setSecret] = useState(token.value);
  const isName = isActor(name.trim());
  const save = (event: Event): void => {
    event.preventDefault();
    if (!isName) return;
    setActor(name.trim());
    setToken(secret);
    tell('Kept. Changes from this page carry it from now on.');
  };
  return (
    <Card title="You">
      <form onSubmit={save} noValidate>
        <TextField
          label="Your name"
          value={name}
          onInput={setName}
          maxLength={128}
          error={isName ? null : 'One to 128 plain characters: the history records it.'}
          hint="The history records it as who made a change."
        />
        <TextField
          label="Token"
          type="password"
          value={secret}
          onInput={setSecret}
          hint="Only where the server runs with --auth-token-file. It is forgotten when this tab is closed."
        />
        <div class="actions">
          <Button submit kind="primary" disabled={!isName}>
            Keep
          </Button>
          {token.value && (
            <Button
              onClick={() => {
                setSecret('');
                setToken('');
              }}
            >
              Forget the token
            </Button>
          )}
        </div>
      </form>
    </Card>
  );
}
