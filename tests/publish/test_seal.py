# SPDX-License-Identifier: Apache-2.0
"""Sealing: other people's programs accept what we sign, the same input gives the same bytes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from conftest import needed
from plainview.errors import Blocked
from plainview.publish import seal, sshsig
from publish import small_site
from publish.small_site import IDENTITY, KEY, build_bag, build_site, fill, release


def test_ssh_keygen_accepts_the_signature_and_refuses_a_changed_list(tmp_path: Path) -> None:
    """OpenSSH's own program verifies a sealed bag, and says no after one byte is changed."""
    build_bag(tmp_path)
    assert _ssh_verify(tmp_path).returncode == 0

    listed = tmp_path / seal.TAG_MANIFEST
    listed.write_bytes(listed.read_bytes().replace(b"a", b"b", 1))

    assert _ssh_verify(tmp_path).returncode != 0


def test_ssh_keygen_refuses_another_purpose(tmp_path: Path) -> None:
    """A release signature is worth nothing in another namespace."""
    build_bag(tmp_path)

    assert _ssh_verify(tmp_path, namespace="git").returncode != 0


def test_the_fingerprint_is_the_one_that_ssh_keygen_prints(tmp_path: Path) -> None:
    """What the office prints on paper is what a reporter's ssh-keygen shows."""
    build_bag(tmp_path)

    printed = _ssh_verify(tmp_path).stdout.decode()

    assert sshsig.fingerprint(KEY.public_key()) in printed


def test_sha256sum_checks_every_list(tmp_path: Path) -> None:
    """All three lists are plain sha256sum files."""
    site = build_site(tmp_path)

    assert _sha256sum(site.bag(1), seal.TAG_MANIFEST) == 0
    assert _sha256sum(site.bag(1), seal.MANIFEST) == 0
    assert _sha256sum(tmp_path, seal.SITE_MANIFEST) == 0


def test_the_same_release_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two builds of one case, in two places, are byte for byte the same."""
    build_site(tmp_path / "a")
    build_site(tmp_path / "b")

    assert small_site.tree_digest(tmp_path / "a") == small_site.tree_digest(tmp_path / "b")


def test_a_sealed_version_is_never_written_again(tmp_path: Path) -> None:
    """Sealing twice is refused, whatever changed."""
    build_bag(tmp_path)

    with pytest.raises(Blocked, match="never written again"):
        seal.prepare_bag(tmp_path, release=release(), signer=seal.Signer(IDENTITY, KEY.public_key()), bag_info={})


def test_nothing_is_signed_that_changed_after_the_audit(tmp_path: Path) -> None:
    """The signature is refused when the list is not the one that was approved."""
    fill(tmp_path)
    signer = seal.Signer(IDENTITY, KEY.public_key())
    digest = seal.prepare_bag(tmp_path, release=release(), signer=signer, bag_info={})
    (tmp_path / seal.TAG_MANIFEST).write_text("")

    with pytest.raises(Blocked, match="changed since it was approved"):
        seal.attach_signature(tmp_path, key=KEY, expected=digest)

    assert not (tmp_path / f"{seal.TAG_MANIFEST}.sig").exists()


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "100%", "back\\slash", "sp ace", "\u202egnp.exe"])
def test_names_that_a_list_cannot_hold_are_refused(tmp_path: Path, name: str) -> None:
    """A name that sha256sum or BagIt would write differently never enters a bag."""
    fill(tmp_path)
    (tmp_path / "data" / name).write_text("x")

    with pytest.raises(Blocked, match="cannot be part of a release"):
        seal.prepare_bag(tmp_path, release=release(), signer=seal.Signer(IDENTITY, KEY.public_key()), bag_info={})


def test_a_link_is_refused(tmp_path: Path) -> None:
    """A link could point at an original."""
    fill(tmp_path)
    (tmp_path / "data" / "link").symlink_to("/etc/hostname")

    with pytest.raises(Blocked, match="a link"):
        seal.prepare_bag(tmp_path, release=release(), signer=seal.Signer(IDENTITY, KEY.public_key()), bag_info={})


def _ssh_verify(bag: Path, *, namespace: str = sshsig.NAMESPACE) -> subprocess.CompletedProcess[bytes]:
    arguments = ["-f", seal.SIGNERS, "-I", IDENTITY, "-n", namespace, "-s", f"{seal.TAG_MANIFEST}.sig"]
    with (bag / seal.TAG_MANIFEST).open("rb") as listed:
        return subprocess.run(
            [needed("ssh-keygen", package="openssh-client"), "-Y", "verify", *arguments], stdin=listed, cwd=bag, capture_output=True, check=False
        )


def _sha256sum(folder: Path, name: str) -> int:
    done = subprocess.run(
        ["sha256sum", "--strict", "--quiet", "-c", name], cwd=folder, capture_output=True, check=False
    )
    return done.returncode
