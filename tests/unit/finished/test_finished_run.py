"""A finished run as objects of the ecosystem, compared with its files as others read them; and the
notebook that shows it.
"""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from nbclient import NotebookClient
from support.products.datacards import write_random_card
from support.project.paths import ROOT
from support.tiny.analysis import wollemi_environment

import wollemi
from wollemi.job.environments import ENVIRONMENTS
from wollemi.job.source_code import source_files
from wollemi_convert.datacards.reading import read_model
from wollemi_likelihood.base.errors import WollemiError


@pytest.fixture
def run(finished, monkeypatch):
    monkeypatch.chdir(finished)
    return wollemi.open("results/tiny")


def read(finished, name):
    return json.loads((finished / "results/tiny" / name).read_text())


def test_histograms_are_hist(run, finished):
    histograms = run.histograms("dy_low")
    name = next(iter(histograms))
    stored = read(finished, "histograms/dy_low.json")[name]
    assert len(histograms) == len(read(finished, "histograms/dy_low.json"))
    assert type(histograms[name]).__module__.startswith("hist")
    assert np.array_equal(histograms[name].values(flow=True), stored["storage"]["values"])
    assert np.array_equal(histograms[name].variances(flow=True), stored["storage"]["variances"])


def test_their_axes_have_the_labels_of_the_analysis_file(run, finished):
    name = "search/mt/nominal"
    assert run.histograms("dy_low")[name].axes[0].label == "$m_T$"
    (stored,) = read(finished, "histograms/dy_low.json")[name]["axes"]
    assert stored["metadata"]["label"] == ""


def test_histograms_are_a_mapping(run):
    histograms = run.histograms("dy_low")
    assert "search/mt/nominal" in histograms
    assert "serch/mt/nominal" not in histograms
    assert histograms.get("serch/mt/nominal") is None
    with pytest.raises(KeyError) as caught:
        histograms["serch/mt/nominal"]
    assert "did you mean 'search/mt/nominal'?" in str(caught.value)


def test_names_are_those_of_the_analysis_file(run):
    analysis = yaml.safe_load(Path("config/analyses/tiny/analysis.yaml").read_text())
    assert set(run.regions) >= set(analysis["regions"])
    assert run.samples == sorted(analysis["samples"])
    shown = run._repr_html_()
    assert f"<th>regions</th><td>{', '.join(run.regions)}</td>" in shown
    assert "<caption>results/tiny</caption>" in shown


def test_events_are_awkward(run, finished):
    rows = sum(
        pq.read_metadata(path).num_rows
        for path in (finished / "results/tiny/events/dy_low").glob("*.parquet")
    )
    assert len(run.events("dy_low")) == rows
    assert "Muon_pt" in run.events("dy_low").fields


def test_the_models_agree(run):
    """pyhf's likelihood and ours, at the nominal parameters and beside them; ours has pyhf's
    order.
    """
    model, data = run.model("signal_200")
    ours = run.likelihood("signal_200")
    assert [item.name for item in ours.parameters] == model.config.par_names
    nominal = np.array(model.config.suggested_init())
    for parameters in (nominal, nominal * 1.01):
        assert ours.logpdf(parameters) == pytest.approx(
            float(model.logpdf(parameters, data)[0]), rel=1e-9
        )


def test_a_model_that_pyhf_does_not_have(tmp_path):
    card = write_random_card(tmp_path, 1, "0")
    content = read_model(card, card.read_text(), None, (0.0, 20.0), {}, exact=True)
    for folder in ("records", "workspaces"):
        (tmp_path / folder).mkdir()
    (tmp_path / "workspaces/r.json").write_text(json.dumps(content))
    run = wollemi.open(tmp_path)
    with pytest.raises(WollemiError, match="pyhf does not have Combine's interpolation"):
        run.model()
    assert np.isfinite(run.likelihood().logpdf(run.likelihood().inits))


def test_tables_are_pandas(run, finished):
    limits = read(finished, "limits.json")["limits"]
    assert list(run.limits().index) == list(limits)
    assert run.limits().loc["signal_200", "observed"] == limits["signal_200"]["observed"]
    assert run.limits().loc["signal_200", "median"] == limits["signal_200"]["expected"][2]
    fitted = {
        item["name"]: item["value"]
        for item in read(finished, "fit.json")["fits"]["signal_200"]["parameters"]
    }
    assert run.parameters("signal_200")["value"].to_dict() == fitted
    assert len(run.ranking("signal_200")) == len(
        read(finished, "ranking.json")["rankings"]["signal_200"]["parameters"]
    )
    scan = run.scan("strength", "signal_200")
    found = read(finished, "scans.json")["scans"]["signal_200"]["strength"]
    assert scan["observed"].tolist() == found["observed"]["rise"]
    assert scan.index.names == ["mu"]
    parts = run.uncertainties().loc["signal_200"]
    found = read(finished, "uncertainties.json")["uncertainties"]["signal_200"]
    assert parts.loc["data statistics", "shifted"] == found["data"]["shifted"]
    assert parts.loc["pileup", "frozen_up"] == found["groups"]["pileup"]["frozen_up"]
    assert parts.loc["whole uncertainty", "frozen"] == found["error"]
    other = run.extrapolation().loc["signal_200"].loc["halved"]
    found = read(finished, "extrapolation.json")["signals"]["signal_200"]["scenarios"]["halved"]
    assert other["median"].tolist() == [item["expected"][2] for item in found]
    assert run.scan("plane", "signal_200").index.names == ["mu", "norm_dy"]
    assert set(run.significances().index) == {"signal_200", "signal_300"}
    assert (
        run.yields().loc[("peak", "dy"), "sum"]
        == read(finished, "summary.json")["selected"]["peak"]["dy"]["sum"]
    )
    expected = next(
        table
        for table in read(finished, "summary.json")["cutflow"]["search"]
        if "dy" in table["samples"]
    )
    column = run.cutflow("search")["dy"].dropna()
    assert [cut for _, cut in column.index] == expected["cuts"]
    assert list(column) == [line["sum"] for line in expected["samples"]["dy"]]


