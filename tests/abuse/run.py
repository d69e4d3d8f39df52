"""Abuse a FlightStream of one's own: statements that ask for far more than they say, sent twice each, while somebody else
asks small questions.

    python run.py FLIGHTSTREAM [--short] [--p99 MS] [--hold S] [NAME…]
    python run.py --list

FLIGHTSTREAM is the program. It is started on a free port of this machine over a folder that is made for it, and is ended
with it: nothing else is asked or written. Each abuse ends by itself after --hold seconds at the latest (its clients
leave then), and so does the whole. Prints a line for each: how long a `SELECT 1` of another client took meanwhile, what
became of the abuse, and the memory of the server; `ok NAME` or `FAILED NAME: reason`. Exits with 1 if one failed.

Needs the packages of ../clients/python/requirements.txt.
"""

from __future__ import annotations

import argparse
import contextlib
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import grpc

sys.dont_write_bytecode = True  # the folder is part of a source tree

CLIENTS = pathlib.Path(__file__).resolve().parent.parent / "clients"
sys.path[1:1] = [str(CLIENTS), str(CLIENTS / "python")]

from raw import wire  # noqa: E402
from raw.proto import message  # noqa: E402

# How often each abuse is sent at the same time.
TWICE = 2
# What the server may have in memory at the end of an abuse, in MiB.
MEMORY_MIB = 2048
# How long the server may take to give up what nobody waits for any more, in seconds of its processor time.
REST_S = 20


def nested(opened: str, inside: str, closed: str, depth: int) -> str:
    """A statement of one expression, nested in itself."""
    return f"SELECT {opened * depth}{inside}{closed * depth}"


def ctes(count: int) -> str:
    """Queries each of which uses the one before twice."""
    queries = ["c0 AS (SELECT 1 AS x)"]
    queries += [f"c{at} AS (SELECT a.x FROM c{at - 1} a, c{at - 1} b)" for at in range(1, count + 1)]
    return f"WITH {', '.join(queries)} SELECT count(*) FROM c{count}"


def doubled(count: int) -> str:
    """A value that is doubled by each of the queries after it, and asked for in the end."""
    queries = ["c0 AS (SELECT n AS x FROM small)"]
    queries += [f"c{at} AS (SELECT x + x AS x FROM c{at - 1})" for at in range(1, count + 1)]
    return f"WITH {', '.join(queries)} SELECT * FROM c{count} WHERE x > 1"


def names(count: int) -> str:
    """The first columns of the wide table, in the wrong case."""
    return f"SELECT {', '.join(f'C{at}' for at in range(count))} FROM wide"


# What is sent: statements that take long to parse, to plan or to work out before the first row, or are refused.
ABUSES: dict[str, str] = {
    "summarize_of_10000_columns": "SUMMARIZE wide",
    "casts_in_casts": nested("CAST(", "1", " AS bigint)", 48),
    "casts_without_end": nested("TRY_CAST(", "1", "", 400),
    "nots": nested("NOT(", "true", ")", 48),
    "arrays_in_arrays": nested("ARRAY[", "1", "]", 48),
    "subqueries_in_subqueries": nested("(SELECT ", "1", ")", 48),
    "cases_in_cases": nested("CASE WHEN ", "true +", " THEN 1 END", 40),
    "thirty_queries_each_using_the_one_before_twice": ctes(30),
    "values_that_double": doubled(30),
    "comma_joins": f"SELECT count(*) FROM {', '.join(f'small s{at}' for at in range(400))}",
    "unions": " UNION ALL ".join(["SELECT n FROM small"] * 500),
    "parameters": f"SELECT {', '.join(f'${at}' for at in range(1, 100_000))}",
    "cube_of_20_columns": f"SELECT count(*) FROM wide GROUP BY CUBE({', '.join(f'c{at}' for at in range(20))})",
    "cubes_of_cubes": "SELECT 1 FROM wide GROUP BY CUBE(c0,c1,c2,c3,c4,c5,c6,c7), CUBE(c8,c9,c10,c11,c12,c13,c14,c15)",
    "arguments": f"SELECT concat({', '.join(['n'] * 300_000)}) FROM small",
    "large_values_worked_out_at_once": "SELECT levenshtein(repeat('a', 200000), repeat('b', 200000))",
    "repeated_repeats": "SELECT length(repeat(repeat('a', 100000), 100000))",
    "padded": "SELECT length(lpad('a', 2000000000))",
    "long_series": "SELECT array_length(generate_series(1, 10000000000))",
    "columns_in_the_wrong_case": names(2000),
    "all_columns_in_the_wrong_case": names(10_000),
    "all_columns_in_order": "SELECT * FROM wide ORDER BY c9999, c0",
    "unknown_columns": f"SELECT {', '.join(f'u{at}' for at in range(10_000))} FROM wide",
    "many_unknown_columns": f"SELECT {', '.join(f'u{at}' for at in range(20_000))} FROM wide",
    "aggregates": f"SELECT {', '.join(f'sum(c{at}), min(c{at})' for at in range(2000))} FROM wide",
    "a_list_of_values": f"SELECT count(*) FROM small WHERE n IN ({', '.join(map(str, range(150_000)))})",
    "rows_of_values": f"SELECT count(*) FROM (VALUES {', '.join(f'({at})' for at in range(100_000))})",
    "views_of_views": "SELECT count(*) FROM v6",
    "windows": f"SELECT {', '.join(f'sum(n) OVER (PARTITION BY n + {at})' for at in range(1500))} FROM small",
}
SHORT = """
    summarize_of_10000_columns casts_in_casts nots thirty_queries_each_using_the_one_before_twice values_that_double
    comma_joins parameters cube_of_20_columns arguments large_values_worked_out_at_once columns_in_the_wrong_case
    all_columns_in_the_wrong_case all_columns_in_order unknown_columns views_of_views""".split()


