"""Texts of a submission to HEPData for the tiny analysis."""

from pathlib import Path
from typing import Any

from support.tiny.analysis import edit_analysis

REGIONS = {"search": "the search region", "peak": "the peak of the Z boson"}


def publication() -> dict[str, Any]:
    """The section `publication`, complete."""
    tables: dict[str, Any] = {
        f"cutflow_{name}": f"Cutflow of {text}." for name, text in REGIONS.items()
    }
    tables["acceptance"] = {
        "description": "Acceptance times efficiency of both signals.",
        "observables": ["ACC", "EFF"],
    }
    tables |= {
        f"yields_{stage}": f"Events of both regions, {stage}." for stage in ("prefit", "postfit")
    }
    for name, text in REGIONS.items():
        tables |= {
            f"{stage}_{name}": f"Dimuon mass in {text}, {stage}." for stage in ("prefit", "postfit")
        }
    tables |= {
        f"{stage}_search_mt": f"Transverse mass in the search region, {stage}."
        for stage in ("prefit", "postfit")
    }
    tables |= {
        "parameters": "Parameters of the fit of the background alone.",
        "covariance": "Their covariance.",
        "correlations": "Their correlations.",
        "ranking": "Their impacts on the signal strength.",
        "significances": "Significances of both signals.",
        "limits_mu": {
            "description": "Limits on the signal strength.",
            "location": "Figure 1",
            "observables": ["MU"],
        },
        "limits_cross_section": "Limits on the cross section.",
        "cls": "CLs of both signals.",
        "scan_strength": "Profile likelihood of the signal strength.",
        "region_limits": "Limits on any signal in each region.",
        "discovery": "Local p-values of both signals.",
        "intervals": "Confidence intervals of the signal strength.",
        "extrapolation": "Expected results at other luminosities.",
        "uncertainties": "Uncertainty of the signal strength by sources.",
        "goodness": "Goodness of the fit of the background alone, by toys.",
        "scan_plane": "Profile likelihood of the signal strength and the Drell-Yan yield.",
    }
    hepdata = {
        "abstract": "A tiny search in dimuon events, all of them made by chance.",
        "reactions": ["P P --> ZPRIME < MU+ MU- > X"],
        "observables": ["N"],
        "phrases": ["Proton-Proton Scattering", "Simulation"],
        "tables": tables,
    }
    return {"inspire_id": "ins1124338", "hepdata": hepdata}


def describe() -> None:
    """Give the analysis of the working folder its texts."""
    edit_analysis(Path.cwd(), lambda document: document.update(publication=publication()))
