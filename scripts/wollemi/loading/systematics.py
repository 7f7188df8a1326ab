"""Checks of the systematics of an analysis file. Standard library only, like
`wollemi.loading.all`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import log
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.histogram_paths import (
    VARIED,
    nominal_histograms,
    varied,
)
from wollemi.analysis.plain.histogram_variations import own_sides
from wollemi.analysis.plain.queries import as_list, dataset_era
from wollemi.analysis.plain.systematic_kinds import MIRRORED, SIDES, kind_of
from wollemi.analysis.plain.systematics import acts_in_era
from wollemi.analysis.plain.weight_sets import member_numbers
from wollemi.loading.combined import NO_CHANGE
from wollemi.loading.correlations import (
    PLACEHOLDERS,
    known_eras,
    placeholders,
    systematic_eras,
)
from wollemi_engine.expressions.names import weight_column
from wollemi_likelihood.base.errors import counted
from wollemi_likelihood.base.nearest import did_you_mean, unknown_names

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis
    from wollemi.analysis.models.systematics import Systematic
    from wollemi.base.yaml import Document

_MOST = 10.0  # no uncertainty changes a yield more, nor one side ten times more than the other
_TWO = "up: 1.02, down: 0.98"


def check_systematics(analysis: Analysis) -> list[str]:
    """Problems of the section `systematics`, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    systematics = analysis.systematics
    problems = []
    for name, item in systematics.items():
        path = f"systematics.{name}"
        problems += _check_names(analysis, path, item)
        problems += [
            f"{path}: {problem}"
            for problem in (_placeholder_problem(analysis, name, item),)
            if problem
        ]
        problems += _check_eras(analysis, path, item)
        if getattr(item, "symmetrization", None) and kind_of(item.plain).is_one_sided(item.plain):
            problems.append(
                f"{path}.symmetrization: with `down: {MIRRORED}` -1σ is the mirror image of +1σ "
                "already; leave it out, or give both sides"
            )
        variation = getattr(item, "variation", None) or name
        if variation != name and variation in systematics:
            problems.append(
                f"{path}: the name of its histograms, '{variation}', is taken by another systematic"
            )
    return problems


def _check_names(analysis: Analysis, path: str, item: Systematic) -> list[str]:
    samples = [name for name, sample in analysis.samples.items() if sample.role != "data"]
    problems = unknown_names(f"{path}.samples", item.samples, samples, "sample")
    problems += unknown_names(f"{path}.regions", item.regions, analysis.regions, "region")
    for key, section, names in kind_of(item.plain).references(item.plain):
        known = getattr(analysis, section)
        problems += unknown_names(f"{path}.{key}", names, known, section[:-1])
    return problems + own_problems(analysis, path, item.plain)


def own_problems(analysis: Analysis, path: str, item: Document) -> list[str]:
    """Problems found by the checks of the systematic's kind, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
        path: Path of the systematic.
        item: Settings of the systematic.
    """
    return [
        problem for name in kind_of(item).checks for problem in CHECKS[name](analysis, path, item)
    ]


def _check_dataset_eras(analysis: Analysis, path: str, item: Document) -> Iterator[str]:
    """Problems of datasets, which must replace datasets of the same era."""
    for key, _, names in kind_of(item).references(item) if item.get("eras") else ():
        eras = {name: dataset_era(analysis, name) for name in names}
        yield from (
            f"{path}.{key}: '{name}' is of the era {era}, in which the systematic does not act"
            for name, era in eras.items()
            if era is not None and not acts_in_era(item, era)
        )


def _check_factors(analysis: Analysis, path: str, item: Document) -> Iterator[str]:
    """Problems of two numbers that are sizes, in percent or as a fraction, instead of factors."""
    sides = [
        item[side] if isinstance(item[side], Mapping) else {None: item[side]} for side in SIDES
    ]
    for era in sides[0]:
        up, down = (_number(side.get(era, side.get(None))) for side in sides)
        problem = None if up is None or down is None else _factor_problem(up, down)
        if problem:
            where = f" for {era}" if era is not None else ""
            yield (
                f"{path}: the factors up: {up:g}, down: {down:g}{where} {problem}; an uncertainty "
                f"of 2 % is {_TWO}"
            )


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _factor_problem(up: float, down: float) -> str | None:
    if not min(up, down) > 0:
        return "are not both above 0"
    if max(up, down) >= _MOST or min(up, down) <= 1 / _MOST:
        return f"are not within {1 / _MOST:g} to {_MOST:g}, as if given in per cent or as a share"
    smaller, larger = sorted(abs(log(factor)) for factor in (up, down))
    if larger < log(1.5) or smaller == 0:
        return None
    if up == down:
        return "are equal, as if a size were given for a factor"
    if larger > _MOST * smaller:
        return "differ by more than a factor of 10 in size, as if one were given in per cent"
    return None


