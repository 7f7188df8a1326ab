"""Which part of an analysis file a step depends on.

A program declares `SECTIONS`; the Snakefile makes their content a parameter of the rule, `load_analysis` hands out these and no
others, and the record keeps their digest. Standard library only, on the plain YAML values, so that all three see the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from wollemi.expressions import EVENT_NAMES, draws_numbers, used_names
from wollemi.object_names import object_branches
from wollemi.selections import selection_expressions

if TYPE_CHECKING:
    Document = Mapping[str, Any]

DATASET_PARTS = {
    "source": (
        "files",
        "manifest",
        "generate",
        "draw",
        "schema",
        "tree",
        "energy_unit",
        "names",
        "histograms",
        "files_per_job",
    ),
    "weight": ("weight",),
    "normalization": ("era", "cross_section_pb", "scale_factor", "sum_of_weights", "normalization"),
}


def select_sections(document: Document, sections: Iterable[str], dataset: str | None = None) -> dict[str, Any]:
    """The content of the declared sections.

    Beside the sections of the file there are `fit_edges` (of the model) and derived ones of one dataset: `source`, `weight`,
    `normalization` (parts of it), `generator` (only where Pythia makes it), `is_data`, `stays_whole` (in a preview),
    `object_variations`, `weight_variations` (what acts on it) and `branches` (names of its files' branches that any expression
    uses).

    Args:
        document: the analysis as plain values.
        sections: names of sections.
        dataset: the dataset of a step that works on one.

    Raises:
        KeyError: a derived section of a dataset was asked for without a dataset.
    """
    selected: dict[str, Any] = {}
    for section in sections:
        if section in DATASET_PARTS:
            entry = document["datasets"][dataset]
            selected[section] = {key: entry[key] for key in DATASET_PARTS[section] if key in entry}
        elif section in _DERIVED:
            selected[section] = _DERIVED[section](document, dataset)
        elif section in document:
            selected[section] = document[section]
    return selected


def canonical_json(value: Any) -> str:
    """JSON without spaces, keys as they stand: the order of samples and regions is that of sums, channels and stacks."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def section_digests(selected: Mapping[str, Any]) -> dict[str, str]:
    """Section → SHA-256 of its canonical JSON."""
    return {name: hashlib.sha256(canonical_json(value).encode()).hexdigest() for name, value in selected.items()}


def as_list(value: Any) -> list[str]:
    """A name or a list of names as a list."""
    return [value] if isinstance(value, str) else list(value or ())


def sample_datasets(document: Document, role: str | None = None) -> list[str]:
    """Datasets of the samples (of one role), in the order of the file, without repetition."""
    samples = document.get("samples", {}).values()
    names = (name for s in samples if role in (None, s.get("role")) for name in as_list(s.get("datasets")))
    return list(dict.fromkeys(names))


def alternative_datasets(document: Document) -> list[str]:
    """Datasets that replace a sample in a systematic of kind `dataset`."""
    systematics = [s for s in document.get("systematics", {}).values() if s.get("kind") == "dataset"]
    sides = (s.get(side) for s in systematics for side in ("up", "down"))
    names = (name for side in sides for name in as_list(side) if name != "symmetrize")
    return list(dict.fromkeys(names))


def used_datasets(document: Document) -> list[str]:
    """Every dataset that a sample, a systematic or pseudo-data refers to: what has to be made."""
    names = [*sample_datasets(document), *alternative_datasets(document)]
    for name in names:
        draw = document["datasets"].get(name, {}).get("draw")
        names += [source for source in as_list((draw or {}).get("datasets")) if source not in names]
    return list(dict.fromkeys(names))


def acting_systematics(document: Document, dataset: str, *kinds: str) -> dict[str, Any]:
    """Systematics of some kinds that change the events of a dataset, by the names of their histograms.

    What tells only where they enter the model is left out: events do not depend on it.

    Args:
        document: the analysis.
        dataset: name of the dataset.
        kinds: `object`, `column`, `weight`.
    """
    samples, era = document.get("samples", {}), dataset_era(document, dataset)
    own = {name for name, sample in samples.items() if dataset in as_list(sample.get("datasets"))}
    return {
        systematic.get("variation", name): _in_era(systematic, era)
        for name, systematic in document.get("systematics", {}).items()
        if systematic.get("kind") in kinds and own & set(as_list(systematic.get("samples"))) and acts_in_era(systematic, era)
    }


def _in_era(systematic: Mapping[str, Any], era: str | None) -> dict[str, Any]:
    sides = {side: side_in_era(systematic, side, era) for side in ("up", "down")}
    return {key: value for key, value in {**systematic, **sides}.items() if key not in ("regions", "variation")}


