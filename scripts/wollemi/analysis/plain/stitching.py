"""Stitching: an inclusive dataset, and datasets that add events to slices of its truth.

The inclusive dataset is expanded to one part for each slice and a rest. All events of a slice, from
any dataset, are normalized together: σ L / Σw with the cross section of the slice and Σw of all its
events (Ehatäht and Veelken, Eur. Phys. J. C 82 (2022) 484, arXiv:2106.04360). Standard library
only, on plain values, because the Snakefile uses it as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.datasets import replacing
from wollemi.analysis.plain.queries import as_list
from wollemi_likelihood.base.nearest import did_you_mean

if TYPE_CHECKING:
    from wollemi.base.yaml import Document

REST = "rest"  # name of the part outside all slices
# Keys that an inclusive dataset and the datasets of its slices must share.
_COMMON = ("era", "normalization")


def expand_stitching(document: Document) -> dict[str, Any]:
    """The analysis in which the parts of inclusive datasets and the datasets of their slices
    replace the inclusive datasets.

    Datasets that cannot be stitched are left unchanged: `wollemi.loading.stitching` reports them.

    Args:
        document: Analysis accepted by the schema.
    """
    stitched = [
        name
        for name, item in document["datasets"].items()
        if item.get("stitch") and not stitch_problems(document, name)
    ]
    if not stitched:
        return dict(document)
    datasets: dict[str, Any] = {}
    together: dict[str, list[str]] = {}
    for name, item in document["datasets"].items():
        if name not in stitched:
            datasets.setdefault(name, item)
            continue
        whole = {key: value for key, value in item.items() if key != "stitch"}
        made = _stitched(document, name, whole)
        datasets.update({name: whole, **made})
        together[name] = list(made)
    samples = {
        name: _replaced(item, ("datasets",), together) for name, item in document["samples"].items()
    }
    changed = {**document, "datasets": datasets, "samples": samples}
    if document.get("systematics"):
        changed["systematics"] = {
            name: _replaced(item, ("up", "down"), together) if replacing(item) else item
            for name, item in document["systematics"].items()
        }
    if document.get("weights"):
        changed["weights"] = {
            name: _replaced(item, ("datasets",), together)
            for name, item in document["weights"].items()
        }
    return changed


def _stitched(document: Document, inclusive: str, whole: Document) -> dict[str, Any]:
    """Name → dataset, for the parts of an inclusive dataset and the datasets of its slices."""
    found: dict[str, Any] = {}
    slices = document["datasets"][inclusive]["stitch"]
    for name, item in slices.items():
        own = as_list(item["datasets"])
        part = part_name(inclusive, name)
        placed = {
            "name": name,
            "inclusive": inclusive,
            "inclusive_cross_section_pb": cross_section(whole),
            "selection": item["selection"],
            "datasets": [part, *own],
        }
        first = document["datasets"][own[0]]
        of_slice = {key: value for key, value in whole.items() if key != "scale_factor"}
        of_slice.update({key: first[key] for key in SCALES if key in first})
        found[part] = {**of_slice, "slice": placed, "split_of": inclusive}
        found.update({one: {**document["datasets"][one], "slice": placed} for one in own})
    outside = " and ".join(f"not ({item['selection']})" for item in slices.values())
    rest = {"name": REST, "inclusive": inclusive, "selection": outside, "datasets": []}
    found[part_name(inclusive, REST)] = {**whole, "slice": rest, "split_of": inclusive}
    return found


SCALES = ("cross_section_pb", "scale_factor")


def cross_section(item: Document) -> float:
    """Cross section of a dataset in pb, with its scale factor."""
    return float(item["cross_section_pb"] * item.get("scale_factor", 1.0))


def part_name(inclusive: str, name: str) -> str:
    """Name of the part of an inclusive dataset in a slice."""
    return f"{inclusive}_{name}"


def _replaced(item: Document, keys: Iterable[str], together: Mapping[str, list[str]]) -> Document:
    """An entry that names datasets, with the stitched datasets in place of inclusive ones."""
    changed = {
        key: [other for name in as_list(item[key]) for other in together.get(name, [name])]
        for key in keys
        if any(name in together for name in as_list(item.get(key)))
    }
    return {**item, **changed} if changed else item


def stitch_problems(document: Document, inclusive: str) -> list[str]:
    """Problems of an inclusive dataset that cannot be stitched, each as `key: problem`.

    Args:
        document: Analysis, as plain values.
        inclusive: Name of a dataset with `stitch`.
    """
    datasets = document["datasets"]
    item, problems = datasets[inclusive], []
    given = [key for key in ("histograms", "draw", "sum_of_weights") if item.get(key)]
    if given:
        problems.append(f": {given[0]}: the sums of weights of slices are those of its events")
    if "cross_section_pb" not in item or item.get("normalization") == "none":
        problems.append(": needs cross_section_pb")
    taken: dict[str, str] = {inclusive: "the inclusive one"}
    for name, one in item["stitch"].items():
        key = f".{name}"
        if part_name(inclusive, name) in datasets or name == REST:
            problems.append(f"{key}: the name of a dataset, or '{REST}'; take another one")
        for other in as_list(one["datasets"]):
            where = f"{key}.datasets"
            if other not in datasets:
                meant = did_you_mean(other, datasets)
                problems.append(f"{where}: '{other}' is not a dataset{meant}")
                continue
            if other in taken:
                problems.append(f"{where}: '{other}' is {taken[other]}, too")
            taken.setdefault(other, f"of slice '{name}'")
            problems += [f"{where}: {text}" for text in _other_problems(item, other, datasets)]
        problems += [f"{key}: {text}" for text in _scale_problems(one, datasets)]
    if part_name(inclusive, REST) in datasets:
        problems.append(f": '{part_name(inclusive, REST)}' is a dataset; rename it")
    return problems + _sample_problems(document, inclusive, taken)


def _sample_problems(document: Document, inclusive: str, taken: Mapping[str, str]) -> list[str]:
    """Problems of samples that cannot have a stitched dataset, or name a dataset of its slices."""
    problems = []
    for name, sample in document["samples"].items():
        named = as_list(sample.get("datasets"))
        if inclusive not in named:
            continue
        if sample["role"] != "background":
            problems.append(
                f": is of sample '{name}' ({sample['role']}); only backgrounds are stitched, as "
                "acceptances of signals are those of whole datasets"
            )
        problems += [
            f": '{other}' comes along, and sample '{name}' names it, too; remove it there"
            for other in named
            if other in taken and other != inclusive
        ]
    return problems


def _other_problems(item: Document, other: str, datasets: Mapping[str, Any]) -> list[str]:
    """The reasons why a dataset cannot add events to a slice."""
    found = datasets[other]
    given = [
        key
        for key in ("stitch", "slice", "histograms", "draw", "sum_of_weights", "selection")
        if found.get(key)
    ]
    problems = [f"'{other}' has {given[0]}; remove it" for _ in given[:1]]
    problems += [
        f"'{other}' has another {key}" for key in _COMMON if found.get(key) != item.get(key)
    ]
    return problems + ([] if "cross_section_pb" in found else [f"'{other}' needs cross_section_pb"])


def _scale_problems(one: Document, datasets: Mapping[str, Any]) -> list[str]:
    """Problems of a slice whose datasets have different cross sections."""
    known = [datasets[name] for name in as_list(one["datasets"]) if name in datasets]
    values = {cross_section(item) for item in known if "cross_section_pb" in item}
    return ["its datasets have different cross sections"] if len(values) > 1 else []
