# SPDX-License-Identifier: Apache-2.0
"""The public's checker: every changed, removed or added byte of every file is found and named."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from plainview import verify
from plainview.media import conceal, gop
from plainview.model.finding import Box
from plainview.model.redaction import Ground, MaskTrack, Mute, RecordingPlan
from plainview.model.time import MediaSpan, MediaTime
from plainview.publish import seal, sshsig
from publish import small_site
from publish.small_site import CASE, IDENTITY, KEY, LOG_KEY, OTHER_KEY, SmallSite, build_bag, build_site


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> SmallSite:
    """A good site; tests copy it before they damage it."""
    return build_site(tmp_path_factory.mktemp("site"))


@pytest.fixture
def site(sealed: SmallSite, tmp_path: Path) -> SmallSite:
    """A copy of the good site to damage."""
    shutil.copytree(sealed.root, tmp_path / "site", symlinks=True)
    return SmallSite(tmp_path / "site")


def files_of(folder: Path) -> list[Path]:
    return sorted(each for each in folder.rglob("*") if each.is_file())


def found(path: Path) -> str:
    """Everything the report says, when it says that something is wrong."""
    report = verify.verify(path)
    assert report.exit_code == 1, path
    return "\n".join(str(finding) for finding in report.findings)


def test_a_good_site_case_and_version_verify(sealed: SmallSite) -> None:
    """What was sealed is good at every level, and says who signed."""
    for path in (sealed.root, sealed.case, sealed.bag(1), sealed.bag(2)):
        report = verify.verify(path)

        assert report.findings == []
        assert report.exit_code == 0
        assert report.keys == [f"{IDENTITY} {sshsig.fingerprint(KEY.public_key())}"]


def test_every_file_of_a_site_changed_removed_or_lengthened_is_named(site: SmallSite) -> None:
    """For each file: its first byte flipped, one byte added, the file removed: exit 1 naming it."""
    for path in files_of(site.root):
        original = path.read_bytes()
        name = path.relative_to(site.root).as_posix()
        for changed in _changes(original):
            path.write_bytes(changed)
            assert name in found(site.root), (name, changed[:20])
        path.unlink()
        assert name in found(site.root), name
        path.write_bytes(original)
    assert verify.verify(site.root).good


def _changes(original: bytes) -> list[bytes]:
    longer = [original + b"\n", b"x" + original]
    return longer if not original else [bytes([original[0] ^ 1]) + original[1:], original[:-1], *longer]


@settings(max_examples=120, deadline=None)
@given(where=st.floats(0, 1, exclude_max=True), which=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_any_byte_of_any_file_changed_is_found(sealed: SmallSite, where: float, which: float, flip: int) -> None:
    """One byte, anywhere, to any value: found, and the file named."""
    files = [each for each in files_of(sealed.bag(1)) if each.stat().st_size]
    path = files[int(which * len(files))]
    original = path.read_bytes()
    at = int(where * len(original))
    try:
        path.write_bytes(original[:at] + bytes([original[at] ^ flip]) + original[at + 1 :])
        assert path.relative_to(sealed.bag(1)).as_posix() in found(sealed.bag(1))
    finally:
        path.write_bytes(original)


def test_anything_added_is_named(site: SmallSite) -> None:
    """A file, an empty folder or a link, anywhere in the site, is a finding."""
    for folder in [site.root, *(each for each in site.root.rglob("*") if each.is_dir())]:
        added = folder / "extra"
        added.write_text("")
        assert f"{added.relative_to(site.root).as_posix()}" in found(site.root)
        added.unlink()
    (site.bag(1) / "data" / "hollow").mkdir()
    assert "hollow" in found(site.root)
    (site.bag(1) / "data" / "hollow").rmdir()
    (site.bag(1) / "data" / "again.html").symlink_to("index.html")
    assert "data/again.html" in found(site.root)


def test_a_file_replaced_by_a_link_to_itself_is_named(site: SmallSite) -> None:
    """The bytes may be right: a link in a release is still not what was signed."""
    page = site.bag(1) / "data" / "index.html"
    shutil.move(page, site.root.parent / "page")
    page.symlink_to(site.root.parent / "page")

    assert "v1/data/index.html" in found(site.root)


def test_files_swapped_are_both_named(site: SmallSite) -> None:
    """Moving good bytes to another name is a change."""
    page, crate = site.bag(1) / "data" / "index.html", site.bag(1) / "data" / "case.json"
    first, second = page.read_bytes(), crate.read_bytes()
    page.write_bytes(second)
    crate.write_bytes(first)

    said = found(site.bag(1))

    assert "data/index.html" in said
    assert "data/case.json" in said


def test_a_whole_release_signed_again_by_someone_else_needs_the_fingerprint(tmp_path: Path) -> None:
    """Anyone can sign a forgery with their own key: --key tells it apart, and so does the printed key."""
    small_site.fill(tmp_path)
    release = small_site.release()
    seal.seal_bag(tmp_path, key=OTHER_KEY, identity=IDENTITY, bag_info={}, released_at=small_site.AT, release=release)
    expected = sshsig.fingerprint(KEY.public_key())

    assert verify.verify(tmp_path).good
    assert verify.verify(tmp_path, expected).exit_code == 1
    assert expected not in verify.verify(tmp_path).keys[0]


def test_a_signature_for_another_purpose_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same key signs other things too; only a release signature counts."""
    build_bag(tmp_path)
    monkeypatch.setattr(sshsig, "NAMESPACE", "git")
    listed = tmp_path / seal.TAG_MANIFEST
    (tmp_path / f"{seal.TAG_MANIFEST}.sig").write_text(sshsig.sign(listed.read_bytes(), key=KEY))

    assert "another purpose" in found(tmp_path)


