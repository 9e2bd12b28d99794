import { curlOf } from './curl';
import type { Header, Operation, Parameter, WebSocketPart } from './openapi';
import { Code, Examples, Markdown, Members, Part } from './parts';
import type { Body, Call, ErrorCode, Reader } from './reading';
import type { Row } from './schemas';
import { describe, kindsOf, rowsOf, typeText } from './schemas';

const PLACES = { path: 'in the path', query: 'in the query', header: '' };

function Parameters({ reader, parameters }: { reader: Reader; parameters: Parameter[] }) {
  const rowOf = (each: Parameter): Row => ({
    name: each.name,
    type: [typeText(reader, each.schema), PLACES[each.in]].filter(Boolean).join(', '),
    required: each.required ?? false,
    description:
      (each.description ?? '') +
      (each.schema.default === undefined ? '' : ` Default: \`${String(each.schema.default)}\`.`),
    members: [],
  });
  const headers = parameters.filter((each) => each.in === 'header');
  const others = parameters.filter((each) => each.in !== 'header');
  return (
    <>
      {others.length > 0 && (
        <Part title="Parameters">
          <Members rows={others.map(rowOf)} />
        </Part>
      )}
      {headers.length > 0 && (
        <details class="headers">
          <summary>Headers of the request</summary>
          <Members rows={headers.map(rowOf)} />
        </details>
      )}
    </>
  );
}

function BodyPart({ reader, body, title }: { reader: Reader; body: Body; title: string }) {
  const rows = rowsOf(reader, body.schema);
  const about = describe(reader, body.schema);
  return (
    <Part
      title={
        <>
          {title} <span class="media">{body.type}</span>
        </>
      }
    >
      {about && <Markdown text={about} />}
      {rows.length > 0 && <Members rows={rows} />}
      <Examples examples={body.examples} label={title} />
    </Part>
  );
}

function Headers({ reader, headers }: { reader: Reader; headers: Record<string, Header> }) {
  const rows = Object.entries(headers).map(([name, header]) => ({
    name,
    type: typeText(reader, header.schema),
    required: false,
    description: header.description,
    members: [],
  }));
  return (
    <details class="headers">
      <summary>Headers of the answer</summary>
      <Members rows={rows} />
    </details>
  );
}

function Answer({ reader, operation }: { reader: Reader; operation: Operation }) {
  const success = reader.success(operation);
  if (!success) return null;
  const { status, response } = success;
  const headers = Object.entries(response.headers ?? {}).map(([name, header]) => [name, reader.resolve(header)] as const);
  return (
    <>
      <Part title={<>Answer {status}</>}>
        <Markdown text={response.description} />
        {headers.length > 0 && <Headers reader={reader} headers={Object.fromEntries(headers)} />}
      </Part>
      {reader.bodies(response.content).map((body) => (
        <BodyPart key={body.type} reader={reader} body={body} title={`Body of ${status}`} />
      ))}
      {reader.others(operation).map((other) => (
        <Part key={other.status} title={<>Answer {other.status}</>}>
          <Markdown text={other.response.description} />
        </Part>
      ))}
    </>
  );
}

function ErrorList({ errors }: { errors: ErrorCode[] }) {
  return (
    <ul class="errors">
      {errors.map((error) => (
        <li key={error.code}>
          <span class="status">{error.status}</span>{' '}
          <a href={`#error-${error.code}`}>
            <code>{error.code}</code>
          </a>{' '}
          <Markdown inline text={error.why} />
        </li>
      ))}
    </ul>
  );
}

function Errors({ errors, own }: { errors: ErrorCode[]; own: string[] }) {
  if (errors.length === 0) return null;
  const ordered = own.flatMap((code) => errors.filter((error) => error.code === code));
  const common = errors.filter((error) => !own.includes(error.code));
  return (
    <Part title="Errors">
      {ordered.length > 0 && <ErrorList errors={ordered} />}
      <details>
        <summary>{ordered.length > 0 ? `and ${common.length} that other calls have too` : 'those that any call has'}</summary>
        <ErrorList errors={common} />
      </details>
    </Part>
  );
}

function Messages({ reader, websocket }: { reader: Reader; websocket: WebSocketPart }) {
  const kinds = [
    { title: 'Messages of the server', of: kindsOf(reader, websocket.sends) },
    { title: 'Messages of the client', of: kindsOf(reader, websocket.receives) },
  ];
  const examples = Object.entries(websocket.examples).map(([name, value]) => ({
    name,
    text: JSON.stringify(value, null, 2),
  }));
  return (
    <>
      {kinds.map(({ title, of }) => (
        <Part key={title} title={title}>
          {of.map(({ name, schema }) => (
            <details key={name} class="kind">
              <summary>
                <code>{name}</code> <Markdown inline text={describe(reader, schema)} />
              </summary>
              <Members rows={rowsOf(reader, schema)} deep />
            </details>
          ))}
          {title === 'Messages of the server' && <Examples examples={examples} label="Messages" />}
        </Part>
      ))}
      <Part title="How it ends">
        <ul class="errors">
          {Object.entries(websocket.closeCodes).map(([code, why]) => (
            <li key={code}>
              <span class="status">{code}</span> <Markdown inline text={why} />
            </li>
          ))}
        </ul>
      </Part>
    </>
  );
}

/** "/api/ports/{port}", which may be broken behind each slash. */
function Path({ path }: { path: string }) {
  return (
    <code class="path">
      {path.split(/(?<=\/)/).map((piece, at) => (
        <>
          {at > 0 && <wbr />}
          {piece}
        </>
      ))}
    </code>
  );
}

export function OperationCard({ reader, call }: { reader: Reader; call: Call }) {
  const { operation, method, path } = call;
  const isHook = !path.startsWith('/');
  const isWebSocket = operation['x-websocket'] !== undefined;
  return (
    <article id={operation.operationId} class="operation" aria-labelledby={`${operation.operationId}-title`}>
      <h3 id={`${operation.operationId}-title`}>
        <a href={`#${operation.operationId}`}>{operation.summary}</a>
      </h3>
      {!isHook && (
        <p class="call">
          <span class={`method ${method}`}>{isWebSocket ? 'ws' : method}</span> <Path path={path} />
        </p>
      )}
      {operation.description && <Markdown text={operation.description} />}
      {!isHook && !isWebSocket && <Code text={curlOf(reader, call, location.origin)} label={`curl, ${operation.summary}`} />}
      <Parameters reader={reader} parameters={reader.parameters(operation)} />
      {reader.bodies(operation.requestBody?.content).map((body) => (
        <BodyPart
          key={body.type}
          reader={reader}
          body={body}
          title={operation.requestBody?.required ? 'Body of the request' : 'Body of the request, may be left out'}
        />
      ))}
      <Answer reader={reader} operation={operation} />
      {operation['x-websocket'] && <Messages reader={reader} websocket={operation['x-websocket']} />}
      <Errors errors={reader.errors(operation)} own={operation['x-errors'] ?? []} />
    </article>
  );
}
