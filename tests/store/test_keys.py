# SPDX-License-Identifier: Apache-2.0
"""Keys: private to the office's account, repeatable from a seed, and known to OpenSSH by the same name."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from conftest import needed
from plainview.errors import MissingPart
from plainview.store.keys import create_keys, fingerprint, load_keys, public_line, raw_public, salts


def test_keys_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    """Folder 0700, files 0600; a key that others may read is not used."""
    create_keys(tmp_path / "keys")

    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()} == {0o600}
    (tmp_path / "keys" / "log.pem").chmod(0o640)
    with pytest.raises(MissingPart, match="other accounts"):
        load_keys(tmp_path / "keys")


def test_a_seed_gives_the_same_keys_and_none_gives_new_ones(tmp_path: Path) -> None:
    """Examples are repeatable; real offices are not guessable; the three values differ from each other."""
    one, two = create_keys(tmp_path / "1", seed=b"x"), create_keys(tmp_path / "2", seed=b"x")
    real, other = create_keys(tmp_path / "3"), create_keys(tmp_path / "4")

    assert (raw_public(one.log), raw_public(one.release), one.secret) == (
        raw_public(two.log),
        raw_public(two.release),
        two.secret,
    )
    assert len({raw_public(key.release) for key in (one, real, other)}) == 3
    assert len({real.secret, other.secret, one.secret}) == 3
    assert raw_public(one.log) != raw_public(one.release)
    assert real.secret.hex() not in repr(real)


def test_keys_that_are_there_are_kept(tmp_path: Path) -> None:
    """Making keys again, after a kill for example, completes the set and replaces nothing."""
    before = create_keys(tmp_path)
    (tmp_path / "release.pem").unlink()
    with pytest.raises(MissingPart, match=r"release\.pem"):
        load_keys(tmp_path)

    after = create_keys(tmp_path)

    assert (raw_public(after.log), after.secret) == (raw_public(before.log), before.secret)
    assert raw_public(after.release) != raw_public(before.release)


def test_openssh_knows_the_key_by_the_same_fingerprint(tmp_path: Path) -> None:
    """``ssh-keygen -l`` over our public key line prints our fingerprint."""
    needed("ssh-keygen", package="openssh-client")
    keys = create_keys(tmp_path / "keys", seed=b"x")
    (tmp_path / "key.pub").write_text(public_line(keys.release, comment="releases") + "\n")

    done = subprocess.run(["ssh-keygen", "-l", "-f", tmp_path / "key.pub"], capture_output=True, text=True, check=True)

    assert done.stdout.split()[:3] == ["256", fingerprint(keys.release), "releases"]


def test_salts_repeat_for_the_office_and_for_nobody_else() -> None:
    """32 hex digits, the same for the same secret and place, different otherwise."""
    mine, yours = salts(b"one"), salts(b"two")

    assert mine(7) == salts(b"one")(7)
    assert len({mine(7), mine(8), yours(7)}) == 3
    assert len(bytes.fromhex(mine(7))) == 16
