# SPDX-License-Identifier: Apache-2.0
"""Checks a plainview release with Python's standard library and nothing else.

    python3 verify.py [FOLDER] [--key SHA256:…] [--json]

FOLDER is one version of a release (this file lies in it), the folder of a case, or a whole site;
without it, the folder this file lies in. What is checked, and the letter each finding carries:

R1  The list of files is signed: ``tagmanifest-sha256.txt.sig`` is an OpenSSH signature, in its one
    canonical form, over exactly these bytes, made for ``plainview-release`` by a key in
    ``allowed_signers``; with ``--key``, by the key with that fingerprint.
R2  Every file on the lists is there, byte for byte: the signed list names the tag files and the
    manifest, the manifest names every file of the release. Where ``chunks-sha256.json`` lists the
    pieces of a file, the pieces and bytes that differ are named, and good files fit their pieces.
R3  Nothing else is there: no file, empty folder, link or device that the lists do not name. A listed
    file may be missing only if the site's own signed list covers a notice that it was withdrawn.
R4  The files of a site outside its versions are on ``site-manifest-sha256.txt``, signed as in R1,
    under the same rules as R2 and R3.
R5  The release is in the office's custody log: the log entry beside the version names exactly this
    signed list, and the proof leads from the entry to a checkpoint signed by the log's key.
R6  Versions follow each other: v1, v2, … without a gap, each naming the one before by the digest of
    its signed list, ``latest`` naming the newest; a newer checkpoint's log contains the older one.
R7  Where a recording says that groups of pictures or blocks of sound are the original's, they are:
    each leaf is recomputed from the published file, and all leaves give the committed root. Every other
    one is said to be changed, with a reason and a law where something in it is hidden, and exactly where
    the release's own list of what is hidden says so.

What it cannot show: that the signing key is the office's (compare its fingerprint with one printed
elsewhere), that a recording is true, or that nothing was left out before the release was made.

Exit codes: 0 everything holds; 1 something does not, each file named; 2 wrong usage; 3 cannot be read.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import csv
import hashlib
import io
import json
import os
import re
import stat
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NoReturn

NAMESPACE = b"plainview-release"
TAG_MANIFEST = "tagmanifest-sha256.txt"
MANIFEST = "manifest-sha256.txt"
SITE_MANIFEST = "site-manifest-sha256.txt"
CHUNKS = "chunks-sha256.json"
SIGNERS = "allowed_signers"
RELEASED = "http://id.loc.gov/vocabulary/preservation/eventType/dis"
LOG_KEY_FIELD = "Custody-Log-Key"
_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9._@+=,~/-]+)")
_VERSION = re.compile(r"v[1-9][0-9]*")
_SMALL = 64 * 1024 * 1024
"""Lists, proofs and keys are small; a larger one is refused rather than read into memory."""
_SHOWN = 8
"""Pieces of one file that are named one by one; a file replaced as a whole needs no longer list."""
_MANY = 50_000_000
"""Pictures in one recording: twelve days at 48 a second."""

Digests = dict[str, str]
Pieces = dict[str, tuple[int, list[str]]]
"""Path → the file's size in bytes and the SHA-256 of each of its pieces, all but the last ``_PIECE`` long."""
_PIECE = 4 * 1024 * 1024


class Wrong(Exception):
    """A check failed; the message is the sentence shown."""


@dataclass(frozen=True)
class Finding:
    """One thing that does not hold: the file, the obligation, and a sentence."""

    file: str
    rule: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}: {self.sentence} [{self.rule}]"


@dataclass(frozen=True)
class Drawn:
    """What of one file is the original's, bit for bit, drawn from its beginning to its end: ``=`` is, ``#`` is not."""

    file: str
    what: str
    line: str
    untouched: int
    of: int


@dataclass
class Report:
    """What was checked. ``findings`` empty and ``unreadable`` empty means that everything holds."""

    findings: list[Finding] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    proofs: list[Drawn] = field(default_factory=list)
    files: int = 0
    size: int = 0

    @property
    def good(self) -> bool:
        return not self.findings and not self.unreadable

    @property
    def exit_code(self) -> int:
        if self.findings:
            return 1
        return 3 if self.unreadable else 0

    def wrong(self, file: str, rule: str, sentence: str) -> None:
        finding = Finding(_shown(file), rule, sentence)
        if finding not in self.findings:
            self.findings.append(finding)


@dataclass(frozen=True)
class _Scope:
    """One folder under check: where findings go, what its files are called in them, which key is expected."""

    folder: Path
    prefix: str
    report: Report
    key: str | None

    def inside(self, name: str) -> _Scope:
        return _Scope(self.folder / name, f"{self.prefix}{name}/", self.report, self.key)

    def wrong(self, name: str, rule: str, sentence: str) -> None:
        self.report.wrong(f"{self.prefix}{name}", rule, sentence)

    def unreadable(self, name: str, error: Exception) -> None:
        cause = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        self.report.unreadable.append(f"{self.prefix}{name}: {cause}")

    def read(self, name: str) -> bytes:
        return _read_small(self.folder / name)


def verify(path: Path, key: str | None = None) -> Report:
    """Check a version, a case folder or a site; never raises for what it finds in them."""
    report = Report()
    path = path.resolve()
    scope = _Scope(path, "", report, key)
    kind = _kind(path)
    if kind == "site":
        _check_site(scope)
    elif kind == "case":
        _check_case(scope, _notices_around(path.parent.parent, scope))
    elif kind == "version":
        _check_version(scope, _notices_around(path.parent.parent.parent, scope))
        beside = _Scope(path.parent, "../", report, key)
        _check_custody(beside, path.name, required=False)
    else:
        report.unreadable.append(f"{path}: neither a release, nor a case, nor a site")
    return report


def _kind(path: Path) -> str:
    """What a folder is, by any part of it, so that a missing part is found and not taken for another kind."""
    if not path.is_dir():
        return ""
    names = {each.name for each in path.iterdir()}
    if {SITE_MANIFEST, f"{SITE_MANIFEST}.sig", "c"} & names:
        return "site"
    if {"bagit.txt", MANIFEST, TAG_MANIFEST, f"{TAG_MANIFEST}.sig"} & names:
        return "version"
    if "proof" in names or any(_VERSION.fullmatch(name) for name in names):
        return "case"
    return ""


