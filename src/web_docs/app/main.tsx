import { render } from 'preact';

import type { Document } from './openapi';
import { Page } from './page';
import '../../web/app/styles/theme.css';
import './style.css';

const SOURCE = '/api/openapi.json';

async function read(): Promise<Document> {
  const answer = await fetch(SOURCE);
  if (!answer.ok) throw new Error(`GET ${SOURCE} answered ${answer.status}`);
  return (await answer.json()) as Document;
}

function Failure({ reason }: { reason: string }) {
  return (
    <main class="failure">
      <div role="alert">
        <h1>The document could not be loaded</h1>
        <p>
          {reason}. Is the Port Manager running? <a href={location.pathname}>Try again</a>
        </p>
      </div>
    </main>
  );
}

const root = document.getElementById('app');
if (root) {
  read().then(
    (found) => render(<Page document={found} />, root),
    (error: unknown) => render(<Failure reason={error instanceof Error ? error.message : String(error)} />, root),
  );
}
