# SPDX-License-Identifier: Apache-2.0
"""The published log: judged by Go's checksum-database code, by brute force, and by every kind of tampering."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainview.errors import LogTampered
from plainview.model import merkle
from plainview.store import tlog
from plainview.store.keys import Keys, create_keys

ORIGIN = "plainview/example-office"
GO_PACKAGES = "/usr/share/gocode"
"""Where Debian's golang-golang-x-mod-dev puts golang.org/x/mod."""


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return create_keys(tmp_path_factory.mktemp("keys"), seed=b"log tests")


def entries(count: int) -> list[bytes]:
    return [f'{{"seq":{i}}}'.encode() for i in range(count)]


def leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(entry) for entry in entries(count)]


def publish(count: int, out: Path, keys: Keys) -> str:
    return tlog.publish_log(leaves(count), origin=ORIGIN, key=keys.log, out=out)


def vkey(keys: Keys) -> str:
    return tlog.verifier_key(ORIGIN, keys.log)


@pytest.fixture(scope="module")
def gocheck(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checker built from ``gocheck/main.go``; in CI a missing Go is a failure, elsewhere a skip that says so."""
    program = tmp_path_factory.mktemp("go") / "gocheck"
    source = Path(__file__).parent / "gocheck" / "main.go"
    missing = "install golang-go and golang-golang-x-mod-dev to have the log judged by Go"
    if shutil.which("go") is None or not (Path(GO_PACKAGES) / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        if os.environ.get("PLAINVIEW_CI") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    env = {
        **os.environ,
        "GOPATH": GO_PACKAGES,
        "GO111MODULE": "off",
        "GOFLAGS": "",
        "GOCACHE": str(program.parent / "cache"),
    }
    subprocess.run(["go", "build", "-o", str(program), str(source)], check=True, env=env, cwd=program.parent)
    return program


def judge(gocheck: Path, *arguments: Path) -> tuple[int, list[str]]:
    done = subprocess.run([gocheck, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()


def test_go_accepts_checkpoint_growth_tiles_and_proofs(gocheck: Path, keys: Keys, tmp_path: Path) -> None:
    """Go verifies the signed note, rebuilds proofs from our tiles and accepts ours, over 700 entries."""
    out = tmp_path / "log"
    (tmp_path / "old").write_text(publish(300, out, keys))
    note = publish(700, out, keys)
    (out / "log.vkey").write_text(vkey(keys))
    arguments = [out, tmp_path / "old"]
    for index in (0, 255, 256, 511, 699):
        (tmp_path / f"{index}.proof").write_text(tlog.inclusion_proof(leaves(700), index, checkpoint=note))
        (tmp_path / f"{index}.entry").write_bytes(entries(700)[index])
        arguments += [tmp_path / f"{index}.proof", tmp_path / f"{index}.entry"]

    code, said = judge(gocheck, *arguments)

    assert said == ["checkpoint 700", "consistent 300 700", *(f"included {i}" for i in (0, 255, 256, 511, 699))]
    assert code == 0
    (tmp_path / "699.entry").write_bytes(b'{"seq":698}')
    code, said = judge(gocheck, *arguments)
    assert code == 1
    assert said[-1].startswith("FAIL inclusion")


def test_go_refuses_a_log_whose_past_changed(gocheck: Path, keys: Keys, tmp_path: Path) -> None:
    """A checkpoint over another past, signed with the right key, is not consistent with the old one."""
    (tmp_path / "old").write_text(publish(300, tmp_path / "one", keys))
    other = [merkle.leaf_hash(b"never happened"), *leaves(400)[1:]]
    tlog.publish_log(other, origin=ORIGIN, key=keys.log, out=tmp_path / "two")
    (tmp_path / "two" / "log.vkey").write_text(vkey(keys))

    code, said = judge(gocheck, tmp_path / "two", tmp_path / "old")

    assert code == 1
    assert said[-1].startswith("FAIL consistency")


def test_a_checkpoint_is_the_published_form(keys: Keys, tmp_path: Path) -> None:
    """Origin, size and root in three lines, an empty line, an em-dash signature with the key's id in front."""
    note = publish(5, tmp_path, keys)

    text, signature = note.split("\n\n")
    assert text.split("\n") == [ORIGIN, "5", base64.b64encode(merkle.root(leaves(5))).decode()]
    dash, name, encoded = signature.rstrip("\n").split(" ")
    assert (dash, name) == ("\N{EM DASH}", ORIGIN)
    public = base64.b64decode(vkey(keys).split("+", 2)[2])
    assert base64.b64decode(encoded)[:4] == hashlib.sha256(ORIGIN.encode() + b"\n" + public).digest()[:4]
    assert (tmp_path / "checkpoint").read_text() == note
    assert (tmp_path / "tile/0/000.p/5").read_bytes() == b"".join(leaves(5))


def test_publishing_again_gives_the_same_bytes(keys: Keys, tmp_path: Path) -> None:
    """The same log published twice, here and elsewhere, is the same to the byte."""
    first = publish(257, tmp_path / "a", keys)

    assert publish(257, tmp_path / "a", keys) == first == publish(257, tmp_path / "b", keys)
    assert tree_of(tmp_path / "a") == tree_of(tmp_path / "b")


def tree_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("count", [0, 3, 299])
def test_a_log_that_lost_entries_is_not_signed(keys: Keys, tmp_path: Path, count: int) -> None:
    """Once 300 entries were signed, a log of fewer is refused and the published files stay as they were."""
    publish(300, tmp_path, keys)
    before = tree_of(tmp_path)

    with pytest.raises(LogTampered, match="had 300 entries"):
        publish(count, tmp_path, keys)
    assert tree_of(tmp_path) == before


def test_a_log_with_another_past_is_not_signed(keys: Keys, tmp_path: Path) -> None:
    """One changed early entry, with any number of new ones after it, is refused, also from a kept checkpoint."""
    note = publish(300, tmp_path / "a", keys)
    rewritten = leaves(400)
    rewritten[17] = merkle.leaf_hash(b"never happened")

    with pytest.raises(LogTampered, match="first 300 custody entries"):
        tlog.publish_log(rewritten, origin=ORIGIN, key=keys.log, out=tmp_path / "a")
    with pytest.raises(LogTampered, match="first 300 custody entries"):
        tlog.publish_log(rewritten, origin=ORIGIN, key=keys.log, out=tmp_path / "fresh", earlier=[note])
    assert not (tmp_path / "fresh").exists()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.data())