def dataset_era(document: Document, dataset: str) -> str | None:
    """Era of a dataset, if it has one."""
    era = (document["datasets"].get(dataset) or {}).get("era")
    return None if era is None else str(era)


def acts_in_era(systematic: Mapping[str, Any], era: str | None) -> bool:
    """Whether a systematic acts on the events of an era."""
    eras = acting_eras(systematic)
    return eras is None or era in eras


def acting_eras(systematic: Mapping[str, Any]) -> list[str] | None:
    """Eras to which a systematic is restricted, by the key `eras` or by values for some eras only; none: every era."""
    if systematic.get("eras"):
        return [str(era) for era in systematic["eras"]]
    return list(systematic["up"]) if _by_era(systematic, "up") else None


def side_in_era(systematic: Mapping[str, Any], side: str, era: str | None) -> Any:
    """A side of a systematic, its value for an era where there is one for each era."""
    return systematic[side][era] if _by_era(systematic, side) else systematic[side]


def _by_era(systematic: Mapping[str, Any], side: str) -> bool:
    return systematic["kind"] in ("normalization", "weight") and isinstance(systematic[side], Mapping)


def needed_branches(document: Document, dataset: str) -> list[str]:
    """Names of the branches that the analysis needs from a dataset, sorted: what any later step uses, followed through columns.

    Weights and systematics count only where they act on the dataset: data have no generator weight.
    """
    objects, columns = document.get("objects", {}), document.get("columns", {})
    used: set[str] = set()
    texts = _event_expressions(document, dataset)
    pending = set().union(*map(used_names, texts))
    while pending:
        name = pending.pop()
        used.add(name)
        pending |= _column_names(columns.get(name)) - used
        texts += [columns[name]] if isinstance(columns.get(name), str) else []
    changes = _object_changes(document, dataset)
    branches = object_branches(objects, changes, used)
    if any(map(draws_numbers, texts)):
        branches |= set(EVENT_NAMES)
    return sorted(branches | {name for name in used if "." not in name and name not in objects and name not in columns})


def _column_names(column: Any) -> set[str]:
    if isinstance(column, str):
        return used_names(column)
    return set(column["uses"]) if column else set()


def _event_expressions(document: Document, dataset: str) -> list[str]:
    """Expressions evaluated on the events of a dataset."""
    texts = [variable["expression"] for variable in document.get("variables", {}).values()]
    selections = [region["selection"] for region in document.get("regions", {}).values()]
    selections += [document["skim"]["selection"]] if document.get("skim") else []
    texts += [text for selection in selections for _, text in selection_expressions("", selection)]
    acting = acting_systematics(document, dataset, "weight", "column").values()
    texts += [s[side] for s in acting for side in ("up", "down") if s[side] != "symmetrize"]
    texts += [s["column"] for s in acting if s["kind"] == "column"]
    weight = document["datasets"][dataset].get("weight")
    return [*texts, weight] if weight else texts


def _object_changes(document: Document, dataset: str) -> dict[str, list[str]]:
    """Object → expressions of the systematics that act on it."""
    changes: dict[str, list[str]] = {}
    for systematic in acting_systematics(document, dataset, "object").values():
        sides = [systematic[side] for side in ("up", "down") if systematic[side] != "symmetrize"]
        changes.setdefault(systematic["object"], []).extend(text for side in sides for text in side.values())
    return changes


def stays_whole(document: Document, dataset: str) -> bool:
    """Whether a preview keeps all events of a dataset: data beside simulation, which cannot be scaled to it."""
    data = sample_datasets(document, "data")
    return dataset in data and bool(set(sample_datasets(document)) - set(data))


def pythia_settings(document: Document, dataset: str) -> Any:
    """The section `generator`, for a dataset that Pythia makes."""
    generate = document["datasets"][dataset].get("generate") or {}
    return document.get("generator") if "settings" in generate else None


_DERIVED: dict[str, Callable[[Document, str | None], Any]] = {
    "generator": lambda document, dataset: pythia_settings(document, str(dataset)),
    "fit_edges": lambda document, dataset: (document.get("model") or {}).get("fit_edges", {}),
    "is_data": lambda document, dataset: dataset in sample_datasets(document, "data"),
    "stays_whole": lambda document, dataset: stays_whole(document, str(dataset)),
    "object_variations": lambda document, dataset: acting_systematics(document, str(dataset), "object", "column"),
    "weight_variations": lambda document, dataset: acting_systematics(document, str(dataset), "weight"),
    "branches": lambda document, dataset: needed_branches(document, str(dataset)),
}
