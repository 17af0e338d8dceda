# SPDX-License-Identifier: Apache-2.0
"""A bucket of an S3-compatible store, written once and read back.

What this module keeps true: an object that is there is never written over (``If-None-Match: *``); the store itself
checks each upload against a SHA-256, and what it says of the object afterwards (size, checksum, lock) is read back
before it counts as put; where days of keeping are given every object is locked until then in compliance mode, so that
nobody can remove it, this program included. A store that is away (``StoreAway``) and one that answers wrong
(``StepFailed``) are told apart. The key's secret comes from the environment, never from a file of the office, and
nothing is sent anywhere but to the address that is given.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from plainview.errors import MissingPart, StepFailed, StoreAway, WrongUsage
from plainview.store.durable import make_folders

PIECE = 64 << 20
"""Bytes of one part of a large upload; ten thousand of them are allowed."""

CHUNK = 1 << 20

_UNLOCKED = frozenset({"ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration"})
"""What stores answer about a bucket that was made without Object Lock."""

_NOT_THERE = frozenset({"NoSuchKey", "404", "NotFound"})
_THERE = frozenset({"PreconditionFailed", "412"})
_ROUNDED = timedelta(seconds=2)
"""Stores keep the end of a lock in whole seconds."""


@dataclass(frozen=True, slots=True)
class State:
    """What a store says of an object without sending it."""

    size: int
    checksum: str
    """Base64 SHA-256 of the bytes, or of the parts' digests and how many; empty where the store tells none."""
    until: datetime | None
    """Until when it is locked in compliance mode."""
    version: str


