"""Checks for keys that have no effect, because of another key. Standard library only, like
`wollemi.loading.all`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis
    from wollemi.analysis.models.extrapolation import Scenario
    from wollemi.analysis.models.model import Model


def check_unused_keys(analysis: Analysis) -> list[str]:
    """Keys without any effect, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    return [
        *(_unused_statistics(analysis.model) if analysis.model else ()),
        *(_statistics_of_negative_bins(analysis.model) if analysis.model else ()),
        *(_unused_floors(analysis.extrapolation.scenarios) if analysis.extrapolation else ()),
        *(_repeated_values(analysis.toy_fits.injected) if analysis.toy_fits else ()),
    ]


def _unused_statistics(model: Model) -> Iterator[str]:
    if model.mc_statistics != "none":
        return
    for key in ("mc_statistics_threshold", "mc_statistics_constraint"):
        if getattr(model, key) is not None:
            yield f"model.{key}: has no effect beside `mc_statistics: none`; remove one of both"


def _statistics_of_negative_bins(model: Model) -> Iterator[str]:
    kept = model.floor_negative_bins == "keep"
    if kept and model.mc_statistics_constraint == "poisson":
        path = "model.mc_statistics_constraint"
        yield f"{path}: poisson has no factor for bins below 0, which are kept; use gaussian"


def _unused_floors(scenarios: Mapping[str, Scenario]) -> Iterator[str]:
    for name, scenario in scenarios.items():
        groups = scenario.groups.values()
        rules = (scenario.systematics, scenario.mc_statistics, *groups)
        if scenario.floor and "scaled" not in rules:
            path = f"extrapolation.scenarios.{name}.floor"
            yield f"{path}: is for what is `scaled`, and nothing is here; remove it"


def _repeated_values(values: tuple[float, ...]) -> Iterator[str]:
    repeated = {value for value in values if values.count(value) > 1}
    for value in sorted(repeated):
        yield f"toy_fits.injected: {value:g} is there twice; remove one"