def _check_column(analysis: Analysis, path: str, item: Document) -> list[str]:
    """Problems of a changed column, which must be a quantity of the event: objects use branches."""
    return _column_problems(analysis, f"{path}.column", item["column"], "kind: object")


def _column_problems(analysis: Analysis, path: str, column: str, instead: str) -> list[str]:
    objects = analysis.objects
    if column in objects:
        return [f"{path}: '{column}' is an object; use {instead}"]
    prefixes = {
        item.collection: name for name, item in reversed(list(objects.items())) if item.collection
    }
    prefix = column.partition("_")[0]
    if "_" in column and prefix in prefixes:
        return [
            (f"{path}: '{column}' is a branch of the object '{prefixes[prefix]}'; use {instead}")
        ]
    return []


def _check_changes(analysis: Analysis, path: str, item: Document) -> Iterator[str]:
    """Problems of sides that change nothing, and of objects, columns and the name of the factor."""
    for side in SIDES:
        changes = item[side]
        if changes == MIRRORED:
            continue
        if not any(changes.get(key) for key in ("objects", "columns", "weight")):
            yield f"{path}.{side}: changes nothing; give objects, columns or weight"
        yield from unknown_names(
            f"{path}.{side}.objects",
            changes.get("objects") or {},
            analysis.objects,
            "object",
        )
        for name in changes.get("columns") or {}:
            yield from _column_problems(analysis, f"{path}.{side}.columns", name, "objects")
    name = weight_column(item.get("variation", path.partition(".")[2]))
    taken = analysis.columns.get(name, NO_CHANGE) != NO_CHANGE
    factor = analysis.weights[name].factor if name in analysis.weights else name
    if kind_of(item).changes_weight(item) and (taken or factor != name):
        yield f"{path}: '{name}', the name of its factor on the weight, is taken; choose another"


def _placeholder_problem(analysis: Analysis, name: str, item: Systematic) -> str:
    """The reason why a systematic was not expanded; empty if it was."""
    found = placeholders(name)
    unknown = [word for word in found if word not in PLACEHOLDERS]
    if unknown:
        known = ", ".join(f"{{{word}}}" for word in PLACEHOLDERS)
        return (
            f"'{{{unknown[0]}}}' is not a placeholder{did_you_mean(unknown[0], PLACEHOLDERS)} "
            f"(there are {known})"
        )
    if "era" in found and not systematic_eras(analysis.plain, item.plain):
        return "acts in no era; '{era}' needs datasets with an era"
    return "acts nowhere, or another systematic has a name that it stands for" if found else ""


def _check_eras(analysis: Analysis, path: str, item: Systematic) -> list[str]:
    """Problems of unknown eras, and of eras in which it acts without a value."""
    known = known_eras(analysis.plain)
    kind, problems = kind_of(item.plain), _unknown_eras(f"{path}.eras", item.eras, known)
    if not kind.by_era:
        return problems
    given = ((side, item.plain[side]) for side in SIDES)
    sides = {side: values for side, values in given if isinstance(values, Mapping)}
    # Without eras, the names are meant to be samples.
    by_sample = kind.acts_by_itself and (not known or kind.by_sample(item.plain))
    wanted, word = list(item.samples), "sample"
    if not by_sample:
        wanted, word = systematic_eras(analysis.plain, item.plain), "era"
    for side, values in sides.items():
        problems += (
            unknown_names(f"{path}.{side}", values, item.samples, word)
            if by_sample
            else _unknown_eras(f"{path}.{side}", values, known)
        )
        problems += [
            f"{path}.{side}: there is no value for the {word} {key}"
            for key in wanted
            if key not in values
        ]
        if MIRRORED in values.values():
            problems.append(f"{path}.{side}: write {MIRRORED} once, for all eras")
    return problems


