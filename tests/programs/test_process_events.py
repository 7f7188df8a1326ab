"""Reading and filling in one step gives what the skim and the fill give, byte for byte."""

import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
from support.damage.bytes import basket
from support.products.blinded_runs import BLINDING, use_local_data
from support.project.paths import ROOT
from support.tiny.analysis import edit_analysis
from support.tiny.edits import EVENTS
from support.tiny.events import make_events, write_root
from support.tiny.steps import (
    RESULTS,
    check_record,
    fill,
    has_members,
    number_of_parts,
    process_at_once,
    read_json,
    skim,
    split,
)

PREVIEW = 300
# Edits of the analysis, each of which is a case: nothing is there twice in code, so what one step
# does and the other forgets would show in one of them.
CASES = {
    "no_skim": lambda document: document.pop("skim"),
    "a_skim": lambda document: None,
    "blinded": lambda document: document.update(blinding=BLINDING),
    "one_part": lambda document: [
        document["datasets"][name].update(files_per_job=20) for name in ("dy_low", "dy_high")
    ],
    "checks": lambda document: document.update(checks={"ranges": {"Muon_pt": [0, 1e4]}}),
}


def products(dataset: str) -> dict[str, bytes]:
    """What both ways make of the parts of a dataset, and remove it."""
    found = {}
    for path in sorted(Path(RESULTS).rglob(f"{dataset}/*")):
        folder = path.relative_to(RESULTS).parts[0]
        if folder in ("histograms", "identifiers", "cutflow"):
            found[str(path)] = path.read_bytes()
    for name in ("histograms", "identifiers", "cutflow", "events"):
        shutil.rmtree(f"{RESULTS}/{name}", ignore_errors=True)
    return found


def both_ways(dataset: str) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Products of two steps, and of one."""
    for part in range(number_of_parts(dataset)):
        assert skim(dataset, part) == fill(dataset, part) == 0
    batches = pyarrow.parquet.ParquetFile(f"{RESULTS}/events/{dataset}/0.parquet").num_row_groups
    assert batches >= (3 if dataset == "dy_low" else 1)
    apart = products(dataset)
    for part in range(number_of_parts(dataset)):
        assert process_at_once(dataset, part) == 0
        check_record(f"process_events/{dataset}_{part}.json")
    return apart, products(dataset)


@pytest.mark.parametrize(
    ("case", "dataset"),
    [("no_skim", name) for name in EVENTS]
    + [(case, name) for case in CASES if case != "no_skim" for name in ("dy_low", "data")],
)
def test_same_bytes(tiny, case, dataset):
    """Also over several batches, those of the files of `dy_low`: their sums are added in the same
    order.
    """
    edit_analysis(tiny, CASES[case])
    apart, together = both_ways(dataset)
    assert len(apart) >= (4 + has_members(dataset)) * number_of_parts(dataset)
    assert together == apart


@pytest.mark.parametrize("engine", ["awkward", "compiled"])
def test_same_bytes_by_either_engine(tiny, engine, monkeypatch):
    monkeypatch.setenv("WOLLEMI_ENGINE", engine)
    edit_analysis(tiny, CASES["no_skim"])
    apart, together = both_ways("dy_high")
    assert together == apart


def test_preview(tiny):
    edit_analysis(tiny, CASES["no_skim"])
    assert split("dy_high", PREVIEW) == 0
    apart, together = both_ways("dy_high")
    assert together == apart
    assert process_at_once("dy_high") == 0
    assert read_json("cutflow/dy_high/skim_0.json")["skim"][0]["events"] == PREVIEW


def test_a_lost_file_leaves_nothing(tiny):
    """Neither in the count of the events nor in the histograms, where it fails after others."""

    def change(document):
        del document["skim"]
        document["datasets"]["dy_low"] |= {"files_per_job": 20, "tolerate": "50%"}

    edit_analysis(tiny, change)
    damaged = Path("input/dy_low_1.root")
    start, size = basket(damaged, "Muon_pt")
    content = bytearray(damaged.read_bytes())
    content[start : start + size] = bytes(size)
    damaged.write_bytes(content)
    apart, together = both_ways("dy_low")
    assert together == apart
    assert process_at_once("dy_low") == 0
    (failed,) = read_json("cutflow/dy_low/skim_0.json")["failed_files"]
    assert failed["path"] == str(damaged)


def test_no_such_part(tiny, capsys):
    edit_analysis(tiny, CASES["no_skim"])
    assert process_at_once("dy_high", 7) == 2
    assert "has no part 7" in capsys.readouterr().err
    assert not list(Path(RESULTS).rglob("*.json"))


def test_data_without_events(tiny, capsys):
    """As `skim_events` says it, which a golden file holds."""
    edit_analysis(tiny, CASES["no_skim"])
    edit_analysis(tiny, use_local_data)
    edit_analysis(tiny, lambda document: document["datasets"]["data"].update(tree="Events"))
    write_root(
        Path("input/data.root"), make_events("dy_low", np.random.default_rng(1), 0, simulated=False)
    )
    assert process_at_once("data") == 2
    golden = (ROOT / "tests/data/errors/empty_data.txt").read_text(encoding="utf-8")
    assert golden.count("skim_events") == 2
    assert capsys.readouterr().err == golden.replace("skim_events", "process_events")
    assert not list(Path(RESULTS).rglob("*.json"))
