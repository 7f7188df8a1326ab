"""Checks for keys that have no effect, because of another key. Standard library only, like
`wollemi.loading.all`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Document = Mapping[str, Any]


def check_unused_keys(document: Document) -> list[str]:
    """Keys without any effect, each as `path: problem`.

    Args:
        document: Analysis accepted by the schema, expanded.
    """
    return [
        *_unused_statistics(document.get("model") or {}),
        *_statistics_of_negative_bins(document.get("model") or {}),
        *_unused_floors((document.get("extrapolation") or {}).get("scenarios") or {}),
        *_repeated_values((document.get("toy_fits") or {}).get("injected") or ()),
    ]


def _unused_statistics(model: Document) -> Iterator[str]:
    if model.get("mc_statistics") != "none":
        return
    for key in ("mc_statistics_threshold", "mc_statistics_constraint"):
        if model.get(key) is not None:
            yield f"model.{key}: has no effect beside `mc_statistics: none`; remove one of both"


def _statistics_of_negative_bins(model: Document) -> Iterator[str]:
    kept = model.get("floor_negative_bins") == "keep"
    if kept and model.get("mc_statistics_constraint") == "poisson":
        path = "model.mc_statistics_constraint"
        yield f"{path}: poisson has no factor for bins below 0, which are kept; use gaussian"


def _unused_floors(scenarios: Mapping[str, Any]) -> Iterator[str]:
    for name, scenario in scenarios.items():
        groups = (scenario.get("groups") or {}).values()
        rules = (scenario.get("systematics"), scenario.get("mc_statistics"), *groups)
        if scenario.get("floor") and "scaled" not in rules:
            path = f"extrapolation.scenarios.{name}.floor"
            yield f"{path}: is for what is `scaled`, and nothing is here; remove it"


def _repeated_values(values: tuple[float, ...]) -> Iterator[str]:
    repeated = {float(value) for value in values if list(map(float, values)).count(value) > 1}
    for value in sorted(repeated):
        yield f"toy_fits.injected: {value:g} is there twice; remove one"
