# SPDX-License-Identifier: Apache-2.0
"""One walk on both kinds of vault: on the office's disk, and in a bucket with Object Lock between several hosts."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from plainview.casework import backup, findings, mirroring
from plainview.casework.custody import fixity_check
from plainview.casework.intake import IntakeReport, receive
from plainview.casework.workspace import Workspace, create, open_case, open_office
from plainview.errors import Blocked, StepFailed, StoreAway, VaultDamaged, WrongUsage
from plainview.model.case import Agent
from plainview.pipeline import child, metrics
from plainview.pipeline.engine import DurableEngine, InlineEngine
from plainview.pipeline.runs import Run, analyse
from plainview.pipeline.tasks import Outcome, WorkStore, task
from plainview.store.bucket import Bucket
from plainview.store.bucketed import ROOT, BucketVault
from plainview.store.cache import Cache
from plainview.store.shared import Shared
from server_of_s3 import Store
from sounds_of_noise import noise
from store.independent import ocfl_problems

AT = datetime.now(UTC).replace(microsecond=0)
"""A lock's end must lie ahead of the store's own clock."""
AMES = Agent("R. Ames", "staff")
KEEP = timedelta(days=30)
NOTE = "Unit 12 arrived at 21:40.\n"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def bucket(request: pytest.FixtureRequest, store: Store) -> str:
    """The address of a vault in a bucket of this test's own."""
    name = hashlib.sha256(request.node.name.encode()).hexdigest()[:20]
    return f"{store.bucket(name, locked=True)}&keep_days={KEEP.days}"


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    folder = tmp_path / "delivery"
    folder.mkdir()
    noise(folder / "a.wav", seed=1, seconds=1)
    (folder / "note – Straße.txt").write_text(NOTE)
    (folder / "the note again.txt").write_text(NOTE)
    return folder


