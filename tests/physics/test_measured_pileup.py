"""Pile-up weights that the run makes: as in a plain loop over the files, from a distribution in a
file or from events of data, and used.
"""

import json
import math
from pathlib import Path

import correctionlib
import correctionlib.schemav2
import hist
import numpy as np
import pytest
import uproot
from support.tiny.analysis import edit_analysis
from support.tiny.events import CROSS_SECTION_PB, LUMINOSITY_IFB
from support.tiny.steps import (
    RESULTS,
    check_record,
    fill,
    measure,
    part_histograms,
    skim,
)

FILE = f"{RESULTS}/corrections/pileup.json"
MEASURED = {
    "kind": "pileup",
    "samples": ["dy"],
    "selection": "MET_pt < 40",
    "axes": {"nTrueInt": {"expression": "Pileup_nTrueInt", "bins": [30, 0, 60]}},
    "target": {
        "nominal": {"file": "input/target.root"},
        "up": {"file": "input/targets.json", "histogram": "more"},
        "down": {"file": "input/targets.json", "histogram": "less"},
    },
}
CALL = "correction.pileup{}(Pileup_nTrueInt)"
RATIO = f"where({CALL.format('')} > 0, {CALL} / {CALL.format('')}, 1)"


def use(document, measured):
    document["corrections"] = {"pileup": {"measured": measured}}


def weight(document):
    """Use the weights and their variations, as the documentation has it."""
    use(document, MEASURED)
    document["weights"] = {"pileup": {"factor": CALL.format(""), "samples": ["dy"]}}
    document["systematics"]["pileup"] = {
        "kind": "weight",
        "up": RATIO.format(".up"),
        "down": RATIO.format(".down"),
        "samples": ["dy"],
    }


def write_targets():
    """Distributions around 22, with more and fewer interactions, in bins of 0.5; nominal → edges,
    contents.
    """
    rng = np.random.default_rng(4)
    edges = np.linspace(-1, 70, 143)
    found = {
        name: np.histogram(rng.normal(mean, 6, 100_000), edges)[0].astype(float)
        for name, mean in (("nominal", 22), ("more", 23), ("less", 21))
    }
    # Where no simulation is.
    found["nominal"][-30:-28] = 250.0
    with uproot.recreate("input/target.root") as file:
        file["pileup"] = found["nominal"], edges
    others = {}
    for name in ("more", "less"):
        made = hist.Hist(hist.axis.Variable(edges), storage=hist.storage.Double())
        made.view()[:] = found[name]
        others[name] = hist.serialization.to_uhi(made)
    text = json.dumps(others, default=lambda item: np.asarray(item).tolist())
    Path("input/targets.json").write_text(text)
    return edges, found


def simulated(quantity, low, width, bins, accepted=lambda event: True):
    """Σw in each bin, event by event."""
    sums = [[] for _ in range(bins)]
    for dataset in ("dy_low", "dy_high"):
        events = []
        for path in sorted(Path("input").glob(f"{dataset}_?.root")):
            with uproot.open(path) as file:
                events += file["Events"].arrays().to_list()
        scale = LUMINOSITY_IFB * 1000 * CROSS_SECTION_PB[dataset]
        scale /= math.fsum(event["genWeight"] for event in events)
        for event in events:
            place = math.floor((event[quantity] - low) / width)
            if accepted(event) and 0 <= place < bins:
                sums[place].append(scale * event["genWeight"])
    return [math.fsum(found) for found in sums]


def ratio(data, simulation):
    """Data divided by simulation, each normalized to 1."""
    of_data, of_simulation = math.fsum(data), math.fsum(simulation)
    return [
        (one / of_data) / (other / of_simulation) if other else 0.0
        for one, other in zip(data, simulation, strict=True)
    ]


def test_a_target_in_a_file(tiny, caplog):
    edit_analysis(tiny, weight)
    edges, targets = write_targets()
    assert measure("pileup") == FILE
    check_record("measure_correction/pileup.json")
    correctionlib.schemav2.CorrectionSet.model_validate_json(Path(FILE).read_text())
    found = correctionlib.CorrectionSet.from_file(FILE)["pileup"]
    assert [item.name for item in found.inputs] == ["nTrueInt", "variation"]
    simulation = simulated("Pileup_nTrueInt", 0, 2, 30, lambda event: event["MET_pt"] < 40)
    assert 0 in simulation
    for key, name in (("nominal", "nominal"), ("up", "more"), ("down", "less")):
        data = [
            math.fsum(
                content
                for low, content in zip(edges, targets[name], strict=False)
                if 2 * place <= low < 2 * place + 2
            )
            for place in range(30)
        ]
        values = [found.evaluate(2.0 * place + 1, key) for place in range(30)]
        assert values == pytest.approx(ratio(data, simulation), rel=1e-12, abs=0)
        if key == "nominal":
            share = math.fsum(
                one for one, other in zip(data, simulation, strict=True) if not other
            ) / math.fsum(data)
            mean = math.fsum(
                one * other for one, other in zip(values, simulation, strict=True)
            ) / math.fsum(simulation)
            assert mean == pytest.approx(1 - share, rel=1e-12)
            assert f"{100 * share:.2g} % of the data (nominal) are in bins without" in caplog.text
            assert f"the mean weight is {1 - share:.6g}" in caplog.text
    assert "bins have no simulation, so that their weight is 0" in caplog.text
    assert skim("dy_low") == 0
    assert fill("dy_low") == 0
    histograms = part_histograms("dy_low")
    filled = [
        histograms[f"peak/mass_peak/{name}"].values()
        for name in ("nominal", "pileup_up", "pileup_down")
    ]
    assert np.isfinite(filled).all()
    assert (filled[0] != filled[1]).any()
    inputs = check_record("fill_histograms/dy_low_0.json")["inputs"]
    assert FILE in inputs
    assert "input/target.root" not in inputs


def test_events_of_data(tiny):
    measured = {"kind": "pileup", "samples": ["dy"], "axes": {"MET_pt": {"bins": [10, 0, 50]}}}
    edit_analysis(tiny, lambda document: use(document, measured))
    assert measure("pileup") == FILE
    (correction,) = json.loads(Path(FILE).read_text())["corrections"]
    (only,) = correction["data"]["content"]
    with uproot.open("mirror/data.root") as file:
        values = file["Events"]["MET_pt"].array().to_list()
    data = [sum(5 * place <= value < 5 * place + 5 for value in values) for place in range(10)]
    expected = ratio(data, simulated("MET_pt", 0, 5, 10))
    assert only["key"] == "nominal"
    assert only["value"]["content"] == pytest.approx(expected, rel=1e-12)
