"""The tiny analysis with weights of scales and parton distributions, as generators write them."""

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot
from numpy.typing import NDArray

from support.tiny.analysis import edit_analysis
from support.tiny.events import ENTRIES, write_root

DATASETS = ("dy_low", "dy_high")
SCALES = [0, 1, 3, 5, 7, 8]
SYSTEMATICS: dict[str, Any] = {
    "scale": {
        "kind": "scale_envelope", "weights": "LHEScaleWeight", "members": SCALES, "nominal": 4, "normalization": "remove",  # noqa: E501
        "samples": ["dy"],
    },
    "pdf": {
        "kind": "pdf", "method": "hessian_symmetric", "weights": "LHEPdfWeight", "members": ["1-10"], "alpha_s": [11, 12],  # noqa: E501
        "normalization": "include", "samples": ["dy"],
    },
}  # fmt: skip


def scale_weights(rng: np.random.Generator, pt: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights (events, 9) that depend on the hardest muon; the fifth is the nominal one, and not
    1.
    """
    slopes = np.linspace(-0.4, 0.5, 9)
    slopes[4] = 0.0
    return (
        (1 + slopes * pt[:, np.newaxis] / 100)
        * rng.uniform(0.4, 0.6, (len(pt), 1))
        * (1 + 0.05 * (np.arange(9) - 4))
    )


def pdf_weights(rng: np.random.Generator, pt: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights (events, 13) relative to the nominal one: the central member, ten eigenvectors, two
    of α_s.
    """
    vectors = np.concatenate([[0.0], rng.normal(0, 0.03, 10), [-0.02, 0.03]])
    return 1 + vectors * (1 + pt[:, np.newaxis] / 100)


def add_weights(folder: Path) -> None:
    """Write the files of the background anew, with the branches `LHEScaleWeight` (lists) and
    `LHEPdfWeight` (arrays).
    """
    vectors = 7  # the same in all files: members mean the same
    for number, dataset in enumerate(DATASETS):
        for index in range(len(ENTRIES[dataset])):
            path = folder / f"input/{dataset}_{index}.root"
            branches = read_events(path)
            pt = ak.to_numpy(ak.fill_none(ak.max(branches["Muon"].pt, axis=1), 10.0)).astype(float)
            scales = scale_weights(np.random.default_rng([number, index]), pt).astype(np.float32)
            branches["LHEScaleWeight"] = ak.from_regular(ak.Array(scales))
            branches["LHEPdfWeight"] = pdf_weights(np.random.default_rng(vectors), pt).astype(
                np.float32
            )
            write_root(path, branches)


def read_events(path: Path) -> dict[str, Any]:
    """Branches of a file of the tiny analysis, as `make_events` gives them."""
    with uproot.open(path) as file:
        events = file["Events"].arrays()
    fields = [name for name in events.fields if name.startswith("Muon_")]
    muons = ak.zip({name.removeprefix("Muon_"): events[name] for name in fields})
    left_out = (*fields, "nMuon", "nLHEScaleWeight")  # counters are written again
    return {"Muon": muons} | {name: events[name] for name in events.fields if name not in left_out}


def use_weight_sets(folder: Path, **changes: Any) -> None:
    """Let the analysis use both systematics instead of its own, with changes to the first."""
    add_weights(folder)

    def change(document: dict[str, Any]) -> None:
        document["systematics"] = {
            "scale": SYSTEMATICS["scale"] | changes,
            "pdf": SYSTEMATICS["pdf"],
        }

    edit_analysis(folder, change)
