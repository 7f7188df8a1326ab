"""Change an archived analysis to other signals: its document, and the products it keeps. See
docs/reinterpretation.md.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from wollemi.analysis.plain.dataset_selections import expand_selections
from wollemi.analysis.plain.datasets import used_datasets
from wollemi.analysis.plain.published import published_signals
from wollemi.analysis.plain.queries import as_list, is_published, signal_samples
from wollemi.analysis.plain.results import results_without
from wollemi.analysis.plain.systematic_kinds import kind_of
from wollemi.analysis.view import view_of
from wollemi.archive.reading.archive import Archive
from wollemi.archive.reading.availability import with_ancestors
from wollemi.reinterpretation.checks import dataset_names, new_entry, signal_problems
from wollemi.reinterpretation.efficiencies import efficiency_entry, without_others
from wollemi.reinterpretation.models import FROM_GENERATOR, NewSignal, problems_of
from wollemi.reinterpretation.patches import patch_entry
from wollemi.reinterpretation.published import published_section

Signals = Mapping[str, NewSignal]


def with_signals(
    document: Mapping[str, Any], signals: Signals, archive: Mapping[str, Any], where: str
) -> dict[str, Any]:
    """The analysis with new signals replacing the archived ones; backgrounds, data and selections
    are unchanged.

    Args:
        document: Archived analysis as written by its author.
        signals: New signals by name.
        archive: Information on the archive; see `signal_problems`.
        where: Name of the file of signals.

    Raises:
        ConfigurationError: A new signal does not fit the analysis.
    """
    problems = [
        problem
        for name, signal in signals.items()
        for problem in signal_problems(name, signal, document, archive)
    ]
    if problems:
        raise problems_of(where, problems)
    if is_published(view_of(document)):
        return _of_published(document, signals)
    samples = document["samples"]
    archived = signal_samples(view_of(document))
    kept = {name: sample for name, sample in samples.items() if name not in archived}
    own = {name: dict(new_datasets(name, signal, document)) for name, signal in signals.items()}
    changed = dict(document)
    changed["samples"] = kept | {
        name: {"role": "signal", "datasets": list(datasets)} for name, datasets in own.items()
    }
    changed["datasets"] = document["datasets"] | {
        key: value for datasets in own.values() for key, value in datasets.items()
    }
    changed["systematics"] = _follow(document.get("systematics", {}), archived, signals)
    scaled = {
        key: _follow(document["model"][key], archived, signals)
        for key in ("free_normalizations", "factors")
        if document.get("model", {}).get(key)
    }
    if scaled:
        changed["model"] = document["model"] | scaled
    archived_datasets = {
        dataset for name in archived for dataset in as_list(samples[name]["datasets"])
    }
    if any(signal.patch is not None for signal in signals.values()):
        changed.pop("results", None)  # a patch has no products before the model
    elif document.get("results"):
        gone = {*archived, *archived_datasets, *document.get("products", {})}
        changed["results"] = results_without(document["results"], gone)
    changed.pop("products", None)  # its functions may know the archived signals by name
    return without_others(_followed(changed, archived, signals), signals)


def _of_published(document: Mapping[str, Any], signals: Signals) -> dict[str, Any]:
    """The analysis of a published model with new signals replacing the archived ones."""
    archived = published_signals(document["workspace"])
    # The plot of signals on two axes and published limits are not made.
    gone = ("samples", "contour", "overlays", "products")
    changed = {key: value for key, value in document.items() if key not in gone}
    changed["workspace"] = published_section(document["workspace"], signals)
    if document.get("results"):
        names = {*archived, *document.get("products", {})}
        changed["results"] = results_without(document["results"], names)
    return _followed(changed, archived, signals)


def _followed(
    document: dict[str, Any], archived: Collection[str], signals: Signals
) -> dict[str, Any]:
    """An analysis whose other sections follow the signals, whatever their origin."""
    changed = dict(document)
    # The other texts and examples describe the archived signals.
    if document.get("publication"):
        changed["publication"] = {
            key: text for key, text in document["publication"].items() if key == "inspire_id"
        }
    changed["limits"] = _limits(document.get("limits") or {}, signals)
    if len(changed["limits"].get("points", {})) < 2:
        changed.pop("discovery", None)  # there is nothing to scan
    changed["plots"] = _plots(document.get("plots", {}), archived, signals)
    return changed


def new_datasets(
    name: str, signal: NewSignal, document: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Datasets of a new signal, with their names: the archived datasets with their changes.

    Args:
        name: Name of the signal.
        signal: New signal.
        document: Archived analysis.
    """
    if signal.patch is not None:
        yield name, patch_entry(name, signal, document)
    for archived, dataset in dataset_names(name, signal).items():
        changes, entry = (signal.datasets or {})[archived], document["datasets"][archived]
        if "efficiencies" in changes:
            yield dataset, efficiency_entry(dataset, changes, entry)
            continue
        new = new_entry(entry, changes)
        # Placeholder until the generator reports its cross section.
        yield (
            dataset,
            new
            | ({"cross_section_pb": 1.0} if new.get("cross_section_pb") == FROM_GENERATOR else {}),
        )


