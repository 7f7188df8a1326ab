"""Correlations of systematics: placeholders in their names give each era, region or sample its own
nuisance parameter.

`jes_{era}` becomes one systematic per era, with the key `eras`; `{region}` and `{sample}` work the
same way. A name without a placeholder is one parameter. Standard library only, like
`wollemi.loading.all`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.queries import as_list, dataset_era, fitted_regions
from wollemi.analysis.plain.systematic_kinds import kind_of
from wollemi.analysis.view import view_of

if TYPE_CHECKING:
    from wollemi.base.yaml import Document

# Placeholder → key that specifies where the systematic acts.
PLACEHOLDERS = {"era": "eras", "region": "regions", "sample": "samples"}
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def placeholders(name: str) -> list[str]:
    """Placeholders in the name of a systematic, valid or not: `jes_{era}` has `era`."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(name)))


def expand_systematics(document: Document) -> dict[str, Any]:
    """One systematic for each era, region and sample that a placeholder covers, if it acts there.

    Their labels in `plots.parameters` are expanded as well. A systematic that would act nowhere, or
    take the name of another one, is left unchanged: `wollemi.loading.systematics` reports it.

    Args:
        document: Analysis accepted by the schema.
    """
    systematics = document.get("systematics") or {}
    if not any(placeholders(name) for name in systematics):
        return dict(document)
    expanded: dict[str, Any] = {}
    labels = dict((document.get("plots") or {}).get("parameters") or {})
    for name, item in systematics.items():
        members = list(_expand(document, name, item)) if placeholders(name) else []
        found = {_fill_in(name, chosen): restricted for chosen, restricted in members}
        free = found and not any(
            other in expanded or other in systematics for other in found if other != name
        )
        expanded.update(found if free else {name: item})
        if free and isinstance(labels.get(name), str):
            labels = _with_labels(document, labels, name, [chosen for chosen, _ in members])
    changed = {**document, "systematics": expanded}
    return {**changed, "plots": {**document["plots"], "parameters": labels}} if labels else changed


def _with_labels(
    document: Document,
    labels: Mapping[str, str],
    name: str,
    members: Iterable[Mapping[str, str]],
) -> dict[str, str]:
    """Labels in which the members of a systematic replace its name; an explicit label of a member
    takes precedence.

    Args:
        document: Analysis, as plain values.
        labels: Parameter → label.
        name: Name of the systematic, with placeholders.
        members: Placeholder → value, for each member.
    """
    plots = document.get("plots") or {}
    found: dict[str, str] = {}
    for key, label in labels.items():
        if key != name:
            found[key] = label
            continue
        for chosen in members:
            shown = {place: _shown(plots, place, value) for place, value in chosen.items()}
            text = _PLACEHOLDER.sub(partial(_value, shown), label)
            found.setdefault(_fill_in(name, chosen), labels.get(_fill_in(name, chosen), text))
    return found


def _value(values: Mapping[str, str], match: re.Match[str]) -> str:
    return values.get(match[1], match[0])


def _shown(plots: Document, place: str, value: str) -> str:
    """Label of an era, a region or a sample on plots."""
    styles = plots.get({"region": "regions", "sample": "samples"}.get(place, ""))
    style = styles.get(value) if isinstance(styles, Mapping) else None
    label = style.get("label") if isinstance(style, Mapping) else style
    return str(label or value)


def _expand(
    document: Document, name: str, item: Document
) -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
    """The systematics that a name with placeholders expands to, each with the placeholders' values,
    in the order of eras, regions and samples.
    """
    known = [key for key in PLACEHOLDERS if key in placeholders(name)]
    for values in itertools.product(*(acts_on(document, item, key) for key in known)):
        chosen = {key: values[index] for index, key in enumerate(known)}
        restricted = _restrict(item, chosen)
        if _acts(document, restricted):
            yield chosen, _with_variation(name, chosen, restricted)


def _restrict(item: Document, chosen: Mapping[str, str]) -> dict[str, Any]:
    restricted = {**item, **{PLACEHOLDERS[key]: [value] for key, value in chosen.items()}}
    if "sample" in chosen:
        restricted = kind_of(item).of_sample(restricted, chosen["sample"])
    return kind_of(item).in_era(restricted, chosen["era"]) if "era" in chosen else restricted


def _with_variation(name: str, chosen: Mapping[str, str], item: dict[str, Any]) -> dict[str, Any]:
    """The systematic with one variation for all regions, whose histograms are filled together."""
    if "region" not in chosen or not kind_of(item).has_histograms:
        return item
    return {**item, "variation": _fill_in(name, {**chosen, "region": "region"})}


def _fill_in(name: str, chosen: Mapping[str, str]) -> str:
    """The name with the placeholders' values; characters not allowed in names become `_`."""
    plain = {key: re.sub(r"\W", "_", value) for key, value in chosen.items()}
    return _PLACEHOLDER.sub(lambda match: plain.get(match[1], match[0]), name)


def acts_on(document: Document, item: Document, placeholder: str) -> list[str]:
    """Eras, regions or samples on which a systematic acts, in the order of the file.

    Args:
        document: Analysis, as plain values.
        item: Settings of the systematic.
        placeholder: Placeholder `era`, `region` or `sample`.
    """
    if placeholder == "era":
        return systematic_eras(document, item)
    given = as_list(item.get(PLACEHOLDERS[placeholder]))
    if placeholder == "sample" or given:
        return given
    return fitted_regions(view_of(document))


def systematic_eras(document: Document, item: Document) -> list[str]:
    """Eras in which a systematic acts: its own restriction, or the eras of its samples'
    datasets.
    """
    analysis = view_of(document)
    given = kind_of(item).eras(item)
    used = {
        dataset_era(analysis, name)
        for sample in as_list(item["samples"])
        for name in _datasets(document, sample)
    }
    return [era for era in known_eras(document) if era in used] if given is None else given


def known_eras(document: Document) -> list[str]:
    """Eras of an analysis: the eras of its luminosity, then further eras of datasets."""
    luminosity = document.get("luminosity_ifb")
    eras = list(luminosity) if isinstance(luminosity, Mapping) else []
    eras += [dataset["era"] for dataset in document["datasets"].values() if "era" in dataset]
    return list(dict.fromkeys(map(str, eras)))


def _datasets(document: Document, sample: str) -> list[str]:
    return as_list((document["samples"].get(sample) or {}).get("datasets"))


def _acts(document: Document, item: Document) -> bool:
    """Whether any events are changed by a systematic with these restrictions; unknown samples are
    left to the check.
    """
    analysis = view_of(document)
    samples = as_list(item["samples"])
    eras = kind_of(item).eras(item)
    known = all(sample in document["samples"] for sample in samples)
    datasets = [dataset for sample in samples for dataset in _datasets(document, sample)]
    return (
        eras is None
        or not known
        or any(dataset_era(analysis, dataset) in eras for dataset in datasets)
    )
