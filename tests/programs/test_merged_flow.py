"""Under- and overflow in the first and last bins of a variable, through the programs."""

from pathlib import Path

import list_events
import numpy as np
import pandas as pd
import pytest
import tabulate_events
from support.tiny.analysis import ANALYSIS, edit_analysis
from support.tiny.steps import RESULTS, process

from wollemi.finished.event_run import read_event_run
from wollemi.histograms.histogram import read_histograms
from wollemi_interactive.explore.region_values import region_values
from wollemi_interactive.explore.run_look import look_variable, make_look

# Two variables that begin and end within the events: of an event, and of each muon in it.
INSIDE = {
    "narrow": {"expression": "dimuon_mass", "edges": [180, 200, 250, 300], "label": "$m$"},
    "muons": {"expression": "muon.pt", "bins": [5, 40, 90], "per": "object", "label": "$p_T$"},
}


@pytest.mark.parametrize("dataset", ["dy_high", "data"])
def test_all_events_are_in_the_bins(tiny, dataset):
    merged = {f"{name}_merged": item | {"merge_flow": True} for name, item in INSIDE.items()}

    def change(document):
        document["variables"] |= {**INSIDE, **merged}
        document["regions"]["search"]["monitor"] = [*INSIDE, *merged]

    edit_analysis(tiny, change)
    process(dataset)
    found = read_histograms(Path(f"{RESULTS}/histograms/{dataset}.json"))
    compared = 0
    for name in found:
        place, _, variation = name.rpartition("/")
        if place.removeprefix("search/") not in INSIDE:
            continue
        apart, inside = found[name], found[f"{place}_merged/{variation}"]
        for what in ("values", "variances"):
            expected = getattr(apart, what)(flow=True)
            assert (expected[[0, -1]] > 0).all() or dataset == "data"
            expected[1] += expected[0]
            expected[-2] += expected[-1]
            expected[[0, -1]] = 0
            values = getattr(inside, what)(flow=True)
            np.testing.assert_allclose(values, expected, rtol=1e-12)
        compared += 1
    assert compared >= 2


@pytest.fixture
def events(tiny):
    """The flat table of a signal, of both variables with and without their flow and of one that has
    two axes.
    """
    inside = {**INSIDE, "narrow": INSIDE["narrow"] | {"edges": [190, 200, 210]}}
    merged = {f"{name}_merged": item | {"merge_flow": True} for name, item in inside.items()}
    together = {"both": {"axes": ["narrow_merged", "mt"]}}

    def change(document):
        document["variables"] |= {**inside, **merged, **together}
        document["regions"]["search"]["monitor"] = [*inside, *merged, *together]

    edit_analysis(tiny, change)
    process("signal_200")
    chosen = ["--samples", "signal_200", "--regions", "search"]
    assert tabulate_events.main([RESULTS, "events.parquet", *chosen]) == 0
    return pd.read_parquet("events.parquet")


def test_values_are_those_of_the_events(events, capsys, monkeypatch):
    """Beyond the edges, too: in tables, lists of a bin, values of a run and drawings in other
    bins.
    """
    mass = events["narrow"].to_numpy()
    assert (mass < 190).any()
    assert (mass > 210).any()
    assert events["narrow_merged"].tolist() == mass.tolist()
    for place in range(4):
        np.testing.assert_array_equal(events[f"muons_merged_{place}"], events[f"muons_{place}"])
    run = read_event_run(Path(RESULTS), Path(ANALYSIS))
    (found,) = region_values(run, "signal_200", "search", ["narrow_merged"])
    assert found.to_list() == mass.tolist()
    monkeypatch.setattr(
        "wollemi_interactive.explore.run_look.looked_at", lambda run: ["signal_200"]
    )
    look = make_look(run, "narrow_merged", "search", "", (10, 100.0, 400.0))
    drawn = look_variable(run, look)
    assert drawn["expression"] == "dimuon_mass"

    listed = [RESULTS, "search", "--samples", "signal_200", "--to", "listed.parquet"]
    for at, low, high in ((10, -np.inf, 200), (199, -np.inf, 200), (900, 200, np.inf)):
        place = ["--variable", "narrow_merged", "--at", str(at)]
        assert list_events.main([*listed, *place]) == 0
        assert f"narrow_merged from {low:g} to {high:g}" in capsys.readouterr().out
        inside = sorted(mass[(mass >= low) & (mass < high)])
        assert sorted(pd.read_parquet("listed.parquet")["narrow_merged"]) == inside
    assert list_events.main([*listed, "--variable", "muons_merged", "--at", "500"]) == 0
    momenta = events[[f"muons_{place}" for place in range(4)]].to_numpy().ravel()
    momenta = sorted(momenta[momenta >= 80])
    assert sorted(pd.read_parquet("listed.parquet")["muons_merged"]) == momenta
    assert list_events.main([*listed, "--values", "narrow_merged"]) == 0
    assert sorted(pd.read_parquet("listed.parquet")["narrow_merged"]) == sorted(mass)


def test_axes_stand_for_a_variable_that_has_several(events, capsys):
    assert "both" not in events.columns
    assert {"narrow_merged", "mt", "mass_search"} <= {*events.columns}
    refused = "--values: 'both' has several axes, which no single value is on"
    assert list_events.main([RESULTS, "search", "--values", "both"]) == 2
    assert refused in capsys.readouterr().err
    assert tabulate_events.main([RESULTS, "more.parquet", "--values", "both"]) == 2
    assert f"{refused}\n  → take one of narrow_merged, mt" in capsys.readouterr().err


def test_a_list_of_a_whole_region_is_that_of_the_run(events, capsys):
    listed = [RESULTS, "search", "--samples", "signal_200"]
    assert list_events.main([*listed, "--variable", "mass_peak"]) == 0
    assert "the run has no histogram of it there" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="2"):
        list_events.main([*listed, "--at", "nan"])
    assert "argument --at: it is 'nan', not a finite number" in capsys.readouterr().err
    edit_analysis(Path.cwd(), lambda item: item["regions"]["search"].update(selection="MET_pt > 9"))
    assert list_events.main(listed) == 2
    assert "analysis or files were changed since" in capsys.readouterr().err
