"""Public tables of others: from a mirror by their checksum, and onto the plot of the limits."""

import hashlib
import json
from pathlib import Path

from support.example.products import limit, limits
from support.products.overlays import TABLE, give_overlays
from support.project.paths import ROOT
from support.tiny.analysis import ANALYSIS
from support.tiny.mistakes import check_run, set_value
from support.tiny.steps import RESULTS, check_record, read_json, run_step

from wollemi.analysis.plain.sections import section_digests, select_sections
from wollemi.loading.expand import plain_document
from wollemi.loading.load import read_document

PLOTS = {suffix: f"{RESULTS}/plots/limits.{suffix}" for suffix in ("pdf", "png", "json")}


def test_one_file_is_fetched_for_two_curves_of_the_plot(tiny):
    plan = give_overlays()
    assert check_run() == 0
    (file,) = plan.fetched_overlays
    assert plan.overlays == [file, file]
    record = f"{RESULTS}/records/fetch_overlays.json"
    assert run_step("fetch_overlays", mirrors=["mirror"], files=[file], record=record) == 0
    assert check_record("fetch_overlays.json")["outputs"].keys() == {file}
    several = limits(signal_200=limit(200.0, 0.1, 1.0), signal_300=limit(300.0, 0.8, 0.1))
    Path(f"{RESULTS}/limits.json").write_text(json.dumps(several))
    record = f"{RESULTS}/records/plot_limits.json"
    inputs = {"limits": f"{RESULTS}/limits.json", "overlays": plan.overlays}
    assert run_step("plot_limits", **inputs, **PLOTS, record=record) == 0
    found = read_json("plots/limits.json")["overlays"]
    assert [item["lines"] for item in found] == [
        [[[200, 0.1], [300, 0.05]]],
        [[[200, 0.2], [300, 0.07]]],
    ]
    assert {item["sha256"] for item in found} == {hashlib.sha256(TABLE).hexdigest()}
    assert file in check_record("plot_limits.json")["inputs"]


def test_nothing_but_the_plots_knows_of_them(tiny):
    """No program but those of the two plots has another setting then."""
    set_value("plots", "limit_x", value={"label": "mass [GeV]"})
    bare = plain_document(read_document(Path(ANALYSIS)))
    give_overlays()
    after = plain_document(read_document(Path(ANALYSIS)))
    sections = {*bare, "hidden", "asimov", "limit_points", "toy_limits", "hepdata", "overlays"}
    changed = {
        name
        for name in sections
        if section_digests(select_sections(bare, [name]))
        != section_digests(select_sections(after, [name]))
    }
    assert changed == {"overlays"}
    known = {
        path.stem
        for path in (ROOT / "scripts").glob("*.py")
        if '"overlays"' in path.read_text() and "SECTIONS" in path.read_text()
    }
    assert known == {"plot_limits", "plot_contour"}
