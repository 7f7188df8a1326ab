"""A model that somebody published, from its files to HEPData, the site and an archive; numbers of
pyhf alone.
"""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pyhf
import pytest
from support.archives.archives import archive, complete_project, readme_blocks, run_blocks, unpack
from support.products.histfactory import write_random_xml
from support.products.published_models import (
    FOLDER,
    NAMED_LIMITS,
    SIGNALS,
    background,
    combination,
    files_beside,
    grid,
    patch_set,
    whole_model,
    write_analysis,
    write_json,
    write_likelihood,
)
from support.tiny.analysis import planned_rules, snakemake

from wollemi.provenance.chain import INTACT
from wollemi.provenance.present_state import PresentState
from wollemi.provenance.verify import verify_run
from wollemi_convert.histfactory.reading import read_model

RUN = Path("results/tiny")
# What needs events or templates.
ABSENT = (
    "lint.json",
    "simplified",
    "recast",
    "tables/selected.md",
    "site/data.html",
    "site/regions.html",
    "histograms",
)


slow = pytest.mark.slow


@pytest.fixture(scope="module")
def published(tmp_path_factory, pristine):
    """A finished project with a grid of signals."""
    project = Path(shutil.copytree(pristine, tmp_path_factory.mktemp("published") / "project"))
    before = Path.cwd()
    os.chdir(project)
    try:
        write_likelihood()
        requested = {
            "limits": {},
            "goodness": {"toys": 20},
            "uncertainties": {"groups": {"jets": ["jes"]}},
            "scans": {"strength": {"parameters": ["mu_SIG"], "points": 5}},
            "plots": {"samples": {"top": {"label": "$t\\bar t$", "color": "tab:red"}}},
            "results": NAMED_LIMITS,
        }
        write_analysis(grid(), **requested)
        done = snakemake(project, "publish")
        assert done.returncode == 0, done.stdout
    finally:
        os.chdir(before)
    return project


@pytest.fixture
def here(published, monkeypatch):
    monkeypatch.chdir(published)
    return published


def product(name):
    return json.loads((RUN / name).read_text())


def of_pyhf(signal):
    """pyhf's model and data of a signal, from what was published."""
    patches = {
        item["metadata"]["name"]: item["patch"] for item in patch_set(background())["patches"]
    }
    workspace = pyhf.Workspace(background())
    model = workspace.model(patches=[patches[signal]])
    return model, workspace.data(model)


@slow
@pytest.mark.parametrize("signal", SIGNALS)
def test_limits_and_cls_are_those_of_pyhf(here, signal):
    model, data = of_pyhf(signal)
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-6, strategy=1))
    try:
        observed, expected = pyhf.infer.hypotest(
            1.0, data, model, test_stat="qtilde", return_expected_set=True
        )
        at_limit, _ = pyhf.infer.hypotest(
            product("limits.json")["limits"][signal]["observed"],
            data,
            model,
            test_stat="qtilde",
            par_bounds=bounds_up_to(model, 1000.0),
            return_expected_set=True,
        )
    finally:
        pyhf.set_backend("numpy")
    ours = product("likelihood/cls.json")["signals"][signal]
    assert ours["observed"] == pytest.approx(float(observed), rel=1e-4)
    assert ours["expected"] == pytest.approx(list(map(float, expected)), rel=1e-4)
    assert float(at_limit) == pytest.approx(0.05, rel=2e-3)


def bounds_up_to(model, highest):
    bounds = list(model.config.suggested_bounds())
    bounds[model.config.poi_index] = (0.0, highest)
    return bounds


@slow
def test_the_fit_is_that_of_pyhf(here):
    """Of the backgrounds, which is shown where there are several signals."""
    model, data = of_pyhf("mid_300_0")
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-6, strategy=1))
    try:
        values = pyhf.infer.mle.fixed_poi_fit(0.0, data, model)
    finally:
        pyhf.set_backend("numpy")
    fit = product("fit.json")["fits"]["background_only"]
    ours = {item["name"]: item for item in fit["parameters"]}
    for name, value in zip(model.config.par_names, np.asarray(values), strict=True):
        if name in ours and ours[name]["error"]:
            assert ours[name]["value"] == pytest.approx(value, abs=1e-3 * ours[name]["error"])


@slow
def test_what_is_there_and_what_is_not(here):
    contour = product("plots/contour.json")
    assert contour["axes"] == ["m1", "m2"]
    assert {(item["x"], item["y"]) for item in contour["points"]} == {
        masses for masses, _ in SIGNALS.values()
    }
    assert contour["contours"]["expected"]
    for name in (
        "plots/postfit_SR.png",
        "plots/scan_strength_mid_300_0.pdf",
        "plots/goodness.pdf",
        "plots/uncertainties_low_100_0.pdf",
        "tables/yields.md",
        "site/index.html",
        "results.json",
    ):
        assert (RUN / name).is_file(), name
    assert [name for name in ABSENT if (RUN / name).exists()] == []


