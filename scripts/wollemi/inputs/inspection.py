"""Contents of an event file: its trees, branches under the names of expressions, sums and first
events.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

from wollemi.inputs.event_files import open_events, read_batches
from wollemi.inputs.root_trees import (
    Place,
    is_rntuple,
    open_root,
    reading,
    tree_classes,
    tree_of,
)
from wollemi.inputs.schemas import TREES, Layout, Source, locate
from wollemi.inputs.tables import TABLES
from wollemi.inputs.weights import WeightCandidate, find_weights
from wollemi_engine.expressions.names import is_energy
from wollemi_likelihood.base.errors import WollemiError

IDENTITY = ("run", "luminosityBlock", "event")
SHOWN = (*IDENTITY, "genWeight", "mcWeight", "Muon_pt", "Electron_pt", "Jet_pt", "MET_pt")
MEV_MEDIAN = 1000.0  # the median of a transverse-momentum branch is never above 1 TeV


@dataclass(frozen=True)
class Branch:
    """A branch of a file.

    Args:
        name: Name in the file.
        known_as: Name in expressions; equal to `name` for NanoAOD, and for ntuples without `names`.
        kind: Type of the values.
        unit: Unit in expressions.
        bytes_stored: Compressed size; None if the format does not record it.
        bytes_read: Uncompressed size.
        baskets: Number of baskets, or of column chunks in Parquet.
    """

    name: str
    known_as: str
    kind: str
    unit: str
    bytes_stored: int | None = None
    bytes_read: int | None = None
    baskets: int | None = None


def find_trees(path: Place) -> list[tuple[str, str, int, int, str]]:
    """Trees of a ROOT file: name, class, entries, branches, compression; empty for other files."""
    if path.suffix in TABLES:
        return []
    with reading(path), open_root(path) as file:
        found = tree_classes(file.classnames(cycle=False))
        trees = [
            (name, kind, tree_of(file, path, name, kind)) for name, kind in sorted(found.items())
        ]
        return [
            (name, kind, int(tree.num_entries), len(tree.keys()), _compression(file, tree))
            for name, kind, tree in trees
        ]


def find_histograms(path: Path) -> list[tuple[str, str]]:
    """Histograms of a ROOT file: name and class; empty for other files."""
    if path.suffix in TABLES:
        return []
    with open_root(path) as file:
        return [
            (name, kind)
            for name, kind in sorted(file.classnames(cycle=False).items())
            if kind.startswith(("TH", "TProfile"))
        ]


def _compression(file: Any, tree: Any) -> str:
    """Algorithm and level; branches without their own setting use the file's."""
    own = (
        set()
        if is_rntuple(tree.classname)
        else {str(branch.compression or file.file.compression) for branch in tree.branches}
    )
    return ", ".join(sorted(own)) or str(file.file.compression)


def guess_layout(path: Place, *others: Place, tree: str = "") -> Layout:
    """Guess the layout of a file from the names of trees and branches and the size of the momenta.

    Args:
        path: Path of the file.
        others: Equivalent files, used if the first has no events.
        tree: Name of the tree with the events; empty to choose it.

    Raises:
        WollemiError: The file does not contain the tree.
    """
    trees = {name: entries for name, _, entries, _, _ in find_trees(path)}
    if tree and trees:
        if tree not in trees:
            found = ", ".join(trees)
            raise WollemiError(str(path), f"has no tree '{tree}'", f"give one of these: {found}")
        trees = {tree: trees[tree]}
    for schema in ("physlite", "nanoaod"):
        if set(TREES[schema]) & trees.keys():
            return Layout(schema)
    if trees and not any(trees.values()) and others:
        return guess_layout(*others, tree=tree)
    largest = max(trees, key=lambda name: trees[name]) if trees else None
    layout = Layout("ntuple", largest)
    with open_events(path, layout) as file:
        if largest is None and set(IDENTITY) <= set(file.names):
            return Layout()
    return Layout("ntuple", largest, "MeV" if _median_pt(path, layout) > MEV_MEDIAN else "GeV")


def _median_pt(path: Place, layout: Layout) -> float:
    """Median of the first branch of transverse momenta in the first events, as stored; 0 if no such
    branch exists.
    """
    with open_events(path, layout) as file:
        known = locate(layout, file.names)
    names = [name for name in known if re.search(r"(?:^|_)pt(?:_NOSYS)?$", name, re.IGNORECASE)]
    for name in names:
        try:
            batch = next(read_batches(path, layout, [name], 0, 10_000))
            values = ak.to_numpy(ak.flatten(batch[name], axis=None))
        except (WollemiError, TypeError, ValueError):
            continue  # records, or unreadable by uproot: no basis for a guess
        # Integers are not momenta: the counter of the branch `lep_pt` is called `nlep_pt`.
        if values.size and np.issubdtype(values.dtype, np.floating):
            return float(np.median(values))
    return 0.0


def list_branches(path: Path, layout: Layout) -> tuple[int, list[Branch], dict[str, Source]]:
    """Branches of a file, and further names for expressions.

    Args:
        path: Path of the file.
        layout: Layout of the file.

    Returns:
        Entries; branches in the order of the file; derived name → its source.
    """
    with reading(path), open_events(path, layout) as file:
        sources = locate(layout, file.names)
        known_as = {
            source.branches[0]: name
            for name, source in reversed(sources.items())
            if source.rule == "copy"
        }
        own = known_as | {
            source.branches[0]: name
            for name, source in sources.items()
            if source.branches == (name,)
        }
        sizes = file.sizes()
        branches = [
            Branch(name, own[name], kind, _unit(own[name], layout), *sizes.get(name, ()))
            for name, kind in file.types().items()
            if name in own
        ]
    shown = {branch.known_as for branch in branches}
    return (
        file.entries,
        branches,
        {name: source for name, source in sources.items() if name not in shown},
    )


def _unit(name: str, layout: Layout) -> str:
    if is_energy(name):
        return "GeV" if layout.per_gev == 1 else "GeV (file: MeV)"
    return "rad" if re.search(r"(?:^|_)phi$", name) else ""


def file_weights(path: Place, layout: Layout) -> list[WeightCandidate]:
    """Possible weights of the events of a file, with sums over all events."""
    with reading(path), open_events(path, layout) as file:
        return find_weights(file, layout, last=None)


def recorded_sums(path: Path) -> dict[str, float]:
    """Sums of weights as recorded in NanoAOD's tree `Runs`: branch → sum."""
    if not any(tree[0] == "Runs" for tree in find_trees(path)):
        return {}
    with reading(path), open_root(path) as file:
        runs = file["Runs"]
        return {
            f"Runs.{name}": float(np.sum(runs[name].array(library="np")))
            for name in runs.keys()  # noqa: SIM118 - not a mapping
            if re.fullmatch(r"genEventSumw_?", name)
        }


def first_events(
    path: Path, layout: Layout, names: Mapping[str, Any], events: int
) -> dict[str, list[Any]]:
    """Values of the first events.

    Args:
        path: Path of the file.
        layout: Layout of the file.
        names: Names for expressions, with types or sources; the usual names of NanoAOD are shown,
            or the first six.
        events: Number of events.
    """
    shown = [name for name in SHOWN if name in names] or list(names)[:6]
    return {name: _first_values(path, layout, name, events) for name in shown}


def _first_values(path: Path, layout: Layout, name: str, events: int) -> list[Any]:
    """Values of one name, or the reason why it cannot be read."""
    try:
        values: list[Any] = next(read_batches(path, layout, [name], 0, events))[name].to_list()
    except WollemiError as error:
        return [f"({error.problem})"]
    return values
