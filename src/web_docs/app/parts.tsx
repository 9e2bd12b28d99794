/** The small parts of the page. */

import { marked } from 'marked';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

import type { Row } from './schemas';

/** Text of the document, which is CommonMark. It is our own, so its HTML is taken as it is. */
export function Markdown({ text, inline = false }: { text: string; inline?: boolean }) {
  const html = useMemo(
    () => (inline ? marked.parseInline(text, { async: false }) : marked.parse(text, { async: false })),
    [text, inline],
  );
  const content = { __html: html };
  return inline ? (
    <span class="markdown" dangerouslySetInnerHTML={content} />
  ) : (
    <div class="markdown" dangerouslySetInnerHTML={content} />
  );
}

const COPIED_FOR_MS = 1600;

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  // Only pages over TLS or of this machine have a clipboard.
  if (!navigator.clipboard) return null;
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setCopied(false), COPIED_FOR_MS);
  };
  return (
    <button type="button" class="copy" aria-label={label} onClick={() => void copy()}>
      <span aria-live="polite">{copied ? 'Copied' : 'Copy'}</span>
    </button>
  );
}

export function Code({ text, label }: { text: string; label: string }) {
  return (
    <div class="code">
      <pre tabIndex={0} aria-label={label}>
        {text}
      </pre>
      <CopyButton text={text} label={`Copy: ${label}`} />
    </div>
  );
}

/** Several texts, of which one is shown. */
export function Examples({ examples, label }: { examples: { name: string; text: string }[]; label: string }) {
  const [chosen, choose] = useState(0);
  const shown = examples[chosen];
  if (!shown) return null;
  return (
    <div class="examples">
      {examples.length > 1 && (
        <div class="choices" role="group" aria-label={label}>
          {examples.map((example, at) => (
            <button type="button" key={example.name} aria-pressed={at === chosen} onClick={() => choose(at)}>
              {example.name}
            </button>
          ))}
        </div>
      )}
      <Code text={shown.text} label={`${label}: ${shown.name}`} />
    </div>
  );
}

function Member({ row, deep }: { row: Row; deep: boolean }) {
  return (
    <li>
      <div class="member">
        <code class="name">{row.name}</code> <span class="type">{row.type}</span>
        {row.required && <span class="required">required</span>}
      </div>
      {row.description && (
        <div class="about">
          <Markdown text={row.description} />
        </div>
      )}
      {row.members.length > 0 && (
        <details open={!deep}>
          <summary>
            members of <code>{row.name}</code>
          </summary>
          <Members rows={row.members} deep />
        </details>
      )}
    </li>
  );
}

/** The members of an object. `deep`: those of its objects are folded away. */
export function Members({ rows, deep = false }: { rows: Row[]; deep?: boolean }) {
  return (
    <ul class="members">
      {rows.map((row) => (
        <Member key={row.name} row={row} deep={deep} />
      ))}
    </ul>
  );
}

export function Part({ title, children }: { title: ComponentChildren; children: ComponentChildren }) {
  return (
    <div class="part">
      <h4>{title}</h4>
      {children}
    </div>
  );
}
