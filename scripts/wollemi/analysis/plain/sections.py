"""The sections of an analysis file that a job depends on.

A program declares `SECTIONS`; the Snakefile makes their content a parameter of the rule,
`load_analysis` returns only these sections, and the record contains their digest. Standard library
only, on the plain YAML values, so that all three see the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.addresses import public_values
from wollemi.analysis.plain.blinding import blinding_of_data
from wollemi.analysis.plain.certification import blocks_file
from wollemi.analysis.plain.commands import commands
from wollemi.analysis.plain.corrections import public_files
from wollemi.analysis.plain.dataset_selections import dataset_view
from wollemi.analysis.plain.defaults import DEFAULTS
from wollemi.analysis.plain.histogram_variations import histogram_variations
from wollemi.analysis.plain.map_labels import shown_corrections, unlabeled_corrections
from wollemi.analysis.plain.needed_columns import (
    event_weight,
    fill_expressions,
    kept_branches,
    needed_branches,
    skim_branches,
    skim_expressions,
    step_corrections,
    stored_kinematics,
)
from wollemi.analysis.plain.overlays import fetched_overlays
from wollemi.analysis.plain.parts import PART_FILES
from wollemi.analysis.plain.publication import hepdata_texts, recast_examples
from wollemi.analysis.plain.published import fetched_files
from wollemi.analysis.plain.queries import (
    NO_MODEL,
    as_list,
    interpolation_edges,
    keeps_negative_bins,
    sample_datasets,
)
from wollemi.analysis.plain.region_groups import region_groups
from wollemi.analysis.plain.shared_files import read_with
from wollemi.analysis.plain.systematic_kinds import VIEWS, WEIGHT_SETS, WEIGHTS
from wollemi.analysis.plain.systematics import dataset_variations, weight_sets
from wollemi.analysis.view import view_of

if TYPE_CHECKING:
    from wollemi.base.yaml import Document

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
        "jobs_per_file",
    ),
    "layout": ("schema", "tree", "energy_unit", "names"),
    "weight": ("weight",),
    "completeness": ("entries", "tolerate", "repeated_numbers"),
    "normalization": (
        "era",
        "cross_section_pb",
        "scale_factor",
        "sum_of_weights",
        "normalization",
        "slice",
    ),
}
# Keys of `plots` that affect only plots of histograms.
OF_STACKS = (
    *("annotations", "edges", "efficiencies", "eras", "groups", "log_x", "log_y"),
    *("region_groups", "shapes", "signal_to_background", "stack_signals", "templates"),
)
COMMAND = "command"
READ_TOGETHER = "read_together"
KEPT = "kept_branches"
# Sections that are omitted if they are empty.
_IF_ANY: dict[str, Callable[[Document], Any]] = {
    KEPT: kept_branches,
    "region_groups": lambda document: region_groups(view_of(document)),
    "keeps_negative_bins": lambda document: keeps_negative_bins(
        view_of(document).model or NO_MODEL
    ),
}
# Derived section → section with its defaults.
_OF = {
    **dict.fromkeys(
        (
            "object_variations",
            "weight_variations",
            "weight_sets",
            "weight_set_systematics",
            "histogram_variations",
        ),
        "systematics",
    ),
    **dict.fromkeys(
        ("about", "smodels", "hepdata", "recast_examples", "inspire_id"), "publication"
    ),
    **dict.fromkeys(("asimov", "fit_edges", "held_parameters", "prune_below"), "model"),
    "toy_limits": "limits",
    **dict.fromkeys(("measured_corrections", "shown_corrections"), "corrections"),
    **dict.fromkeys(("plot_labels", "signal_labels"), "plots"),
    "unlabeled_variables": "variables",
    "hidden": "blinding",
    COMMAND: "commands",
}


def select_sections(
    document: Document,
    sections: Iterable[str],
    dataset: str | None = None,
    part: Mapping[str, Any] | None = None,
    command: str | None = None,
) -> dict[str, Any]:
    """The content of the declared sections: of the file, and derived ones, which `Settings` lists.

    Also `plot_labels` (`plots` without stacks), `signal_labels` (of these, without regions and
    backgrounds), `unlabeled_variables`, `command` (one of `commands`), and of a dataset `layout`,
    `normalization`, `generator` (of Pythia), `skim_corrections`, `fill_corrections`, and
    `read_together` (digests of datasets that share its job).

    Args:
        document: Analysis, as plain values.
        sections: Names of sections.
        dataset: Name of the dataset, for a job on a dataset.
        part: Files of the part, from `divided_files`, for a job on a part.
        command: Name of the command, for a job that runs a command.

    Raises:
        KeyError: A derived section of a dataset was requested without a dataset.
    """
    whole, sections = document, tuple(sections)
    document = dataset_view(whole, dataset) if dataset else whole
    selected = _read_together(whole, sections, dataset)
    for section in sections:
        if section in DATASET_PARTS:
            entry = document["datasets"][dataset]
            selected[section] = {key: entry[key] for key in DATASET_PARTS[section] if key in entry}
        elif section in _IF_ANY:
            some = _IF_ANY[section](document)
            selected.update({section: some} if some else {})
        elif section == "branches" and KEPT in sections:
            selected[section] = _required_branches(document, str(dataset))
        elif section in _DERIVED:
            selected[section] = _DERIVED[section](document, dataset)
        elif section == PART_FILES:
            selected.update({} if part is None else {section: part})
        elif section == COMMAND:
            selected[section] = commands(document)[str(command)]
        elif section in document:
            selected[section] = document[section]
    return selected


def canonical_json(value: Any) -> str:
    """JSON without spaces, keys in their original order: the order of samples and regions
    determines the order of sums, channels and stacks.
    """
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def section_digests(selected: Mapping[str, Any]) -> dict[str, str]:
    """Section → SHA-256 of its canonical JSON and of the defaults that it uses.

    Queries that give access to files are left out: a renewed signature reruns nothing.
    """
    return {
        name: _digest([public_values(value), DEFAULTS.get(_OF.get(name, name), {})])
        for name, value in selected.items()
    }


def _digest(value: Any) -> str:
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def stays_whole(document: Document, dataset: str) -> bool:
    """Whether a preview keeps all events of a dataset: data in an analysis with simulation, which
    cannot be scaled to a part of the data.
    """
    roles = {sample.role for sample in view_of(document).samples.values() if sample.datasets}
    return _is_data(document, dataset) and roles != {"data"}


def pythia_settings(document: Document, dataset: str) -> Any:
    """The section `generator`, for a dataset generated by Pythia."""
    generate = document["datasets"][dataset].get("generate") or {}
    return document.get("generator") if "settings" in generate else None


def _model(document: Document) -> Mapping[str, Any]:
    return document.get("model") or {}


def _step_corrections(
    expressions: Callable[[Document, str], list[str]], document: Document, dataset: str | None
) -> Any:
    return step_corrections(document, str(dataset), expressions(document, str(dataset)))


def _is_data(document: Document, dataset: str | None) -> bool:
    return dataset in sample_datasets(view_of(document), "data")


def event_checks(document: Document, dataset: str) -> dict[str, Any]:
    """Checks of a dataset's events: the checks of the analysis and of the dataset, with the beam
    energy in GeV.
    """
    parts = [document.get("checks") or {}, document["datasets"][dataset].get("checks") or {}]
    ranges = {name: limits for part in parts for name, limits in (part.get("ranges") or {}).items()}
    energy = document["center_of_mass_tev"]
    checks = {
        "beam_gev": max(energy if isinstance(energy, list) else [energy]) * 500.0,
        "ranges": {name: ranges[name] for name in sorted(ranges)},
        "may_be_nan": sorted({name for part in parts for name in as_list(part.get("may_be_nan"))}),
    }
    # REANA's Python 3.8 does not have `|` for dictionaries.
    return (
        {**checks, "repeated_numbers": True}
        if document["datasets"][dataset].get("repeated_numbers")
        else checks
    )


def plot_labels(document: Document) -> dict[str, Any]:
    """Labels and selection of contents, without colors, order and axes of stacks: another color
    redraws no limit plot.
    """
    plots = document.get("plots") or {}
    samples = plots.get("samples") or {}
    kept = {name: value for name, value in plots.items() if name not in OF_STACKS}
    labels = {
        name: {key: value for key, value in (samples[name] or {}).items() if key != "color"}
        for name in sorted(samples)
    }
    return {**kept, "samples": labels}


def signal_labels(document: Document) -> dict[str, Any]:
    """Labels of plots that show only signals and parameters: a new label of a region or background
    redraws no limit plot.
    """
    known, labels = document.get("samples") or {}, plot_labels(document)
    shown = {
        name: style
        for name, style in labels["samples"].items()
        if known.get(name, {}).get("role", "signal") == "signal"
    }
    others = ("regions", "ranking_statistics")
    kept = {name: value for name, value in labels.items() if name not in others}
    return {**kept, "samples": shown}


def unlabeled_variables(document: Document) -> dict[str, Any]:
    """Variables without their labels: a changed label refills no histogram."""
    return {
        name: {key: value for key, value in item.items() if key != "label"}
        for name, item in document["variables"].items()
    }


def _read_together(
    document: Document, sections: Iterable[str], dataset: str | None
) -> dict[str, Any]:
    """The section `read_together`, if it is declared and there are such datasets."""
    if READ_TOGETHER not in sections:
        return {}
    others = [section for section in sections if section not in (READ_TOGETHER, PART_FILES)]
    found = {
        name: section_digests(select_sections(document, others, name))
        for name in read_with(document, str(dataset))
    }
    return {READ_TOGETHER: found} if found else {}


def _required_branches(document: Document, dataset: str) -> list[str]:
    """Used branches except kept ones: an edit that uses a kept branch leaves the skim unchanged."""
    needed = set(needed_branches(document, dataset)) - set(kept_branches(document))
    return sorted(needed | set(skim_branches(document, dataset)))


_DERIVED: dict[str, Callable[[Document, str | None], Any]] = {
    "hidden": lambda document, dataset: (
        blinding_of_data(document) if _is_data(document, dataset) else None
    ),
    "generator": lambda document, dataset: pythia_settings(document, str(dataset)),
    "about": lambda document, dataset: (document.get("publication") or {}).get("about"),
    "smodels": lambda document, dataset: (document.get("publication") or {}).get("smodels"),
    "fit_edges": lambda document, dataset: _model(document).get("fit_edges", {}),
    "asimov": lambda document, dataset: _model(document).get("asimov") or {},
    "held_parameters": lambda document, dataset: _model(document).get("fixed") or {},
    "prune_below": lambda document, dataset: _model(document).get("prune_below", 0.0),
    "limit_points": lambda document, dataset: (document.get("limits") or {}).get("points") or {},
    "interpolation_edges": lambda document, dataset: interpolation_edges(view_of(document)),
    "plot_labels": lambda document, dataset: plot_labels(document),
    "signal_labels": lambda document, dataset: signal_labels(document),
    "unlabeled_variables": lambda document, dataset: unlabeled_variables(document),
    "toy_limits": lambda document, dataset: {
        key: value
        for key, value in (document.get("limits") or {}).items()
        if key in ("level", "toys")
    },
    "inspire_id": lambda document, dataset: (document.get("publication") or {}).get("inspire_id"),
    "hepdata": lambda document, dataset: hepdata_texts(view_of(document)),
    "recast_examples": lambda document, dataset: recast_examples(view_of(document)),
    "is_data": _is_data,
    "certified_blocks": lambda document, dataset: blocks_file(
        document, str(dataset), _is_data(document, dataset)
    ),
    "is_generated_data": lambda document, dataset: (
        _is_data(document, dataset) and "generate" in document["datasets"][dataset]
    ),
    "stays_whole": lambda document, dataset: stays_whole(document, str(dataset)),
    "is_tolerant": lambda document, dataset: "tolerate" in document["datasets"][dataset],
    "checks": lambda document, dataset: event_checks(document, str(dataset)),
    "object_variations": lambda document, dataset: dataset_variations(
        document, str(dataset), VIEWS
    ),
    "weight_variations": lambda document, dataset: dataset_variations(
        document, str(dataset), WEIGHTS
    ),
    "histogram_variations": lambda document, dataset: histogram_variations(document, str(dataset)),
    "weight_sets": lambda document, dataset: weight_sets(document, str(dataset)),
    "weight_set_systematics": lambda document, dataset: dataset_variations(
        document, str(dataset), WEIGHT_SETS
    ),
    "event_weight": lambda document, dataset: event_weight(document, str(dataset)),
    "skim_corrections": partial(_step_corrections, skim_expressions),
    "fill_corrections": partial(_step_corrections, fill_expressions),
    "correction_files": lambda document, _: public_files(document),
    "measured_corrections": lambda document, _: unlabeled_corrections(document),
    "shown_corrections": lambda document, _: shown_corrections(document),
    "published_files": lambda document, _: fetched_files(view_of(document)),
    "branches": lambda document, dataset: needed_branches(document, str(dataset)),
    "overlay_files": lambda document, _: fetched_overlays(view_of(document)),
    "stored_kinematics": lambda document, dataset: stored_kinematics(document, str(dataset)),
}
