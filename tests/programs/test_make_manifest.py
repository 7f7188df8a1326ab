"""Manifests: what they say of the files, that a killed run goes on, and that files are checked when
they are read.
"""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import make_manifest
import numpy as np
import pytest
import uproot
from support.damage.bytes import basket, events, write_nano
from support.project.paths import ROOT
from support.tiny.analysis import use_manifest
from support.tiny.events import ENTRIES
from support.tiny.steps import check_record, process, read_json, skim

from wollemi.inputs.schemas import Layout
from wollemi_likelihood.base.errors import WollemiError

MANIFEST = "manifests/dy_low.json"
FILES = [f"input/dy_low_{index}.root" for index in range(7)]


def make(*arguments, processes="1"):
    return make_manifest.main([MANIFEST, *arguments, "--processes", processes])


@pytest.fixture
def manifested(tiny):
    """The tiny analysis with a manifest for one of its datasets."""
    assert make("input/dy_low_*.root", "--weight", "genWeight") == 0
    use_manifest(tiny, "dy_low", MANIFEST)
    return tiny


def test_content(tiny):
    assert make("input/dy_low_*.root", "--weight", "genWeight", processes="2") == 0
    manifest = json.loads(Path(MANIFEST).read_text())
    jsonschema.validate(
        manifest, json.loads((ROOT / "workflow/schemas/manifest.schema.json").read_text())
    )
    assert [file["path"] for file in manifest["files"]] == FILES
    assert [file["entries"] for file in manifest["files"]] == ENTRIES["dy_low"]
    for file in manifest["files"]:
        content = Path(file["path"]).read_bytes()
        assert (file["size"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        weights = uproot.open(f"{file['path']}:Events")["genWeight"].array(library="np")
        assert file["sum_of_weights"] == pytest.approx(
            np.sum(weights.astype(np.float64)), rel=1e-12
        )
    assert manifest["entries"] == sum(ENTRIES["dy_low"])
    assert manifest["sum_of_weights"] == pytest.approx(
        sum(file["sum_of_weights"] for file in manifest["files"])
    )
    assert list(Path("manifests").iterdir()) == [Path(MANIFEST)]


def test_files_of_a_list_without_weights(tiny):
    Path("files.txt").write_text("# two files\n" + "\n".join(FILES[:2]) + "\n")
    assert make("--list", "files.txt", "--weight", "none") == 0
    manifest = json.loads(Path(MANIFEST).read_text())
    assert manifest["weight"] is None
    assert [file["sum_of_weights"] for file in manifest["files"]] == ENTRIES["dy_low"][:2]


def test_the_only_possible_weight_is_summed_and_named(tiny, capsys):
    assert make(*FILES[:2], "--weight", "genWeight") == 0
    chosen = Path(MANIFEST).read_bytes()
    Path(MANIFEST).unlink()
    assert make(*FILES[:2]) == 0
    assert Path(MANIFEST).read_bytes() == chosen
    assert "events, weight genWeight, sum of weights" in capsys.readouterr().out


def test_new_files_come_after_those_of_the_manifest_that_is_there(tiny):
    def listed(*files):
        assert make(*files) == 0
        return [file["path"] for file in json.loads(Path(MANIFEST).read_text())["files"]]

    assert listed(FILES[4], FILES[2]) == [FILES[2], FILES[4]]
    assert listed(*reversed(FILES[2:5]), FILES[6]) == [FILES[index] for index in (2, 4, 3, 6)]
    assert listed(FILES[3], FILES[6], FILES[2]) == [FILES[index] for index in (2, 3, 6)]
    Path(MANIFEST).write_text("damaged")
    assert listed(*FILES) == FILES


def test_a_killed_run_goes_on(tiny, monkeypatch):
    for number in range(150):
        shutil.copy2(FILES[number % 7], f"input/many_{number:03d}.root")
    command = [
        sys.executable,
        str(ROOT / "scripts/make_manifest.py"),
        MANIFEST,
        "input/many_*.root",
        "--processes",
        "1",
    ]
    journal = Path("manifests/.partial.dy_low.jsonl")
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True) as run:
        while run.poll() is None and not (
            journal.is_file() and journal.read_text().count("\n") > 3
        ):
            time.sleep(0.005)
        os.killpg(run.pid, signal.SIGKILL)
    done = {
        json.loads(line)["file"]["path"]
        for line in journal.read_text().splitlines()
        if line.endswith("}")
    }
    assert 3 < len(done) < 150
    assert not Path(MANIFEST).exists()
    with journal.open("a") as file:
        file.write('{"task": "cut')
    seen = []
    monkeypatch.setattr(
        make_manifest, "describe_files", remember(make_manifest.describe_files, seen)
    )
    assert make("input/many_*.root", processes="2") == 0
    assert done.isdisjoint(seen)
    assert len(seen) == 150 - len(done)
    assert len(json.loads(Path(MANIFEST).read_text())["files"]) == 150


def remember(describe_files, seen):
    def described(files, *arguments):
        seen.extend(files)
        return describe_files(files, *arguments)

    return described


def test_what_has_changed_is_looked_at_again(tiny, capsys):
    Path("input/dy_low_3.root").write_bytes(b"no ROOT file")
    assert make("input/dy_low_*.root") == 2
    message = capsys.readouterr().err
    assert "1 of 7 files cannot be used\n  - input/dy_low_3.root: is not a ROOT file" in message
    assert not Path(MANIFEST).exists()
    shutil.copy2(FILES[2], FILES[3])
    assert make("input/dy_low_*.root") == 0
    assert "6 known already" in capsys.readouterr().out
    assert json.loads(Path(MANIFEST).read_text())["files"][3]["entries"] == ENTRIES["dy_low"][2]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["input/nothing_*.root"], "input/nothing_*.root: matches no file"),
        (["--list", "none.txt"], "none.txt: this list does not exist"),
        ([], "manifests/dy_low.json: no files are given"),
        (
            ["input/dy_low_0.root", "--weight", "genWeigth"],
            "has no branch 'genWeigth'; did you mean 'genWeight'?",
        ),
    ],
)
def test_errors(tiny, capsys, arguments, problem):
    assert make(*arguments) == 2
    assert problem in capsys.readouterr().err


