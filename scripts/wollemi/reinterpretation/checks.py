"""Check whether new signals fit an archived analysis before anything runs, in the terms of the file
of signals.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from wollemi.analysis.models.datasets import Dataset
from wollemi.analysis.models.problems import describe_problems
from wollemi.analysis.plain.datasets import replacing
from wollemi.analysis.plain.published import published_signals
from wollemi.analysis.plain.queries import (
    as_list,
    is_published,
    scaled_samples,
    signal_samples,
)
from wollemi.analysis.view import view_of
from wollemi.reinterpretation.models import (
    EFFICIENCIES,
    FROM_GENERATOR,
    SOURCES,
    Efficiencies,
    NewSignal,
)
from wollemi_likelihood.base.nearest import did_you_mean


def signal_problems(
    name: str, signal: NewSignal, document: Mapping[str, Any], archive: Mapping[str, Any]
) -> list[str]:
    """Problems of one signal, each as `path in the file of signals: problem`.

    Args:
        name: Name of the signal.
        signal: New signal.
        document: Archived analysis as written by its author.
        archive: Its `analysis`, `wollemi`, and `archive_sha256` if it is a zip.
    """
    if is_published(view_of(document)):
        return [
            *_made_for(name, signal, archive),
            *_luminosity(name, signal, document.get("luminosity_ifb")),
            *_published_problems(name, signal, published_signals(document["workspace"])),
        ]
    samples = document["samples"]
    if scaled_samples(view_of(document)):
        return [
            f"{name}: the archived analysis fits all its signals in one model; a new signal needs "
            "an analysis with a model for each (no free normalization as model.poi)"
        ]
    problems = [
        *_made_for(name, signal, archive),
        *_luminosity(name, signal, document.get("luminosity_ifb")),
    ]
    if name in samples and samples[name]["role"] != "signal":
        problems.append(
            f"{name}: is the name of a sample of the archive that is not a signal; take "
            "another name"
        )
    if signal.datasets is not None:
        problems += _like_problems(name, signal, document)
    if signal.yields is not None:
        problems.append(
            f"{name}.yields: are for a model that somebody published; this archive makes its model "
            "from histograms: give efficiencies, below datasets"
        )
    return problems


def _published_problems(name: str, signal: NewSignal, archived: Collection[str]) -> Iterator[str]:
    """Problems with a published model: it has no events, and no selection to apply to new ones."""
    if signal.datasets is not None:
        yield (
            f"{name}.datasets: this archive starts from a published model, which has no selection "
            "to run events through; give the events that a recast finds in each of its bins, as "
            "yields or as a patch"
        )
    elif signal.yields is not None:
        yield from _unknown_signal(name, signal, archived)


def _unknown_signal(name: str, signal: NewSignal, archived: Collection[str]) -> Iterator[str]:
    if signal.like not in archived:
        near = did_you_mean(str(signal.like), archived)
        yield f"{name}.like: '{signal.like}' is not a signal of the archive{near}"


def _made_for(name: str, signal: NewSignal, archive: Mapping[str, Any]) -> Iterator[str]:
    for key in ("analysis", "wollemi", "archive_sha256"):
        wanted, here = getattr(signal.made_for, key), archive.get(key)
        if wanted is not None and here is None:
            yield (
                f"{name}.made_for.{key}: is that of a zip, and this archive is a folder; name "
                "the zip, or leave this out"
            )
        elif wanted is not None and wanted != here:
            yield (
                f"{name}.made_for.{key}: the signal was made for '{wanted}', but this archive "
                f"has '{here}'"
            )


def _luminosity(name: str, signal: NewSignal, here: Any) -> Iterator[str]:
    wanted = signal.luminosity_ifb
    if wanted is not None and not _same(wanted, here):
        yield f"{name}.luminosity_ifb: {wanted} fb⁻¹, but the archived analysis has {here}"


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return {str(key): float(value) for key, value in one.items()} == {
            str(key): float(value) for key, value in other.items()
        }
    return (
        not isinstance(one, Mapping)
        and not isinstance(other, Mapping)
        and other is not None
        and float(one) == float(other)
    )


def _like_problems(name: str, signal: NewSignal, document: Mapping[str, Any]) -> list[str]:
    samples, datasets = document["samples"], signal.datasets or {}
    archived = signal_samples(view_of(document))
    if signal.like not in archived:
        return list(_unknown_signal(name, signal, archived))
    if samples[signal.like].get("selection"):
        return [
            f"{name}.like: '{signal.like}' takes a part of its datasets (selection), which a new "
            "signal cannot; an archive whose datasets have the selection can be followed"
        ]
    wanted = as_list(samples[signal.like]["datasets"])
    own = {dataset for sample in archived for dataset in as_list(samples[sample]["datasets"])}
    taken = [
        dataset
        for dataset in dataset_names(name, signal).values()
        if dataset in document["datasets"].keys() - own
    ]
    problems = [
        f"{name}: a dataset of the archive is named {dataset}; take another name"
        for dataset in taken
    ]
    for dataset in datasets:
        if dataset not in wanted:
            problems.append(
                f"{name}.datasets: '{dataset}' is not a dataset of "
                f"{signal.like}{did_you_mean(dataset, wanted)}"
            )
    problems += [
        f"{name}.datasets: say what becomes of {dataset}"
        for dataset in wanted
        if dataset not in datasets
    ]
    if len({"efficiencies" in changes for changes in datasets.values()}) > 1:
        problems.append(
            f"{name}.datasets: some have efficiencies, some have not; give them to all or to none"
        )
    for dataset, changes in datasets.items():
        path = f"{name}.datasets.{dataset}"
        problems += _dataset_problems(path, changes, document["datasets"].get(dataset, {}))
    return [*problems, *_alternatives(name, signal, document)]


def _alternatives(name: str, signal: NewSignal, document: Mapping[str, Any]) -> Iterator[str]:
    """Problems with systematics that compare simulations, which a new signal does not have."""
    for systematic, item in document.get("systematics", {}).items():
        with_events = any(
            "efficiencies" not in changes for changes in (signal.datasets or {}).values()
        )
        if with_events and replacing(item) and signal.like in as_list(item["samples"]):
            yield (
                f"{name}.like: systematics.{systematic} compares other datasets with "
                f"{signal.like}; no new signal has them"
            )


def dataset_names(name: str, signal: NewSignal) -> dict[str, str]:
    """Name of the new dataset by the archived dataset that it replaces."""
    several = len(signal.datasets or {}) > 1
    return {
        archived: f"{name}_{archived}" if several else name for archived in signal.datasets or {}
    }


def new_entry(archived: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A dataset of a new signal: the archived dataset with its changes.

    Args:
        archived: Entry in the archived analysis.
        changes: Keys that differ.
    """
    gone = SOURCES if set(SOURCES) & changes.keys() else ()
    return {key: value for key, value in archived.items() if key not in gone} | dict(changes)


