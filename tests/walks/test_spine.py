# SPDX-License-Identifier: Apache-2.0
"""The whole way on a mini incident: from a delivery folder to a site that anyone can check."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import ROOT, plainview


def bags(demo: Path) -> list[Path]:
    return sorted((demo / "site").glob("c/*/v*"))


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_release_verifies_with_our_checker_alone(mini: Path) -> None:
    """verify.py from the release, run without any package, finds everything good."""
    checker = bags(mini)[0] / "verify.py"

    done = subprocess.run(
        [sys.executable, "-I", "-S", checker, mini / "site"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_a_release_verifies_with_tools_that_are_not_ours(mini: Path) -> None:
    """ssh-keygen accepts the signature and sha256sum every file of both lists."""
    for bag in bags(mini):
        signer = (bag / "allowed_signers").read_text().split()[0]
        signed = subprocess.run(
            ["ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", signer, "-n", "plainview-release",
             "-s", "tagmanifest-sha256.txt.sig"],
            cwd=bag,
            stdin=(bag / "tagmanifest-sha256.txt").open("rb"),
            check=False,
        )
        listed = [
            subprocess.run(["sha256sum", "--quiet", "-c", name], cwd=bag, check=False).returncode
            for name in ("tagmanifest-sha256.txt", "manifest-sha256.txt")
        ]

        assert (signed.returncode, listed) == (0, [0, 0])


def test_one_changed_byte_anywhere_is_named(mini: Path, tmp_path: Path) -> None:
    """Of forty files drawn from the whole site, each changed by one byte in turn, verify names each."""
    site = tmp_path / "site"
    shutil.copytree(mini / "site", site)
    files = sorted(path for path in site.rglob("*") if path.is_file() and path.stat().st_size)
    draw = random.Random(7)

    for path in draw.sample(files, min(40, len(files))):
        before = path.read_bytes()
        at = draw.randrange(len(before))
        path.write_bytes(before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :])
        done = plainview("verify", site)
        path.write_bytes(before)

        assert done.returncode == 1, path
        assert path.relative_to(site).as_posix() in done.stdout, (path, done.stdout)


def test_a_removed_and_an_added_file_are_named(mini: Path, tmp_path: Path) -> None:
    """Taking a file away or putting one in is found, inside a version and outside."""
    site = tmp_path / "site"
    shutil.copytree(mini / "site", site)
    inside = next(site.glob("c/*/v1")) / "data"

    (inside / "extra.txt").write_text("x")
    added = plainview("verify", site)
    (inside / "extra.txt").unlink()
    (site / "robots.txt").unlink()
    removed = plainview("verify", site)

    assert added.returncode == 1
    assert "extra.txt" in added.stdout
    assert removed.returncode == 1
    assert "robots.txt" in removed.stdout


def test_the_audit_of_the_published_site_is_clean(mini: Path) -> None:
    """Attacked again where it is published, the site shows nothing that was hidden."""
    done = plainview("audit", mini / "site")

    assert done.returncode == 0, done.stderr


def test_a_planted_name_is_found_by_the_audit(mini: Path, tmp_path: Path) -> None:
    """A hidden witness's name put into one text of the site: exit 1, naming the file."""
    shutil.copytree(mini / "site", tmp_path / "site")
    shutil.copytree(mini / "office" / "plans", tmp_path / "office" / "plans")
    page = next((tmp_path / "site").glob("c/*/v1/data/transcript.html"))
    page.write_text(page.read_text().replace("</main>", "<p>Dana Whitlock</p></main>"))

    done = plainview("audit", tmp_path / "site")

    assert done.returncode == 1
    assert "transcript.html" in done.stderr


def test_hidden_terms_are_nowhere_in_the_site(mini: Path) -> None:
    """The witness's name, birth date and telephone are in no byte of any published file, nor in a name."""
    terms = [b"Whitlock", b"06/04/1987", b"555-0142", b"7KLM419"]

    for name, content in tree(mini / "site").items():
        assert [term for term in terms if term in content or term in name.encode()] == [], name


def test_running_the_demonstration_again_changes_nothing(mini: Path, tmp_path: Path) -> None:
    """The second run ends well and leaves every published byte as it was."""
    shutil.copytree(mini, tmp_path / "mini", symlinks=True)
    before = tree(tmp_path / "mini" / "site")

    done = plainview("demo", tmp_path / "mini", "--size", "mini")

    assert done.returncode == 0, done.stderr
    assert tree(tmp_path / "mini" / "site") == before


def test_two_builds_give_the_same_bytes(mini: Path, tmp_path: Path) -> None:
    """The same incident taken the whole way in another folder gives the same signed lists."""
    done = plainview("demo", tmp_path / "again", "--size", "mini", PLAINVIEW_CACHE=str(tmp_path / "cache"))

    assert done.returncode == 0, done.stderr
    assert tree(tmp_path / "again" / "site") == tree(mini / "site")


@pytest.mark.slow
def test_a_run_killed_ten_times_gives_the_same_release(mini: Path, tmp_path: Path) -> None:
    """SIGKILL at ten random points, then the same command once more: every published byte is the same."""
    target, draw = tmp_path / "killed", random.Random(20261122)
    command = [sys.executable, "-m", "plainview", "demo", str(target), "--size", "mini"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}

    killed = 0
    while killed < 10:
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(draw.uniform(1.0, 9.0))
        if process.poll() is not None:
            break
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        killed += 1
    done = plainview("demo", target, "--size", "mini")

    assert done.returncode == 0, done.stderr
    assert tree(target / "site") == tree(mini / "site")


