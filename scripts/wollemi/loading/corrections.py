"""Checks of corrections and of the calls to them. Standard library only, like `loading.all`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.corrections import KINDS, is_choice, resolved
from wollemi.analysis.plain.datasets import event_datasets
from wollemi.analysis.plain.needed_columns import weighted_datasets
from wollemi.analysis.plain.objects import own_expressions
from wollemi.analysis.plain.queries import dataset_era, sample_datasets
from wollemi.analysis.plain.sections import select_sections
from wollemi_likelihood.base.nearest import did_you_mean, unknown_names
from wollemi_likelihood.expressions.syntax import ExpressionError, called_corrections

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis
    from wollemi.analysis.models.corrections import Correction

    Texts = Iterable[tuple[str, str]]


def check_corrections(analysis: Analysis, expressions: Texts) -> list[str]:
    """Problems of the sections `corrections` and `weights`, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema.
        expressions: Path and text of every expression on events.
    """
    corrections = analysis.corrections
    own = [
        (f"objects.{name}.{key}", text)
        for name, item in analysis.objects.items()
        for key, text in own_expressions(item.plain).items()
    ]
    calls = [
        problem
        for path, text in (*expressions, *own)
        for problem in _check_calls(path, text, corrections)
    ]
    shapes = [
        problem
        for name, item in corrections.items()
        for problem in _check_shape(f"corrections.{name}", item)
    ]
    return [
        *shapes,
        *calls,
        *_check_weights(analysis),
        *(_check_eras(analysis) if corrections else []),
    ]


def arguments(item: Correction) -> int:
    """Number of arguments of a correction."""
    given = (item.inputs or {}).values()
    return max((number for value in given for number in _numbers(value)), default=0)


def _numbers(value: Any) -> list[int]:
    """Argument numbers that an input may have."""
    if is_choice(value):
        return [number for item in value.values() for number in _numbers(item)]
    return [value] if isinstance(value, int) else []


def _check_shape(path: str, item: Correction) -> list[str]:
    """Problems of gaps in the numbers of arguments, and of variations that change no constant."""
    problems = []
    given = item.inputs or {}
    numbers = {number for value in given.values() for number in _numbers(value)}
    missing = sorted({*range(1, arguments(item) + 1)} - numbers)
    problems += [
        f"{path}.inputs: argument {number} is not an input; arguments are numbered from 1"
        for number in missing
    ]
    problems += [
        f"{path}.inputs: {number} is not an argument; they are numbered from 1"
        for number in sorted(numbers)
        if number < 1
    ]
    for name, changes in item.variations.items():
        problems += unknown_names(f"{path}.variations.{name}", changes, given, "input")
        for key, value in changes.items():
            if _numbers(value):
                where = f"{path}.variations.{name}.{key}"
                problems.append(
                    f"{where}: a variation changes constants; write text, or a number with a point"
                )
    return problems


def _check_calls(path: str, text: str, corrections: Mapping[str, Correction]) -> list[str]:
    try:
        calls = called_corrections(text)
    except ExpressionError:  # reported with all other expressions
        return []
    problems = []
    for call, given in calls:
        name, _, variation = call.partition(".")
        if name not in corrections:
            problems.append(
                f"{path}: 'correction.{name}' is not in "
                f"corrections{did_you_mean(name, corrections)}"
            )
            continue
        variations = corrections[name].variations
        if variation and variation not in variations:
            offer = (
                did_you_mean(variation, variations)
                or f" (it has {', '.join(variations) or 'none'})"
            )
            problems.append(f"{path}: 'correction.{name}' has no variation '{variation}'{offer}")
        wanted = arguments(corrections[name])
        if given != wanted:
            problems.append(
                f"{path}: correction.{call}() takes {wanted} "
                f"argument{'s' if wanted != 1 else ''}, not {given}"
            )
    return problems


def _check_weights(analysis: Analysis) -> list[str]:
    problems = []
    simulated = [name for name, sample in analysis.samples.items() if sample.role != "data"]
    data = set(sample_datasets(analysis, "data"))
    for name, item in analysis.weights.items():
        path = f"weights.{name}"
        problems += unknown_names(f"{path}.samples", item.samples, simulated, "simulated sample")
        problems += unknown_names(f"{path}.datasets", item.datasets, analysis.datasets, "dataset")
        weighted = sorted(weighted_datasets(analysis.plain, item.plain) & data)
        problems += [
            f"{path}: data are never weighted, and '{dataset}' is data" for dataset in weighted
        ]
    return problems


def _check_eras(analysis: Analysis) -> list[str]:
    """Problems of settings by era or kind that do not cover each dataset that needs them."""
    problems = []
    data = sample_datasets(analysis, "data")
    for dataset in event_datasets(analysis.plain):
        try:
            select_sections(analysis.plain, ("skim_corrections", "fill_corrections"), dataset)
        except ExpressionError:  # reported with all other expressions
            continue
        except KeyError:
            kind = KINDS[0] if dataset in data else KINDS[1]
            problems += _era_problems(analysis, dataset, dataset_era(analysis, dataset), kind)
    return problems


def _era_problems(analysis: Analysis, dataset: str, era: Any, kind: str) -> list[str]:
    problems = []
    for name, item in analysis.corrections.items():
        own = {key: item.plain.get(key) for key in ("file", "correction")}
        groups = [("", own), (".inputs", item.plain.get("inputs") or {})]
        groups += [
            (f".variations.{key}", value) for key, value in item.plain.get("variations", {}).items()
        ]
        for group, values in groups:
            for key in values:
                try:
                    resolved(values[key], era, kind)
                except KeyError as error:
                    problems.append(
                        f"corrections.{name}{group}.{key}: says nothing of {error}, and the "
                        f"dataset '{dataset}' needs it"
                    )
    return problems
