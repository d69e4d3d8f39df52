"""The server's process, seen from outside: whether it is at work, and how much it works on after it was told to stop.

And servers of a check's own.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import subprocess
import time
from collections.abc import Iterator
from urllib.parse import urlparse

from target import Skip, Target

# Processor time in a window of WINDOW_S that counts as rest: refreshes and clocks go on in a server that does nothing.
WINDOW_S, REST_S = 0.2, 0.06
PATIENCE_S = 30
# What the server may still compute after a query was cancelled: a second on each processor, and the rest while waiting.
STOP_S = 1.0


class Process:
    """The process that listens at a URL of this machine."""

    def __init__(self, url: str) -> None:
        """Find it; the check is skipped where that cannot be seen."""
        port = urlparse(url).port
        found = [id for inode in _listeners(port) if (id := _owner(inode))]
        if not found:
            raise Skip(f"the process that listens on port {port} is not to be seen from here")
        self.id = found[0]

    def cpu_s(self) -> float:
        """Processor time that it has used."""
        stat = pathlib.Path(f"/proc/{self.id}/stat").read_text()
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def rest(self) -> float:
        """Wait until it does nothing: the processor time that it used until then."""
        first = before = self.cpu_s()
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            time.sleep(WINDOW_S)
            now = self.cpu_s()
            if now - before <= REST_S:
                return before - first
            before = now
        raise AssertionError(f"the server still works after {PATIENCE_S} s: {before - first:.1f} s of processor time")

    def work(self) -> None:
        """Wait until it has computed for a while."""
        first = self.cpu_s()
        end = time.monotonic() + PATIENCE_S
        while self.cpu_s() - first < 2 * REST_S:
            assert time.monotonic() < end, "the server did not begin to work"
            time.sleep(0.01)

    def stops(self, within_s: float = STOP_S) -> None:
        """Fail unless it rests after no more work than all processors do in the time.

        Not the clock is measured: on a busy machine a second of the server's work may take many.
        """
        used = self.rest()
        most = within_s * (os.cpu_count() or 1)
        assert used <= most, f"the server worked on for {used:.2f} s of processor time, of {most:.0f} s at most"


def _listeners(port: int | None) -> list[str]:
    """The inodes of the sockets that listen on a port."""
    out = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if not os.path.exists(table):
            continue
        for line in pathlib.Path(table).read_text().splitlines()[1:]:
            parts = line.split()
            if parts[3] == "0A" and int(parts[1].rpartition(":")[2], 16) == port:
                out.append(parts[9])
    return out


def _owner(inode: str) -> int | None:
    """The process that has a socket open."""
    for link in pathlib.Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(link) == f"socket:[{inode}]":
                return int(link.parts[2])
        except OSError:
            continue  # it has ended, or is another user's
    return None


@contextlib.contextmanager
def own_server(target: Target, *options: str) -> Iterator[Target]:
    """A server of the check's own over the target's data, started with more options; skipped without --cli."""
    if target.cli is None:
        raise Skip("no --cli was given to start a server with")
    command = [target.cli, "serve", "--port", "0", *options, target.data]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            lines = (
                line.removeprefix("listening on ").strip() for line in server.stdout if line.startswith("listening")
            )
            url = next(lines, None)
            assert url, f"{' '.join(map(str, command))} did not listen"
            yield dataclasses.replace(target, url=url)
        finally:
            server.kill()
