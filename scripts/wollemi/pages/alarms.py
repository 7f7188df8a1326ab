"""Warnings that readers of the results must not overlook, shown at the end of a run, on the page
and on the site.
"""

from collections.abc import Mapping
from typing import Any

from wollemi.analysis.models.plots import Plots
from wollemi.base.tex import tex_plain
from wollemi.results.goodness import goodness_text, is_bad
from wollemi.results.summary import MainFit, SignalResult

Json = Mapping[str, Any]


def alarms(summary: Json, plots: Plots) -> list[str]:
    """Warnings, one line each, if a fit or the model fails, if the observed limit is far from the
    expected one, or if a limit is missing.

    Args:
        summary: Entries `results`, `fit` and, if present, `left_out` of `summary.json`.
        plots: Section `plots`, with the labels.
    """
    fit: MainFit | None = summary["fit"]
    results: Mapping[str, SignalResult] = summary["results"]
    lines = []
    if fit and not fit.status.converged:
        lines.append(f"THE FIT DID NOT CONVERGE: {fit.status.message}")
    if fit and is_bad(fit):
        lines.append(
            f"THE MODEL DOES NOT DESCRIBE THE DATA: goodness of fit {goodness_text(fit)}, "
            f"fit {fit.name}"
        )
    for side in ("below", "above"):
        limits = {name: item.limit for name, item in results.items() if item.limit}
        found = [
            label_of(name, plots)
            for name, limit in limits.items()
            if limit.observed_outside_3_sigma == side
        ]
        if found:
            lines.append(
                f"THE OBSERVED LIMIT IS {side.upper()} ±3σ OF THE EXPECTED ONE: {', '.join(found)}"
            )
    return lines + [
        f"no limit on {label_of(name, plots)}: {reason}"
        for name, reason in summary.get("left_out", {}).items()
    ]


def label_of(name: str, plots: Plots) -> str:
    """Label of a sample, or of one of several parameters of interest, as plain text."""
    style = plots.samples.get(name)
    return tex_plain((style.label if style else None) or plots.parameters.get(name, name))
