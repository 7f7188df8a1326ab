"""Make seeded files of corrections as experiments publish them.

    python benchmarks/make_corrections.py /tmp/events

writes `corrections.json` (pile-up, lepton and b-tag scale factors, a calibration of jets with its
uncertainty, a veto map, for T5), `jes.json` (sources of the uncertainty, for T9) and
`btagging.json` (scale factors of the discriminant for each flavor and source, for T8).
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

SEED = 20150603
ETA = np.linspace(-5.2, 5.2, 83).round(3).tolist()
PT = [15.0, 20.0, 30.0, 50.0, 70.0, 100.0, 140.0, 200.0, 300.0, 600.0, 1000.0]
TAG = np.linspace(0, 1, 18).tolist()
ABS_ETA = [0.0, 0.8, 1.6, 2.5]
JES_SOURCES = ("absolute", "bbec1", "flavor", "pileup", "relative")
BTAG_SOURCES = ("heavy", "light", "statistics")
FLAVORS = (0, 5)
RESPONSE_INPUTS = {"JetPt": "real", "JetEta": "real"}


def correction_set() -> dict[str, Any]:
    """Corrections of T5 as plain values of correctionlib's schema, version 2."""
    rng = np.random.default_rng(SEED)
    response = RESPONSE_INPUTS
    corrections = [
        _correction("pileup", {"interactions": "real", "weights": "string"}, _pileup(rng)),
        *(
            _correction(
                name,
                {"abseta": "real", "pt": "real", "scale_factors": "string"},
                _sides("scale_factors", lambda side: _map(rng, ABS_ETA, PT, 1 + 0.02 * side)),
            )
            for name in ("electron_id", "muon_id")
        ),
        _correction(
            "btag",
            {"systematic": "string", "abseta": "real", "pt": "real", "discriminant": "real"},
            _sides("systematic", lambda side: _btag(rng, side)),
        ),
        _correction(
            "L2Relative",
            response,
            _bins("JetEta", ETA, [_response(rng) for _ in ETA[1:]], "clamp"),
        ),
        _correction("L3Absolute", response, _formula("1.0+[0]/x", ["JetPt"], [0.5])),
        _correction("jes", response, _uncertainty(rng, 0.02)),
        _correction("veto", {"eta": "real", "phi": "real"}, _veto(rng)),
    ]
    compound = {
        "name": "L2L3",
        "inputs": [{"name": name, "type": kind} for name, kind in response.items()],
        "output": {"name": "factor", "type": "real"},
        "inputs_update": ["JetPt"],
        "input_op": "*",
        "output_op": "*",
        "stack": ["L2Relative", "L3Absolute"],
    }
    return {"schema_version": 2, "corrections": corrections, "compound_corrections": [compound]}


def jes_sources() -> dict[str, Any]:
    """Relative uncertainties of the jet energy scale, one for each source."""
    rng = np.random.default_rng(SEED)
    corrections = [
        _correction(name, RESPONSE_INPUTS, _uncertainty(rng, 0.02 / len(JES_SOURCES) ** 0.5))
        for name in JES_SOURCES
    ]
    return {"schema_version": 2, "corrections": corrections}


def btag_shape() -> dict[str, Any]:
    """Scale factors of the b-tag discriminant for each source, side and flavor."""
    rng = np.random.default_rng(SEED)
    sides = {"central": 0} | {
        f"{side}_{source}": sign
        for source in BTAG_SOURCES
        for side, sign in (("up", 1), ("down", -1))
    }
    content = [
        {
            "key": key,
            "value": {
                "nodetype": "category",
                "input": "flavor",
                "content": [{"key": flavor, "value": _btag(rng, sign)} for flavor in FLAVORS],
            },
        }
        for key, sign in sides.items()
    ]
    inputs = {"systematic": "string", "flavor": "int"} | dict.fromkeys(
        ("abseta", "pt", "discriminant"), "real"
    )
    data = {"nodetype": "category", "input": "systematic", "content": content}
    return {"schema_version": 2, "corrections": [_correction("shape", inputs, data)]}


