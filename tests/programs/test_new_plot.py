"""A new plot is its functions, its entry and its test: no other file names it."""

import importlib
from pathlib import Path

import matplotlib.pyplot as plt
from support.example.products import EXAMPLE, write_products
from support.products.inputs import read_products

from wollemi.analysis.view import view_of
from wollemi.job.job import run_program
from wollemi.pages.captions import plot_rows
from wollemi.plan.plan import Plan
from wollemi.plan.registry import PLOTS
from wollemi.plots.parameters import FIT_PLOTS


def error_numbers(fit, plots):
    errors = {item.name: item.error for item in fit.parameters}
    return {"caption": "Errors of the fit", "texts": [f"{len(errors)} errors"], "errors": errors}


def draw_errors(numbers, labels):
    figure, ax = plt.subplots()
    ax.bar([*numbers["errors"]], [error or 0.0 for error in numbers["errors"].values()])
    return figure


def test_a_new_plot_is_planned_drawn_and_captioned(tmp_path, monkeypatch):
    (entry,) = (entry for entry in PLOTS if entry.program == "plot_fit")
    monkeypatch.setitem(entry.names, "errors", "parameters.draw_errors")
    monkeypatch.setitem(FIT_PLOTS, "errors", (error_numbers, draw_errors))
    plan = Plan(view_of(EXAMPLE), "run")
    assert {"results/run/plots/errors.png", "results/run/plots/errors.json"} <= {*plan.plot_files}
    assert "results/run/plots/errors.pdf" in plan.single_jobs["plot_fit"]
    write_products(tmp_path)
    monkeypatch.chdir(tmp_path)
    outputs = [
        part
        for suffix in ("pdf", "png", "json")
        for part in (
            f"--{suffix}",
            *(f"plots/{name}.{suffix}" for name in plan.drawn_by("plot_fit")),
        )
    ]
    products = [
        part for name, path in read_products("plot_fit").items() for part in (f"--{name}", path)
    ]
    program = importlib.import_module("plot_fit")
    inputs = ["--analysis", "analysis.yaml", *products, "--histograms", "histograms/data.json"]
    assert run_program(program.PROGRAM, program.main, [*inputs, "--luminosity", *outputs]) == 0
    (row,) = plot_rows([Path("plots/errors.json")], Path("index.html"))
    assert (row["caption"], row["alt"]) == ("Errors of the fit", "Errors of the fit. 4 errors.")
