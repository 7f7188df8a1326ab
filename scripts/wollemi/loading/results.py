"""Checks of named results: placeholders, files, names in pointers. Standard library only, like
`loading.all`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING

from wollemi.analysis.plain.product_tables import NAMES
from wollemi.analysis.plain.queries import known_parameters, measured_names, model_names
from wollemi.analysis.plain.results import BACKGROUND_ONLY, SIGNAL, result_files, usable_files
from wollemi.base.json_pointer import pointer_tokens
from wollemi.loading.correlations import placeholders
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis
    from wollemi.analysis.models.results import NamedResult


def check_results(analysis: Analysis) -> list[str]:
    """Problems of the section `results`, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    problems = []
    for name, item in analysis.results.items():
        path = f"results.{name}"
        left = _placeholder_problems(path, name, item, measured_names(analysis))
        problems += left
        problems += (
            []
            if left
            else unknown_names(
                f"{path}.file", [item.file], result_files(analysis.plain), "JSON product"
            )
        )
        problems += [] if left else _pointer_problems(f"{path}.pointer", item, analysis)
    return problems


def check_products(analysis: Analysis) -> list[str]:
    """Problems of the section `products`, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    known = usable_files(analysis.plain) if analysis.products else []
    return [
        problem
        for name, item in analysis.products.items()
        for problem in unknown_names(
            f"products.{name}.uses", item.uses.values(), known, "JSON product"
        )
    ]


def _placeholder_problems(
    path: str, name: str, item: NamedResult, known: Collection[str]
) -> list[str]:
    if SIGNAL in name:
        return [
            f"{path}: with its signal it has the name of another result"
            if known
            else f"{path}: there is no signal sample"
        ]
    used = [
        placeholder
        for text in (name, item.file, item.pointer)
        for placeholder in placeholders(text)
    ]
    problems = unknown_names(path, dict.fromkeys(used), ["signal"], "placeholder")
    return problems or [f"{path}: uses {SIGNAL}, so its name needs it, too"] * bool(used)


def _pointer_problems(path: str, item: NamedResult, analysis: Analysis) -> list[str]:
    """Problems of names in a pointer that must be in the analysis file; the rest is left to the
    program.
    """
    tokens, file = pointer_tokens(item.pointer), item.file
    place = "cutflow/*.json" if file.startswith("cutflow/") else file
    kind = NAMES.get(place, {}).get(tokens[0])
    problems = _unknown(path, tokens[1:2], kind, analysis) if kind else []
    if file == "fit.json" and tokens[2:3] == ["parameters"]:
        problems += _unknown(path, tokens[3:4], "parameter", analysis)
    if file == "summary.json" and tokens[0] == "selected":
        problems += _unknown(path, tokens[2:3], "sample", analysis)
    return problems


def _unknown(path: str, names: Iterable[str], kind: str, analysis: Analysis) -> list[str]:
    known = _KNOWN[kind](analysis)
    return unknown_names(path, names, known, kind) if known else []


_KNOWN: dict[str, Callable[[Analysis], list[str]]] = {
    "signal": lambda analysis: measured_names(analysis),
    "model": lambda analysis: model_names(analysis),
    "fit": lambda analysis: [*model_names(analysis), BACKGROUND_ONLY],
    "region": lambda analysis: list(analysis.regions),
    "sample": lambda analysis: list(analysis.samples),
    "parameter": lambda analysis: known_parameters(analysis),
}