def test_a_version_removed_with_its_proof_is_missed(site: SmallSite) -> None:
    """Taking back the newest version silently is found by what is left of it."""
    shutil.rmtree(site.bag(2))

    assert "v2" in found(site.root)


def test_versions_that_do_not_follow_each_other_are_named(tmp_path: Path) -> None:
    """A second version made as if there had been no first breaks the chain."""
    site = build_site(tmp_path)
    shutil.rmtree(site.bag(2))
    build_bag(site.bag(2), number=2)

    assert "v2/bag-info.txt: does not name the version before it" in found(tmp_path)


@pytest.mark.parametrize("key", [OTHER_KEY, KEY])
def test_a_checkpoint_signed_by_another_key_is_refused(site: SmallSite, key: Ed25519PrivateKey) -> None:
    """Only the key that the signed bag names may sign the log."""
    proof = site.case / "proof" / "v1"
    entry = (proof / "entry").read_bytes()
    note = small_site.checkpoint([entry], key=key)
    (proof / "checkpoint").write_text(note, encoding="utf-8")
    (proof / "release.tlog-proof").write_text(f"c2sp.org/tlog-proof@v1\nindex 0\n\n{note}", encoding="utf-8")
    seal.seal_site(site.root, key=KEY, identity=IDENTITY)

    assert f"c/{CASE}/proof/v1/checkpoint: is not signed by the log's key" in found(site.root)


@pytest.mark.parametrize(
    ("verdict", "sentence"),
    [
        ({"clean": True}, "is a verdict about other bytes"),
        ({"clean": True, "tagmanifest_sha256": "0" * 64}, "is a verdict about other bytes"),
        ({"clean": False, "tagmanifest_sha256": "its own"}, "does not say that nothing was found"),
        ({"clean": True, "tagmanifest_sha256": "its own"}, ""),
    ],
)
def test_the_audits_verdict_must_be_of_these_bytes_and_clean(
    site: SmallSite, verdict: dict[str, Any], sentence: str
) -> None:
    """It lies beside the proof, under the site's signed list."""
    if verdict.get("tagmanifest_sha256") == "its own":
        verdict = verdict | {"tagmanifest_sha256": small_site.signed_list(site.bag(1))}
    (site.case / "proof" / "v1" / "audit.json").write_text(json.dumps(verdict))
    seal.seal_site(site.root, key=KEY, identity=IDENTITY)

    if sentence:
        assert f"c/{CASE}/proof/v1/audit.json: {sentence}" in found(site.root)
    else:
        assert verify.verify(site.root).exit_code == 0


