"""Unusable files of simulation are left out as tolerated, and leave nothing; data and other
datasets tolerate none.
"""

from pathlib import Path

import make_manifest
import numpy as np
import pyarrow.parquet
import pytest
from support.damage.bytes import basket, events, write_nano
from support.project.seeds import slow_but
from support.tiny.analysis import edit_analysis, use_manifest
from support.tiny.steps import (
    RESULTS,
    check_record,
    fill,
    merge,
    part_histograms,
    process,
    read_json,
    skim,
)

from wollemi.histograms.histogram import read_histograms
from wollemi.inputs import batches as event_steps
from wollemi.inputs import root_trees

EVENTS = 60


def write_many(files, tolerate, files_per_job):
    """Give the tiny analysis a simulated dataset of many files that tolerates the loss of some."""
    for index in range(files):
        blocks = np.full(EVENTS, index + 1, np.uint32)
        write_nano(
            Path(f"input/many_{index:02d}.root"),
            events(100 + index, EVENTS) | {"luminosityBlock": blocks},
            "zlib",
        )

    def change(document):
        names = [f"input/many_{index:02d}.root" for index in range(files)]
        document["datasets"]["dy_high"] |= {
            "files": names,
            "files_per_job": files_per_job,
            "tolerate": tolerate,
        }
        document["systematics"] = {}

    edit_analysis(Path.cwd(), change)


@pytest.fixture
def five(tiny):
    """Five files in one part, of which one may be lost."""
    write_many(5, "20%", 5)
    return tiny


def damage(index):
    """Make a file unreadable."""
    path = Path(f"input/many_{index:02d}.root")
    start, size = basket(path, "Muon_mass")
    content = bytearray(path.read_bytes())
    content[start : start + size] = bytes(size)
    path.write_bytes(content)
    return str(path)


def peak():
    return read_histograms(Path(f"{RESULTS}/histograms/dy_high.json"))["search/mass_search/nominal"]


@pytest.mark.parametrize("number", slow_but([20], [20, 50]))
def test_one_lost_file_of_many(tiny, number):
    write_many(number, f"{100 // number}%", number)
    process("dy_high")
    whole, cutflow = peak(), read_json("cutflow/dy_high.json")
    assert cutflow["failed_files"] == []
    lost = damage(17)
    process("dy_high")
    left, after = peak(), read_json("cutflow/dy_high.json")
    (failed,) = after["failed_files"]
    assert (failed["path"], failed["entries"]) == (lost, None)
    assert failed["problem"].startswith("cannot be read: ")
    assert lost not in [item["path"] for item in after["files"]]
    read = sum(item["events"] for item in after["files"])
    assert after["account"]["entries"] == read == EVENTS * (number - 1)
    # The yield moves by less than its statistical uncertainty, because Σw is that of the files that
    # were read.
    change, error = (
        left.values(flow=True).sum() - whole.values(flow=True).sum(),
        np.sqrt(whole.variances(flow=True).sum()),
    )
    assert 0 < abs(change) < error
    assert after["normalization"] * after["sum_of_weights"] == pytest.approx(
        cutflow["normalization"] * cutflow["sum_of_weights"]
    )
    assert lost in check_record("skim_events/dy_high_0.json")["inputs"]


def products():
    tables = [
        pyarrow.parquet.read_table(f"{RESULTS}/{kind}/dy_high/0.parquet")
        for kind in ("events", "identifiers")
    ]
    return tables, peak().values(flow=True).tolist(), read_json("cutflow/dy_high.json")["skim"]


def test_a_lost_file_leaves_nothing(five):
    """The products are those of a dataset that never had the file."""
    damage(2)
    process("dy_high")
    after = products()
    edit_analysis(five, lambda document: document["datasets"]["dy_high"]["files"].pop(2))
    process("dy_high")
    assert products() == after


def test_a_failure_in_the_middle_of_a_file(five, monkeypatch):
    """A file that fails after a batch of it was written leaves nothing."""
    monkeypatch.setattr(event_steps, "STEP", 25)
    original = root_trees.TreeEvents.batches

    def failing(self, branches, start, stop):
        for number, batch in enumerate(original(self, branches, start, stop)):
            if number == 1 and str(self._path) == "input/many_03.root":
                raise root_trees.unreadable(self._path, OSError("input/output error"))
            yield batch

    monkeypatch.setattr(root_trees.TreeEvents, "batches", failing)
    process("dy_high")
    cutflow = read_json("cutflow/dy_high.json")
    assert [item["problem"] for item in cutflow["failed_files"]] == [
        "cannot be read: input/output error"
    ]
    assert cutflow["account"]["entries"] == EVENTS * 4
    blocks = pyarrow.parquet.read_table(f"{RESULTS}/identifiers/dy_high/0.parquet")[
        "luminosityBlock"
    ].to_pylist()
    assert set(blocks) == {1, 2, 3, 5}


def test_a_part_without_any_usable_file(five):
    """Its products are empty, and those of the dataset are made of the other parts."""
    edit_analysis(five, lambda document: document["datasets"]["dy_high"].update(files_per_job=1))
    Path("input/many_04.root").unlink()
    process("dy_high")
    cutflow = read_json("cutflow/dy_high.json")
    assert [item["problem"] for item in cutflow["failed_files"]] == [
        "this input file does not exist"
    ]
    assert cutflow["account"]["entries"] == EVENTS * 4
    assert part_histograms("dy_high", 4) == {}


def test_the_manifest_tells_how_many_events_are_lost(five):
    arguments = ["m.json", "input/many_*.root", "--weight", "genWeight", "--processes", "1"]
    assert make_manifest.main(arguments) == 0
    use_manifest(five, "dy_high", "m.json")
    path = Path("input/many_00.root")
    path.write_bytes(path.read_bytes()[:-1])
    process("dy_high")
    (failed,) = read_json("cutflow/dy_high.json")["failed_files"]
    assert failed["entries"] == EVENTS
    assert "in the manifest" in failed["problem"]


def test_more_lost_files_than_tolerated(five, capsys):
    lost = [damage(index) for index in (0, 3)]
    assert skim("dy_high") == fill("dy_high") == 0
    capsys.readouterr()
    assert merge("dy_high") == 2
    message = capsys.readouterr().err
    assert "dataset dy_high: 2 of 5 files are left out (40 %), more than tolerate: 20%" in message
    assert all(f"  - {path}: cannot be read: " in message for path in lost)


def test_without_a_declaration_none_is_tolerated(five, capsys):
    edit_analysis(five, lambda document: document["datasets"]["dy_high"].pop("tolerate"))
    lost = damage(1)
    assert skim("dy_high") == 2
    assert f"{lost}: cannot be read" in capsys.readouterr().err


def test_a_mistake_of_the_analysis_is_no_lost_file(five, capsys):
    edit_analysis(
        five,
        lambda document: document["skim"].update(selection="count(muon) == 2 and muon.pt > 30"),
    )
    assert skim("dy_high") == 2
    assert "gives a list for each event" in capsys.readouterr().err
