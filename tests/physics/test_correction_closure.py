"""Scale factors, a pile-up profile and a calibration from files of correctionlib, through to
histograms: as in a plain loop.
"""

import math
from pathlib import Path

import correctionlib
import numpy as np
import pytest
import uproot
from support.events.correction_files import FILE, use_corrections, write_all
from support.tiny.analysis import edit_analysis
from support.tiny.events import CROSS_SECTION_PB, LUMINOSITY_IFB
from support.tiny.steps import (
    RESULTS,
    check_record,
    fill,
    fill_directly,
    merge,
    part_histograms,
    process,
    read_json,
    skim,
)

from wollemi.histograms.histogram import read_histograms


@pytest.fixture
def corrected(tiny):
    write_all(tiny)
    edit_analysis(tiny, use_corrections)
    return tiny


@pytest.mark.parametrize("dataset", ["data", "dy_high", "signal_200"])
def test_skimmed_equals_direct(corrected, dataset):
    """The muon scale changes by pseudorapidity: the skim keeps what passes under any variation of
    the calibrated momentum.
    """
    assert [skim(dataset), fill(dataset)] == [0, 0]
    expected, counts = fill_directly(dataset)
    found = part_histograms(dataset)
    assert found.keys() == expected.keys()
    for name, histogram in expected.items():
        assert (found[name].values(flow=True) == histogram.values(flow=True)).all(), name
        assert (found[name].variances(flow=True) == histogram.variances(flow=True)).all(), name
    regions = read_json(f"cutflow/{dataset}/fill_0.json")["regions"]
    assert all(regions[name][-1] == lines[-1] for name, lines in counts["regions"].items())


def loop(variation):
    """The histogram of `search` of dy_high, event by event, with correctionlib's scalar
    evaluation.
    """
    muons, pileup = (
        correctionlib.CorrectionSet.from_file(path) for path in (FILE, "corrections/pileup.json")
    )
    systematic, _, side = variation.rpartition("_")
    edges, sums, squares = np.linspace(150, 400, 21)[::2], np.zeros(12), np.zeros(12)
    events = uproot.open("input/dy_high_0.root:Events").arrays(library="np")
    for i in range(len(events["run"])):
        kept = []
        columns = [events[f"Muon_{name}"][i] for name in ("pt", "eta", "phi", "mass", "charge")]
        for pt, eta, phi, mass, charge in zip(*columns, strict=True):
            pt, eta = float(pt), float(eta)
            pt *= muons["Scale"].evaluate(eta, pt, "nominal")
            pt *= muons["Scale"].evaluate(eta, pt, side) if systematic == "muon_scale" else 1.0
            if pt > 20 and abs(eta) < 2.4:
                kept.append((pt, eta, float(phi), float(mass), int(charge)))
        if len(kept) != 2 or kept[0][0] <= 30 or kept[0][4] == kept[1][4]:
            continue
        choice = f"syst{side}" if systematic == "muon_id" else "nominal"
        weight = float(events["genWeight"][i])
        weight *= math.prod(
            muons["NUM_TightID"].evaluate(abs(muon[1]), muon[0], choice) for muon in kept
        )
        weight *= pileup["Collisions"].evaluate(
            float(events["Pileup_nTrueInt"][i]), side if systematic == "pileup" else "nominal"
        )
        mass = dimuon_mass(*kept)
        if mass > 150:
            index = np.searchsorted(edges, mass, side="right")
            sums[index] += weight
            squares[index] += weight**2
    # scale factors change the yield: they are not in the sum of weights
    total = math.fsum(events["genWeight"].astype(float))
    factor = CROSS_SECTION_PB["dy_high"] * LUMINOSITY_IFB * 1000 / total
    return sums * factor, squares * factor**2


def dimuon_mass(first, second):
    vectors = []
    for pt, eta, phi, mass, _ in (first, second):
        x, y, z = pt * math.cos(phi), pt * math.sin(phi), pt * math.sinh(eta)
        vectors.append(np.array([math.sqrt(x * x + y * y + z * z + mass * mass), x, y, z]))
    e, x, y, z = vectors[0] + vectors[1]
    return math.sqrt(e * e - x * x - y * y - z * z)


def test_histograms_equal_a_loop(corrected):
    process("dy_high")
    found = read_histograms(Path(f"{RESULTS}/histograms/dy_high.json"))
    nominal = found["search/mass_search/nominal"].values(flow=True)
    for systematic in ("", "muon_id", "pileup", "muon_scale"):
        for side in ("up", "down") if systematic else ("",):
            variation = f"{systematic}_{side}" if systematic else "nominal"
            histogram = found[f"search/mass_search/{variation}"]
            values, variances = loop(variation)
            assert histogram.values(flow=True) == pytest.approx(values, rel=1e-11), variation
            assert histogram.variances(flow=True) == pytest.approx(variances, rel=1e-11), variation
            assert (variation == "nominal") == (histogram.values(flow=True) == nominal).all(), (
                variation
            )


def test_a_pileup_profile_becomes_that_of_the_data(corrected):
    """Weighted by the ratio of two profiles in its bins, simulation has the other profile."""

    def pileup_only(document):
        document["variables"]["pileup"] = {
            "expression": "Pileup_nTrueInt", "edges": [0, 10, 15, 20, 25, 30, 100], "label": "interactions",  # noqa: E501
        }  # fmt: skip
        document["regions"]["everything"] = {
            "selection": "MET_pt >= 0",
            "variable": "pileup",
            "role": "validation",
        }
        document["skim"]["selection"] = "MET_pt >= 0"
        document["weights"] = {"pileup": document["weights"]["pileup"]}
        del document["systematics"]["trigger"]  # has no weight for events without muons

    edit_analysis(corrected, pileup_only)
    assert [skim("dy_high"), fill("dy_high")] == [0, 0]
    found = part_histograms("dy_high")["everything/pileup/nominal"]
    events = uproot.open("input/dy_high_0.root:Events").arrays(
        ["genWeight", "Pileup_nTrueInt"], library="np"
    )
    edges = [0, 10, 15, 20, 25, 30, 100]
    before, _ = np.histogram(
        events["Pileup_nTrueInt"], edges, weights=events["genWeight"].astype(float)
    )
    assert found.values() == pytest.approx(before * [0.3, 0.7, 1.1, 1.3, 0.9, 0.2], rel=1e-12)


def test_records_and_inputs(corrected):
    """The calibration acts in the skim, the pile-up profile only when histograms are filled, and
    not on data.
    """
    for dataset in ("data", "dy_high"):
        assert [skim(dataset), fill(dataset), merge(dataset)] == [0, 0, 0]
    inputs = {
        (step, dataset): {
            name
            for name in check_record(f"{step}/{dataset}_0.json")["inputs"]
            if name.startswith("corrections/")
        }
        for step in ("skim_events", "fill_histograms")
        for dataset in ("data", "dy_high")
    }
    assert (
        inputs["skim_events", "data"]
        == inputs["fill_histograms", "data"]
        == inputs["skim_events", "dy_high"]
        == {FILE}
    )
    assert inputs["fill_histograms", "dy_high"] == {FILE, "corrections/pileup.json"}
