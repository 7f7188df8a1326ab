"""Products that were changed after they were made, or that another version has made; what cannot be
made of them.
"""

import json
from functools import partial
from pathlib import Path
from typing import Any

import export_histograms

from support.example.products import limits
from support.tiny.mistakes import Run
from support.tiny.steps import run_step


def _plot_of(content: dict[str, Any]) -> Run:
    Path("limits.json").write_text(json.dumps(content), encoding="utf-8")
    plots = {suffix: f"limits.{suffix}" for suffix in ("pdf", "png")} | {
        "json": "plots/limits.json"
    }
    return partial(run_step, "plot_limits", limits="limits.json", **plots)


def product_without_a_key() -> Run:
    """The limits lack the expected ones."""
    content = limits()
    del content["limits"]["signal"]["expected"]
    return _plot_of(content)


def product_of_a_later_version() -> Run:
    """Limits in a format that is not known."""
    return _plot_of({"format": "wollemi-limits-2", "upper_limits": []})


def values_without_events() -> Run:
    """Histograms are exported without the events whose columns these would be."""
    return partial(export_histograms.main, ["results/tiny", "tiny.root", "--values", "mt"])
