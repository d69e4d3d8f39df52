#!/usr/bin/env python3
"""CSV files to Arrow on one core: FlightStream's decoder beside arrow-csv, pyarrow, DuckDB and polars.

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install -r benches/peers.txt
    cargo bench --workspace --bench decode -- --write=/tmp
    /tmp/peers/bin/python benches/peers.py /tmp/short.csv /tmp/wide.csv [--runs 5] [--json]

Each reader runs in a process of its own, on one thread, and turns all rows and columns into Arrow arrays, which it gives up
batch by batch if it can. By turns: one run of each, then the next of each. What counts is the processor's time; the least
and the most stand behind the median. Rows and the sum of the first column of whole numbers must be the same from all.
FlightStream and arrow-csv have the file in memory and know its types; the others read it from the page cache and find the
types out from its start.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time

READERS = ["pyarrow", "duckdb", "polars"]
# Before they are imported: they ask once.
ONE_THREAD = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "ARROW_IO_THREADS": "1"}


def main():
    parser = argparse.ArgumentParser(description="CSV files to Arrow on one core, by several readers.")
    parser.add_argument("files", nargs="+", metavar="FILE.csv")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print figures for programs")
    parser.add_argument("--read", choices=READERS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.read:
        print(json.dumps(read(asked.read, asked.files[0])))
        return
    figures = [compare(path, asked.runs, asked.json) for path in asked.files]
    if asked.json:
        print(json.dumps(figures))


def compare(path, runs, quiet):
    """The figures of one file."""
    taken = {reader: [] for reader in READERS}
    for _ in range(runs):
        for reader in READERS:
            taken[reader].append(in_a_process(reader, path))
    answers = {(run["rows"], run["sum"]) for many in taken.values() for run in many}
    if len(answers) != 1:
        sys.exit(f"{path}: the readers differ: {taken}")
    rivals = {reader: summary([run["cpu_ms"] for run in many]) for reader, many in taken.items()}
    for reader, many in taken.items():
        rivals[reader]["peak_mb"] = max(run["peak_mb"] for run in many)
    ours = decoded(path)
    (rows, _), = answers
    if ours["rows"] != rows:
        sys.exit(f"{path}: FlightStream has {ours['rows']} rows where the others have {rows}")
    own = {"flightstream": of_bench(ours["decode"]), "arrow-csv": of_bench(ours["arrow_csv"])}
    all_readers = own | rivals
    fastest = min(figure["cpu_ms"] for name, figure in all_readers.items() if name != "flightstream")
    result = {
        "file": os.path.basename(path),
        "bytes": os.path.getsize(path),
        "rows": rows,
        "readers": all_readers,
        "times_the_fastest": fastest / own["flightstream"]["cpu_ms"],
    }
    if not quiet:
        show(result)
    return result


def show(result):
    megabytes = result["bytes"] / 1e6
    print(f"{result['file']}, {megabytes:.1f} MB, {result['rows']} rows")
    for name, figure in result["readers"].items():
        cpu, peak = figure["cpu_ms"], figure.get("peak_mb")
        memory = f", at most {peak:.0f} MB" if peak else ""
        spread = f"({figure['least']:.0f} to {figure['most']:.0f})"
        print(f"    {name:13}{cpu:9.0f} ms CPU {spread:16}{megabytes / cpu * 1e3:6.0f} MB/s{memory}")
    print(f"    {result['times_the_fastest']:.2f} times the fastest of the others\n", flush=True)


def in_a_process(reader, path):
    command = [sys.executable, __file__, "--read", reader, path]
    done = subprocess.run(command, env=os.environ | ONE_THREAD, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def decoded(path):
    """What the bench of the crate prints."""
    command = ["cargo", "bench", "--quiet", "--workspace", "--bench", "decode", "--", "--json", path]
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)[0]


def of_bench(figures):
    middle, least, most = figures["cpu_ms"]
    return {"cpu_ms": middle, "least": least, "most": most}


def summary(times):
    times = sorted(times)
    return {"cpu_ms": times[len(times) // 2], "least": times[0], "most": times[-1]}


def read(reader, path):
    """Reads a file in this process."""
    batches = {"pyarrow": by_pyarrow, "duckdb": by_duckdb, "polars": by_polars}[reader](path)
    next(batches)  # what is imported is imported now
    started = time.process_time()
    rows, total = 0, 0
    for batch in batches:
        rows += batch.num_rows
        total += whole_numbers(batch)
    cpu_ms = (time.process_time() - started) * 1e3
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return {"rows": rows, "sum": total, "cpu_ms": cpu_ms, "peak_mb": peak_mb}


def whole_numbers(batch):
    """The sum of the first column of whole numbers."""
    import pyarrow.compute as compute
    import pyarrow.types as types

    column = next((c for c, field in zip(batch.columns, batch.schema) if types.is_int64(field.type)), None)
    return (compute.sum(column).as_py() or 0) if column is not None else 0


def by_pyarrow(path):
    import pyarrow
    from pyarrow import csv

    pyarrow.set_cpu_count(1)
    yield
    options = csv.ParseOptions(newlines_in_values=True)
    yield from csv.open_csv(path, read_options=csv.ReadOptions(use_threads=False), parse_options=options)


def by_duckdb(path):
    import duckdb

    database = duckdb.connect()
    database.execute("SET threads = 1")
    yield
    yield from database.read_csv(path, header=True).to_arrow_reader(65536)


def by_polars(path):
    import polars

    yield
    yield from polars.read_csv(path, infer_schema_length=10_000).to_arrow().to_batches()


if __name__ == "__main__":
    main()
