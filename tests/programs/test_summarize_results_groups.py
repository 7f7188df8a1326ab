"""Groups of regions from the plots to the page and the tables, by the command lines."""

import contextlib
import csv
import importlib
import json
from pathlib import Path

import numpy as np
import pytest
from support.example.products import EVENTS, predictions, write_products
from support.project.paths import ROOT

from wollemi.job.job import run_program

FORMATS = ("pdf", "png", "json")
GROUP = {"both": {"regions": ["sr", "vr"], "label": "Signal & validation"}}
PLOTS = {
    "plot_regions": ["sr_mass", "cr_mass", "vr_mass", "both_mass"],
    "plot_fit": [
        *("postfit_sr", "postfit_cr", "postfit_vr", "postfit_both"),
        *("region_pulls", "pulls", "correlations"),
    ],
}
TABLES = ("selected", "yields")
NOT_MADE = (
    *("limits", "extrapolation", "scans", "goodness", "uncertainties", "region-limits"),
    *("discovery", "intervals", "toy-fits", "results", "imported", "luminosity"),
)


def run(program, *arguments):
    module = importlib.import_module(program)
    record = ("--record", f"records/{program}.json")
    everything = ["--analysis", "analysis.yaml", *arguments, *record]
    assert run_program(module.PROGRAM, module.main, everything) == 0


def outputs(folder, suffixes, names):
    for option, suffix in suffixes.items():
        yield f"--{option}"
        yield from (f"{folder}/{name}.{suffix}" for name in names)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with all that is made of a group of regions, one of which was not fitted."""
    folder = tmp_path_factory.mktemp("groups")
    write_products(folder)
    content = json.loads((folder / "analysis.yaml").read_text())
    content["plots"]["region_groups"] = GROUP
    (folder / "analysis.yaml").write_text(json.dumps(content))
    found = predictions()
    found["groups"] = {"both": {"mass": found["regions"]["vr"]["mass"]}}
    (folder / "predictions.json").write_text(json.dumps(found))
    report = ROOT / "workflow/report"
    templates = [report / "summary.html.j2", report / "overview.rst.j2"]
    templates += sorted((report / "parts").iterdir())
    fit = ("--fit", "fit.json", "--predictions", "predictions.json")
    histograms = [f"histograms/{name}.json" for name in EVENTS]
    with contextlib.chdir(folder):
        for program, inputs in (
            ("plot_regions", ["--histograms", *histograms, "--luminosity"]),
            ("plot_fit", [*fit, "--histograms", "histograms/data.json", "--luminosity"]),
        ):
            plots = outputs("plots", dict(zip(FORMATS, FORMATS, strict=True)), PLOTS[program])
            run(program, *inputs, *plots)
        run(
            "summarize_results",
            *("--templates", *map(str, templates)),
            *("--cutflows", *(f"cutflow/{name}.json" for name in EVENTS)),
            *("--numbers", *(f"plots/{name}.json" for names in PLOTS.values() for name in names)),
            *fit,
            *("--significances", "significances.json", "--lint", "lint.json"),
            *("--model-check", "model_check.json"),
            *(f"--{name}" for name in NOT_MADE),
            *("--page", "index.html", "--overview", "overview.rst", "--summary", "summary.json"),
        )
        suffixes = {"csv": "csv", "markdown": "md", "latex": "tex"}
        tables = outputs("tables", suffixes, TABLES)
        run("write_tables", "--summary", "summary.json", "--ranking", "--workspaces", *tables)
    return folder


def test_plots_have_the_title_of_the_group_and_its_events(made):
    before = json.loads((made / "plots/both_mass.json").read_text())
    assert before["title"] == "Signal & validation"
    assert before["data"]["events"] == (2 * np.array(EVENTS["data"])).tolist()
    after = json.loads((made / "plots/postfit_both.json").read_text())
    assert (after["title"], after["stage"]) == ("Signal & validation", "Post-fit, partly fitted")
    expected = predictions()["regions"]["vr"]["mass"]["postfit"]
    assert after["total"]["uncertainty"] == expected["uncertainty"]


def test_the_page_has_plots_and_yields_of_the_group(made):
    page = (made / "index.html").read_text()
    assert page.count('<h3 id="plots_both">Signal &amp; validation</h3>') == 1
    plots = page[page.index('id="plots_both"') :]
    assert plots.index("plots/both_mass") < plots.index("<h2")
    yields = page[page.index('id="yields"') :]
    assert "<h3>Signal &amp; validation</h3>" in yields
    assert "The sum of signal region, vr." in yields
    assert "The sum of signal region, vr." in (made / "overview.rst").read_text()


def test_tables_have_a_column_of_the_group(made):
    def rows(name):
        with (made / f"tables/{name}.csv").open() as file:
            return {(row["region"], row["sample"]): row for row in csv.DictReader(file)}

    selected, yields = rows("selected"), rows("yields")
    for sample in ("dy", "top", "signal"):
        parts = [selected[region, sample] for region in ("sr", "vr")]
        events = sum(float(part["sum"]) for part in parts)
        error = np.hypot(*(float(part["error"]) for part in parts))
        assert float(selected["both", sample]["sum"]) == pytest.approx(events)
        assert float(selected["both", sample]["error"]) == pytest.approx(error)
    whole = predictions()["regions"]["vr"]["mass"]["postfit"]
    assert float(yields["both", "all samples"]["postfit"]) == pytest.approx(whole["sum"], rel=1e-5)
    for name in TABLES:
        assert r"Signal \& validation" in (made / f"tables/{name}.tex").read_text()
        assert "Signal & validation" in (made / f"tables/{name}.md").read_text()


def test_named_parts_of_products_are_those_of_regions(made):
    """HEPData, named results and comparisons read these, and know no groups."""
    summary = json.loads(Path(made, "summary.json").read_text())
    assert "both" not in summary["yields"].keys() | summary["selected"].keys()
    assert summary["region_groups"]["both"]["regions"] == ["sr", "vr"]
    assert summary["region_groups"]["both"]["yields"]["fitted"] is False
