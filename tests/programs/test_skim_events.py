"""Which events are kept, and that all others are counted: against a loop over the events of the
files.
"""

from pathlib import Path

import pyarrow.parquet
import pytest
import uproot
from skim_events import PROGRAM
from support.tiny.analysis import ANALYSIS
from support.tiny.mistakes import set_value
from support.tiny.steps import RESULTS, check_record, fill, read_json, skim

from wollemi.analysis.plain.sections import section_digests, select_sections
from wollemi.loading.load import read_document

BRANCHES = ["MET_phi", "MET_pt", "Muon_charge", "Muon_eta", "Muon_mass", "Muon_phi", "Muon_pt"]


def planned_settings(dataset):
    """Digests of the settings of the skim of a dataset."""
    document = read_document(Path(ANALYSIS))
    return section_digests(select_sections(document, PROGRAM.sections, dataset))


def passed_terms(muons, scale):
    """How many terms of the skim an event passes when the muons' momenta are scaled."""
    good = [scale * pt for pt, eta in muons if scale * pt > 20 and abs(eta) < 2.4]
    return 0 if len(good) != 2 else 1 + (good[0] > 30)


def expected(files, scales):
    """Lines of the cutflow (events, Σw, Σw²), and numbers of the events kept."""
    lines, kept = [[0, 0.0, 0.0] for _ in range(3)], []
    for file in files:
        branches = uproot.open(f"{file}:Events").arrays()
        weights = (
            branches.genWeight.to_list()
            if "genWeight" in branches.fields
            else [1.0] * len(branches)
        )
        for event, pt, eta, weight in zip(
            branches.event, branches.Muon_pt, branches.Muon_eta, weights, strict=True
        ):
            muons = list(zip(pt.to_list(), eta.to_list(), strict=True))
            terms = max(passed_terms(muons, scale) for scale in scales)
            for line in lines[: terms + 1]:
                line[:] = line[0] + 1, line[1] + weight, line[2] + weight**2
            kept += [int(event)] if terms == 2 else []
    return lines, kept


@pytest.mark.parametrize(
    ("dataset", "files", "scales", "more"),
    [
        ("data", ["mirror/data.root"], [1.0], []),
        ("dy_high", ["input/dy_high_0.root"], [1.0, 1.02, 0.98], ["Pileup_nTrueInt", "genWeight"]),
        (
            "dy_low",
            [f"input/dy_low_{index}.root" for index in (4, 5, 6)],
            [1.0, 1.02, 0.98],
            ["Pileup_nTrueInt", "genWeight"],
        ),
        ("dy_alternative", ["input/dy_alternative_0.root"], [1.0], ["genWeight"]),
    ],
)
def test_events_and_cutflow(tiny, dataset, files, scales, more):
    part = 1 if dataset == "dy_low" else 0
    assert skim(dataset, part) == 0
    lines, kept = expected(files, scales)
    table = pyarrow.parquet.read_table(f"{RESULTS}/events/{dataset}/{part}.parquet")
    assert sorted(table.column_names) == sorted([*BRANCHES, *more])
    assert table.num_rows == len(kept)
    cutflow = read_json(f"cutflow/{dataset}/skim_{part}.json")
    assert [line["cut"] for line in cutflow["skim"]] == [
        "all events",
        "count(muon) == 2",
        "muon[0].pt > 30",
    ]
    for line, (events, weights, squares) in zip(cutflow["skim"], lines, strict=True):
        assert line["events"] == events
        assert line["sum_of_weights"] == pytest.approx(weights, rel=1e-12)
        assert line["sum_of_weights_squared"] == pytest.approx(squares, rel=1e-12)
    assert sum(item["events"] for item in cutflow["files"]) == lines[0][0]
    metadata = pyarrow.parquet.read_metadata(f"{RESULTS}/events/{dataset}/{part}.parquet").metadata
    assert int(metadata[b"events"]) == lines[0][0]
    assert float(metadata[b"sum_of_weights"]) == pytest.approx(lines[0][1], rel=1e-12)


def test_branches_that_are_kept_for_later(tiny):
    """A weight and a variable that use them need no new skim, and are those of a skim that was made
    for them.
    """
    set_value("skim", "keep", value=["Pileup_nTrueInt", "luminosityBlock"])
    before = planned_settings("dy_alternative")
    assert skim("dy_alternative") == 0
    events = pyarrow.parquet.read_table(f"{RESULTS}/events/dy_alternative/0.parquet")
    assert sorted(events.column_names) == sorted(
        [*BRANCHES, "genWeight", "Pileup_nTrueInt", "luminosityBlock"]
    )
    set_value("datasets", "dy_alternative", "weight", value="genWeight")
    number = {"expression": "Pileup_nTrueInt", "bins": [10, 0, 50], "label": "n"}
    set_value("variables", "number", value=number)
    set_value("regions", "peak", "monitor", value=["number"])
    weight = {"factor": "1 + Pileup_nTrueInt / 50", "samples": [], "datasets": ["dy_alternative"]}
    set_value("weights", value={"pileup": weight})
    assert planned_settings("dy_alternative") == before
    assert fill("dy_alternative") == 0
    kept = Path(f"{RESULTS}/histograms/dy_alternative/0.zip").read_bytes()
    set_value("skim", "keep", value=[])
    assert planned_settings("dy_alternative") != before
    assert skim("dy_alternative") == 0
    assert fill("dy_alternative") == 0
    assert Path(f"{RESULTS}/histograms/dy_alternative/0.zip").read_bytes() == kept


def test_a_file_without_a_branch_to_keep(tiny):
    set_value("skim", "keep", value=["genWeight", "muon.charge"])
    assert skim("data") == 0
    events = pyarrow.parquet.read_table(f"{RESULTS}/events/data/0.parquet")
    assert sorted(events.column_names) == BRANCHES


def test_the_record_names_the_files_of_the_part(tiny):
    skim("dy_low", 1)
    record = check_record("skim_events/dy_low_1.json")
    files = [f"input/dy_low_{index}.root" for index in (4, 5, 6)]
    assert record["inputs"].keys() == {
        *files,
        "config/analyses/tiny/hooks.py",
    }
    products = (
        "events/dy_low/1.parquet",
        "identifiers/dy_low/1.parquet",
        "cutflow/dy_low/skim_1.json",
    )
    assert record["outputs"].keys() == {f"{RESULTS}/{product}" for product in products}
    assert {"uproot", "awkward", "pyarrow", "python"} <= record["packages"].keys()


def test_equal_runs_give_equal_bytes(tiny):
    products = [
        f"{RESULTS}/events/dy_high/0.parquet",
        f"{RESULTS}/identifiers/dy_high/0.parquet",
        f"{RESULTS}/cutflow/dy_high/skim_0.json",
    ]
    made = []
    for _ in range(2):
        skim("dy_high")
        made.append([(tiny / product).read_bytes() for product in products])
    assert made[0] == made[1]


def test_a_damaged_file_is_named(tiny, capsys):
    path = tiny / "input/dy_high_0.root"
    with uproot.open(path) as file:
        key = file["Events/Muon_pt"].basket_key(0)
    content = bytearray(path.read_bytes())
    start = key.fSeekKey + key.fKeylen
    content[start : start + 100] = bytes(100)
    path.write_bytes(content)
    assert skim("dy_high") == 2
    assert "input/dy_high_0.root: cannot be read:" in capsys.readouterr().err
    assert not list((tiny / RESULTS / "events/dy_high").iterdir())
