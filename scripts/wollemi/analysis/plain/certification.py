"""Data that need certificates, and luminosities of certified blocks.

Standard library only, on plain values, because the Snakefile uses it as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from wollemi.base.yaml import Document

CUT = "certified"  # name of its line in the cutflow
WHOLE = ""  # in place of an era, if the analysis has none


def certifications(document: Document) -> dict[str, Any]:
    """Era → its entry in the section `certified`, or None if its data need no certificate."""
    section = document.get("certified") or {}
    return (
        {WHOLE: section}
        if "blocks" in section
        else {str(era): item for era, item in section.items()}
    )


def public_certificates(document: Document) -> list[Any]:
    """Files of the section `certified` given by URL, in the section's order, without repetition."""
    files: list[Any] = []
    for item in certifications(document).values():
        for key in ("blocks", "luminosity"):
            file = (item or {}).get(key)
            if isinstance(file, Mapping) and file not in files:
                files.append(file)
    return files


def certificate_path(run: str, file: Any) -> str:
    """Path of a file of the section: as given, or as written by `fetch_certificates`.

    Args:
        run: Folder below `results`.
        file: Path, or public file.
    """
    if isinstance(file, str):
        return file
    return f"results/{run}/certificates/{file['sha256'][:12]}/{PurePosixPath(urlsplit(file['url']).path).name}"  # noqa: E501


def blocks_file(document: Document, dataset: str, is_data: bool) -> Any:
    """The file of certified blocks for the events of a dataset; None for simulation and for
    datasets without events.

    Args:
        document: Analysis, as plain values.
        dataset: Name of the dataset.
        is_data: Whether the dataset belongs to the data.
    """
    item = document["datasets"][dataset]
    if not is_data or item.get("draw") or item.get("histograms"):
        return None
    entries = certifications(document)
    entry = entries.get(WHOLE) or entries.get(str(item.get("era"))) or {}
    return entry.get("blocks")


def measured_luminosities(document: Document) -> dict[str, Any]:
    """Era → entry of `certified`, for entries with a table of luminosities."""
    return {
        era: item
        for era, item in certifications(document).items()
        if item and item.get("luminosity")
    }


def known_luminosity(document: Document) -> list[str] | None:
    """Eras whose luminosity is declared or measured, in the order of the file; only `WHOLE` for a
    single number; None without a luminosity.
    """
    declared, measured = document.get("luminosity_ifb"), measured_luminosities(document)
    if isinstance(declared, Mapping):
        return list(dict.fromkeys([*map(str, declared), *measured]))
    if declared is not None:
        return [WHOLE]
    return list(measured) or None
