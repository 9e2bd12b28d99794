"""The examples of the integration guide, word for word: only the address is the server's."""

import json
import shutil
import subprocess

import pytest

from harness import PYTHON

GUIDE_ADDRESS = "localhost:8100"

PYTHON_EXAMPLE = """\
import requests

API_URL = "http://localhost:8100/api"

# Get all port assignments
response = requests.get(f"{API_URL}/ports/assignments")
assignments = response.json()['assignments']

# Reassign a port
response = requests.post(f"{API_URL}/ports/reassign", json={
    "service_id": "legalai-pro",
    "new_port": 8050
})

# Detect conflicts
response = requests.get(f"{API_URL}/ports/conflicts")
conflicts = response.json()['conflicts']

# Auto-resolve conflicts
response = requests.post(f"{API_URL}/ports/resolve-conflicts")
resolutions = response.json()['resolutions']
"""

JAVASCRIPT_EXAMPLE = """\
const API_URL = 'http://localhost:8100/api';

// Get all port assignments
const assignments = await fetch(`${API_URL}/ports/assignments`)
    .then(r => r.json());

// Reassign a port
const result = await fetch(`${API_URL}/ports/reassign`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
        service_id: 'legalai-pro',
        new_port: 8050
    })
}).then(r => r.json());

// Get service status
const status = await fetch(`${API_URL}/services/status`)
    .then(r => r.json());
"""

# What the tests look at afterwards; not part of the guide.
JAVASCRIPT_REPORT = """
console.log(JSON.stringify({assignments, result, status}));
"""
PYTHON_REPORT = """
import json
print(json.dumps({"assignments": assignments, "conflicts": conflicts, "resolutions": resolutions}))
"""

CURL_EXAMPLES = {
    "assignments": "curl http://localhost:8100/api/ports/assignments",
    "reassign": """\
curl -X POST http://localhost:8100/api/ports/reassign \\
  -H "Content-Type: application/json" \\
  -d '{"service_id":"legalai-pro","new_port":8050}'""",
    "conflicts": "curl http://localhost:8100/api/ports/conflicts",
    "resolve": "curl -X POST http://localhost:8100/api/ports/resolve-conflicts",
    "statistics": "curl http://localhost:8100/api/ports/statistics",
    "backup": "curl -X POST http://localhost:8100/api/ports/backup",
    "reserve": """\
curl -X POST http://localhost:8100/api/ports/reserve \\
  -H "Content-Type: application/json" \\
  -d '{"port":8888}'""",
}


def run(command, server, text):
    """Runs the text after the command and returns what it printed, as JSON."""
    assert GUIDE_ADDRESS in text
    environment = {"PATH": "/usr/bin:/bin", "no_proxy": "*"}
    done = subprocess.run([*command, text.replace(GUIDE_ADDRESS, f"localhost:{server.port}")],
                          capture_output=True, text=True, timeout=60, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def curl(server, name):
    return run(["/bin/bash", "-c"], server, CURL_EXAMPLES[name])


def test_python(sample_server):
    before = sample_server.assignments()
    seen = run([PYTHON, "-c"], sample_server, PYTHON_EXAMPLE + PYTHON_REPORT)
    assert seen == {"assignments": before, "conflicts": [], "resolutions": []}
    assert sample_server.assignments() == before | {"legalai-pro": 8050}


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_javascript(sample_server):
    seen = run(["node", "--input-type=module", "-e"], sample_server, JAVASCRIPT_EXAMPLE + JAVASCRIPT_REPORT)
    assert seen["assignments"]["assignments"]["legalai-pro"] == 8000
    assert (seen["result"]["old_port"], seen["result"]["new_port"]) == (8000, 8050)
    assert seen["status"]["total"] == 27
    assert sample_server.assignments()["legalai-pro"] == 8050


def test_curl_in_the_order_of_the_guide(sample_server):
    answers = {name: curl(sample_server, name) for name in CURL_EXAMPLES}
    for name, answer in answers.items():
        assert answer["success"] is True, (name, answer)
    assert answers["assignments"]["assignments"]["legalai-pro"] == 8000
    assert (answers["reassign"]["old_port"], answers["reassign"]["new_port"]) == (8000, 8050)
    assert answers["conflicts"]["count"] == 0
    assert answers["resolve"]["resolutions"] == []
    assert answers["statistics"]["statistics"]["total_services"] == 27
    assert answers["backup"]["backup_file"].startswith("port_config_backup_")


@pytest.mark.parametrize("name", sorted(CURL_EXAMPLES))
def test_curl_each_by_itself(sample_server, name):
    assert curl(sample_server, name)["success"] is True


def test_real_service_moves_by_the_guide(sample_server, run_service):
    service = run_service("legalai-pro", 8000)
    assert curl(sample_server, "reassign")["update_result"]["contacted"] is True
    assert service.answers_on(8050)
