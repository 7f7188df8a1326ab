"""`snakemake --report`: one file without a network, in a real browser."""

import json
import re
from pathlib import Path

import pytest
from support.project.paths import ROOT
from support.services.browser import WIDTHS, needs_chromium, open_browser, watched_page
from support.services.forked_snakemake import run_snakemake
from support.tiny.analysis import environment, snakemake, snakemake_command

OWN_WARNING = "cdn.tailwindcss.com should not be used in production"  # of Snakemake's report
RESULTS = "results/tiny"
NO_NETWORK = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}


@pytest.fixture(scope="module")
def report(finished, tmp_path_factory):
    """The report of the finished run."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    arguments = snakemake_command("--report", str(path))[3:]
    said = path.with_suffix(".txt")
    code = run_snakemake(arguments, finished, environment() | NO_NETWORK, said)
    assert code == 0, said.read_text()
    return path


@pytest.fixture(scope="module")
def opened(report):
    """The report in a browser, and what has gone wrong."""
    with open_browser() as browser, watched_page(browser, WIDTHS["desktop"]) as (page, problems):
        page.goto(report.as_uri())
        page.locator(".wollemi h1").wait_for()
        yield page, problems


def shown(page, category):
    """Paths of the results of a category."""
    return {path for paths in page.evaluate("categories")[category].values() for path in paths}


def test_every_caption_that_a_rule_names_is_there():
    """Also of plots that the analysis of the tests does not have."""
    rules = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    shown = re.findall(r'shown_(?:plot|file)\(\s*[^,()]+,\s*"(\w+)"', rules)
    shown += re.findall(r'"plot_\w+": \("(\w+)", "', rules)
    assert len(shown) > 15
    captions = {path.stem for path in (ROOT / "workflow/report/captions").glob("*.rst")}
    assert captions == {*shown}


@needs_chromium
def test_the_first_page_is_the_summary(opened, finished):
    page, problems = opened
    summary = json.loads((finished / RESULTS / "summary.json").read_text())
    text = page.locator(".wollemi").inner_text()
    assert page.locator(".wollemi h1").inner_text() == "A tiny search"
    for line in summary["headline"][:-1]:
        assert line.partition(": ")[2].replace(" %", "\u00a0%") in text
    for region in summary["yields"]:
        assert (
            len(
                re.findall(
                    rf"^{'search region' if region == 'search' else region}$", text, re.MULTILINE
                )
            )
            == 2
        )
    box = page.locator(".wollemi").bounding_box()
    assert page.evaluate(
        "([x, y]) => document.elementFromPoint(x, y).closest('.wollemi') !== null",
        [box["x"] + 3, box["y"] + 3],
    )
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 900
    assert [problem for problem in problems if OWN_WARNING not in problem] == []


@needs_chromium
def test_every_result_has_a_caption_and_a_place(opened, finished):
    page, problems = opened
    for folder, category, pattern in (
        ("plots", "Plots", "*.png"),
        ("likelihood", "Likelihood", "*"),
        ("", "Numbers", "*.json"),
    ):
        assert shown(page, category) == {
            str(path.relative_to(finished)) for path in (finished / RESULTS / folder).glob(pattern)
        }
    for path, item in page.evaluate("results").items():
        assert len(item["caption"]) > 50, path
        assert item["labels"], path
        assert "{{" not in item["caption"]
    page.evaluate(f"app.showResultInfo('{RESULTS}/plots/pulls.png')")
    page.get_by_text("maximum-likelihood fit").wait_for()
    assert [problem for problem in problems if OWN_WARNING not in problem] == []


def test_the_report_reruns_nothing(report, finished):
    done = snakemake(finished, "--dry-run")
    assert done.returncode == 0, done.stdout
    assert "Nothing to be done" in done.stdout
    assert Path(report).stat().st_size > 1e6
