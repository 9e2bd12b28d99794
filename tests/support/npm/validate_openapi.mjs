// Reads an OpenAPI document on stdin and validates it against the schema of OpenAPI 3.1, for
// tests/e2e/test_openapi.py. What is wrong goes to stdout, with status 1.
import {text} from 'node:stream/consumers';
import {Validator} from '@seriousme/openapi-schema-validator';

const validator = new Validator();
const result = await validator.validate(JSON.parse(await text(process.stdin)));
if (!result.valid || validator.version !== '3.1') {
  console.log(validator.version, JSON.stringify(result.errors, null, 2));
  process.exitCode = 1;
}
