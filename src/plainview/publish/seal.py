# SPDX-License-Identifier: Apache-2.0
"""Sealing a release: a BagIt bag whose list of files is signed, and a site whose list is signed too.

What this module keeps true:

- the same files, release and key give the same bytes: lists are sorted, nothing reads a clock;
- every list can be checked with ``sha256sum -c`` and the signature with ``ssh-keygen -Y verify``;
- the audit stands between the list and the signature: :func:`prepare_bag` fixes the bytes and gives
  their digest, :func:`attach_signature` only adds the signature over exactly those bytes;
- a sealed version is never written again; a withdrawal removes files and leaves a tombstone outside.

>>> digest = prepare_bag(bag, release=release, signer=signer, bag_info={})   # doctest: +SKIP
>>> # … the audit attacks the bag, two people approve ``digest`` …
>>> attach_signature(bag, key=key, expected=digest)                          # doctest: +SKIP
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from plainview.errors import Blocked
from plainview.model.release import Release
from plainview.model.time import iso_utc
from plainview.publish.crate import METADATA_NAME, CrateFile, crate_json
from plainview.publish.sshsig import NAMESPACE, allowed_signers, sign

MANIFEST = "manifest-sha256.txt"
CHUNKS = "chunks-sha256.json"
CHUNK = 4 * 1024 * 1024
"""Bytes of a piece of a large file. A browser digests whole arrays only, so it checks large files piece by piece."""
TAG_MANIFEST = "tagmanifest-sha256.txt"
SITE_MANIFEST = "site-manifest-sha256.txt"
SIGNERS = "allowed_signers"
_SAFE_PART = re.compile(r"[A-Za-z0-9._@+=,~-]+")
_VERSION = re.compile(r"v[1-9][0-9]*")


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: the name in ``allowed_signers`` and the public half of the key."""

    identity: str
    key: Ed25519PublicKey


def seal_bag(
    bag: Path,
    *,
    key: Ed25519PrivateKey,
    identity: str,
    bag_info: Mapping[str, str],
    released_at: datetime,
    release: Release,
) -> str:
    """Prepare and sign in one go; the SHA-256 of the tag manifest. For tests and for trusted callers."""
    if released_at != release.released_at:
        raise ValueError("the bag is dated by its release")
    signer = Signer(identity, key.public_key())
    digest = prepare_bag(bag, release=release, signer=signer, bag_info=bag_info)
    attach_signature(bag, key=key, expected=digest)
    return digest


def prepare_bag(bag: Path, *, release: Release, signer: Signer, bag_info: Mapping[str, str]) -> str:
    """Write everything but the signature around ``bag/data``; the SHA-256 of the tag manifest (hex).

    Raises ``Blocked`` when the bag is already signed or a file name cannot stand in a manifest.
    """
    if (bag / f"{TAG_MANIFEST}.sig").exists():
        raise Blocked(f"{bag.name} is sealed; a released version is never written again")
    data = bag / "data"
    (data / METADATA_NAME).unlink(missing_ok=True)
    (data / METADATA_NAME).write_bytes(crate_json(release, _crate_files(data)))
    payload = {f"data/{path}": sha256_file(data / path) for path in list_files(data)}
    (bag / MANIFEST).write_bytes(manifest_bytes(payload))
    (bag / CHUNKS).write_bytes(chunk_list(bag, sorted(payload)))
    _write_tag_files(bag, release=release, signer=signer, bag_info=bag_info, payload=payload)
    tags = {path: sha256_file(bag / path) for path in list_files(bag) if _is_tag(path)}
    listed = manifest_bytes(tags)
    (bag / TAG_MANIFEST).write_bytes(listed)
    return hashlib.sha256(listed).hexdigest()


def attach_signature(bag: Path, *, key: Ed25519PrivateKey, expected: str) -> None:
    """Sign the tag manifest, if it still is what was audited and approved (``expected``, hex)."""
    listed = (bag / TAG_MANIFEST).read_bytes()
    if hashlib.sha256(listed).hexdigest() != expected:
        raise Blocked(f"{bag.name} has changed since it was approved")
    (bag / f"{TAG_MANIFEST}.sig").write_text(sign(listed, key=key), encoding="ascii", newline="\n")


