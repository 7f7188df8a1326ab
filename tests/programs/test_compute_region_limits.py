"""Model-independent limits by the command line: roles of regions, blinded data, regions without
limits; and of a finished run, to its tables, page and HEPData.
"""

import io
import json
import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support.oracles.hepdata_fits import check_tables
from support.products import hepdata_runs
from support.products.hepdata_texts import describe
from support.products.statistical_models import modifier, sample, workspace
from support.project.paths import ROOT
from support.tiny.analysis import ANALYSIS
from support.tiny.events import LUMINOSITY_IFB
from support.tiny.mistakes import set_value
from support.tiny.steps import RESULTS, check_record, read_json, run_step

from wollemi_likelihood.limit_floor import MEDIAN

MODEL = Path(f"{RESULTS}/workspaces/signal_200.json")
OUTPUTS = {
    "limits": f"{RESULTS}/region_limits.json",
    "record": f"{RESULTS}/records/compute_region_limits.json",
}


def run(section=None, measurement="tiny", roles=None, free=False):
    """The exit code of the program, of a model with the regions of the tiny analysis."""
    set_value("region_limits", value=section or {})
    for region, role in (roles or {}).items():
        set_value("regions", region, "role", value=role)
    factor = modifier("normfactor", "norm_dy")
    signal = sample("signal_200", np.array([5.0, 2.0]), modifier("normfactor", "mu"))
    background = sample("dy", np.array([3.0, 1.0]), *([factor] if free else []))
    channels = [
        {"name": "search", "samples": [signal, background]},
        {"name": "peak", "samples": [sample("dy", np.array([900.0]), *([] if free else [factor]))]},
    ]
    data = [{"name": "search", "data": [4.0, 3.0]}, {"name": "peak", "data": [900.0]}]
    content = workspace(channels, data)
    content["measurements"][0]["name"] = measurement
    MODEL.parent.mkdir(parents=True, exist_ok=True)
    MODEL.write_text(json.dumps(content))
    return run_step("compute_region_limits", workspace=MODEL, luminosity=[], **OUTPUTS)


def test_signal_regions_are_those_of_the_analysis(tiny):
    assert run() == 0
    check_record("compute_region_limits.json")
    found = read_json("region_limits.json")
    assert found["regions"].keys() == {"search"}
    assert found["control_regions"] == ["peak"]
    region = found["regions"]["search"]
    assert (region["observed_events"], region["background"]) == (7.0, 4.0)
    assert found["luminosity_ifb"] == LUMINOSITY_IFB
    assert region["observed_fb"] == pytest.approx(region["observed"] / LUMINOSITY_IFB)
    # Eq. 97 of arXiv:1007.1727: the background is known.
    assert region["significance"] == pytest.approx(np.sqrt(2 * (7 * np.log(7 / 4) - 3)), abs=1e-4)


def test_each_signal_region_is_alone(tiny):
    assert run(roles={"peak": "signal"}) == 0
    found = read_json("region_limits.json")
    assert "search" in found["regions"]
    assert found["control_regions"] == []
    assert "do not determine its background (norm_dy)" in found["left_out"]["peak"]


def test_without_any_limits_the_run_ends(tiny, capsys):
    assert run(roles={"peak": "signal"}, free=True) == 0
    assert read_json("region_limits.json")["regions"].keys() == {"peak"}
    set_value("regions", "peak", "role", value="validation")
    content = json.loads(MODEL.read_text())
    del content["channels"][1], content["observations"][1]
    MODEL.write_text(json.dumps(content))
    assert run_step("compute_region_limits", workspace=MODEL, luminosity=[], **OUTPUTS) == 2
    assert "region_limits, region search: the control regions do not" in capsys.readouterr().err


def test_toys_are_thrown_where_there_are_few_events(tiny, caplog):
    with caplog.at_level(logging.INFO, "wollemi"):
        assert run({"toys": 200, "level": 0.9}) == 0
    found = read_json("region_limits.json")
    assert found["level"] == 0.9
    assert found["regions"]["search"]["toys"]["number"] == 200
    assert "search: limits from toys" in caplog.text
    assert "search: 7 events, background 4.00 ± 0.00" in caplog.text


