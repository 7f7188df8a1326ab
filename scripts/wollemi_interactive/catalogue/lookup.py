"""Which catalogues there are, and what a name means in them."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from wollemi.analysis.models.files import read_model
from wollemi_interactive.catalogue.models import Catalogue, KnownDataset
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean

VARIABLE = "WOLLEMI_CATALOGUE"
OWN = Path("config/catalogue.yaml")


@dataclass(frozen=True)
class Entry:
    """A dataset of a catalogue.

    Args:
        name: by which it is called.
        dataset: what it is.
        folder: of the catalogue, to which its paths are relative.
    """

    name: str
    dataset: KnownDataset
    folder: Path


def catalogue_files(named: Path | None, shipped: Path) -> list[Path]:
    """The catalogues in the order in which a name is looked up: the one that is named, that of the
    current folder, that of the group, the one that ships.

    Args:
        named: by the user, or None.
        shipped: folder of the workflow that ships.

    Raises:
        WollemiError: one that is named is not there.
    """
    group = os.environ.get(VARIABLE)
    for place, remedy in (
        (named, "correct --catalogue"),
        (Path(group) if group else None, f"correct the variable {VARIABLE}"),
    ):
        if place is not None and not place.is_file():
            raise WollemiError(str(place), "there is no such catalogue", remedy)
    files = [named, OWN, Path(group) if group else None, shipped / OWN]
    found: dict[Path, Path] = {}
    for path in files:
        if path is not None and path.is_file():
            found.setdefault(path.resolve(), path)
    return list(found.values())


def read_catalogue(path: Path) -> dict[str, Entry]:
    """Read and check a catalogue.

    Raises:
        ConfigurationError: with every problem of the file.
        WollemiError: it is not YAML.
    """
    catalogue = read_model(path, Catalogue, _REMEDY)
    return {name: Entry(name, item, path.parent) for name, item in catalogue.datasets.items()}


_REMEDY = "fix these lines; docs/datasets.md has the keys"


def read_catalogues(paths: Sequence[Path]) -> dict[str, Entry]:
    """All datasets of some catalogues; of two with one name, that of the first."""
    found: dict[str, Entry] = {}
    for path in paths:
        found = read_catalogue(path) | found
    return found


def matching(entries: Mapping[str, Entry], pattern: str) -> list[Entry]:
    """The entry of a name, else those that match a pattern or have it in name or title, by name.

    Args:
        entries: name → entry.
        pattern: such as `zee*`, or a part of a name or title; empty for all.
    """
    if pattern in entries:
        return [entries[pattern]]
    wanted = pattern.lower()
    return [
        entry
        for name, entry in sorted(entries.items())
        if fnmatchcase(name.lower(), wanted)
        or wanted in name.lower()
        or wanted in entry.dataset.title.lower()
    ]


def entry_of(entries: Mapping[str, Entry], name: str) -> Entry:
    """The entry of a name.

    Raises:
        WollemiError: no catalogue has it.
    """
    if name not in entries:
        problem = f"is in no catalogue{did_you_mean(name, entries)}"
        raise WollemiError(name, problem, "wollemi datasets lists the names")
    return entries[name]
