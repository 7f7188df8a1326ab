"""The command lines of the plots and the summary: whole outputs, their numbers, the same bytes at
every run.
"""

import contextlib
import hashlib
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.example.products import EVENTS, fit, ranking, write_products
from support.products.inputs import read_products
from support.project.paths import ROOT

from wollemi.job.job import run_program

FORMATS = ("pdf", "png", "json")
PLOTS = {
    "plot_regions": ["sr_mass", "cr_mass", "vr_mass"],
    "plot_fit": [
        *("postfit_sr", "postfit_cr", "postfit_vr"),
        *("region_pulls", "pulls", "correlations"),
    ],
    "plot_ranking": ["ranking_signal"],
    "plot_limits": ["limits"],
    "plot_extrapolation": ["extrapolation_signal"],
    "plot_discovery": ["discovery"],
    "plot_goodness": ["goodness"],
    "plot_intervals": ["interval_mu_signal"],
    "plot_toys": ["toys_signal"],
    "plot_uncertainties": ["uncertainties_signal"],
    "plot_scans": ["scan_strength_signal", "scan_plane_signal"],
}


def run_here(program, arguments):
    """Run a program in this process."""
    module = importlib.import_module(program)
    assert run_program(module.PROGRAM, module.main, arguments) == 0


# Runs programs, each with its arguments, in one process after the other.
RUNNER = """
import importlib, json, sys
from wollemi.job.job import run_program
for program, arguments in json.load(sys.stdin):
    module = importlib.import_module(program)
    assert run_program(module.PROGRAM, module.main, arguments) == 0
"""


def run_apart(commands):
    """Run programs in a process of their own, with another hash seed: no order may depend on it."""
    variables = {"PYTHONHASHSEED": "2", "PYTHONPATH": str(ROOT / "scripts")}
    done = subprocess.run(
        [sys.executable, "-c", RUNNER],
        env=os.environ | variables,
        input=json.dumps(commands),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def options(program, **others):
    """Options of the inputs of a program: its products of the model and others, or nothing."""
    inputs = importlib.import_module(program).PROGRAM.inputs
    given = {name: [path] for name, path in read_products(program).items()} | others
    return [
        part for name in inputs for part in (f"--{name.replace('_', '-')}", *given.get(name, ()))
    ]


def commands():
    """Programs that plot, and the summary, each with its arguments."""
    found = []
    histograms = {
        "plot_regions": [f"histograms/{name}.json" for name in EVENTS],
        "plot_fit": ["histograms/data.json"],
    }
    for program, names in PLOTS.items():
        outputs = [
            part
            for suffix in FORMATS
            for part in (f"--{suffix}", *(f"plots/{name}.{suffix}" for name in names))
        ]
        record = ("--record", f"records/{program}.json")
        inputs = options(program, histograms=histograms.get(program, ()))
        found.append((program, ["--analysis", "analysis.yaml", *inputs, *outputs, *record]))
    numbers = [f"plots/{name}.json" for names in PLOTS.values() for name in names]
    report = ROOT / "workflow/report"
    templates = [
        str(path)
        for path in (
            report / "summary.html.j2",
            report / "overview.rst.j2",
            *sorted((report / "parts").iterdir()),
        )
    ]
    read = options(
        "summarize_results",
        templates=templates,
        cutflows=[f"cutflow/{name}.json" for name in EVENTS],
        numbers=numbers,
        lint=["lint.json"],
    )
    outputs = [
        "--page",
        "index.html",
        "--overview",
        "overview.rst",
        "--summary",
        "summary.json",
        "--record",
        "records/summarize_results.json",
    ]
    return [
        *found,
        ("summarize_results", ["--analysis", "analysis.yaml", *read, *outputs]),
    ]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Two folders with the same inputs, drawn in different processes, and one of a preview with
    pseudo-data.
    """
    folders = {name: tmp_path_factory.mktemp(name) for name in ("first", "second", "marked")}
    for name, folder in folders.items():
        write_products(folder, marked=name == "marked")
        with contextlib.chdir(folder):
            if name == "second":
                run_apart(commands())
            else:
                for program, arguments in commands():
                    run_here(program, arguments)
    return folders


def read(folder, name):
    return json.loads(Path(folder, name).read_text(encoding="utf-8"))


def test_two_runs_give_the_same_bytes(drawn):
    files = [
        Path("plots", f"{name}.{suffix}")
        for names in PLOTS.values()
        for name in names
        for suffix in FORMATS
    ]
    files += [Path("index.html"), Path("overview.rst"), Path("summary.json")]
    for path in files:
        assert (drawn["first"] / path).read_bytes() == (drawn["second"] / path).read_bytes(), path


def test_records_tell_what_was_written(drawn):
    for program in (*PLOTS, "summarize_results"):
        record = read(drawn["first"], f"records/{program}.json")
        assert record["outputs"]
        for name, digest in record["outputs"].items():
            assert hashlib.sha256((drawn["first"] / name).read_bytes()).hexdigest() == digest


def test_numbers_equal_the_products(drawn):
    before, after = (
        read(drawn["first"], f"plots/{name}.json") for name in ("sr_mass", "postfit_sr")
    )
    assert before["data"]["events"] == after["data"]["events"] == EVENTS["data"]
    assert {item["sample"]: item["events"] for item in before["lines"]} == {
        "signal": EVENTS["signal"]
    }
    yields = fit()["fits"]["signal"]["yields"]["postfit"]["sr"]["samples"]
    assert {item["sample"]: item["events"] for item in after["stacked"]} == yields
    assert read(drawn["first"], "plots/limits.json")["observed_limit"] == 1.5
    rows = read(drawn["first"], "plots/ranking_signal.json")["rows"]
    assert [row["up"] for row in rows] == [
        row["up"] for row in ranking()["rankings"]["signal"]["parameters"]
    ]
    assert [row["pull"] for row in rows] == [None, -0.5]


def test_every_plot_of_the_page_exists(drawn):
    summary = read(drawn["first"], "summary.json")
    assert [plot["name"] for plot in summary["plots"]] == [
        name for names in PLOTS.values() for name in names
    ]
    page = (drawn["first"] / "index.html").read_text(encoding="utf-8")
    for plot in summary["plots"]:
        assert f'src="{plot["base"]}.png"' in page
        assert all(
            (drawn["first"] / f"{plot['base']}.{suffix}").stat().st_size > 100 for suffix in FORMATS
        )


def test_the_headline_ends_with_the_page_to_open(drawn):
    assert read(drawn["first"], "summary.json")["headline"] == [
        "example: µ = 0.50 ± 0.25",
        "example: significance 2.13σ (expected 3.90σ)",
        "example: 95 % CLs upper limit on µ: observed 1.50, expected 1.00 (68 %: 0.700–1.40)",
        "open index.html",
    ]


def test_marks_stand_on_every_product(drawn):
    for names in PLOTS.values():
        for name in names:
            assert read(drawn["marked"], f"plots/{name}.json")["marks"] == [
                "pseudo-data",
                "PREVIEW",
            ]
            assert read(drawn["first"], f"plots/{name}.json")["marks"] == []
    assert read(drawn["marked"], "summary.json")["marks"] == ["pseudo-data", "PREVIEW"]
    assert all(
        "[pseudo-data] [PREVIEW]" in line
        for line in read(drawn["marked"], "summary.json")["headline"][:-1]
    )