# R4: a site


def _check_site(site: _Scope) -> None:
    listed = _signed_list(site, SITE_MANIFEST, "R4")
    _check_listed(site, listed, "R4", {})
    _check_nothing_else(site, set(listed) | {SITE_MANIFEST, f"{SITE_MANIFEST}.sig"}, "R4", skip=_in_version)
    cases = site.folder / "c"
    if not cases.is_dir():
        site.report.notes.append("The site holds no case.")
        return
    for case in sorted(each.name for each in cases.iterdir() if each.is_dir() and not each.is_symlink()):
        _check_case(site.inside("c").inside(case), _notices(site.folder, listed))


def _in_version(path: str) -> bool:
    parts = path.split("/")
    return len(parts) >= 3 and parts[0] == "c" and _VERSION.fullmatch(parts[2]) is not None


def _notices_around(site: Path, scope: _Scope) -> Digests:
    """Withdrawal notices of the site around a version or case, believed only if its list is signed well."""
    if not (site / SITE_MANIFEST).is_file():
        return {}
    apart = _Scope(site, "", Report(), scope.key)
    listed = _signed_list(apart, SITE_MANIFEST, "R4")
    if not apart.report.good:
        scope.report.notes.append("The site around this folder is not signed well; its notices are not believed.")
        return {}
    return _notices(site, listed)


def _notices(site: Path, listed: Digests) -> Digests:
    """What the site's signed list says was withdrawn: ``path digest`` in the site → sentence."""
    gone: Digests = {}
    for path, digest in listed.items():
        if not re.fullmatch(r"c/[^/]+/withdrawn/v[1-9][0-9]*\.json", path):
            continue
        try:
            data = _read_small(site / path)
            stone = json.loads(data)
            folder = f"{path.rsplit('/', 2)[0]}/{stone['version']}/"
            if hashlib.sha256(data).hexdigest() != digest:
                continue
            for each in stone["files"]:
                said = f"withdrawn {each['at']}: {each['reason']}"
                gone[f"{folder}{each['path']} {each['sha256']}"] = said
        except (OSError, ValueError, KeyError, TypeError, Wrong):
            continue  # R4 names the file; a notice that cannot be read excuses nothing
    return gone


# R6: a case


def _check_case(case: _Scope, notices: Digests) -> None:
    numbers = _numbers_in(case.folder)
    last = max([0, *numbers, *_numbers_in(case.folder / "proof")])
    before = "nothing"
    for number in range(1, last + 1):
        name = f"v{number}"
        if number not in numbers:
            case.wrong(name, "R6", "this version is missing")
            continue
        version = case.inside(name)
        _check_version(version, notices)
        _check_custody(case, name, required=True)
        if _bag_info(version.folder).get("Supersedes", "") != before:
            version.wrong("bag-info.txt", "R6", "does not name the version before it by the digest of its list")
        before = _digest_or_empty(version.folder / TAG_MANIFEST)
    if last == 0:
        case.report.notes.append(f"{case.prefix or case.folder.name}: no version has been released.")
        return
    _check_latest(case, f"v{last}")
    _check_growth(case, [number for number in range(1, last + 1) if number in numbers])


def _numbers_in(folder: Path) -> list[int]:
    if not folder.is_dir():
        return []
    return sorted(int(each.name[1:]) for each in folder.iterdir() if _VERSION.fullmatch(each.name) and each.is_dir())


def _check_latest(case: _Scope, newest: str) -> None:
    try:
        said = case.read("latest").decode("utf-8", "replace").strip()
    except (OSError, Wrong):
        case.wrong("latest", "R6", "is missing")
        return
    if said != newest:
        case.wrong("latest", "R6", f"does not name the newest version, {newest}")


def _check_growth(case: _Scope, numbers: list[int]) -> None:
    """Where the log's tiles are published, every checkpoint must be the tree over their first entries."""
    proofs = case.folder / "proof"
    newest = [proofs / f"v{number}" / "tile" / "0" for number in reversed(_numbers_in(proofs))]
    tiles = next((each for each in (proofs / "tile" / "0", *newest) if each.is_dir()), None)
    if tiles is None:
        return
    for number in numbers:
        place = f"proof/v{number}/checkpoint"
        try:
            _, size, root, _ = _note(case.read(place).decode("utf-8"))
            if _merkle_root(_leaves(tiles, size)) != root:
                case.wrong(place, "R6", "the published log does not contain this checkpoint")
        except FileNotFoundError:
            continue  # R5 names it
        except (OSError, ValueError, Wrong) as error:
            case.wrong(place, "R6", f"cannot be compared with the published log ({error})")


def _leaves(tiles: Path, size: int) -> list[bytes]:
    """The first ``size`` leaf hashes from level-0 tiles (C2SP tlog-tiles)."""
    leaves: list[bytes] = []
    index = 0
    while len(leaves) < size:
        name, rest = f"{index % 1000:03d}", index // 1000
        while rest:
            name, rest = f"x{rest % 1000:03d}/{name}", rest // 1000
        data = _tile(tiles, name, min(256, size - len(leaves)))
        leaves += [data[i : i + 32] for i in range(0, len(data), 32)]
        index += 1
    return leaves[:size]


def _tile(tiles: Path, name: str, wanted: int) -> bytes:
    """A full tile, or the smallest partial one that holds the hashes wanted."""
    if (tiles / name).is_file():
        return _read_small(tiles / name)
    widths = sorted(int(each.name) for each in (tiles / f"{name}.p").glob("*") if each.name.isdigit())
    width = next((each for each in widths if each >= wanted), 0)
    data = _read_small(tiles / f"{name}.p" / str(width)) if width else b""
    if not width or len(data) != width * 32:
        raise Wrong("a tile of it is missing or has another length")
    return data


# R1, R2, R3: one version


