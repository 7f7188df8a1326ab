"""Certified luminosity blocks through the programs, against a loop over the events and exact
sums.
"""

import json
import re
from fractions import Fraction
from pathlib import Path

import pyarrow.parquet
import pytest
from support.oracles.dimuon_loop import candidates
from support.tiny.analysis import edit_analysis, snakemake
from support.tiny.certified import GOLDEN, RECORDED, certify, sum_luminosity
from support.tiny.events import CROSS_SECTION_PB
from support.tiny.steps import RESULTS, check_record, fill, merge, read_json, skim

from wollemi.histograms.histogram import read_histograms


@pytest.fixture
def certified(tiny):
    return certify(tiny)


def is_certified(event):
    return any(
        first <= event.luminosityBlock <= last for first, last in GOLDEN.get(str(event.run), [])
    )


def test_data_of_other_blocks_are_dropped(certified):
    assert skim("data", certified="golden.json") == fill("data") == merge("data") == 0
    every = list(candidates("mirror/data.root"))
    good = [found for found in every if is_certified(found.event)]
    kept = [found for found in good if len(found.pt) == 2 and found.pt[0] > 30]
    peak = [found for found in kept if 60 < found.mass < 120]
    cutflow = read_json("cutflow/data.json")
    lines = [(line["cut"], line["events"]) for line in cutflow["skim"]]
    assert lines[:2] == [("all events", len(every)), ("certified", len(good))]
    assert lines[-1][1] == len(kept) < len(good) < len(every)
    assert cutflow["regions"]["peak"][-1]["events"] == len(peak) > 10
    assert sum(
        read_histograms(Path(RESULTS) / "histograms/data.json")["peak/mass_peak/nominal"].values()
    ) == len(peak)
    unselected = cutflow["account"]["unselected"]
    assert unselected["not certified"] == len(every) - len(good)
    assert unselected["rejected by the skim"] == len(good) - len(kept)
    seen = {(int(found.event.run), int(found.event.luminosityBlock)) for found in good}
    assert len(seen) == 7
    assert cutflow["certified"] == {"blocks": 10, "with_events": {"2012": [[1, 3], [6, 9]]}}
    table = pyarrow.parquet.read_table(f"{RESULTS}/events/data/0.parquet")
    assert table.num_rows == len(kept)
    assert "run" not in table.column_names  # no later step needs it
    record = check_record("skim_events/data_0.json")
    assert {"golden.json", "mirror/data.root"} <= record["inputs"].keys()


def test_simulation_is_scaled_to_the_luminosity_of_the_blocks(certified):
    assert sum_luminosity() == 0
    blocks = [(2012, block) for block in (1, 2, 3, 6, 7, 8, 9, 40, 41)] + [(2013, 1)]
    luminosity = float(sum(Fraction(RECORDED[block]) for block in blocks) / 1000)
    found = read_json("luminosity.json")
    assert found["luminosity_ifb"] == [["", pytest.approx(luminosity, rel=1e-15)]]
    assert found["eras"][""] == {
        "luminosity_ifb": found["luminosity_ifb"][0][1],
        "certified_blocks": 10,
        "blocks_without_luminosity": 0,
        "declared_ifb": None,
    }
    assert skim("dy_high") == fill("dy_high") == merge("dy_high", f"{RESULTS}/luminosity.json") == 0
    cutflow = read_json("cutflow/dy_high.json")
    expected = luminosity * 1000 * CROSS_SECTION_PB["dy_high"] / cutflow["sum_of_weights"]
    assert cutflow["normalization"] == pytest.approx(expected, rel=1e-14)
    assert "certified" not in cutflow
    assert check_record("sum_luminosity.json")["inputs"].keys() == {"golden.json", "lumi.csv"}
    assert f"{RESULTS}/luminosity.json" in check_record("merge_parts/dy_high.json")["inputs"]


def test_data_without_any_certified_event(certified, capsys):
    Path("golden.json").write_text(json.dumps({"2011": [[1, 500]]}))
    assert skim("data", certified="golden.json") == fill("data") == 0
    assert merge("data") == 2
    assert (
        "dataset data: of its 1,804 events none is in a certified luminosity block"
        in capsys.readouterr().err
    )


def test_only_jobs_that_need_the_files_have_them(project):
    (project / "golden.json").write_text(json.dumps(GOLDEN))
    remote = {"url": "http://127.0.0.1:9/lumi.csv", "size": 1, "sha256": "0" * 64}
    entry = {"blocks": "golden.json", "luminosity": remote}
    edit_analysis(project, lambda document: document.update(certified=entry))
    done = snakemake(project, "--dry-run", "--forceall", "--printshellcmds")
    assert done.returncode == 0, done.stdout
    blocks = re.findall(r"^rule (\w+):\n +input: (.*)$", done.stdout, re.MULTILINE)
    inputs = {rule: set(names.split(", ")) for rule, names in blocks}
    table = "results/tiny/certificates/000000000000/lumi.csv"
    assert {rule for rule, names in inputs.items() if "golden.json" in names} == {
        "skim_events_data",
        "sum_luminosity",
    }
    assert {rule for rule, names in inputs.items() if table in names} == {"sum_luminosity"}
    scaled = {rule for rule, names in inputs.items() if "results/tiny/luminosity.json" in names}
    assert "merge_parts_data" not in scaled
    assert {
        "merge_parts_dy_low",
        "read_histograms_signal_300",
        "plot_regions",
        "summarize_results",
    } <= scaled
