"""The available catalogues, and the lookup of names in them."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from wollemi.analysis.models.files import read_model
from wollemi.base.user_commands import user_command
from wollemi_interactive.catalogue.models import Catalogue, KnownDataset
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean

VARIABLE = "WOLLEMI_CATALOGUE"
OWN = Path("config/catalogue.yaml")


@dataclass(frozen=True)
class Entry:
    """A dataset of a catalogue.

    Args:
        name: Name of the dataset.
        dataset: Description of the dataset.
        folder: Folder of the catalogue, to which its paths are relative.
    """

    name: str
    dataset: KnownDataset
    folder: Path


def catalogue_files(named: Path | None, shipped: Path) -> list[Path]:
    """The catalogues in lookup order: the named one, the catalogue of the current folder, the
    catalogue of the group, and the one shipped with the workflow.

    Args:
        named: Path given by the user, or None.
        shipped: Folder of the installed workflow.

    Raises:
        WollemiError: A named catalogue does not exist.
    """
    group = os.environ.get(VARIABLE)
    for place, remedy in (
        (named, "correct --catalogue"),
        (Path(group) if group else None, f"correct the variable {VARIABLE}"),
    ):
        if place is not None and not place.is_file():
            raise WollemiError(str(place), "this catalogue does not exist", remedy)
    files = [named, OWN, Path(group) if group else None, shipped / OWN]
    found: dict[Path, Path] = {}
    for path in files:
        if path is not None and path.is_file():
            found.setdefault(path.resolve(), path)
    return list(found.values())


def read_catalogue(path: Path) -> dict[str, Entry]:
    """Read and check a catalogue.

    Raises:
        ConfigurationError: The file has problems; the error lists all of them.
        WollemiError: The file is not YAML.
    """
    catalogue = read_model(path, Catalogue, _REMEDY)
    return {name: Entry(name, item, path.parent) for name, item in catalogue.datasets.items()}


_REMEDY = "fix these lines; docs/datasets.md has the keys"


def read_catalogues(paths: Sequence[Path]) -> dict[str, Entry]:
    """All datasets of some catalogues; if two have the same name, the first catalogue wins."""
    found: dict[str, Entry] = {}
    for path in paths:
        found = read_catalogue(path) | found
    return found


def matching(entries: Mapping[str, Entry], pattern: str) -> list[Entry]:
    """The entry of a name, or else the entries that match a pattern or contain it, sorted by name.

    Args:
        entries: Name → entry.
        pattern: Pattern such as `zee*`, or part of a name or title; empty for all.
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
        WollemiError: No catalogue contains the name.
    """
    if name not in entries:
        problem = f"is in no catalogue{did_you_mean(name, entries)}"
        raise WollemiError(name, problem, f"`{user_command('wollemi datasets')}` lists the names")
    return entries[name]