@slow
def test_pages_tell_where_the_model_comes_from(here):
    for page in ("index.html", "site/index.html", "overview.rst"):
        text = (RUN / page).read_text()
        assert "Somebody else published this model" in text
        assert "likelihood/BkgOnly.json" in text
        assert "NormalMeasurement" in text
    assert '<h2 id="cutflow">' not in (RUN / "index.html").read_text()


@slow
def test_the_run_is_intact_and_complete(here):
    assert verify_run(RUN, PresentState()).status == INTACT
    assert set(planned_rules(here, "publish")) <= {"all", "publish"}


@slow
def test_its_archive_is_read_as_it_says(here, tmp_path):
    """Without the blocks of events, and with the way to put another signal in."""
    project = complete_project(here, tmp_path / "project")
    assert archive(project, tmp_path / "model.zip") == 0
    unpacked = unpack(tmp_path / "model.zip", tmp_path / "unpacked")
    said = (unpacked / "README.md").read_text()
    assert "### Histograms" not in said
    assert "## Put another signal in" in said
    table, statistics, fit, lineage = run_blocks(unpacked, readme_blocks(unpacked))
    assert all(signal in table for signal in product("limits.json")["limits"])
    assert "CLs at mu" in statistics
    assert "background_only" in fit
    assert "was made from" in lineage


@slow
def test_another_point_imports_and_fits_again(here, tmp_path):
    project = Path(shutil.copytree(here, tmp_path / "project"))
    os.chdir(project)
    write_analysis(grid(*list(SIGNALS)[:4]))
    rules = planned_rules(project)
    assert {"import_workspaces", "fit_model", "compute_limits", "plot_contour"} <= set(rules)


@slow
def test_a_model_of_histfactory_runs_to_its_limit(pristine, tmp_path):
    """From XML and ROOT files, which are in the archive; an edit of one of them is seen."""
    project = Path(shutil.copytree(pristine, tmp_path / "project"))
    os.chdir(project)
    Path(FOLDER).mkdir()
    xml = write_random_xml(Path(FOLDER), 1)
    files = files_beside(xml)
    write_analysis({"path": str(xml), "files": files})
    done = snakemake(project)
    assert done.returncode == 0, done.stdout
    model = pyhf.Workspace(read_model(xml)).model()
    data = pyhf.Workspace(read_model(xml)).data(model)
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-6, strategy=1))
    try:
        at_limit = pyhf.infer.hypotest(
            product("limits.json")["limits"]["signal"]["observed"], data, model, test_stat="qtilde"
        )
    finally:
        pyhf.set_backend("numpy")
    assert float(at_limit) == pytest.approx(0.05, rel=2e-3)
    assert verify_run(RUN, PresentState()).status == INTACT
    assert archive(complete_project(project, tmp_path / "complete"), tmp_path / "model.zip") == 0
    unpacked = unpack(tmp_path / "model.zip", tmp_path / "unpacked")
    assert all((unpacked / path).read_bytes() == Path(path).read_bytes() for path in files)
    channel = Path(files[0])
    channel.write_text(channel.read_text() + "<!-- read again -->")
    assert verify_run(RUN, PresentState()).status != INTACT
    assert "import_workspaces" in planned_rules(project)


@slow
def test_a_combination_is_an_analysis(pristine, tmp_path):
    """With a workspace of another run, and one of an archive, whose signals have different names:
    both are in its archive, and an edit of one of them is seen.
    """
    project = Path(shutil.copytree(pristine, tmp_path / "project"))
    os.chdir(project)
    section = combination("sig", "other_name")
    run = Path("results/ee/workspaces/signal.json")
    run.parent.mkdir(parents=True)
    Path(section["combine"]["ee"]["path"]).rename(run)
    section["combine"]["ee"]["path"] = str(run)
    write_analysis(section, uncertainties={})
    done = snakemake(project)
    assert done.returncode == 0, done.stdout
    assert (RUN / "plots/postfit_mumu_SR.png").is_file()
    page = (RUN / "index.html").read_text()
    assert "the combination of those of several analyses" in page
    assert str(run) in page
    assert "from the source's own arithmetic" in page
    assert verify_run(RUN, PresentState()).status == INTACT
    assert archive(complete_project(project, tmp_path / "complete"), tmp_path / "model.zip") == 0
    unpacked = unpack(tmp_path / "model.zip", tmp_path / "unpacked")
    for item in section["combine"].values():
        path = item["path"]
        assert (unpacked / path).read_bytes() == Path(path).read_bytes()
    run.write_text(run.read_text().replace("5.0", "6.0"))
    assert verify_run(RUN, PresentState()).status != INTACT
    assert "import_workspaces" in planned_rules(project)


def test_a_model_with_its_signal_is_planned(project, monkeypatch):
    monkeypatch.chdir(project)
    write_json("likelihood/RegionA.json", whole_model())
    write_analysis({"path": "likelihood/RegionA.json", "signal": "SIG"})
    rules = planned_rules(project, "publish")
    assert rules["import_workspaces"] == 1
    assert not {name for name in rules if name.startswith(("lint", "build", "skim", "fill"))}
