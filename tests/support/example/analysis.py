"""An analysis of four datasets with each kind of systematic, as plain values."""

from wollemi.histograms.histogram import bin_edges, edges_axis

AXIS = edges_axis("mass", (0.0, 1.0, 2.0, 4.0))
DOCUMENT = {
    "name": "example",
    "title": "An example",
    "center_of_mass_tev": 13,
    "luminosity_ifb": 1.0,
    "datasets": {
        "data": {"files": ["d.root"]},
        **{
            name: {"files": [f"{name}.root"], "cross_section_pb": 1.0}
            for name in ("signal", "dy_low", "dy_high", "top", "top_shower", "source")
        },
    },
    "samples": {
        "data": {"role": "data", "datasets": ["data"]},
        "signal": {"role": "signal", "datasets": ["signal"]},
        "dy": {"role": "background", "datasets": ["dy_low", "dy_high"]},
        "top": {"role": "background", "datasets": ["top"]},
    },
    "variables": {
        "mass": {"expression": "m", "edges": bin_edges(AXIS).tolist(), "label": "m", "unit": "GeV"}
    },
    "regions": {
        "sr": {"selection": "m > 1", "variable": "mass"},
        "cr": {"selection": "m > 0", "variable": "mass", "role": "control"},
        "vr": {"selection": "m > 0", "variable": "mass", "role": "validation"},
    },
    "systematics": {
        "lumi": {
            "kind": "normalization",
            "up": 1.25,
            "down": 0.75,
            "samples": ["signal", "dy", "top"],
        },
        "scale": {
            "kind": "object",
            "object": "muon",
            "up": {"pt": "pt"},
            "down": {"pt": "pt"},
            "samples": ["signal", "dy"],
        },
        "pdf": {"kind": "weight", "up": "1.1", "down": "symmetrize", "samples": ["dy"]},
        "shower": {"kind": "dataset", "up": "top_shower", "down": "symmetrize", "samples": ["top"]},
    },
    "objects": {"muon": {"collection": "Muon"}},
    "model": {
        "free_normalizations": {"norm_dy": {"samples": ["dy"]}},
        "floor_negative_bins": False,
    },
}
