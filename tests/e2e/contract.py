"""The OpenAPI document of the server as a judge of its answers.

An answer is checked for status, media type, headers and body. The check is stricter than what the
document promises to clients: a member that it does not name is a fault, so that none is left
undocumented.
"""

import copy
import json
import re
import urllib.parse

import jsonschema

METHODS = ("get", "post", "delete", "put", "patch")
PROBLEM = "application/problem+json"
# Of longer lists both ends are checked, so that answers of thousands take no time.
LONGEST = 40


def shortened(value):
    """The value with the middle of long lists and maps left out."""
    if isinstance(value, dict):
        items = list(value.items())
        if len(items) > 2 * LONGEST:
            items = items[:LONGEST // 2] + items[-LONGEST // 2:]
        return {name: shortened(member) for name, member in items}
    if isinstance(value, list):
        if len(value) > LONGEST:
            value = value[:LONGEST // 2] + value[-LONGEST // 2:]
        return [shortened(item) for item in value]
    return value


class Strict:
    """Closes the schemas of a document: an object has no members but those that are named.

    A schema that others are built on with allOf stays open by itself, and is closed where it is
    used."""

    ALTERNATIVES = ("oneOf", "anyOf")
    CONDITIONS = ("if", "then", "else")

    def __init__(self, document):
        self.document = copy.deepcopy(document)
        self.parts = set()
        self._find_parts(self.document)
        schemas = self.document["components"]["schemas"]
        for name, schema in schemas.items():
            schemas[name] = self.open(schema) if self._pointer(name) in self.parts else self.close(schema)

    @staticmethod
    def _pointer(name):
        return f"#/components/schemas/{name}"

    def _find_parts(self, value):
        if isinstance(value, dict):
            for part in value.get("allOf", []):
                if "$ref" in part:
                    self.parts.add(part["$ref"])
            for member in value.values():
                self._find_parts(member)
        elif isinstance(value, list):
            for item in value:
                self._find_parts(item)

    def close(self, schema):
        """For a value that is of this schema and no other."""
        schema = self.open(schema)
        if schema.get("$ref") in self.parts:
            schema["unevaluatedProperties"] = False
        elif "properties" in schema:
            schema.setdefault("additionalProperties", False)
        elif "allOf" in schema:
            schema["unevaluatedProperties"] = False
        return schema

    def open(self, schema):
        """For a schema that another one adds to; the values in it are closed."""
        schema = dict(schema)
        for name in ("properties", "patternProperties"):
            if name in schema:
                schema[name] = {key: self.close(value) for key, value in schema[name].items()}
        for name in ("items", "additionalProperties"):
            if isinstance(schema.get(name), dict):
                schema[name] = self.close(schema[name])
        for name in self.ALTERNATIVES:
            if name in schema:
                schema[name] = [self.close(each) for each in schema[name]]
        if "allOf" in schema:
            schema["allOf"] = [self.open(each) for each in schema["allOf"]]
        return schema


class Operation:
    def __init__(self, contract, path, method, definition):
        self.name = f"{method.upper()} {path}"
        self.definition = definition
        self.responses = {int(status): contract.resolved(response)
                          for status, response in definition["responses"].items()}
        self.codes = {code for status, response in self.responses.items() if status >= 400
                      for code in response["content"][PROBLEM]["examples"]}


class Contract:
    def __init__(self, document):
        self.document = document
        self.strict = Strict(document)
        self.validators = {}
        self.paths = []
        self.operations = {}
        for path, item in document["paths"].items():
            methods = {method: Operation(self, path, method, item[method])
                       for method in METHODS if method in item}
            self.operations |= {operation.name: operation for operation in methods.values()}
            self.paths.append((path.strip("/").split("/"), methods))
        gets = [operation.codes for name, operation in self.operations.items()
                if name.startswith("GET ")]
        self.common_codes = set.intersection(*gets)
        self.seen = set()  # (operation, status, code or "") of all answers that were checked

    # -- finding --------------------------------------------------------------------------

    def resolved(self, value):
        while "$ref" in value:
            target = self.document
            for name in value["$ref"].removeprefix("#/").split("/"):
                target = target[name.replace("~1", "/").replace("~0", "~")]
            value = target
        return value

    def methods_at(self, path):
        """The operations of the path; a literal segment goes before a parameter. None: no such path."""
        segments = [urllib.parse.unquote(each) for each in path.removeprefix("/").split("/")]
        if segments[-1] == "" and len(segments) > 1:
            segments.pop()
        best, weight = None, -1
        for pattern, methods in self.paths:
            if len(pattern) != len(segments):
                continue
            fits = [each == segment or each.startswith("{") and segment != ""
                    for each, segment in zip(pattern, segments)]
            found = sum((not each.startswith("{")) << (len(pattern) - i)
                        for i, each in enumerate(pattern))
            if all(fits) and found > weight:
                best, weight = methods, found
        return best

    def validator(self, schema):
        """Of a schema of the document, closed."""
        key = json.dumps(schema, sort_keys=True)
        if key not in self.validators:
            closed = self.strict.close(schema)
            resolver = jsonschema.RefResolver("", self.strict.document)
            self.validators[key] = jsonschema.Draft202012Validator(
                closed, resolver=resolver, format_checker=jsonschema.FormatChecker())
        return self.validators[key]

    def open_validator(self, schema):
        """Of a schema of the document as it is: for requests, which may say more."""
        resolver = jsonschema.RefResolver("", self.document)
        return jsonschema.Draft202012Validator(schema, resolver=resolver)

    def faults(self, schema, value):
        found = sorted(self.validator(schema).iter_errors(shortened(value)), key=lambda e: list(e.path))
        return [f"{'/'.join(map(str, fault.absolute_path)) or 'the body'}: {fault.message}"
                for fault in found]

    # -- judging --------------------------------------------------------------------------

    def check(self, response):
        """`response` is one of requests. Raises AssertionError with what is wrong."""
        request = response.request
        faults = list(self.faults_of(request.method, request.path_url.split("?")[0], request, response))
        assert not faults, "\n".join([
            f"not as GET /api/openapi.json has it: {request.method} {request.path_url} "
            f"-> {response.status_code}", *faults, response.text[:1000]])

    def faults_of(self, method, path, request, response):
        methods = self.methods_at(path)
        is_head = method == "HEAD"
        operation = (methods or {}).get("get" if is_head else method.lower())
        if not operation:
            yield from self.faults_elsewhere(methods, response)
            return
        answer = operation.responses.get(response.status_code)
        if not answer:
            yield f"status {response.status_code} is not documented for {operation.name}"
            return
        yield from self.faults_of_headers(answer, response)
        code = ""
        if "content" in answer and not is_head:
            body, faults = self.body_of(answer["content"], response)
            yield from faults
            code = body.get("code", "") if isinstance(body, dict) and response.status_code >= 400 else ""
            yield from self.faults_of_revision(body, response)
        elif response.content:
            yield "it has a body"
        if response.status_code == 200:
            yield from self.faults_of_request(operation, request)
        self.seen.add((operation.name, response.status_code, code))

    def faults_elsewhere(self, methods, response):
        """At a path or with a method that is not in the document."""
        if methods and response.request.method == "OPTIONS" and response.status_code == 204:
            if response.content or "OPTIONS" not in response.headers["Allow"]:
                yield "OPTIONS is answered with Allow and without a body"
            return
        own = "method_not_allowed" if methods else "not_found"
        _, faults = self.body_of({PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}, response)
        yield from faults
        if not faults and response.content and response.json()["code"] not in {own, *self.common_codes}:
            yield f"code {response.json()['code']} where {own} was due"

    def body_of(self, content, response):
        media = response.headers.get("Content-Type", "")
        if media not in content:
            return None, [f"Content-Type is {media!r}; documented: {', '.join(content)}"]
        schema = content[media]["schema"]
        if "json" not in media:
            return response.text, self.faults(schema, response.text)
        if not response.content:
            return None, []  # the answer to HEAD at a path that is not documented
        body = response.json()
        return body, self.faults(schema, body)

    def faults_of_headers(self, answer, response):
        for name, header in answer.get("headers", {}).items():
            header = self.resolved(header)
            value = response.headers.get(name)
            if value is None:
                if header.get("required"):
                    yield f"the header {name} is missing"
                continue
            schema = self.resolved(header["schema"])
            typed = int(value) if schema.get("type") == "integer" and value.isdigit() else value
            yield from (f"header {name}: {fault}" for fault in self.faults(schema, typed))

    @staticmethod
    def faults_of_revision(body, response):
        stated = response.headers.get("X-Revision")
        if stated and isinstance(body, dict) and "success" in body and stated != str(body.get("revision")):
            yield f"X-Revision is {stated}, the body's revision {body.get('revision')}"

    def faults_of_request(self, operation, request):
        """What was accepted must be permitted by the document."""
        if not request.body or not re.match("application/json", request.headers.get("Content-Type", "")):
            return
        body = operation.definition.get("requestBody")
        if not body:
            return
        schema = body["content"]["application/json"]["schema"]
        for fault in self.open_validator(schema).iter_errors(json.loads(request.body)):
            yield f"the request was accepted, but the document does not permit it: {fault.message}"

    def check_message(self, message):
        """A message of the WebSocket."""
        kinds = self.document["components"]["schemas"]["LiveMessage"]["discriminator"]["mapping"]
        assert message["type"] in kinds, f"not documented: {message}"
        faults = self.faults({"$ref": kinds[message["type"]]}, message)
        assert not faults, "\n".join([f"not as the document has it: {message}", *faults])