def _follow(
    items: Mapping[str, Any], archived: Collection[str], signals: Signals
) -> dict[str, Any]:
    """Items that list samples, with the new signals in place of the similar archived signals."""
    followed = {}
    for name, item in items.items():
        before = as_list(item["samples"])
        samples = [sample for sample in before if sample not in archived]
        samples += [signal for signal, new in signals.items() if new.like in before]
        if samples:
            followed[name] = {**item, "samples": samples}
            if "kind" in item and kind_of(item).by_sample(item):
                similar = {name: new.like or name for name, new in signals.items()}
                old = {one: kind_of(item).of_sample(item, similar.get(one, one)) for one in samples}
                for side in (key for key in ("up", "down") if isinstance(item[key], Mapping)):
                    followed[name][side] = {one: values[side] for one, values in old.items()}
    return followed


def _limits(limits: Mapping[str, Any], signals: Signals) -> dict[str, Any]:
    """Points on the axis of the limit plot; a cross section is requested only if it is known."""
    points = {
        name: signal.point for name, signal in signals.items() if isinstance(signal.point, float)
    }
    unknown = any(
        signal.datasets is None and signal.cross_section_pb is None for signal in signals.values()
    )
    gone = ("points", "cross_section_fraction") if unknown else ("points",)
    return {key: value for key, value in limits.items() if key not in gone} | (
        {"points": points} if points else {}
    )


def _plots(plots: Mapping[str, Any], archived: Collection[str], signals: Signals) -> dict[str, Any]:
    samples = {
        name: style for name, style in plots.get("samples", {}).items() if name not in archived
    }
    shown = [name for name in as_list(plots.get("show_signals")) if name not in archived]
    return {**plots, "samples": samples, "show_signals": [*shown, *list(signals)[:3]]}


def frozen_products(archive: Archive, document: Mapping[str, Any], signals: Signals) -> list[str]:
    """Files of the archive to keep: everything from which the histograms of backgrounds and data
    were made, and the records.

    Args:
        archive: Archive with the records.
        document: Analysis with the new signals.
        signals: New signals by name.
    """
    new = {dataset for name in signals for dataset in document["samples"][name]["datasets"]}
    records = archive.records()
    makers = {name: record for record, content in records.items() for name in content["outputs"]}
    wanted = [
        f"{archive.run}/histograms/{name}.json"
        for name in used_datasets(expand_selections(document))
        if name not in new
    ]
    jobs = with_ancestors([makers[name] for name in wanted if name in makers], records, makers)
    files = [name for job in sorted(jobs) for name in (job, *records[job]["outputs"])]
    return [name for name in files if name in archive.digests]