def test_a_rewritten_log_is_found_by_the_older_checkpoint(site: SmallSite) -> None:
    """A log that drops an old entry cannot contain the checkpoint that covered it."""
    proof = site.case / "proof" / "v1"
    entries = [b"another history", (proof / "entry").read_bytes()]
    note = small_site.checkpoint(entries, key=LOG_KEY)
    (proof / "checkpoint").write_text(note, encoding="utf-8")
    seal.seal_site(site.root, key=KEY, identity=IDENTITY)

    assert "the published log does not contain this checkpoint" in found(site.root)


def test_a_withdrawn_file_is_a_note_under_the_sites_signature_only(site: SmallSite) -> None:
    """A tombstone excuses a gap when the site's signed list covers it, and never otherwise."""
    path = "data/documents/report/page.bin"
    seal.withdraw(site.case, version="v1", files=[path], reason="a face was visible", at=small_site.AT)
    assert f"v1/{path}" in found(site.case)

    seal.seal_site(site.root, key=KEY, identity=IDENTITY)

    for good in (site.root, site.case, site.bag(1)):
        report = verify.verify(good)
        assert report.findings == []
        assert any("withdrawn 2026-03-31T12:00:00Z: a face was visible" in note for note in report.notes)
    shutil.copytree(site.bag(1), site.root.parent / "apart")
    assert path in found(site.root.parent / "apart")


