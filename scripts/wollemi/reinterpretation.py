"""An archived analysis with other signals: its document, and which of its products stay. See docs/reinterpretation.md."""

from collections.abc import Collection, Mapping
from typing import Any

from wollemi.acting import as_list, used_datasets
from wollemi.archive_reading import Archive
from wollemi.errors import ConfigurationError
from wollemi.expressions import did_you_mean
from wollemi.production_availability import with_ancestors
from wollemi.result_references import results_without
from wollemi.signal_configuration import REMEDY, SOURCES, NewSignal

Document = dict[str, Any]
Signals = Mapping[str, NewSignal]


def with_signals(document: Mapping[str, Any], signals: Signals) -> Document:
    """The analysis with new signals in the place of its own; backgrounds, data and selections stay as they are.

    Args:
        document: the archived analysis as its author wrote it.
        signals: name → new signal.

    Raises:
        ConfigurationError: a new signal does not fit the analysis.
    """
    samples = document["samples"]
    archived = [name for name, sample in samples.items() if sample["role"] == "signal"]
    problems = [problem for name, signal in signals.items() for problem in _problems(name, signal, document, archived)]
    if problems:
        raise ConfigurationError("the new signals", problems, REMEDY)
    kept = {name: sample for name, sample in samples.items() if name not in archived}
    own = {name: new_datasets(name, signal, document) for name, signal in signals.items()}
    changed = dict(document)
    changed["samples"] = kept | {name: {"role": "signal", "datasets": list(datasets)} for name, datasets in own.items()}
    changed["datasets"] = document["datasets"] | {key: value for datasets in own.values() for key, value in datasets.items()}
    changed["systematics"] = _follow(document.get("systematics", {}), archived, signals)
    if document.get("model", {}).get("free_normalizations"):
        free = _follow(document["model"]["free_normalizations"], archived, signals)
        changed["model"] = document["model"] | {"free_normalizations": free}
    changed["limits"] = {**(document.get("limits") or {}), "points": _points(signals)}
    if not changed["limits"]["points"]:
        del changed["limits"]["points"]
    archived_datasets = {dataset for name in archived for dataset in as_list(samples[name]["datasets"])}
    if document.get("results"):
        changed["results"] = results_without(document["results"], {*archived, *archived_datasets})
    # Its other texts and examples are about the archived signals.
    if document.get("publication"):
        changed["publication"] = {key: text for key, text in document["publication"].items() if key == "inspire_id"}
    changed["plots"] = _plots(document.get("plots", {}), archived, signals)
    return changed


def _problems(name: str, signal: NewSignal, document: Mapping[str, Any], archived: Collection[str]) -> list[str]:
    samples = document["samples"]
    if signal.like not in archived:
        return [f"{name}.like: '{signal.like}' is not a signal of the archive{did_you_mean(signal.like, archived)}"]
    problems = []
    if name in samples and name not in archived:
        problems.append(f"{name}: is the name of a sample of the archive that is no signal; take another name")
    wanted = as_list(samples[signal.like]["datasets"])
    own = {dataset for sample in archived for dataset in as_list(samples[sample]["datasets"])}
    taken = [dataset for dataset in new_datasets(name, signal, document) if dataset in document["datasets"].keys() - own]
    problems += [f"{name}: a dataset of the archive is named {dataset}; take another name" for dataset in taken]
    for dataset in signal.datasets:
        if dataset not in wanted:
            problems.append(f"{name}.datasets: '{dataset}' is not a dataset of {signal.like}{did_you_mean(dataset, wanted)}")
    problems += [f"{name}.datasets: say what becomes of {dataset}" for dataset in wanted if dataset not in signal.datasets]
    if signal.luminosity_ifb is not None and not _same(signal.luminosity_ifb, document.get("luminosity_ifb")):
        here = document.get("luminosity_ifb")
        problems.append(f"{name}.luminosity_ifb: {signal.luminosity_ifb} fb⁻¹, but the archived analysis has {here}")
    for systematic, item in document.get("systematics", {}).items():
        if item["kind"] == "dataset" and signal.like in as_list(item["samples"]):
            problems.append(
                f"{name}.like: systematics.{systematic} compares other datasets with {signal.like}; no new signal has them"
            )
    return problems


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return {str(key): float(value) for key, value in one.items()} == {str(key): float(value) for key, value in other.items()}
    return not isinstance(one, Mapping) and not isinstance(other, Mapping) and other is not None and float(one) == float(other)


def new_datasets(name: str, signal: NewSignal, document: Mapping[str, Any]) -> Document:
    """Datasets of a new signal: those of the archived one with their changes, under the signal's name.

    Args:
        name: of the signal.
        signal: what is new.
        document: the archived analysis.
    """
    several = len(signal.datasets) > 1
    datasets = {}
    for archived, changes in signal.datasets.items():
        entry = dict(document["datasets"].get(archived, {}))
        if set(SOURCES) & changes.keys():
            entry = {key: value for key, value in entry.items() if key not in SOURCES}
        datasets[f"{name}_{archived}" if several else name] = entry | dict(changes)
    return datasets


def _follow(items: Mapping[str, Any], archived: Collection[str], signals: Signals) -> Document:
    """What names samples names the new signals where it named the one that they are like."""
    followed = {}
    for name, item in items.items():
        before = as_list(item["samples"])
        samples = [sample for sample in before if sample not in archived]
        samples += [signal for signal, new in signals.items() if new.like in before]
        if samples:
            followed[name] = {**item, "samples": samples}
    return followed


def _points(signals: Signals) -> dict[str, float]:
    """Places on the axis of the limit plot."""
    return {name: signal.point for name, signal in signals.items() if signal.point is not None}


def _plots(plots: Mapping[str, Any], archived: Collection[str], signals: Signals) -> Document:
    samples = {name: style for name, style in plots.get("samples", {}).items() if name not in archived}
    shown = [name for name in as_list(plots.get("show_signals")) if name not in archived]
    return {**plots, "samples": samples, "show_signals": [*shown, *list(signals)[:3]]}


def frozen_products(archive: Archive, document: Mapping[str, Any], signals: Signals) -> list[str]:
    """Files of the archive that stay: all that the histograms of backgrounds and data were made of, and the records.

    Args:
        archive: the archive.
        document: the analysis with the new signals.
        signals: the new signals.
    """
    new = {dataset for name in signals for dataset in document["samples"][name]["datasets"]}
    records = archive.records()
    makers = {name: record for record, content in records.items() for name in content["outputs"]}
    wanted = [f"{archive.run}/histograms/{name}.json" for name in used_datasets(document) if name not in new]
    jobs = with_ancestors([makers[name] for name in wanted if name in makers], records, makers)
    files = [name for job in sorted(jobs) for name in (job, *records[job]["outputs"])]
    return [name for name in files if name in archive.digests]
