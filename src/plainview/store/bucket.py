# SPDX-License-Identifier: Apache-2.0
"""A bucket of an S3-compatible store, written once and read back.

What this module keeps true: an object that is there is never written over (``If-None-Match: *``); the store itself
checks each upload against a SHA-256; where days of keeping are given every object is locked until then in compliance
mode, so that nobody can remove it, this program included. The key's secret comes from the environment, never from a
file of the office, and nothing is sent anywhere but to the address that is given.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from plainview.errors import MissingPart, StepFailed, WrongUsage
from plainview.store.durable import make_folders

PIECE = 64 << 20
"""Bytes of one part of a large upload; ten thousand of them are allowed."""

CHUNK = 1 << 20

_UNLOCKED = frozenset({"ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration"})
"""What stores answer about a bucket that was made without Object Lock."""


class Bucket:
    """``s3://bucket/prefix?endpoint=https://store.example&region=us-east-1``; keys are below the prefix."""

    def __init__(self, address: str) -> None:
        url = urlsplit(address)
        if url.scheme != "s3" or not url.netloc:
            raise WrongUsage("a bucket is named as s3://bucket/prefix?endpoint=https://store.example")
        asked = parse_qs(url.query)
        self.address = f"s3://{url.netloc}{url.path}"
        self._name, self._prefix = url.netloc, url.path.strip("/")
        self._client, self._error = _client(asked.get("endpoint", [""])[0], asked.get("region", ["us-east-1"])[0])

    def locks(self) -> bool:
        """Whether the bucket was made with Object Lock: without it nothing put there can be kept from removal."""
        try:
            said = self._client.get_object_lock_configuration(Bucket=self._name)
        except self._error as error:
            if _code(error) in _UNLOCKED:
                return False
            raise StepFailed(f"{self.address} does not say whether it can lock ({_code(error)})") from error
        return bool(said["ObjectLockConfiguration"].get("ObjectLockEnabled") == "Enabled")

    def put(self, key: str, source: Path, *, sha256: str, until: datetime | None) -> bool:
        """Upload a file under a new key; False when the key is there already. The digest goes with it."""
        keep = {"Metadata": {"sha256": sha256}}
        lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until} if until else {}
        try:
            if source.stat().st_size > PIECE:
                self._put_in_parts(self._key(key), source, keep | lock)
                return True
            body = source.read_bytes()
            self._client.put_object(
                Bucket=self._name, Key=self._key(key), Body=body, IfNoneMatch="*",
                ChecksumSHA256=base64.b64encode(hashlib.sha256(body).digest()).decode(), **keep, **lock,
            )  # fmt: skip
        except self._error as error:
            if _code(error) in {"PreconditionFailed", "412"}:
                return False
            raise StepFailed(f"{self.address}: {key} could not be put there ({_code(error)})") from error
        return True

    def _put_in_parts(self, key: str, source: Path, keep: dict[str, Any]) -> None:
        begun = self._client.create_multipart_upload(Bucket=self._name, Key=key, ChecksumAlgorithm="SHA256", **keep)
        name: dict[str, Any] = {"Bucket": self._name, "Key": key, "UploadId": begun["UploadId"]}
        parts = []
        with source.open("rb") as stream:
            for number, piece in enumerate(iter(lambda: stream.read(PIECE), b""), 1):
                digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
                done = self._client.upload_part(**name, PartNumber=number, Body=piece, ChecksumSHA256=digest)
                parts.append({"ETag": done["ETag"], "PartNumber": number, "ChecksumSHA256": digest})
        self._client.complete_multipart_upload(**name, MultipartUpload={"Parts": parts}, IfNoneMatch="*")

    def get(self, key: str, target: Path | None = None) -> str:
        """SHA-256 of an object's bytes, read to their end, and written to ``target`` where one is given."""
        digest = hashlib.sha256()
        try:
            body = self._client.get_object(Bucket=self._name, Key=self._key(key))["Body"]
        except self._error as error:
            raise StepFailed(f"{self.address}: {key} cannot be read ({_code(error)})") from error
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

    def held(self, prefix: str) -> dict[str, int]:
        """Every key that begins so, with its size."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=self._key(prefix))
        cut = len(self._prefix) + 1 if self._prefix else 0
        try:
            return {each["Key"][cut:]: each["Size"] for page in pages for each in page.get("Contents", ())}
        except self._error as error:
            raise StepFailed(f"{self.address} cannot be listed ({_code(error)})") from error

    def _key(self, key: str) -> str:
        return f"{self._prefix}/{key}" if self._prefix else key


def _client(endpoint: str, region: str) -> tuple[Any, tuple[type[Exception], ...]]:
    try:
        import botocore.session
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError as error:
        raise MissingPart("a bucket needs the extra part s3: pip install 'plainview[s3]'") from error

    settings = Config(retries={"max_attempts": 5, "mode": "standard"}, s3={"addressing_style": "path"})
    session = botocore.session.get_session()
    made = session.create_client("s3", region_name=region, endpoint_url=endpoint or None, config=settings)
    return made, (ClientError, BotoCoreError)


def _code(error: Exception) -> str:
    return str(getattr(error, "response", {}).get("Error", {}).get("Code", type(error).__name__))