def test_a_version_withdrawn_in_two_steps_keeps_both_reasons(site: SmallSite) -> None:
    """First one file goes, then all: each keeps the reason and time it went for, and the site verifies."""
    page, later = "data/documents/report/page.bin", small_site.AT + timedelta(days=1)
    seal.withdraw(site.case, version="v1", files=[page], reason="a face was visible", at=small_site.AT)
    rest = [path for path in seal.list_files(site.bag(1)) if path.startswith("data/")]
    seal.withdraw(site.case, version="v1", files=[page, *rest], reason="superseded", at=later)
    seal.seal_site(site.root, key=KEY, identity=IDENTITY)

    report = verify.verify(site.root)

    assert report.findings == []
    assert sum("a face was visible" in note for note in report.notes) == 1
    assert sum("withdrawn 2026-04-01T12:00:00Z: superseded" in note for note in report.notes) == len(rest)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [([], 0), (["--json"], 0), (["--key", "SHA256:short"], 2), (["--nonsense"], 2), (["/nowhere"], 3)],
)
def test_the_copy_in_a_release_runs_alone(site: SmallSite, arguments: list[str], code: int) -> None:
    """python3 verify.py, with no packages and no environment, and the exit codes it promises."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", *arguments],
        cwd=site.bag(1),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == code, done.stderr + done.stdout
    if arguments == ["--json"]:
        assert json.loads(done.stdout)["good"] is True


@pytest.mark.parametrize(
    ("seed", "public", "message", "signature"),
    [
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        )
    ],
)
def test_ed25519_agrees_with_rfc_8032(seed: str, public: str, message: str, signature: str) -> None:
    """The second test vector of RFC 8032 section 7.1, and its malleable twin refused."""
    good = bytes.fromhex(signature)
    order = 2**252 + 27742317777372353535851937790883648493
    twin = good[:32] + (int.from_bytes(good[32:], "little") + order).to_bytes(32, "little")

    assert verify.ed25519_verify(bytes.fromhex(public), bytes.fromhex(message), good)
    assert not verify.ed25519_verify(bytes.fromhex(public), bytes.fromhex(message), twin)


@settings(max_examples=40, deadline=None)
@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=200), flip=st.integers(0, 511))
def test_ed25519_agrees_with_the_cryptography_package(seed: bytes, message: bytes, flip: int) -> None:
    """Any key and message: its signature is accepted, and with any one bit flipped refused."""
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public = key.public_key().public_bytes_raw()
    signature = bytearray(key.sign(message))
    assert verify.ed25519_verify(public, message, bytes(signature))

    signature[flip // 8] ^= 1 << flip % 8

    assert not verify.ed25519_verify(public, message, bytes(signature))


PIECE = 4 * 1024 * 1024


def _large(bag: Path) -> Path:
    """A sealed version with one file of three pieces, the last of 1000 bytes; the file."""
    small_site.fill(bag)
    large = bag / "data" / "large.bin"
    large.write_bytes(b"a" * PIECE + b"b" * PIECE + b"c" * 1000)
    info = {"Custody-Log-Key": small_site.log_key()}
    release = small_site.release()
    seal.seal_bag(bag, key=KEY, identity=IDENTITY, bag_info=info, released_at=small_site.AT, release=release)
    return large


def test_the_piece_of_a_large_file_that_differs_is_named_with_its_bytes(tmp_path: Path) -> None:
    """A changed byte, an end cut off and bytes added are told by piece, alone and by the release's own checker."""
    bag = tmp_path / "v1"
    large = _large(bag)
    good = large.read_bytes()
    assert verify.verify(bag).good

    large.write_bytes(good[:PIECE] + b"x" + good[PIECE + 1 :])
    said = "data/large.bin: has been changed: piece 2 of 3, bytes 4194304 to 8388607, differs [R2]"
    assert said in found(bag)
    alone = subprocess.run([sys.executable, "-I", bag / "verify.py"], capture_output=True, text=True, check=False)
    assert alone.returncode == 1
    assert said in alone.stdout

    large.write_bytes(good[:PIECE])
    assert "from piece 2 of 3 on, bytes 4194304 to 8389607, it is missing; it has 4194304 bytes" in found(bag)

    large.write_bytes(good + b"x")
    assert "piece 3 of 3, bytes 8388608 to 8389607, differs; it has 8389609 bytes instead of 8389608" in found(bag)


def test_a_table_of_pieces_that_does_not_fit_is_named_and_never_excuses_a_file(tmp_path: Path) -> None:
    """A table changed after signing names itself; one signed wrong is held against the good file."""
    bag = tmp_path / "v1"
    large = _large(bag)
    table = bag / "chunks-sha256.json"
    right = hashlib.sha256(b"b" * PIECE).hexdigest()
    table.write_text(table.read_text().replace(right, "0" * 64))
    large.write_bytes(large.read_bytes()[:-1] + b"x")
    changed = found(bag)
    assert "chunks-sha256.json: has been changed" in changed
    assert "data/large.bin: has been changed [R2]" in changed

    shutil.rmtree(bag)
    _large(bag)
    for wrong, said in (
        (table.read_text().replace(right, "0" * 64), "does not fit data/large.bin, which is as signed: piece 2 of 3"),
        (table.read_text().replace(f'"{right}",', ""), "does not list every piece of a file"),
        ('{"chunk": 4194304, "files": []}', "is not a table of pieces"),
    ):
        table.write_text(wrong)
        _sign_tags(bag)
        assert f"chunks-sha256.json: {said}" in found(bag)


