/** A schema as rows of a table. */

import type { Schema } from './openapi';
import type { Reader } from './reading';

export interface Row {
  name: string;
  type: string;
  required: boolean;
  description: string;
  /** The members of the object, or of the objects in the list or map. */
  members: Row[];
}

/** A schema without its reference and allOf, and whether it may be null. */
interface Plain {
  schema: Schema;
  nullable: boolean;
}

const isNull = (schema: Schema): boolean => schema.type === 'null';

function plain(reader: Reader, given: Schema): Plain {
  const target = given.$ref ? reader.resolve<Schema>({ $ref: given.$ref }) : {};
  const { $ref: _, ...own } = given;
  let schema: Schema = { ...target, ...own };
  let nullable = false;
  if (schema.oneOf?.some(isNull)) {
    const [only] = schema.oneOf.filter((each) => !isNull(each));
    const { oneOf: __, ...rest } = schema;
    if (only) {
      const inner = plain(reader, only).schema;
      schema = { ...inner, ...rest };
    }
    nullable = true;
  }
  if (Array.isArray(schema.type) && schema.type.includes('null')) nullable = true;
  return { schema: merged(reader, schema), nullable };
}

/** With the members of allOf as its own. */
function merged(reader: Reader, schema: Schema): Schema {
  const parts = (schema.allOf ?? []).map((part) => plain(reader, part).schema).filter((part) => part.properties);
  if (parts.length === 0) return schema;
  const { allOf: _, ...own } = schema;
  return {
    ...parts[0],
    ...own,
    properties: Object.assign({}, ...parts.map((part) => part.properties), own.properties),
    required: [...parts, own].flatMap((part) => part.required ?? []),
  };
}

const literal = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function bounds(low: number | undefined, high: number | undefined): string {
  if (low !== undefined && high !== undefined) return ` ${low} to ${high}`;
  if (low !== undefined) return low === 0 ? '' : ` from ${low}`;
  return high === undefined ? '' : ` up to ${high}`;
}

function baseType(reader: Reader, schema: Schema): string {
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.enum) return schema.enum.filter((each) => each !== null).map(literal).join(' | ');
  const types = [schema.type ?? []].flat().filter((each) => each !== 'null');
  const type = types[0] ?? (schema.properties ? 'object' : 'any');
  if (type === 'array') {
    const of = schema.items ? typeText(reader, schema.items) : 'anything';
    return `list of ${of}`;
  }
  if (type === 'object' && typeof schema.additionalProperties === 'object') {
    return `map to ${typeText(reader, schema.additionalProperties)}`;
  }
  if (type === 'string' && schema.format === 'date-time') return 'time';
  return type + (type === 'integer' ? bounds(schema.minimum, schema.maximum) : '');
}

export function typeText(reader: Reader, given: Schema): string {
  const { schema, nullable } = plain(reader, given);
  return baseType(reader, schema) + (nullable || schema.enum?.includes(null) ? ' or null' : '');
}

/** The members of an object; of a list or map, those of what is in it. */
export function rowsOf(reader: Reader, given: Schema): Row[] {
  const { schema } = plain(reader, given);
  if (schema.items) return rowsOf(reader, schema.items);
  if (!schema.properties && typeof schema.additionalProperties === 'object') {
    return rowsOf(reader, schema.additionalProperties);
  }
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).map(([name, each]) => {
    const member = plain(reader, each).schema;
    const fallback = member.default === undefined ? '' : ` Default: \`${literal(member.default)}\`.`;
    return {
      name,
      type: typeText(reader, each),
      required: required.has(name),
      description: (each.description ?? member.description ?? '') + fallback,
      members: rowsOf(reader, each),
    };
  });
}

export function describe(reader: Reader, given: Schema): string {
  return plain(reader, given).schema.description ?? '';
}

/** The kinds of message of a oneOf, each under the value of its member `type`. */
export function kindsOf(reader: Reader, given: Schema): { name: string; schema: Schema }[] {
  const { schema } = plain(reader, given);
  return (schema.oneOf ?? []).map((each) => {
    const type = plain(reader, each).schema.properties?.type;
    return { name: String(type?.const ?? ''), schema: each };
  });
}
