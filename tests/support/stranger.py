#!/usr/bin/python3
"""Somebody on a port who is no service of the suite: what the scan tests call a squatter.

    stranger.py --port N [--address A] [--kind KIND] [--name ID] [--reuse-port] [--v6-only]

`listening on PORT` is printed once the socket is there, and SIGTERM ends it. Kinds:

    silent     takes connections and never answers
    not_found  answers every request with 404
    other      answers 200, healthy, as the service --name
    nameless   answers 200, healthy, and says no name
    no_http    answers every connection with a line that is no HTTP
    udp        a UDP socket
"""

import argparse
import json
import socket
import threading

HEALTHY = {"status": "healthy"}


def http_answer(status, value):
    body = json.dumps(value).encode()
    return (f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n").encode() + body


def answer_of(options):
    return {"not_found": http_answer("404 Not Found", {"success": False}),
            "other": http_answer("200 OK", HEALTHY | {"service_id": options.name}),
            "nameless": http_answer("200 OK", HEALTHY),
            "no_http": b"220 mail ready\r\n"}.get(options.kind)


def serve(connection, answer):
    with connection:
        connection.settimeout(10)
        try:
            if answer is None:
                while connection.recv(4096):
                    pass
                return
            connection.recv(4096)
            connection.sendall(answer)
        except OSError:
            pass


def main():
    parser = argparse.ArgumentParser(description="A foreign listener, for tests.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--kind", default="silent",
                        choices=("silent", "not_found", "other", "nameless", "no_http", "udp"))
    parser.add_argument("--name", default="somebody-else")
    parser.add_argument("--reuse-port", action="store_true")
    parser.add_argument("--v6-only", action="store_true")
    options = parser.parse_args()

    family = socket.AF_INET6 if ":" in options.address else socket.AF_INET
    kind = socket.SOCK_DGRAM if options.kind == "udp" else socket.SOCK_STREAM
    listener = socket.socket(family, kind)
    if options.kind != "udp":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if options.reuse_port:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(options.v6_only))
    listener.bind((options.address, options.port))
    if options.kind == "udp":
        print(f"listening on {options.port}", flush=True)
        while True:
            listener.recv(4096)
    listener.listen(64)
    print(f"listening on {options.port}", flush=True)
    answer = answer_of(options)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, answer), daemon=True).start()


if __name__ == "__main__":
    main()
