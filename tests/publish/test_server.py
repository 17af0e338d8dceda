# SPDX-License-Identifier: Apache-2.0
"""The small server: ranges as video needs them, nothing outside its folder."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from plainview.publish.server import serving

BODY = bytes(range(256)) * 40


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A served folder with one file of 10 240 known bytes."""
    (tmp_path / "site").mkdir()
    (tmp_path / "secret.txt").write_text("no")
    (tmp_path / "site" / "a.mp4").write_bytes(BODY)
    with serving(tmp_path / "site") as base:
        yield base


def get(address: str, path: str, wanted: str = "") -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one request."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=5)
    connection.request("GET", path, headers={"Range": wanted} if wanted else {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), body


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [("bytes=0-0", 0, 0), ("bytes=100-199", 100, 199), ("bytes=10000-", 10000, 10239), ("bytes=-40", 10200, 10239), ("bytes=5-99999", 5, 10239)],
)
def test_a_range_gives_exactly_its_bytes(address: str, wanted: str, first: int, last: int) -> None:
    """Status 206, the bytes asked for and their place in the whole."""
    status, headers, body = get(address, "/a.mp4", wanted)
    assert (status, body) == (206, BODY[first : last + 1])
    assert headers["Content-Range"] == f"bytes {first}-{last}/10240"
    assert headers["Content-Length"] == str(last - first + 1)


def test_a_range_behind_the_end_is_refused(address: str) -> None:
    """Status 416 with the size, and no body."""
    status, headers, body = get(address, "/a.mp4", "bytes=10240-")
    assert (status, headers["Content-Range"], body) == (416, "bytes */10240", b"")


@pytest.mark.parametrize("wanted", ["", "bytes=-", "bytes=a-b", "bytes=1-2,5-6"])
def test_anything_else_is_the_whole_file(address: str, wanted: str) -> None:
    """No range, or one nobody can read: the file, with a word that ranges are understood."""
    status, headers, body = get(address, "/a.mp4", wanted)
    assert (status, body, headers["Accept-Ranges"]) == (200, BODY, "bytes")


@pytest.mark.parametrize("path", ["/../secret.txt", "/%2e%2e/secret.txt", "//etc/passwd"])
def test_nothing_outside_the_folder_is_given(address: str, path: str) -> None:
    """Climbing out finds nothing."""
    assert get(address, path)[0] == 404
