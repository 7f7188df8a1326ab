"""Reading events of ROOT files and tables in batches, under one set of names and units."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import awkward as ak
import numpy as np

from wollemi.inputs.root_trees import Place, TreeEvents, open_tree, read_all_baskets
from wollemi.inputs.schemas import HINTS, MUON_MASS_GEV, Layout, Source, locate
from wollemi.inputs.tables import TABLES, TableEvents
from wollemi_likelihood.base.errors import MissingBranchError, WollemiError
from wollemi_likelihood.base.nearest import nearest_name, suggestion
from wollemi_likelihood.expressions.syntax import KINEMATICS, MOMENTUM

MOMENTUM_PARTS = KINEMATICS - {"p", "rapidity", "theta", "mt"}
EventFile = TreeEvents | TableEvents


def open_events(path: Place, layout: Layout) -> AbstractContextManager[EventFile]:
    """Open a file of events: a table by its suffix, else ROOT.

    Args:
        path: Path of the file.
        layout: Layout of the file.

    Raises:
        WollemiError: The file is a table on another machine.
    """
    if path.suffix not in TABLES:
        return open_tree(path, layout)
    if not isinstance(path, Path):
        raise WollemiError(
            str(path),
            "is a table on another machine, of which only ROOT files are read in parts",
            "download it, and name the copy",
        )
    return TABLES[path.suffix](path)


def read_batches(
    path: Place,
    layout: Layout,
    branches: Sequence[str],
    start: int = 0,
    stop: int | None = None,
    names: Sequence[str] = (),
    more: Sequence[str] = (),
) -> Iterator[ak.Array]:
    """Read events of a file, in at least one batch, which may be empty.

    Args:
        path: Path of a ROOT file or a table.
        layout: Layout of the file.
        branches: Normalized names of required branches (`wollemi.inputs.schemas`).
        start: First event.
        stop: Event after the last one; None for the end.
        names: Further names that a misspelled branch may have meant.
        more: Normalized names of branches to read if the file has them.

    Yields:
        Record arrays (events,) with the branches as fields, energies in GeV.

    Raises:
        WollemiError: The file cannot be read, or lacks the tree or a branch.
    """
    with open_events(path, layout) as file:
        sources = required_sources(path, layout, file, branches, names, more)
        yield from file_batches(file, sources, range(start, file.entries if stop is None else stop))


def file_batches(
    file: EventFile, sources: Mapping[str, Source], entries: range
) -> Iterator[ak.Array]:
    """Read events of an open file, in at least one batch, which may be empty.

    Args:
        file: Open file.
        sources: Sources to read, see `required_sources`.
        entries: Range of events; entries beyond the end of the file are ignored.

    Yields:
        Record arrays (events,) with the names of the sources as fields, energies in GeV.
    """
    wanted = list(
        dict.fromkeys(branch for source in sources.values() for branch in source.branches)
    )
    last = min(file.entries, entries.stop)
    for batch in file.batches(wanted, min(entries.start, last), last):
        yield normalize(batch, sources)


def count_entries(path: Place, layout: Layout) -> int:
    """Number of events of a file."""
    with open_events(path, layout) as file:
        return file.entries


def read_all(path: Path, layout: Layout) -> None:
    """Read a complete file and discard the content.

    Raises:
        WollemiError: Part of the file cannot be read.
    """
    if path.suffix not in TABLES:
        read_all_baskets(path)
        return
    with open_events(path, layout) as file:
        for _ in file.batches(file.names, 0, file.entries):
            pass


def required_sources(
    path: Place,
    layout: Layout,
    file: EventFile,
    branches: Sequence[str],
    names: Sequence[str] = (),
    more: Sequence[str] = (),
) -> dict[str, Source]:
    """Source of each name in a file.

    Args:
        path: Path of the file, for errors.
        layout: Layout of the file.
        file: Open file.
        branches: Normalized names that must exist.
        names: Further names that a misspelled branch may have meant.
        more: Normalized names that may be missing.

    Raises:
        WollemiError: A name is missing.
    """
    offered = locate(layout, file.names)
    missing = [name for name in branches if name not in offered]
    if missing:
        # another component is not a suggestion for a misspelled name
        momentum = _momentum_remedy(missing, offered, branches)
        nearest = {
            name: nearest_name(name, [] if momentum else [*offered, *names]) for name in missing
        }
        hints = (HINTS[key] for key in ((layout.schema, name) for name in missing) if key in HINTS)
        remedy = next(hints, momentum or _name_remedy(file))
        listing = ", ".join(f"'{name}'{suggestion(meant)}" for name, meant in nearest.items())
        raise MissingBranchError(str(path), f"has no branch {listing}", remedy, nearest)
    return {name: offered[name] for name in dict.fromkeys([*branches, *more]) if name in offered}


def _name_remedy(file: EventFile) -> str:
    """Remedy for a name that a file lacks: it may belong to a friend tree."""
    friends = file.friends() if isinstance(file, TreeEvents) else []
    if not friends:
        return "correct the name in the expression"
    return (
        "correct the name in the expression; branches of friend trees are not read "
        f"({', '.join(friends)}): write them into this tree"
    )


def _momentum_remedy(
    missing: Sequence[str], offered: Iterable[str], branches: Sequence[str]
) -> str:
    """Remedy for an incomplete four-momentum; empty for anything else, such as a transverse
    momentum.
    """
    collection, _, field = missing[0].rpartition("_")
    if f"{collection}_eta" not in branches:
        return ""
    own = (
        name.removeprefix(f"{collection}_") for name in offered if name.startswith(f"{collection}_")
    )
    parts = sorted(MOMENTUM_PARTS.intersection(own))
    if field not in MOMENTUM["polar"] or not parts:
        return ""
    return (
        "a four-momentum is pt, eta, phi with mass or E, or px, py, pz with E or mass: name "
        "the rest under names of the dataset, "
        f"or give the object its mass_gev ('{collection}' has {', '.join(parts)})"
    )


def normalize(batch: ak.Array, sources: Mapping[str, Source]) -> ak.Array:
    """Rename events to normalized names and convert energies to GeV.

    Args:
        batch: Records (events,) as stored.
        sources: Name → source.
    """
    if all(source == Source((name,)) for name, source in sources.items()):
        return batch
    columns = {name: _SOURCES[source.rule](batch, source) for name, source in sources.items()}
    return ak.zip(
        {name: _to_gev(values, sources[name].per_gev) for name, values in columns.items()},
        depth_limit=1,
    )


def _to_gev(values: ak.Array, per_gev: float) -> ak.Array:
    """Divide floats in their own precision; integers are counts or flags."""
    if per_gev == 1.0 or "float" not in str(values.type):
        return values
    return values / np.float32(per_gev)


def _copy(batch: ak.Array, source: Source) -> ak.Array:
    return batch[source.branches[0]]


def _first(batch: ak.Array, source: Source) -> ak.Array:
    return _filled(ak.firsts(batch[source.branches[0]], axis=1))


def _last_vector(batch: ak.Array, source: Source) -> tuple[ak.Array, ak.Array]:
    x, y = (_filled(ak.firsts(batch[branch][:, ::-1], axis=1)) for branch in source.branches)
    return x, y


def _norm(batch: ak.Array, source: Source) -> ak.Array:
    return np.hypot(*_last_vector(batch, source))


def _angle(batch: ak.Array, source: Source) -> ak.Array:
    x, y = _last_vector(batch, source)
    return np.arctan2(y, x)


def _muon_mass(batch: ak.Array, source: Source) -> ak.Array:
    return ak.full_like(batch[source.branches[0]], MUON_MASS_GEV)


def _components(batch: ak.Array, source: Source) -> list[ak.Array]:
    """Components in float64: a mass is a small difference of large numbers."""
    return [ak.values_astype(batch[branch], np.float64) for branch in source.branches]


def _transverse(batch: ak.Array, source: Source) -> ak.Array:
    x, y = _components(batch, source)
    return np.sqrt(x * x + y * y)


def _azimuth(batch: ak.Array, source: Source) -> ak.Array:
    x, y = _components(batch, source)
    return np.arctan2(y, x)


def _pseudorapidity(batch: ak.Array, source: Source) -> ak.Array:
    """Pseudorapidity asinh(pz / pt); infinite along the beam."""
    x, y, z = _components(batch, source)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.arcsinh(z / np.sqrt(x * x + y * y))


def _invariant_mass(batch: ak.Array, source: Source) -> ak.Array:
    """Invariant mass; negative if E² < p², so that the energy is preserved."""
    x, y, z, energy = _components(batch, source)
    return _signed_root(energy * energy - (x * x + y * y + z * z))


def _mass_of_energy(batch: ak.Array, source: Source) -> ak.Array:
    """Invariant mass from pt, eta and E, with the same sign convention."""
    pt, eta, energy = _components(batch, source)
    return _signed_root(energy * energy - (pt * np.cosh(eta)) ** 2)


def _signed_root(squared: ak.Array) -> ak.Array:
    return np.sign(squared) * np.sqrt(np.abs(squared))


def _filled(values: ak.Array) -> ak.Array:
    """Fill missing values with NaN, which is reported on use."""
    return ak.fill_none(values, np.float32(np.nan))


_SOURCES = {
    **{"copy": _copy, "first": _first, "norm": _norm, "angle": _angle, "muon_mass": _muon_mass},
    **{"pt": _transverse, "phi": _azimuth, "eta": _pseudorapidity, "mass": _invariant_mass},
    "mass_of_energy": _mass_of_energy,
}
