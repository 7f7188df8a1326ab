"""Stacked plots of a finished run against its products, and of some of its samples."""

import json

import numpy as np
import pytest
from support.project.folders import copied
from support.tiny.analysis import edit_analysis

import wollemi
from wollemi.finished.redrawn import drawing
from wollemi.plots.style import save_plot
from wollemi.results.marks import BLINDED
from wollemi_likelihood.base.errors import UnknownNameError, WollemiError


@pytest.fixture
def run(finished, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return wollemi.open(finished / "results/tiny")


def legend(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def drawn_data(figure):
    """Heights of the data points."""
    (line,) = (one for one in figure.axes[0].lines if one.get_marker() == "o")
    return np.asarray(line.get_ydata())


def test_they_are_the_products(run, tmp_path):
    names = [name for name in run.figures if not drawing(name)]
    assert {"search_mt", "peak_mass_peak", "postfit_search", "postfit_search_mt"} <= {*names}
    assert not {"limits", "region_pulls"} & {*run.figures}
    for name in names:
        paths = {suffix: tmp_path / f"figure.{suffix}" for suffix in ("png", "pdf", "json")}
        save_plot(run.figure(name), {}, paths)
        for suffix in ("png", "pdf"):
            product = run.folder / f"plots/{name}.{suffix}"
            assert paths[suffix].read_bytes() == product.read_bytes(), (name, suffix)


def test_samples_are_chosen(run):
    every = legend(run.figure("search_mt"))
    numbers = run.product("plots/search_mt.json")
    dy = next(item["label"] for item in numbers["stacked"] if item["sample"] == "dy")
    assert every[0] == numbers["data"]["label"]
    assert legend(run.figure("search_mt", samples="dy")) == [dy, numbers["total"]["label"]]
    with_data = run.figure("search_mt", samples=["dy", "data"])
    assert legend(with_data) == [every[0], dy, numbers["total"]["label"]]
    assert len(with_data.axes) == 2


def test_a_chosen_signal_is_drawn(finished, tmp_path):
    """Even if the plot of the run does not show it."""
    project = copied(finished, tmp_path / "project")
    path = project / "config/analyses/tiny/analysis.yaml"
    shown = "  show_signals:\n  - signal_200\n"
    assert shown in path.read_text()
    path.write_text(path.read_text().replace(shown, ""))
    run = wollemi.open(project / "results/tiny")
    label = run.product("plots/search_mt.json")["lines"][0]["label"]
    assert label not in legend(run.figure("search_mt"))
    assert legend(run.figure("search_mt", ["signal_200"])) == [label]


def test_samples_after_the_fit_have_their_own_uncertainty_or_none(run):
    numbers = run.product("plots/postfit_search.json")
    first, *_ = numbers["stacked"]
    fit = run.product("fit.json")["fits"]["background_only"]["yields"]["postfit"]["search"]
    alone = run.figure("postfit_search", samples=[first["sample"]])
    assert legend(alone) == [first["label"], numbers["total"]["label"]]
    band = alone.axes[0].collections[-1].get_paths()[0].vertices[:, 1]
    upper = np.add(fit["samples"][first["sample"]], fit["sample_uncertainties"][first["sample"]])
    assert band.max() == pytest.approx((upper / divisor(numbers)).max())
    names = [item["sample"] for item in numbers["stacked"]]
    several = run.figure("postfit_search", samples=[*names, "signal_200", "data"])
    assert numbers["total"]["label"] not in legend(several)
    assert drawn_data(several).size == len(numbers["data"]["events"])


def divisor(numbers):
    widths = np.diff(numbers["axis"]["edges"])
    return widths if numbers["divided_by_bin_width"] else np.ones_like(widths)


def test_blinded_bins_stay_blinded(finished, tmp_path):
    project = copied(finished, tmp_path / "project")
    path = project / "results/tiny/histograms/data.json"
    histograms = json.loads(path.read_text())
    for name in ("search/mt/nominal", "search/mass_search/nominal"):
        flags = "11".ljust(len(histograms[name]["storage"]["values"]), "0")
        histograms[name]["metadata"]["blinded"] = flags  # the underflow and the first bin
    path.write_text(json.dumps(histograms))
    run = wollemi.open(project / "results/tiny")
    for name in ("search_mt", "postfit_search"):
        for samples in (None, ["data", "dy"]):
            figure = run.figure(name, samples)
            assert np.isnan(drawn_data(figure)[0])
            assert BLINDED in [text.get_text() for text in figure.axes[0].texts]


def test_wrong_names(run):
    with pytest.raises(UnknownNameError, match="did you mean 'search_mt'"):
        run.figure("serch_mt")
    for name in ("search_mt", "postfit_search"):
        with pytest.raises(UnknownNameError, match="did you mean 'signal_200'"):
            run.figure(name, samples=["signal_20"])
    with pytest.raises(WollemiError, match="not a stack of samples"):
        run.figure("pulls", samples=["dy"])
    with pytest.raises(WollemiError, match="samples: no chosen sample is in postfit_search"):
        run.figure("postfit_search", samples=["signal_200"])


def test_without_the_analysis_file_there_are_none(finished, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    copy = copied(finished / "results/tiny", tmp_path / "elsewhere/tiny")
    assert "pulls" in wollemi.open(copy).figures
    assert "search_mt" not in wollemi.open(copy).figures


@pytest.mark.parametrize("name", ["search_mt", "postfit_search"])
def test_a_plot_from_before_a_blinding_is_refused(finished_copy, name):
    run = wollemi.open(finished_copy / "results/tiny")
    assert run.figure(name)
    edit_analysis(finished_copy, lambda document: document.update(blinding={"regions": ["search"]}))
    with pytest.raises(WollemiError, match="another blinding, and may show hidden data"):
        run.figure(name)