def _sign_tags(bag: Path) -> None:
    """Sign the list again as it would be over the tag files as they are now."""
    listed = (bag / seal.TAG_MANIFEST).read_text().splitlines()
    names = [line.partition("  ")[2] for line in listed]
    lines = [f"{hashlib.sha256((bag / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (bag / seal.TAG_MANIFEST).write_text("".join(lines))
    seal.attach_signature(bag, key=KEY, expected=hashlib.sha256("".join(lines).encode()).hexdigest())


VECTORS = Path(__file__).parent / "vectors"


def test_the_release_kept_since_the_first_version_is_good() -> None:
    """A site sealed long ago verifies for ever."""
    assert verify.verify(VECTORS / "good" / "site").findings == []


@pytest.mark.parametrize("vector", sorted((VECTORS / "bad").glob("*.json")), ids=lambda path: path.stem)
def test_bad_releases_are_refused_for_their_reason(vector: Path, tmp_path: Path) -> None:
    """Each change of the zoo is found, with the file and the obligation that it names."""
    case = json.loads(vector.read_text())
    shutil.copytree(VECTORS / case["base"], tmp_path / "site")
    for change in case["changes"]:
        _apply(tmp_path / "site", change)

    report = verify.verify(tmp_path / "site")

    assert report.exit_code == 1
    assert (case["file"], case["rule"]) in {(finding.file, finding.rule) for finding in report.findings}


def _apply(site: Path, change: dict[str, Any]) -> None:
    """One change of ``tests/vectors/README.md``."""
    kind = next(iter(change))
    path = site / change[kind]
    if kind == "flip":
        data = bytearray(path.read_bytes())
        data[change["at"]] ^= 1
        path.write_bytes(data)
    elif kind == "append":
        path.write_text(path.read_text() + change["text"])
    elif kind == "write":
        path.write_text(change["text"])
    elif kind == "replace":
        assert change["old"] in path.read_text(encoding="utf-8")
        path.write_text(path.read_text(encoding="utf-8").replace(change["old"], change["new"]), encoding="utf-8")
    elif kind == "remove":
        path.unlink()
    elif kind == "remove_folder":
        shutil.rmtree(path)
    elif kind == "exchange":
        path.rename(site / "aside")
        (site / change["with"]).rename(path)
        (site / "aside").rename(site / change["with"])
    else:
        lines = path.read_text().splitlines(keepends=True)
        first, second = change["lines"]
        if kind == "cut":
            del lines[first:second]
        else:
            lines[first], lines[second] = lines[second], lines[first]
        path.write_text("".join(lines))


LAW = "5 ILCS 140/7(1)(c)"
HIDDEN = (
    "where,starts_s,ends_s,what,reason,law,places\r\n"
    f"street-1,2.2,2.200001,picture,minor,{LAW},1\r\n"
    f"street-1,11.0,12.0,sound (silence),private contact,{LAW},1\r\n"
    f"street-2,0.0,9.0,picture,minor,{LAW},1\r\n"
)
"""What the release says is hidden: an area in the third second, and a second of sound."""


@pytest.fixture(scope="module")
def proven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``full.mp4`` and ``gops.json`` of a recording of which one group in five is covered and one second is muted."""
    folder = tmp_path_factory.mktemp("proven")
    original = folder / "original.mp4"
    _film(original)
    digest = hashlib.sha256(original.read_bytes()).hexdigest()
    commitment = gop.commit(original, secret=b"s" * 32, sha256=digest)
    mask = MaskTrack(Ground("witness-1", "minor", LAW), ((MediaTime(2_200_000), Box(8, 8, 40, 40)),))
    second = MediaSpan(MediaTime(11_000_000), MediaTime(12_000_000))
    conceal.render(
        original,
        folder / "out",
        plan=RecordingPlan("EX-0001", (mask,), (Mute(second, Ground("caller", "private contact", LAW), "silence"),)),
        exhibit="EX-0001",
        sha256=digest,
        commitment=gop.with_sound(commitment, original, secret=b"s" * 32, sha256=digest),
        secret=b"s" * 32,
        tiles=False,
    )
    return folder / "out"


def _film(path: Path) -> None:
    """Five seconds of moving bars, a group of pictures a second, B-frames among them; and 35 s of a tone that swells."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"g": "10", "bf": "2", "sc_threshold": "0"})
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        sound = container.add_stream("aac", rate=16_000, layout="mono")
        for i in range(50):
            picture = np.zeros((120, 160, 3), np.uint8)
            picture[:, :, 1] = (np.arange(160) * 2 + 5 * i) % 256
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
        at = np.arange(35 * 16_000) / 16_000
        heard = (np.sin(2 * np.pi * 440 * at) * (0.1 + 0.004 * at)).astype(np.float32)
        for first in range(0, len(heard), 1024):
            frame = av.AudioFrame.from_ndarray(heard[None, first : first + 1024], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 16_000, first
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))