@pytest.fixture(params=["disk", "bucket"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Workspace:
    """An office with an open case, and its vault in one of both places."""
    return made(tmp_path, request.getfixturevalue("bucket") if request.param == "bucket" else "")


@pytest.fixture
def apart(tmp_path: Path, bucket: str) -> Workspace:
    """The same with its vault in a bucket."""
    return made(tmp_path, bucket)


def made(folder: Path, vault: str) -> Workspace:
    office = create(folder / "o", name="Office", contact="", at=AT, acting=AMES, seed=b"b", vault=vault)
    open_case(office, case_id="C-1", title="T", at=AT, rules="own", now=AT, acting=AMES)
    return office


def take(office: Workspace, delivery: Path) -> IntakeReport:
    return receive(
        [delivery], case=office.case("C-1"), received_from="x", ledger=office.ledger, vault=office.vault,
        at=AT, acting=AMES, secret=b"s",
    )  # fmt: skip


def problems(office: Workspace) -> dict[str, tuple[str, ...]]:
    """Exhibit → what fixity says of it."""
    found = fixity_check(office.case("C-1"), ledger=office.ledger, vault=office.vault, at=AT, acting=AMES)
    return {each.exhibit: each.problems for each in found}


def in_bucket(office: Workspace) -> BucketVault:
    assert isinstance(office.vault, BucketVault)
    return office.vault


def key_of(office: Workspace, exhibit: str) -> str:
    """The key of an original in the bucket."""
    known = {each.id: each for each in office.ledger.exhibits("C-1")}
    place = in_bucket(office).place(known[exhibit])
    return place.relative_to(in_bucket(office).cache.root / known[exhibit].sha256).as_posix()


def read_papers(office: Workspace) -> list[Outcome]:
    engine = InlineEngine(WorkStore(office.work, office.shared))
    return analyse(Run(office, office.case("C-1"), engine, AT, lambda *_: None, print), only=["pages"])


def another_host(office: Workspace) -> Workspace:
    """The office folder as a second host has it, under the same path: settings and keys, no original, no result."""
    shutil.rmtree(office.root / "work", ignore_errors=True)
    if office.shared is not None:
        shutil.rmtree(office.root / "vault")
    return open_office(office.root)


def test_what_is_taken_in_is_held_once_and_is_byte_for_byte_what_came(office: Workspace, delivery: Path) -> None:
    """Three files, two of them the same bytes: three exhibits, two objects, read-only; again adds nothing."""
    taken = take(office, delivery)
    again = take(open_office(office.root), delivery)

    exhibits = office.ledger.exhibits("C-1")
    files = sorted(delivery.iterdir())
    assert [each.problem for each in taken.received] == ["", "", ""]
    assert (len(taken.received), len(again.received), len(again.held)) == (3, 0, 3)
    assert [office.vault.original(each).read_bytes() for each in exhibits] == [each.read_bytes() for each in files]
    assert all(office.vault.original(each).stat().st_mode & 0o777 == 0o444 for each in exhibits)
    assert all(office.vault.original(each).resolve().is_relative_to(office.vault.root.resolve()) for each in exhibits)
    assert len(list(office.vault.objects())) == 2
    assert problems(office) == {"EX-0001": (), "EX-0002": ()}
    assert office.vault.extra(exhibits[0], "probe.json") is not None
    assert [path.name for path in (office.vault.root / "staging").iterdir() if path.is_dir()] == []


def test_a_damaged_original_is_named_and_never_handed_out(office: Workspace, delivery: Path, store: Store) -> None:
    """One byte is another on the disk, or somebody with the store's key put other bytes over it."""
    take(office, delivery)
    recording = office.ledger.exhibits("C-1")[0]
    changed = bytearray(office.vault.original(recording).read_bytes())
    changed[1000] ^= 1
    if isinstance(office.vault, BucketVault):
        name = office.vault.address.split("/")[2]
        store.client.put_object(Bucket=name, Key=f"office/{key_of(office, recording.id)}", Body=bytes(changed))
        shutil.rmtree(office.vault.cache.root)
        with pytest.raises(VaultDamaged, match="has changed: sealed as"):
            open_office(office.root).vault.original(recording)
        assert not list(office.vault.cache.root.rglob("a.wav"))
    else:
        path = office.vault.original(recording)
        path.chmod(0o644)
        path.write_bytes(changed)

    found = problems(office)

    if isinstance(office.vault, BucketVault):
        same = office.vault.original(office.ledger.exhibits("C-1")[1]).read_bytes()
        store.client.put_object(Bucket=name, Key=f"office/{key_of(office, 'EX-0002')}", Body=same)
        assert "was never locked" in problems(office)["EX-0002"][0]

    assert "has changed: sealed as" in found["EX-0001"][0]
    assert hashlib.sha256(changed).hexdigest() in found["EX-0001"][0]
    assert found["EX-0002"] == ()


def test_a_step_gives_the_same_on_a_host_that_holds_nothing(office: Workspace, delivery: Path) -> None:
    """A second host with an empty cache reads the papers; a third has what was found and needs no original."""
    take(office, delivery)
    second = another_host(office)
    first = read_papers(second)
    texts = [outcome.result.read_bytes() for outcome in first if outcome.result]
    third = another_host(second)
    if office.shared is not None:
        assert findings.load(third, third.case("C-1")).pages["EX-0002"][0].words[0].text == "Unit"
        assert list(in_bucket(third).cache.root.iterdir()) == []
    again = read_papers(third)

    assert [outcome.reason for outcome in first] == [""] * len(texts)
    assert len(texts) > 0
    assert [outcome.result.read_bytes() for outcome in again if outcome.result] == texts
    assert problems(third) == {"EX-0001": (), "EX-0002": ()}


def test_objects_in_a_bucket_are_ocfl_and_nobody_can_remove_them(
    apart: Workspace, delivery: Path, store: Store, tmp_path: Path
) -> None:
    """Everything below the vault is locked for as long as the setting says; another program finds it valid."""
    take(apart, delivery)
    vault = in_bucket(apart)
    name = vault.address.split("/")[2]
    keys = sorted(vault.bucket.held(f"{ROOT}/"))
    for key in keys:
        vault.bucket.get(key, tmp_path / "copy" / key)
    refused = 0
    for each in store.client.list_object_versions(Bucket=name, Prefix="office/vault/")["Versions"]:
        with pytest.raises(ClientError):
            store.client.delete_object(
                Bucket=name, Key=each["Key"], VersionId=each["VersionId"], BypassGovernanceRetention=True
            )
        refused += 1

    assert ocfl_problems(tmp_path / "copy" / ROOT) == []
    assert refused == len(keys) > 15
    assert {vault.bucket.state(key).until for key in keys} == {AT + KEEP}  # type: ignore[union-attr]  # all are there


def test_a_bucket_that_is_away_gives_one_sentence_and_loses_nothing(
    apart: Workspace, delivery: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Intake, fixity and a first look say that the bucket does not answer; when it is back, the same intake goes on."""
    (delivery / "a.wav").rename(delivery.parent / "a.wav")
    take(apart, delivery)
    (delivery.parent / "a.wav").rename(delivery / "a.wav")
    shutil.rmtree(in_bucket(apart).cache.root)
    monkeypatch.setenv("PLAINVIEW_VAULT", "s3://gone/office?endpoint=http://127.0.0.1:9")
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    away = open_office(apart.root)
    entries = len(away.ledger.entries())
    told = []
    note = away.ledger.exhibits("C-1")[0]
    for attempt in (lambda: take(away, delivery), lambda: problems(away), lambda: away.vault.original(note)):
        with pytest.raises(StoreAway, match="s3://gone/office does not answer") as error:
            attempt()
        told.append(str(error.value))
    unwell = metrics.unwell(away)
    kept = len(away.ledger.entries())
    monkeypatch.delenv("PLAINVIEW_VAULT")
    back = open_office(apart.root)

    assert all("\n" not in sentence for sentence in told)
    assert kept == entries
    assert "the vault's bucket does not answer" in unwell
    assert back.vault.problem() == ""
    assert len(take(back, delivery).received) == 1
    assert problems(back) == {"EX-0001": (), "EX-0003": ()}


def test_a_step_waits_for_a_bucket_and_is_not_failed_by_it(
    apart: Workspace, delivery: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be sent up is kept here, counted as no failure, and sent when the step is asked for again."""
    take(apart, delivery)
    monkeypatch.setattr(child, "PATIENCE", 0)

    def gone(*_: object, **__: object) -> bool:
        raise StoreAway("s3://x does not answer")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Bucket, "put", gone)
        first = read_papers(apart)
    second = read_papers(apart)

    assert {outcome.reason for outcome in first} == {"s3://x does not answer"}
    assert [outcome.reason for outcome in second] == [""]
    assert len(in_bucket(apart).bucket.held("work/pages/")) == 1
    assert in_bucket(apart).bucket.held("failed/") == {}
    assert len(findings.load(apart, apart.case("C-1")).pages) == 1


def test_a_worker_brings_what_it_reads_and_what_lies_here_only_is_done_here(
    apart: Workspace, delivery: Path, tmp_path: Path
) -> None:
    """Two tasks for the durable engine: one reads an original, one a file that no other host could bring."""
    take(apart, delivery)
    host = another_host(apart)
    note = in_bucket(host).place(host.ledger.exhibits("C-1")[1])
    aside = tmp_path / "aside.txt"
    aside.write_text("of this host")
    tasks = [
        task(
            "pages", path.name, identity={"n": path.name}, args={"path": str(path), "name": "n.txt"}, read=(str(path),)
        )
        for path in (note, aside)
    ]
    work = WorkStore(host.work, host.shared)
    before = note.exists()
    engine = DurableEngine(work, database=tmp_path / "engine.sqlite3", jobs=1)
    outcomes = engine.run(tasks, progress=lambda *_: None)
    engine.close()

    assert [work.everywhere(each) for each in tasks] == [True, False]
    assert not before
    assert [(each.reason, each.result is not None) for each in outcomes] == [("", True)] * 2
    assert len(in_bucket(host).bucket.held("work/pages/")) == 2


def test_room_is_made_by_what_was_used_longest_ago_and_never_by_what_is_held(
    apart: Workspace, store: Store, tmp_path: Path
) -> None:
    """Room for two of four files of 1000 bytes: one that is held stays though it is the oldest."""
    bucket = in_bucket(apart).bucket
    files = {f"film/{n}": bytes([n]) * 1000 for n in range(4)}
    for key, data in files.items():
        bucket.put(key, data, sha256="", until=None)
    cache = Cache(tmp_path / "cache", bucket, limit=2000, grace_s=0)
    places = [cache.place(hashlib.sha256(data).hexdigest(), key) for key, data in files.items()]

    def here() -> list[int]:
        return [n for n, place in enumerate(places) if place.exists()]

    with cache.holding(places[0]):
        cache.get(places[1])
        two = here()
        cache.get(places[2])
        three = here()
        cache.get(places[3])
        four = here()
        kept = places[0].read_bytes()
    cache.get(places[1])
    last = here()
    careful = Cache(tmp_path / "cache", bucket, limit=2000)
    careful.get(places[2])

    assert (two, three, four, last) == ([0, 1], [0, 2], [0, 3], [1, 3])
    assert kept == files["film/0"]
    assert here() == [1, 2, 3]  # what was handed out a moment ago stays, though it is more than there should be
    assert not list(tmp_path.glob("cache/gone-*"))


def test_an_intake_killed_in_the_middle_is_finished_by_the_next(apart: Workspace, delivery: Path) -> None:
    """Of one file the original is up and nothing else, the other is sealed whole and not recorded: both are taken in.

    What nothing recorded stays in the bucket as an older version, and a list of it is kept.
    """
    vault = in_bucket(apart)
    with vault.stage(delivery / "a.wav") as staged:
        vault.send_ahead(staged, "C-1", logical_name="original/a.wav", at=AT)
        vault.send_ahead(staged, "C-1", logical_name="original/named-otherwise.wav", at=AT)
        kept = vault.bucket.state(recording := f"{ROOT}/{_folder(vault, 'wav')}/v1/content/original/a.wav")
    sha256 = hashlib.sha256(NOTE.encode()).hexdigest()
    name = "original/other-name.txt"
    lost = vault.object_id("C-1", "EX-0009", sha256)
    vault.seal(lost, delivery / "the note again.txt", logical_name=name, message="m", agent=AMES, at=AT)
    before = vault.bucket.state(key := f"{ROOT}/{_folder(vault, 'txt')}/v1/content/{name}")

    report = take(open_office(apart.root), delivery)

    aside = [path.read_text() for path in (vault.root / "aside").glob("unrecorded-*/versions.txt")]
    assert before is not None
    assert kept is not None
    assert len(report.received) == 3
    assert problems(apart) == {"EX-0001": (), "EX-0002": ()}
    assert sorted(text.count("\n") for text in aside) == [1, 6]
    assert any(f"{before.version}  {key}\n" in text for text in aside)
    assert vault.bucket.state(key) is None
    assert vault.bucket.state(recording) == kept  # the gigabytes are not sent again
    vault.bucket.put(key, NOTE.encode(), sha256="", until=None)
    assert problems(apart)["EX-0002"] == ()  # as an intake leaves it that another host overtook
    vault.bucket.put(f"{key}.mp4", b"planted", sha256="", until=None)
    assert problems(apart)["EX-0002"] == (f"v1/content/{name}.mp4 was never sealed",)


def test_a_bucket_lost_at_any_point_of_an_intake_leaves_all_or_nothing(
    apart: Workspace, delivery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bucket goes away before each single upload of an intake: no exhibit then, and the next attempt goes on."""
    (delivery / "a.wav").unlink()
    (delivery / "the note again.txt").unlink()
    real, attempts, exhibits = Bucket.put, 0, []
    while not exhibits:
        attempts += 1
        left = iter(range(attempts))

        def put(*arguments: Any, left: Iterator[int] = left, **keywords: Any) -> bool:
            if next(left, None) is None:
                raise StoreAway("s3://x does not answer")
            return real(*arguments, **keywords)

        with monkeypatch.context() as patch:
            patch.setattr(Bucket, "put", put)
            office = open_office(apart.root)
            try:
                take(office, delivery)
            except StoreAway:
                assert office.ledger.exhibits("C-1") == []
                assert [path for path in (office.vault.root / "staging").iterdir() if path.is_dir()] == []
        exhibits = office.ledger.exhibits("C-1")
    vault = in_bucket(apart)
    for key in vault.bucket.held(f"{ROOT}/"):
        vault.bucket.get(key, tmp_path / "copy" / key)

    assert attempts > 6
    assert [each.id for each in exhibits] == ["EX-0001"]
    assert problems(apart) == {"EX-0001": ()}
    assert ocfl_problems(tmp_path / "copy" / ROOT) == []


class _Wrong(BaseHTTPRequestHandler):
    """A proxy's page where the store should be, well formed or not, and a file that breaks off."""

    def do_GET(self) -> None:
        page = b"<html>please log in</html>" if "Tidy" in self.path else b"<html>please log in<p>"
        half = self.path.endswith("/half")
        self.send_response(200)
        self.send_header("Content-Length", "100" if half else str(len(page)))
        self.end_headers()
        self.wfile.write(b"half" if half else page)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Nothing is told."""


def test_a_store_that_answers_wrong_is_one_sentence(store: Store, tmp_path: Path) -> None:
    """A page of somebody else's is no list, and half a file is no file: neither is taken for an answer."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Wrong)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        bucket = Bucket(f"s3://b/o?endpoint=http://127.0.0.1:{server.server_address[1]}", tries=1)
        with pytest.raises(StoreAway, match=r"s3://b/o does not answer \(.*\): it cannot be listed"):
            bucket.held("")
        with pytest.raises(StepFailed, match="is no object store"):
            bucket.held("Tidy")
        with pytest.raises(StoreAway, match=r"s3://b/o does not answer \(.*\): half cannot be read"):
            bucket.get("half", tmp_path / "half")
    finally:
        server.shutdown()
        server.server_close()


def _folder(vault: BucketVault, suffix: str) -> str:
    """Where an object lies below the storage root, by what its original is called."""
    key = next(key for key in vault.bucket.held(f"{ROOT}/") if key.endswith(f".{suffix}"))
    return key.removeprefix(f"{ROOT}/").split("/v1/")[0]


def test_of_two_hosts_that_did_the_same_the_first_one_counts(apart: Workspace, tmp_path: Path) -> None:
    """The second one's files give way; a failure is told to every host until it is forgotten for all."""
    shared = apart.shared
    assert shared is not None
    place = apart.work / "pages" / "key"
    for words in ("first", "second"):
        shutil.rmtree(apart.work, ignore_errors=True)
        place.mkdir(parents=True)
        (place / "result.json").write_text(words)
        shared.share("pages/key")
    shared.fail("pages/other", "cannot be read")
    told = shared.failure("pages/other")

    assert (place / "result.json").read_text() == "first"
    assert told == "cannot be read"
    assert (shared.forget_failures(), shared.failure("pages/other")) == (1, None)
    with pytest.raises(StepFailed, match="neither here nor in s3://"):
        shared.need("pages/other")


def test_results_used_longest_ago_are_given_up_and_come_again(apart: Workspace, bucket: str) -> None:
    """Room for two of three results of 1000 bytes in the bucket; a fourth, which only this host has, always stays."""
    vault = BucketVault(apart.vault.root, bucket, cache_gib=2000 / (1 << 30))
    shared, careful = (Shared(vault, apart.work, secret=apart.keys.secret, grace_s=grace) for grace in (0, 600))
    places = {each: apart.work / "pages" / each / "result.json" for each in "abcd"}
    for each, path in places.items():
        path.parent.mkdir(parents=True)
        path.write_text(each * 1000)

    def here() -> str:
        return "".join(each for each, path in places.items() if path.exists())

    with shared.keeping():
        for each in "abc":
            shared.share(f"pages/{each}")
        in_a_run = here()
    after_it = here()
    with shared.holding([str(places["b"])]):
        shared.need("pages/c")
        shared.need("pages/a")
        with shared.keeping():
            pass
        while_b_is_read = here()
    with careful.keeping():
        careful.need("pages/c")

    assert (in_a_run, after_it, while_b_is_read) == ("abcd", "bcd", "abd")
    assert here() == "abcd"  # asked for a moment ago: it stays, though that is more than there should be
    assert [path.read_text() for path in places.values()] == [each * 1000 for each in places]
    assert not list(apart.work.glob("scratch/*"))


def test_a_result_that_no_host_made_or_that_was_not_recorded_is_refused(
    apart: Workspace, delivery: Path, store: Store
) -> None:
    """With the store's key alone nobody makes up a finding; another host's other result is told by the ledger."""
    take(apart, delivery)
    read_papers(apart)
    vault, shared = in_bucket(apart), apart.shared
    assert shared is not None
    key = next(iter(vault.bucket.held("work/pages/")))
    place = key.removeprefix("work/").removesuffix(".txt")
    forged, name = b"[]", vault.address.split("/")[2]
    sha256 = hashlib.sha256(forged).hexdigest()
    good = vault.bucket.read(key)
    shutil.rmtree(apart.work)
    told = []
    for where, text in (
        (key, f"{'0' * 64}\n{sha256}  result.json\n".encode()),
        (f"work/pages/{'0' * 40}.txt", good),
        (f"failed/pages/{'1' * 40}", b"it is broken"),
    ):
        store.client.put_object(Bucket=name, Key=f"office/{where}", Body=text)
        with pytest.raises(VaultDamaged, match="was made by no host of this office"):
            shared.bring(where[5:-4]) if where.startswith("work/") else shared.failure(where[7:])
        told.append(where)
    vault.bucket.hide(key)
    (apart.work / place).mkdir(parents=True)
    (apart.work / place / "result.json").write_bytes(forged)
    shared.share(place)
    second = another_host(apart)

    assert len(told) == 3
    with pytest.raises(VaultDamaged, match="is not what the ledger says was found"):
        findings.load(second, second.case("C-1"))


def test_a_backup_says_where_the_originals_are_and_a_restore_reads_them(
    apart: Workspace, delivery: Path, store: Store, tmp_path: Path
) -> None:
    """No original is in the backup; what the bucket has not as it was stops the restore."""
    take(apart, delivery)
    backup.backup(apart, tmp_path / "b", at=AT, acting=AMES)
    again = backup.restore(tmp_path / "b", tmp_path / "again", database="", at=AT, acting=AMES)
    key = key_of(apart, "EX-0002")
    store.client.put_object(Bucket=in_bucket(apart).address.split("/")[2], Key=f"office/{key}", Body=b"other")

    said = [entry.body for entry in again.ledger.entries() if entry.type == "backed-up"]
    assert f"without originals, which stay in {apart.vault.address}".encode() in said[0]
    assert not (tmp_path / "b" / "vault").exists()
    assert problems(again)["EX-0001"] == ()
    with pytest.raises(VaultDamaged, match=r"EX-0002: .* has changed"):
        backup.restore(tmp_path / "b", tmp_path / "third", database="", at=AT, acting=AMES)


def test_a_bucket_that_cannot_lock_or_is_taken_holds_no_vault(
    apart: Workspace, delivery: Path, store: Store, tmp_path: Path
) -> None:
    """Nothing of an office is made then, on the disk or there; a wrong secret is one sentence too."""
    take(apart, delivery)
    held = json.loads((apart.root / "office.json").read_text())["vault"]
    open_one = store.bucket("without-lock", locked=False)

    with pytest.raises(Blocked, match="has no Object Lock"):
        made(tmp_path / "second", open_one)
    with pytest.raises(WrongUsage, match="another office's originals"):
        made(tmp_path / "second", held)
    with pytest.raises(WrongUsage, match="at least one"):
        made(tmp_path / "second", f"{open_one}&keep_days=0")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAINVIEW_VAULT_CACHE_GIB", "plenty")
        with pytest.raises(WrongUsage, match="is a number of GiB, not 'plenty'"):
            open_office(apart.root)
    assert not (tmp_path / "second").exists()
    assert Bucket(open_one).held("") == {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
        other = open_office(apart.root)
        with pytest.raises(StepFailed, match=r"cannot be (read|listed|looked at) \(") as error:
            problems(other)
        assert not isinstance(error.value, StoreAway)
        assert other.vault.problem() == "the vault's bucket refuses this office"


def test_an_office_moves_into_a_bucket_by_its_mirror(tmp_path: Path, delivery: Path, bucket: str) -> None:
    """A locked mirror has the vault's own layout: named as the vault, it is one, and further files go there."""
    office = made(tmp_path, "")
    late = delivery.parent / "late.txt"
    (delivery / "a.wav").rename(late)
    take(office, delivery)
    mirroring.mirror(office, bucket, keep_days=30, at=AT, acting=AMES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAINVIEW_VAULT", bucket)
        moved = open_office(office.root)
        late.rename(delivery / "a.wav")
        take(moved, delivery)
        original = moved.vault.original(moved.ledger.exhibits("C-1")[0])

        assert original.is_relative_to(in_bucket(moved).cache.root)
        assert original.read_text() == NOTE
        assert problems(moved) == {"EX-0001": (), "EX-0003": ()}
        assert mirroring.mirror(moved, bucket, keep_days=30, at=AT, acting=AMES).put == 0