def seal_site(site: Path, *, key: Ed25519PrivateKey, identity: str) -> str:
    """Sign the list of every file of ``site`` outside its version bags; the SHA-256 of that list."""
    (site / SIGNERS).write_text(allowed_signers(identity, key.public_key()), encoding="ascii", newline="\n")
    for name in (SITE_MANIFEST, f"{SITE_MANIFEST}.sig"):
        (site / name).unlink(missing_ok=True)
    files = {path: sha256_file(site / path) for path in list_files(site) if not in_version(path)}
    listed = manifest_bytes(files)
    (site / SITE_MANIFEST).write_bytes(listed)
    (site / f"{SITE_MANIFEST}.sig").write_text(sign(listed, key=key), encoding="ascii", newline="\n")
    return hashlib.sha256(listed).hexdigest()


def withdraw(case: Path, *, version: str, files: Iterable[str], reason: str, at: datetime) -> Path:
    """Remove ``files`` (paths in the bag) of a sealed version and leave a tombstone beside the bags.

    The bag's lists and signature stay: what was published stays provable, the bytes are gone. The
    site must be sealed again afterwards; ``verify.py`` accepts the gap only under that signature.
    """
    bag = case / version
    listed = dict(_read_manifest(bag / MANIFEST))
    gone = sorted(set(files))
    unknown = [path for path in gone if path not in listed]
    gone = [path for path in gone if (bag / path).exists() or path not in listed]
    if unknown:
        raise Blocked(f"{version} never held {unknown[0]}", unknown)
    place = case / "withdrawn" / f"{version}.json"
    said = {"at": iso_utc(at), "reason": reason}
    notices = _notices(place) | {path: {"path": path, "sha256": listed[path], **said} for path in gone}
    stone = {
        "schema": "Withdrawal.1",
        "version": version,
        "tagmanifest_sha256": sha256_file(bag / TAG_MANIFEST),
        "files": [notices[path] for path in sorted(notices)],
    }
    place.parent.mkdir(exist_ok=True)
    place.write_text(json.dumps(stone, indent=1, sort_keys=True) + "\n", encoding="utf-8", newline="\n")
    for path in gone:
        (bag / path).unlink(missing_ok=True)
    _remove_empty_folders(bag / "data")
    return place


def _notices(place: Path) -> dict[str, dict[str, str]]:
    """What an earlier withdrawal from the same version said, by path: it stays as it was said."""
    if not place.exists():
        return {}
    return {each["path"]: each for each in json.loads(place.read_text(encoding="utf-8"))["files"]}


def manifest_bytes(digests: Mapping[str, str]) -> bytes:
    """Lines ``digest, two spaces, path``, sorted by path: what ``sha256sum -c`` reads."""
    return "".join(f"{digests[path]}  {path}\n" for path in sorted(digests)).encode()


def chunk_list(bag: Path, paths: Iterable[str]) -> bytes:
    """``Chunks.1``: for every file larger than one piece its size and the SHA-256 of each piece, in order."""
    files = {}
    for path in paths:
        size = (bag / path).stat().st_size
        if size > CHUNK:
            with (bag / path).open("rb") as stream:
                pieces = [hashlib.sha256(piece).hexdigest() for piece in iter(lambda: stream.read(CHUNK), b"")]
            files[path] = {"bytes": size, "sha256": pieces}
    body = {"schema": "Chunks.1", "chunk": CHUNK, "files": files}
    return (json.dumps(body, indent=1, sort_keys=True) + "\n").encode()