def _unknown_eras(path: str, eras: Iterable[str], known: list[str]) -> list[str]:
    if not known:
        return [f"{path}: no dataset has an era" for _ in list(eras)[:1]]
    return unknown_names(path, eras, known, "era")


def _check_members(analysis: Analysis, path: str, item: Document) -> list[str]:
    """Problems of repeated members and of empty ranges."""
    numbers = member_numbers(item["members"])
    repeated = sorted({number for number in numbers if numbers.count(number) > 1})
    problems = [f"{path}.members: {number} appears there twice" for number in repeated]
    empty = [member for member in item["members"] if not member_numbers([member])]
    return problems + [
        f"{path}.members: {member} is empty; write the smaller number first" for member in empty
    ]


def _check_pdf_set(analysis: Analysis, path: str, item: Document) -> list[str]:
    """Problems of nominal and α_s weights among the members, and of too few members."""
    numbers = member_numbers(item["members"])
    others = {"nominal": [item.get("nominal")], "alpha_s": item.get("alpha_s") or ()}
    shared = [
        (key, number) for key, values in others.items() for number in values if number in numbers
    ]
    problems = [
        f"{path}.{key}: {number} is one of the members of the set" for key, number in shared
    ]
    if item["method"] == "hessian_asymmetric" and len(numbers) % 2:
        problems.append(f"{path}.members: {counted(len(numbers), 'member')} cannot be paired")
    if item["method"] == "replicas" and len(numbers) < 2:
        problems.append(f"{path}.members: a spread needs at least two replicas")
    return problems


def _check_histogram_paths(analysis: Analysis, path: str, item: Document) -> Iterator[str]:
    """Problems of samples without histograms, and of histograms that are taken twice."""
    for side in SIDES:
        for word in placeholders(str(item[side])):
            if word not in VARIED:
                known = ", ".join(f"{{{name}}}" for name in VARIED)
                yield (
                    f"{path}.{side}: '{{{word}}}' is not a placeholder"
                    f"{did_you_mean(word, VARIED)} (there are {known})"
                )
    for sample in as_list(item["samples"]):
        for name in analysis.samples[sample].datasets if sample in analysis.samples else ():
            dataset = analysis.datasets.get(name)
            if dataset is None or not dataset.histograms:
                yield (
                    f"{path}.samples: the dataset '{name}' of '{sample}' does not enter as "
                    "histograms: use another kind for its events"
                )
                continue
            yield from _repeated_histograms(path, name, dataset.plain, item)


def _repeated_histograms(path: str, name: str, dataset: Document, item: Document) -> Iterator[str]:
    """Problems of paths without `{histogram}`, which name one histogram for several in a region."""
    files = [file if isinstance(file, str) else file["url"] for file in dataset["files"]]
    variation = own_sides(item)
    for side in variation:
        first: dict[Any, Any] = {}
        for region, nominal in nominal_histograms(dataset["histograms"], files):
            found = varied(variation, side, nominal, region, name)
            other = first.setdefault((region, found), nominal)
            # `{histogram}` is a side without an effect, if the other side has one.
            one_sided = variation[side] == "{histogram}" and len({*variation.values()}) > 1
            if other != nominal or (found == nominal and not one_sided):
                yield (
                    f"{path}.{side}: in region '{region}' of dataset '{name}' it is "
                    f"'{found.path}' of {found.file} for '{nominal.path}' of {nominal.file}"
                    + (
                        ", which is the nominal one"
                        if found == nominal
                        else f" and for '{other.path}' of {other.file}: it would count twice"
                    )
                )
                return


# Name in the `checks` of a kind → function that finds the problems of one systematic, each as
# `path: problem`.
CHECKS: dict[str, Callable[[Analysis, str, Document], Iterable[str]]] = {
    "factors": _check_factors,
    "column": _check_column,
    "changes": _check_changes,
    "members": _check_members,
    "pdf set": _check_pdf_set,
    "eras of datasets": _check_dataset_eras,
    "paths of histograms": _check_histogram_paths,
}
