"""Captions of plots, and alternative texts for readers who cannot see them, both from the numbers
that are drawn.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from wollemi.base.absence import absence
from wollemi.base.json_files import read_json
from wollemi.base.rounding import percent, significant, with_error
from wollemi.base.tex import tex_plain
from wollemi.pages.histogram_captions import (
    correction_details,
    efficiency_details,
    plane_details,
    plane_title,
    shape_details,
    stack_details,
    stack_title,
)
from wollemi.pages.limit_captions import (
    contour_details,
    contour_title,
    curve_details,
    limits_details,
    limits_title,
)
from wollemi.results.confidence_interval_text import confidence_text
from wollemi.results.confidence_intervals import ConfidenceInterval
from wollemi.results.limit_text import luminosity_text
from wollemi.results.marks import BLINDED
from wollemi.results.parameter_text import NOTHING, free_text, pull_text, regime_in
from wollemi.results.scan_text import estimates_text
from wollemi.results.scans import Profile
from wollemi_likelihood.base.errors import counted

Numbers = Mapping[str, Any]  # content of the JSON file next to a plot


def plot_rows(numbers: Sequence[Path], page: Path) -> list[dict[str, str]]:
    """Plots with a caption and a description in words, their paths relative to the page, without
    placeholders of plots that need a model.

    Args:
        numbers: Paths of the plots' JSON files.
        page: Path of the future page.
    """
    rows = []
    for path in numbers:
        base, content = os.path.relpath(path.with_suffix(""), page.parent), read_json(path)
        if absence(content):
            continue
        texts = {"caption": caption(content), "alt": description(content)}
        rows.append({"name": path.stem, "base": Path(base).as_posix(), **texts})
    return rows


def caption(numbers: Numbers) -> str:
    """One line below a plot."""
    return _kind_of(numbers).title(numbers)


def description(numbers: Numbers) -> str:
    """The content of a plot in words, without TeX: its caption and the most important numbers."""
    kind = _kind_of(numbers)
    return ". ".join([tex_plain(kind.title(numbers)), *kind.details(numbers)]) + "."


def _ordered(numbers: Numbers) -> list[str]:
    """Contents of the bin with the largest ratio."""
    low, high = numbers["edges"][-2:]
    kinds = {"background": "background after the fit", "fitted": "signal after the fit"}
    kinds |= {"expected": "signal before it"}
    parts = [f"{kinds[key]}: {significant(numbers[key][-1])} events" for key in kinds]
    seen, label = numbers["observed"][-1], tex_plain(numbers["data_label"])
    data = f"{label}: {BLINDED if seen is None else counted(seen, 'event', ',.10g')}"
    return [f"Highest bins, from {low:g} to {high:g}", *parts, data]


def _region_pulls(numbers: Numbers) -> list[str]:
    """Number of columns, and the largest pulls."""
    columns = numbers["columns"]
    known = sorted(
        (item for item in columns if item["pull"] is not None),
        key=lambda item: -abs(item["pull"]),
    )
    rows = [
        f"{tex_plain(item['label'])}{'' if item['fitted'] else ' (not fitted)'}: pull "
        f"{significant(item['pull'], 2)}, {item['observed']:,.10g} observed, "
        f"{significant(item['expected'])} expected"
        for item in known[:4]
    ]
    hidden = len(columns) - len(known)
    without = [f"{hidden} without a pull"] if hidden else []
    return [f"{len(columns)} regions or bins, the largest pulls first", *rows, *without]


def _ranking_title(numbers: Numbers) -> str:
    poi = _poi(numbers)
    asimov = (
        f" (Asimov data of {poi} = {numbers['asimov_strength']:g})"
        if "asimov_strength" in numbers
        else ""
    )
    statistics = {
        "grouped": "; the statistics of the simulation added in quadrature in each region",
        "hidden": "; without the statistics of the simulation",
    }.get(numbers.get("ranking_statistics", ""), "")
    return f"Impacts of the parameters on {poi}{_of_signal(numbers)}{asimov}{statistics}"


def _poi(numbers: Numbers) -> str:
    return str(numbers.get("poi_label", numbers["poi"]))


def _name(item: Numbers) -> str:
    """A parameter by its label, or by its name, without TeX."""
    return tex_plain(item.get("label", item["name"]))


def _of_signal(numbers: Numbers) -> str:
    """The signal, unless it has the same name as the parameter of interest."""
    return "" if numbers["signal"] == numbers["poi"] else f": {_signal(numbers)}"


def _signal(numbers: Numbers) -> str:
    """The signal by its label, if the numbers contain it."""
    return tex_plain(numbers.get("label", numbers["signal"]))


def _ranking(numbers: Numbers) -> list[str]:
    rows = [
        f"{_name(row)} {_impact(row['up'])} and {_impact(row['down'])}"
        for row in numbers["rows"][:3]
    ]
    return [f"{counted(len(numbers['rows']), 'parameter')}, the largest first", *rows]


def _impact(value: float | None) -> str:
    return "–" if value is None else significant(value)


def _pulls(numbers: Numbers) -> list[str]:
    largest = max(numbers["pulls"], key=lambda item: abs(item["pull"]), default=None)
    pulled = (
        [f"Largest of {counted(len(numbers['pulls']), 'pull')}: {_name(largest)} {_pull(largest)}"]
        if largest
        else []
    )
    free = [f"{_name(item)} = {_free(item)}" for item in numbers["free"]]
    return [*pulled, *free]


def _free(item: Numbers) -> str:
    if regime_in(item) or None in (item["down"], item["up"]):
        return free_text(item["value"], item["down"], item["up"], regime_in(item))
    return with_error(item["value"], max(item["up"], item["down"]))


def _pull(item: Numbers) -> str:
    return significant(item["pull"]) if item["error"] == 0 else pull_text(item)


def _without_fit(failed: int, noun: str) -> list[str]:
    verb = "has" if failed == 1 else "have"
    return [f"{counted(failed, noun)} {verb} no fit"] if failed else []


def _correlations(numbers: Numbers) -> list[str]:
    names = [*map(tex_plain, numbers.get("labels", numbers["names"]))]
    matrix = numbers["correlations"]
    pairs = [(i, k) for i in range(len(names)) for k in range(i)]
    count = counted(len(names), "parameter")
    if not pairs:
        return [count]
    i, k = max(pairs, key=lambda pair: abs(matrix[pair[0]][pair[1]]))
    return [
        count,
        f"Largest correlation: {matrix[i][k]:.2f} of {names[k]} and {names[i]}".replace("-", "−"),
    ]


def _scan_title(numbers: Numbers) -> str:
    names = numbers.get("labels", numbers.get("parameters", ()))
    of = f" of {', '.join(names)}" if names else ""
    kind = "Contours" if len(numbers.get("parameters", ())) > 1 else "Profile likelihood"
    return f"{kind}{of}: {_signal(numbers)}"


def _scan(numbers: Numbers) -> list[str]:
    if "left_out" in numbers:
        return [f"No scan: {numbers['left_out']}"]
    texts = []
    for kind in ("observed", "expected"):
        found = numbers[kind]
        estimate = (
            BLINDED if found is None else estimates_text(Profile.model_validate(_brief(found)))
        )
        texts.append(f"{kind.capitalize()} best fit {estimate}")
    return [*texts, *_without_fit(numbers["failed"], "point")]


def _brief(found: Numbers) -> Numbers:
    """Numbers of a profile without contours."""
    empty = {"one_sigma": None, "two_sigma": None}
    return {key: value for key, value in (empty | dict(found)).items() if key != "contours"}


def _intervals(numbers: Numbers) -> list[str]:
    if "left_out" in numbers:
        return [f"No interval: {numbers['left_out']}"]
    texts = []
    for kind in ("observed", "expected"):
        found = numbers[kind]
        parts = [BLINDED] if found is None else []
        for level, item in (found or {"intervals": {}})["intervals"].items():
            parts.append(f"{confidence_text(ConfidenceInterval.model_validate(item))} at {level} %")
        texts.append(f"{kind.capitalize()} {', '.join(parts)}")
    return [*texts, f"{counted(numbers['toys'], 'toy', ',')} at each value"]


def _goodness(numbers: Numbers) -> list[str]:
    texts = [
        f"{item['title']}: {item['text'] or numbers['no_observed']}"
        for item in numbers["statistics"].values()
    ]
    return [counted(numbers["thrown"], "toy", ","), *texts, *_without_fit(numbers["failed"], "toy")]


def _uncertainties(numbers: Numbers) -> list[str]:
    rows = [
        f"{_name(row)} {_half_width(row['shifted'])} and {_half_width(row['frozen'])}"
        for row in numbers["contributions"][:4]
    ]
    return [f"{tex_plain(numbers['text'])} ({tex_plain(numbers['fitted'])})", *rows]


def _half_width(sizes: list[float | None] | None) -> str:
    known = [size for size in sizes or () if size is not None]
    return significant(sum(known) / len(known), 2) if known else NOTHING


def _extrapolated(numbers: Numbers) -> list[str]:
    if "left_out" in numbers:
        return [f"No results: {numbers['left_out']}"]
    rows = []
    for item in numbers["extrapolated"]:
        ends = zip(item["luminosities"], item["expected"][2], item["significance"], strict=True)
        texts = [
            f"limit {significant(limit)} and {significant(value)}σ at {luminosity_text(luminosity)}"
            for luminosity, limit, value in (*ends,)[:: max(len(item["luminosities"]) - 1, 1)]
        ]
        rows.append(f"{item['name']} ({item['text']}): {', '.join(texts)}")
    return ["Expected limits on the signal strength and significances", *rows]


def _projected(numbers: Numbers) -> list[str]:
    rows = [
        f"{luminosity_text(row['luminosity_ifb'])}: {row['excluded']}"
        for row in numbers["projected"]
    ]
    return [f"Excluded, {numbers['scenario']} ({numbers['text']})", *rows]


def _templates(numbers: Numbers) -> list[str]:
    """Number of panels, and the largest changes."""
    known = [panel for panel in numbers["panels"] if "norm" in panel]
    largest = sorted(known, key=lambda panel: -max(map(abs, panel["norm"])))[:4]
    rows = [
        f"{tex_plain(panel['region_label'])}, {tex_plain(panel['sample_label'])}: yield "
        f"{', '.join(percent(size, sign=True) for size in panel['norm'])}, shape "
        f"{percent(panel['shape'])}"
        for panel in largest
    ]
    return [f"{counted(len(numbers['panels']), 'panel')}, the largest changes first", *rows]


class PlotKind(NamedTuple):
    """The texts for one kind of plot.

    Args:
        title: Function that returns its caption.
        details: Function that returns the most important numbers, in words.
    """

    title: Callable[[Numbers], str]
    details: Callable[[Numbers], list[str]]


# Key of the numbers that only this kind of plot has → its texts.
KINDS = {
    # The words that a plot brings with its numbers.
    "caption": PlotKind(lambda numbers: str(numbers["caption"]), lambda numbers: numbers["texts"]),
    "stacked": PlotKind(stack_title, stack_details),
    "plane": PlotKind(plane_title, plane_details),
    "unit_area": PlotKind(
        lambda numbers: f"{numbers['title']}: shapes, {numbers['x_label']}", shape_details
    ),
    "efficiencies": PlotKind(
        lambda numbers: f"{numbers['title']}: efficiency of {numbers['cut']}, {numbers['x_label']}",
        efficiency_details,
    ),
    "measured": PlotKind(
        lambda numbers: f"{numbers['quantity']}: {numbers['correction']}", correction_details
    ),
    "signal_to_background": PlotKind(
        lambda numbers: f"All bins of the fit by log10(S/B): {numbers['label']}", _ordered
    ),
    "columns": PlotKind(lambda _: "All regions after the fit, and their pulls", _region_pulls),
    "rows": PlotKind(_ranking_title, _ranking),
    "pulls": PlotKind(lambda _: "Parameters of the fit", _pulls),
    "correlations": PlotKind(lambda _: "Correlations of the parameters", _correlations),
    "extrapolated": PlotKind(
        lambda numbers: f"Expected results at other luminosities: {_signal(numbers)}",
        _extrapolated,
    ),
    "local_expected": PlotKind(
        lambda _: "Local p-values of the signals", lambda numbers: [*numbers["texts"]]
    ),
    "projected": PlotKind(lambda _: "Expected limits at other luminosities", _projected),
    "panels": PlotKind(
        lambda numbers: f"Templates at ±1σ: {numbers['label']}",
        _templates,
    ),
    "theory": PlotKind(limits_title, limits_details),
    "triangles": PlotKind(contour_title, contour_details),
    "scan": PlotKind(_scan_title, _scan),
    "pull_edges": PlotKind(
        lambda numbers: f"Fits of toys{_of_signal(numbers)}", lambda numbers: [*numbers["texts"]]
    ),
    "tested": PlotKind(
        lambda numbers: f"Confidence intervals of {numbers['axis']}: {_signal(numbers)}",
        _intervals,
    ),
    "statistics": PlotKind(lambda numbers: f"Goodness of the fit: {numbers['fit']}", _goodness),
    "contributions": PlotKind(
        lambda numbers: f"Uncertainty of {_poi(numbers)} by sources{_of_signal(numbers)}",
        _uncertainties,
    ),
    "observed_limit": PlotKind(lambda _: "Upper limits", curve_details),
}


def _kind_of(numbers: Numbers) -> PlotKind:
    """The kind of a plot; every kind must be known, so that all plots have alternative texts."""
    (found,) = (kind for key, kind in KINDS.items() if key in numbers)
    return found
