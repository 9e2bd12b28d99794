#!/usr/bin/python3
"""Figures of the Port Manager beside those of its rivals, measured in one run on one machine.

    tests/bench/bench.py [--json] [--seconds N] [--rounds N] [--dir FOLDER]

Rounds alternate between the Port Manager and its rivals; each figure is the median of the rounds.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from harness import ROOT, SAMPLE, SELF, PortBlock, Server, binary, suite_file  # noqa: E402
from rivals import disk_writes, nginx  # noqa: E402

ASSIGNMENTS = "/api/ports/assignments"
# Below the ephemeral ports, so that wrk's own connections are not in the way of the bind check.
BENCH_PORTS = (1024, 32767)
STARTS = 7


def say(text):
    print(text, file=sys.stderr, flush=True)


def wrk(url, seconds, connections, threads=1, script=()):
    command = ["wrk", "-t", str(threads), "-c", str(connections), "-d", f"{seconds}s", "--latency"]
    if script:
        command += ["-s", str(script[0])]
    command += [url]
    if script:
        command += ["--", *map(str, script[1:])]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def requests_per_second(url, seconds, connections):
    text = wrk(url, seconds, connections)
    assert "Non-2xx" not in text and "Socket errors" not in text, text
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])


def resident_mib(server):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder, self.serial = options, pathlib.Path(folder), 0
        self.block = PortBlock()
        self.servers = []

    def server(self, *args, data_dir=None):
        self.serial += 1
        server = Server(data_dir or self.folder / f"data-{self.serial}", "--log-level", "warn", *args)
        self.servers.append(server)
        return server

    def close(self):
        for server in self.servers:
            server.close()
        self.block.close()

    def rounds(self, what, ours, rivals):
        """Takes ours and each rival in turn, round by round. Medians: the figures, and the ratios
        to each rival within a round, as the machine may be slower in another."""
        taken = {"ours": [], **{name: [] for name in rivals}}
        for number in range(self.options.rounds):
            say(f"{what}: round {number + 1} of {self.options.rounds}")
            for name, measure in {"ours": ours, **rivals}.items():
                taken[name].append(measure())
        figures = {name: statistics.median(each) for name, each in taken.items()}
        figures["ratios"] = {name: statistics.median(
            mine / theirs for mine, theirs in zip(taken["ours"], taken[name])) for name in rivals}
        return figures

    def reads(self, threads):
        server = self.server("--import", SAMPLE, "--http-threads", threads).start()
        idle = resident_mib(server)
        content = server.get(ASSIGNMENTS).content
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        with nginx(folder, self.block[0], ASSIGNMENTS, content) as rival:
            figures = self.rounds(
                f"GET assignments, {threads} threads",
                lambda: requests_per_second(server.url + ASSIGNMENTS, self.options.seconds, 64),
                {"nginx": lambda: requests_per_second(rival, self.options.seconds, 64)})
        figures |= {"body_bytes": len(content), "idle_mib": idle,
                    "after_mib": resident_mib(server)}
        server.stop()
        return figures

    def assigns(self, callers):
        memory = []

        def durable_assigns():
            server = self.server("--range", "1024-65535").start()
            before = len(server.assignments())
            threads = 1
            text = wrk(server.url, self.options.seconds, callers, threads,
                       (HERE / "assign.lua", *BENCH_PORTS, threads))
            told = json.loads(text.splitlines()[-1])
            assert told["broken"] == 0, text
            made = len(server.assignments()) - before
            memory.append(resident_mib(server))
            server.stop()
            shutil.rmtree(server.data_dir)
            # At most the ports that somebody else's listener had are refused.
            assert told["refused"] < made / 20 + 10, text
            latency.append((told["p50_ms"], told["p99_ms"]))
            return made / told["seconds"]

        latency = []
        seconds = self.options.seconds
        figures = self.rounds(f"assigns, {callers} callers", durable_assigns, {
            "append": lambda: disk_writes(self.folder, seconds),
            "overwrite": lambda: disk_writes(self.folder, seconds, room=1000)})
        return figures | {"p50_ms": statistics.median(each[0] for each in latency),
                          "p99_ms": statistics.median(each[1] for each in latency),
                          "resident_mib": max(memory)}

    def starts(self, what, *args):
        """Milliseconds from exec to the line: of the first start, and the median of later ones."""
        say(f"start-up, {what}")

        def timed(server):
            begin = time.perf_counter()
            server.start()
            taken = (time.perf_counter() - begin) * 1000
            memory.append(resident_mib(server))
            server.stop()
            return taken

        memory, later, first = [], [], []
        for _ in range(STARTS):
            server = self.server(*args)
            first.append(timed(server))
            later.append(timed(server))
            shutil.rmtree(server.data_dir)
        return {"first_ms": statistics.median(first), "later_ms": statistics.median(later),
                "resident_mib": statistics.median(memory)}

    def run(self):
        many_services = suite_file(
            self.folder / "many.json",
            {f"service-{number:05}": 20_000 + number for number in range(10_000)} | {SELF: 8100})
        return {
            "machine": {"cores": os.cpu_count(), "kernel": platform.release(),
                        "seconds": self.options.seconds, "rounds": self.options.rounds},
            "reads_1_thread": self.reads(1), "reads_2_threads": self.reads(2),
            "assigns_1": self.assigns(1), "assigns_64": self.assigns(64),
            "start_sample": self.starts("sample", "--import", SAMPLE),
            "start_10000": self.starts("10,000 services", "--import", many_services, "--range",
                                       "1024-65535"),
        }


RIVALS = {"nginx": "nginx, 1 worker, same bytes as a file",
          "append": "write(4096) + fdatasync, appending",
          "overwrite": "write(4096) + fdatasync, in place"}


def compared(what, figures):
    """One row for each rival."""
    rows = []
    for name, ratio in figures["ratios"].items():
        rows.append(("" if rows else what, "" if rows else f"{figures['ours']:,.0f}",
                     f"{figures[name]:,.0f}", f"{ratio:.2f}", RIVALS[name]))
    return rows


def table(figures):
    sample, big, machine = figures["start_sample"], figures["start_10000"], figures["machine"]
    rows = [("", "Port Manager", "rival", "ratio", "rival is")]
    for threads, key in (("1 thread", "reads_1_thread"), ("2 threads", "reads_2_threads")):
        rows += compared(f"GET assignments, {figures[key]['body_bytes']} B, 64 connections, "
                         f"{threads} [1/s]", figures[key])
    for callers, key in (("1 caller", "assigns_1"), ("64 callers", "assigns_64")):
        rows += compared(f"durable assigns, {callers} [1/s]", figures[key])
        rows.append(("  latency p50 / p99 [ms]",
                     f"{figures[key]['p50_ms']:.2f} / {figures[key]['p99_ms']:.2f}", "", "", ""))
    reads = figures["reads_2_threads"]
    rows += [
        ("resident, sample suite, idle [MiB]", f"{reads['idle_mib']:.1f}", "", "", ""),
        ("resident, after the reads [MiB]", f"{reads['after_mib']:.1f}", "", "", ""),
        ("resident, after the assigns [MiB]", f"{figures['assigns_64']['resident_mib']:.1f}", "", "",
         ""),
        ("resident, 10,000 services, idle [MiB]", f"{big['resident_mib']:.1f}", "", "", ""),
        ("start, sample suite, first / later [ms]",
         f"{sample['first_ms']:.0f} / {sample['later_ms']:.0f}", "", "", ""),
        ("start, 10,000 services, first / later [ms]",
         f"{big['first_ms']:.0f} / {big['later_ms']:.0f}", "", "", ""),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = ["  ".join(f"{cell:<{width}}" if column in (0, 4) else f"{cell:>{width}}"
                       for column, (cell, width) in enumerate(zip(row, widths))).rstrip()
             for row in rows]
    return "\n".join([f"{machine['cores']} cores, Linux {machine['kernel']}, median of "
                      f"{machine['rounds']} rounds of {machine['seconds']} s", *lines])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    parser.add_argument("--seconds", type=int, default=4, help="of one round (default 4)")
    parser.add_argument("--rounds", type=int, default=3, help="of each measurement (default 3)")
    parser.add_argument("--dir", default=str(ROOT / "build"),
                        help="where the databases are put: the disk that is measured")
    options = parser.parse_args()
    if options.seconds < 1 or options.rounds < 1:
        parser.error("--seconds and --rounds must be at least 1")
    for tool in (binary(), "wrk", "/usr/sbin/nginx"):
        if not shutil.which(tool):
            sys.exit(f"bench: {tool} is missing (Debian: wrk, nginx-light; scripts/build makes the "
                     "binary)")
    pathlib.Path(options.dir).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.dir) as folder:
        bench = Bench(options, folder)
        try:
            figures = bench.run()
        finally:
            bench.close()
    print(json.dumps(figures, indent=2) if options.json else table(figures))


if __name__ == "__main__":
    main()
