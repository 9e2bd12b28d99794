"""GET /api/docs in a real browser: all of the document, nothing from elsewhere, no fault in the console."""

import json
import re
import shutil
import subprocess

import pytest

from contract import METHODS
from harness import Server
from npm import NPM, need_npm_packages

BROWSER = shutil.which("chromium")


@pytest.fixture
def look(server):
    """look(scheme, width): what the browser shows."""
    if not BROWSER:
        pytest.skip("chromium is not installed")
    need_npm_packages()

    def run(scheme="light", width=1440, filter="reassign"):
        command = ["node", "docs_page.mjs", BROWSER, f"{server.url}/api/docs", scheme, str(width), filter]
        done = subprocess.run(command, cwd=NPM, capture_output=True, text=True, timeout=90, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    return run


def operations():
    document = Server.contract.document
    for items in (document["paths"], document["webhooks"]):
        for path, item in items.items():
            for method in METHODS:
                if method in item:
                    yield path, item[method]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 380])
def test_without_faults(look, scheme, width):
    seen = look(scheme, width)
    assert seen["faults"] == []
    assert seen["elsewhere"] == []
    assert seen["tooWide"] <= 0
    red, green, blue = map(int, re.findall(r"\d+", seen["background"])[:3])
    assert (red + green + blue < 200) == (scheme == "dark")


def test_everything_is_shown(look):
    seen = look()
    document = Server.contract.document
    assert seen["version"] == f"API {document['info']['version']}"
    assert seen["headings"] == [document["info"]["title"]]
    for path, operation in operations():
        text = seen["operations"][operation["operationId"]]
        assert operation["summary"] in text
        if path.startswith("/"):
            assert path in text
        for parameter in map(Server.contract.resolved, operation.get("parameters", [])):
            assert parameter["name"] in text, operation["operationId"]
        for code in operation.get("x-errors", []):
            assert code in text, operation["operationId"]
    for code in document["components"]["schemas"]["ErrorCode"]["enum"]:
        assert f"error-{code}" in seen["operations"], code


def test_members_are_shown(look):
    """Of the answer itself, of what it is built on, and of objects in lists."""
    text = look()["operations"]
    for operation, members in {"reassignPort": ("update_result", "old_port_released", "revision"),
                               "discoverServices": ("offer", "health_endpoint", "process_started_at"),
                               "listConflicts": ("severity", "executable"),
                               "updatePort": ("new_port", "restart_required")}.items():
        for member in members:
            assert member in text[operation], (operation, member)


def test_links_lead_somewhere(look):
    seen = look()
    assert len(seen["contents"]) > 40
    assert set(seen["contents"]) - set(seen["targets"]) == set()


def test_filter(look):
    ids = {operation["operationId"] for _, operation in operations()}
    assert set(look(filter="spare circle")["filtered"]) == {"bulkUpdate"}
    assert "reservePorts" in look(filter="range_full reserve")["filtered"]
    assert set(look(filter="no such call")["filtered"]) == set()
    assert 1 < len(look(filter="/API/ports/CONFLICTS")["filtered"]) < len(ids)
