"""What the Port Manager is measured against: nginx with a static file, and the bare disk."""

import contextlib
import os
import pathlib
import subprocess
import time

from harness import end_process, wait_until

import requests

NGINX_CONFIG = """\
daemon off;
master_process on;
worker_processes 1;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  tcp_nodelay on;
  keepalive_requests 1000000000;
  open_file_cache max=16 inactive=60s;
  default_type application/json;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    root {folder}/root;
  }}
}}
"""


@contextlib.contextmanager
def nginx(folder, port, path, content):
    """One worker that serves the content at the path. The URL."""
    folder = pathlib.Path(folder)
    file = folder / "root" / path.lstrip("/")
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    user = "user root;" if os.geteuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(NGINX_CONFIG.format(folder=folder, port=port, user=user))
    process = subprocess.Popen(["/usr/sbin/nginx", "-c", str(config), "-e", str(folder / "error.log")],
                               stdin=subprocess.DEVNULL, start_new_session=True)
    url = f"http://127.0.0.1:{port}{path}"
    try:
        def up():
            assert process.poll() is None, (folder / "error.log").read_text()
            with contextlib.suppress(requests.ConnectionError):
                return requests.get(url, timeout=5).content == content
        wait_until(up, "nginx to serve")
        yield url
    finally:
        end_process(process)


def disk_writes(folder, seconds, room=0):
    """write(4096) + fdatasync in a loop: how many each second.

    Into `room` blocks that the file has already, round and round, as a write-ahead log is written;
    with 0 at the end of the file, which makes the file system write its own records too."""
    path = pathlib.Path(folder) / "fdatasync.bin"
    block = os.urandom(4096)
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, block * room)
        os.fsync(descriptor)
        count, begin = 0, time.perf_counter()
        while (now := time.perf_counter()) < begin + seconds:
            if room and count % room == 0:
                os.lseek(descriptor, 0, os.SEEK_SET)
            os.write(descriptor, block)
            os.fdatasync(descriptor)
            count += 1
        return count / (now - begin)
    finally:
        os.close(descriptor)
        path.unlink()
