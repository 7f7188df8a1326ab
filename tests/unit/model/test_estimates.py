"""Odd cases of backgrounds from data: what is set to zero, what has no estimate, what is too
uncertain.
"""

import logging

import numpy as np
import pytest
from support.products.background_toys import ABCD, TRANSFER, document, make_histograms

from wollemi.analysis.plain.datasets import estimate_sources
from wollemi.histograms.histogram import scaled, with_notes, with_sums
from wollemi.loading.all import check_references
from wollemi.loading.expand import plain_document
from wollemi.loading.load import validate_analysis
from wollemi.model.estimates import Estimator
from wollemi.model.templates import Source
from wollemi_likelihood.base.errors import WollemiError


@pytest.fixture
def histograms():
    return make_histograms(np.random.default_rng(4))


def estimate(plain, histograms):
    analysis = validate_analysis(plain, "toy")
    source = Source(histograms, analysis.datasets)
    settings = plain["datasets"]["qcd"]["estimate"]
    return Estimator(
        "qcd", settings, source, analysis.samples, analysis.regions, analysis.systematics
    ).histograms()


def scaled_bin(histograms, dataset, region, index, factor):
    name = next(
        name
        for name in histograms[dataset]
        if name.startswith(f"{region}/") and name.endswith("nominal")
    )
    item = histograms[dataset][name]
    values = item.values(flow=True).copy()
    values[index] *= factor
    histograms[dataset][name] = with_sums(item, values, item.variances(flow=True))


def test_negative_bins_are_set_to_zero_with_a_warning(histograms, caplog):
    scaled_bin(histograms, "mc", "control", 2, 15.0)
    with caplog.at_level(logging.WARNING):
        made = estimate(plain_document(document(TRANSFER, "histogram")), histograms)
    assert made["SR/x/nominal"].values()[1] == 0.0
    assert np.all(made["SR/x/nominal"].values()[[0, 2, 3]] > 0)
    assert "qcd: region SR, x: 1 bins are negative" in caplog.text


def test_the_shape_may_be_that_of_b(histograms):
    swapped = {"abcd": {**ABCD["abcd"], "B": "control", "C": "B", "shape": "B"}}
    first, second = (
        estimate(plain_document(document(item, "histogram")), histograms)
        for item in (ABCD, swapped)
    )
    assert np.array_equal(first["SR/x/nominal"].values(), second["SR/x/nominal"].values())


def test_a_factor_of_too_few_events_is_refused(histograms):
    data, mc = (histograms[name]["B/one/nominal"].values(flow=True)[1] for name in ("data", "mc"))
    scaled_bin(histograms, "mc", "B", 1, (data - 5) / mc)
    with pytest.raises(WollemiError, match=r"N_B / N_D is known to \d+% only"):
        estimate(plain_document(document(ABCD, "histogram")), histograms)


def test_a_variable_that_the_control_region_lacks_has_no_estimate(histograms, caplog):
    plain = plain_document(document(TRANSFER, "histogram"))
    plain["regions"]["SR"]["monitor"] = ["one"]
    with caplog.at_level(logging.WARNING):
        assert not [name for name in estimate(plain, histograms) if name.startswith("SR/one")]
    assert "region control has no 'one', so there is no estimate of it in SR" in caplog.text


def test_members_of_systematics_act_the_other_way_round(histograms):
    raw = document(TRANSFER, "histogram")
    raw["systematics"] = {
        "scale": {
            "kind": "scale_envelope",
            "weights": "W",
            "members": [0, 1],
            "normalization": "include",
            "samples": ["mc"],
        }
    }
    nominal = histograms["mc"]["control/x/nominal"]
    histograms["mc"] |= {
        f"control/x/scale_member{n}": scaled(nominal, factor) for n, factor in enumerate((0.9, 1.2))
    }
    made, data = (
        estimate(plain_document(raw), histograms),
        histograms["data"]["control/x/nominal"].values(),
    )
    np.testing.assert_allclose(
        made["SR/x/scale_up"].values(), 0.2 * (data - 1.2 * nominal.values()), rtol=1e-12
    )
    np.testing.assert_allclose(
        made["SR/x/scale_down"].values(), 0.2 * (data - 0.9 * nominal.values()), rtol=1e-12
    )


def test_regions_that_share_simulated_events_are_refused(histograms):
    nominal = histograms["mc"]["control/x/nominal"]
    histograms["mc"]["control/x/nominal"] = with_notes(nominal, {"shares_events_with": "SR,other"})
    with pytest.raises(WollemiError, match="the regions control and SR share events of mc"):
        estimate(plain_document(document(TRANSFER, "histogram")), histograms)
    histograms["mc"]["control/x/nominal"] = with_notes(nominal, {"shares_events_with": "other"})
    assert estimate(plain_document(document(TRANSFER, "histogram")), histograms)


def test_it_is_written_out_once():
    raw = document(TRANSFER, "constraint")
    plain = plain_document(raw)
    assert plain["samples"]["qcd"]["datasets"] == ["qcd"]
    assert plain["datasets"]["qcd"]["estimate"]["transfer"]["to"] == ["SR"]
    assert "qcd" not in raw["datasets"]
    assert plain_document(plain) == plain
    assert check_references(plain) == []


def test_sources_are_data_simulation_and_alternatives():
    raw = document(TRANSFER, "histogram")
    raw["datasets"]["other"] = {"files": ["other.root"], "normalization": "none"}
    raw["systematics"]["generator"] = {
        "kind": "dataset",
        "up": "other",
        "down": "symmetrize",
        "samples": ["mc"],
    }
    assert estimate_sources(plain_document(raw), "qcd") == ["data", "mc", "other"]


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (
            ("regions", "SR", "selection"),
            "r == 1",
            "the regions control and SR have the same selection",
        ),
        (
            ("regions", "SR", "selection"),
            "r == 1 and x > 1",
            "every event of the region SR is in control, too",
        ),
        (
            ("model", "fit_edges"),
            {"SR": [0, 2, 4]},
            "model.fit_edges must be the same for control and SR",
        ),
        (("samples", "qcd", "role"), "signal", "only a background is estimated from data"),
        (("regions", "control", "role"), "validation", "the region control belongs into the fit"),
        (
            ("model", "free_normalizations"),
            {"norm": {"samples": "qcd"}},
            "the control region finds its normalization",
        ),
        (
            ("samples", "qcd", "estimate", "transfer", "to"),
            ["control"],
            "its regions must be different ones",
        ),
    ],
)
def test_what_makes_no_sense(path, value, problem):
    raw = document(TRANSFER, "constraint")
    place = raw
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    problems = check_references(plain_document(raw))
    assert any(problem in text for text in problems), problems


def test_counted_regions_have_one_bin_in_the_model():
    raw = document(ABCD, "constraint")
    raw["regions"]["B"]["variable"] = "x"
    assert any(
        "only the number of events in B counts" in text
        for text in check_references(plain_document(raw))
    )
