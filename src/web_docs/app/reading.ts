/** Reading a document: following references, and putting operations and errors in order. */

import type { Document, Media, Method, Operation, Parameter, Reference, Response, Schema } from './openapi';
import { METHODS } from './openapi';

export const PROBLEM = 'application/problem+json';

export interface Call {
  method: Method;
  /** "/api/ports/{port}"; of a webhook its name. */
  path: string;
  operation: Operation;
}

export interface Section {
  name: string;
  description: string;
  calls: Call[];
}

export interface ErrorCode {
  code: string;
  status: number;
  why: string;
  example: unknown;
}

export interface Body {
  type: string;
  schema: Schema;
  examples: { name: string; text: string }[];
}

/** What ends the description of an error response: "`code`: why." */
const REASON = /^(?:- )?`(\w+)`: (.*)\.$/;

export class Reader {
  constructor(readonly document: Document) {}

  resolve<T extends object>(value: T | Reference): T {
    let found: unknown = value;
    while (typeof found === 'object' && found !== null && '$ref' in found && typeof found.$ref === 'string') {
      found = this.at(found.$ref);
    }
    return found as T;
  }

  private at(reference: string): unknown {
    return reference
      .replace(/^#\//, '')
      .split('/')
      .map((name) => name.replace(/~1/g, '/').replace(/~0/g, '~'))
      .reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], this.document);
  }

  sections(): Section[] {
    const calls = [...this.callsOf(this.document.paths), ...this.callsOf(this.document.webhooks)];
    return this.document.tags
      .map(({ name, description }) => ({
        name,
        description,
        calls: calls.filter((call) => call.operation.tags[0] === name),
      }))
      .filter((section) => section.calls.length > 0);
  }

  private callsOf(paths: Document['paths']): Call[] {
    return Object.entries(paths).flatMap(([path, item]) =>
      METHODS.flatMap((method) => {
        const operation = item[method];
        return operation ? [{ method, path, operation }] : [];
      }),
    );
  }

  parameters(operation: Operation): Parameter[] {
    return (operation.parameters ?? []).map((parameter) => this.resolve(parameter));
  }

  bodies(content: Record<string, Media> | undefined): Body[] {
    return Object.entries(content ?? {}).map(([type, media]) => ({
      type,
      schema: media.schema,
      examples: Object.entries(media.examples ?? {}).map(([name, given]) => {
        const { value } = this.resolve(given);
        return { name, text: typeof value === 'string' ? value : JSON.stringify(value, null, 2) };
      }),
    }));
  }

  /** The answer when all is well, with its status. */
  success(operation: Operation): { status: string; response: Response } | undefined {
    const status = Object.keys(operation.responses).find((each) => Number(each) < 300);
    const response = status && operation.responses[status];
    return response ? { status, response: this.resolve(response) } : undefined;
  }

  /** What is neither a success nor an error: 304. */
  others(operation: Operation): { status: string; response: Response }[] {
    return Object.entries(operation.responses)
      .filter(([status]) => Number(status) >= 300 && Number(status) < 400)
      .map(([status, response]) => ({ status, response: this.resolve(response) }));
  }

  /** All errors of the operation; those that are its own are named in x-errors. */
  errors(operation: Operation): ErrorCode[] {
    return Object.values(operation.responses).flatMap((each) => this.errorsOf(this.resolve(each)));
  }

  errorsOf(response: Response): ErrorCode[] {
    const examples = response.content?.[PROBLEM]?.examples;
    if (!examples) return [];
    return response.description.split('\n').flatMap((line) => {
      const [, code, why] = REASON.exec(line) ?? [];
      const given = code === undefined ? undefined : examples[code];
      if (code === undefined || why === undefined || !given) return [];
      const example = this.resolve(given).value as { status: number };
      return [{ code, why, status: example.status, example }];
    });
  }

  /** Every error code there is, once. */
  allErrors(): ErrorCode[] {
    const found = new Map<string, ErrorCode>();
    const responses = Object.values(this.document.components.responses ?? {}) as Response[];
    const own = [...this.callsOf(this.document.paths)].flatMap((call) => this.errors(call.operation));
    for (const error of [...responses.flatMap((each) => this.errorsOf(each)), ...own]) {
      if (!found.has(error.code)) found.set(error.code, error);
    }
    return [...found.values()].sort((a, b) => a.status - b.status || a.code.localeCompare(b.code));
  }
}
