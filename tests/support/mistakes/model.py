"""Mistakes with systematics and backgrounds from data."""

from functools import partial
from pathlib import Path

import numpy as np

from support.products.background_toys import (
    TRANSFER,
    document,
    estimate_background,
    make_histograms,
    write_inputs,
)
from support.tiny.mistakes import Run, set_value
from support.tiny.once import process_once
from support.tiny.steps import RESULTS, build_workspace, lint_templates, read_th1, run_step
from wollemi.histograms.histogram import scaled

NO_EFFECT = {"kind": "normalization", "up": 1.0, "down": 1.0, "samples": ["dy"]}


def scan_of_nothing() -> Run:
    """The simulation of this scan's systematic has no effect, so that no model has it."""
    set_value("systematics", "trigger", value=NO_EFFECT)
    set_value("scans", value={"trigger": {"parameters": "trigger"}})
    for dataset in ("data", "dy_low", "dy_high", "dy_alternative", "signal_200"):
        process_once(dataset)
    read_th1()
    build_workspace()
    workspaces = [f"{RESULTS}/workspaces/{name}.json" for name in ("signal_200", "signal_300")]
    return partial(
        run_step, "scan_likelihood", workspaces=workspaces, scans=f"{RESULTS}/scans.json"
    )


def flawed_templates() -> Run:
    """A run fails for flaws of the level that the analysis gives."""
    set_value("lint", value={"fail": "warning"})
    set_value("systematics", "luminosity", "down", value=1.01)
    for dataset in ("dy_low", "dy_high", "dy_alternative", "signal_200"):
        process_once(dataset)
    read_th1()
    lint_templates()
    Path("signal_200.json").write_text("{}")
    return partial(
        run_step, "require_model", workspaces=["signal_200.json"], lint=f"{RESULTS}/lint.json"
    )


def nothing_remains() -> Run:
    """Far more simulation than data."""
    histograms = make_histograms(np.random.default_rng(1))
    histograms["mc"] = {name: scaled(item, 100.0) for name, item in histograms["mc"].items()}
    write_inputs(document(TRANSFER, "histogram"), histograms)
    return estimate_background
