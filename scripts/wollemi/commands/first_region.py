"""Choose the first region of a new analysis: content that all files have, and common bins."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wollemi.base.user_commands import user_command
from wollemi.check.quick_look import Entries, choose_edges, collections
from wollemi.commands.given_files import GivenFile
from wollemi.inputs.origins import is_truth
from wollemi.inputs.weights import is_weight_name
from wollemi_engine.expressions.names import is_energy
from wollemi_likelihood.base.errors import WollemiError

# Collections searched for pairs, in this order; then other and finally generator collections.
PREFERRED = (
    re.compile("mu|muons?", re.IGNORECASE),
    re.compile("el|ele|electrons?", re.IGNORECASE),
    re.compile("lep|leptons?", re.IGNORECASE),
    re.compile("ph|photons?|gammas?", re.IGNORECASE),
    re.compile("jets?", re.IGNORECASE),
)
SHARE = 0.02  # smallest fraction of the events of a file with a pair
LEAST = 10  # smallest number of effective background events in a bin of the fit
_MASS = re.compile(r"mass|(?:^|_)m(?:_|inv|[lgj]{2,4}|vis|t2?)?$", re.IGNORECASE)
_NUMBERING = re.compile(r"(?:^|_)(?:n?events?|evt|lumi|run|channel|entry|index)", re.IGNORECASE)


@dataclass(frozen=True)
class Pair:
    """Two objects of a collection, with their mass.

    Args:
        collection: Name of the collection in the files.
        edges: Bin edges of the mass, in GeV.
        pt_bins: Bins of the leading transverse momentum: number, lower and upper edge in GeV.
        shares: Smallest and largest fraction of a file's events with a pair.
    """

    collection: str
    edges: tuple[float, ...]
    pt_bins: tuple[int, float, float]
    shares: tuple[float, float]

    @property
    def name(self) -> str:
        """Name of the object."""
        return self.collection.lower()

    def __str__(self) -> str:
        low, high = (f"{100 * share:.0f}" for share in self.shares)
        kind = (
            "generated: nothing reconstructed has pairs"
            if is_truth(self.collection)
            else "reconstructed"
        )
        part = low if low == high else f"{low} to {high}"
        return (
            f"two of {self.collection} ({kind}; in {part} % of the events), "
            f"mass in {_bins_text(self.edges)}"
        )


@dataclass(frozen=True)
class Single:
    """A quantity of the event, for files without pairs.

    Args:
        branch: Name of the branch.
        edges: Bin edges of the quantity.
    """

    branch: str
    edges: tuple[float, ...]

    def __str__(self) -> str:
        bins = _bins_text(self.edges)
        return f"all events, as there are no pairs of objects; {self.branch} in {bins}"


def _bins_text(edges: Sequence[float]) -> str:
    bins = f"{len(edges) - 1} bin{'s' if len(edges) > 2 else ''}"
    return f"{bins} from {edges[0]:g} to {edges[-1]:g}, with 99 % of the events of each file"


def choose_region(files: Sequence[GivenFile]) -> Pair | Single:
    """Choose the content of the first plot and the fit.

    Args:
        files: Files of the analysis.

    Returns:
        First collection with two objects in enough events of each simulated file, reconstructed
        collections first; otherwise a branch with one number per event.

    Raises:
        WollemiError: The files have neither in common.
    """
    names = _shared([file.names for file in files])
    for collection in sorted(collections(names), key=_rank):
        pair = _pair(files, collection)
        if pair:
            return pair
    for branch in sorted(names, key=_branch_rank):
        values = _numbers(files, branch)
        if values:
            return Single(branch, fit_edges(values))
    problem = (
        "have neither a collection with pairs of objects nor a branch with one number per event "
        "in common"
    )
    where = ", ".join(file.path.name for file in files)
    listing = user_command("wollemi inspect FILE")
    remedy = f"list the branches with `{listing}`, and write the analysis by hand"
    raise WollemiError(where, problem, f"{remedy} (docs/tutorial.md)")


def _shared(names: Sequence[Sequence[str]]) -> list[str]:
    """Names common to all files, in the order of the first."""
    first, *others = names
    return [name for name in first if all(name in other for other in others)]


def _rank(collection: str) -> tuple[bool, int]:
    """Sort key: reconstructed before generated, in the order of `PREFERRED`, then of the file."""
    ranks = [rank for rank, name in enumerate(PREFERRED) if name.fullmatch(collection)]
    return is_truth(collection), min(ranks, default=len(PREFERRED))


def _branch_rank(branch: str) -> tuple[bool, bool, bool]:
    """Sort key: reconstructed before generated; masses, then other energies, then the rest."""
    return is_truth(branch), not _MASS.search(branch), not is_energy(branch)


def _pair(files: Sequence[GivenFile], name: str) -> Pair | None:
    """Two objects of a collection, if enough events of each simulated file have them."""
    two = f"count({name}) >= 2"
    try:
        masses = [file.read(f"({name}[0] + {name}[1]).mass", two) for file in files]
    except WollemiError:
        return None  # one number per event, such as the number of objects in a collection
    shares = [
        mass.values.size / max(mass.events, 1)
        for file, mass in zip(files, masses, strict=True)
        if file.role != "data" or not _simulated(files)
    ]
    if min(shares) <= SHARE:
        return None
    edges = fit_edges(_by_role(files, masses))
    first, *others = (file.read(f"{name}[0].pt", two).values for file in files)
    return Pair(name, edges, choose_edges(first, 25, others), (min(shares), max(shares)))


def _simulated(files: Sequence[GivenFile]) -> bool:
    return any(file.role != "data" for file in files)


def _by_role(files: Sequence[GivenFile], entries: Sequence[Entries]) -> list[tuple[str, Entries]]:
    return [(file.role, item) for file, item in zip(files, entries, strict=True)]


def _numbers(files: Sequence[GivenFile], branch: str) -> list[tuple[str, Entries]]:
    """Values of a branch by the role of the file; empty unless each event has one number, and the
    values differ in each file.
    """
    if is_weight_name(branch) or _NUMBERING.search(branch):
        return []
    try:
        found = [file.read(branch) for file in files]
    except WollemiError:
        return []
    several = all(item.values.size and np.ptp(item.values) > 0 for item in found)
    return _by_role(files, found) if several and not found[0].per_object else []


def fit_edges(entries: Sequence[tuple[str, Entries]]) -> tuple[float, ...]:
    """Edges of up to 25 bins of equal width that contain nearly all values of each file, merged to
    the right until each has `LEAST` effective background events, (Σw)² / Σw²: a fit needs
    background in every bin.

    Args:
        entries: Role, and values with their weights, of each file.

    Raises:
        WollemiError: The entries have no values.
    """
    first, *others = (found.values for _, found in entries)
    number, low, high = choose_edges(first, 25, others)
    edges = np.linspace(low, high, number + 1)
    backgrounds = [found for role, found in entries if role == "background"]
    counted = backgrounds or [found for _, found in entries]
    sums, squares = (
        np.sum([np.histogram(i.values, edges, weights=i.weights**n)[0] for i in counted], axis=0)
        for n in (1, 2)
    )
    kept, total, square = [low], 0.0, 0.0
    for edge, more, squared in zip(edges[1:], sums, squares, strict=True):
        total, square = total + more, square + squared
        if total > 0 and total**2 >= LEAST * square:
            kept.append(float(f"{edge:.6g}"))
            total, square = 0.0, 0.0
    # Remaining events at the end are merged into the last bin.
    return (*kept[: max(len(kept) - 1, 1)], high)
