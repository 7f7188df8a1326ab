"""Contents of the page of `wollemi explore`, as plain values with formatted texts."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from markupsafe import escape
from matplotlib.colors import to_hex

from wollemi.base.rounding import significant, with_error
from wollemi.base.tex import tex_html, tex_plain
from wollemi.events.cutflow import Line, add_lines
from wollemi.model.bin_choice import counting_significance
from wollemi.plots.prefit_stack import make_stack, sample_histogram
from wollemi.plots.stack import Layer, Stack, stack_numbers
from wollemi.results.marks import BLINDED
from wollemi_interactive.explore.cut_bounds import Keys
from wollemi_interactive.explore.explored_region import (
    OTHER_EVENTS,
    ExploredRun,
    MovedRegion,
    Slider,
    sample_lines,
)
from wollemi_interactive.explore.run_drawing import background_histogram
from wollemi_likelihood.base.errors import counted


def region_content(explored: ExploredRun, region: str) -> dict[str, Any]:
    """Contents for a region before a cut is moved: variables, sliders and other conditions.

    Args:
        explored: Explored run.
        region: Name of the region.

    Raises:
        WollemiError: The region is unknown.
    """
    sliders = explored.sliders(region)
    variables = explored.run.analysis.variables
    return {
        "region": region,
        "variables": [
            {"name": name, "label": tex_plain(variables[name].label) or name}
            for name in explored.variables(region)
        ],
        "sliders": [_slider_content(item) for item in sliders],
        "conditions": explored.conditions(region),
    }


def _slider_content(slider: Slider) -> dict[str, Any]:
    bound = slider.bound
    return {
        "operand": bound.operand,
        "order": bound.order,
        "group": bound_group(bound.keys),
        "number": bound.number.replace(" ", ""),
        "low": slider.low,
        "high": slider.high,
        "step": slider.step,
    }


def bound_group(keys: Keys) -> str:
    """Heading of the cuts with the given keys; empty for a selection that is one condition."""
    section, name, *others = keys
    if section == "regions":
        return others[1] if len(others) > 1 else ""
    return {"objects": f"object {name}", "columns": f"column {name}"}.get(section, section)


def moved_content(found: MovedRegion) -> dict[str, Any]:
    """Contents for a region with moved cuts.

    Args:
        found: Region with moved cuts.
    """
    stack = make_stack(found.settings, found.histograms, *found.place)
    numbers = stack_numbers(stack)
    return {
        "plot": {
            **numbers,
            "log_x": stack.log_x,
            "log_y": stack.log_y,
            "title": tex_html(stack.title),
            "marks": list(stack.labels.marks),
            "axis": {**numbers["axis"], "label": tex_html(stack.x_label)},
            "layers": [_layer(item) for item in stack.layers],
            "signals": [_layer(item) for item in stack.lines],
            "words": _words(stack),
        },
        "signals": signal_rows(found),
        "cutflow": cutflow_table(found),
        "hidden": _hidden(found.shared),
    }


def _hidden(shared: str) -> str:
    """Reason why all data of the region are hidden; empty if they are not."""
    if shared == OTHER_EVENTS:
        return (
            "The analysis is blinded: data are hidden while a cut outside the region's selection "
            "differs from the file."
        )
    start = "With these cuts the region shares simulated events with"
    return shared and f"{start} {shared}, which is blinded: its data are hidden."


def _layer(layer: Layer) -> dict[str, str]:
    return {"label": tex_html(layer.label), "color": to_hex(layer.color)}


def _words(stack: Stack) -> str:
    """Description of the plot in words, for screen readers."""
    parts = [f"{counted(stack.axis.size, 'bin')} of {tex_plain(stack.x_label)}"]
    if stack.total is not None:
        parts.append(f"expected background {significant(float(stack.total.sum()), 4)}")
    if stack.observed is not None:
        hidden = bool(np.isnan(stack.observed).all())
        observed = BLINDED if hidden else f"{np.nansum(stack.observed):g}"
        parts.append(f"data {observed}")
    return ", ".join(parts)


def signal_rows(found: MovedRegion) -> list[dict[str, str]]:
    """Expected events and significance of each signal in the shown bins, and S/B and S/√B.

    Args:
        found: Region with moved cuts.
    """
    background = background_histogram(found.settings, found.histograms, found.place)
    rows = []
    for name, sample in found.settings.samples.items():
        signal = sample_histogram(found.histograms, sample, *found.place)
        if sample.role != "signal" or signal is None:
            continue
        style = found.settings.plots.samples.get(name)
        s, error = float(signal.values().sum()), float(np.sqrt(signal.variances().sum()))
        row = {
            "label": tex_html((style.label if style else None) or name),
            "events": with_error(s, error) if error else significant(s),
        }
        if background is not None and (b := float(background.values().sum())) > 0:
            z = counting_significance(background.values(), signal.values())
            row |= {
                "ratio": significant(s / b),
                "root": significant(s / np.sqrt(b)),
                "significance": "–" if z is None else f"{significant(z)} σ",
            }
        rows.append(row)
    return rows


def cutflow_table(found: MovedRegion) -> dict[str, Any]:
    """Weighted events after each cut: all backgrounds together, then each sample.

    Args:
        found: Region with moved cuts.
    """
    samples, plots = found.settings.samples, found.settings.plots
    lines = dict(sample_lines(found))
    columns: dict[str, list[Line]] = {}
    backgrounds = [name for name in lines if samples[name].role == "background"]
    if len(backgrounds) > 1:
        columns["background"] = add_lines(lines[name] for name in backgrounds)
    labels = {
        name: (plots.samples[name].label if name in plots.samples else None) or name
        for name in lines
    }
    columns |= {tex_html(labels[name]): found for name, found in lines.items()}
    cuts = [line["cut"] for line in next(iter(lines.values()), [])]
    return {
        "columns": list(columns),
        "rows": [
            {
                "cut": str(escape(cut)),
                "cells": [_cell(column[place]) for column in columns.values()],
            }
            for place, cut in enumerate(cuts)
        ],
    }


def _cell(line: Mapping[str, Any]) -> str:
    """Number of events with the statistical uncertainty of the simulation."""
    if line["sum_of_weights"] is None:
        return BLINDED
    events, squared = line["sum_of_weights"], line["sum_of_weights_squared"]
    # Unweighted: data, whose count itself has no statistical error.
    if events == squared == line["events"]:
        return f"{line['events']:,}"
    return with_error(events, float(np.sqrt(squared))) if squared > 0 else "0"