class Bucket:
    """``s3://bucket/prefix?endpoint=https://store.example&region=us-east-1``; keys are below the prefix."""

    def __init__(self, address: str, *, tries: int = 5, wait_s: int = 60) -> None:
        url = urlsplit(address)
        if url.scheme != "s3" or not url.netloc:
            raise WrongUsage("a bucket is named as s3://bucket/prefix?endpoint=https://store.example")
        asked = parse_qs(url.query)
        self.address = f"s3://{url.netloc}{url.path}"
        self._name, self._prefix = url.netloc, url.path.strip("/")
        self._endpoint, self._region = asked.get("endpoint", [""])[0], asked.get("region", ["us-east-1"])[0]
        self._tries, self._wait_s = tries, wait_s

    @cached_property
    def _client(self) -> Any:
        """Made on first use: an office is opened more often than its bucket is asked."""
        return _client(self._endpoint, self._region, self._tries, self._wait_s)

    def locks(self) -> bool:
        """Whether the bucket was made with Object Lock: without it nothing put there can be kept from removal."""
        with self._asking("it does not say whether it can lock"):
            try:
                said = self._client.get_object_lock_configuration(Bucket=self._name)
            except _errors() as error:
                if _code(error) in _UNLOCKED:
                    return False
                raise
        return bool(said["ObjectLockConfiguration"].get("ObjectLockEnabled") == "Enabled")

    def state(self, key: str) -> State | None:
        """What the store says of an object; None when it is not there."""
        with self._asking(f"{key} cannot be looked at"):
            try:
                said = self._client.head_object(Bucket=self._name, Key=self._key(key), ChecksumMode="ENABLED")
            except _errors() as error:
                if _code(error) in _NOT_THERE:
                    return None
                raise
        locked = said.get("ObjectLockMode") == "COMPLIANCE"
        until = said.get("ObjectLockRetainUntilDate") if locked else None
        return State(said["ContentLength"], said.get("ChecksumSHA256", ""), until, said.get("VersionId", ""))

    def put(self, key: str, source: Path | bytes, *, sha256: str, until: datetime | None) -> bool:
        """Upload bytes under a new key and read back what the store says of them; False when the key is there already.

        ``StepFailed`` when what was read for it is not what ``sha256`` says, or the store's word is another than ours.
        """
        keep: dict[str, Any] = {"Metadata": {"sha256": sha256}}
        lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until} if until else {}
        with self._asking(f"{key} could not be put there"):
            try:
                if isinstance(source, Path) and source.stat().st_size > PIECE:
                    if self.state(key) is not None:
                        return False  # before gigabytes are sent for nothing
                    size, checksum = self._put_in_parts(self._key(key), source, keep | lock, sha256)
                else:
                    size, checksum = self._put_whole(self._key(key), source, keep | lock, sha256)
            except _errors() as error:
                if _code(error) in _THERE:
                    return False
                raise
        self._read_back(key, size, checksum, until)
        return True

    def _put_whole(self, key: str, source: Path | bytes, keep: dict[str, Any], sha256: str) -> tuple[int, str]:
        body = source if isinstance(source, bytes) else source.read_bytes()
        digest = hashlib.sha256(body)
        _refuse_other(key, digest.hexdigest(), sha256)
        checksum = _base64(digest.digest())
        self._client.put_object(
            Bucket=self._name, Key=key, Body=body, IfNoneMatch="*", ChecksumSHA256=checksum, **keep
        )  # fmt: skip
        return len(body), checksum

    def _put_in_parts(self, key: str, source: Path, keep: dict[str, Any], sha256: str) -> tuple[int, str]:
        begun = self._client.create_multipart_upload(Bucket=self._name, Key=key, ChecksumAlgorithm="SHA256", **keep)
        name: dict[str, Any] = {"Bucket": self._name, "Key": key, "UploadId": begun["UploadId"]}
        parts, whole, every, size = [], hashlib.sha256(), b"", 0
        try:
            with source.open("rb") as stream:
                for number, piece in enumerate(iter(lambda: stream.read(PIECE), b""), 1):
                    whole.update(piece)
                    digest = hashlib.sha256(piece).digest()
                    told = _base64(digest)
                    done = self._client.upload_part(**name, PartNumber=number, Body=piece, ChecksumSHA256=told)
                    parts.append({"ETag": done["ETag"], "PartNumber": number, "ChecksumSHA256": told})
                    every, size = every + digest, size + len(piece)
            _refuse_other(key, whole.hexdigest(), sha256)
            self._client.complete_multipart_upload(**name, MultipartUpload={"Parts": parts}, IfNoneMatch="*")
        except BaseException:
            with contextlib.suppress(*_errors()):
                self._client.abort_multipart_upload(**name)
            raise
        return size, f"{_base64(hashlib.sha256(every).digest())}-{len(parts)}"

    def _read_back(self, key: str, size: int, checksum: str, until: datetime | None) -> None:
        state = self.state(key)
        wrong = []
        if state is None or state.size != size:
            wrong.append("is not there in full")
        elif state.checksum not in ("", checksum):
            wrong.append("has another checksum there")
        if until and (state is None or state.until is None or state.until < until - _ROUNDED):
            wrong.append(f"is not locked until {until:%Y-%m-%d}")
        if wrong:
            raise StepFailed(f"{self.address}: {key} was put there and {' and '.join(wrong)}")

    def get(self, key: str, target: Path | None = None) -> str:
        """SHA-256 of an object's bytes, read to their end, and written to ``target`` where one is given."""
        digest = hashlib.sha256()
        with self._asking(f"{key} cannot be read"):
            body = self._client.get_object(Bucket=self._name, Key=self._key(key))["Body"]
            if target is None:
                for chunk in body.iter_chunks(CHUNK):
                    digest.update(chunk)
                return digest.hexdigest()
            make_folders(target.parent)
            with target.open("wb") as stream:
                for chunk in body.iter_chunks(CHUNK):
                    digest.update(chunk)
                    stream.write(chunk)
        return digest.hexdigest()

    def read(self, key: str) -> bytes | None:
        """A small object's bytes; None when it is not there."""
        with self._asking(f"{key} cannot be read"):
            try:
                return bytes(self._client.get_object(Bucket=self._name, Key=self._key(key))["Body"].read())
            except _errors() as error:
                if _code(error) in _NOT_THERE:
                    return None
                raise

    def hide(self, key: str) -> None:
        """Free a key. In a bucket with Object Lock its bytes stay, as an older version, until their lock ends."""
        with self._asking(f"{key} cannot be set aside"):
            self._client.delete_object(Bucket=self._name, Key=self._key(key))

    def held(self, prefix: str) -> dict[str, int]:
        """Every key that begins so, with its size."""
        cut = len(self._prefix) + 1 if self._prefix else 0
        with self._asking("it cannot be listed"):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=self._key(prefix))
            found = list(pages)
        if any(page.get("Name") != self._name for page in found):
            raise StepFailed(f"{self.address}: what answered the question for its list is no object store")
        return {each["Key"][cut:]: each["Size"] for page in found for each in page.get("Contents", ())}

    @contextlib.contextmanager
    def _asking(self, failed: str) -> Iterator[None]:
        """What goes wrong meanwhile, as one sentence."""
        try:
            yield
        except _errors() as error:
            if _is_away(error):
                raise StoreAway(f"{self.address} does not answer ({_code(error)}): {failed}") from error
            raise StepFailed(f"{self.address}: {failed} ({_code(error)})") from error

    def _key(self, key: str) -> str:
        return f"{self._prefix}/{key}" if self._prefix else key


def _client(endpoint: str, region: str, tries: int, wait_s: int) -> Any:
    _errors()
    import botocore.session
    from botocore.config import Config

    settings = Config(
        retries={"max_attempts": tries, "mode": "standard"},
        s3={"addressing_style": "path"},
        connect_timeout=min(wait_s, 10),
        read_timeout=wait_s,
    )
    session = botocore.session.get_session()
    return session.create_client("s3", region_name=region, endpoint_url=endpoint or None, config=settings)


def _errors() -> tuple[type[Exception], ...]:
    """All that asking a store can raise; also what a proxy's page in its place is read as."""
    try:
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError
    except ImportError as error:
        raise MissingPart("a bucket needs the extra part s3: pip install 'plainview[s3]'") from error
    return ClientError, BotoCoreError, ResponseParserError


def _is_away(error: Exception) -> bool:
    """Whether asking again later may help: no connection, one that broke, or the store's own trouble."""
    from botocore.exceptions import ConnectionError as NotConnected
    from botocore.exceptions import HTTPClientError, IncompleteReadError

    status = getattr(error, "response", {}).get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return isinstance(error, (NotConnected, HTTPClientError, IncompleteReadError)) or status >= 500


def _refuse_other(key: str, found: str, sha256: str) -> None:
    if sha256 and found != sha256:
        raise StepFailed(f"{key} was not put: its bytes are no longer those with the digest {sha256}")


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _code(error: Exception) -> str:
    return str(getattr(error, "response", {}).get("Error", {}).get("Code", type(error).__name__))
