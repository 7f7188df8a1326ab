"""Correction files for tests, written by hand in the schema of correctionlib, version 2."""

import gzip
import json
from pathlib import Path
from typing import Any

MUON_ID = {"abseta": [0.0, 0.9, 1.5, 2.4], "pt": [10.0, 30.0, 60.0, 200.0]}
SCALE_FACTORS = [0.98, 0.97, 0.96, 1.01, 0.99, 0.95, 1.02, 1.0, 0.94]
ERRORS = [0.01, 0.02, 0.03, 0.01, 0.015, 0.02, 0.04, 0.01, 0.03]
PILEUP = {
    "edges": [0.0, 10.0, 15.0, 20.0, 25.0, 30.0, 100.0],
    "nominal": [0.3, 0.7, 1.1, 1.3, 0.9, 0.2],
}


def binning(
    name: str, edges: list[float], content: list[Any], flow: str = "error"
) -> dict[str, Any]:
    """Bins of one input."""
    return {"nodetype": "binning", "input": name, "edges": edges, "content": content, "flow": flow}


def category(name: str, content: dict[str, Any]) -> dict[str, Any]:
    """Choices of one input."""
    return {
        "nodetype": "category",
        "input": name,
        "content": [{"key": key, "value": value} for key, value in content.items()],
    }


def correction(name: str, inputs: dict[str, str], data: Any) -> dict[str, Any]:
    """One correction of a file."""
    variables = [{"name": key, "type": kind} for key, kind in inputs.items()]
    return {
        "name": name,
        "version": 1,
        "inputs": variables,
        "output": {"name": "factor", "type": "real"},
        "data": data,
    }


def formula(expression: str, variables: list[str]) -> dict[str, Any]:
    """A formula of inputs x, y."""
    return {
        "nodetype": "formula",
        "expression": expression,
        "parser": "TFormula",
        "variables": variables,
    }


def muon_id() -> dict[str, Any]:
    """Scale factors in bins of |η| and pT, as an experiment publishes them."""
    columns = {
        "nominal": SCALE_FACTORS,
        "systup": [factor + error for factor, error in zip(SCALE_FACTORS, ERRORS, strict=True)],
        "systdown": [factor - error for factor, error in zip(SCALE_FACTORS, ERRORS, strict=True)],
    }
    data = {
        key: {
            "nodetype": "multibinning",
            "inputs": ["abseta", "pt"],
            "edges": list(MUON_ID.values()),
            "content": values,
            "flow": "clamp",
        }
        for key, values in columns.items()
    }
    return correction(
        "NUM_TightID",
        {"abseta": "real", "pt": "real", "scale_factors": "string"},
        category("scale_factors", data),
    )


def pileup() -> dict[str, Any]:
    """Ratios of the pile-up profiles of data and simulation."""
    varied = {"nominal": 1.0, "up": 1.05, "down": 0.96}
    data = {
        key: binning(
            "NumTrueInteractions", PILEUP["edges"], [factor * value for value in PILEUP["nominal"]]
        )
        for key, factor in varied.items()
    }
    return correction(
        "Collisions",
        {"NumTrueInteractions": "real", "weights": "string"},
        category("weights", data),
    )


def scale() -> dict[str, Any]:
    """A calibration of the muon momentum, and its uncertainty."""
    data = {
        "nominal": formula("1.0+0.002*x+0.5/y", ["eta", "pt"]),
        "up": formula("1.0+0.01*(1.0+abs(x))", ["eta"]),
        "down": formula("1.0-0.01*(1.0+abs(x))", ["eta"]),
    }
    return correction(
        "Scale", {"eta": "real", "pt": "real", "what": "string"}, category("what", data)
    )


def write_corrections(
    path: Path, *corrections: dict[str, Any], compounds: tuple[dict[str, Any], ...] = ()
) -> None:
    """Write a file; compressed without a clock time if its name ends with .gz."""
    content = {"schema_version": 2, "corrections": list(corrections)}
    if compounds:
        content["compound_corrections"] = list(compounds)
    text = json.dumps(content).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text, mtime=0) if path.suffix == ".gz" else text)


FILE = "corrections/muons.json.gz"
CORRECTIONS: dict[str, Any] = {
    "muon_id": {
        "file": FILE,
        "correction": "NUM_TightID",
        "inputs": {"abseta": 1, "pt": 2, "scale_factors": "nominal"},
        "variations": {"up": {"scale_factors": "systup"}, "down": {"scale_factors": "systdown"}},
    },
    "pileup": {
        "file": "corrections/pileup.json",
        "correction": "Collisions",
        "inputs": {"NumTrueInteractions": 1, "weights": "nominal"},
        "variations": {"up": {"weights": "up"}, "down": {"weights": "down"}},
    },
    "scale": {
        "file": FILE,
        "correction": "Scale",
        "inputs": {"eta": 1, "pt": 2, "what": "nominal"},
        "variations": {"up": {"what": "up"}, "down": {"what": "down"}},
    },
}


def write_all(folder: Path) -> None:
    """Both files of `CORRECTIONS`."""
    write_corrections(folder / FILE, muon_id(), scale())
    write_corrections(folder / "corrections/pileup.json", pileup())


def use_corrections(document: dict[str, Any]) -> None:
    """Let the tiny analysis use all of them: calibrated muons, scale factors, pile-up, and their
    uncertainties.
    """
    document["corrections"] = CORRECTIONS
    muon = document["objects"]["muon"]
    muon["calibrate"] = {"pt": "pt * correction.scale(eta, pt)"}
    muon["fields"] = {"scale_factor": "correction.muon_id(abs(eta), pt)"}
    document["weights"] = {
        "muon_id": {"factor": "prod(muon.scale_factor)", "samples": ["dy", "signal_200"]},
        "pileup": {"factor": "correction.pileup(Pileup_nTrueInt)", "samples": ["dy", "signal_200"]},
    }
    sides = {"up": "up", "down": "down"}
    systematics = document["systematics"]
    identification = "prod(correction.muon_id.{}(abs(muon.eta), muon.pt) / muon.scale_factor)"
    ratio = "correction.pileup.{}(Pileup_nTrueInt) / correction.pileup(Pileup_nTrueInt)"
    for name, text in (("muon_id", identification), ("pileup", ratio)):
        expressions = {side: text.format(variation) for side, variation in sides.items()}
        systematics[name] = {"kind": "weight", **expressions, "samples": ["dy", "signal_200"]}
    systematics["muon_scale"] |= {
        side: {"pt": f"pt * correction.scale.{side}(eta, pt)"} for side in sides
    }
