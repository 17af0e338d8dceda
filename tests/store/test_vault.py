# SPDX-License-Identifier: Apache-2.0
"""The vault: sealed bytes stay what they were, and no way of dying leaves it invalid."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import stat
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from plainview.errors import UnreadableInput, VaultDamaged
from plainview.model.case import Agent
from plainview.store.staging import CHUNK
from plainview.store.vault import Vault
from store.independent import ocfl_problems

AT = datetime(2026, 3, 15, 2, 41, tzinfo=UTC)
CLERK = Agent("R. Ames", "evidence clerk")
OBJECT = "urn:plainview:LOG-2026-0001:EX-0001"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault.create(tmp_path / "vault")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "delivered.bin"
    path.write_bytes(bytes(range(256)) * 4096)
    return path


def seal(vault: Vault, source: Path, object_id: str = OBJECT) -> str:
    sealed = vault.seal(
        object_id,
        source,
        logical_name="original/camera.mp4",
        message="received",
        agent=CLERK,
        at=AT,
        extra={"probe.json": b"{}", "commitment.json": b"{}"},
    )
    return sealed.sha256


def dies(action: Callable[[], object]) -> bool:
    """Run ``action`` in a child process; whether the child was killed before it finished."""
    child = os.fork()
    if child == 0:
        try:
            action()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def kill_at(call: int) -> None:
    """Make this process kill itself just before the ``call``-th fsync, rename, link, mkdir or unlink from now on."""
    count = 0

    def guard(real: Callable[..., object]) -> Callable[..., object]:
        def counted(*args: object, **kwargs: object) -> object:
            nonlocal count
            count += 1
            if count == call:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)

        return counted

    for name in ("fsync", "fdatasync", "rename", "replace", "mkdir", "unlink", "fchmod"):
        setattr(os, name, guard(getattr(os, name)))


def test_a_sealed_file_is_the_source_read_only(vault: Vault, source: Path) -> None:
    """The vault holds exactly the delivered bytes, write-protected, and the source is as it was."""
    before = (source.read_bytes(), source.stat().st_mtime_ns)

    digest = seal(vault, source)

    held = vault.path(OBJECT, "original/camera.mp4")
    assert hashlib.sha256(before[0]).hexdigest() == digest
    assert before[0] == held.read_bytes()
    assert stat.S_IMODE(held.stat().st_mode) == 0o444
    assert before == (source.read_bytes(), source.stat().st_mtime_ns)
    assert list(vault.objects()) == [OBJECT]
    assert vault.check(OBJECT) == []
    assert ocfl_problems(vault.storage_root) == []


def test_the_independent_validator_sees_damage(vault: Vault, source: Path) -> None:
    """The judge is judged first: ocfl-py names a changed byte, a planted file and a lost inventory."""
    seal(vault, source)
    held = vault.path(OBJECT, "original/camera.mp4")
    held.chmod(0o644)
    whole = held.read_bytes()

    held.write_bytes(whole[:-1] + b"x")
    assert "E092a" in ocfl_problems(vault.storage_root)[0]
    held.write_bytes(whole)
    (held.parent / "planted").touch()
    assert "E023a" in ocfl_problems(vault.storage_root)[0]
    (held.parent / "planted").unlink()
    assert ocfl_problems(vault.storage_root) == []
    (held.parents[2] / "inventory.json").unlink()
    assert ocfl_problems(vault.storage_root) != []


def test_an_empty_file_is_sealed_too(vault: Vault, tmp_path: Path) -> None:
    """Nothing is too small to be evidence: zero bytes have a digest and an object."""
    (tmp_path / "empty").touch()

    digest = seal(vault, tmp_path / "empty")

    assert hashlib.sha256(b"").hexdigest() == digest
    assert ocfl_problems(vault.storage_root) == []


def test_new_versions_only_add_and_repeating_one_changes_nothing(vault: Vault, source: Path, tmp_path: Path) -> None:
    """A later version holds all that the first did; adding the same again makes no version."""
    digest = seal(vault, source)
    (tmp_path / "notes.txt").write_text("bench notes")

    files: dict[str, bytes | Path] = {"examined/probe.json": b'{"a":1}', "examined/notes.txt": tmp_path / "notes.txt"}
    first = vault.add(OBJECT, files, message="examined", agent=CLERK, at=AT)
    second = vault.add(OBJECT, files, message="examined", agent=CLERK, at=AT)

    assert (first, second) == (2, 2)
    assert vault.names(OBJECT)["original/camera.mp4"] == digest
    assert vault.open(OBJECT, "examined/notes.txt").read() == b"bench notes"
    assert ocfl_problems(vault.storage_root) == []


def test_an_object_is_sealed_once(vault: Vault, source: Path) -> None:
    """Sealing under an id that is taken is refused and changes nothing."""
    seal(vault, source)

    with pytest.raises(RuntimeError, match="sealed already"):
        seal(vault, source)
    assert vault.check(OBJECT) == []


@pytest.mark.parametrize("name", ["../x", "/x", "a//b", "a/../b", "", ".hidden", "a\nb", "x" * 200, "ä"])
def test_names_that_could_reach_elsewhere_are_refused(vault: Vault, source: Path, name: str) -> None:
    """A logical name is ours to give: nothing delivered can choose where its bytes land."""
    with pytest.raises(ValueError, match="not a name"):
        vault.seal(OBJECT, source, logical_name=name, message="m", agent=CLERK, at=AT)
    assert list(vault.objects()) == []


def test_links_pipes_and_folders_are_not_read(vault: Vault, source: Path, tmp_path: Path) -> None:
    """A link is not followed, a pipe is not waited for, a folder is not a file."""
    (tmp_path / "link").symlink_to(source)
    os.mkfifo(tmp_path / "pipe")

    for name in ("link", "pipe", "."):
        with pytest.raises(UnreadableInput):
            vault.stage(tmp_path / name)
    assert vault.recover() == []


def test_changed_missing_and_added_bytes_are_named(vault: Vault, source: Path) -> None:
    """Fixity names the file whose byte changed, the one that is gone and the one that was never sealed."""
    seal(vault, source)
    held = vault.path(OBJECT, "original/camera.mp4")
    folder = held.parent.parent.parent.parent
    held.chmod(0o644)
    with held.open("r+b") as file:
        file.seek(70_000)
        file.write(b"\xff")
    (folder / "v1/content/commitment.json").unlink(missing_ok=True)
    (folder / "v1/content/probe.json").unlink(missing_ok=True)
    (folder / "v1/content/planted.txt").write_text("x")

    problems = vault.check(OBJECT)

    assert [text.split()[0].rsplit("/", 1)[1] for text in problems] == ["commitment.json", "camera.mp4", "planted.txt"]
    assert [
        next(word for word in ("is missing", "has changed", "was never sealed") if word in text) for text in problems
    ] == ["is missing", "has changed", "was never sealed"]


def test_an_edited_inventory_is_damage(vault: Vault, source: Path) -> None:
    """An inventory that no longer matches its digest, in the root and the version, is not recovered away."""
    seal(vault, source)
    folder = vault.path(OBJECT, "original/camera.mp4").parents[3]
    for inventory in (folder / "inventory.json", folder / "v1/inventory.json"):
        inventory.write_bytes(inventory.read_bytes().replace(b"Ames", b"Amos"))

    assert "does not match its digest" in vault.check(OBJECT)[0]
    with pytest.raises(VaultDamaged, match="does not match its digest"):
        vault.recover()


def test_dying_at_any_point_of_sealing_leaves_all_or_nothing(tmp_path: Path, source: Path) -> None:
    """Killed before each single system call of a seal: after recovery the object is whole or absent, then seals."""
    finished = False
    call = 0
    outcomes = set()
    while not finished:
        call += 1
        vault = Vault.create(tmp_path / f"vault{call}")

        def attempt(vault: Vault = vault, call: int = call) -> None:
            kill_at(call)
            seal(vault, source)

        finished = not dies(attempt)
        vault.recover()
        outcomes.add(vault.has(OBJECT))
        assert ocfl_problems(vault.storage_root) == []
        assert vault.recover() == []
        if not vault.has(OBJECT):
            seal(vault, source)
        assert vault.check(OBJECT) == []
        assert sorted(path.name for path in (vault.root / "staging").iterdir()) == ["gate", "lock"]
    assert call > 20
    assert outcomes == {False, True}


def test_dying_at_any_point_of_adding_keeps_the_original_and_can_be_repeated(tmp_path: Path, source: Path) -> None:
    """Killed before each system call of a second version: the storage root validates and the retry gives v2."""
    finished = False
    call = 0
    while not finished:
        call += 1
        vault = Vault.create(tmp_path / f"vault{call}")
        digest = seal(vault, source)

        def attempt(vault: Vault = vault, call: int = call) -> None:
            kill_at(call)
            vault.add(OBJECT, {"notes.txt": b"n", "copy.bin": source}, message="more", agent=CLERK, at=AT)

        finished = not dies(attempt)
        vault.recover()
        assert ocfl_problems(vault.storage_root) == []
        again = vault.add(OBJECT, {"notes.txt": b"n", "copy.bin": source}, message="more", agent=CLERK, at=AT)
        assert again == 2
        assert vault.names(OBJECT)["original/camera.mp4"] == digest
        assert vault.check(OBJECT) == []
    assert call > 12


def test_dying_while_the_vault_is_made_is_repaired_by_making_it_again(tmp_path: Path) -> None:
    """``create`` can be killed anywhere and simply called again."""
    finished = False
    call = 0
    while not finished:
        call += 1
        root = tmp_path / f"vault{call}"

        def attempt(root: Path = root, call: int = call) -> None:
            kill_at(call)
            Vault.create(root)

        finished = not dies(attempt)
        assert ocfl_problems(Vault.create(root).storage_root) == []


def test_kill_nine_at_random_times_never_leaves_half_an_object(tmp_path: Path) -> None:
    """Eight rounds of SIGKILL during a stream of seals: what is in the vault afterwards is whole."""
    vault = Vault.create(tmp_path / "vault")
    source = tmp_path / "large.bin"
    source.write_bytes(os.urandom(CHUNK + 12345))

    def keep_sealing(start: int) -> None:
        for number in range(start, start + 10_000):
            seal(vault, source, f"{OBJECT}-{number}")

    for turn in range(8):
        child = os.fork()
        if child == 0:
            keep_sealing(turn * 10_000)
            os._exit(0)
        time.sleep(0.05 + turn * 0.037)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        vault.recover()
        assert ocfl_problems(vault.storage_root) == []
    assert all(vault.check(each) == [] for each in vault.objects())


def test_recovery_leaves_a_living_process_alone(vault: Vault, source: Path) -> None:
    """A copy being taken right now is not cleared away by a recovery that runs beside it."""
    with vault.stage(source) as staged:
        assert vault.recover() == []
        sealed = vault.seal_staged(staged, OBJECT, logical_name="original/a", message="m", agent=CLERK, at=AT)
    assert sealed.path.read_bytes() == source.read_bytes()


def test_an_object_set_aside_is_gone_but_kept(vault: Vault, source: Path) -> None:
    """What nothing records leaves the storage root with every byte of it kept beside."""
    seal(vault, source)

    place = vault.set_aside(OBJECT)

    assert not vault.has(OBJECT)
    assert (place / "v1/content/original/camera.mp4").read_bytes() == source.read_bytes()
    vault.recover()
    assert ocfl_problems(vault.storage_root) == []


def test_memory_does_not_grow_with_the_file(vault: Vault, tmp_path: Path) -> None:
    """A file of 256 MiB passes through in less than 64 MiB of additional memory."""
    big = tmp_path / "big.bin"
    with big.open("wb") as file:
        file.truncate(256 << 20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    seal(vault, big)

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10