def test_of_blinded_data_nothing_is_told(tiny, caplog):
    with caplog.at_level(logging.INFO, "wollemi"):
        assert run(measurement="tiny [BLINDED]") == 0
    found = read_json("region_limits.json")["regions"]["search"]
    assert {name for name, value in found.items() if value is None} == {
        *("observed_events", "observed", "observed_fb", "clb", "p0", "significance")
    }
    assert "search: BLINDED events" in caplog.text


@pytest.fixture
def published(finished_copy, monkeypatch):
    """A finished run whose analysis asks for model-independent limits, up to its submission."""
    monkeypatch.chdir(finished_copy)
    describe()
    set_value("region_limits", value={})
    set_value("publication", "hepdata", "tables", "region_limits", value="Limits of regions.")
    assert run_step("compute_region_limits", workspace=MODEL, luminosity=[], **OUTPUTS) == 0
    names = "lint fit limits extrapolation scans goodness uncertainties region_limits discovery"
    products = {name: f"{RESULTS}/{name}.json" for name in (*names.split(), "significances")}
    report = ROOT / "workflow/report"
    made = {"page": "index.html", "overview": "overview.rst", "summary": "summary.json"}
    assert (
        run_step(
            "summarize_results",
            templates=[
                report / "summary.html.j2",
                report / "overview.rst.j2",
                *sorted((report / "parts").iterdir()),
            ],
            cutflows=sorted(Path(f"{RESULTS}/cutflow").glob("*.json")),
            numbers=sorted(Path(f"{RESULTS}/plots").glob("*.json")),
            record=f"{RESULTS}/records/summarize_results.json",
            **{key: f"{RESULTS}/{name}" for key, name in made.items()},
            **products,
        )
        == 0
    )
    tables = {
        suffix: [f"tables/{name}.{ending}" for name in ("region_limits",)]
        for suffix, ending in (("csv", "csv"), ("markdown", "md"), ("latex", "tex"))
    }
    read = {"summary": f"{RESULTS}/summary.json", "ranking": f"{RESULTS}/ranking.json"}
    assert run_step("write_tables", **read, **tables, record="tables/record.json") == 0
    assert hepdata_runs.write() == 0
    return read_json("region_limits.json")["regions"]["search"]


def test_a_finished_run_tells_its_limits(published):
    assert published["observed_events"] == sum(
        item["data"][0] if isinstance(item["data"], float) else sum(item["data"])
        for item in json.loads(MODEL.read_text())["observations"]
        if item["name"] == "search"
    )
    table = pd.read_csv(io.StringIO(Path("tables/region_limits.csv").read_text()))
    assert table["region"].tolist() == ["search"]
    assert table["median"].tolist() == pytest.approx([published["expected"][MEDIAN]], rel=1e-5)
    assert table["clb"].tolist() == pytest.approx([published["clb"]], rel=1e-5)
    (line,) = [
        line
        for line in Path("tables/region_limits.md").read_text().splitlines()
        if line.startswith("| search region |")
    ]
    assert f"| {published['observed_events']:g} |" in line
    source = Path("tables/region_limits.tex").read_text()
    assert r"S\textsuperscript{95}\textsubscript{obs}" in source
    assert r"$\pm$" in source
    assert "Model-independent limits" in Path(f"{RESULTS}/index.html").read_text()
    (line,) = [line for line in read_json("summary.json")["lines"] if "signal events" in line]
    assert line.startswith("search: ")


def test_every_published_number_is_that_of_the_product(published):
    assert "region_limits" in check_tables(Path(RESULTS), Path(ANALYSIS))
    content = read_json("region_limits.json")
    content["regions"]["search"]["expected_fb"][MEDIAN] *= 1.0001
    Path(OUTPUTS["limits"]).write_text(json.dumps(content))
    with pytest.raises(AssertionError):
        check_tables(Path(RESULTS), Path(ANALYSIS))
