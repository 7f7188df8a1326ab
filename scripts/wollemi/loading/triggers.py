"""Checks of triggers: a path in every era, and prescales. Standard library only, as
`loading.all`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from wollemi.analysis.plain.certification import certifications, known_luminosity
from wollemi.analysis.plain.datasets import event_datasets
from wollemi.analysis.plain.measured import source_of
from wollemi.analysis.plain.queries import dataset_era, sample_datasets
from wollemi.analysis.plain.triggers import WEIGHT, paths_in_era
from wollemi_likelihood.base.nearest import unknown_names
from wollemi_likelihood.expressions.syntax import ExpressionError, used_names

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis
    from wollemi.analysis.models.triggers import Trigger, TriggerPath

    Texts = Sequence[tuple[str, str]]


def check_triggers(analysis: Analysis, expressions: Texts) -> list[str]:
    """Problems of the section `triggers` and of the triggers of datasets, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema.
        expressions: Path and text of all expressions of the analysis.
    """
    triggers, problems = analysis.triggers, []
    data = sample_datasets(analysis, "data")
    for name, item in analysis.datasets.items():
        for key in ("trigger", "not_trigger"):
            problems += unknown_names(
                f"datasets.{name}.{key}", getattr(item, key), triggers, "trigger"
            )
        if item.not_trigger and source_of(analysis.plain, name) not in data:
            problems.append(
                f"datasets.{name}.not_trigger: simulation has each event once; only data overlap"
            )
    taken = {*analysis.objects, *analysis.columns}
    problems += [
        f"triggers.{name}: the name is taken by an object or a column"
        for name in triggers
        if name in taken
    ]
    problems += (
        [f"weights.{WEIGHT}: the name is that of the weight of triggers"]
        if WEIGHT in analysis.weights
        else []
    )
    problems += _path_problems(triggers)
    eras = {
        name: dataset_era(analysis, name)
        for name in event_datasets(analysis.plain)
        if source_of(analysis.plain, name) == name
    }
    known = known_eras(analysis)
    problems += [
        problem
        for name, trigger in triggers.items()
        for problem in _era_problems(name, trigger, eras, known)
    ]
    simulated = {name: era for name, era in eras.items() if name not in data}
    return problems or list(_prescale_problems(analysis, simulated, expressions))


def _path_problems(triggers: Mapping[str, Trigger]) -> list[str]:
    """Problems of paths in two triggers, which must be the same in both."""
    seen: dict[str, tuple[str, TriggerPath]] = {}
    pairs = [
        (name, path, item)
        for name, trigger in triggers.items()
        for path, item in trigger.paths.items()
    ]
    return [
        f"triggers.{name}.paths.{path}: is not as in '{first}'"
        for name, path, item in pairs
        for first, other in [seen.setdefault(path, (name, item))]
        if other.plain != item.plain
    ]


def known_eras(analysis: Analysis) -> list[str]:
    """Eras named by datasets, luminosities or certificates."""
    eras = [item.era for item in analysis.datasets.values() if item.era is not None]
    return list(
        dict.fromkeys(
            [*eras, *(known_luminosity(analysis.plain) or ()), *certifications(analysis.plain)]
        )
    )


def _era_problems(
    name: str, trigger: Trigger, eras: Mapping[str, str | None], known: Sequence[str]
) -> list[str]:
    """Problems of datasets without an era that the paths need, of eras without a path, and of paths
    with unknown eras.
    """
    named = {
        (path, key): _named_eras(item, key)
        for path, item in trigger.paths.items()
        for key in ("eras", "prescale")
    }
    problems = [
        f"datasets.{dataset}: needs an era, on which the trigger '{name}' depends"
        for dataset, era in eras.items()
        if era is None and any(named.values())
    ]
    used_eras = dict.fromkeys(era for era in eras.values() if era is not None)
    problems += [
        f"triggers.{name}: no path exists in the era {era}"
        for era in used_eras
        if not paths_in_era(trigger.plain, era)
    ]
    for (path, key), used in named.items():
        problems += unknown_names(
            f"triggers.{name}.paths.{path}.{key}", used, known, "era of the analysis"
        )
    return problems


def _named_eras(item: TriggerPath, key: str) -> list[str]:
    value = getattr(item, key)
    return list(value) if isinstance(value, (tuple, Mapping)) else []


def _prescale_problems(
    analysis: Analysis, simulated: Mapping[str, str | None], expressions: Texts
) -> Iterator[str]:
    """Problems of the prescale weight, which needs datasets that name their triggers, and applies
    to these triggers together.

    Data include the prescale of a trigger, simulation does not: a selection that requires one of
    several triggers, or a path, would need a different weight.
    """
    for dataset, era in simulated.items():
        named = list(analysis.datasets[dataset].trigger)
        found = {
            name: paths_in_era(trigger.plain, era) for name, trigger in analysis.triggers.items()
        }
        prescaled = [
            name
            for name, paths in found.items()
            if any(prescale != 1 for prescale in paths.values())
        ]
        missing = [name for name in prescaled if name not in named]
        if missing:
            wanted = ", ".join([*named, *missing])
            yield (
                f"datasets.{dataset}: '{missing[0]}' is prescaled, which its weight needs to "
                f"know: add trigger: [{wanted}]"
            )
            continue
        paths = {
            path for items in found.values() for path, prescale in items.items() if prescale != 1
        }
        refused = paths if named == prescaled[:1] else paths | set(prescaled)
        for place, text in expressions:
            yield from (f"{place}: {problem}" for problem in _uses(text, refused, dataset))


def _uses(text: str, refused: set[str], dataset: str) -> list[str]:
    try:
        used = sorted(refused & used_names(text))
    except ExpressionError:  # reported with all other expressions
        return []
    return [
        (
            f"'{name}' is prescaled: the weight of '{dataset}' is that of its `trigger` as a "
            "whole; remove it here"
        )
        for name in used
    ]
