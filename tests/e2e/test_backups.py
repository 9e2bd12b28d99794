"""Backups: POST /api/ports/backup, GET /api/ports/backups, POST /api/ports/restore, POST /reset."""

import concurrent.futures
import hashlib
import json
import os
import re
import urllib.parse

import pytest

from harness import SAMPLE, SELF, refused, succeeded

NAME = re.compile(r"port_config_backup_\d{8}_\d{6}\.json")


def backup(server, name=None):
    query = f"?backup_file={urllib.parse.quote(name, safe='')}" if name is not None else ""
    return server.post(f"/api/ports/backup{query}")


def restore(server, name):
    return server.post(f"/api/ports/restore?backup_file={urllib.parse.quote(name, safe='')}")


def folder_of(server, name):
    found, = server.data_dir.rglob(name)
    return found.parent


class TestBackup:
    def test_name_and_content(self, server):
        name = succeeded(backup(server))["backup_file"]
        assert NAME.fullmatch(name)
        content = json.loads((folder_of(server, name) / name).read_text())
        config = server.wait_for_config(lambda content: True, "to be there")
        assert content["port_assignments"] == server.assignments()
        assert content["port_history"] == config["port_history"]
        assert content["reserved_ports"] == config["reserved_ports"]
        assert content["backup_timestamp"].endswith("Z")
        assert "last_updated" not in content

    def test_two_in_one_second_do_not_overwrite_each_other(self, server):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            names = list(pool.map(lambda _: succeeded(backup(server))["backup_file"], range(8)))
        assert len(set(names)) == 8
        for name in names:
            assert NAME.fullmatch(name)
        listed = {each["name"] for each in server.ok("GET", "/api/ports/backups")["backups"]}
        assert listed == set(names)

    def test_own_name(self, server):
        assert succeeded(backup(server, "before-migration.json"))["backup_file"] \
            == "before-migration.json"

    def test_never_overwrites(self, server, ports):
        succeeded(backup(server, "keep.json"))
        path = folder_of(server, "keep.json") / "keep.json"
        before = path.read_bytes()
        server.assign("epsilon", ports[10])
        refused(backup(server, "keep.json"), 409, "already_exists", "keep.json")
        assert path.read_bytes() == before

    def test_list(self, server):
        assert server.ok("GET", "/api/ports/backups")["backups"] == []
        name = succeeded(backup(server))["backup_file"]
        entry, = server.ok("GET", "/api/ports/backups")["backups"]
        content = (folder_of(server, name) / name).read_bytes()
        assert entry["name"] == name
        assert entry["size"] == len(content)
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["created_at"].endswith("Z")

    def test_no_temporary_files_are_left(self, server):
        name = succeeded(backup(server))["backup_file"]
        assert [path.name for path in folder_of(server, name).iterdir()] == [name]


HOSTILE = ["../x.json", "..", ".", "/etc/passwd", "a/b.json", "./x.json", "..\\x.json", ".hidden.json",
           "a/../b.json", "x\u0000.json", "x\n.json", "", "x" * 300 + ".json", "../portmanager.db"]


def code_of(name):
    """A NUL in the query is refused by HTTP itself, before anybody asks what the name is for."""
    return "bad_request" if "\x00" in name else "invalid_name"


@pytest.mark.parametrize("name", HOSTILE, ids=repr)
class TestHostileNames:
    def test_backup(self, server, name):
        before = sorted(str(path) for path in server.data_dir.parent.rglob("*.json"))
        answer = backup(server, name)
        if name == "":
            # An empty parameter is as good as none, or a wrong name.
            assert answer.status_code in (200, 400)
            return
        refused(answer, 400, code_of(name))
        assert sorted(str(path) for path in server.data_dir.parent.rglob("*.json")) == before

    def test_restore(self, server, name):
        before = server.revision()
        refused(restore(server, name), 400, code_of(name))
        assert server.revision() == before


class TestContent:
    """GET /api/ports/backups/{name}."""

    @staticmethod
    def ask(server, name, **options):
        return server.get(f"/api/ports/backups/{urllib.parse.quote(name, safe='')}", **options)

    def test_is_the_files_bytes(self, server):
        name = succeeded(backup(server))["backup_file"]
        answer = self.ask(server, name)
        assert answer.status_code == 200
        assert answer.content == (folder_of(server, name) / name).read_bytes()
        assert answer.headers["Content-Type"] == "application/json"
        listed, = server.ok("GET", "/api/ports/backups")["backups"]
        assert hashlib.sha256(answer.content).hexdigest() == listed["sha256"]

    def test_is_given_also_when_it_is_large_and_broken(self, server):
        name = succeeded(backup(server, "ä b.json"))["backup_file"]
        content = b"[" * 3_000_000
        (folder_of(server, name) / name).write_bytes(content)
        assert self.ask(server, name, contract=False).content == content

    def test_unknown(self, server):
        succeeded(backup(server, "there.json"))
        assert "there.json" in refused(self.ask(server, "gone.json"), 404, "not_found")["detail"]

    @pytest.mark.parametrize("name", ["../portmanager.db", "..\\x.json", ".hidden.json", "a/b.json"])
    def test_no_plain_name(self, server, name):
        refused(self.ask(server, name), 400, "invalid_name")

    def test_a_link_is_refused(self, server):
        folder = folder_of(server, succeeded(backup(server, "real.json"))["backup_file"])
        (folder / "link.json").symlink_to(server.data_dir / "port_config.json")
        refused(self.ask(server, "link.json"), 400, "invalid_name")


