# SPDX-License-Identifier: Apache-2.0
"""Signing the way OpenSSH does, so that a program every reporter's computer has can check it.

What this module keeps true: a signature made here is byte for byte what ``ssh-keygen -Y sign`` would
write for the same key and message (Ed25519 signs deterministically), in the namespace
``plainview-release``, so it can never be mistaken for a signature made for another purpose.

Source: OpenSSH ``PROTOCOL.sshsig``; the allowed-signers line: ``ssh-keygen(1)``, ALLOWED SIGNERS.
"""

from __future__ import annotations

import base64
import hashlib
import re
import struct

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

NAMESPACE = "plainview-release"
_KEY_TYPE = b"ssh-ed25519"
_LINE = 70
"""Characters of base64 a line, as ssh-keygen writes them."""
_IDENTITY = re.compile(r"[A-Za-z0-9][A-Za-z0-9.@_+-]*")


def sign(message: bytes, *, key: Ed25519PrivateKey) -> str:
    """The armored signature over ``message``."""
    digest = hashlib.sha512(message).digest()
    about = _field(NAMESPACE.encode()) + _field(b"") + _field(b"sha512")
    signature = key.sign(b"SSHSIG" + about + _field(digest))
    blob = b"SSHSIG" + struct.pack(">I", 1) + _field(public_blob(key.public_key())) + about
    return _armor(blob + _field(_field(_KEY_TYPE) + _field(signature)))


def allowed_signers(identity: str, key: Ed25519PublicKey) -> str:
    """The line that tells ``ssh-keygen -Y verify`` whose key this is and what it may sign."""
    if not _IDENTITY.fullmatch(identity):
        raise ValueError(f"{identity!r} cannot name a signer: letters, digits and . @ _ + - only")
    key_text = base64.b64encode(public_blob(key)).decode()
    return f'{identity} namespaces="{NAMESPACE}" {_KEY_TYPE.decode()} {key_text}\n'


def fingerprint(key: Ed25519PublicKey) -> str:
    """``SHA256:…`` as ``ssh-keygen -l`` prints it."""
    digest = hashlib.sha256(public_blob(key)).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def public_blob(key: Ed25519PublicKey) -> bytes:
    """The key as SSH writes it: type and 32 bytes, each with its length."""
    return _field(_KEY_TYPE) + _field(key.public_bytes(Encoding.Raw, PublicFormat.Raw))


def _field(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _armor(blob: bytes) -> str:
    text = base64.b64encode(blob).decode()
    lines = [text[i : i + _LINE] for i in range(0, len(text), _LINE)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])