def list_files(folder: Path) -> list[str]:
    """Every file below ``folder`` as a sorted relative path; ``Blocked`` on links and odd names.

    BagIt would percent-encode line ends in names and ``sha256sum`` would escape backslashes; instead
    of writing two dialects we refuse such names, which the site builder never makes.
    """
    found = []
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            if not _SAFE_PART.fullmatch(name) or (Path(root) / name).is_symlink():
                raise Blocked(f"{name!r} cannot be part of a release: a link, or a name that lists cannot hold")
        found += [(Path(root) / name).relative_to(folder).as_posix() for name in files]
    return sorted(found)


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def in_version(path: str) -> bool:
    """Whether a path of the site (``c/<case>/v2/…``) lies inside a version bag."""
    parts = path.split("/")
    return len(parts) > 3 and parts[0] == "c" and _VERSION.fullmatch(parts[2]) is not None


def _is_tag(path: str) -> bool:
    return not path.startswith("data/") and path not in (TAG_MANIFEST, f"{TAG_MANIFEST}.sig")


def _crate_files(data: Path) -> list[CrateFile]:
    return [CrateFile(path, (data / path).stat().st_size, sha256_file(data / path)) for path in list_files(data)]


def _write_tag_files(
    bag: Path, *, release: Release, signer: Signer, bag_info: Mapping[str, str], payload: Mapping[str, str]
) -> None:
    sizes = sum((bag / path).stat().st_size for path in payload)
    info = {
        **bag_info,
        "Bagging-Date": iso_utc(release.released_at)[:10],
        "External-Identifier": f"{release.case.id} v{release.number}",
        "Payload-Oxum": f"{sizes}.{len(payload)}",
        "Source-Organization": release.office.name,
        "Supersedes": release.supersedes or "nothing",
    }
    texts = {
        "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": "".join(_info_line(label, info[label]) for label in sorted(info)),
        SIGNERS: allowed_signers(signer.identity, signer.key),
        "README.txt": _readme(release, signer.identity),
        "verify.py": checker_source(),
    }
    for name, text in texts.items():
        (bag / name).write_text(text, encoding="utf-8", newline="\n")


def _info_line(label: str, value: str) -> str:
    """One line of ``bag-info.txt``; line ends inside a value become spaces."""
    return f"{label}: {' '.join(value.split())}\n"


def checker_source() -> str:
    """The text of ``verify.py`` that goes into every release."""
    return resources.files("plainview").joinpath("verify.py").read_text(encoding="utf-8")


def _readme(release: Release, identity: str) -> str:
    return f"""{release.case.title}
{release.office.name}, case {release.case.id}, version {release.number}, {iso_utc(release.released_at)}

Open data/index.html to read this release.

To check it with tools that are not ours, run these three lines in this folder:

  ssh-keygen -Y verify -f {SIGNERS} -I {identity} -n {NAMESPACE} -s {TAG_MANIFEST}.sig < {TAG_MANIFEST}
  sha256sum -c {TAG_MANIFEST}
  sha256sum -c {MANIFEST}

The first says that the list of files is signed by the key in {SIGNERS}, and prints that key's
fingerprint: compare it with the one the office prints elsewhere. The other two say that every file
is the one on the list. On macOS use: shasum -a 256 -c

To check everything at once, also that nothing was added, with Python and nothing else:

  python3 verify.py
"""


def _read_manifest(path: Path) -> list[tuple[str, str]]:
    """(path, digest) of every line of a list we wrote."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [(line[66:], line[:64]) for line in lines]


def _remove_empty_folders(folder: Path) -> None:
    for root, _, _ in sorted(os.walk(folder), reverse=True):
        if not os.listdir(root):  # noqa: PTH208  # os.walk gives strings
            Path(root).rmdir()


def zip_version(bag: Path, out: Path) -> Path:
    """One frozen version as a zip: every file as it stands, stored, sorted and dated 1980, so the same bytes each time.

    Opened anywhere, ``sha256sum -c``, ``verify.py`` and ``verify.html`` work in it as they do in the site.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for path in list_files(bag):
            entry = zipfile.ZipInfo(f"{bag.name}/{path}")
            entry.external_attr = 0o644 << 16
            with (bag / path).open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target, 1 << 20)
    return out
