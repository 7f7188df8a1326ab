"""Named results, expanded for each signal. Standard library only, on the plain YAML values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.datasets import alternative_datasets
from wollemi.analysis.plain.product_tables import SECTIONS
from wollemi.analysis.plain.queries import measured_names, sample_datasets
from wollemi.analysis.view import view_of
from wollemi.base.json_pointer import pointer_tokens

if TYPE_CHECKING:
    from wollemi.base.yaml import Document


OWN = "products/*.json"  # products of the analysis itself


SIGNAL = "{signal}"


BACKGROUND_ONLY = "background_only"


def expand_results(document: Document) -> dict[str, Any]:
    """The analysis with one named result per signal, or per parameter of interest of the joint
    model, if a name contains `{signal}`; problems are left to `check_results`.

    Args:
        document: Analysis accepted by the schema.
    """
    results = document.get("results") or {}
    if not any(SIGNAL in name for name in results):
        return dict(document)
    expanded: dict[str, Any] = {}
    for name, item in results.items():
        signals = measured_names(view_of(document)) if SIGNAL in name else ()
        filled = {_fill_in(name, signal): _filled(item, signal) for signal in signals}
        taken = any(other in expanded or other in results for other in filled)
        expanded.update(filled if filled and not taken else {name: item})
    return {**document, "results": expanded}


def _filled(item: Document, signal: str) -> dict[str, Any]:
    return {key: _fill_in(text, signal) for key, text in item.items()}


def _fill_in(text: str, signal: str) -> str:
    return text.replace(SIGNAL, signal)


def results_without(results: Mapping[str, Document], names: Collection[str]) -> dict[str, Any]:
    """Named results that do not depend on some signals or datasets.

    Args:
        results: Section `results`, as written by its author.
        names: Names of signals and datasets.
    """
    return {name: item for name, item in results.items() if not _words(item) & set(names)}


def _words(item: Document) -> set[str]:
    return {*pointer_tokens(item["pointer"]), item["file"].rpartition("/")[2].rpartition(".")[0]}


def result_files(document: Document) -> list[str]:
    """JSON products that a result may refer to, relative to the folder of results."""
    used = [*sample_datasets(view_of(document)), *alternative_datasets(document)]
    places = [
        place
        for place, section in SECTIONS.items()
        if not section or document.get(section) is not None
    ]
    names = {OWN: document.get("products") or {}}
    return [
        place.replace("*", name)
        for place in places
        for name in (names.get(place, dict.fromkeys(used)) if "*" in place else [""])
    ]


def usable_files(document: Document) -> list[str]:
    """JSON products that a product of the analysis itself may use."""
    folder = OWN.partition("*")[0]
    return [file for file in result_files(document) if not file.startswith(folder)]
