# SPDX-License-Identifier: Apache-2.0
"""The office's keys: one Ed25519 key signs releases, another the custody log; a secret salts what is published.

They lie in one folder, readable by the office's account only. The release key may live on another
machine or a token: nothing else in the store needs it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import stat
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from plainview.errors import LogTampered, MissingPart
from plainview.store.durable import make_folders, sync_folder, write_new

_SEALED = "plainview sealed assessments"
_FILES = {"log": "log.pem", "release": "release.pem", "secret": "secret.hex"}


@dataclass(frozen=True, slots=True)
class Keys:
    """What an office signs and salts with. Never printed: the representation names no value."""

    log: Ed25519PrivateKey
    release: Ed25519PrivateKey
    secret: bytes

    def __repr__(self) -> str:
        return "Keys(…)"


def create_keys(folder: Path, *, seed: bytes | None = None) -> Keys:
    """Make the office's keys, or finish making them: a key that is there is kept.

    With ``seed`` the keys follow from it, which is for examples and tests: anyone who knows the seed
    can sign.
    """
    make_folders(folder)
    folder.chmod(0o700)
    for use, name in sorted(_FILES.items()):
        if not (folder / name).exists():
            material = secrets.token_bytes(32) if seed is None else _derive(seed, f"plainview {use} key")
            _keep(folder / name, material.hex().encode() + b"\n" if use == "secret" else _pem(material))
    return load_keys(folder)


def load_keys(folder: Path) -> Keys:
    """Read the keys; ``MissingPart`` when one is not there or others may read it."""
    data = {}
    for use, name in _FILES.items():
        path = folder / name
        try:
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                raise MissingPart(f"{path}: other accounts may read this key; run chmod 600 on it")
            data[use] = path.read_bytes()
        except FileNotFoundError as error:
            raise MissingPart(f"{path}: this key is missing") from error
    return Keys(_private(data["log"]), _private(data["release"]), bytes.fromhex(data["secret"].decode()))


def salts(secret: bytes) -> Callable[[int], str]:
    """The salt of each custody entry: the same for the same secret and place, a guess for anyone else."""
    return lambda seq: _derive(secret, f"plainview custody entry {seq}")[:16].hex()


def seal_text(secret: bytes, text: str) -> str:
    """What only the holder of the office's secret can read, and nobody can change unseen (AES-256-GCM)."""
    nonce = os.urandom(12)
    return base64.b64encode(nonce + AESGCM(_derive(secret, _SEALED)).encrypt(nonce, text.encode(), None)).decode()


def unseal_text(secret: bytes, sealed: str) -> str:
    """The text again; ``LogTampered`` when it is not as it was sealed."""
    data = base64.b64decode(sealed)
    try:
        return AESGCM(_derive(secret, _SEALED)).decrypt(data[:12], data[12:], None).decode()
    except InvalidTag as error:
        raise LogTampered("a sealed assessment is not as it was written") from error


def raw_public(key: Ed25519PrivateKey | Ed25519PublicKey) -> bytes:
    """The 32 bytes of the public key."""
    public = key.public_key() if isinstance(key, Ed25519PrivateKey) else key
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def public_line(key: Ed25519PrivateKey | Ed25519PublicKey, *, comment: str = "") -> str:
    """The OpenSSH public key line: ``ssh-ed25519 AAAA… comment``."""
    return " ".join(filter(None, ("ssh-ed25519", base64.b64encode(_ssh_blob(key)).decode(), comment)))


def fingerprint(key: Ed25519PrivateKey | Ed25519PublicKey) -> str:
    """What ``ssh-keygen -l`` prints: ``SHA256:…`` without padding."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(_ssh_blob(key)).digest()).decode().rstrip("=")


def _ssh_blob(key: Ed25519PrivateKey | Ed25519PublicKey) -> bytes:
    parts = (b"ssh-ed25519", raw_public(key))
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


def _derive(secret: bytes, purpose: str) -> bytes:
    return hmac.new(secret, purpose.encode(), hashlib.sha256).digest()


def _pem(seed: bytes) -> bytes:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _private(pem: bytes) -> Ed25519PrivateKey:
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise MissingPart("the key is not an Ed25519 key")
    return key


def _keep(path: Path, data: bytes) -> None:
    """Write a key under another name first, so that half a key is never taken for one."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    write_new(fresh, data, mode=0o600)
    fresh.rename(path)
    sync_folder(path.parent)
