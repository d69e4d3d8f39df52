"""Check a running FlightStream with stock Python clients, and with calls made by hand (those are in ../raw).

    python run.py URL DATA_DIR [--writable URL] [--queries DIR] [--cli PATH] [NAME…]
    python run.py --list [NAME…]

URL is what `flightstream serve DATA_DIR` printed, the URL after --writable what it printed with a --writable of its
own; what is written there is dropped again. A NAME is a check, or the beginning of several up to a slash or an
underscore (`agreement`, `f48`). Prints `ok NAME`, `skipped NAME: what it needs` or `FAILED NAME: reason` for each,
and exits with 1 if one failed.
"""

from __future__ import annotations

import argparse
import faulthandler
import importlib
import pathlib
import re
import sys
import traceback

import grpc

sys.dont_write_bytecode = True  # the folder is part of a source tree

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parent.parent))  # for the package `raw`

from target import CHECKS, Skip, Target  # noqa: E402

# Importing a module registers its checks; they run in this order.
MODULES = """
    checks_sql checks_parameters checks_writes checks_ingest checks_metadata checks_flight checks_sessions
    checks_cancel checks_partitions checks_tools
    raw.prepared raw.updates raw.sql_info raw.types raw.sessions raw.running raw.jdbc raw.dbeaver raw.odbc
    raw.fuzz raw.services
    agreement"""
for module in MODULES.split():
    importlib.import_module(module)

HANG_S = 180


def main() -> int:
    """Run the checks that the command line asks for."""
    arguments = parse()
    chosen = [
        name for name in CHECKS if not arguments.names or any(matches(name, wanted) for wanted in arguments.names)
    ]
    unknown = [wanted for wanted in arguments.names if not any(matches(name, wanted) for name in CHECKS)]
    if unknown:
        print(f"no such check: {', '.join(unknown)}", file=sys.stderr)
        return 2
    if arguments.list:
        print("\n".join(chosen))
        return 0
    queries = arguments.queries or arguments.data.parent / "queries"
    queries = queries if queries.is_dir() else None
    target = Target(arguments.url, arguments.data, queries, arguments.cli, arguments.writable)
    outcomes = [outcome(name, target, arguments.trace) for name in chosen]
    print(f"{outcomes.count('ok')} passed, {outcomes.count('FAILED')} failed")
    return 1 if "FAILED" in outcomes else 0


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", nargs="?", help="where the server listens, e.g. grpc://127.0.0.1:8080")
    parser.add_argument("data", nargs="?", type=pathlib.Path, help="the folder that it serves: the project's data/")
    parser.add_argument("names", nargs="*", metavar="NAME", help="checks to run; all if none is given")
    parser.add_argument("--list", action="store_true", help="print the names of the checks and stop")
    parser.add_argument(
        "--queries", type=pathlib.Path, help="the folder of saved queries; default: queries/ beside DATA_DIR, if there"
    )
    parser.add_argument("--writable", metavar="URL", help="where a server with --writable listens")
    parser.add_argument("--cli", type=pathlib.Path, help="the flightstream program, to compare `flightstream get` too")
    parser.add_argument("--trace", action="store_true", help="show where a check failed")
    arguments = parser.parse_intermixed_args()
    if arguments.list:
        arguments.names = [str(name) for name in (arguments.url, arguments.data, *arguments.names) if name]
    elif arguments.data is None:
        parser.error("URL and DATA_DIR are needed")
    return arguments


def matches(name: str, wanted: str) -> bool:
    """Whether a check is the wanted one or belongs to the wanted group."""
    return name == wanted or re.match(re.escape(wanted) + "[_/]", name) is not None


def outcome(name: str, target: Target, trace: bool) -> str:
    """Run one check and print its line; one that hangs ends the program and shows where."""
    faulthandler.dump_traceback_later(HANG_S, exit=True)
    try:
        CHECKS[name](target)
        word, reason = "ok", ""
    except Skip as missing:
        word, reason = "skipped", f": {missing}"
    except Exception as error:
        word, reason = "FAILED", f": {describe(error)}"
        if trace:
            traceback.print_exc()
    finally:
        faulthandler.cancel_dump_traceback_later()
    print(f"{word} {name}{reason}", flush=True)
    return word


def describe(error: Exception) -> str:
    """What went wrong, in one line."""
    if isinstance(error, grpc.RpcError):
        return f"{error.code().name}: {error.details()}"
    text = " ".join(str(error).split())[:2000]
    return text if text and isinstance(error, AssertionError) else f"{type(error).__name__}: {text}"


if __name__ == "__main__":
    sys.exit(main())
