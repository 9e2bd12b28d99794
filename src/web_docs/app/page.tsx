import { useEffect, useMemo, useState } from 'preact/hooks';

import type { Document } from './openapi';
import { OperationCard } from './operation';
import { Code, Markdown } from './parts';
import type { Section } from './reading';
import { Reader } from './reading';

/** The sections with the calls that have all words in their path, summary or description. */
function matching(sections: Section[], wanted: string): Section[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  return sections
    .map((section) => ({
      ...section,
      calls: section.calls.filter(({ path, method, operation }) => {
        const text = [method, path, operation.summary, operation.description, ...(operation['x-errors'] ?? [])]
          .join(' ')
          .toLowerCase();
        return words.every((word) => text.includes(word));
      }),
    }))
    .filter((section) => section.calls.length > 0);
}

function Contents({ sections }: { sections: Section[] }) {
  return (
    <ul class="contents">
      {sections.map((section) => (
        <li key={section.name}>
          <a class="section-link" href={`#${anchor(section.name)}`}>
            {section.name}
          </a>
          <ul>
            {section.calls.map(({ operation, method, path }) => (
              <li key={operation.operationId}>
                <a href={`#${operation.operationId}`}>
                  <span class={`method small ${method}`} aria-hidden="true">
                    {operation['x-websocket'] ? 'ws' : path.startsWith('/') ? method : '↗'}
                  </span>
                  {operation.summary}
                </a>
              </li>
            ))}
          </ul>
        </li>
      ))}
      <li>
        <a class="section-link" href="#errors">
          Error codes
        </a>
      </li>
    </ul>
  );
}

const anchor = (name: string): string => `section-${name.toLowerCase().replace(/\W+/g, '-')}`;

function ErrorCodes({ reader }: { reader: Reader }) {
  const errors = useMemo(() => reader.allErrors(), [reader]);
  return (
    <section id="errors" aria-labelledby="errors-title">
      <h2 id="errors-title">Error codes</h2>
      <p>
        Each is an answer of <code>application/problem+json</code>. A code has one status, and does not change.
      </p>
      {errors.map((error) => (
        <article key={error.code} id={`error-${error.code}`} class="operation error-code">
          <h3>
            <span class="status">{error.status}</span> <code>{error.code}</code>
          </h3>
          <Markdown text={`${error.why.charAt(0).toUpperCase()}${error.why.slice(1)}.`} />
          <details>
            <summary>Example</summary>
            <Code text={JSON.stringify(error.example, null, 2)} label={`Example of ${error.code}`} />
          </details>
        </article>
      ))}
    </section>
  );
}

/** The part that the address names was not there when the browser looked for it. */
function useAnchor(): void {
  useEffect(() => {
    if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
  }, []);
}

export function Page({ document }: { document: Document }) {
  const reader = useMemo(() => new Reader(document), [document]);
  const all = useMemo(() => reader.sections(), [reader]);
  const [wanted, setWanted] = useState('');
  const sections = useMemo(() => matching(all, wanted), [all, wanted]);
  const count = sections.reduce((sum, section) => sum + section.calls.length, 0);
  useAnchor();
  return (
    <div class="frame">
      <a class="skip" href="#main">
        To the calls
      </a>
      <header class="top">
        <img src="/api/docs/mark.svg" alt="" width="28" height="28" />
        <h1>{document.info.title}</h1>
        <span class="version">API {document.info.version}</span>
        <a class="download" href="/api/openapi.json" download="portmanager-openapi.json">
          OpenAPI 3.1
        </a>
      </header>
      <nav aria-label="Calls">
        <label class="filter">
          <span>Filter</span>
          <input
            type="search"
            value={wanted}
            placeholder="path, word or error code"
            onInput={(event) => setWanted(event.currentTarget.value)}
          />
        </label>
        <p class="found" role="status">
          {wanted ? `${count} of ${all.reduce((sum, section) => sum + section.calls.length, 0)} calls` : ''}
        </p>
        <details class="folded" open={matchMedia('(min-width: 900px)').matches}>
          <summary>All calls</summary>
          <Contents sections={sections} />
        </details>
      </nav>
      <main id="main">
        {!wanted && (
          <section class="intro">
            <p class="lead">{document.info.summary}</p>
            <Markdown text={document.info.description} />
          </section>
        )}
        {sections.map((section) => (
          <section key={section.name} id={anchor(section.name)} aria-labelledby={`${anchor(section.name)}-title`}>
            <h2 id={`${anchor(section.name)}-title`}>{section.name}</h2>
            <p>{section.description}</p>
            {section.calls.map((call) => (
              <OperationCard key={call.operation.operationId} reader={reader} call={call} />
            ))}
          </section>
        ))}
        {count === 0 && <p class="lead">No call has “{wanted}”.</p>}
        {!wanted && <ErrorCodes reader={reader} />}
      </main>
    </div>
  );
}
