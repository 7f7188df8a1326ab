"""An efficiency that the run measures and uses: as in a plain loop over the files, and coming with
the right jobs.
"""

import math
from pathlib import Path

import correctionlib
import correctionlib.schemav2
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

EDGES = {"pt": [10.0, 25.0, 45.0, 500.0], "abseta": [0.0, 1.2, 2.4]}
FILE = f"{RESULTS}/corrections/positive.json"


def measured(document):
    """How often muons of Drell–Yan are positive: as good as any tag."""
    document["corrections"] = {
        "positive": {
            "measured": {
                "kind": "efficiency",
                "samples": ["dy"],
                "object": "muon",
                "selection": "MET_pt < 40",
                "probe": "pt < 400",
                "pass": "charge > 0",
                "axes": {
                    "pt": EDGES["pt"],
                    "abseta": {"expression": "abs(eta)", "edges": EDGES["abseta"]},
                },
                "weights": ["pileup"],
            }
        }
    }
    document["weights"] = {
        "pileup": {"factor": "1 + 0.01 * (Pileup_nTrueInt - 20)", "samples": ["dy", "signal_200"]},
        "positive": {
            "factor": "prod(where(muon.pt < 500, correction.positive(min(muon.pt, 499.0), "
            "abs(muon.eta)), 1.0))",
            "samples": ["dy"],
        },
    }


def plain_loop():
    """Σw and Σw² of what passes and of all in each bin, event by event and muon by muon."""
    sums = {}
    for dataset in ("dy_low", "dy_high"):
        events = []
        for path in sorted(Path("input").glob(f"{dataset}_?.root")):
            with uproot.open(path) as file:
                events += file["Events"].arrays().to_list()
        scale = LUMINOSITY_IFB * 1000 * CROSS_SECTION_PB[dataset]
        scale /= math.fsum(event["genWeight"] for event in events)
        for event in events:
            weight = scale * event["genWeight"] * (1 + 0.01 * (event["Pileup_nTrueInt"] - 20))
            if not event["MET_pt"] < 40:
                continue
            for pt, eta, charge in zip(
                event["Muon_pt"], event["Muon_eta"], event["Muon_charge"], strict=True
            ):
                if not (20 < pt < 400 and abs(eta) < 2.4):
                    continue
                cell = tuple(
                    max(place for place, edge in enumerate(edges) if edge <= value)
                    for value, edges in zip((pt, abs(eta)), EDGES.values(), strict=True)
                )
                for kind in ("pass", "all") if charge > 0 else ("all",):
                    found = sums.setdefault((cell, kind), [0.0, 0.0])
                    found[0] += weight
                    found[1] += weight**2
    return sums


def test_equals_a_plain_loop_and_is_used(tiny):
    edit_analysis(tiny, measured)
    assert measure("positive") == FILE
    check_record("measure_correction/positive.json")
    correctionlib.schemav2.CorrectionSet.model_validate_json(Path(FILE).read_text())
    found = correctionlib.CorrectionSet.from_file(FILE)["positive"]
    sums = plain_loop()
    assert len(sums) == 12
    for (cell, kind), (passed, squares) in sums.items():
        if kind == "all":
            continue
        total, all_squares = sums[cell, "all"]
        expected = passed / total
        middle = [
            (edges[place] + edges[place + 1]) / 2
            for place, edges in zip(cell, EDGES.values(), strict=True)
        ]
        value, up, down = (found.evaluate(*middle, key) for key in ("nominal", "up", "down"))
        assert value == pytest.approx(expected, rel=1e-12)
        error = math.sqrt(
            (1 - expected) ** 2 * squares + expected**2 * (all_squares - squares)
        ) / abs(total)
        # Far from 0 and 1, Wilson's interval is symmetric up to 1/n.
        assert (up - down) / 2 == pytest.approx(error, rel=0.02)
        assert down < value < up
    assert skim("dy_low") == 0
    assert fill("dy_low") == 0
    assert np.isfinite(part_histograms("dy_low")["peak/mass_peak/nominal"].values()).all()
    # The second pass reads the map as an input, the first one does not.
    assert FILE in check_record("fill_histograms/dy_low_0.json")["inputs"]
    assert FILE not in check_record("process_events/dy_low_positive_0.json")["inputs"]
