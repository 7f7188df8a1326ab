"""The challenge's way from histograms to the fit: a ROOT file of TH1, cabinetry's configuration,
its model and fit.
"""

import logging
from pathlib import Path
from typing import Any

import cabinetry
import hist
import numpy as np
import uproot

from wollemi.histograms.histogram import Histogram, read_histograms

FILE = "histograms.root"
REGIONS = {"control_4j1b": "ht", "signal_4j2b": "m_bjj"}
SAMPLES = ("ttbar", "wjets", "single_top_s", "single_top_t", "single_top_tw")
ALTERNATIVES = {
    "ttbar_me": "ME_var",
    "ttbar_ps": "PS_var",
    "ttbar_scaleup": "scaleup",
    "ttbar_scaledown": "scaledown",
}
# Name → variation at +1σ and at -1σ, sample if not all.
SYSTEMATICS = {
    "ME_variation": ("ME_var", None, "ttbar"),
    "PS_variation": ("PS_var", None, "ttbar"),
    "ttbar_scale_variations": ("scaleup", "scaledown", "ttbar"),
    "pt_scale": ("pt_scale_up", None, None),
    "pt_res": ("pt_res_up", None, None),
    **{
        f"btag_var_{index}": (f"btag_var_{index}_up", f"btag_var_{index}_down", None)
        for index in range(4)
    },
    "scale_var": ("scale_var_up", "scale_var_down", "wjets"),
}


def rebinned(histogram: Histogram) -> Any:
    """As the challenge saves them: the last 22 bins, two by two."""
    full = hist.Hist(hist.axis.Regular(25, 50, 550), storage=hist.storage.Weight())
    full.view(flow=True).value, full.view(flow=True).variance = (
        histogram.values(flow=True),
        histogram.variances(flow=True),
    )
    return full[110j :: hist.rebin(2)]


def write_file(folder: Path) -> None:
    """Write `{region}_{process}_{variation}` of all histograms."""
    with uproot.recreate(FILE) as file:
        for dataset in (*SAMPLES, *ALTERNATIVES, "pseudodata"):
            found = read_histograms(folder / f"{dataset}.json")
            for name, histogram in found.items():
                region, _, variation = name.split("/")
                process = f"ttbar_{ALTERNATIVES[dataset]}" if dataset in ALTERNATIVES else dataset
                suffix = "" if variation == "nominal" else f"_{variation}"
                file[f"{region}_{process}{suffix}"] = rebinned(histogram)


def configuration() -> dict[str, Any]:
    """The challenge's cabinetry configuration, with our names."""
    edges = np.arange(110.0, 551.0, 40.0).tolist()
    sizes = {"Up": {"Normalization": 0.03}, "Down": {"Normalization": -0.03}}
    systematics: list[dict[str, Any]] = [{"Name": "luminosity", "Type": "Normalization", **sizes}]
    for name, (up, down, sample) in SYSTEMATICS.items():
        sides = {
            "Up": {"VariationPath": f"_{up}"},
            "Down": {"VariationPath": f"_{down}"} if down else {"Symmetrize": True},
        }
        systematics.append(
            {
                "Name": name,
                "Type": "NormPlusShape",
                **sides,
                **({"Samples": sample} if sample else {}),
            }
        )
    return {
        "General": {
            "Measurement": "CMS_ttbar",
            "POI": "ttbar_norm",
            "HistogramFolder": "templates/",
            "InputPath": FILE + ":{RegionPath}_{SamplePath}{VariationPath}",
            "VariationPath": "",
        },
        "Regions": [
            {"Name": name, "RegionPath": name, "Variable": v, "Binning": edges}
            for name, v in REGIONS.items()
        ],
        "Samples": [
            {"Name": "pseudodata", "SamplePath": "pseudodata", "Data": True},
            *({"Name": name, "SamplePath": name} for name in SAMPLES),
        ],
        "Systematics": systematics,
        "NormFactors": [
            {"Name": "ttbar_norm", "Samples": "ttbar", "Nominal": 1.0, "Bounds": [0, 10]}
        ],
    }


def cabinetry_workspace(folder: Path) -> dict[str, Any]:
    """The workspace that cabinetry builds of our histograms, in the working folder.

    Args:
        folder: with the normalized histograms of each dataset.
    """
    logging.getLogger("cabinetry").setLevel(logging.ERROR)
    write_file(folder)
    config = configuration()
    cabinetry.templates.collect(config)
    cabinetry.templates.postprocess(config)
    return dict(cabinetry.workspace.build(config))


def cabinetry_fit(workspace: dict[str, Any]) -> Any:
    """The maximum-likelihood fit of cabinetry, from its own start."""
    model, data = cabinetry.model_utils.model_and_data(workspace)
    return cabinetry.fit.fit(model, data, tolerance=0.01)
