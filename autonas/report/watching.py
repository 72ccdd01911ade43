"""Serving a search's report on this machine while the search runs: one page, read-only.

The server answers GET and HEAD of ``/`` alone, to browsers on this machine alone: it listens on loopback, and refuses
requests that name another host (a page of the internet could otherwise have its own name point here and read along).
No path is ever looked up on disk.
"""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from autonas.errors import DirectoryError, SettingError, message
from autonas.report.page import render
from autonas.report.story import Story, find_search, read_story
from autonas.runtime.clock import Clock

HOST, PORT = "127.0.0.1", 8765
SHARE = 0.1  # of one processor core at most: the page of a long search takes seconds to make, which the search needs
_WATCHED = ("*.json", "trial_*/*.json", "finished/*.json")


class ReportServer(ThreadingHTTPServer):
    """Serves the report of the search in a directory, which may not have begun.

    ```python
    with ReportServer("runs/first") as server:
        print(server.address)
        server.serve_forever()
    ```

    Args:
        directory: the one that `fit` was given, or a search's own folder in it.
        port: where to listen; 0 takes any free port.
        clock: tells seconds.

    Attributes:
        address: what to open in a browser.

    Raises:
        SettingError: the port is taken, or none.
    """

    daemon_threads = True

    def __init__(self, directory: str | Path, port: int = PORT, clock: Clock = time.monotonic):
        self._directory, self._lock = Path(directory), threading.Lock()
        self._clock, self._next = clock, -math.inf
        self._kept: tuple[str, bytes] = ("", b"")
        try:
            super().__init__((HOST, port), _Handler)
        except (OSError, OverflowError) as error:
            raise SettingError(message("port", f"one that is free ({error})", port, "Use port=0 for any")) from error

    @property
    def address(self) -> str:
        """The page's address."""
        return f"http://{HOST}:{self.server_address[1]}/"

    def page(self) -> tuple[str, bytes]:
        """Return the page and what names its state; it is made anew where a file of the search has changed, but not
        so often that it would take more than `SHARE` of the time."""
        with self._lock:
            begun = self._clock()
            state = _state(self._directory) if begun >= self._next else self._kept[0]
            if state != self._kept[0]:
                self._kept = state, render(_story(self._directory), live=True).encode()
                ended = self._clock()
                self._next = ended + (ended - begun) / SHARE
            return self._kept


def watch(directory: str | Path, port: int = PORT, said: Callable[[str], None] | None = None) -> None:
    """Serve the report of the search in ``directory`` until Ctrl-C.

    Args:
        directory: as of `ReportServer`.
        port: as of `ReportServer`.
        said: is called with one line that names the address; None says nothing.

    Raises:
        SettingError: the port is taken.
    """
    with ReportServer(directory, port) as server:
        if said is not None:
            said(f"{server.address} shows {directory} until Ctrl-C")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return


class _Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: ReportServer
    server_version, sys_version = "autonas", ""

    def do_GET(self) -> None:
        """Send the page, or 304 where the browser has it."""
        self._answer(body=True)

    def do_HEAD(self) -> None:
        """Send what stands before the page."""
        self._answer(body=False)

    def log_message(self, format: str, *values: object) -> None:
        """Say nothing of requests."""

    def _answer(self, body: bool) -> None:
        own = {f"{name}:{self.server.server_address[1]}" for name in (HOST, "localhost")}
        if self.headers.get("Host") not in own:
            self._send(403, b"This page is for browsers on its own machine.\n")
        elif self.path != "/":
            self._send(404, b"There is one page, at /.\n")
        else:
            state, page = self.server.page()
            tag = f'"{state}"'
            if self.headers.get("If-None-Match") == tag:
                self._send(304, b"", tag)
            else:
                self._send(200, page, tag, body)

    def _send(self, status: int, content: bytes, tag: str | None = None, body: bool = True) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8" if status == 200 else "text/plain")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        if tag is not None:
            self.send_header("ETag", tag)
        self.end_headers()
        if body:
            self.wfile.write(content)


def _story(directory: Path) -> Story:
    try:
        return read_story(directory)
    except DirectoryError as error:  # not yet there, or just being written: the page says so, and asks again
        return Story((), "score", True, None, {}, None, None, {"title": f"Waiting for a search ({error})"})


def _state(directory: Path) -> str:
    """Return a name for the state of a search's files: which there are, when each was written, how long it is."""
    try:
        folder = find_search(directory)
    except DirectoryError as error:
        return hashlib.sha256(str(error).encode()).hexdigest()[:32]
    digest = hashlib.sha256()
    for path in sorted(path for pattern in _WATCHED for path in folder.glob(pattern)):
        try:
            facts = path.stat()
        except FileNotFoundError:
            continue  # replaced this moment; its next name is seen next time
        digest.update(f"{path} {facts.st_mtime_ns} {facts.st_size}\n".encode())
    return digest.hexdigest()[:32]