def _dataset_problems(
    path: str, changes: Mapping[str, Any], archived: Mapping[str, Any]
) -> list[str]:
    problems: list[str] = []
    given = {key: changes[key] for key in EFFICIENCIES if key in changes}
    rest = {key: value for key, value in changes.items() if key not in EFFICIENCIES}
    if rest.get("cross_section_pb") == FROM_GENERATOR:
        del rest["cross_section_pb"]
        if "settings" not in (rest.get("generate") or {}):
            problems.append(
                f"{path}.cross_section_pb: '{FROM_GENERATOR}' needs generate.settings beside it"
            )
    if given:
        problems += _shape_problems(path, Efficiencies, given, given, {})
        problems += [
            f"{path}.{key}: not beside efficiencies, which have no events"
            for key in SOURCES
            if key in changes
        ]
        if "cross_section_pb" not in changes:
            problems.append(
                f"{path}.cross_section_pb: is missing; efficiencies are of a cross section"
            )
    return problems + _shape_problems(
        path, Dataset, new_entry(archived, rest), rest, {0: EFFICIENCIES}
    )


def _shape_problems(
    path: str,
    model: Any,
    document: Mapping[str, Any],
    changes: Mapping[str, Any],
    more: Mapping[int, Iterable[str]],
) -> list[str]:
    """A model's errors for the keys given in the signal; the other keys come from the archive."""
    try:
        TypeAdapter(model).validate_python(document)
    except ValidationError as error:
        own = [
            item
            for item in error.errors()
            if item["type"] == "missing" or item["loc"][0] in changes
        ]
        return [f"{path}.{problem}" for problem in describe_problems(own, document, model, more)]
    return []
