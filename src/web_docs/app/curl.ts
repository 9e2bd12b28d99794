import type { Parameter } from './openapi';
import type { Call, Reader } from './reading';

const quoted = (text: string): string => `'${text.replace(/'/g, `'\\''`)}'`;

function target(path: string, parameters: Parameter[]): string {
  const value = (each: Parameter): string => encodeURIComponent(String(each.example ?? each.name));
  const query = parameters
    .filter((each) => each.in === 'query' && each.required)
    .map((each) => `${each.name}=${value(each)}`);
  const filled = parameters
    .filter((each) => each.in === 'path')
    .reduce((text, each) => text.replace(`{${each.name}}`, value(each)), path);
  return filled + (query.length > 0 ? `?${query.join('&')}` : '');
}

/** The command that makes the call to this server, with the first example as its body. */
export function curlOf(reader: Reader, call: Call, origin: string): string {
  const { method, path, operation } = call;
  const url = origin + target(path, reader.parameters(operation));
  const lines = [method === 'get' ? `curl ${quoted(url)}` : `curl -X ${method.toUpperCase()} ${quoted(url)}`];
  const [body] = reader.bodies(operation.requestBody?.content);
  const example = body?.examples[0];
  if (body && example) {
    lines.push(`  -H ${quoted(`Content-Type: ${body.type}`)}`);
    lines.push(`  -d ${quoted(JSON.stringify(JSON.parse(example.text)))}`);
  }
  return lines.join(' \\\n');
}
