"""The workspace that cabinetry builds of the histograms of the example analysis."""

import cabinetry
import numpy as np
from cabinetry.histo import Histogram as CabinetryHistogram

from support.example.analysis import AXIS
from wollemi.histograms.histogram import bin_edges


def cabinetry_workspace(histograms, folder):
    """Write the same templates into cabinetry's histogram folder, and let it build."""
    samples = {"data": ["data"], "signal": ["signal"], "dy": ["dy_low", "dy_high"], "top": ["top"]}
    templates = {
        ("dy", "scale"): True,
        ("dy", "pdf"): False,
        ("signal", "scale"): True,
        ("top", "shower"): False,
    }
    config = {
        "General": {"Measurement": "example", "POI": "mu", "InputPath": "", "HistogramFolder": str(folder)},  # noqa: E501
        "Regions": [{"Name": n, "Filter": "", "Variable": "mass", "Binning": bin_edges(AXIS).tolist()} for n in ("sr", "cr")],  # noqa: E501
        "Samples": [{"Name": n, "Tree": "t", "SamplePath": "p", **({"Data": True} if n == "data" else {})} for n in samples],  # noqa: E501
        "NormFactors": [
            {"Name": "mu", "Samples": "signal", "Nominal": 1, "Bounds": [0, 10]},
            {"Name": "norm_dy", "Samples": "dy", "Nominal": 1, "Bounds": [0, 10]},
        ],
        "Systematics": [
            {
                "Name": "lumi", "Type": "Normalization", "Samples": ["signal", "dy", "top"],
                "Up": {"Normalization": 0.25}, "Down": {"Normalization": -0.25},
            },
            {"Name": "scale", "Type": "NormPlusShape", "Up": {}, "Down": {}, "Samples": ["signal", "dy"]},  # noqa: E501
            {"Name": "pdf", "Type": "NormPlusShape", "Up": {}, "Down": {"Symmetrize": True}, "Samples": ["dy"]},  # noqa: E501
            {"Name": "shower", "Type": "NormPlusShape", "Up": {}, "Down": {"Symmetrize": True}, "Samples": ["top"]},  # noqa: E501
        ],
    }  # fmt: skip

    def total(names, region, variation="nominal"):
        items = [
            histograms[n].get(f"{region}/mass/{variation}", histograms[n][f"{region}/mass/nominal"])
            for n in names
        ]
        return sum(h.values() for h in items), np.sqrt(sum(h.variances() for h in items))

    def save(name, values):
        CabinetryHistogram.from_arrays(bin_edges(AXIS), *values).save(folder / f"{name}_modified")

    for region in ("sr", "cr"):
        for sample, names in samples.items():
            save(f"{region}_{sample}", total(names, region))
        for (sample, systematic), two_sided in templates.items():
            source = ["top_shower"] if systematic == "shower" else samples[sample]
            variation = "nominal" if systematic == "shower" else systematic
            up = variation if variation == "nominal" else f"{variation}_up"
            save(f"{region}_{sample}_{systematic}_Up", total(source, region, up))
            if two_sided:
                save(
                    f"{region}_{sample}_{systematic}_Down",
                    total(source, region, f"{variation}_down"),
                )
    return cabinetry.workspace.build(config, with_validation=False)


def modifiers(workspace):
    """(channel, sample, modifier, type) → numbers."""
    found = {}
    for channel in workspace["channels"]:
        for sample in channel["samples"]:
            found[channel["name"], sample["name"], "", "data"] = np.array(sample["data"])
            for m in sample["modifiers"]:
                values = (
                    list(m["data"].values()) if isinstance(m["data"], dict) else [m["data"] or []]
                )
                found[channel["name"], sample["name"], m["name"], m["type"]] = np.concatenate(
                    [np.atleast_1d(v) for v in values]
                )
    return found
