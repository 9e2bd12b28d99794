import { ApiError, NetworkError, messageOf } from '../api/errors';
import { href } from '../lib/router';
import { Button } from './button';
import { Icon } from './icon';

function NextStep({ error }: { error: unknown }) {
  if (error instanceof ApiError && error.needsToken) {
    return (
      <a href={href('settings')} data-testid="enter-token">
        Enter the token in Settings
      </a>
    );
  }
  if (error instanceof ApiError && error.requestId) {
    return <span class="muted">Request {error.requestId}</span>;
  }
  return null;
}

/** What went wrong, in the API's words, and what to do next. */
export function ErrorNote({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  if (error === null || error === undefined) return null;
  const canRetry = onRetry && (error instanceof NetworkError || error instanceof ApiError);
  return (
    <div class="note error" role="alert">
      <Icon name="alert" />
      <div>
        <p>{messageOf(error)}</p>
        <NextStep error={error} />
      </div>
      {canRetry && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}
