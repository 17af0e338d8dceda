# SPDX-License-Identifier: Apache-2.0
"""The custody log as the public sees it, in C2SP formats: checkpoint, signed note, hash tiles, proof.

What this module keeps true: a log that was once signed is never signed again with a different past.
Only hashes leave the office; entries stay private until one is disclosed with its proof.
Formats: c2sp.org/tlog-checkpoint, signed-note, tlog-tiles, tlog-proof (all v1).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from plainview.errors import LogTampered
from plainview.model import merkle
from plainview.store.durable import make_folders, replace
from plainview.store.keys import raw_public

PROOF_HEADER = "c2sp.org/tlog-proof@v1"
_ED25519 = 1
"""Signature type byte of a plain Ed25519 signed note."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log: its name, how many entries, and the root over them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{_b64(self.root)}\n"


def verifier_key(origin: str, key: Ed25519PrivateKey | Ed25519PublicKey) -> str:
    """The line a checker needs to know the log by: ``origin+keyid+base64`` (signed note vkey)."""
    public = raw_public(key)
    return f"{origin}+{_key_id(origin, public).hex()}+{_b64(bytes([_ED25519]) + public)}"


def sign_checkpoint(checkpoint: Checkpoint, *, key: Ed25519PrivateKey) -> str:
    """The checkpoint as a signed note; Ed25519 gives the same bytes every time."""
    if any(char in checkpoint.origin for char in "+ \n\t") or not checkpoint.origin:
        raise ValueError(f"{checkpoint.origin!r} cannot name a log")
    signature = _key_id(checkpoint.origin, raw_public(key)) + key.sign(checkpoint.text.encode())
    return f"{checkpoint.text}\n\N{EM DASH} {checkpoint.origin} {_b64(signature)}\n"


def open_checkpoint(note: str, *, vkey: str) -> Checkpoint:
    """The checkpoint in a note signed by the log that ``vkey`` names; ``LogTampered`` otherwise."""
    origin, key_id, public = _parse_vkey(vkey)
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    for line in signatures.splitlines():
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.rpartition(" ")
        if dash != "\N{EM DASH}" or name != origin:
            continue
        signature = _unb64(encoded, "a signature")
        if signature[:4] != key_id:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature[4:], text.encode())
        except InvalidSignature as error:
            raise LogTampered("the checkpoint's signature does not fit its text") from error
        return _parse_checkpoint(text, origin)
    raise LogTampered(f"the checkpoint carries no signature of {origin}")


def publish_log(
    leaves: Sequence[bytes],
    *,
    origin: str,
    key: Ed25519PrivateKey,
    out: Path,
    earlier: Iterable[str] = (),
) -> str:
    """Write ``checkpoint`` and ``tile/…`` below ``out`` and return the checkpoint.

    ``leaves`` are the log's leaf hashes (``Ledger.leaves``). The checkpoint that lies in ``out`` already, and
    each of ``earlier``, must be a prefix of this log: ``LogTampered`` otherwise, and nothing is written.
    """
    tree = merkle.Tree(leaves)
    vkey = verifier_key(origin, key)
    notes = list(earlier)
    if (out / "checkpoint").exists():
        notes.append((out / "checkpoint").read_text())
    for note in notes:
        check_prefix(tree, open_checkpoint(note, vkey=vkey))
    for tile, data in merkle.tiles(tree):
        path = out / tile.path
        if not path.exists():
            make_folders(path.parent)
            replace(path, data)
        elif path.read_bytes() != data:
            raise LogTampered(f"{tile.path} is not what was published")
    note = sign_checkpoint(Checkpoint(origin, len(tree), tree.root()), key=key)
    make_folders(out)
    replace(out / "checkpoint", note.encode())
    return note


def check_prefix(tree: merkle.Tree, before: Checkpoint) -> None:
    """``LogTampered`` unless the log that was signed as ``before`` is the beginning of this one."""
    if before.size > len(tree):
        raise LogTampered(f"the custody log had {before.size} entries when it was signed, now it has {len(tree)}")
    if tree.root(before.size) != before.root:
        raise LogTampered(f"the first {before.size} custody entries are not those that were signed")


def inclusion_proof(leaves: Sequence[bytes] | merkle.Tree, index: int, *, checkpoint: str) -> str:
    """The ``.tlog-proof`` of entry ``index`` in the log that ``checkpoint`` (a signed note) stands for."""
    tree = leaves if isinstance(leaves, merkle.Tree) else merkle.Tree(leaves)
    size = int(checkpoint.split("\n", 2)[1])
    hashes = "".join(f"{_b64(each)}\n" for each in tree.inclusion(index, size))
    return f"{PROOF_HEADER}\nindex {index}\n{hashes}\n{checkpoint}"


def verify_proof(proof: str, entry: bytes, *, vkey: str) -> tuple[int, Checkpoint]:
    """(place in the log, checkpoint) of exactly these entry bytes; ``LogTampered`` when the proof fails."""
    head, _, note = proof.partition("\n\n")
    lines = head.split("\n")
    if lines[0] != PROOF_HEADER or len(lines) < 2 or not lines[1].startswith("index "):
        raise LogTampered("not a proof this version understands")
    checkpoint = open_checkpoint(note, vkey=vkey)
    index = _number(lines[1].removeprefix("index "))
    path = [_unb64(line, "a proof hash") for line in lines[2:]]
    leaf = merkle.leaf_hash(entry)
    if not merkle.verify_inclusion(leaf, index=index, size=checkpoint.size, proof=path, root=checkpoint.root):
        raise LogTampered(f"the entry is not at place {index} of the signed log")
    return index, checkpoint


def verify_growth(old: str, new: str, proof: Sequence[bytes], *, vkey: str) -> None:
    """``LogTampered`` unless ``proof`` shows the log signed as ``old`` to be the beginning of ``new``."""
    before, after = open_checkpoint(old, vkey=vkey), open_checkpoint(new, vkey=vkey)
    if not merkle.verify_consistency(
        old=before.size, size=after.size, old_root=before.root, root=after.root, proof=proof
    ):
        raise LogTampered(f"the log of {before.size} entries is not the beginning of the log of {after.size}")


def _parse_vkey(vkey: str) -> tuple[str, bytes, bytes]:
    """(origin, key id, public key); base64 may itself hold ``+``, so only the first two separate."""
    parts = vkey.strip().split("+", 2)
    if len(parts) != 3:
        raise LogTampered("not a log's verifier key")
    origin, key_id, encoded = parts
    data = _unb64(encoded, "the verifier key")
    if data[:1] != bytes([_ED25519]) or len(data) != 33 or _key_id(origin, data[1:]).hex() != key_id:
        raise LogTampered("the verifier key does not fit its own id")
    return origin, bytes.fromhex(key_id), data[1:]


def _parse_checkpoint(text: str, origin: str) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) < 4 or lines[0] != origin:
        raise LogTampered("the checkpoint is of another log")
    return Checkpoint(origin, _number(lines[1]), _unb64(lines[2], "the checkpoint's root"))


def _key_id(origin: str, public: bytes) -> bytes:
    return hashlib.sha256(origin.encode() + b"\n" + bytes([_ED25519]) + public).digest()[:4]


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or (text != "0" and text.startswith("0")):
        raise LogTampered(f"{text!r} is not a number")
    return int(text)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unb64(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise LogTampered(f"{what} is not base64") from error
