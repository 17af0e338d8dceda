# SPDX-License-Identifier: Apache-2.0
"""OCFL 1.1 as data: inventories, names and places (ocfl.io/1.1/spec). No writing happens here.

SHA-256 is the digest algorithm: the specification allows it beside SHA-512, every public tool speaks
it, and it is the digest an exhibit is known by, so that each byte is hashed once.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plainview.errors import VaultDamaged

ROOT_DECLARATION = "0=ocfl_1.1"
ROOT_DECLARATION_TEXT = b"ocfl_1.1\n"
OBJECT_DECLARATION = "0=ocfl_object_1.1"
OBJECT_DECLARATION_TEXT = b"ocfl_object_1.1\n"
INVENTORY = "inventory.json"
SIDECAR = "inventory.json.sha256"
INVENTORY_TYPE = "https://ocfl.io/1.1/spec/#inventory"

LAYOUT = "0003-hash-and-id-n-tuple-storage-layout"
LAYOUT_FILE = (
    json.dumps(
        {"description": "Three folders of three hex digits of the id's SHA-256, then the id", "extension": LAYOUT},
        indent=1,
    ).encode()
    + b"\n"
)
LAYOUT_CONFIG = (
    json.dumps({"digestAlgorithm": "sha256", "extensionName": LAYOUT, "numberOfTuples": 3, "tupleSize": 3}, indent=1)
    + "\n"
).encode()

_LONGEST_NAME = 100
"""Characters of an encoded id kept before the digest takes over (extension 0003)."""


@dataclass(frozen=True, slots=True)
class Version:
    """Who made a version, when and why."""

    created: str
    message: str
    user: str


@dataclass(slots=True)
class Inventory:
    """What an object holds. ``manifest``: digest → content paths; ``states[vN]``: digest → logical names."""

    id: str
    versions: dict[str, Version]
    manifest: dict[str, list[str]] = field(default_factory=dict)
    states: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    @classmethod
    def new(cls, object_id: str, version: Version) -> Inventory:
        return cls(object_id, {"v1": version}, {}, {"v1": {}})

    @property
    def number(self) -> int:
        return len(self.versions)

    @property
    def head(self) -> str:
        return f"v{self.number}"

    @property
    def state(self) -> dict[str, list[str]]:
        return self.states[self.head]

    def next(self, version: Version) -> Inventory:
        """A further version that starts with everything this one holds."""
        head = f"v{self.number + 1}"
        carried = {digest: list(names) for digest, names in self.state.items()}
        manifest = {digest: list(paths) for digest, paths in self.manifest.items()}
        return Inventory(self.id, {**self.versions, head: version}, manifest, {**self.states, head: carried})

    def put(self, logical_name: str, digest: str) -> str:
        """Give ``logical_name`` these bytes in the newest version.

        Returns the content path to write, or an empty string when the object holds the bytes already.
        """
        for names in self.state.values():
            if logical_name in names:
                names.remove(logical_name)
        self.states[self.head] = {key: names for key, names in self.state.items() if names}
        self.state[digest] = sorted([*self.state.get(digest, []), logical_name])
        if digest in self.manifest:
            return ""
        content = f"{self.head}/content/{logical_name}"
        self.manifest[digest] = [content]
        return content

    def content_path(self, logical_name: str) -> str | None:
        """Where the newest version of a file lies below the object, or None."""
        for digest, names in self.state.items():
            if logical_name in names:
                return self.manifest[digest][0]
        return None

    def digest_of(self, content: str) -> str:
        """The SHA-256 of what lies under a content path."""
        return next(digest for digest, places in self.manifest.items() if content in places)

    def dump(self) -> bytes:
        """The inventory's JSON, the same bytes for the same content."""
        versions = {
            head: {
                "created": version.created,
                "message": version.message,
                "state": self.states[head],
                "user": {"name": version.user},
            }
            for head, version in self.versions.items()
        }
        body = {
            "digestAlgorithm": "sha256",
            "head": self.head,
            "id": self.id,
            "manifest": self.manifest,
            "type": INVENTORY_TYPE,
            "versions": versions,
        }
        return json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def parse_inventory(data: bytes) -> Inventory:
    """The inventory in ``data``; ``ValueError`` or ``KeyError`` when it is not one of ours."""
    body: dict[str, Any] = json.loads(data)
    if body["digestAlgorithm"] != "sha256" or body["type"] != INVENTORY_TYPE:
        raise ValueError("not an OCFL 1.1 inventory with SHA-256 digests")
    heads = sorted(body["versions"], key=lambda head: int(head[1:]))
    if heads != [f"v{i + 1}" for i in range(len(heads))] or body["head"] != heads[-1]:
        raise ValueError("versions are not in order")
    versions = {head: body["versions"][head] for head in heads}
    return Inventory(
        id=body["id"],
        versions={
            head: Version(each["created"], each["message"], each["user"]["name"]) for head, each in versions.items()
        },
        manifest=body["manifest"],
        states={head: each["state"] for head, each in versions.items()},
    )


def read_inventory(folder: Path) -> Inventory:
    """The inventory of the object at ``folder``, checked against its digest; ``VaultDamaged`` otherwise."""
    return understand(folder.name, read_matching(folder))


def understand(name: str, data: bytes) -> Inventory:
    """The inventory in bytes that match their digest; ``VaultDamaged``, naming the object, when it is none of ours."""
    try:
        return parse_inventory(data)
    except (ValueError, KeyError, TypeError) as error:
        raise VaultDamaged(f"{name}: the inventory cannot be understood ({error})") from error


def read_matching(folder: Path, *, strict: bool = True) -> bytes:
    """The inventory's bytes if they match the digest beside them, else ``VaultDamaged`` (or nothing)."""
    try:
        data = (folder / INVENTORY).read_bytes()
        if (folder / SIDECAR).read_bytes() == sidecar(data):
            return data
        problem = "does not match its digest"
    except FileNotFoundError:
        problem = "is missing"
    if strict:
        raise VaultDamaged(f"{folder.name}: the inventory {problem}")
    return b""


def sidecar(data: bytes) -> bytes:
    """The line that stands in ``inventory.json.sha256``."""
    return f"{hashlib.sha256(data).hexdigest()} {INVENTORY}\n".encode()


def object_path(object_id: str) -> str:
    """Where an object lies below the storage root (extension 0003, three tuples of three)."""
    digest = hashlib.sha256(object_id.encode()).hexdigest()
    name = re.sub(r"[^A-Za-z0-9_-]", lambda m: "".join(f"%{byte:02x}" for byte in m[0].encode()), object_id)
    if len(name) > _LONGEST_NAME:
        name = f"{name[:_LONGEST_NAME]}-{digest}"
    return f"{digest[:3]}/{digest[3:6]}/{digest[6:9]}/{name}"


def is_version(name: str) -> bool:
    """Whether a folder of this name holds a version of its object."""
    return re.fullmatch(r"v[1-9][0-9]*", name) is not None