def test_a_manifest_gives_the_same_products(tiny, request):
    process("dy_low")
    before = read_json("histograms/dy_low.json"), read_json("cutflow/dy_low.json")
    request.getfixturevalue("manifested")
    process("dy_low")
    assert (read_json("histograms/dy_low.json"), read_json("cutflow/dy_low.json")) == before
    assert MANIFEST in check_record("merge_parts/dy_low.json")["inputs"]


def another_file(path):
    path.write_bytes(path.read_bytes() + b"\0")


def flipped_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (another_file, r"in the manifest"),
        (flipped_bit, "is not the file of the manifest\n    expected SHA-256"),
        (Path.unlink, "does not exist"),
    ],
)
def test_files_are_checked(manifested, capsys, damage, problem):
    damage(Path(FILES[5]))
    assert skim("dy_low", 1) == 2
    message = capsys.readouterr().err
    assert FILES[5] in message
    assert problem in message


@pytest.mark.parametrize(
    ("key", "problem"),
    [("entries", "has 300 events, but 301"), ("sum_of_weights", "the sum of 'genWeight' is")],
)
def test_content_is_checked(manifested, capsys, key, problem):
    content = json.loads(Path(MANIFEST).read_text())
    for item in (content, content["files"][0]):
        item[key] += 1
    Path(MANIFEST).write_text(json.dumps(content))
    assert skim("dy_low", 0) == 2
    assert f"input/dy_low_0.root: {problem}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("entries", "says 1302 entries, but its files have 1301"),
        ("sum_of_weights", "says the sum of weights is"),
    ],
)
def test_totals_are_checked(manifested, capsys, key, problem):
    content = json.loads(Path(MANIFEST).read_text())
    content[key] += 1
    Path(MANIFEST).write_text(json.dumps(content))
    assert skim("dy_low") == 2
    assert f"{MANIFEST}: {problem}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{"files": []}', "is not a manifest"),
        ("no JSON", "is not a manifest"),
        (None, "this manifest does not exist"),
    ],
)
def test_no_manifest(manifested, capsys, content, problem):
    Path(MANIFEST).unlink()
    if content is not None:
        Path(MANIFEST).write_text(content)
    assert skim("dy_low") == 2
    assert f"{MANIFEST}: {problem}" in capsys.readouterr().err


@pytest.mark.parametrize("compression", ["zlib", "lz4", "lzma"])
def test_every_basket_is_read(tiny, capsys, compression):
    """Not only that of the weight: a bit flipped in the basket of any branch."""
    write_nano(Path("input/dy_low_0.root"), events(), compression)
    content = Path("input/dy_low_0.root").read_bytes()
    assert make("input/dy_low_0.root", "--weight", "genWeight") == 0
    with uproot.open("input/dy_low_0.root") as file:
        baskets = {name: branch.basket(0) for name, branch in file["Events"].items()}
    # What does not shrink is stored as it is, without a checksum: the manifest tells of its next
    # change.
    packed = [
        name for name, item in baskets.items() if item.compressed_bytes < item.uncompressed_bytes
    ]
    assert {"Muon_charge", "event"} <= set(packed)
    for name in packed:
        damaged, (start, size) = bytearray(content), basket(Path("input/dy_low_0.root"), name)
        damaged[start + size // 2] ^= 4
        Path("input/damaged.root").write_bytes(damaged)
        found = make_manifest.look_at("input/damaged.root", Layout(), "genWeight")
        assert isinstance(found, WollemiError), name
        assert name == "genWeight" or f"'{name}'" in found.problem
