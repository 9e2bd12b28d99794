#!/usr/bin/python3
"""Makes the one OpenAPI document out of the files of this folder: bundle.py --version V --out FILE

    openapi.yaml      what the document says of itself, tags, the security scheme
    components.yaml   parameters, headers and the responses that are no errors
    errors.yaml       the table of error codes
    webhooks.yaml     what the Port Manager asks of the services
    paths/*.yaml      the operations, one file for each src/http/*_routes.cpp, in the order in
                      which openapi.yaml names them
    schemas/*.yaml    the schemas by subject

An operation is written as OpenAPI has it, but for these members, which stand for more:

    parameters    a name alone is the parameter of that name in components.yaml
    body          {schema, required, examples}: a request body of application/json
    answer        {description, schema, revision, headers, examples}: the response 200 of
                  application/json; `revision: true` when it has X-Revision; `headers` by their names
                  in the answer and in components.yaml
    watchable     true: it has an ETag, and a client can wait for news (revision, wait, 304)
    errors        {code: why, or nothing where the table says it}: the codes of its own; those that
                  any call, any change or any call with a body may give are added

`schema` may be the name of one in schemas/. Every response gets X-Request-Id; what is no GET gets
X-Actor, and the bearer token as one way to call it.
"""

import argparse
import collections
import json
import pathlib

import yaml

FOLDER = pathlib.Path(__file__).parent
METHODS = ("get", "put", "post", "delete", "patch")


def load(name):
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def load_all(folder, order=()):
    """The members of all files of the folder; those files in front that `order` names."""
    files = sorted(path.stem for path in (FOLDER / folder).glob("*.yaml"))
    if missing := set(order) - set(files):
        raise SystemExit(f"{folder}: there is no {', '.join(missing)}")
    merged = {}
    for name in [*order, *(name for name in files if name not in order)]:
        for key, value in load(f"{folder}/{name}.yaml").items():
            if key in merged:
                raise SystemExit(f"{folder}/{name}.yaml: {key} is in another file too")
            merged[key] = value
    return merged


def ref(kind, name):
    return {"$ref": f"#/components/{kind}/{name}"}


def schema_of(schema):
    return ref("schemas", schema) if isinstance(schema, str) else schema


def json_content(part):
    content = {"schema": schema_of(part["schema"])}
    if "examples" in part:
        content["examples"] = part["examples"]
    return {"application/json": content}


def camel(code):
    return "".join(word.capitalize() for word in code.split("_"))


class Errors:
    """The table of errors.yaml, and the responses made of it."""

    def __init__(self, table):
        self.codes = table["codes"]
        self.every, self.change, self.body = table["every"], table["change"], table["body"]
        self.shared = {}  # the responses for components, named after their codes

    def examples(self):
        return {code: {"summary": entry["title"], "value": self.problem(code)}
                for code, entry in self.codes.items()}

    def problem(self, code):
        entry = self.codes[code]
        example = dict(entry["example"])
        head = {"type": f"urn:itechsmart:port-manager:problem:{code}", "title": entry["title"],
                "status": entry["status"], "detail": example.pop("detail"),
                "instance": example.pop("instance"), "success": False, "code": code}
        return head | example | {"request_id": "bf1300e3-11"}

    def of_operation(self, method, operation):
        """{code: why} of what the operation may answer, in the order of the table."""
        own = operation.pop("errors", None) or {}
        codes = {*own, *self.every}
        if method != "get":
            codes |= {*self.change}
        if "body" in operation:
            codes |= {*self.body}
        if own:
            operation["x-errors"] = list(own)
        return {code: own.get(code) or entry["why"]
                for code, entry in self.codes.items() if code in codes}

    def responses(self, whys):
        """One response for each status. Those that say no more than the table does are shared."""
        by_status = collections.defaultdict(dict)
        for code, why in whys.items():
            by_status[self.codes[code]["status"]][code] = why
        return {str(status): self.shared_or_own(status, by_status[status])
                for status in sorted(by_status)}

    def shared_or_own(self, status, whys):
        response = self.response(status, whys)
        if any(why != self.codes[code]["why"] for code, why in whys.items()):
            return response
        name = "Or".join(camel(code) for code in whys)
        self.shared[name] = response
        return ref("responses", name)

    def response(self, status, whys):
        lines = [f"`{code}`: {why}." for code, why in whys.items()]
        description = lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)
        matches = {"properties": {"status": {"const": status}, "code": {"enum": list(whys)}}}
        names = [name for code in whys for name in self.codes[code].get("headers", [])]
        return {"description": description,
                "headers": {name: ref("headers", name) for name in ["X-Request-Id", *names]},
                "content": {"application/problem+json": {
                    "schema": {"allOf": [ref("schemas", "Problem"), matches]},
                    "examples": {code: ref("examples", code) for code in whys}}}}

    def anywhere(self):
        """What a path or a method that is not in the document is answered."""
        for code in ("not_found", "method_not_allowed"):
            self.shared_or_own(self.codes[code]["status"], {code: self.codes[code]["why"]})


class Bundle:
    def __init__(self, version):
        self.errors = Errors(load("errors.yaml"))
        self.document = load("openapi.yaml")
        self.document["info"]["version"] = version
        components = load("components.yaml")
        components["schemas"] = load_all("schemas")
        components["schemas"]["ErrorCode"]["enum"] = list(self.errors.codes)
        components["examples"] = self.errors.examples()
        self.components = components

    def build(self):
        paths = load_all("paths", self.document["paths"])
        for item in paths.values():
            for method in METHODS:
                if method in item:
                    self.expand(method, item[method])
        self.document["paths"] = paths
        self.document["webhooks"] = load("webhooks.yaml")
        for item in self.document["webhooks"].values():
            for operation in item.values():
                self.expand_parts(operation)
        self.errors.anywhere()
        self.components["responses"] |= dict(sorted(self.errors.shared.items()))
        self.document["components"] = self.components
        return self.document

    def expand(self, method, operation):
        whys = self.errors.of_operation(method, operation)
        parameters = operation.setdefault("parameters", [])
        if operation.pop("watchable", False):
            parameters += ["SeenRevision", "Wait", "IfNoneMatch"]
            operation["answer"]["headers"] = {"ETag": "ETag", "Cache-Control": "Cache-Control"}
            self.expand_parts(operation)
            operation["responses"]["304"] = ref("responses", "NotModified")
        else:
            self.expand_parts(operation)
        if method != "get":
            parameters += ["Actor"]
            operation["security"] = [{}, {"bearer": []}]
        parameters += ["RequestId"]
        operation["parameters"] = [ref("parameters", each) if isinstance(each, str) else each
                                   for each in parameters]
        operation["responses"] |= self.errors.responses(whys)
        for status, response in operation["responses"].items():
            if status != "101" and "$ref" not in response:
                response.setdefault("headers", {})["X-Request-Id"] = ref("headers", "X-Request-Id")

    @staticmethod
    def expand_parts(operation):
        if "body" in operation:
            body = operation.pop("body")
            operation["requestBody"] = {"required": body.get("required", True),
                                        "content": json_content(body)}
        if "answer" in operation:
            answer = operation.pop("answer")
            response = {"description": answer["description"], "content": json_content(answer)}
            names = {"X-Revision": "X-Revision"} if answer.get("revision") else {}
            names |= answer.get("headers", {})
            if names:
                response["headers"] = {name: ref("headers", of) for name, of in names.items()}
            operation["responses"] = {"200": response} | operation.get("responses", {})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--version", required=True)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    text = json.dumps(Bundle(arguments.version).build(), ensure_ascii=False, allow_nan=False)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