class TestRestore:
    def test_brings_back(self, server, ports):
        before = server.assignments()
        name = succeeded(backup(server))["backup_file"]
        server.assign("epsilon", ports[10])
        server.ok("POST", "/api/ports/reassign", {"service_id": "alpha", "new_port": ports[60]})
        server.ok("DELETE", f"/api/ports/reserve/{ports[50]}")
        assert str(name) in succeeded(restore(server, name))["message"]
        assert server.assignments() == before
        assert [each["port"] for each in server.ok("GET", "/api/ports/reserved")["reserved"]] == [
            ports[50]]
        server.wait_for_config(lambda content: content["port_assignments"] == before, "the restore")

    def test_is_history(self, server, ports):
        name = succeeded(backup(server))["backup_file"]
        server.ok("POST", "/api/ports/reassign", {"service_id": "alpha", "new_port": ports[60]})
        restore(server, name)
        event = server.events("alpha")[-1]
        assert (event["action"], event["old_port"], event["new_port"]) == (
            "restore", ports[60], ports[0])

    def test_missing(self, server):
        refused(restore(server, "nothing.json"), 404, "not_found", "nothing.json")

    def test_without_a_name(self, server):
        answer = server.post("/api/ports/restore")
        assert answer.status_code in (400, 422), answer.text
        refused(answer, answer.status_code, answer.json()["code"], "backup_file")

    def test_link_is_refused(self, server, tmp_path, ports):
        """A link in the backup folder must not read what lies elsewhere."""
        name = succeeded(backup(server))["backup_file"]
        outside = tmp_path / "outside.json"
        outside.write_text(json.dumps({"port_assignments": {"secret": ports[10], SELF: ports[100]},
                                       "port_history": {}, "reserved_ports": []}))
        os.symlink(outside, folder_of(server, name) / "link.json")
        refused(restore(server, "link.json"), 400, "invalid_name")
        assert "secret" not in server.assignments()
        assert "link.json" not in [each["name"] for each in
                                   server.ok("GET", "/api/ports/backups")["backups"]]

    def test_link_is_not_written_through(self, server, tmp_path):
        name = succeeded(backup(server))["backup_file"]
        outside = tmp_path / "outside.json"
        os.symlink(outside, folder_of(server, name) / "link.json")
        answer = backup(server, "link.json")
        assert answer.status_code in (400, 409), answer.text
        assert not outside.exists()

    def test_folder_is_no_backup(self, server):
        name = succeeded(backup(server))["backup_file"]
        (folder_of(server, name) / "folder.json").mkdir()
        answer = restore(server, "folder.json")
        assert answer.status_code in (400, 404), answer.text
        server.ok("GET", "/api/ports/backups")

    def test_pipe_does_not_hang(self, server):
        name = succeeded(backup(server))["backup_file"]
        os.mkfifo(folder_of(server, name) / "pipe.json")
        answer = server.post("/api/ports/restore?backup_file=pipe.json", timeout=10)
        assert answer.status_code in (400, 404), answer.text
        server.request("GET", "/api/ports/backups", timeout=10)

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"port_assignments": {"alpha": 80}}',
                                      '{"port_assignments": {"alpha": "8000"}}', "\udcff"])
    def test_broken_file_changes_nothing(self, server, text):
        name = succeeded(backup(server))["backup_file"]
        (folder_of(server, name) / "broken.json").write_bytes(text.encode(errors="surrogateescape"))
        before = server.assignments(), server.revision()
        answer = restore(server, "broken.json")
        assert answer.status_code in (400, 422), answer.text
        refused(answer, answer.status_code, answer.json()["code"], "broken.json")
        assert (server.assignments(), server.revision()) == before


class TestReset:
    def test_to_the_defaults_of_the_suite(self, sample_server):
        defaults = json.loads(SAMPLE.read_text())
        sample_server.ok("POST", "/api/ports/release", {"service_id": "legalai-pro"})
        sample_server.assign("stranger", force=True, port=8500)
        changed = sample_server.assignments()
        body = sample_server.ok("POST", "/api/ports/reset")
        assert body["message"]
        assert sample_server.assignments() == defaults["port_assignments"]
        reserved = sample_server.ok("GET", "/api/ports/reserved")["reserved"]
        assert [each["port"] for each in reserved] == defaults["reserved_ports"]
        # What was there is in a backup.
        entry, = sample_server.ok("GET", "/api/ports/backups")["backups"]
        sample_server.ok("POST", f"/api/ports/restore?backup_file={entry['name']}")
        assert sample_server.assignments() == changed

    def test_is_history(self, sample_server):
        sample_server.ok("POST", "/api/ports/release", {"service_id": "legalai-pro"})
        sample_server.ok("POST", "/api/ports/reset")
        assert sample_server.events("legalai-pro")[-1]["action"] == "reset"
