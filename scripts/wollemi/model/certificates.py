"""The sources' own arithmetic of imported models, for their certificates."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from wollemi_likelihood.inference.certificate import Arithmetic, Evaluate
from wollemi_likelihood.interpolation import AS_COMBINE, workspace_interpolation
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.plain_likelihood import plain_model

Json = Mapping[str, Any]
Values = Mapping[str, float]

# Name of a measurement → arithmetic of the model.
Source = Callable[[str], Arithmetic]
PYHF = "JSON of pyhf, by the formulas of HistFactory"
COMBINE = "workspace of wollemi convert, by the formulas of Combine"


def of_workspace(workspace: Json) -> Arithmetic:
    """The arithmetic of a pyhf workspace with one measurement."""
    name = COMBINE if workspace_interpolation(workspace) == AS_COMBINE else PYHF
    return Arithmetic(name, plain_model(workspace).minus_two_log_likelihood)


def of_combination(
    contents: Mapping[str, Json],
    made: Json,
    shared: Mapping[str, Sequence[str]],
    sources: Mapping[str, Arithmetic],
) -> Arithmetic:
    """The sum of the models' own -2 ln L, less repeated constraints of shared parameters.

    Args:
        contents: Workspace of each analysis.
        made: Workspace of the combination.
        shared: Parameter of the combination → its names, each `<analysis>.<parameter>`.
        sources: Arithmetic of each analysis.
    """
    called = {member: new for new, members in shared.items() for member in members}
    places = {
        name: {
            item.name: called.get(f"{name}.{item.name}", f"{name}_{item.name}")
            for item in Likelihood.from_workspace(content).parameters
        }
        for name, content in contents.items()
    }
    normal = {
        item.name: (item.nominal, item.width)
        for item in Likelihood.from_workspace(made).parameters
        if item.constraint == "normal" and item.name in shared
    }
    names = "; ".join(f"{name}: {source.name}" for name, source in sources.items())
    current = {name: source.minus_two_log_likelihood for name, source in sources.items()}
    evaluate = partial(_combined, current, places, shared, normal)
    otherwise: dict[str, Evaluate] = {}
    for name, source in sources.items():
        for words, other in source.otherwise.items():
            current = {**current, name: other}
            otherwise[f"{name}: {words}"] = partial(_combined, current, places, shared, normal)
    return Arithmetic(names, evaluate, otherwise)


def _combined(
    evaluates: Mapping[str, Evaluate],
    places: Mapping[str, Mapping[str, str]],
    shared: Mapping[str, Sequence[str]],
    normal: Mapping[str, tuple[float, float]],
    values: Values,
) -> float:
    total = sum(
        evaluate({own: values[new] for own, new in places[analysis].items()})
        for analysis, evaluate in evaluates.items()
    )
    return total - sum(
        (len(shared[name]) - 1) * ((values[name] - nominal) / width) ** 2
        for name, (nominal, width) in normal.items()
    )
