"""Corrections that are measured once per era: each era gets its own correction, and a call uses the
one for the dataset's era. Standard library only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.corrections import is_choice
from wollemi.analysis.plain.queries import as_list, dataset_era
from wollemi.analysis.view import view_of

if TYPE_CHECKING:
    from wollemi.base.yaml import Document


def era_corrections(document: Document) -> dict[str, Any]:
    """Correction → its measurement, for corrections with a map per era."""
    return {
        name: item["measured"]
        for name, item in (document.get("corrections") or {}).items()
        if (item.get("measured") or {}).get("by_era")
    }


def expand_eras(document: Document) -> dict[str, Any]:
    """The analysis with one correction per era, for corrections with a map per era.

    Args:
        document: Analysis accepted by the schema.
    """
    measured = era_corrections(document)
    if not measured:
        return dict(document)
    corrections: dict[str, Any] = {}
    for name, item in document["corrections"].items():
        corrections[name] = item
        for era in measured_eras(document, measured[name]) if name in measured else ():
            own = document["corrections"].get(map_name(name, era))
            corrections[map_name(name, era)] = own or {"measured": of_era(measured[name], era)}
    return {**document, "corrections": corrections}


def map_name(name: str, era: str) -> str:
    """Name of the correction of one era."""
    return f"{name}_{era}"


def measured_eras(document: Document, measured: Document) -> list[str]:
    """Eras of the simulation in which a correction is measured."""
    analysis = view_of(document)
    eras = [dataset_era(analysis, dataset) for dataset in simulated_sources(document, measured)]
    return list(dict.fromkeys(era for era in eras if era is not None))


def of_era(measured: Document, era: str) -> dict[str, Any]:
    """Settings for measuring a correction in one era."""
    kept = {key: value for key, value in measured.items() if key != "by_era"}
    target = {
        key: {**item, "file": _file_of(item["file"], era)} if item else item
        for key, item in (measured.get("target") or {}).items()
    }
    return {**kept, **({"target": target} if target else {}), "era": era}


def _file_of(file: Any, era: str) -> Any:
    """A file that may be given by era; unchanged if this era is missing, for the checks."""
    named = {str(key): value for key, value in file.items()} if is_choice(file) else {}
    return named.get(era, file)


def simulated_sources(document: Document, measured: Document) -> list[str]:
    """Simulated datasets in which a correction is measured."""
    return in_era(
        document,
        measured,
        [
            dataset
            for sample in as_list(measured["samples"])
            for dataset in as_list((document["samples"].get(sample) or {}).get("datasets"))
        ],
    )


def in_era(document: Document, measured: Document, datasets: list[str]) -> list[str]:
    """Datasets of the era in which a correction is measured; all datasets without an era."""
    analysis = view_of(document)
    era = measured.get("era")
    return [
        dataset for dataset in datasets if era is None or dataset_era(analysis, dataset) == str(era)
    ]


def written_name(document: Document, name: str) -> str:
    """The correction in the file to which a map belongs: one with a map per era, or itself."""
    corrections = document["corrections"]
    era = (corrections[name].get("measured") or {}).get("era")
    suffix = f"_{era}"
    written = name[: -len(suffix)] if name.endswith(suffix) else name
    return written if written in era_corrections(document) else name


def measured_place(document: Document, name: str) -> str:
    """The key in the file with the measurement of a map."""
    return f"corrections.{written_name(document, name)}.measured"
