"""Check before the first job, not in the last plot, that the labels of an analysis can be drawn.

Only the check of an analysis file does this: a Snakefile must not import matplotlib.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from wollemi.analysis.plain.measured_eras import written_name


def label_problems(document: Mapping[str, Any]) -> list[str]:
    """Labels with TeX that matplotlib cannot render, each as `path: problem`.

    Args:
        document: Analysis that the schema has accepted.
    """
    return [
        f"{path}: '{text}' {problem}"
        for path, text in _labels(document)
        if "$" in text and (problem := _problem(text))
    ]


def _labels(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """All texts that are drawn, with their places."""
    for name, variable in document["variables"].items():
        yield from (
            (f"variables.{name}.{key}", variable[key])
            for key in ("label", "unit")
            if key in variable
        )
        yield from ((f"variables.{name}.categories", key) for key in variable.get("categories", ()))
    for name, region in document.get("regions", {}).items():
        yield from ((f"regions.{name}.n_minus_one", cut) for cut in region.get("n_minus_one") or ())
    for name, correction in (document.get("corrections") or {}).items():
        if written_name(document, name) != name:
            continue
        yield from (
            (f"corrections.{name}.measured.axes.{key}.label", axis["label"])
            for key, axis in ((correction.get("measured") or {}).get("axes") or {}).items()
            if isinstance(axis, Mapping) and axis.get("label")
        )
    plots = document.get("plots") or {}
    yield from (
        (f"plots.{key}", plots[key])
        for key in ("experiment", "data_label", "theory_label")
        if key in plots
    )
    yield from (
        (f"plots.{key}.label", plots[key]["label"])
        for key in ("limit_x", "limit_y")
        if key in plots
    )
    yield from (
        (f"plots.{key}.{name}", text)
        for key in ("regions", "parameters")
        for name, text in (plots.get(key) or {}).items()
    )
    for name, style in (plots.get("samples") or {}).items():
        yield from [(f"plots.samples.{name}.label", style["label"])] if style.get("label") else []
    for name, group in (plots.get("groups") or {}).items():
        yield from [(f"plots.groups.{name}.label", group["label"])] if group.get("label") else []
    for name, group in (plots.get("region_groups") or {}).items():
        path = f"plots.region_groups.{name}.label"
        yield from [(path, group["label"])] if group.get("label") else []
    for region, variables in (plots.get("annotations") or {}).items():
        yield from (
            (f"plots.annotations.{region}.{name}", text)
            for name, texts in variables.items()
            for text in texts
        )


def _problem(text: str) -> str:
    # Not at the top: most labels have no TeX, and the import takes longer than the rest.
    from matplotlib.mathtext import MathTextParser

    if text.replace(r"\$", "").count("$") % 2:
        return r"has a dollar sign without a partner; TeX stands between two, and a dollar is \$"
    try:
        MathTextParser("path").parse(text)
    except (ValueError, RecursionError) as error:
        reason = str(error).strip().splitlines()[-1]
        return f"is no TeX that matplotlib can set ({reason[:120]})"
    return ""
