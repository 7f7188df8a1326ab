"""The site's tables about the analysis itself: regions, definitions, uncertainties, samples, as
plain values.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wollemi.analysis.models.analysis import Hook, Variable
from wollemi.analysis.models.objects import PhysicsObject
from wollemi.analysis.models.systematics import Systematic
from wollemi.analysis.plain.merged_flow import own_expression
from wollemi.analysis.plain.plot_eras import era_plots
from wollemi.analysis.plain.systematic_kinds import KINDS, Kind, kind_of
from wollemi.analysis.settings import Settings
from wollemi.pages.plot_groups import region_plots
from wollemi_engine.expressions.selections import selection_terms
from wollemi_likelihood.base.errors import counted

Rows = list[dict[str, Any]]
MERGED = ", with underflow and overflow in the first and the last bin"
ROLES = {
    "signal": "A signal region, which enters the fit.",
    "control": "A control region, which enters the fit.",
    "validation": "A validation region, which does not enter the fit.",
}
STATISTICS = {
    "all": (
        "Each bin has one parameter for the statistical uncertainty of all simulated samples "
        "together."
    ),
    "background": "Each bin has one parameter for the statistical uncertainty of all backgrounds together.",  # noqa: E501
    "none": "The statistical uncertainty of the simulation is not in the model.",
}


def region_rows(
    settings: Settings, plots: Sequence[Mapping[str, Any]], fitted: bool
) -> dict[str, dict[str, Any]]:
    """Region → its role, fitted variable and selection, and its plots; variants without a cut are
    listed under the region itself.

    Args:
        settings: Settings with `regions` and `variables`.
        plots: All plots, with their names.
        fitted: Whether there is a model.
    """
    rows, eras = {}, [*era_plots(settings.declared)]
    for name, shown in region_plots(settings.regions, plots, eras).items():
        region = settings.regions[name]
        rows[name] = {
            "role_text": ROLES[region.role] if fitted else "",
            "variable_text": _variable_text(settings.variables, region.variable),
            "terms": selection_terms(region.selection),
            "plots": shown,
        }
    return rows


def _variable_text(variables: Mapping[str, Variable], name: str) -> str:
    axes = variables[name].axes or (name,)
    texts = [_axis_text(variables[axis]) for axis in axes]
    return f"{'Variable' if len(axes) == 1 else 'Variables'}: {'; '.join(texts)}."


def _axis_text(variable: Variable) -> str:
    unit = f" [{variable.unit}]" if variable.unit else ""
    if variable.categories:
        return f"{variable.label}, {counted(len(variable.categories), 'category')}"
    bins, low, high = _binning(variable)
    return f"{variable.label}{unit}, {counted(bins, 'bin')} from {low:g} to {high:g}"


def _binning(variable: Variable) -> tuple[int, float, float]:
    """Number of bins, lower and upper edge."""
    if variable.edges is not None:
        return len(variable.edges) - 1, variable.edges[0], variable.edges[-1]
    given = variable.bins or variable.log_bins
    assert given is not None, "a variable has a binning"
    return given


def variable_rows(variables: Mapping[str, Variable]) -> Rows:
    """Name, label, expression and binning of each variable."""
    rows = []
    for name, item in variables.items():
        if item.axes:  # listed as separate variables
            continue
        bins, low, high = _binning(item)
        label = f"{item.label} [{item.unit}]" if item.unit else item.label
        own = own_expression(item.plain)
        rows.append(
            {
                "name": name,
                "label": label,
                "expression": own if own == item.expression else f"{own}{MERGED}",
                "bins": bins,
                "low": low,
                "high": high,
            }
        )
    return rows


def definitions(settings: Settings) -> dict[str, Any]:
    """Meaning of the names in conditions: `skim`, `objects`, `columns`, `variables`."""
    return {
        "skim": selection_terms(settings.skim.selection) if settings.skim else [],
        "objects": {name: _object_lines(item) for name, item in settings.objects.items()},
        "columns": {name: _column_text(item) for name, item in settings.columns.items()},
        "variables": variable_rows(settings.variables),
    }


def _object_lines(item: PhysicsObject) -> list[tuple[str, str]]:
    return [(key.replace("_", " "), value_text(value)) for key, value in item.given().items()]


def value_text(value: Any) -> str:
    """A value of the analysis file on one line."""
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {value_text(item)}" for key, item in value.items())
    if isinstance(value, tuple | list):
        return ", ".join(map(value_text, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _column_text(item: str | Hook) -> str:
    return item if isinstance(item, str) else f"{item.hook}({', '.join(item.uses)}) of hooks.py"


def systematic_rows(settings: Settings, pulls: Mapping[str, str]) -> Rows:
    """Name, kind, effect and place of each uncertainty, and its pull.

    Args:
        settings: Settings with `systematics` and `samples`.
        pulls: Name of a parameter → its pull.
    """
    simulated = {
        name
        for name, sample in settings.samples.items()
        if sample.role != "data" and sample.estimate is None
    }
    return [
        {
            "name": name,
            "kind": _shown(kind_of(item.plain)),
            **_effect(item),
            "samples": item.samples,
            "everywhere": simulated <= set(item.samples),
            "where": _places(item),
            "pull": pulls.get(name),
        }
        for name, item in settings.systematics.items()
    ]


def _effect(item: Systematic) -> dict[str, str]:
    effect = kind_of(item.plain).effect(item.plain)
    return {side: value_text(value) for side, value in effect.items()}


def kind_texts(settings: Settings) -> dict[str, str]:
    """Kind → its description, for the kinds of the systematics."""
    used = {kind_of(item.plain).name for item in settings.systematics.values()}
    return {_shown(kind): kind.text for name, kind in KINDS.items() if name in used}


def _shown(kind: Kind) -> str:
    return kind.name.replace("_", " ")


def _places(item: Systematic) -> str:
    return ", ".join((*item.regions, *item.eras))


def sample_rows(settings: Settings) -> Rows:
    """Role and datasets of each sample."""
    return [
        {
            "name": name,
            "role": item.role,
            "datasets": list(item.datasets),
            "estimated": item.estimate is not None,
        }
        for name, item in settings.samples.items()
    ]


def in_order(settings: Settings, summary: Mapping[str, Any]) -> dict[str, Any]:
    """The summary with regions, samples and datasets in the order of the analysis, since JSON sorts
    its keys.

    Args:
        settings: Settings with `regions`, `samples` and `datasets`.
        summary: Content of `summary.json`.
    """
    tables = {
        region: [
            table | {"samples": _sorted(table["samples"], settings.samples)} for table in found
        ]
        for region, found in _sorted(summary["cutflow"], settings.regions).items()
    }
    account = summary["account"] | {
        "datasets": _sorted(summary["account"]["datasets"], settings.datasets)
    }
    return {
        **summary,
        "cutflow": tables,
        "account": account,
        "results": _sorted(summary["results"], settings.samples),
        "selected": _sorted(summary["selected"], settings.regions),
        "datasets": {
            name: item | {"regions": _sorted(item["regions"], settings.regions)}
            for name, item in _sorted(summary["datasets"], settings.datasets).items()
        },
    }


def _sorted(mapping: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: mapping[name] for name in names if name in mapping}


def dataset_rows(settings: Settings, summary: Mapping[str, Any]) -> Rows:
    """Events, cross section and normalization of each dataset.

    Args:
        settings: Settings with `datasets`.
        summary: Content of `summary.json`.
    """
    accounts = summary["account"]["datasets"]
    return [
        {
            "name": name,
            "era": settings.datasets[name].era,
            "events": accounts[name]["entries"] if name in accounts else None,
            "cross_section_pb": settings.datasets[name].cross_section_pb,
            "scale_factor": settings.datasets[name].scale_factor,
            "sum_of_weights": item["sum_of_weights"],
            "normalization": item["normalization"],
        }
        for name, item in summary["datasets"].items()
    ]
