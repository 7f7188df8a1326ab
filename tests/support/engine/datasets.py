"""Random analyses of several datasets that are written out as more: stitched ones, samples that
take a part of them, and copies in which corrections are measured that the others call.
"""

from pathlib import Path
from typing import Any

import numpy as np

from support.engine.analyses import random_analysis
from support.events.correction_files import binning, correction, formula, write_corrections
from wollemi.analysis.plain.measured import cell_count, measured_corrections
from wollemi.histograms.correction_map import correction_map

# What no systematic changes.
TRUTH = ("PV_npvs < 20", "PV_npvs % 3 == 1", "genWeight > 1", "abs(MET_phi) < 1")
KEPT = ["Jet_id", "muon.tight", "Electron_charge", "jet.btag"]


def random_datasets(seed: int, quantities: int) -> dict[str, Any]:
    """An analysis as plain values; see `random_analysis`. Arguments of corrections are numbers."""
    rng = np.random.default_rng([seed, 2])
    made = random_analysis(seed, quantities)
    of_slice, of_sample = (TRUTH[index] for index in rng.permutation(len(TRUTH))[:2])
    inclusive = {key: made["datasets"]["d"][key] for key in ("files", "cross_section_pb", "weight")}
    inclusive["stitch"] = {"few": {"selection": of_slice, "datasets": ["e"]}}
    exclusive = {"files": ["y.root"], "cross_section_pb": 0.4, "weight": "genWeight"}
    made["datasets"] = {"d": inclusive, "e": exclusive}
    common = {"role": "background", "datasets": "d"}
    made["samples"] = {
        "s": {**common, "selection": of_sample},
        "t": {**common, "selection": f"not ({of_sample})"},
    }
    for systematic in made["systematics"].values():
        systematic["samples"] = ["s", "t"]
    made["skim"]["keep"] = KEPT
    made["corrections"] = _corrections(rng)
    made["objects"]["electron"]["calibrate"] = {
        "phi": "phi * correction.read(charge, event.PV_npvs)"
    }
    of_jets, of_event = "prod(correction.tag{}(jet.btag, PV_npvs))", "correction.busy{}(PV_npvs)"
    made["weights"] = {
        "tag": {"factor": of_jets.format(""), "samples": ["s", "t"]},
        "busy": {"factor": of_event.format(""), "samples": ["s"]},
    }
    made["systematics"]["tagging"] = {
        "kind": "weight",
        "up": f"1 + 0.125 * {of_jets.format('.up')}",
        "down": f"1 - 0.125 * {of_event.format('.down')}",
        "samples": ["s", "t"],
    }
    return made


def _corrections(rng: np.random.Generator) -> dict[str, Any]:
    """One from a file, and an efficiency of jets and one of events that are measured."""
    edges = [int(edge) / 100 for edge in np.sort(rng.choice(100, 4, replace=False))]
    several = {"expression": "event.PV_npvs", "bins": [3, 0, 60]}
    tag = {"object": "jet", "probe": "pt > 30", "pass": f"btag > {edges[1]} or eta > 1"}
    tag |= {"axes": {"btag": edges, "vertices": several}}
    busy = {"pass": "count(jet) > 1", "selection": "MET_pt > 10"}
    busy |= {"axes": {"vertices": {"expression": "PV_npvs", "edges": [-3, 10, 25, 60]}}}
    common = {"kind": "efficiency", "samples": ["s", "t"], "flow": "clamp"}
    inputs = {"x": 1, "y": 2}
    return {
        "read": {"file": "c.json", "correction": "read", "inputs": inputs},
        "tag": {"measured": common | tag},
        "busy": {"measured": common | busy},
    }


def write_measured(path: Path, document: dict[str, Any], counts: dict[str, Any]) -> None:
    """Write the corrections of an analysis to a file.

    Args:
        path: the file.
        document: the analysis, written out.
        counts: measured correction → Σw in its bins (2 × cells + 2,), with under- and overflow.
    """
    content = binning("y", [0.0, 20.0, 60.0], [formula("1+0.01*x", ["x"]), 0.75], "clamp")
    maps = [correction("read", {"x": "real", "y": "real"}, content)]
    for name, measured in measured_corrections(document).items():
        failed, passed = counts[name][1:-1].reshape(2, cell_count(measured))
        counted = np.where(failed + passed == 0, 1.0, failed + passed)
        nominal = passed / counted
        sides = {"nominal": nominal, "up": nominal * 1.1, "down": nominal * 0.9}
        maps.append(correction_map(name, measured, sides))
    write_corrections(path, *maps)