def _check_version(version: _Scope, notices: Digests) -> None:
    tags = _signed_list(version, TAG_MANIFEST, "R1")
    for needed in ("bagit.txt", "bag-info.txt", MANIFEST, SIGNERS, "verify.py"):
        if needed not in tags:
            version.wrong(needed, "R2", "is not on the signed list")
    payload = _read_list(version, MANIFEST, "R2")
    for path in payload:
        if not path.startswith("data/"):
            version.wrong(MANIFEST, "R2", f"lists {path}, which is not below data/")
    _check_listed(version, tags, "R2", {})
    place = f"c/{version.folder.parent.name}/{version.folder.name}"
    said = {path: notices.get(f"{place}/{path} {digest}", "") for path, digest in payload.items()}
    gone = {path: sentence for path, sentence in said.items() if sentence}
    _check_listed(version, payload, "R2", gone, _pieces(version, tags))
    _check_nothing_else(version, set(tags) | set(payload) | {TAG_MANIFEST, f"{TAG_MANIFEST}.sig"}, "R3")
    for path in sorted(payload):
        if path.endswith("/gops.json") and path not in gone:
            _check_groups(version, path, gone)


def _signed_list(scope: _Scope, name: str, rule: str) -> Digests:
    """R1: the list ``name`` and its signature; the list's lines, empty when it cannot be read."""
    listed = _read_list(scope, name, rule)
    signature = f"{name}.sig"
    reading = name
    try:
        message = scope.read(reading)
        reading = signature
        armored = scope.read(reading)
        reading = SIGNERS
        trusted = _trusted_keys(scope.read(reading))
        reading = signature
        signer = check_signature(message, armored, list(trusted))
    except FileNotFoundError:
        scope.wrong(reading, rule, "is missing")
    except OSError as error:
        scope.unreadable(reading, error)
    except Wrong as error:
        scope.wrong(reading, rule, f"{error}; so {name} is not shown to be signed")
    else:
        _note_signer(scope, rule, f"{trusted[signer]} {fingerprint(signer)}")
    return listed


def _note_signer(scope: _Scope, rule: str, signer: str) -> None:
    """Keep who signed, and hold it against the key that was asked for."""
    printed = signer.rpartition(" ")[2]
    if scope.key is not None and printed != scope.key:
        scope.wrong(SIGNERS, rule, f"signed by {printed}, not by the key you expect ({scope.key})")
    if signer not in scope.report.keys:
        scope.report.keys.append(signer)


def _read_list(scope: _Scope, name: str, rule: str) -> Digests:
    """The lines of a manifest; any line not in the one allowed form is a finding."""
    try:
        text = scope.read(name).decode("utf-8")
    except FileNotFoundError:
        scope.wrong(name, rule, "is missing")
        return {}
    except (OSError, Wrong) as error:
        scope.unreadable(name, error)
        return {}
    except UnicodeDecodeError:
        scope.wrong(name, rule, "is not text")
        return {}
    lines = text.split("\n")
    if lines.pop():
        scope.wrong(name, rule, "does not end with a line end")
    listed: Digests = {}
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None or any(part in ("", ".", "..") for part in match.group(2).split("/")):
            scope.wrong(name, rule, f"has a line that is not a digest and a name: {_shown(line)}")
        elif match.group(2) in listed:
            scope.wrong(name, rule, f"names {match.group(2)} twice")
        else:
            listed[match.group(2)] = match.group(1)
    if list(listed) != sorted(listed):
        scope.wrong(name, rule, "is not in order")
    return listed


def _pieces(version: _Scope, tags: Digests) -> Pieces:
    """What the signed table says of large files' pieces; nothing where it is not as signed, which R2 then names."""
    if CHUNKS not in tags:
        return {}
    try:
        data = version.read(CHUNKS)
        if hashlib.sha256(data).hexdigest() != tags[CHUNKS]:
            return {}
        table = json.loads(data)
        if table["chunk"] != _PIECE:
            raise Wrong("lists pieces of another size than 4 MiB")
        return {path: _of_one_file(each) for path, each in table["files"].items()}
    except Wrong as error:
        version.wrong(CHUNKS, "R2", str(error))
    except (ValueError, KeyError, TypeError, AttributeError):
        version.wrong(CHUNKS, "R2", "is not a table of pieces")
    except OSError:
        pass  # missing or unreadable: said where the signed list is checked
    return {}