def _bag_with(proven: Path, bag: Path, change: Any = None) -> Path:
    """A sealed bag around the recording, after ``change`` to its files: its lists are all good."""
    small_site.fill(bag)
    media = bag / "data" / "media" / "street-1"
    media.mkdir(parents=True)
    for name in ("full.mp4", "gops.json"):
        shutil.copy(proven / name, media / name)
    table = bag / "data" / "exports" / "csv" / "hidden.csv"
    table.parent.mkdir(parents=True)
    table.write_text(HIDDEN, newline="")
    if change is not None:
        change(media)
    seal.seal_bag(bag, key=KEY, identity=IDENTITY, bag_info={}, released_at=small_site.AT, release=small_site.release())
    return bag


def test_untouched_pictures_and_sound_are_proven_from_the_release_alone(proven: Path, tmp_path: Path) -> None:
    """Four of five groups and three of four blocks are the original's, and the checker says and draws so."""
    report = verify.verify(_bag_with(proven, tmp_path))

    assert report.findings == []
    film = "data/media/street-1/full.mp4"
    assert f"{film}: 4 of 5 groups of pictures are the original's, bit for bit" in report.notes
    assert f"{film}: 3 of 4 blocks of sound are the original's, bit for bit" in report.notes
    drawn = {each.what: each.line for each in report.proofs}
    assert drawn["pictures"] == "=" * 24 + "#" * 12 + "=" * 24
    assert (drawn["sound"][:16], drawn["sound"][18:34], drawn["sound"][36:]) == ("=" * 16, "#" * 16, "=" * 24)
    assert f"    sound     {drawn['sound']}  3 of 4" in verify._as_text(report, None)


def test_a_statement_of_an_older_release_about_pictures_alone_still_verifies(proven: Path, tmp_path: Path) -> None:
    """Before sound was proven and laws were named, the statement was of another kind: it holds as it did."""

    def older(media: Path) -> None:
        claim = json.loads((media / "gops.json").read_text())
        claim["schema"] = "GopProof.1"
        del claim["sound"]
        for each in claim["groups"]:
            each.pop("law", None)
        (media / "gops.json").write_text(json.dumps(claim))

    report = verify.verify(_bag_with(proven, tmp_path, older))

    assert report.findings == []
    assert [each.what for each in report.proofs] == ["pictures"]


def _groups(act: Any) -> Any:
    return _claim(lambda claim: act(claim["groups"]))


def _blocks(act: Any) -> Any:
    return _claim(lambda claim: act(claim["sound"]["blocks"]))


def _claim(act: Any) -> Any:
    def change(media: Path) -> None:
        claim = json.loads((media / "gops.json").read_text())
        act(claim)
        (media / "gops.json").write_text(json.dumps(claim))

    return change


def _table(old: str, new: str) -> Any:
    """The list of what is hidden, changed."""

    def change(media: Path) -> None:
        table = media.parents[1] / "exports" / "csv" / "hidden.csv"
        assert old in table.read_text()
        table.write_text(table.read_text().replace(old, new))

    return change


def _claim_changed(groups: list[dict[str, Any]]) -> None:
    changed = next(each for each in groups if each["state"] == "changed")
    changed |= {"state": "untouched", "salt": groups[0]["salt"]}


