"""One systematic of each kind, on the sample `dy` of the tiny analysis with the weights of
`support.events.weight_sets`; on the one that enters as histograms, if it acts on these.
"""

from typing import Any

WEIGHTS = {"weights": "LHEPdfWeight", "members": ["1-4"], "normalization": "include"}
EXAMPLES: dict[str, dict[str, Any]] = {
    "normalization": {"up": 1.2, "down": 0.8},
    "weight": {"up": "1 + 0.01 * MET_pt", "down": "1 - 0.005 * MET_phi"},
    "object": {"object": "muon", "up": {"pt": "pt * 1.1"}, "down": {"pt": "pt * 0.9"}},
    "column": {"column": "dimuon_mass", "up": "dimuon_mass + 0.1 * MET_pt", "down": "symmetrize"},
    "combined": {
        "up": {
            "objects": {"muon": {"pt": "pt * 1.05"}},
            "columns": {"dimuon_mass": "dimuon_mass * 1.1"},
            "weight": "1 + 0.01 * MET_pt",
        },
        "down": {"weight": "1 - 0.005 * MET_phi"},
    },
    "scale_envelope": {**WEIGHTS, "weights": "LHEScaleWeight", "members": [0, 8], "nominal": 4},
    "pdf": {**WEIGHTS, "method": "hessian_symmetric"},
    "histogram": {"up": "{histogram}_up", "down": "{histogram}_down", "samples": ["signal_300"]},
    "dataset": {"up": "dy_alternative", "down": "symmetrize"},
}
# What the pages say of them at `up` and `down`.
SHOWN = {
    "normalization": ("1.2", "0.8"),
    "weight": ("1 + 0.01 * MET_pt", "1 - 0.005 * MET_phi"),
    "object": ("muon: pt: pt * 1.1", "muon: pt: pt * 0.9"),
    "column": ("dimuon_mass: dimuon_mass + 0.1 * MET_pt", "symmetrize"),
    "combined": (
        "muon: pt: pt * 1.05; dimuon_mass: dimuon_mass * 1.1; weight: 1 + 0.01 * MET_pt",
        "weight: 1 - 0.005 * MET_phi",
    ),
    "scale_envelope": ("LHEScaleWeight: 0, 8", "envelope"),
    "pdf": ("LHEPdfWeight: 1-4", "hessian_symmetric"),
    "histogram": ("{histogram}_up", "{histogram}_down"),
    "dataset": ("dy_alternative", "symmetrize"),
}


def example(kind: str) -> dict[str, Any]:
    """A systematic of a kind."""
    return {"kind": kind, "samples": ["dy"], **EXAMPLES[kind]}
