# SPDX-License-Identifier: Apache-2.0
"""A sealed sample site for the browser; built once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Browser

from browser.walk import browsing, chromium
from plainview.model.release import Release
from plainview.publish import seal, site, sshsig
from publish.sample import MARKS, PLACES, TRANSLATIONS, hostile, sample
from publish.small_site import publish_log, verifier_key

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Chromium these tests fail in CI and say why they cannot run elsewhere."""
    if chromium() is not None or os.environ.get("PLAINVIEW_CI") == "1":
        return
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.skip(reason="no Chromium on this machine (Debian: apt-get install chromium)"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed with its module: while it is open its event loop runs in this thread, and a database refuses to."""
    if chromium() is None:
        pytest.fail("no Chromium on this machine (Debian: apt-get install chromium)", pytrace=False)
    with browsing() as found:
        yield found


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> tuple[Release, Path]:
    """The sample release and its files."""
    files = tmp_path_factory.mktemp("files")
    return replace(sample(files), places=PLACES, marks=MARKS, languages=("en", "es"), translations=TRANSLATIONS), files


@pytest.fixture(scope="session")
def built(material: tuple[Release, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole site with one sealed version."""
    return sealed_site(*material, tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="session")
def nasty(material: tuple[Release, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same site with markup in every text evidence can reach."""
    release, files = material
    return sealed_site(hostile(release), files, tmp_path_factory.mktemp("nasty"))


def sealed_site(release: Release, files: Path, out: Path) -> Path:
    """The release as the integrator publishes it: bag, seal, custody log, office pages."""
    named = replace(release, key_fingerprint=sshsig.fingerprint(KEY.public_key()), supersedes="ab" * 32)
    case = out / "c" / release.case.id
    bag = case / f"v{release.number}"
    site.build_case(named, files=files, out=bag / "data")
    origin = release.office.origin
    info = {"Custody-Log-Key": verifier_key(origin)}
    seal.seal_bag(bag, key=KEY, identity=site.signer(release.office), bag_info=info, released_at=release.released_at, release=named)
    publish_log(case, origin, {release.number - 1: "ab" * 32, release.number: seal.sha256_file(bag / seal.TAG_MANIFEST)})
    site.build_site(release.office, [site.Entry(named, (release.number,))], out=out)
    return out
