"""GET /api/ports/export?format=: each format is read by the program that it is for."""

import csv
import io
import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest
import requests
import yaml

from harness import PYTHON, SELF, end_process, refused, suite_file, wait_until

NASTY = "It's a \"name\", $HOME `id` $(touch pwned) #{};\\ \n\r\t EVIL=1\u2028\u0085ä 🚢 \x7f"
FORMATS = {
    "sysctl": ("text/plain; charset=utf-8", "60-portmanager.conf"),
    "dotenv": ("text/plain; charset=utf-8", "ports.env"),
    "shell": ("text/x-shellscript; charset=utf-8", "ports.sh"),
    "compose": ("application/yaml", "compose.ports.yaml"),
    "nginx": ("text/plain; charset=utf-8", "ports.nginx.conf"),
    "haproxy": ("text/plain; charset=utf-8", "ports.haproxy.cfg"),
    "prometheus_http_sd": ("application/json", "ports.prometheus.json"),
    "prometheus_file_sd": ("application/json", "ports.prometheus.json"),
    "consul": ("application/json", "ports.consul.json"),
    "csv": ("text/csv; charset=utf-8; header=present", "ports.csv"),
}
COMMENTED = ["dotenv", "shell", "compose", "nginx", "haproxy"]


def tool(name):
    """The program, wherever Debian puts it."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    assert path, f"{name} is missing: scripts/test installs it"
    return path


def run(*command, merged=True, **options):
    done = subprocess.run([str(part) for part in command], text=True, capture_output=True,
                          timeout=60, check=False, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr if merged else done.stdout


def export(server, name, **query):
    answer = server.get("/api/ports/export", params={"format": name, **query})
    assert answer.status_code == 200, answer.text
    return answer.text


def saved(server, name, folder, **query):
    """The export, under the name that the server gives it."""
    answer = server.get("/api/ports/export", params={"format": name, **query})
    assert answer.status_code == 200, answer.text
    file_name = re.search(r'filename="([^"/]+)"', answer.headers["Content-Disposition"])[1]
    path = pathlib.Path(folder) / file_name
    path.write_bytes(answer.content)
    return path


@pytest.fixture
def world(launch, tmp_path, ports):
    """A server with a service of every kind."""
    server = launch(import_file=suite_file(
        tmp_path / "suite.json", {"legalai-pro": ports[0], SELF: ports[100]}))
    server.ok("POST", "/api/services/register",
              {"service_id": "passport", "name": NASTY, "port": ports[7],
               "category": NASTY, "health_endpoint": "/it's#\"$HOME\"\\%[env(HOME)]"})
    server.assign("far", ports[30], host="192.0.2.7")
    server.assign("six", ports[31], host="2001:db8::7")
    server.assign("dns", ports[53], protocol="udp")
    server.assign("twin", ports[0], force=True)
    server.assign("billing", ports[60])
    server.ok("POST", "/api/ports/release", {"service_id": "billing"})
    return server


def wanted(ports):
    """What a client reaches by TCP."""
    return {"far": f"192.0.2.7:{ports[30]}", "six": f"[2001:db8::7]:{ports[31]}",
            "legalai-pro": f"127.0.0.1:{ports[0]}", "passport": f"127.0.0.1:{ports[7]}",
            SELF: f"127.0.0.1:{ports[100]}"}


@pytest.mark.parametrize("name", FORMATS)
def test_type_file_name_and_revision(world, name):
    answer = world.get("/api/ports/export", params={"format": name})
    content_type, file_name = FORMATS[name]
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["Content-Disposition"] == f'inline; filename="{file_name}"'
    assert int(answer.headers["X-Revision"]) == world.revision()


def test_an_unknown_format_lists_those_that_there_are(world):
    refused(world.get("/api/ports/export?format=ini"), 400, "out_of_bounds", "port_config", *FORMATS)


@pytest.mark.parametrize("name", COMMENTED)
def test_comments_say_what_when_and_what_is_missing(world, name):
    text = export(world, name)
    head = text.split("\n\n")[0]
    assert re.search(rf"at revision {world.revision()}, \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ\.", head)
    assert "#   billing: it has no port." in head
    body = text.split("\n\n")[1]
    assert name == "shell" or not re.search(r"^\s*EVIL", body, re.M)


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "sysctl"])
def test_some_services_and_another_host(world, ports, name):
    text = export(world, name, services="legalai-pro,far", host="ports.example")
    assert str(ports[0]) in text and "passport" not in text
    if name != "compose":
        assert "ports.example" in text and "192.0.2.7" in text
    for query, status, code in (({"services": "nobody"}, 404, "unknown_service"),
                                ({"host": "a;b"}, 400, "out_of_bounds")):
        answer = world.get("/api/ports/export", params={"format": name, **query})
        assert refused(answer, status, code)["field"] in query


@pytest.mark.parametrize("name", ["sysctl", "port_config", "json"])
def test_what_is_always_whole_takes_no_scope(world, name):
    for query in ({"services": "legalai-pro"}, {"host": "ports.example"}):
        answer = world.get("/api/ports/export", params={"format": name, **query})
        assert refused(answer, 400, "out_of_bounds")["field"] == "format"


def environment(ports):
    """Of both formats with variables."""
    return {"LEGALAI_PRO_HOST": "127.0.0.1", "LEGALAI_PRO_PORT": str(ports[0]),
            "LEGALAI_PRO_URL": f"http://127.0.0.1:{ports[0]}", "PASSPORT_PORT": str(ports[7]),
            "SIX_HOST": "2001:db8::7", "SIX_URL": f"http://[2001:db8::7]:{ports[31]}",
            "DNS_PORT": str(ports[53]), "TWIN_PORT": str(ports[0])}


def sourced(shell, path, cwd):
    """The environment after the shell has read the file, exported."""
    show = f"import json, os; print(json.dumps(dict(os.environ)))"
    script = 'set -aeu; . "$1"; exec "$2" -c "$3"'
    done = subprocess.run([tool(shell), "-c", script, shell, str(path), PYTHON, show], text=True,
                          capture_output=True, timeout=60, check=True, cwd=cwd,
                          env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"})
    assert done.stderr == ""
    return json.loads(done.stdout)


@pytest.mark.parametrize("shell", ["bash", "dash"])
@pytest.mark.parametrize("name", ["dotenv", "shell"])
def test_a_shell_sources_it(world, ports, tmp_path, shell, name):
    path = saved(world, name, tmp_path)
    variables = sourced(shell, path, tmp_path)
    assert variables == variables | environment(ports)
    assert "DNS_URL" not in variables and "BILLING_PORT" not in variables
    assert "EVIL" not in variables and not (tmp_path / "pwned").exists()
    assert variables.get("PASSPORT_NAME") == (NASTY if name == "shell" else None)


def test_the_shell_format_is_exported_without_being_asked(world, ports, tmp_path):
    path = saved(world, "shell", tmp_path)
    shown = run(tool("dash"), "-c", f'. "{path}"; env')
    assert f"LEGALAI_PRO_PORT={ports[0]}\n" in shown


def test_node_reads_the_dotenv_format(world, ports, tmp_path):
    node = shutil.which("node")
    if not node or "--env-file" not in run(node, "--help"):
        pytest.skip("no node with --env-file on this machine")
    path = saved(world, "dotenv", tmp_path)
    show = "process.stdout.write(JSON.stringify(process.env))"
    variables = json.loads(run(node, f"--env-file={path}", "-e", show))
    assert variables == variables | environment(ports)
    assert "EVIL" not in variables


def test_ids_that_make_one_variable_are_told_apart(world, ports, tmp_path):
    world.assign("a.b", ports[70])
    world.assign("a-b", ports[71])
    for name in ("dotenv", "shell"):
        variables = sourced("dash", saved(world, name, tmp_path), tmp_path)
        of_both = {key: value for key, value in variables.items() if re.match(r"A_B.*_PORT$", key)}
        assert sorted(of_both.values()) == sorted([str(ports[70]), str(ports[71])])
        assert "A_B_PORT" not in of_both


def composed(tmp_path, override, services, **environment):
    """What docker-compose makes of a project with the services and the override."""
    base = tmp_path / "compose.yaml"
    base.write_text(yaml.safe_dump({"services": {
        name: {"image": "none", "environment": {"OWN": "yes"}} for name in services}}))
    text = run(tool("docker-compose"), "-f", base, "-f", override, "config", merged=False,
               env=dict(os.environ, **environment))
    return yaml.safe_load(text)["services"]


def test_compose_publishes_the_ports_of_this_machine(world, ports, tmp_path):
    override = saved(world, "compose", tmp_path)
    names = {"legalai-pro", "passport", "dns", SELF}
    services = composed(tmp_path, override, names)
    assert set(services) == names
    for name, port in ((SELF, ports[100]), ("legalai-pro", ports[0]), ("passport", ports[7])):
        assert services[name]["environment"] == {"OWN": "yes", "PORT": str(port)}
        assert services[name]["ports"] == [f"127.0.0.1:{port}:{port}/tcp"]
    assert services["dns"]["ports"] == [f"127.0.0.1:{ports[53]}:{ports[53]}/udp"]
    text = override.read_text()
    assert "#   far: " in text and "#   twin: " in text


def test_compose_publishes_on_another_address(world, ports, tmp_path):
    override = saved(world, "compose", tmp_path, services="passport")
    services = composed(tmp_path, override, ["passport"], PORTS_HOST_IP="0.0.0.0")
    assert services["passport"]["ports"] == [f"0.0.0.0:{ports[7]}:{ports[7]}/tcp"]


def test_compose_where_containers_are_called_by_their_ids(launch, ports, tmp_path):
    server = launch("--host-pattern", "{service_id}", import_file=suite_file(
        tmp_path / "suite.json", {"passport": ports[7]}))
    override = saved(server, "compose", tmp_path, services="passport")
    assert composed(tmp_path, override, ["passport"]) == {
        "passport": {"image": "none", "environment": {"OWN": "yes", "PORT": str(ports[7])},
                     "expose": [str(ports[7])]}}


def nginx_config(folder, upstreams, port, server_name):
    config = folder / "nginx.conf"
    config.write_text(f"""
        pid {folder}/nginx.pid; error_log {folder}/error.log; daemon off; master_process off;
        events {{}}
        http {{
          access_log off;
          client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
          fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
          include {upstreams};
          server {{
            listen 127.0.0.1:{port};
            location / {{ proxy_pass http://{server_name}; }}
          }}
        }}""", encoding="utf-8")
    return config


def haproxy_config(folder, port, backend):
    config = folder / "own.cfg"
    config.write_text(f"""
defaults
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend suite
    mode http
    bind 127.0.0.1:{port}
    default_backend {backend}
""", encoding="utf-8")
    return config


def answers_as(port, service_id):
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.get(f"http://127.0.0.1:{port}/health", timeout=5)
            return answer.status_code == 200 and answer.json().get("service_id") == service_id
        except (requests.RequestException, ValueError):
            return False


def leads_to(command, port, service_id):
    """The proxy that the command starts brings a client to the service."""
    process = subprocess.Popen([str(part) for part in command], start_new_session=True,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: answers_as(port, service_id), f"{service_id} through {command[0]}")
    finally:
        end_process(process)


def test_nginx_takes_it(world, ports, tmp_path):
    path = saved(world, "nginx", tmp_path)
    config = nginx_config(tmp_path, path, ports[200], "passport")
    assert "test is successful" in run(tool("nginx"), "-t", "-e", tmp_path / "error.log", "-c", config)
    servers = dict(re.findall(r"^upstream (\S+) \{\n    server (\S+);\n\}$", path.read_text(), re.M))
    assert servers == wanted(ports)


def test_nginx_takes_ids_that_differ_in_case(world, ports, tmp_path):
    world.assign("Kite", ports[70])
    world.assign("kite", ports[71])
    path = saved(world, "nginx", tmp_path)
    config = nginx_config(tmp_path, path, ports[200], "passport")
    run(tool("nginx"), "-t", "-e", tmp_path / "error.log", "-c", config)


def test_nginx_leads_to_the_service(server, run_service, ports, tmp_path):
    run_service("alpha", ports[0])
    config = nginx_config(tmp_path, saved(server, "nginx", tmp_path), ports[200], "alpha")
    leads_to([tool("nginx"), "-e", tmp_path / "error.log", "-c", config], ports[200], "alpha")


def test_haproxy_takes_it(world, ports, tmp_path):
    path = saved(world, "haproxy", tmp_path)
    own = haproxy_config(tmp_path, ports[200], "passport")
    said = run(tool("haproxy"), "-c", "-f", own, "-f", path)
    assert "Configuration file is valid" in said and "WARNING" not in said, said
    servers = dict(re.findall(r"^    server (\S+) (\S+) ", path.read_text(), re.M))
    assert servers == wanted(ports)


def test_haproxy_does_without_a_host_that_is_not_known(world, ports, tmp_path):
    world.assign("lost", ports[80], host="lost.invalid")
    path = saved(world, "haproxy", tmp_path)
    own = haproxy_config(tmp_path, ports[200], "lost")
    said = run(tool("haproxy"), "-c", "-f", own, "-f", path)
    assert "lost.invalid" in said and "disabling server" in said


def test_haproxy_takes_a_long_health_endpoint(world, ports, tmp_path):
    world.ok("POST", "/api/services/register",
             {"service_id": "long", "port": ports[80], "health_endpoint": "/" + "x'" * 499})
    path = saved(world, "haproxy", tmp_path)
    own = haproxy_config(tmp_path, ports[200], "long")
    assert "valid" in run(tool("haproxy"), "-c", "-f", own, "-f", path)


def test_haproxy_leads_to_a_service_whose_health_it_checks(server, run_service, ports, tmp_path):
    service = run_service("alpha", ports[0])
    path = saved(server, "haproxy", tmp_path)
    own = haproxy_config(tmp_path, ports[200], "alpha")
    leads_to([tool("haproxy"), "-db", "-f", own, "-f", path], ports[200], "alpha")
    assert any(call["path"] == "/health" for call in service.calls())


def targets(groups):
    return {group["labels"]["service_id"]: group["targets"][0] for group in groups}


def discovered(config, job):
    """What Prometheus makes of the job, after its own relabelling."""
    found = json.loads(run(tool("promtool"), "check", "service-discovery", "--timeout=3s", config,
                           job, merged=False))
    return {each["labels"]["service_id"]: each for each in found}


def prometheus_config(folder, job):
    path = folder / "prometheus.yml"
    path.write_text(yaml.safe_dump({"scrape_configs": [
        {"job_name": "suite", **job, "relabel_configs": [
            {"source_labels": ["__meta_portmanager_name"], "target_label": "service_name",
             "regex": "(?s)(.*)"}]}]}),
        encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["prometheus_http_sd", "prometheus_file_sd"])
def test_prometheus_discovers_what_can_be_reached(world, ports, tmp_path, name):
    url = f"{world.url}/api/ports/export?format={name}"
    job = {"http_sd_configs": [{"url": url}]} if name == "prometheus_http_sd" else {
        "file_sd_configs": [{"files": [str(saved(world, name, tmp_path))]}]}
    config = prometheus_config(tmp_path, job)
    assert "SUCCESS" in run(tool("promtool"), "check", "config", config)
    found = discovered(config, "suite")
    assert {key: each["labels"]["instance"] for key, each in found.items()} == wanted(ports)
    assert found["passport"]["labels"]["service_name"] == NASTY
    meta = found["passport"]["discoveredLabels"]
    assert meta["__meta_portmanager_health_endpoint"].startswith("/it's#")
    assert targets(json.loads(export(world, name))) == wanted(ports)


def test_consul(world, ports):
    services = {each["id"]: each for each in json.loads(export(world, "consul"))["services"]}
    assert set(services) == {"dns", "far", "legalai-pro", "passport", "six", SELF}
    six = services["six"]
    assert (six["address"], six["port"], six["tags"]) == ("2001:db8::7", ports[31], ["tcp"])
    assert six["checks"][0]["http"] == f"http://[2001:db8::7]:{ports[31]}/health"
    assert "checks" not in services["dns"]
    assert services["passport"]["meta"]["name"] == NASTY
    for service in services.values():
        assert all(len(value.encode()) <= 512 for value in service["meta"].values())


def test_csv(world, ports):
    text = world.get("/api/ports/export?format=csv").content.decode()
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    by_id = {row["service_id"]: row for row in rows}
    assert list(by_id) == sorted(by_id) and len(rows) == 8
    assert by_id["passport"] == {
        "service_id": "passport", "name": NASTY, "category": NASTY, "host": "127.0.0.1",
        "protocol": "tcp", "port": str(ports[7]), "contested_with": "",
        "health_endpoint": "/it's#\"$HOME\"\\%[env(HOME)]"}
    assert by_id["twin"]["contested_with"] == "legalai-pro"
    assert by_id["billing"]["port"] == by_id["billing"]["protocol"] == ""
    assert by_id["dns"]["protocol"] == "udp"


@pytest.mark.parametrize("name", FORMATS)
def test_a_host_pattern_that_makes_no_host_is_refused(launch, ports, tmp_path, name):
    server = launch("--host-pattern", "a b;", import_file=suite_file(
        tmp_path / "suite.json", {"passport": ports[7]}))
    answer = server.get("/api/ports/export", params={"format": name})
    if name == "sysctl":
        assert answer.status_code == 200
    else:
        refused(answer, 400, "out_of_bounds", "passport", "--host-pattern")