def test_any_flipped_byte_of_a_checkpoint_or_proof_is_found(keys: Keys, size: int, data: st.DataObject) -> None:
    """No byte of a proof, its checkpoint or the entry can change without the verification failing."""
    index = data.draw(st.integers(0, size - 1))
    tree = merkle.Tree(leaves(size))
    note = tlog.sign_checkpoint(tlog.Checkpoint(ORIGIN, size, tree.root()), key=keys.log)
    proof = tlog.inclusion_proof(tree, index, checkpoint=note).encode()
    where = data.draw(st.integers(0, len(proof) - 1))
    flipped = bytearray(proof)
    flipped[where] ^= 1 << data.draw(st.integers(0, 6))

    assert tlog.verify_proof(proof.decode(), entries(size)[index], vkey=vkey(keys))[0] == index
    with pytest.raises(LogTampered):
        tlog.verify_proof(proof.decode(), entries(size)[index] + b" ", vkey=vkey(keys))
    if same_meaning(bytes(flipped), proof):
        return
    with pytest.raises(LogTampered):
        tlog.verify_proof(flipped.decode("latin-1"), entries(size)[index], vkey=vkey(keys))


def same_meaning(one: bytes, other: bytes) -> bool:
    """Base64 of 32 or 68 bytes has two spare bits in its last letter: changing these changes nothing that is read."""

    def read(text: bytes) -> list[bytes]:
        words = text.decode("latin-1").replace("\n", " \n ").split(" ")
        return [decoded(word) for word in words]

    return len(one) == len(other) and read(one) == read(other)


def decoded(word: str) -> bytes:
    try:
        return base64.b64decode(word, validate=True) if len(word) > 40 else word.encode("latin-1")
    except ValueError:
        return word.encode("latin-1")


def test_growth_is_proved_between_two_notes(keys: Keys, tmp_path: Path) -> None:
    """A consistency proof ties an old checkpoint to a new one, and does not tie it to another log's."""
    old, new = publish(7, tmp_path, keys), publish(20, tmp_path, keys)
    proof = merkle.Tree(leaves(20)).consistency(7)

    tlog.verify_growth(old, new, proof, vkey=vkey(keys))
    with pytest.raises(LogTampered, match="not the beginning"):
        tlog.verify_growth(old, new, proof[:-1], vkey=vkey(keys))


def test_another_offices_signature_is_not_ours(keys: Keys, tmp_path: Path) -> None:
    """A note signed by another key, or by ours under another name, is refused."""
    stranger = create_keys(tmp_path / "stranger", seed=b"someone else")
    note = publish(3, tmp_path / "log", stranger)

    with pytest.raises(LogTampered, match="no signature"):
        tlog.open_checkpoint(note, vkey=vkey(keys))
    with pytest.raises(LogTampered, match="no signature"):
        tlog.open_checkpoint(note, vkey=tlog.verifier_key("another/log", stranger.log))


@pytest.mark.parametrize("text", ["", "\n\n", "a\n1\nx\n\n", "c2sp.org/tlog-proof@v1\nindex -1\n\n", "x" * 1000])
def test_nonsense_is_refused_in_words(keys: Keys, text: str) -> None:
    """Whatever is given for a note or a proof, the answer is a sentence and never a crash."""
    with pytest.raises(LogTampered):
        tlog.open_checkpoint(text, vkey=vkey(keys))
    with pytest.raises(LogTampered):
        tlog.verify_proof(text, b"", vkey=vkey(keys))
    with pytest.raises(LogTampered):
        tlog.open_checkpoint("x", vkey=text)