@dataclass
class Server:
    """The program at work."""

    url: str
    process: subprocess.Popen[str]

    def memory_mib(self) -> float:
        """What it has in memory."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024

    def cpu_s(self) -> float:
        """Processor time that it has used."""
        stat = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text()
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / 100

    def rest(self) -> float:
        """Wait until it does nothing, and say how much processor time that took."""
        first = before = self.cpu_s()
        while True:
            time.sleep(0.25)
            now = self.cpu_s()
            if now - before <= 0.1 or now - first > REST_S:
                return now - first
            before = now


@contextlib.contextmanager
def served(program: pathlib.Path) -> Iterator[Server]:
    """The program over a folder of a small table, a wide one, and views on views."""
    with tempfile.TemporaryDirectory(prefix="abuse-") as folder:
        data, queries = pathlib.Path(folder, "data"), pathlib.Path(folder, "queries")
        data.mkdir(), queries.mkdir()
        (data / "small.csv").write_text("n,text\n1,a\n2,b\n3,c\n")
        wide = [",".join(f"c{at}" for at in range(10_000)), *(",".join(["1"] * 10_000) for _ in range(3))]
        (data / "wide.csv").write_text("\n".join(wide) + "\n")
        (queries / "v0.sql").write_text("SELECT n FROM small")
        for at in range(1, 7):
            joined = ", ".join(f"v{at - 1} {name}" for name in "abc")
            (queries / f"v{at}.sql").write_text(f"SELECT a.n FROM {joined}")
        command = [str(program), "serve", "--port", "0", "--queries", str(queries), str(data)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            try:
                lines = (line for line in process.stdout if line.startswith("listening on "))
                url = next(lines, "").removeprefix("listening on ").strip()
                assert url, f"{' '.join(command)} did not listen"
                yield Server(url, process)
            finally:
                process.kill()


@dataclass
class Outcome:
    """What became of an abuse."""

    words: list[str]
    small_ms: list[float]

    def p99_ms(self) -> float:
        """The time that 99 of 100 small questions took at most."""
        times = sorted(self.small_ms)
        return times[min(len(times) - 1, len(times) * 99 // 100)]


def abused(server: Server, sql: str, hold_s: float) -> Outcome:
    """Send a statement as often as that, and ask small questions until all of them have their answer or are given up."""
    outcome = Outcome([], [])

    def send() -> None:
        with wire.Raw(server.url) as raw:
            try:
                (info,) = raw.server_stream("GetFlightInfo", wire.command(wire.statement_query(sql)), hold_s)
                (endpoint,) = wire.Info.decode(info).endpoints
                messages = list(raw.server_stream("DoGet", message((1, endpoint.ticket)), hold_s))
                outcome.words.append(f"{len(messages)} messages")
            except grpc.RpcError as error:
                outcome.words.append(f"{error.code().name}: {error.details()[:90]}")

    senders = [threading.Thread(target=send, daemon=True) for _ in range(TWICE)]
    with wire.Raw(server.url) as raw:
        raw.rows("SELECT 1")
        for sender in senders:
            sender.start()
        asked = 0
        while asked < 50 or any(sender.is_alive() for sender in senders):
            begun = time.monotonic()
            assert raw.rows("SELECT 1") == [(1,)]
            outcome.small_ms.append((time.monotonic() - begun) * 1000)
            asked += 1
            time.sleep(0.005)
    return outcome


def check(server: Server, name: str, p99_ms: float, hold_s: float) -> str | None:
    """Abuse the server; why that did harm, if it did."""
    outcome = abused(server, ABUSES[name], hold_s)
    rested, memory = server.rest(), server.memory_mib()
    print(
        f"   {name}: SELECT 1 p99 {outcome.p99_ms():.0f} ms, most {max(outcome.small_ms):.0f} ms of"
        f" {len(outcome.small_ms)}; {rested:.1f} s of work afterwards; {memory:.0f} MiB; {' | '.join(outcome.words)}"
    )
    if server.process.poll() is not None:
        return "the server has ended"
    if outcome.p99_ms() > p99_ms:
        return f"SELECT 1 took {outcome.p99_ms():.0f} ms (p99), at most {p99_ms:.0f} are allowed"
    if rested > REST_S:
        return f"the server works on for more than {REST_S} s"
    if memory > MEMORY_MIB:
        return f"the server has {memory:.0f} MiB in memory, at most {MEMORY_MIB} are allowed"
    return None


def main() -> int:
    """Abuse the program that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", nargs="?", type=pathlib.Path, help="the flightstream program")
    parser.add_argument("names", nargs="*", metavar="NAME", help="abuses; all if none is given")
    parser.add_argument("--short", action="store_true", help="only the worst ones")
    parser.add_argument("--p99", type=float, default=50, metavar="MS", help="what SELECT 1 may take meanwhile")
    parser.add_argument("--hold", type=float, default=20, metavar="S", help="how long the abusing clients wait")
    parser.add_argument("--list", action="store_true", help="print the names of the abuses and stop")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(ABUSES))
        return 0
    if arguments.program is None:
        parser.error("FLIGHTSTREAM is needed")
    chosen = arguments.names or (SHORT if arguments.short else list(ABUSES))
    failed = 0
    with served(arguments.program) as server:
        for name in chosen:
            reason = check(server, name, arguments.p99, arguments.hold)
            failed += reason is not None
            print(f"FAILED {name}: {reason}" if reason else f"ok {name}", flush=True)
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