def test_findings_agree_with_what_was_known(mini: Path) -> None:
    """Recordings that overlap are placed within 100 ms of the truth, and strangers are not placed."""
    from truths import placements

    errors, unplaced = placements(mini)

    assert {name: error for name, error in errors.items() if abs(error) > 0.1} == {}
    assert any("AUD_4471" in name for name in unplaced)


def test_a_phrase_is_found_once_with_all_that_heard_it(mini: Path, tmp_path: Path) -> None:
    """Every time the command was said is one occurrence; the interval holds the truth; nonsense is answered with 1."""
    truth = json.loads((mini / "truth.json").read_text())
    said = [u["start_t"] for u in truth["utterances"] if "drop the gun" in u["text"].casefold()]
    office = shutil.copytree(mini / "office", tmp_path / "office")
    case = plainview("-C", office, "case", "list").stdout.split()[0]

    done = plainview("-C", office, "find", case, "drop the gun", "--json")
    none = plainview("-C", office, "find", case, "seven purple elephants", "--once")

    found = json.loads(done.stdout)
    assert (done.returncode, none.returncode) == (0, 1)
    assert found["low"] <= len(said) <= found["high"]
    assert len(found["exact"]) == len(said)
    assert all(abs(each["start"] / 1e6 - at) < 1 for each, at in zip(found["exact"], said, strict=True))
    assert {hit["listening"] for each in found["exact"] for hit in each["hits"]} == {1, 2}


def test_an_undecided_case_is_refused_with_a_list(mini: Path, tmp_path: Path) -> None:
    """A new office with files taken in and examined but nothing decided: exit 4 and what is missing."""
    office = tmp_path / "office"
    plainview("init", office, "--name", "Test office")
    plainview("-C", office, "case", "new", "C-1", "--title", "T", "--at", "2026-03-14T21:40:00-05:00")
    papers = mini / "originals" / "first" / "documents"
    plainview("-C", office, "intake", "C-1", papers, "--from", "somebody")
    plainview("-C", office, "analyse", "C-1")

    done = plainview("-C", office, "release", "C-1")

    assert done.returncode == 4
    assert "title:" in done.stderr
    assert "redaction:" in done.stderr


def test_a_release_without_approvals_is_refused(mini: Path, tmp_path: Path) -> None:
    """A draft of one paper, decided carefully: refused until two people who did not decide last approve it."""
    office, paper = tmp_path / "office", tmp_path / "note.txt"
    paper.write_text("A note that names nobody.\n")
    plainview("init", office, "--name", "Test office")
    plainview("-C", office, "case", "new", "C-1", "--title", "T", "--at", "2026-03-14T21:40:00-05:00")
    plainview("-C", office, "intake", "C-1", paper, "--from", "somebody")
    plainview("-C", office, "analyse", "C-1")
    draft = plainview("-C", office, "review", "C-1", "--draft")
    (tmp_path / "mine.jsonl").write_text(draft.stdout)
    plainview("-C", office, "review", "C-1", "--apply", tmp_path / "mine.jsonl", "--as", "Ames")

    unapproved = plainview("-C", office, "release", "C-1")
    author = plainview("-C", office, "approve", "C-1", "--as", "Ames")
    first = plainview("-C", office, "approve", "C-1", "--as", "Oyelaran")
    one = plainview("-C", office, "release", "C-1")
    second = plainview("-C", office, "approve", "C-1", "--as", "Castellano")
    published = plainview("-C", office, "release", "C-1", "--json")

    assert [d.returncode for d in (unapproved, author, first, one, second, published)] == [4, 4, 0, 4, 0, 0]
    assert json.loads(published.stdout)["version"] == 1
    assert plainview("verify", office / "site").returncode == 0


def test_a_second_version_lists_its_differences(mini: Path) -> None:
    """Version 2 stands beside version 1, names it, and says that a recording came and a line was corrected."""
    first, second = (json.loads((bag / "data" / "case.json").read_text()) for bag in bags(mini))
    changes = second["versions"][0]["changes"]
    signed = (bags(mini)[0] / "tagmanifest-sha256.txt").read_bytes()

    assert first["number"] == 1
    assert second["supersedes"] == hashlib.sha256(signed).hexdigest()
    assert {change["kind"] for change in changes} >= {"added", "corrected"}


def test_a_withdrawal_leaves_a_tombstone(mini: Path, tmp_path: Path) -> None:
    """After version 1 is taken back its pages are gone, the tombstone says why, and the site verifies."""
    shutil.copytree(mini, tmp_path / "mini", symlinks=True)
    office, site = tmp_path / "mini" / "office", tmp_path / "mini" / "site"
    case = next((site / "c").iterdir()).name

    done = plainview("-C", office, "withdraw", case, "--version", "1", "--reason", "A face was missed.", "--as", "Ames")

    assert done.returncode == 0, done.stderr
    assert not (site / "c" / case / "v1" / "data" / "index.html").exists()
    assert "A face was missed." in (site / "c" / case / "withdrawn" / "v1" / "index.html").read_text()
    checked = plainview("verify", site)
    assert checked.returncode == 0, checked.stdout


def test_json_is_all_that_goes_to_standard_output(mini: Path) -> None:
    """With --json, standard output is one JSON document for every view of a case."""
    case = next((mini / "site" / "c").iterdir()).name

    for what in ("timeline", "moments", "transcript", "redactions", "statements", "custody", "status"):
        done = plainview("-C", mini / "office", "show", case, what, "--json")

        assert done.returncode == 0, done.stderr
        json.loads(done.stdout)
