#!/usr/bin/env python3
"""A CSV file over the wire to pyarrow: FlightStream beside the shortest server over the same engine.

    /tmp/peers/bin/python benches/wire.py FILE.csv... [--runs 5] [--json]

The short server is DataFusion's CSV table behind arrow-flight's encoder as it comes, of the bench `wire`; both are built first.
Both are processes of their own, and one client reads all rows from each by turns, the file from the page cache; the first
turn of each does not count. Prints the wall time and the time to the first batch, medians with the least and the most behind
them, and the most memory that the server had. Rows and the sum of the first column of whole numbers must be the same.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.flight as flight

ROOT = pathlib.Path(__file__).parent.parent


def main():
    parser = argparse.ArgumentParser(description="CSV files to pyarrow, from two servers.")
    parser.add_argument("files", nargs="+", metavar="FILE.csv", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print figures for programs")
    asked = parser.parse_args()
    figures = [compare(path.resolve(), asked.runs, asked.json) for path in asked.files]
    if asked.json:
        print(json.dumps(figures))


def compare(path, runs, quiet):
    """The figures of one file."""
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "csv").mkdir()
        (pathlib.Path(folder) / "csv" / path.name).symlink_to(path)
        own, rival = built()
        servers = {
            "FlightStream": (Server([own, "serve", "--port", "0", path.parent]), path.stem),
            "DataFusion": (Server([rival, f"--serve={folder}"]), f"csv/{path.stem}"),
            "from memory": (Server([rival, f"--serve={folder}"]), f"memory/{path.stem}"),
        }
        taken = {name: [] for name in servers}
        wait_until_counted(servers["FlightStream"][0].url, path.stem)
        for _ in range(runs + 1):
            for name, (server, table) in servers.items():
                taken[name].append(read(server.url, table))
        peaks = {name: server.peak_mb() for name, (server, _) in servers.items()}
        for server, _ in servers.values():
            server.stop()
    answers = {(run["rows"], run["sum"]) for many in taken.values() for run in many}
    if len(answers) != 1:
        sys.exit(f"{path}: the servers differ: {answers}")
    figures = {"file": path.name, "bytes": path.stat().st_size, "rows": answers.pop()[0]}
    for name, many in taken.items():
        wall, first = ([run[key] for run in many[1:]] for key in ("wall_ms", "first_ms"))
        figures[name] = {"wall_ms": three(wall), "first_ms": three(first), "peak_mb": peaks[name]}
    figures["times"] = figures["DataFusion"]["wall_ms"][0] / figures["FlightStream"]["wall_ms"][0]
    figures["of_memory"] = figures["from memory"]["wall_ms"][0] / figures["FlightStream"]["wall_ms"][0]
    if not quiet:
        print(f"{path.name}, {figures['bytes'] / 1e6:.0f} MB, {figures['rows']} rows, the same from all")
        for name in taken:
            own = figures[name]
            print(f"    {name:<13} {told(own['wall_ms'])} ms, first batch after {told(own['first_ms'])} ms,"
                  f" at most {own['peak_mb']:.0f} MB")
        print(f"    {figures['times']:.2f} times as fast as DataFusion,"
              f" {figures['of_memory']:.0%} of what its encoder gives from memory")
    return figures


def built():
    """The paths of both servers."""
    command = ["cargo", "bench", "--workspace", "--bench", "wire", "--no-run", "--message-format=json"]
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, check=True).stdout
    artifacts = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    paths = {artifact["target"]["name"]: artifact["executable"] for artifact in artifacts if artifact.get("executable")}
    return paths["flightstream"], paths["wire"]


def three(times):
    """The median, the least and the most."""
    return [statistics.median(times), min(times), max(times)]


def told(times):
    middle, least, most = times
    return f"{middle:.1f} ({least:.1f} to {most:.1f})"


class Server:
    """A server in a process of its own."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = self.process.stdout.readline().strip().removeprefix("listening on ")

    def peak_mb(self):
        """The most memory that it had resident."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1e3

    def stop(self):
        self.process.terminate()
        self.process.wait()


def wait_until_counted(url, table):
    """The server reads a file whole once, in the background after its start."""
    client = flight.connect(url)
    while client.get_flight_info(flight.FlightDescriptor.for_path(table)).total_records < 0:
        time.sleep(0.05)


def read(url, table):
    """All rows of a table."""
    started = time.perf_counter()
    client = flight.connect(url)
    rows = total = 0
    first = None
    for chunk in client.do_get(flight.Ticket(table)):
        batch = chunk.data
        first = first or time.perf_counter() - started
        rows += batch.num_rows
        whole = next((column for column in batch.columns if column.type == pa.int64()), None)
        total += 0 if whole is None else pc.sum(whole).as_py() or 0
    wall = time.perf_counter() - started
    client.close()
    return {"rows": rows, "sum": total, "wall_ms": wall * 1e3, "first_ms": first * 1e3}


if __name__ == "__main__":
    main()