def _correction(name: str, inputs: dict[str, str], data: Any) -> dict[str, Any]:
    variables = [{"name": key, "type": kind} for key, kind in inputs.items()]
    output = {"name": "factor", "type": "real"}
    return {"name": name, "version": 1, "inputs": variables, "output": output, "data": data}


def _bins(name: str, edges: list[float], content: list[Any], flow: Any) -> dict[str, Any]:
    return {"nodetype": "binning", "input": name, "edges": edges, "content": content, "flow": flow}


def _formula(text: str, variables: list[str], parameters: list[float]) -> dict[str, Any]:
    return {
        "nodetype": "formula",
        "expression": text,
        "parser": "TFormula",
        "variables": variables,
        "parameters": parameters,
    }


def _sides(name: str, make: Any) -> dict[str, Any]:
    content = [
        {"key": key, "value": make(side)} for key, side in (("nominal", 0), ("up", 1), ("down", -1))
    ]
    return {"nodetype": "category", "input": name, "content": content}


def _map(rng: np.random.Generator, eta: list[float], pt: list[float], mean: float) -> Any:
    return {
        "nodetype": "multibinning",
        "inputs": ["abseta", "pt"],
        "edges": [eta, pt],
        "content": rng.normal(mean, 0.03, (len(eta) - 1) * (len(pt) - 1)).tolist(),
        "flow": "clamp",
    }


def _pileup(rng: np.random.Generator) -> Any:
    edges = np.arange(101.0).tolist()
    return _sides(
        "weights",
        lambda side: _bins(
            "interactions", edges, rng.normal(1 + 0.05 * side, 0.1, 100).tolist(), "clamp"
        ),
    )


def _btag(rng: np.random.Generator, side: int) -> Any:
    """Formulas of the discriminant in bins of three quantities."""

    def of_discriminant() -> Any:
        parameters = rng.normal([1 + 0.03 * side, 0.05, -0.04], 0.02, (len(TAG) - 1, 3)).tolist()
        text = "[0]+[1]*x+[2]*x*x"
        return _bins(
            "discriminant",
            TAG,
            [_formula(text, ["discriminant"], row) for row in parameters],
            "clamp",
        )

    number = (len(ABS_ETA) - 1) * (len(PT) - 1)
    content = [of_discriminant() for _ in range(number)]
    return _map(rng, ABS_ETA, PT, 1) | {"content": content}


def _response(rng: np.random.Generator) -> Any:
    parameters = rng.normal([1.02, -0.01, 0.6, 0.1], [0.01, 0.002, 0.1, 0.02]).tolist()
    text = "max(0.5,[0]+[1]*log10(x)+[2]/(pow(log10(x),2)+[3]*4))/1.05"
    return _formula(text, ["JetPt"], parameters)


def _uncertainty(rng: np.random.Generator, mean: float) -> Any:
    content = np.abs(rng.normal(mean, 0.005, (len(ETA) - 1) * (len(PT) - 1))).tolist()
    return {
        "nodetype": "multibinning",
        "inputs": ["JetEta", "JetPt"],
        "edges": [ETA, PT],
        "content": content,
        "flow": "clamp",
    }


def _veto(rng: np.random.Generator) -> Any:
    number = {"eta": 104, "phi": 72}
    content = np.where(rng.random(104 * 72) < 0.02, 100.0, 0.0).tolist()
    return {
        "nodetype": "multibinning",
        "inputs": list(number),
        "edges": [
            {"n": 104, "low": -5.2, "high": 5.2},
            {"n": 72, "low": -3.1415927, "high": 3.1415927},
        ],
        "content": content,
        "flow": 0.0,
    }


FILES = {"corrections": correction_set, "jes": jes_sources, "btagging": btag_shape}
NEEDED = {"t5": "corrections", "t8": "btagging", "t9": "jes"}  # by task


def write_corrections(folder: Path) -> None:
    """Write the files that are not there yet."""
    for name, make in FILES.items():
        path = folder / f"{name}.json"
        if not path.exists():
            path.write_text(json.dumps(make()), encoding="utf-8")


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    write_corrections(parser.parse_args().folder)


if __name__ == "__main__":
    main()
