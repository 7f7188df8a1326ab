"""Seeded Poisson numbers, an independent stream for each histogram."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2
from support.tiny.analysis import edit_analysis
from support.tiny.steps import RESULTS, check_record, read_json, run_step

from wollemi.histograms.histogram import (
    edges_axis,
    from_sums,
    notes,
    read_histograms,
    write_histograms,
)

AXIS = edges_axis("mass", range(1001))
NAMES = ("search/mass_search/nominal", "search/mt/nominal", "peak/mass_peak/nominal")


@pytest.fixture
def draw(tiny):
    """Draw from the sum of two datasets with given expectations; return the histograms drawn."""
    Path("expected").mkdir()

    def run(seed=1, names=NAMES, expectation=None):
        values = np.full(1002, 5.0) if expectation is None else expectation
        drawn = {"draw": {"datasets": ["dy_low", "dy_high"], "seed": seed}}
        edit_analysis(tiny, lambda document: document["datasets"].update(pseudo=drawn))
        histograms = {
            name: from_sums(AXIS, values, np.abs(values))
            for name in (*names, "search/mass/scale_up")
        }
        sources = ["expected/dy_low.json", "expected/dy_high.json"]
        for source in sources:
            write_histograms(Path(source), histograms)
        outputs = {kind: f"{RESULTS}/{kind}/pseudo.json" for kind in ("histograms", "cutflow")}
        record = f"{RESULTS}/records/draw_pseudodata/pseudo.json"
        assert (
            run_step(
                "draw_pseudodata", dataset="pseudo", expected=sources, record=record, **outputs
            )
            == 0
        )
        return read_histograms(Path(outputs["histograms"]))

    return run


def test_numbers_are_poisson_distributed(draw):
    values = draw()["search/mass_search/nominal"].values(flow=True)
    assert (values == np.floor(values)).all()
    mean = values.mean()
    assert abs(mean - 10) < 3 * np.sqrt(10 / values.size)
    dispersion = ((values - mean) ** 2).sum() / mean
    assert 0.001 < chi2.sf(dispersion, values.size - 1) < 0.999


def test_the_variance_is_the_number(draw):
    for histogram in draw().values():
        assert (histogram.variances(flow=True) == histogram.values(flow=True)).all()
        assert notes(histogram) == {"dataset": "pseudo", "preview": False, "pseudo_data": True}


def test_only_nominal_histograms_are_drawn(draw):
    assert draw().keys() == set(NAMES)


def test_the_seed_decides(draw):
    first, again, other = draw(seed=1), draw(seed=1), draw(seed=2)
    for name in NAMES:
        assert (first[name].values(flow=True) == again[name].values(flow=True)).all()
        assert (first[name].values(flow=True) != other[name].values(flow=True)).mean() > 0.5


def test_each_histogram_has_its_own_stream(draw):
    all_drawn, one = draw(), draw(names=NAMES[1:2])
    assert (all_drawn[NAMES[1]].values(flow=True) == one[NAMES[1]].values(flow=True)).all()
    correlation = np.corrcoef([all_drawn[name].values(flow=True) for name in NAMES])
    assert np.abs(correlation - np.eye(3)).max() < 4 / np.sqrt(1002)


def test_negative_expectations_draw_nothing(draw):
    values = draw(expectation=np.where(np.arange(1002) % 2, 5.0, -1.0))[
        "search/mass_search/nominal"
    ].values(flow=True)
    assert values[::2].sum() == 0
    assert values[1::2].mean() == pytest.approx(10, rel=0.1)


def test_cutflow_and_record(draw):
    drawn = draw()
    cutflow = read_json("cutflow/pseudo.json")
    for name in (NAMES[0], NAMES[2]):  # what is fitted in each region, not the monitored variable
        (line,) = cutflow["regions"][name.split("/")[0]]
        assert (
            line["events"]
            == line["sum_of_weights"]
            == line["sum_of_weights_squared"]
            == drawn[name].values(flow=True).sum()
        )
    assert cutflow["normalization"] == 1.0
    assert check_record("draw_pseudodata/pseudo.json")["inputs"].keys() == {
        "expected/dy_low.json",
        "expected/dy_high.json",
    }


@pytest.fixture
def add(tiny):
    """Add histograms of two datasets with different contents, by a `draw` section."""
    Path("expected").mkdir()
    sources = []
    for number, name in enumerate(("dy_low", "dy_high")):
        values = np.random.default_rng(number).uniform(1, 9, 1002)
        sources.append(f"expected/{name}.json")
        write_histograms(Path(sources[-1]), {NAMES[0]: from_sums(AXIS, values, values)})

    def run(**drawing):
        edit_analysis(tiny, lambda document: document["datasets"].update(pseudo={"draw": drawing}))
        outputs = {kind: f"{RESULTS}/{kind}/pseudo.json" for kind in ("histograms", "cutflow")}
        assert run_step("draw_pseudodata", dataset="pseudo", expected=sources, **outputs) == 0
        found = read_histograms(Path(outputs["histograms"]))[NAMES[0]]
        return found, [
            read_histograms(Path(source))[NAMES[0]].values(flow=True) for source in sources
        ]

    return run


def test_a_sum_with_factors_that_is_not_fluctuated(add):
    found, (low, high) = add(datasets={"dy_high": 0.5, "dy_low": 2}, fluctuate=False)
    assert (found.values(flow=True) == 0.5 * high + 2 * low).all()
    assert (found.variances(flow=True) == found.values(flow=True)).all()
    assert notes(found)["pseudo_data"] is True
    (line,) = read_json("cutflow/pseudo.json")["regions"]["search"]
    assert line["cut"] == "expected events"
    assert line["sum_of_weights"] == pytest.approx(found.values(flow=True).sum(), rel=1e-12)


def test_factors_change_the_mean_of_what_is_drawn(add):
    found, (low, high) = add(datasets={"dy_low": 3, "dy_high": 0.1}, seed=4)
    expected = 3 * low + 0.1 * high
    assert (found.values(flow=True) == np.floor(found.values(flow=True))).all()
    assert chi2.sf(((found.values(flow=True) - expected) ** 2 / expected).sum(), 1002) > 1e-3
