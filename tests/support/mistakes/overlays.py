"""Mistakes with curves of others on the plots of limits, and with their interpolation."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from support.example.products import limit, limits
from support.tiny.mistakes import Run, set_value
from support.tiny.steps import run_step

TABLE = "input/limits.csv"


def _plot_beside(content: str, **keys: Any) -> Run:
    """The plot of limits in pb against a mass in GeV, with this table of others."""
    Path(TABLE).write_text(content, encoding="utf-8")
    set_value("plots", "limit_x", value={"label": "mass [GeV]"})
    set_value("overlays", value={"others": {"label": "Others", "path": TABLE, **keys}})
    several = limits(signal_200=limit(200.0, 0.1, 1.0), signal_300=limit(300.0, 0.8, 0.1))
    Path("limits.json").write_text(json.dumps(several), encoding="utf-8")
    plots = {suffix: f"plots/limits.{suffix}" for suffix in ("pdf", "png", "json")}
    return partial(run_step, "plot_limits", limits="limits.json", overlays=TABLE, **plots)


def overlay_at_another_level() -> Run:
    content = limits(a=limit(200.0, 0.1), b=limit(300.0, 0.8)) | {"level": 0.9}
    return _plot_beside(json.dumps(content), x_unit="GeV")


SHORT: dict[str, Callable[[], Run]] = {
    "overlay_without_a_unit": lambda: _plot_beside("mass,limit [pb]\n200,1\n300,1\n"),
    "overlay_of_another_quantity": lambda: _plot_beside(
        "mass [GeV],limit on mu\n200,1\n300,1\n", y_unit="1"
    ),
    "overlay_with_two_units": lambda: _plot_beside(
        "mass [GeV],limit [pb]\n200,1\n300,1\n", x_unit="TeV"
    ),
    "overlay_of_many_columns": lambda: _plot_beside(
        "mass [GeV],observed [pb],expected [pb]\n200,1,2\n300,1,2\n"
    ),
    "overlay_outside": lambda: _plot_beside("mass [TeV],limit [pb]\n200,1\n300,1\n"),
    "overlay_of_another_file": lambda: _plot_beside(
        "mass [GeV],limit [pb]\n200,1\n300,1\n", sha256="0" * 64
    ),
    "overlay_that_is_no_table": lambda: _plot_beside("<!DOCTYPE html>\n"),
}