def _exchange(groups: list[dict[str, Any]]) -> None:
    groups[0]["leaf"], groups[1]["leaf"] = groups[1]["leaf"], groups[0]["leaf"]


def _forget_reason(groups: list[dict[str, Any]]) -> None:
    next(each for each in groups if each["state"] == "changed").pop("reason")


def _forget_law(groups: list[dict[str, Any]]) -> None:
    next(each for each in groups if each["state"] == "changed").pop("law")


def _say_technical(groups: list[dict[str, Any]]) -> None:
    """What hides something is passed off as a matter of coding."""
    changed = next(each for each in groups if each["state"] == "changed")
    changed |= {"hides": False, "reason": "for a technical reason"}


def _one_bit_of_sound(media: Path) -> None:
    """One bit of a packet in the last, untouched block of sound, which lies behind all pictures."""
    data = bytearray((media / "full.mp4").read_bytes())
    data[-20] ^= 1
    (media / "full.mp4").write_bytes(data)


def _one_bit(media: Path) -> None:
    """One bit of the first, untouched picture."""
    data = bytearray((media / "full.mp4").read_bytes())
    data[data.index(b"mdat") + 40] ^= 1
    (media / "full.mp4").write_bytes(data)


def _later(media: Path) -> None:
    """One picture of an untouched group is shown later: its composition offset grows."""
    data = bytearray((media / "full.mp4").read_bytes())
    at = data.index(b"ctts") + 4 + 8 + 4
    data[at : at + 4] = (int.from_bytes(data[at : at + 4], "big") + 200).to_bytes(4, "big")
    (media / "full.mp4").write_bytes(data)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_groups(_claim_changed), "is said to be the original's and is not"),
        (_groups(_exchange), "do not give the root"),
        (_groups(lambda groups: groups.pop()), "do not give the root"),
        (_groups(_forget_reason), "no reason is given"),
        (_groups(_forget_law), "group 2 was changed and no law is given"),
        (_one_bit, "group 0 is said to be the original's and is not"),
        (_one_bit_of_sound, "block 3 is said to be the original's and is not"),
        (_blocks(_claim_changed), "block 1 is said to be the original's and is not"),
        (_blocks(_exchange), "its leaves of blocks of sound do not give the root"),
        (_blocks(lambda blocks: blocks.pop()), "its leaves of blocks of sound do not give the root"),
        (_blocks(_forget_reason), "block 1 was changed and no reason is given"),
        (_blocks(_forget_law), "block 1 was changed and no law is given"),
        (_blocks(_say_technical), "block 1 is said to hide nothing"),
        (_groups(_say_technical), "group 2 is said to hide nothing"),
        (_table("street-1,11.0", "street-1,31.0"), "block 1 was changed for a reason or law that"),
        (_table("street-1,2.2,2.200001", "street-1,4.2,4.3"), "group 2 was changed for a reason or law that"),
        (_table("picture,minor", "picture,bystander"), "group 2 was changed for a reason or law that"),
        (_table("street-2,0.0,9.0", "street-1,0.1,0.2"), "group 0 is said to hide nothing"),
        (_claim(lambda claim: claim.update(groups=[], root="", sound=None)), "neither pictures nor sound"),
        (_later, "is said to be the original's and is not"),
        (lambda media: (media / "gops.json").write_text("[]"), "is not a statement"),
        (lambda media: (media / "full.mp4").write_bytes(b"\0\0\0\x08moov"), "cannot be read"),
        (lambda media: (media / "full.mp4").unlink(), "names a recording that is not here"),
    ],
)
def test_false_claims_about_groups_are_refused(proven: Path, tmp_path: Path, change: Any, sentence: str) -> None:
    """The bag is signed and complete, and the claim in it is false: only R7 can tell."""
    bag = _bag_with(proven, tmp_path, change)

    report = verify.verify(bag)

    assert [finding.rule for finding in report.findings] == ["R7"]
    assert sentence in report.findings[0].sentence
