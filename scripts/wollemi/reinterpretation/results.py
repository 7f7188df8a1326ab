"""The output of finished runs with new signals: all numbers in one place, and plots."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wollemi.base.json_files import read_json
from wollemi.histograms.normalization import PB_PER_FB_INVERSE, era_luminosity
from wollemi.reinterpretation.efficiencies import silent_systematics
from wollemi.reinterpretation.groups import on_two_axes
from wollemi.reinterpretation.published import silent_on
from wollemi.reinterpretation.report import describe_signal, limit_in_pb
from wollemi.reinterpretation.run import SignalRun
from wollemi.reinterpretation.text import cross_section_warnings, limit_warnings
from wollemi.results.marks import measurement_marks

FORMATS = ("pdf", "png", "json")


def collect_results(
    runs: Sequence[SignalRun], order: Sequence[str], warnings: Sequence[str]
) -> dict[str, Any]:
    """The results of all signals, in the order of their files.

    Args:
        runs: Finished runs.
        order: Names of all signals.
        warnings: Warnings of the runs.
    """
    limits = [read_json(run.results / "limits.json") for run in runs]
    described = {name: _describe(run, name) for run in runs for name in run.signals}
    signals = {name: described[name] for name in order}
    points = {
        name: run.signals[name].point
        for run in runs
        for name in run.signals
        if run.signals[name].point is not None
    }
    limited = {name: item for name, item in signals.items() if item["limit"] is not None}
    for name, point in ((name, point) for name, point in points.items() if name in limited):
        signals[name]["limit"]["point"] = point
    silent = [
        f"{name}: its {what} say nothing of {', '.join(names)}, which act on {signal.like}"
        for run in runs
        for name, (what, names) in _silent(run).items()
        for signal in [run.signals[name]]
    ]
    return {
        "level": limits[0]["level"],
        "exclusion": limits[0]["exclusion"] if len(limits) == 1 else None,
        "measurement": limits[0]["measurement"],
        "points": points,
        "signals": signals,
        "warnings": [*warnings, *limit_warnings(limits), *silent, *cross_section_warnings(signals)],
        "contour": _contour(limited) if on_two_axes(points) and len(limited) > 1 else None,
    }


def _contour(limited: dict[str, Any]) -> dict[str, Any]:
    from wollemi.plots.contour_lines import contour_numbers

    return contour_numbers(limited)


def _silent(run: SignalRun) -> dict[str, tuple[str, list[str]]]:
    """Form of each signal without some effects, and these effects on the archived signal."""
    if run.is_published:
        return {
            name: ("yields", names) for name, names in silent_on(run.archive, run.signals).items()
        }
    found = silent_systematics(run.archived, run.signals)
    return {name: ("efficiencies", names) for name, names in found.items()}


def _describe(run: SignalRun, name: str) -> dict[str, Any]:
    signal = run.signals[name]
    entries = {dataset: run.document["datasets"][dataset] for dataset in run.datasets(name)}
    produced = None
    if signal.cross_section_pb is not None and run.luminosity is not None:
        produced = (
            era_luminosity(run.luminosity, None) * PB_PER_FB_INVERSE * signal.cross_section_pb
        )
    described = describe_signal(name, entries, run.results, produced)
    # Without datasets the cross section is unknown to the archived workflow.
    if run.is_published and signal.cross_section_pb is not None:
        described["limit"] = limit_in_pb(described["limit"], signal.cross_section_pb)
    return described


def write_plots(found: dict[str, Any], runs: Sequence[SignalRun], work: Path) -> None:
    """Write the contour of a grid, or the limit plot of the archived workflow, to the output
    folder.

    Args:
        found: Results of all signals.
        runs: Finished runs.
        work: Output folder.
    """
    if found["contour"]:
        from wollemi.plots.contour import draw_contour
        from wollemi.plots.luminosity_label import beam_text
        from wollemi.plots.style import PlotLabels, save_plot

        run = runs[0]
        beam = beam_text(run.document["center_of_mass_tev"], run.luminosity)
        experiment = run.document.get("plots", {}).get("experiment", "")
        marks = measurement_marks(found["measurement"])
        figure = draw_contour(found["contour"], found["level"], PlotLabels(experiment, beam, marks))
        numbers = found["contour"] | {
            "level": found["level"],
            "measurement": found["measurement"],
            "beam": beam,
        }
        save_plot(figure, numbers, {suffix: work / f"contour.{suffix}" for suffix in FORMATS})
    for run in runs[:1]:
        for path in (run.results / f"plots/limits.{suffix}" for suffix in FORMATS):
            if path.is_file():
                shutil.copyfile(path, work / path.name)
