# SPDX-License-Identifier: Apache-2.0
"""A whole published site of a few kilobytes, made from fixed keys: two versions, proofs, a feed."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from plainview.model import merkle
from plainview.model.case import Agent, Case, Office
from plainview.model.custody import CustodyEvent, entry_bytes
from plainview.model.release import Release, Version
from plainview.publish.seal import TAG_MANIFEST, seal_bag, seal_site, sha256_file

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOG_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34)))
IDENTITY = "release@oversight.example"
ORIGIN = "oversight.example/custody"
AT = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
CASE = "2026-0042"


@dataclass(frozen=True)
class SmallSite:
    """Where the parts of the site are."""

    root: Path

    @property
    def case(self) -> Path:
        return self.root / "c" / CASE

    def bag(self, number: int) -> Path:
        return self.case / f"v{number}"


def release(*, number: int = 1, supersedes: str = "") -> Release:
    """A release with nothing in it but its names."""
    return Release(
        office=Office("Office of Public Oversight", ORIGIN),
        case=Case(CASE, "Incident at Ferry Street", AT),
        number=number,
        released_at=AT,
        kind_line="",
        status_line="",
        headline="",
        summary="An invented case.",
        facts=(),
        recordings=(),
        documents=(),
        utterances=(),
        moments=(),
        shots=None,
        statements=(),
        status=(),
        withheld=(),
        not_shown=(),
        versions=(Version(number, AT, "first"),),
        supersedes=supersedes,
    )


def fill(bag: Path, *, text: str = "The release.") -> None:
    """A few payload files of different kinds."""
    (bag / "data" / "documents" / "report").mkdir(parents=True)
    (bag / "data" / "index.html").write_text(f"<!doctype html><p>{text}</p>\n")
    (bag / "data" / "case.json").write_text('{"schema": "Case.1"}\n')
    (bag / "data" / "documents" / "report" / "page.bin").write_bytes(bytes(range(256)))
    (bag / "data" / "empty.txt").write_bytes(b"")


def build_bag(bag: Path, *, number: int = 1, supersedes: str = "") -> str:
    """One sealed version; the digest of its signed list."""
    fill(bag, text=f"Version {number}.")
    return seal_bag(
        bag,
        key=KEY,
        identity=IDENTITY,
        bag_info={"Custody-Log-Key": log_key()},
        released_at=AT,
        release=release(number=number, supersedes=supersedes),
    )


def build_site(root: Path) -> SmallSite:
    """Two versions with their proofs, and the files around them, all signed."""
    site = SmallSite(root)
    first = build_bag(site.bag(1))
    second = build_bag(site.bag(2), number=2, supersedes=first)
    entries = [_entry(seq, digest) for seq, digest in enumerate(["", first, "", "", second, ""])]
    _publish(site, 1, entries[:3], index=1)
    _publish(site, 2, entries, index=4)
    for tile, data in merkle.tiles(merkle.Tree([merkle.leaf_hash(each) for each in entries])):
        place = site.case / "proof" / tile.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    (site.case / "latest").write_text("v2\n")
    (site.case / "index.html").write_text("<!doctype html><p>All versions.</p>\n")
    (site.root / "index.html").write_text("<!doctype html><p>All cases.</p>\n")
    seal_site(root, key=KEY, identity=IDENTITY)
    return site


def log_key(key: Ed25519PrivateKey = LOG_KEY) -> str:
    """The log's verifier key as C2SP signed-note writes it."""
    raw = _raw(key)
    typed = base64.b64encode(b"\x01" + raw).decode()
    return f"{ORIGIN}+{_key_id(raw).hex()}+{typed}"


def checkpoint(entries: list[bytes], *, key: Ed25519PrivateKey = LOG_KEY) -> str:
    """A signed checkpoint over these entries."""
    root = merkle.root([merkle.leaf_hash(each) for each in entries])
    text = f"{ORIGIN}\n{len(entries)}\n{base64.b64encode(root).decode()}\n"
    signature = _key_id(_raw(key)) + key.sign(text.encode())
    return f"{text}\n\u2014 {ORIGIN} {base64.b64encode(signature).decode()}\n"


def verifier_key(origin: str, key: Ed25519PrivateKey = LOG_KEY) -> str:
    """The log's verifier key under another origin."""
    raw = _raw(key)
    key_id = hashlib.sha256(origin.encode() + b"\n\x01" + raw).digest()[:4]
    typed = base64.b64encode(b"\x01" + raw).decode()
    return f"{origin}+{key_id.hex()}+{typed}"


def publish_log(case: Path, origin: str, released: dict[int, str], *, before: int = 300) -> None:
    """Proofs of versions (number → digest of its signed list) in a log that held ``before`` other entries first."""
    entries = [_entry(seq, "") for seq in range(before)]
    for number, digest in sorted(released.items()):
        index = len(entries)
        entries += [_entry(index, digest), _entry(index + 1, "")]
        leaves = [merkle.leaf_hash(each) for each in entries]
        tree = merkle.Tree(leaves)
        text = f"{origin}\n{len(entries)}\n{base64.b64encode(merkle.root(leaves)).decode()}\n"
        raw = _raw(LOG_KEY)
        key_id = hashlib.sha256(origin.encode() + b"\n\x01" + raw).digest()[:4]
        note = f"{text}\n\u2014 {origin} {base64.b64encode(key_id + LOG_KEY.sign(text.encode())).decode()}\n"
        hashes = "".join(f"{base64.b64encode(each).decode()}\n" for each in tree.inclusion(index))
        files = {
            "checkpoint": note.encode(),
            "entry": entries[index],
            "release.tlog-proof": f"c2sp.org/tlog-proof@v1\nindex {index}\n{hashes}\n{note}".encode(),
            **{tile.path: data for tile, data in merkle.tiles(tree)},
        }
        for name, body in files.items():
            place = case / "proof" / f"v{number}" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(body)


def tree_digest(folder: Path) -> str:
    """One digest over every path and byte below a folder."""
    lines = [f"{path.relative_to(folder)} {sha256_file(path)}" for path in sorted(folder.rglob("*")) if path.is_file()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def signed_list(bag: Path) -> str:
    """The digest of a version's signed list."""
    return sha256_file(bag / TAG_MANIFEST)


def _publish(site: SmallSite, number: int, entries: list[bytes], *, index: int) -> None:
    proof = site.case / "proof" / f"v{number}"
    proof.mkdir(parents=True)
    note = checkpoint(entries)
    path = merkle.Tree([merkle.leaf_hash(each) for each in entries]).inclusion(index)
    hashes = "".join(f"{base64.b64encode(each).decode()}\n" for each in path)
    (proof / "checkpoint").write_text(note, encoding="utf-8")
    (proof / "release.tlog-proof").write_text(
        f"c2sp.org/tlog-proof@v1\nindex {index}\n{hashes}\n{note}", encoding="utf-8"
    )
    (proof / "entry").write_bytes(entries[index])


def _entry(seq: int, digest: str) -> bytes:
    event = CustodyEvent("released" if digest else "examined", CASE, "release", sha256=digest)
    return entry_bytes(event, seq=seq, salt="00" * 16, at=AT, agent=Agent("A. Clerk"), software="plainview 0")


def _raw(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _key_id(raw: bytes) -> bytes:
    return hashlib.sha256(ORIGIN.encode() + b"\n\x01" + raw).digest()[:4]
