# SPDX-License-Identifier: Apache-2.0
"""A real S3 store for tests (SeaweedFS), in a folder of its own, on this machine only."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

KEY, SECRET = "test-key", "test-secret"


class Store:
    """Started on entering, gone afterwards; ``bucket`` makes one, with Object Lock or without."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> Store:
        program = shutil.which("weed") or str(Path(sys.executable).with_name("weed"))
        (self.folder / "data").mkdir(parents=True)
        allowed = {"name": "test", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
        (self.folder / "s3.json").write_text(json.dumps({"identities": [allowed]}))
        self.port, *others = _free_ports(8)
        names = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port",
                 "filer.port.grpc", "s3.port.grpc")  # fmt: skip
        ports = [f"-{name}={port}" for name, port in zip(names, others, strict=True)]
        self.process = subprocess.Popen(
            [program, "server", "-s3", f"-dir={self.folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
             "-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0", "-volume.max=200",
             "-master.volumeSizeLimitMB=64", f"-s3.config={self.folder / 's3.json'}",
             f"-s3.port={self.port}", *ports],
            stdout=(self.folder / "log").open("wb"), stderr=subprocess.STDOUT, cwd=self.folder,
        )  # fmt: skip
        os.environ.update(AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY=SECRET)
        self.client = self._client()
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            os.environ.pop(name, None)

    def bucket(self, name: str, *, locked: bool) -> str:
        """Make a bucket; its address."""
        self.client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=locked)
        return f"s3://{name}/office?endpoint=http://127.0.0.1:{self.port}"

    def _client(self) -> Any:
        import botocore.session

        session = botocore.session.get_session()
        return session.create_client("s3", region_name="us-east-1", endpoint_url=f"http://127.0.0.1:{self.port}")

    def _wait(self) -> None:
        """Until a first object can be written: the store answers before it can."""
        end = time.monotonic() + 180
        while True:
            try:
                self.client.create_bucket(Bucket="ready")
                self.client.put_object(Bucket="ready", Key="ready", Body=b"ready")
                return
            except Exception:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise
                time.sleep(0.5)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
