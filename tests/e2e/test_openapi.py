"""GET /api/openapi.json: valid, complete, and as the server is."""

import json
import subprocess

import pytest

from contract import METHODS, PROBLEM
from harness import Server, succeeded
from npm import NPM, need_npm_packages


@pytest.fixture
def contract(server):
    return Server.contract


@pytest.fixture
def document(contract):
    return contract.document


def operations(document):
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]
    for name, item in document["webhooks"].items():
        for operation in item.values():
            yield name, operation


def examples_of(media):
    if "example" in media:
        yield "example", media["example"]
    for name, example in media.get("examples", {}).items():
        yield name, example


class TestDocument:
    def test_meta_schema(self, document):
        need_npm_packages()
        done = subprocess.run(["node", "validate_openapi.mjs"], cwd=NPM, input=json.dumps(document),
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def test_version_is_the_program_s(self, server, document):
        assert document["info"]["version"] == server.ok("GET", "/api/health/")["version"]

    def test_served_once(self, server):
        first = server.get("/api/openapi.json")
        second = server.get("/api/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
        assert (second.status_code, second.content) == (304, b"")
        assert second.headers["ETag"] == first.headers["ETag"]

    def test_nothing_points_nowhere(self, contract, document):
        def check(value):
            if isinstance(value, dict):
                if isinstance(value.get("$ref"), str):
                    contract.resolved(value)
                for member in value.values():
                    check(member)
            elif isinstance(value, list):
                for item in value:
                    check(item)
        check(document)

    def test_no_component_is_left_over(self, document):
        text = json.dumps(document)
        unused = [f"{kind}/{name}" for kind, all_of in document["components"].items()
                  for name in all_of if f'"#/components/{kind}/{name}"' not in text]
        # Answers of what is not in the document, and the scheme, which is named and not referred to.
        assert set(unused) == {"responses/NotFound", "responses/MethodNotAllowed",
                               "securitySchemes/bearer"}

    def test_every_operation_is_described(self, contract, document):
        tags = {tag["name"] for tag in document["tags"]}
        ids = [operation["operationId"] for _, operation in operations(document)]
        assert len(ids) == len(set(ids))
        for name, operation in operations(document):
            assert operation["summary"], name
            assert set(operation["tags"]) <= tags, name
            for parameter in map(contract.resolved, operation.get("parameters", [])):
                assert parameter.get("description") or parameter["name"] == "format", name
            answer = operation["responses"].get("200") or operation["responses"]["101"]
            for media in answer.get("content", {}).values():
                assert media.get("examples") or media["schema"]["type"] == "string", name

    def test_every_path_parameter_is_declared(self, contract, document):
        for name, operation in operations(document):
            declared = {each["name"] for each in map(contract.resolved, operation.get("parameters", []))
                        if each["in"] == "path"}
            assert declared == {part[1:-1] for part in name.split("/") if part.startswith("{")}, name

    def test_every_error_code_is_explained(self, document):
        codes = document["components"]["schemas"]["ErrorCode"]["enum"]
        told = json.dumps(document["paths"]) + json.dumps(document["components"]["responses"])
        for code in codes:
            assert f"`{code}`:" in told, code


class TestExamples:
    def test_of_bodies(self, contract, document):
        checked = 0
        for name, operation in operations(document):
            bodies = [operation.get("requestBody", {}), *map(contract.resolved,
                                                             operation["responses"].values())]
            for body in bodies:
                for media in body.get("content", {}).values():
                    for label, example in examples_of(media):
                        value = contract.resolved(example)["value"]
                        faults = contract.faults(media["schema"], value)
                        assert not faults or PROBLEM in body["content"], (name, label, faults)
                        checked += 1
        assert checked > 100

    def test_of_problems(self, contract, document):
        problem = {"$ref": "#/components/schemas/Problem"}
        for code, example in document["components"]["examples"].items():
            assert contract.faults(problem, example["value"]) == [], code
            assert example["value"]["code"] == code

    def test_of_parameters_and_headers(self, contract, document):
        components = document["components"]
        given = [*components["parameters"].values(), *components["headers"].values()]
        for _, operation in operations(document):
            given += operation.get("parameters", [])
        for each in map(contract.resolved, given):
            for label, value in examples_of(each):
                assert contract.faults(each["schema"], value) == [], (each, label)

    def test_of_schemas(self, contract, document):
        for name, schema in document["components"]["schemas"].items():
            for value in schema.get("examples", []):
                assert contract.faults({"$ref": f"#/components/schemas/{name}"}, value) == [], name

    def test_of_messages(self, contract, document):
        websocket = document["paths"]["/ws/updates"]["get"]["x-websocket"]
        for message in websocket["examples"].values():
            contract.check_message(message)


class TestServiceContract:
    """What the services are asked, as webhooks."""

    def body(self, document, name):
        return document["webhooks"][name]["post"]["requestBody"]["content"]["application/json"]["schema"]

    def answer(self, document, name, method):
        return document["webhooks"][name][method]["responses"]["200"]["content"]["application/json"][
            "schema"]

    def test_calls_of_a_service(self, server, contract, document, run_service, ports):
        service = run_service("alpha", ports[0])
        succeeded(server.post("/api/ports/reassign", {"service_id": "alpha", "new_port": ports[60]}))
        succeeded(server.post("/api/services/restart", {"service_id": "alpha"}))
        calls = {call["path"]: call for call in service.calls()}
        update = json.loads(calls["/api/config/update-port"]["body"])
        assert contract.faults(self.body(document, "updatePort"), update) == []
        restart = json.loads(calls["/api/admin/restart"]["body"])
        assert contract.faults(self.body(document, "restart"), restart) == []
        assert calls["/health"]["method"] == "GET"

    def test_answers_of_a_service(self, contract, document, run_service, ports):
        service = run_service("alpha", ports[0])
        health = service.call("GET", "/health")
        # A service may say more than is asked.
        schema = self.answer(document, "checkHealth", "get")
        assert contract.open_validator(schema).is_valid(health)
        update = service.call("POST", "/api/config/update-port", {
            "new_port": ports[60], "old_port": ports[0], "timestamp": "2026-03-01T09:30:00Z",
            "source": "port-manager"})
        assert contract.open_validator(self.answer(document, "updatePort", "post")).is_valid(update)
