"""Triggers: for each dataset the paths of its era, as a column, as a cut, and as a weight for the
prescales in simulation.

Standard library only, on plain values, because the Snakefile uses it as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.cut_names import TRIGGER
from wollemi.analysis.plain.queries import as_list, dataset_era, sample_datasets
from wollemi.analysis.view import view_of
from wollemi_engine.expressions.selections import selection_terms

if TYPE_CHECKING:
    from wollemi.base.yaml import Document

WEIGHT = "prescales_of_triggers"  # name of its entry in `weights`


def with_triggers(document: Document, dataset: str) -> Document:
    """The analysis as seen by a job on one dataset: triggers are columns, and the dataset's trigger
    requirement is part of the skim.

    Args:
        document: Analysis without problems.
        dataset: Name of the dataset.

    Returns:
        The same document for an analysis without triggers.
    """
    if not document.get("triggers"):
        return document
    era = dataset_era(view_of(document), dataset)
    columns = {
        name: _fired(paths_in_era(trigger, era)) for name, trigger in document["triggers"].items()
    }
    changed = {key: value for key, value in document.items() if key != "triggers"}
    changed["columns"] = {**(document.get("columns") or {}), **columns}
    required = _required(document["datasets"][dataset])
    if required:
        cuts = selection_terms(document["skim"]["selection"]) if document.get("skim") else []
        skim = document.get("skim") or {}
        changed["skim"] = {**skim, "selection": {TRIGGER: required, **dict(cuts)}}
    weight = (
        ""
        if dataset in sample_datasets(view_of(document), "data")
        else prescale_weight(document, dataset)
    )
    if weight:
        entry = {"factor": weight, "samples": [], "datasets": [dataset]}
        changed["weights"] = {**(document.get("weights") or {}), WEIGHT: entry}
    return changed


def _fired(paths: Mapping[str, float]) -> str:
    """Condition that a path has fired; its branch may contain a truth value or an integer."""
    return " or ".join(f"{path} != 0" for path in paths)


def _required(item: Mapping[str, Any]) -> str:
    """Trigger requirement of a dataset: one of its triggers, and no trigger whose events are in
    another dataset.
    """
    wanted, vetoed = as_list(item.get("trigger")), as_list(item.get("not_trigger"))
    fired = " or ".join(wanted)
    terms = [f"({fired})" if len(wanted) > 1 and vetoed else fired] if wanted else []
    return " and ".join([*terms, *(f"not {name}" for name in vetoed)])


def paths_in_era(trigger: Mapping[str, Any], era: str | None) -> dict[str, float]:
    """Path → prescale, for the paths of a trigger in an era, in the order of the file.

    Args:
        trigger: Settings of the trigger.
        era: Name of the era; None for only the paths of every era.
    """
    found = {}
    for name, path in trigger["paths"].items():
        if not path.get("eras") or era in [str(other) for other in path["eras"]]:
            found[name] = _in_era(path.get("prescale", 1), era)
    return found


def _in_era(prescale: Any, era: str | None) -> float:
    by_era: dict[str, float] = (
        {str(key): value for key, value in prescale.items()}
        if isinstance(prescale, Mapping)
        else {str(era): prescale}
    )
    return by_era.get(str(era), 1)


def prescale_weight(document: Document, dataset: str) -> str:
    """The probability that a simulated event survives the prescales, as an expression; empty
    without prescales.

    Each path that has accepted the event keeps it with probability 1 / p, independently of the
    other paths, and one is enough: 1 - Π (1 - 1 / p) over these paths (as in the inclusion method
    of Lendermann et al., arXiv:0901.4118).

    Args:
        document: Analysis, as plain values.
        dataset: Name of the dataset, which has a `trigger`.
    """
    era, prescales = dataset_era(view_of(document), dataset), {}
    for name in as_list(document["datasets"][dataset].get("trigger")):
        prescales.update(paths_in_era(document["triggers"][name], era))
    if all(prescale == 1 for prescale in prescales.values()):
        return ""
    return "1 - " + " * ".join(
        f"where({path} != 0, 1 - 1 / {prescale}, 1)" for path, prescale in prescales.items()
    )
