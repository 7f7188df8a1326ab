"""The page on two runs: two small folders of results, one of them edited."""

import copy
import json
import shutil

import pytest
from support.project.paths import ROOT
from support.services.html_pages import HtmlPage, bare

from wollemi.base.json_files import render_json
from wollemi.history import comparison_figures
from wollemi.history.comparison_figures import moved_plots
from wollemi.history.comparison_page import Compared, comparison_page, page_content
from wollemi.history.opened import opened_run

SUMMARY = {
    "title": "A search <b>for</b> $m_{ee}$",
    "headline": ["tiny: excluded", "open results/run/index.html"],
    "marks": ["pseudo-data"],
    "selected": {"SR": {"dy": {"sum": 100.0, "error": 5.0}}},
    "cutflow": {"SR": [{"cuts": ["all", "m > 200"], "samples": {"dy": [{"sum": 9}, {"sum": 4}]}}]},
}
RECORD = {"inputs": {}, "outputs": {}, "code": {}, "packages": {"numpy": "2.0"}}


def stack(total):
    return {
        "axis": {"edges": [0.0, 1.0, 2.0], "label": "m [GeV]", "unit": "GeV", "name": "m"},
        "y_label": "Events / GeV",
        "divided_by_bin_width": False,
        "title": "SR $\\mu\\mu$",
        "stage": "",
        "experiment": "Wollemi",
        "beam": "",
        "marks": [],
        "annotations": {},
        "stacked": [
            {"sample": "dy", "label": "DY", "events": [total - 3, 1.0]},
            {"sample": "top", "label": "top", "events": [3.0, 1.0]},
        ],
        "lines": [],
        "total": {"events": [total, 2.0], "uncertainty": [2.0, 1.0]},
        "data": None,
    }


def write(run, **files):
    for name, content in files.items():
        path = run / f"{name.replace('__', '/')}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render_json(content))


@pytest.fixture
def runs(tmp_path):
    """Two equal runs."""
    folders = [tmp_path / name / "results/run" for name in "ab"]
    write(folders[0], records__fit=RECORD, summary=SUMMARY, plots__SR_m=stack(10.0))
    shutil.copytree(folders[0], folders[1])
    return folders


def compared(runs, **more):
    opened = []
    for run in runs:
        with opened_run(str(run)) as found:
            opened.append(found)
    names = ("A", "B")
    plots = moved_plots(tuple(opened), names)
    return Compared(names, tuple(opened), plots, more.get("products", {}), more.get("details", ()))


def page(runs, tmp_path, **more):
    path = tmp_path / "page.html"
    path.write_text(comparison_page(compared(runs, **more), ROOT / "workflow/report"))
    return HtmlPage(path)


def test_equal_runs_have_a_page_that_says_so(runs, tmp_path):
    found = page(runs, tmp_path)
    assert bare(found) == []
    for text in (
        "Both were made with the same settings, code, packages and inputs.",
        "No yield, fit, limit or significance differs.",
        "No plot of events, limits or pulls differs.",
    ):
        assert text in found.text
    assert not found.images


def test_all_that_moved_is_on_one_page_that_needs_no_other_file(runs, tmp_path):
    summary = copy.deepcopy(SUMMARY)
    summary["selected"]["SR"]["dy"]["sum"] = 110.0
    summary["cutflow"]["SR"][0]["samples"]["dy"][1]["sum"] = 3
    record = RECORD | {"packages": {"numpy": "2.1"}}
    write(runs[1], records__fit=record, summary=summary, plots__SR_m=stack(14.0))
    found = page(runs, tmp_path, products={"plots": "different"}, details=["B: <x>"])
    assert bare(found) == []
    assert found.loaded
    assert all(source.startswith("data:image/png;base64,") for source in found.loaded)
    for text in (
        "What differs is a package (numpy 2.0 → 2.1).",
        "<td>SR, dy</td><td>100 ± 5</td><td>110</td><td>+2σ</td>",
        "4 → 3<small>−25 %</small>",
        "A search &lt;b&gt;for&lt;/b&gt;",
        "B: &lt;x&gt;",
    ):
        assert text in found.text
    (image,) = found.images
    assert image["alt"] == (
        "SR µµ: m [GeV]. Prediction 12 → 16 (+33 %), of it DY 8 → 12 (+50 %); largest change of "
        "a bin 2 errors of the prediction, from 0 to 1 GeV."
    )


def test_the_largest_changes_come_first_and_the_others_are_named(runs, monkeypatch):
    monkeypatch.setattr(comparison_figures, "MOST", 2)
    moved = [f"plots__{name}" for name in ("a", "b", "c", "d")]
    write(runs[0], **{name: stack(10.0) for name in moved})
    now = {name: stack(10.1) for name in moved} | {"plots__c": stack(20.0)}
    write(runs[1], **now, plots__new={})
    plots = page_content(compared(runs))["plots"]
    assert [item.name for item in plots.events] == ["c", "a"]
    assert plots.left_out == ["b", "d"]
    assert plots.alone == ([], ["new"])


def test_damaged_numbers_of_a_plot_are_left_out(runs):
    (runs[1] / "plots/SR_m.json").write_text("{")
    assert page_content(compared(runs))["plots"].events == []
    (runs[1] / "plots/SR_m.json").write_text(json.dumps([1]))
    assert page_content(compared(runs))["plots"].events == []