def _of_one_file(said: dict[str, object]) -> tuple[int, list[str]]:
    size, digests = said["bytes"], said["sha256"]
    if not isinstance(size, int) or not isinstance(digests, list) or len(digests) != -(-size // _PIECE):
        raise Wrong("does not list every piece of a file")
    return size, [str(each) for each in digests]


def _which_differ(expected: tuple[int, list[str]], found: list[str], size: int) -> str:
    """The pieces that differ with their bytes (first and last, counted from 0); empty when all are the same."""
    length, digests = expected
    said = []
    for at, digest in enumerate(digests):
        if at >= len(found):
            said.append(f"from piece {at + 1} of {len(digests)} on, bytes {at * _PIECE} to {length - 1}, it is missing")
            break
        if found[at] != digest:
            last = min((at + 1) * _PIECE, length) - 1
            said.append(f"piece {at + 1} of {len(digests)}, bytes {at * _PIECE} to {last}, differs")
    if len(said) > _SHOWN:
        said[_SHOWN:] = [f"and {len(said) - _SHOWN} more"]
    if size != length:
        said.append(f"it has {size} bytes instead of {length}")
    return "; ".join(said)


def _check_listed(scope: _Scope, listed: Digests, rule: str, excused: Digests, pieces: Pieces | None = None) -> None:
    """R2: each listed file is there with its digest; a missing one only with a signed notice."""
    pieces = pieces or {}
    for path in sorted(listed):
        place = scope.folder / path
        try:
            if not stat.S_ISREG(place.lstat().st_mode):
                scope.wrong(path, "R3", "is not a plain file")
            elif path in excused:
                scope.wrong(path, rule, "was withdrawn and is still here")
            else:
                _check_one(scope, path, rule, listed[path], pieces.get(path))
        except (FileNotFoundError, NotADirectoryError):
            if path in excused:
                scope.report.notes.append(f"{scope.prefix}{path}: {excused[path]}")
            else:
                scope.wrong(path, rule, "is missing")
        except OSError as error:
            scope.unreadable(path, error)


def _check_one(scope: _Scope, path: str, rule: str, digest: str, pieces: tuple[int, list[str]] | None) -> None:
    before = scope.report.size
    whole, found = _hash_file(scope.folder / path, scope.report, in_pieces=pieces is not None)
    differ = _which_differ(pieces, found, scope.report.size - before) if pieces else ""
    if whole != digest:
        scope.wrong(path, rule, f"has been changed: {differ}" if differ else "has been changed")
    elif differ:
        scope.wrong(CHUNKS, rule, f"does not fit {path}, which is as signed: {differ}")


def _check_nothing_else(
    scope: _Scope, listed: set[str], rule: str, skip: Callable[[str], bool] = lambda path: False
) -> None:
    """R3: walk the folder itself; whatever is not listed is a finding. ``skip`` names folders left out."""
    failed: list[OSError] = []
    for root, folders, files in os.walk(str(scope.folder), onerror=failed.append):
        base = Path(root).relative_to(scope.folder).as_posix() + "/"
        base = "" if base == "./" else base
        if base and not folders and not files:
            scope.wrong(base, rule, "is an empty folder: it was added, or what it held is gone")
        for name in sorted(folders):
            if (Path(root) / name).is_symlink():
                scope.wrong(f"{base}{name}", rule, "is a link")
        folders[:] = sorted(each for each in folders if not skip(f"{base}{each}"))
        for name in sorted(files):
            if f"{base}{name}" not in listed:
                scope.wrong(f"{base}{name}", rule, "is not on the signed list: it was added")
    for error in failed:
        scope.unreadable(str(error.filename), error)


# R5: the custody log


def _check_custody(case: _Scope, version: str, *, required: bool) -> None:
    proof, bag, place = case.folder / "proof" / version, case.folder / version, f"proof/{version}"
    if not proof.is_dir():
        if required:
            case.wrong(place, "R5", "the proof from the custody log is missing")
        else:
            case.report.notes.append("The custody log was not checked: no proof lies beside this version.")
        return
    name = "entry"
    try:
        entry = _read_small(proof / name)
        _check_entry(entry, _digest_or_empty(bag / TAG_MANIFEST))
        name = "checkpoint"
        checkpoint = _read_small(proof / name).decode("utf-8")
        origin, size, root, signatures = _note(checkpoint)
        _check_log_signature(checkpoint, origin, signatures, bag)
        name = "release.tlog-proof"
        index, path = _tlog_proof(_read_small(proof / name).decode("utf-8"), checkpoint)
        if not verify_inclusion(hashlib.sha256(b"\0" + entry).digest(), index, size, path, root):
            raise Wrong("the proof does not lead from the entry to the checkpoint")
        name = "audit.json"
        if (proof / name).is_file():  # releases sealed by the first versions have none
            _check_verdict(_read_small(proof / name), _digest_or_empty(bag / TAG_MANIFEST))
    except FileNotFoundError:
        case.wrong(f"{place}/{name}", "R5", "is missing")
    except OSError as error:
        case.unreadable(f"{place}/{name}", error)
    except (Wrong, ValueError) as error:
        case.wrong(f"{place}/{name}", "R5", str(error))


def _check_entry(entry: bytes, listed_digest: str) -> None:
    try:
        event = json.loads(entry)
    except ValueError as error:
        raise Wrong("is not JSON") from error
    if not isinstance(event, dict) or event.get("type") != RELEASED or event.get("sha256") != listed_digest:
        raise Wrong("does not say that exactly this version was released")


def _check_verdict(verdict: bytes, listed_digest: str) -> None:
    """The office's own audit, under the site's signed list: it must be of exactly these bytes, and clean."""
    try:
        said = json.loads(verdict)
    except ValueError as error:
        raise Wrong("is not JSON") from error
    if not isinstance(said, dict) or said.get("tagmanifest_sha256") != listed_digest:
        raise Wrong("is a verdict about other bytes")
    if said.get("clean") is not True:
        raise Wrong("does not say that nothing was found")


def _check_log_signature(note: str, origin: str, signatures: dict[bytes, bytes], bag: Path) -> None:
    """The checkpoint is signed by the log's key: the one the bag names, or else the release key itself."""
    text = note.split("\n\n", 1)[0].encode() + b"\n"
    for public in _log_keys(bag, origin):
        key_id = hashlib.sha256(origin.encode() + b"\n\x01" + public).digest()[:4]
        if key_id in signatures and ed25519_verify(public, text, signatures[key_id]):
            return
    raise Wrong("is not signed by the log's key")


def _log_keys(bag: Path, origin: str) -> list[bytes]:
    """Public keys that may sign the log: ``Custody-Log-Key`` (a C2SP verifier key) or the release key."""
    named = _bag_info(bag).get(LOG_KEY_FIELD, "")
    if named:
        name, _, rest = named.partition("+")
        raw = _b64(rest.partition("+")[2])
        return [raw[1:]] if name == origin and raw[:1] == b"\x01" and len(raw) == 33 else []
    return list(_trusted_keys(_read_small(bag / SIGNERS)))


def _note(note: str) -> tuple[str, int, bytes, dict[bytes, bytes]]:
    """A C2SP checkpoint: origin, size, root and {key id: signature of the origin's own name}."""
    text, separator, tail = note.partition("\n\n")
    lines = text.split("\n")
    if not separator or len(lines) != 3 or not re.fullmatch(r"0|[1-9][0-9]*", lines[1]) or not tail.endswith("\n"):
        raise Wrong("is not a checkpoint of three lines and its signatures")
    signatures: dict[bytes, bytes] = {}
    for line in tail[:-1].split("\n"):
        match = re.fullmatch("\u2014 ([^ +]+) ([A-Za-z0-9+/=]+)", line)
        if match is None:
            raise Wrong("has a line that is not a signature")
        raw = _b64(match.group(2))
        if match.group(1) == lines[0]:
            signatures[raw[:4]] = raw[4:]
    return lines[0], int(lines[1]), _b64(lines[2]), signatures


def _tlog_proof(text: str, checkpoint: str) -> tuple[int, list[bytes]]:
    """Index and audit path of a C2SP tlog-proof that ends in exactly this checkpoint."""
    head, separator, note = text.partition("\n\n")
    lines = head.split("\n")
    if not separator or lines[0] != "c2sp.org/tlog-proof@v1":
        raise Wrong("is not a proof of the kind expected")
    if note != checkpoint:
        raise Wrong("belongs to another checkpoint")
    index = re.fullmatch("index (0|[1-9][0-9]*)", lines[1]) if len(lines) > 1 else None
    if index is None:
        raise Wrong("does not say which entry it proves")
    return int(index.group(1)), [_b64(line) for line in lines[2:]]


def verify_inclusion(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    """RFC 9162 section 2.1.3.2."""
    if index >= size:
        return False
    fn, sn, head = index, size - 1, leaf
    for step in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            head = _node(step, head)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            head = _node(head, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and head == root


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _merkle_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1 over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    stack: list[tuple[int, bytes]] = []
    for leaf in leaves:
        width, head = 1, leaf
        while stack and stack[-1][0] == width:
            head, width = _node(stack.pop()[1], head), width * 2
        stack.append((width, head))
    head = stack.pop()[1]
    while stack:
        head = _node(stack.pop()[1], head)
    return head


# R7: groups of pictures


def _check_groups(version: _Scope, path: str, gone: Digests) -> None:
    """R7 for one ``gops.json`` (``GopProof.1`` or ``.2``, docs/formats/gop-commitment.md)."""
    try:
        claim = json.loads(version.read(path))
        parts = _parts_of(claim)
        for part in parts:
            _check_entries(part, lawful=claim["schema"] != "GopProof.1")
        film = f"{path.rpartition('/')[0]}/{claim['file']}"
        if film in gone:
            version.report.notes.append(f"{version.prefix}{path}: cannot be checked, its recording was withdrawn")
        elif not all(_untouched(version, film, part) for part in parts):
            return
        if claim["schema"] != "GopProof.1":
            _check_declared(version, path.split("/")[-2], parts)
    except FileNotFoundError:
        version.wrong(path, "R7", "names a recording that is not here")
    except OSError as error:
        version.unreadable(path, error)
    except Wrong as error:
        version.wrong(path, "R7", str(error))
    except (ValueError, KeyError, TypeError, AttributeError):
        version.wrong(path, "R7", "is not a statement about pictures and sound that can be read")


@dataclass(frozen=True)
class _Part:
    """What a statement says of the pictures or of the sound: ``one`` of its ``units``, the root, an entry for each."""

    one: str
    units: str
    root: str
    entries: list[dict[str, object]]
    salts: dict[int, bytes]
    sound: bool

    def leaves(self) -> list[bytes]:
        return [bytes.fromhex(str(each["leaf"])) for each in self.entries]


def _parts_of(claim: dict[str, object]) -> list[_Part]:
    """Pictures, then sound; a part that a recording has not is left out."""
    groups, sound = claim["groups"], claim.get("sound")
    if not isinstance(groups, list) or not isinstance(sound, (dict, type(None))):
        raise ValueError
    said = [("group", "groups of pictures", claim["root"], groups)] if groups or claim["root"] else []
    said += [("block", "blocks of sound", sound["root"], sound["blocks"])] if sound is not None else []
    if not said:
        raise Wrong("speaks of neither pictures nor sound")
    return [
        _Part(one, units, str(root), entries, _salts(entries), sound=one == "block")
        for one, units, root, entries in said
    ]


def _salts(entries: list[dict[str, object]]) -> dict[int, bytes]:
    return {i: bytes.fromhex(str(each["salt"])) for i, each in enumerate(entries) if each["state"] == "untouched"}


def _check_entries(part: _Part, *, lawful: bool) -> None:
    """The leaves give the root; whatever is not the original's says why, and under which law if it hides something."""
    if _merkle_root(part.leaves()) != bytes.fromhex(part.root):
        raise Wrong(f"its leaves of {part.units} do not give the root that was committed to")
    for i, each in enumerate(part.entries):
        if i in part.salts:
            continue
        if not each.get("reason"):
            raise Wrong(f"{part.one} {i} was changed and no reason is given")
        if lawful and each.get("hides") is not False and not each.get("law"):
            raise Wrong(f"{part.one} {i} was changed and no law is given")


HIDDEN = "data/exports/csv/hidden.csv"
"""What the release says is hidden, one row for each place; large releases write it only when asked."""


def _check_declared(version: _Scope, slug: str, parts: list[_Part]) -> None:
    """Something is hidden in a group or block exactly where the release's list says so, for the same reason and law."""
    if not (version.folder / HIDDEN).is_file():
        return
    rows = [row for row in csv.DictReader(io.StringIO(version.read(HIDDEN).decode("utf-8"))) if row["where"] == slug]
    for part in parts:
        own = [_Hidden.read(row) for row in rows if row["what"].startswith(("sound", "voice")) == part.sound]
        for i, each in enumerate(part.entries):
            start, end = each["start_us"], each["end_us"]
            if not isinstance(start, int) or not isinstance(end, int):
                raise ValueError
            listed = [row for row in own if start < row.end and row.start < end]
            why = tuple(", ".join(sorted({row.why[k] for row in listed} - {""})) for k in (0, 1))
            hides = each["state"] != "untouched" and each.get("hides") is not False
            if hides and (each.get("reason"), each.get("law")) != why:
                raise Wrong(f"{part.one} {i} was changed for a reason or law that {HIDDEN} does not give there")
            if listed and not hides:
                raise Wrong(f"{part.one} {i} is said to hide nothing, and {HIDDEN} says that something is hidden there")


@dataclass(frozen=True)
class _Hidden:
    """One row of the list of what is hidden: from when to when in µs, and why."""

    start: int
    end: int
    why: tuple[str, str]

    @classmethod
    def read(cls, row: dict[str, str]) -> _Hidden:
        start, end = (round(float(row[name]) * 1_000_000) for name in ("starts_s", "ends_s"))
        # The table leads what a spreadsheet would run as a formula with an apostrophe.
        return cls(start, end, (_unled(row["reason"]), _unled(row["law"])))


def _unled(cell: str) -> str:
    return cell[1:] if re.match(r"'[=+\-@\t\r]", cell) else cell


def _untouched(version: _Scope, film: str, part: _Part) -> bool:
    """Whether the file could be read; ``Wrong`` when anything said to be the original's is not."""
    try:
        bodies = (_block_bodies if part.sound else _group_bodies)(version.folder / film) if part.salts else []
    except (struct.error, IndexError, KeyError, Wrong) as error:
        version.wrong(film, "R7", f"its {part.units} cannot be read ({error})")
        return False
    leaves = part.leaves()
    if part.salts and len(bodies) != len(leaves):
        raise Wrong(f"speaks of {len(leaves)} {part.units}, the file has {len(bodies)}")
    for index, salt in part.salts.items():
        if hashlib.sha256(b"\0" + salt + bodies[index]).digest() != leaves[index]:
            raise Wrong(f"{part.one} {index} is said to be the original's and is not")
    _draw(version, film, part)
    return True


_COLUMNS = 60


def _draw(version: _Scope, film: str, part: _Part) -> None:
    """A line from the beginning to the end of what was committed to; a mark is ``=`` only if all of it is untouched."""
    kept, count = len(part.salts), len(part.entries)
    said = f"{version.prefix}{film}: {kept} of {count} {part.units} are the original's, bit for bit"
    version.report.notes.append(said)
    length = max([int(str(each["end_us"])) for each in part.entries] + [1])
    line = ["="] * _COLUMNS
    for i, each in enumerate(part.entries):
        if i not in part.salts:
            first, last = (int(str(each[name])) * _COLUMNS for name in ("start_us", "end_us"))
            for at in range(max(0, first // length), min(_COLUMNS, max(-(-last // length), first // length + 1))):
                line[at] = "#"
    what = "sound" if part.sound else "pictures"
    version.report.proofs.append(Drawn(f"{version.prefix}{film}", what, "".join(line), kept, count))


def _block_bodies(film: Path) -> list[bytes]:
    """SHA-256 of the body of every ten seconds of sound of an MP4 file, counted from its first sample."""
    bodies: list[bytes] = []
    with film.open("rb") as stream:
        track = _track_of(_moov(stream), b"soun")
        first = track.samples[0][2] if track.samples else 0
        running, block = hashlib.sha256(), -1
        for at, size, shown, _ in track.samples:
            stream.seek(at)
            payload = stream.read(size)
            number = max(block, (shown - first) // track.timescale // 10)
            if number != block:
                if block >= 0:
                    bodies.append(running.digest())
                running = hashlib.sha256()
            block = number
            offset = (2000 * (shown - first) + track.timescale) // (2 * track.timescale)
            running.update(struct.pack(">I", len(payload)) + payload + struct.pack(">q", offset))
        if block >= 0:
            bodies.append(running.digest())
    return bodies


def _group_bodies(video: Path) -> list[bytes]:
    """SHA-256 of the body of every group of pictures of an MP4 file, in decoding order."""
    bodies: list[bytes] = []
    with video.open("rb") as stream:
        track = _track_of(_moov(stream), b"vide")
        first = 0
        running = hashlib.sha256()
        for at, size, shown, key in track.samples:
            stream.seek(at)
            payload, starts = _payload(stream.read(size), track.length_size, key)
            if starts or not bodies:
                if bodies:
                    bodies[-1] = running.digest()
                bodies.append(b"")
                running, first = hashlib.sha256(), shown
            # Whole milliseconds after the group's first packet, halves rounded up.
            offset = (2000 * (shown - first) + track.timescale) // (2 * track.timescale)
            running.update(struct.pack(">I", len(payload)) + payload + struct.pack(">q", offset))
        if bodies:
            bodies[-1] = running.digest()
    return bodies


def _payload(sample: bytes, length_size: int, key: bool) -> tuple[bytes, bool]:
    """(bytes that carry pictures, whether a group starts here); all of it for codecs other than H.264."""
    if not length_size:
        return sample, key
    kept, starts, at = [], False, 0
    while at + length_size <= len(sample):
        length = int.from_bytes(sample[at : at + length_size], "big")
        unit = sample[at + length_size : at + length_size + length]
        at += length_size + length
        if len(unit) != length:
            raise Wrong("a picture is longer than its sample")
        kind = unit[0] & 31 if unit else 6
        if kind not in (6, 9, 12):  # SEI, delimiter, filler carry no picture (H.264 table 7-1)
            kept.append(struct.pack(">I", length) + unit)
            starts = starts or kind == 5
    return b"".join(kept), starts


@dataclass(frozen=True)
class _Track:
    """A track: ticks a second, bytes of a NAL length (0: not H.264), and its samples.

    A sample is (place in the file, size, presentation time in ticks, key frame).
    """

    timescale: int
    length_size: int
    samples: list[tuple[int, int, int, bool]]


def _moov(stream: BinaryIO) -> bytes:
    """The index box of an MP4 file (ISO/IEC 14496-12 section 4.2)."""
    at, end = 0, stream.seek(0, os.SEEK_END)
    while at + 8 <= end:
        stream.seek(at)
        size, kind = struct.unpack(">I4s", stream.read(8))
        head = 8
        if size == 1:
            size, head = int(struct.unpack(">Q", stream.read(8))[0]), 16
        size = size or end - at
        if size < head or at + size > end:
            break
        if kind == b"moov":
            if size > _SMALL:
                raise Wrong("its index is too large")
            return stream.read(size - head)
        at += size
    raise Wrong("it has no index")


def _boxes(data: bytes) -> dict[bytes, list[bytes]]:
    """{kind: contents} of the boxes in ``data``."""
    found: dict[bytes, list[bytes]] = {}
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if size < 8 or at + size > len(data):
            raise Wrong("a box is longer than what holds it")
        found.setdefault(kind, []).append(data[at + 8 : at + size])
        at += size
    return found


def _track_of(moov: bytes, kind: bytes) -> _Track:
    for trak in _boxes(moov).get(b"trak", []):
        mdia = _boxes(_boxes(trak)[b"mdia"][0])
        if mdia[b"hdlr"][0][8:12] == kind:
            stbl = _boxes(_boxes(mdia[b"minf"][0])[b"stbl"][0])
            header = mdia[b"mdhd"][0]
            timescale = struct.unpack_from(">I", header, 20 if header[0] else 12)[0]
            return _Track(timescale, _length_size(stbl[b"stsd"][0]), _samples(stbl))
    raise Wrong("it has no sound" if kind == b"soun" else "it has no pictures")


def _length_size(stsd: bytes) -> int:
    """From the ``avcC`` record of the first sample description; 0 for another codec."""
    if stsd[12:16] not in (b"avc1", b"avc3"):
        return 0
    size = int(struct.unpack_from(">I", stsd, 8)[0])
    return (_boxes(stsd[16 + 78 : 8 + size])[b"avcC"][0][4] & 3) + 1


def _samples(stbl: dict[bytes, list[bytes]]) -> list[tuple[int, int, int, bool]]:
    """Every sample in decoding order, from the tables stsz, stco or co64, stsc, stts, ctts and stss."""
    fixed, count = struct.unpack_from(">II", stbl[b"stsz"][0], 4)
    if count > _MANY:
        raise Wrong("it claims more pictures than a recording can have")
    sizes = [fixed] * count if fixed else list(struct.unpack_from(f">{count}I", stbl[b"stsz"][0], 12))
    decoded, step_at = [], 0
    for run, step in _pairs(stbl[b"stts"][0], ">II"):
        decoded += [step_at + i * step for i in range(min(run, count))]
        step_at += run * step
    shifts: list[int] = []
    for run, shift in _pairs(stbl[b"ctts"][0], ">Ii") if b"ctts" in stbl else []:
        shifts += [shift] * min(run, count)
    shifts = shifts or [0] * count
    keys = {number for (number,) in _pairs(stbl[b"stss"][0], ">I")} if b"stss" in stbl else None
    places = _places(stbl, sizes)
    return [
        (places[i], sizes[i], decoded[i] + shifts[i], keys is None or i + 1 in keys) for i in range(count) if sizes[i]
    ]


def _places(stbl: dict[bytes, list[bytes]], sizes: list[int]) -> list[int]:
    """Where each sample lies in the file."""
    wide = b"co64" in stbl
    chunks = [at for (at,) in _pairs(stbl[b"co64" if wide else b"stco"][0], ">Q" if wide else ">I")]
    runs = _pairs(stbl[b"stsc"][0], ">III")
    places: list[int] = []
    for position, (first, per_chunk, _) in enumerate(runs):
        last = runs[position + 1][0] - 1 if position + 1 < len(runs) else len(chunks)
        for chunk in chunks[first - 1 : last]:
            at = chunk
            for _ in range(min(per_chunk, len(sizes) - len(places))):
                places.append(at)
                at += sizes[len(places) - 1]
    return places


def _pairs(box: bytes, form: str) -> list[tuple[int, ...]]:
    """The entries of a table box: a count, then ``count`` entries of the given form."""
    count, size = int(struct.unpack_from(">I", box, 4)[0]), struct.calcsize(form)
    return [tuple(each) for each in struct.iter_unpack(form, box[8 : 8 + count * size])]


# R1: OpenSSH signatures and Ed25519 (RFC 8032), in plain Python


def check_signature(message: bytes, armored: bytes, trusted: list[bytes]) -> bytes:
    """The trusted public key (32 bytes) that signed ``message``; ``Wrong`` unless the armor is canonical."""
    blob = _dearmor(armored)
    reader = _Fields(blob)
    if reader.take(6) != b"SSHSIG" or reader.take(4) != b"\0\0\0\x01":
        raise Wrong("is not an OpenSSH signature")
    public = reader.field()
    about = [reader.field(), reader.field(), reader.field()]
    outer = _Fields(reader.field())
    kind, signature = outer.field(), outer.field()
    if reader.rest() or outer.rest():
        raise Wrong("has bytes that do not belong to it")
    if about != [NAMESPACE, b"", b"sha512"] or kind != b"ssh-ed25519" or public[:-32] != _SSH_KEY_HEAD:
        raise Wrong("is a signature of another kind or for another purpose")
    if public[-32:] not in trusted:
        raise Wrong(f"is made by a key that {SIGNERS} does not name")
    signed = b"SSHSIG" + b"".join(_packed(each) for each in [*about, hashlib.sha512(message).digest()])
    if not ed25519_verify(public[-32:], signed, signature):
        raise Wrong("does not fit what was signed")
    return public[-32:]


_SSH_KEY_HEAD = b"\0\0\0\x0bssh-ed25519\0\0\0\x20"


def _dearmor(armored: bytes) -> bytes:
    """The signature's bytes, only if armoring them again gives exactly this text."""
    lines = armored.split(b"\n")
    if len(lines) < 4 or lines[0] != b"-----BEGIN SSH SIGNATURE-----":
        raise Wrong("is not an OpenSSH signature")
    blob = _b64(b"".join(lines[1:-2]).decode("ascii", "replace"))
    text = base64.b64encode(blob)
    wrapped = [text[i : i + 70] for i in range(0, len(text), 70)]
    again = [b"-----BEGIN SSH SIGNATURE-----", *wrapped, b"-----END SSH SIGNATURE-----", b""]
    if lines != again:
        raise Wrong("is not written in its one canonical form")
    return blob


def _trusted_keys(text: bytes) -> dict[bytes, str]:
    """{public key: identity} of ``allowed_signers``; every line must have the one form we write."""
    keys: dict[bytes, str] = {}
    for line in text.decode("utf-8", "replace").splitlines():
        match = re.fullmatch(r'(\S+) namespaces="plainview-release" ssh-ed25519 ([A-Za-z0-9+/=]+)', line)
        blob = _b64(match.group(2)) if match else b""
        if match is None or blob[:-32] != _SSH_KEY_HEAD:
            raise Wrong(f"cannot be checked: {SIGNERS} has a line that is not a signer's key")
        keys[blob[-32:]] = match.group(1)
    return keys


def fingerprint(public: bytes) -> str:
    """``SHA256:…`` as ``ssh-keygen -l`` prints it."""
    digest = hashlib.sha256(_SSH_KEY_HEAD + public).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


class _Fields:
    """Reads SSH's length-prefixed fields."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        if self._at + count > len(self._data):
            raise Wrong("ends too early")
        self._at += count
        return self._data[self._at - count : self._at]

    def field(self) -> bytes:
        return self.take(int(struct.unpack(">I", self.take(4))[0]))

    def rest(self) -> bytes:
        return self._data[self._at :]


def _packed(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


_P = 2**255 - 19
_Q = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)
Point = tuple[int, int, int, int]


def _add(a: Point, b: Point) -> Point:
    """Addition in extended coordinates (RFC 8032 section 5.1.4)."""
    m, n = (a[1] - a[0]) * (b[1] - b[0]) % _P, (a[1] + a[0]) * (b[1] + b[0]) % _P
    c, d = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2] % _P
    e, f, g, h = n - m, d - c, d + c, n + m
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _times(scalar: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point, scalar = _add(point, point), scalar >> 1
    return total


def _decode_point(data: bytes) -> Point | None:
    """A point from its 32 bytes, None when they are not the canonical bytes of one (RFC 8032 5.1.3)."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return (x, y, 1, x * y % _P)


_BASE_Y = 4 * pow(5, _P - 2, _P) % _P


def ed25519_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """RFC 8032 section 5.1.7, refusing every non-canonical encoding."""
    base, key = _decode_point(_BASE_Y.to_bytes(32, "little")), _decode_point(public)
    if base is None or key is None or len(signature) != 64 or len(public) != 32:
        return False
    commitment, scalar = _decode_point(signature[:32]), int.from_bytes(signature[32:], "little")
    if commitment is None or scalar >= _Q:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % _Q
    left, right = _times(scalar, base), _add(commitment, _times(challenge, key))
    same_x = (left[0] * right[2] - right[0] * left[2]) % _P == 0
    return same_x and (left[1] * right[2] - right[1] * left[2]) % _P == 0


# Small readers


def _b64(text: str) -> bytes:
    """Base64 in its canonical form only: no spaces, exact padding, no stray bits."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Wrong("has base64 that cannot be read") from error
    if base64.b64encode(raw).decode() != text:
        raise Wrong("has base64 that is not in its one form")
    return raw


def _read_small(path: Path) -> bytes:
    if path.is_symlink():
        raise Wrong("is a link")
    if path.stat().st_size > _SMALL:
        raise Wrong("is too large to be what it should be")
    return path.read_bytes()


def _hash_file(path: Path, report: Report, *, in_pieces: bool) -> tuple[str, list[str]]:
    """The SHA-256 of a file, and of each of its pieces where they are asked for, from one reading."""
    digest = hashlib.sha256()
    pieces = []
    with path.open("rb") as stream:
        for piece in iter(lambda: stream.read(_PIECE), b""):
            digest.update(piece)
            report.size += len(piece)
            if in_pieces:
                pieces.append(hashlib.sha256(piece).hexdigest())
    report.files += 1
    return digest.hexdigest(), pieces


def _digest_or_empty(path: Path) -> str:
    try:
        return hashlib.sha256(_read_small(path)).hexdigest()
    except (OSError, Wrong):
        return ""


def _bag_info(bag: Path) -> Digests:
    """Label → value of ``bag-info.txt``; empty when it cannot be read (R2 then says so)."""
    try:
        text = _read_small(bag / "bag-info.txt").decode("utf-8")
    except (OSError, Wrong, UnicodeDecodeError):
        return {}
    pairs = (line.partition(": ") for line in text.splitlines())
    return {label: value for label, _, value in pairs}


def _shown(name: str) -> str:
    """A name made safe to print: control and direction marks escaped."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in name)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(2, f"{message}\n")


def main(arguments: list[str] | None = None) -> int:
    """Run the check and print one line per finding; the exit code."""
    parser = _Parser(description="Check a plainview release: one version, a case, or a whole site.")
    parser.add_argument("folder", nargs="?", default=str(Path(__file__).resolve().parent))
    parser.add_argument("--key", metavar="SHA256:…", help="the fingerprint you expect, as printed elsewhere")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(arguments)
    if options.key is not None and not re.fullmatch(r"SHA256:[A-Za-z0-9+/]{43}", options.key):
        parser.error("--key takes a fingerprint such as SHA256: and 43 letters")
    report = verify(Path(options.folder), options.key)
    print(_as_json(report) if options.json else _as_text(report, options.key))
    return report.exit_code


def _as_json(report: Report) -> str:
    document = {
        "schema": "VerifyReport.1",
        "good": report.good,
        "findings": [vars(finding) for finding in report.findings],
        "unreadable": report.unreadable,
        "notes": report.notes,
        "keys": report.keys,
        "proofs": [vars(drawn) for drawn in report.proofs],
        "files": report.files,
        "bytes": report.size,
    }
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False)


def _as_text(report: Report, key: str | None) -> str:
    lines = [f"WRONG  {finding}" for finding in report.findings]
    lines += [f"CANNOT READ  {each}" for each in report.unreadable]
    lines += [f"note   {each}" for each in report.notes]
    lines += _as_picture(report.proofs)
    lines += [f"signed by {each}" for each in report.keys]
    if report.good:
        lines.append(f"GOOD   {report.files} files, {report.size} bytes: all as signed, and nothing else.")
        if key is None:
            lines.append("       Compare the fingerprint above with one the office prints elsewhere.")
    else:
        lines.append(f"NOT GOOD   wrong: {len(report.findings)}, cannot be read: {len(report.unreadable)}.")
    return "\n".join(lines)


def _as_picture(proofs: list[Drawn]) -> list[str]:
    """Of each file a line for its pictures and one for its sound, from beginning to end."""
    if not proofs:
        return []
    lines = ["", "What is the original's, bit for bit (=), and what was changed (#), from beginning to end:"]
    for file in dict.fromkeys(drawn.file for drawn in proofs):
        lines.append(f"  {file}")
        own = (drawn for drawn in proofs if drawn.file == file)
        lines += [f"    {drawn.what:8}  {drawn.line}  {drawn.untouched} of {drawn.of}" for drawn in own]
    return [*lines, ""]


if __name__ == "__main__":
    sys.exit(main())