def test_figures_can_be_changed(run, tmp_path):
    assert {"pulls", "correlations"} < set(run.figures)
    for name in run.figures:
        figure = run.figure(name)
        figure.axes[0].set_title("changed")
        figure.savefig(tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").stat().st_size > 1000


def test_expressions_are_filled_and_drawn(finished, monkeypatch, tmp_path):
    """From any folder; the sums are those of the run."""
    monkeypatch.chdir(tmp_path)
    run = wollemi.open(finished / "results/tiny")
    found = run.fill("(muon[0] + muon[1]).mass", "search", bins=(10, 150, 400))
    assert set(found) == {"data", "dy", "signal_200"}
    stored = [run.histograms(name)["search/mass_search/nominal"] for name in ("dy_low", "dy_high")]
    np.testing.assert_allclose(
        found["dy"].values(), sum(item.values() for item in stored), rtol=1e-12
    )
    figure = run.draw("mt", "search", by="systematic")
    assert len(figure.axes) == 2
    with pytest.raises(WollemiError, match="did you mean 'search'"):
        run.draw("mt", "serch")


def test_a_fit_with_parameters_held(run):
    free = run.parameters("signal_200")
    same = run.refit("signal_200")
    np.testing.assert_allclose(same["value"], free["value"], atol=1e-6)
    held = run.refit("signal_200", mu=0.0, luminosity=1.0)
    assert held.loc["mu", "value"] == 0.0
    assert held.loc["luminosity", "value"] == 1.0
    assert bool(held.loc["mu", "fixed"])
    with pytest.raises(WollemiError, match="did you mean 'luminosity'"):
        run.refit("signal_200", luminosty=1.0)


def test_the_lineage_goes_back_to_the_files(run):
    assert "input/dy_low_0.root" in run.lineage("limits.json")


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda run: run.histograms("dylow"),
            "there is no dataset 'dylow'; did you mean 'dy_low'?",
        ),
        (lambda run: run.histograms("dy_low")["peak"], "has no histogram 'peak'"),
        (lambda run: run.events("dylow"), "no events of 'dylow'; did you mean 'dy_low'?"),
        (
            lambda run: run.model("signal_20"),
            "there is no signal 'signal_20'; did you mean 'signal_200'?",
        ),
        (
            lambda run: run.parameters("signal_20"),
            "there is no fit of 'signal_20'; did you mean 'signal_200'?",
        ),
        (lambda run: run.model(), "there are 2 signals"),
        (lambda run: run.product("fits.json"), "did you mean 'fit.json'?"),
        (lambda run: run.cutflow("serch"), "there is no region 'serch'; did you mean 'search'?"),
        (lambda run: run.figure("pull"), "unknown plot 'pull'; did you mean 'pulls'?"),
        (lambda run: wollemi.open("results"), "this folder holds no results"),
    ],
)
def test_a_wrong_name_is_said(run, ask, message):
    with pytest.raises(WollemiError) as error:
        ask(run)
    assert message in str(error.value)


def test_wollemi_alone_imports_nothing_heavy():
    text = (
        "import sys, wollemi; wollemi.open; print(sorted({'numpy', 'pandas', 'pyhf', 'awkward', "
        "'hist'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", text],
        env=wollemi_environment(ROOT),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_no_step_has_it_among_its_code():
    for program in (name for names in ENVIRONMENTS.values() for name in names):
        assert not [
            path
            for path in source_files(ROOT / f"scripts/{program}.py")
            if "/interactive/" in path or "/commands/" in path
        ]


def executed(name, folder, monkeypatch):
    for variable, value in wollemi_environment(folder).items():
        monkeypatch.setenv(variable, value)
    notebook = nbformat.read(ROOT / f"docs/notebooks/{name}.ipynb", as_version=4)
    assert len(notebook.cells) == 10
    assert not any(cell.outputs for cell in notebook.cells)
    resources = {"metadata": {"path": str(folder)}}
    return NotebookClient(notebook, timeout=120, resources=resources).execute()


def test_the_notebook_runs(finished_copy, monkeypatch):
    notebook = executed("open_a_run", finished_copy, monkeypatch)
    assert all(cell.outputs for cell in notebook.cells[:8])
    assert (finished_copy / "pulls_of_mine.png").stat().st_size > 1000


def test_ten_tasks(finished_copy, monkeypatch):
    """Each cell but that of a function shows something, plots as pictures; the function is in the
    analysis.
    """
    notebook = executed("ten_tasks", finished_copy, monkeypatch)
    assert [place for place, cell in enumerate(notebook.cells) if not cell.outputs] == [6]
    pictures = [
        place
        for place, cell in enumerate(notebook.cells)
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    assert pictures == [2, 4, 8, 9]  # each once
    assert "def balance(muon)" in (finished_copy / "config/analyses/tiny/hooks.py").read_text()
    nbformat.write(notebook, finished_copy / "executed.ipynb")
