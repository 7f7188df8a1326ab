"""Files of the tiny analysis as a skim leaves them: fewer events, and the tree `Runs` or `MetaData`
of all of them.
"""

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot
from numpy.typing import NDArray

Runs = dict[str, Any]
LISTS = {"LHEScaleWeight": "LHEScaleSumw", "LHEPdfWeight": "LHEPdfSumw"}


def runs_of(branches: dict[str, Any], entries: int = 1, suffix: str = "") -> Runs:
    """What `Runs` says of events, in some entries, as of files that were merged.

    Args:
        branches: of all events.
        entries: of `Runs`.
        suffix: an underscore in some versions.
    """
    parts = np.array_split(np.arange(len(branches["genWeight"])), entries)
    weights = np.asarray(branches["genWeight"], np.float64)
    runs = {
        "run": np.ones(entries, np.uint32),
        f"genEventCount{suffix}": np.array([len(part) for part in parts], np.int64),
        f"genEventSumw{suffix}": np.array([weights[part].sum() for part in parts]),
        f"genEventSumw2{suffix}": np.array([(weights[part] ** 2).sum() for part in parts]),
    }
    for branch, name in LISTS.items():
        if branch in branches:
            factors = np.asarray(ak.Array(branches[branch]).to_list(), np.float64)
            shares = [weights[part] @ factors[part] / weights[part].sum() for part in parts]
            runs[f"{name}{suffix}"] = ak.from_regular(ak.Array(np.array(shares)))
    return runs


def kept_by(branches: dict[str, Any], rng: np.random.Generator, share: float) -> NDArray[np.bool_]:
    """A loose skim (events,): all that may ever be selected, and of the others so many that a share
    is left.
    """
    kept = ak.to_numpy(ak.sum(branches["Muon"].pt > 15, axis=1) >= 2)
    others = np.flatnonzero(~kept)
    more = max(int(share * kept.size) - int(kept.sum()), 0)
    kept[rng.permutation(others)[:more]] = True
    return kept


def write_skimmed(
    path: Path,
    branches: dict[str, Any],
    runs: Runs | None,
    kept: NDArray[np.bool_] | slice = slice(None),
) -> None:
    """Write the events that are kept, and `Runs`, if there is one."""
    arrays = {name: ak.Array(values)[kept] for name, values in branches.items()}
    with uproot.recreate(path) as file:
        file.mktree("Events", {name: values.type.content for name, values in arrays.items()})
        file["Events"].extend(arrays)
        if runs is not None:
            columns = {name: ak.Array(values) for name, values in runs.items()}
            file.mktree("Runs", {name: values.type.content for name, values in columns.items()})
            file["Runs"].extend(columns)


def bookkeepers(events: int, weights: float, squares: float) -> dict[str, ak.Array]:
    """`CutBookkeepers` of a derivation (PHYSLITE), with those of the jobs before it."""
    books = [
        ("AllExecutedEvents", "StreamEVGEN", 0, 10 * events, 10 * weights, 10 * squares),
        ("AllExecutedEvents", "StreamAOD", 0, 2 * events, 2 * weights, 2 * squares),
        ("AllExecutedEvents", "StreamAOD", 1, events, weights, squares),
        ("PHYSLITEKernel", "StreamAOD", 2, 1, 1.0, 1.0),
    ]
    fields = (
        "name",
        "inputStream",
        "cycle",
        "nAcceptedEvents",
        "sumOfEventWeights",
        "sumOfEventWeightsSquared",
    )
    columns = zip(fields, zip(*books, strict=True), strict=True)
    return {f"CutBookkeepersAux:{field}": ak.Array([list(column)]) for field, column in columns}
