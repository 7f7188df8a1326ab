"""Bins of a finished run by the command line: lines to paste that the analysis accepts."""

import check_analysis
import choose_bins
import numpy as np
import pytest
import yaml
from support.project.seeds import slow_but
from support.tiny.analysis import ANALYSIS, edit_analysis

from wollemi.analysis.plain.queries import variable_edges
from wollemi.base.yaml import parse_yaml
from wollemi.finished.finished_run import open_run
from wollemi.loading.model import edge_problems

RUN = "results/tiny"


@pytest.fixture
def here(finished_copy, monkeypatch):
    monkeypatch.chdir(finished_copy)
    return finished_copy


def pasted(said):
    """The lines to paste, as values."""
    return yaml.safe_load(said.partition("to paste into the analysis file:")[2])


@pytest.mark.parametrize("seed", slow_but(range(4), range(20)))
@pytest.mark.parametrize("kind", ["bins", "log_bins", "edges"])
def test_edges_to_paste_are_those_of_the_variable(kind, seed):
    """Whatever their digits, such as those of sevenths and of logarithms."""
    random = np.random.default_rng(seed)
    low, size = 10.0 ** random.uniform(-6, 6, 2)
    number = int(random.integers(2, 40))
    given = [number, low, low + size]
    variable = {kind: np.linspace(low, low + size, number).tolist() if kind == "edges" else given}
    edges = variable_edges(variable)
    line = choose_bins.line_to_paste("search", np.array(edges))
    chosen = parse_yaml("analysis.yaml", line)["search"]
    assert edge_problems("model.fit_edges.search", chosen, variable) == []
    assert choose_bins.line_to_paste("sr", np.array([0.1 + 0.2, 4, 60])) == "sr: [0.3, 4, 60]"


@pytest.mark.parametrize(
    ("regions", "options"),
    [
        (["search", "peak"], []),
        (["search"], ["--transformation-d", "4", "2", "--signal", "signal_200"]),
    ],
)
def test_the_lines_can_be_pasted(here, capsys, regions, options):
    assert choose_bins.main([RUN, *regions, "--largest-error", "0.5", *options]) == 0
    said = capsys.readouterr().out
    edges = pasted(said)["model"]["fit_edges"]
    assert list(edges) == regions
    histograms = open_run(RUN).histograms("dy_low")
    for region, chosen in edges.items():
        variable = next(name.split("/")[1] for name in histograms if name.startswith(region))
        own = histograms[f"{region}/{variable}/nominal"].axes[0].edges
        assert 2 <= len(chosen) <= len(own)
        assert (chosen[0], chosen[-1]) == (own[0], own[-1])
        assert f"{region}: {variable}, {len(own) - 1} → {len(chosen) - 1} bins" in said
    edit_analysis(here, lambda document: document["model"].update(fit_edges=edges))
    assert check_analysis.main([ANALYSIS]) == 0


def test_the_numbers_are_those_of_the_histograms(here, capsys):
    """Asked for all events, the one bin holds the yields of all datasets."""
    assert choose_bins.main([RUN, "peak", "--fewest-events", "0.01", "--largest-error", "9"]) == 0
    run, said = open_run(RUN), capsys.readouterr().out
    total = sum(
        float(histograms[name].values().sum())
        for histograms in (run.histograms("dy_low"), run.histograms("dy_high"))
        for name in histograms
        if name.startswith("peak/mass_peak/nominal")
    )
    rows = [line.split() for line in said.splitlines() if "GeV " in line]
    assert sum(float(row[4]) for row in rows) == pytest.approx(total, rel=1e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([RUN, "serch"], "'serch' is not a fitted region; did you mean 'search'?"),
        ([RUN, "search", "--signal", "signal_20"], "there is no signal 'signal_20'; did you mean"),
        ([RUN, "peak", "--transformation-d", "3", "3"], "region peak: has no signal"),
        ([RUN, "search", "--fewest-events", "1e9"], "region search: not even all bins together"),
        (["results/none", "search", "--analysis", ANALYSIS], "has no histograms"),
    ],
)
def test_what_cannot_be(here, capsys, arguments, message):
    assert choose_bins.main(arguments) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert "→" in said.err
    assert said.out == ""


@pytest.mark.parametrize("value", ["-3", "0", "nan", "inf", "many"])
@pytest.mark.parametrize("option", ["--fewest-events", "--largest-error", "--transformation-d"])
def test_what_is_no_number_above_0(capsys, option, value):
    second = ["6"] if option == "--transformation-d" else []
    with pytest.raises(SystemExit) as ended:
        choose_bins.main([RUN, "search", option, value, *second])
    assert ended.value.code == 2
    assert "is not a number above 0" in capsys.readouterr().err
