# SPDX-License-Identifier: Apache-2.0
"""A small file server that knows byte ranges, so video can be sought; for looking and for tests, not for the world."""

from __future__ import annotations

import mimetypes
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import IO, Any, ClassVar

CHUNK = 1 << 16


class RangeHandler(SimpleHTTPRequestHandler):
    """Files below one folder, with single ``bytes=a-b`` ranges, no caching surprises and no log of what is read."""

    protocol_version = "HTTP/1.1"
    extensions_map: ClassVar[dict[str, str]] = {  # type: ignore[misc]  # the base class holds an instance-typed dict
        **SimpleHTTPRequestHandler.extensions_map,
        ".vtt": "text/vtt; charset=utf-8",
        ".webp": "image/webp",
        ".woff2": "font/woff2",
        ".m4a": "audio/mp4",
        ".mp4": "video/mp4",
        ".js": "text/javascript; charset=utf-8",
        ".json": "application/json; charset=utf-8",
        ".txt": "text/plain; charset=utf-8",
        ".sig": "text/plain; charset=utf-8",
        ".html": "text/html; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".xml": "application/atom+xml; charset=utf-8",
    }

    _range: tuple[int, int] | None = None

    def send_head(self) -> Any:
        """Open the file asked for, at its range; the base class answers folders and errors."""
        self._range = None
        path = Path(self.translate_path(self.path))
        wanted = self.headers.get("Range", "")
        match = re.fullmatch(r"bytes=(\d*)-(\d*)", wanted.strip())
        if not match or match.groups() == ("", "") or not path.is_file():
            return super().send_head()
        size = path.stat().st_size
        first, last = _bounds(match.group(1), match.group(2), size)
        if first >= size or last < first:
            self.send_response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            self.send_header("Content-Range", f"bytes */{size}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        return self._send_part(path, first, last, size)

    def _send_part(self, path: Path, first: int, last: int, size: int) -> IO[bytes]:
        source = path.open("rb")
        source.seek(first)
        self._range = (first, last)
        self.send_response(HTTPStatus.PARTIAL_CONTENT)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        return source

    def copyfile(self, source: Any, outputfile: Any) -> None:
        """Send what was promised; a reader that closes early (every seek does) is not an error."""
        left = self._range[1] - self._range[0] + 1 if self._range else -1
        try:
            while left != 0:
                block = source.read(CHUNK if left < 0 else min(CHUNK, left))
                if not block:
                    return
                outputfile.write(block)
                left -= len(block) if left > 0 else 0
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def end_headers(self) -> None:
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's own name
        """Nothing: names of files may be evidence."""


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """(first, last) byte asked for; ``-500`` means the last 500 (RFC 9110 section 14.1.2)."""
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A page opens many connections at once; the default backlog of five drops some.
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A reader that went away is not reported."""


def make_server(folder: Path, *, host: str = "127.0.0.1", port: int = 0) -> ThreadingHTTPServer:
    """A server bound and ready, not yet serving; ``port`` 0 takes a free one."""
    mimetypes.init()
    return _Server((host, port), partial(RangeHandler, directory=os.fspath(folder)))


def serve(folder: Path, *, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve ``folder`` until interrupted."""
    with make_server(folder, host=host, port=port) as server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve ``folder`` from another thread; gives the address it answers at."""
    with make_server(folder) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
