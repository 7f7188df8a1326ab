"""A signal given by its efficiencies: its entry in the analysis file, and whether it fits the
archived analysis.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import fsum
from typing import Any

import numpy as np

from wollemi.analysis.plain.queries import as_list, fitted_regions
from wollemi.analysis.plain.systematic_kinds import kind_of
from wollemi.analysis.view import view_of
from wollemi.histograms.histogram import Axis, bin_edges, unit_of
from wollemi.loading.expand import plain_document
from wollemi.reinterpretation.checks import dataset_names
from wollemi.reinterpretation.efficiency_histograms import SYMMETRIZE, bin_values, region_axis
from wollemi.reinterpretation.models import (
    EFFICIENCIES,
    Efficiencies,
    EfficiencyChange,
    NewSignal,
    VariedEfficiencies,
    problems_of,
)
from wollemi_likelihood.base.errors import counted
from wollemi_likelihood.base.nearest import did_you_mean

Signals = Mapping[str, NewSignal]
Json = dict[str, Any]
KEPT = ("era", "cross_section_pb", "scale_factor")
_ROUNDING = 1e-9


def given_efficiencies(signals: Signals) -> Iterator[tuple[str, str, str, Efficiencies]]:
    """Signal, archived dataset, name of the new dataset, and its efficiencies, if given."""
    for name, signal in signals.items():
        for archived, dataset in dataset_names(name, signal).items():
            changes = (signal.datasets or {})[archived]
            if "efficiencies" in changes:
                given = {key: changes[key] for key in EFFICIENCIES if key in changes}
                yield name, archived, dataset, Efficiencies.model_validate(given)


def efficiency_entry(dataset: str, changes: Mapping[str, Any], archived: Mapping[str, Any]) -> Json:
    """The dataset in the analysis file: existing histograms, normalized to one produced event.

    Args:
        dataset: Name of the dataset.
        changes: Settings in the file of signals.
        archived: Archived dataset that it replaces.
    """
    kept = {key: value for key, value in {**archived, **changes}.items() if key in KEPT}
    histograms = {region: [region] for region in changes["efficiencies"]}
    return {
        "files": [efficiency_file(dataset)],
        "histograms": histograms,
        "sum_of_weights": 1.0,
    } | kept


def efficiency_file(dataset: str) -> str:
    """Path of the efficiencies in the folder of the run."""
    return f"signals/{dataset}.json"


def without_others(document: Mapping[str, Any], signals: Signals) -> Json:
    """The analysis, in which a systematic acts on efficiencies only if they specify its effect, or
    if it changes only the yield.

    Args:
        document: Analysis with the new signals.
        signals: New signals by name.
    """
    own: dict[str, set[str]] = {}
    for name, _, _, item in given_efficiencies(signals):
        own[name] = own.get(name, set()) | item.systematics.keys()
    if not own:
        return dict(document)
    systematics: Json = {}
    for systematic, item in document.get("systematics", {}).items():
        expanded = _expanded(document, systematic)
        silent = [
            name
            for name, given in own.items()
            if not kind_of(item).acts_by_itself and not given & expanded
        ]
        samples = [sample for sample in as_list(item["samples"]) if sample not in silent]
        systematics |= {systematic: {**item, "samples": samples}} if samples else {}
    known = set(plain_document(document).get("systematics", {}))
    for systematic in sorted(set().union(*own.values()) - known):
        # The expressions are never evaluated: the histograms of the variation exist already.
        new = {
            "kind": "weight",
            "up": "1",
            "down": "1",
            "samples": [name for name, given in own.items() if systematic in given],
        }
        systematics[systematic] = new
    return {**document, "systematics": systematics}


def _expanded(document: Mapping[str, Any], systematic: str) -> set[str]:
    """Names that a systematic with placeholders expands to."""
    alone = {**document, "systematics": {systematic: document["systematics"][systematic]}}
    return set(plain_document(alone).get("systematics", {}))


def silent_systematics(document: Mapping[str, Any], signals: Signals) -> dict[str, list[str]]:
    """Systematics by signal that act on the similar archived signal but are missing in the new
    efficiencies.

    Args:
        document: Archived analysis.
        signals: New signals by name.
    """
    silent: dict[str, list[str]] = {}
    for name, _, _, item in given_efficiencies(signals):
        for systematic, archived in document.get("systematics", {}).items():
            acts = (
                signals[name].like in as_list(archived["samples"])
                and not kind_of(archived).acts_by_itself
            )
            if acts and not _expanded(document, systematic) & item.systematics.keys():
                silent.setdefault(name, []).append(systematic)
    return {name: list(dict.fromkeys(found)) for name, found in silent.items()}


def check_efficiencies(where: str, archived: Mapping[str, Any], signals: Signals) -> None:
    """Check that efficiencies fit the regions and systematics of the archived analysis.

    Args:
        where: Name of the file of signals.
        archived: Archived analysis as written by its author.
        signals: New signals by name.

    Raises:
        ConfigurationError: The efficiencies do not fit.
    """
    plain = plain_document(archived)
    problems: list[str] = []
    for name, source, _, item in given_efficiencies(signals):
        path = f"{name}.datasets.{source}"
        problems += _region_problems(f"{path}.efficiencies", plain, item)
        for systematic in item.systematics:
            problems += _systematic_problems(
                f"{path}.systematics.{systematic}", plain, str(signals[name].like), systematic, item
            )
    if problems:
        raise problems_of(where, problems)


def _wrong_length(path: str, given: Any, axis: Axis) -> list[str]:
    values = given.values if isinstance(given, VariedEfficiencies) else given
    if not isinstance(values, Sequence) or len(values) == axis.size:
        return []
    edges = bin_edges(axis)
    bins = counted(axis.size, "bin")
    span = f"{bins} from {edges[0]:g} to {edges[-1]:g} {unit_of(axis)}".rstrip()
    return [f"{path}: {counted(len(values), 'number')}, but {axis.name} has {span}"]


def _region_problems(path: str, plain: Mapping[str, Any], item: Efficiencies) -> Iterator[str]:
    regions = plain["regions"]
    yield from (
        f"{path}: '{name}' is not a region of the archive{did_you_mean(name, regions)}"
        for name in item.regions.keys() - regions
    )
    yield from (
        f"{path}: say what {name} gets; 0 if nothing"
        for name in fitted_regions(view_of(plain))
        if name not in item.regions
    )
    known = {name: region for name, region in item.regions.items() if name in regions}
    for name, region in known.items():
        axis = region_axis(plain, name)
        wrong = [
            *_wrong_length(f"{path}.{name}", region.values, axis),
            *_wrong_length(f"{path}.{name}.statistical", region.statistical, axis),
        ]
        yield from wrong
        total = 0.0 if wrong else fsum(bin_values(region.values, axis))
        if total > 1 + _ROUNDING:
            yield (
                f"{path}.{name}: they add up to {total:g}; they are parts of the produced "
                "events, not percent nor events"
            )
    if not any(np.any(region.values) for region in item.regions.values()):
        yield f"{path}: all are 0: no event of the signal is expected anywhere"


def _systematic_problems(
    path: str, plain: Mapping[str, Any], like: str, systematic: str, item: Efficiencies
) -> Iterator[str]:
    archived, change = plain.get("systematics", {}).get(systematic), item.systematics[systematic]
    if archived is not None:
        yield from _archived_problems(path, archived, like, change)
    for side in ("up", "down"):
        for region, values in _side(change, side).items():
            if region not in item.regions:
                yield (
                    f"{path}.{side}: '{region}' is not among the "
                    f"efficiencies{did_you_mean(region, item.regions)}"
                )
            elif region in plain["regions"]:
                yield from _wrong_length(
                    f"{path}.{side}.{region}", values, region_axis(plain, region)
                )


def _archived_problems(
    path: str, archived: Mapping[str, Any], like: str, change: EfficiencyChange
) -> Iterator[str]:
    """Problems with a systematic of the archive, which must act as on the similar signal."""
    kind, acts = kind_of(archived), like in as_list(archived["samples"])
    mirrored = kind.is_one_sided(archived)
    if kind.acts_by_itself and acts:
        yield (
            f"{path}: acts already, as it does on {like}: {archived['up']} and "
            f"{archived['down']}; leave it out"
        )
    elif not kind.given_by_efficiencies or not acts:
        yield (
            f"{path}: the archive has a systematic of this name that is none of {like}'s own "
            "variations; take another name"
        )
    elif mirrored != (change.down == SYMMETRIZE):
        yield (
            f"{path}.down: "
            f"{f'write `{SYMMETRIZE}`, as' if mirrored else 'give it a value, as it has one'} "
            "in the archive"
        )


def _side(change: Any, side: str) -> Mapping[str, Any]:
    given = getattr(change, side)
    return given if isinstance(given, Mapping) else {}
