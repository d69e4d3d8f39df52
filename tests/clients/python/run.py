"""Check a running FlightStream with stock Python clients.

    python run.py URL DATA_DIR [--queries DIR] [--cli PATH] [NAME…]
    python run.py --list [NAME…]

URL is what `flightstream serve DATA_DIR` printed. A NAME is a check, or the beginning of several up to a slash or an
underscore (`agreement`, `f48`). Prints `ok NAME` or `FAILED NAME: reason` for each, and exits with 1 if one failed.
"""

from __future__ import annotations

import argparse
import faulthandler
import pathlib
import re
import sys
import traceback

sys.dont_write_bytecode = True  # the folder is part of a source tree

import checks_sql  # noqa: F401 (importing registers the checks)
import checks_metadata  # noqa: F401
import checks_flight  # noqa: F401
import agreement  # noqa: F401
from target import CHECKS, Target

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
    target = Target(arguments.url, arguments.data, queries if queries.is_dir() else None, arguments.cli)
    failed = [name for name in chosen if not passes(name, target, arguments.trace)]
    print(f"{len(chosen) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


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


def passes(name: str, target: Target, trace: bool) -> bool:
    """Run one check and print its line; one that hangs ends the program and shows where."""
    faulthandler.dump_traceback_later(HANG_S, exit=True)
    try:
        CHECKS[name](target)
    except Exception as error:
        reason = " ".join(str(error).split())[:2000] or type(error).__name__
        kind = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
        print(f"FAILED {name}: {kind}{reason}", flush=True)
        if trace:
            traceback.print_exc()
        return False
    finally:
        faulthandler.cancel_dump_traceback_later()
    print(f"ok {name}", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
