"""A dataset that enters at the histogram stage."""

import numpy as np
import pytest
import uproot
from support.tiny.analysis import edit_analysis
from support.tiny.steps import RESULTS, check_record, read_json, read_th1

from wollemi.histograms.histogram import axis_of, bin_edges, read_histograms

FACTOR = 0.5 * 100 / 600  # σ · L / declared Σw
SEARCH, PEAK = "search/mass_search/nominal", "peak/mass_peak/nominal"


def contents(key):
    with uproot.open("input/signal_300.root") as file:
        return file[key].values(flow=True)


def test_values_are_normalized(tiny):
    assert read_th1() == 0
    histograms = read_histograms(tiny / RESULTS / "histograms/signal_300.json")
    assert histograms.keys() == {SEARCH, PEAK}
    for name in (SEARCH, PEAK):
        values = contents(name.removesuffix("/nominal"))
        assert values.sum() > 0
        assert histograms[name].values(flow=True) == pytest.approx(FACTOR * values, rel=1e-12)
        assert histograms[name].variances(flow=True) == pytest.approx(FACTOR**2 * values, rel=1e-12)
    assert bin_edges(axis_of(histograms[SEARCH])).tolist() == np.linspace(150, 400, 11).tolist()


def test_several_paths_are_summed(tiny):
    with uproot.update("input/signal_300.root") as file:
        file["search/more"] = np.histogram([160.0, 160.0], bins=10, range=(150, 400))
    paths = {"search": ["search/mass_search", "search/more"], "peak": ["peak/mass_peak"]}
    edit_analysis(
        tiny, lambda document: document["datasets"]["signal_300"].update(histograms=paths)
    )
    assert read_th1() == 0
    histograms = read_histograms(tiny / RESULTS / "histograms/signal_300.json")
    total = contents("search/mass_search") + contents("search/more")
    assert histograms[SEARCH].values(flow=True) == pytest.approx(FACTOR * total, rel=1e-12)
    assert histograms[SEARCH].values(flow=True)[1] == pytest.approx(
        FACTOR * (2 + contents("search/mass_search")[1]), rel=1e-12
    )


def test_cutflow_and_record(tiny):
    assert read_th1() == 0
    cutflow = read_json("cutflow/signal_300.json")
    assert (cutflow["sum_of_weights"], cutflow["normalization"]) == (600, pytest.approx(FACTOR))
    (line,) = cutflow["regions"]["peak"]
    assert line["events"] is None  # a histogram counts no events
    assert line["sum_of_weights"] == pytest.approx(contents("peak/mass_peak")[1:-1].sum())
    assert check_record("read_histograms/signal_300.json")["inputs"].keys() == {
        "input/signal_300.root"
    }


def test_a_sample_of_one_region_is_empty_in_the_others(tiny):
    """As it is declared: the model and the plots have nothing of it there."""

    def in_one_region(document):
        del document["datasets"]["signal_300"]["histograms"]["peak"]
        document["samples"]["signal_300"]["regions"] = "search"

    edit_analysis(tiny, in_one_region)
    assert read_th1() == 0
    histograms = read_histograms(tiny / RESULTS / "histograms/signal_300.json")
    assert histograms.keys() == {SEARCH, PEAK}
    assert not histograms[PEAK].values(flow=True).any()
    assert not histograms[PEAK].variances(flow=True).any()
    expected = FACTOR * contents("search/mass_search")
    assert histograms[SEARCH].values(flow=True) == pytest.approx(expected, rel=1e-12)
    assert read_json("cutflow/signal_300.json")["regions"]["peak"][0]["sum_of_weights"] == 0.0


@pytest.mark.parametrize("again", [[160.0], []])
def test_two_histograms_of_one_name(tiny, capsys, again):
    """uproot writes the second one behind the first, which ROOT reads."""
    with uproot.update("input/signal_300.root") as file:
        first = file["search/mass_search"].to_numpy(flow=False)
        file["search/mass_search"] = (first[0] + np.histogram(again, first[1])[0], first[1])
    assert read_th1() == (2 if again else 0)
    assert not again or "several histograms 'search/mass_search'" in capsys.readouterr().err
