# SPDX-License-Identifier: Apache-2.0
"""The vault in a second place: everything is there, nothing can be removed or written over, and it comes back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from plainview.casework import mirroring
from plainview.casework.intake import receive
from plainview.casework.workspace import Workspace, create, open_case
from plainview.errors import Blocked, VaultDamaged, WrongUsage
from plainview.model.case import Agent
from plainview.store.bucket import PIECE, Bucket
from server_of_s3 import Store
from sounds_of_noise import noise

AT = datetime.now(UTC).replace(microsecond=0)
"""A lock's end must lie ahead of the store's own clock."""
AMES = Agent("R. Ames", "staff")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def office(tmp_path: Path) -> Workspace:
    """An office with two originals, and a published version as far as the mirror can tell."""
    made = create(tmp_path / "o", name="Office", contact="", at=AT, acting=AMES, seed=b"mirror")
    case = open_case(made, case_id="C-1", title="T", at=AT, rules="own", now=AT, acting=AMES)
    folder = tmp_path / "delivery"
    folder.mkdir()
    noise(folder / "a.wav", seed=1, seconds=1)
    (folder / "note – Straße.txt").write_text("a note")
    receive([folder], case=case, received_from="x", ledger=made.ledger, vault=made.vault, at=AT, acting=AMES, secret=b"s")
    page = made.site / "c" / "C-1" / "v1" / "data" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("a page")
    (made.site / "index.html").write_text("made anew each time, and not mirrored")
    return made


def vault(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file() and "staging" not in p.parts}


def test_everything_is_mirrored_once_and_comes_back_byte_for_byte(office: Workspace, store: Store, tmp_path: Path) -> None:
    """A second run puts nothing; what comes back is the vault and the version, in a place of its own."""
    address = store.bucket("plain", locked=False)
    first = mirroring.mirror(office, address, keep_days=0, at=AT, acting=AMES)
    second = mirroring.mirror(office, address, keep_days=0, at=AT, acting=AMES)
    checked = mirroring.check_mirror(office, address, at=AT, acting=AMES)
    count = mirroring.restore_mirror(address, tmp_path / "back")

    held = vault(office.vault.root)
    assert (first.put, first.held, second.put, second.held) == (len(held) + 1, 0, 0, len(held) + 1)
    assert first.bytes == sum(map(len, held.values())) + len("a page")
    assert checked == (count, ())
    assert vault(tmp_path / "back" / "vault") == held
    assert (tmp_path / "back" / "site" / "c" / "C-1" / "v1" / "data" / "index.html").read_text() == "a page"
    assert not (tmp_path / "back" / "site" / "index.html").exists()
    kinds = [entry.type for entry in office.ledger.entries()]
    assert (kinds.count("mirrored"), kinds.count("fixity-checked")) == (2, 1)
    with pytest.raises(WrongUsage, match="exists already"):
        mirroring.restore_mirror(address, tmp_path / "back")


def test_locked_originals_can_be_removed_by_nobody(office: Workspace, store: Store) -> None:
    """With Object Lock the store refuses to remove a version or to shorten its days, to the owner of the key too."""
    address = store.bucket("locked", locked=True)
    made = mirroring.mirror(office, address, keep_days=30, at=AT, acting=AMES)
    versions = store.client.list_object_versions(Bucket="locked", Prefix="office/vault/")["Versions"]
    refused = []
    for each in versions:
        which = {"Bucket": "locked", "Key": each["Key"], "VersionId": each["VersionId"]}
        for bypass in (False, True):
            try:
                store.client.delete_object(**which, BypassGovernanceRetention=bypass)
            except ClientError:
                refused.append(each["Key"])
    with pytest.raises(ClientError):
        store.client.put_object_retention(
            Bucket="locked", Key=versions[0]["Key"], VersionId=versions[0]["VersionId"],
            Retention={"Mode": "COMPLIANCE", "RetainUntilDate": AT + timedelta(days=1)},
        )  # fmt: skip

    assert made.until == AT + timedelta(days=30)
    assert len(refused) == 2 * len(versions) == 2 * len(vault(office.vault.root))
    assert mirroring.check_mirror(office, address, at=AT, acting=AMES)[1] == ()


def test_a_promise_of_days_needs_a_bucket_that_can_keep_it(office: Workspace, store: Store) -> None:
    """Without Object Lock nothing is put there under a promise that nobody keeps."""
    address = store.bucket("unlocked", locked=False)

    with pytest.raises(Blocked, match="has no Object Lock"):
        mirroring.mirror(office, address, keep_days=30, at=AT, acting=AMES)
    assert Bucket(address).held("") == {}


def test_changed_and_missing_objects_are_named_and_nothing_is_restored_from_them(
    office: Workspace, store: Store, tmp_path: Path
) -> None:
    """Somebody with the store's key changed one object and removed another."""
    address = store.bucket("harmed", locked=False)
    mirroring.mirror(office, address, keep_days=0, at=AT, acting=AMES)
    changed, gone = sorted(key for key in Bucket(address).held("vault/") if "original" in key)
    store.client.put_object(Bucket="harmed", Key=f"office/{changed}", Body=b"other bytes")
    with pytest.raises(VaultDamaged, match="does not hold what it listed"):
        mirroring.restore_mirror(address, tmp_path / "one")
    store.client.delete_object(Bucket="harmed", Key=f"office/{gone}")
    problems = mirroring.check_mirror(office, address, at=AT, acting=AMES)[1]

    assert set(problems) == {f"{changed} is not as it was", f"{gone} is missing"}


def test_a_key_is_written_once_also_in_parts(store: Store, tmp_path: Path) -> None:
    """A file larger than one piece goes up in parts and comes back whole; a second of that name changes nothing."""
    bucket = Bucket(store.bucket("parts", locked=True))
    large = tmp_path / "large"
    with large.open("wb") as stream:
        stream.truncate(PIECE + 5)
        stream.write(b"first")
    (tmp_path / "small").write_bytes(b"second")
    until = AT + timedelta(days=2)
    told = [bucket.put("film", large, sha256="", until=until), bucket.put("film", tmp_path / "small", sha256="", until=until)]
    bucket.get("film", tmp_path / "back")

    assert told == [True, False]
    assert (tmp_path / "back").read_bytes() == large.read_bytes()


@pytest.mark.parametrize("address", ["http://x/y", "s3:///nothing", "bucket"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    """In a sentence that shows one."""
    with pytest.raises(WrongUsage, match="s3://bucket/prefix"):
        Bucket(address)
