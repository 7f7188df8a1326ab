"""The tasks that uproot + awkward and coffea share, but for the reading, and the histograms of all
tasks.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import awkward as ak
import boost_histogram as bh
import loop_corrections
import numpy as np
from make_corrections import JES_SOURCES, NEEDED
from selections import MEMBERS, Histograms, four_leptons, pdf_members, wide_skim

CORRECTED = {
    "t5": loop_corrections.ttbar,
    "t8": loop_corrections.btag_weights,
    "t9": loop_corrections.jet_energy_scale,
}
SHARED = ("t6", "t7", "t10", *CORRECTED)
TTBAR = {"control_4j1b/ht": (25, 50, 550), "signal_4j2b/trijet_mass": (25, 50, 550)}
AXES = {
    "t1": {"opposite_sign/mass": (256, 0, 256)},
    "t2": TTBAR,
    "t3": {"all/met": (64, 0, 256)},
    "t4": TTBAR,
    "t5": TTBAR,
    "t6": {
        f"{region}/{variable}": axis
        for region in ("four_electrons", "two_of_each", "four_muons")
        for variable, axis in (
            ("m4l", (80, 70, 470)),
            ("z1_mass", (40, 40, 120)),
            ("z2_mass", (54, 12, 120)),
        )
    },
    "t7": TTBAR,
    "t8": {
        "four_jets/b_jets": (8, 0, 8),
        "four_jets/ht": (25, 50, 550),
        "four_jets/discriminant": (50, 0, 1),
        "signal_4j2b/ht": (25, 50, 550),
    },
    "t9": TTBAR
    | {
        "control_4j1b/jets": (12, 4, 16),
        "control_4j1b/dijet_mass": (50, 0, 1000),
        "signal_4j2b/ht": (25, 50, 550),
        "signal_4j2b/jets": (12, 4, 16),
    },
    "t10": {
        "one_lepton/mt": (40, 0, 200),
        "one_lepton/lepton_pt": (40, 0, 200),
        "one_lepton/ht": (50, 0, 1000),
        "one_lepton/activity": (40, 0, 4),
        "one_lepton/dijet_mass": (50, 0, 1000),
        "two_leptons/pair_mass": (50, 0, 250),
        "two_leptons/ht": (50, 0, 1000),
        "two_leptons/dijet_mass": (50, 0, 1000),
    },
}
SIDES = ("up", "down")
OBJECTS = (
    "nominal",
    "pt_scale_up",
    "pt_res_up",
    *(f"btag_var_{i}_{side}" for i in range(4) for side in SIDES),
)
VARIATIONS = {
    "t2": OBJECTS,
    "t3": ("nominal", *(f"weight_{number:02d}_{side}" for number in range(25) for side in SIDES)),
    "t4": OBJECTS,
    "t5": (*loop_corrections.WEIGHTS, "jes_up", "jes_down"),
    "t7": ("nominal", *(f"pdf_member{member}" for member in MEMBERS)),
    "t8": tuple(loop_corrections.SHAPES),
    "t9": (
        "nominal",
        *(f"{source}_{side}" for source in JES_SOURCES for side in SIDES),
    ),
}


def new_histograms(task: str) -> Histograms:
    """The empty histograms of a task, under the names that Wollemi gives them."""
    return {
        f"{name}/{variation}": bh.Histogram(bh.axis.Regular(*axis), storage=bh.storage.Weight())
        for name, axis in AXES[task].items()
        for variation in VARIATIONS.get(task, ("nominal",))
    }


def run_shared(task: str, batches: Iterator[ak.Array], folder: Path) -> dict[str, Any]:
    """Do a task.

    Args:
        task: such as `t6`.
        batches: events as records of collections.
        folder: where the corrections are.

    Returns:
        Name → sums of weights and of squared weights (2, bins); of T7 also Σw of the members of
        the set over all events (members,).
    """
    histograms = new_histograms(task)
    if task in CORRECTED:
        content = loop_corrections.corrections(folder / f"{NEEDED[task]}.json")
        for events in batches:
            CORRECTED[task](events, histograms, content)
    if task == "t6":
        for events in batches:
            four_leptons(events, histograms)
    if task == "t7":
        sums = np.zeros(len(MEMBERS))
        for events in batches:
            pdf_members(events, histograms, sums)
        return as_arrays(histograms) | {"sums/pdf": sums}
    if task == "t10":
        wide_skim(batches, histograms)
    return as_arrays(histograms)


def as_arrays(histograms: Histograms) -> dict[str, Any]:
    """Name → sums of weights and of squared weights (2, bins)."""
    return {name: np.stack([item.values(), item.variances()]) for name, item in histograms.items()}
