"""Reading a HEPData submission as a stranger does, with a YAML reader alone: columns,
uncertainties, keywords.
"""

import gzip
import io
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class ReadColumn:
    """A column: values (bins as pairs), label → uncertainties (downward and upward, a pair a row;
    None: none).
    """

    name: str
    units: str
    values: list[Any]
    errors: dict[str, list[tuple[float, float] | None]] = field(default_factory=dict)
    qualifiers: dict[str, Any] = field(default_factory=dict)


@dataclass
class ReadTable:
    """A table: its entry in submission.yaml, and its columns."""

    entry: dict[str, Any]
    independent: list[ReadColumn]
    dependent: list[ReadColumn]

    def column(self, name: str, **qualifiers: str) -> ReadColumn:
        """The one dependent column of a name, or of qualifiers."""
        found = [
            c
            for c in self.dependent
            if name in ("", c.name) and qualifiers.items() <= c.qualifiers.items()
        ]
        assert len(found) == 1, (name, qualifiers, [c.name for c in self.dependent])
        return found[0]


def unpack(path: Path) -> dict[str, bytes]:
    """Name → content of the files of a submission."""
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(path.read_bytes()))) as tar:
        return {item.name: tar.extractfile(item).read() for item in tar.getmembers()}  # type: ignore[union-attr]


def read_submission(files: dict[str, bytes]) -> tuple[dict[str, Any], dict[str, ReadTable]]:
    """What submission.yaml says of the record, and file name without ending → table."""
    record, *entries = yaml.load_all(files["submission.yaml"], Loader)
    tables = {}
    for entry in entries:
        content = yaml.load(files[entry["data_file"]], Loader)
        columns = [
            [_column(item) for item in content[f"{kind}_variables"]]
            for kind in ("independent", "dependent")
        ]
        tables[entry["data_file"].removesuffix(".yaml")] = ReadTable(entry, *columns)
    return record, tables


def _column(item: dict[str, Any]) -> ReadColumn:
    values = [
        row["value"] if "value" in row else (row["low"], row["high"]) for row in item["values"]
    ]
    labels = {error["label"] for row in item["values"] for error in row.get("errors", [])}
    errors = {label: [_error(row, label) for row in item["values"]] for label in labels}
    qualifiers = {entry["name"]: entry["value"] for entry in item.get("qualifiers", [])}
    return ReadColumn(
        item["header"]["name"], item["header"].get("units", ""), values, errors, qualifiers
    )


def _error(row: dict[str, Any], label: str) -> tuple[float, float] | None:
    for error in row.get("errors", []):
        if error["label"] == label:
            both = error.get("asymerror") or {
                "minus": -error["symerror"],
                "plus": error["symerror"],
            }
            return -both["minus"], both["plus"]
    return None
