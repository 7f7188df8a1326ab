"""Random analyses of data and simulation in two eras: triggers, certified blocks, blinding, sets of
weights, corrections by era and kind, measured ones, a hook.
"""

import json
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

from support.engine.analyses import odd_events, random_analysis
from support.engine.expressions import FIELDS, Expressions, accepted
from support.events.correction_files import (
    binning,
    category,
    correction,
    formula,
    write_corrections,
)
from wollemi.analysis.plain.measured import (
    cell_count,
    map_variations,
    measured_corrections,
    measuring_datasets,
)
from wollemi.analysis.plain.queries import sample_datasets
from wollemi.analysis.view import view_of
from wollemi.histograms.correction_map import correction_map

SIMULATED = ["s", "t"]
# Arguments of corrections are numbers, whatever odd events have.
OF_ELECTRONS = "prod(correction.id{}(abs(electron.eta), min(electron.pt, 200)))"
HOOKS = {"spread": lambda jet: ak.fill_none(ak.max(jet.eta, axis=1) - ak.min(jet.eta, axis=1), 0.0)}
WEIGHTING = ("id", "busy", "scales", "pdf")
SETS = {"LHEScaleWeight": 9, "LHEPdfWeight": 13}


def random_eras(seed: int, quantities: int) -> dict[str, Any]:
    """An analysis as plain values; see `random_analysis`."""
    rng = np.random.default_rng([seed, 3])
    made = random_analysis(seed, quantities)
    nested, fields = _nested(Expressions(rng))
    make = Expressions(rng, {**FIELDS, "nested": fields})
    made["luminosity_ifb"] = {"2017": 41.5, "2018": 59.7}
    blocks = {"blocks": "golden.json"}
    made["certified"] = make.pick(blocks, {"2017": blocks, "2018": None})
    made["triggers"] = _triggers(make)
    made["datasets"], made["samples"] = _datasets(make), _samples()
    tagged = {"combine": ["muon", "muon"], "cuts": "first.charge != second.charge"}
    made["objects"] |= {"nested": nested, "tagged": tagged}
    # Windows of data leave no measurement in data.
    window = (None, {"windows": {"ht": [60, 120]}}, None, {"windows": {"jets": [1, 2]}})[seed % 4]
    made["blinding"] = window or {"regions": ["two"]}
    made["corrections"] = {"id": _of_file(make)} | _measured(make, in_data=window is None)
    made["objects"]["electron"]["calibrate"] = make.pick(
        {}, {"pt": "pt * correction.id(abs(eta), event.PV_npvs)"}
    )
    made["columns"] |= {"spread": {"hook": "spread", "uses": ["jet.eta"]}}
    made["weights"] = _weights(make, in_data=window is None)
    more = made["systematics"] | _systematics(make)
    changing = make.pick(("scale", "electrons"), ("missing", "together"), ("electrons", "missing"))
    kept = (*changing, *WEIGHTING)
    made["systematics"] = _placed(make, {name: more[name] for name in kept})
    made["systematics"] |= {
        "shower": {"kind": "dataset", "up": "h_2017", "down": "symmetrize", "samples": "s"}
        | {"eras": ["2017"], **make.pick({}, {"regions": ["one"]})}
    }
    skim = made["skim"]["selection"]
    made["skim"] = {"selection": make.pick(skim, {"some": skim, "few": "count(muon) < 4"})}
    names = ["w0", "w1"]
    made["variables"] |= {name: _variable(make) for name in names}
    made["regions"] |= {"three": _cuts(make, names)}
    return made


def _nested(make: Expressions) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Combinations of combinations, or of four objects, and fields of theirs."""
    item, fields = make.pick(
        ({"combine": ["jet", "jet", "jet", "jet"]}, ("mass", "fourth.btag", "third.pt")),
        ({"combine": ["pair", "jet"]}, ("mass", "first.second.pt", "second.half")),
        ({"combine": ["muon", "muon", "jet"]}, ("pt", "third.btag", "first.charge")),
    )
    item |= make.pick(
        {"best": "abs(mass - 125)"},
        {"order": "sum(where(event.jet.pt > pt, event.jet.btag, 0))"},
        {"cuts": "min(delta_r(self, event.electron)) > 0.4 or +mass > event.ht"},
    )
    return item, fields


def _triggers(make: Expressions) -> dict[str, Any]:
    first = make.pick({}, {"prescale": 2.5}, {"prescale": {"2017": 4}})
    single = {"HLT_Mu20": {"eras": ["2017"], **first}, "HLT_Mu24": {"eras": ["2018"]}}
    single |= {"HLT_Ele27": make.pick({}, {"prescale": 3}, {"prescale": {"2017": 2, "2018": 7}})}
    return {"single": {"paths": single}, "double": {"paths": {"HLT_Mu17_Mu8": {}}}}


def _datasets(make: Expressions) -> dict[str, Any]:
    data = {
        "double_2017": {"trigger": "double"},
        "single_2017": {"trigger": "single", "not_trigger": "double"},
        "data_2018": {"trigger": ["single", "double"], **make.pick({}, {"selection": "run > 0"})},
    }
    simulated = {"trigger": ["single", "double"]}
    weighted = simulated | {"weight": "genWeight", "cross_section_pb": 1.0}
    weighted |= make.pick({}, {"normalization": "cross_section"})
    made = {**data, **dict.fromkeys(("d_2017", "d_2018", "h_2017", "x_2018"), weighted)}
    made["fakes_2018"] = {**simulated, "normalization": "none"}
    own = {name: {"files": [f"{name}.root"], "era": name[-4:]} for name in made}
    return {name: own[name] | item for name, item in made.items()}


def _samples() -> dict[str, Any]:
    return {
        "data": {"role": "data", "datasets": ["double_2017", "single_2017", "data_2018"]},
        "s": {"role": "background", "datasets": ["d_2017", "d_2018"]},
        "t": {"role": "signal", "datasets": "x_2018"},
        "fakes": {"role": "background", "datasets": "fakes_2018"},
    }


def _of_file(make: Expressions) -> dict[str, Any]:
    """A correction from other files and with other names in each era, and other constants."""
    by_kind = {"data": "nominal", "simulation": make.pick("nominal", "up")}
    return {
        "file": make.pick("a.json", {"2017": "a.json", "2018": dict.fromkeys(by_kind, "b.json")}),
        "correction": make.pick("id", {"2017": "id", "2018": dict.fromkeys(by_kind, "id")}),
        "inputs": {
            "eta": 1,
            "pt": 2,
            "what": make.pick("nominal", {"2017": "down", "2018": by_kind}),
        },
        "variations": {"up": {"what": "up"}, "down": {"what": make.pick("down", by_kind)}},
    }


def _measured(make: Expressions, in_data: bool) -> dict[str, Any]:
    """An efficiency, and pile-up; with `in_data` a scale factor and a fake rate, too."""
    axis = make.pick({"bins": [13, -5, 60]}, {"edges": [-5, 10, 20, 60], "label": "vertices"})
    vertices = {"vertices": {"expression": "PV_npvs", **axis}}
    early = {"kind": "efficiency", "samples": SIMULATED, "pass": "count(jet) > 1"}
    early |= {"axes": vertices, **_counting(make)}
    pileup = {"kind": "pileup", "samples": SIMULATED, "axes": vertices, **_counting(make)}
    if make.pick(True, not in_data):
        file = {"2017": "a.root", "2018": "b.root"} if pileup.get("by_era") else "a.root"
        sides = make.pick(("nominal",), ("nominal", "up", "down"))
        pileup["target"] = {side: {"file": file, "histogram": side} for side in sides}
    else:
        pileup |= make.pick({}, {"data": ["double_2017", "data_2018"]})
    found = {"early": {"measured": early}, "pileup": {"measured": pileup}}
    if not in_data:
        return found
    mass = {"window": [70, 100], **make.pick({}, {"sidebands": [[50, 65], [110, 130]]})}
    mass |= make.pick({}, {"expression": "(first + second).mass"})
    tag = {"kind": "scale_factor", "object": "tagged", "pass": "second.tight", "mass": mass}
    tag |= {"axes": {"pt": {"expression": "second.pt", "edges": [5, 15, 40]}, "eta": [-2, 0, 1, 2]}}
    tag |= {"samples": "s", **_counting(make), **make.pick({}, {"probe": "pt > 5"})}
    tag |= make.pick({}, {"data": ["data_2018", "double_2017"]})
    fake = {"kind": "fake_rate", "object": "electron", "probe": "pt < 50", "pass": "charge > 0"}
    fake |= {"axes": {"eta": [-1, 0.5, 2]}, "samples": "s", **_counting(make)}
    fake |= make.pick({}, {"data": ["data_2018", "double_2017"]}, {"prompt_uncertainty": 0.1})
    return found | {"tag": {"measured": tag}, "fake": {"measured": fake}}


def _counting(make: Expressions) -> dict[str, Any]:
    """What all measurements may say."""
    return {
        **make.pick({}, {"by_era": True}, {"era": "2018"}),
        **make.pick({}, {"flow": "clamp"}, {"flow": "error"}),
        **make.pick({}, {"weights": "id"}),
        **make.pick({}, {"selection": accepted(make.condition)}),
    }


def _weights(make: Expressions, in_data: bool) -> dict[str, Any]:
    weights = {
        "id": {"factor": OF_ELECTRONS.format(""), "samples": SIMULATED},
        "pileup": {"factor": "correction.pileup(PV_npvs)", "samples": SIMULATED},
        "early": {"factor": "correction.early.up(PV_npvs)", "samples": [], "datasets": "x_2018"},
    }
    if in_data:
        side = make.pick("", ".up")
        tag = f"prod(correction.tag{side}(max(min(muon.pt, 39), 5), muon.charge))"
        fake = f"where(count(electron) > 0, correction.fake{side}(electron[0].charge), 0.5)"
        weights["tag"] = {"factor": tag, "samples": "s"}
        weights["fakes"] = {"factor": f"{fake} / 3", "samples": [], "datasets": "fakes_2018"}
    return weights


def _systematics(make: Expressions) -> dict[str, Any]:
    """Sets of weights, uncertainties of corrections, one of several objects."""
    ratio = f"{OF_ELECTRONS.format('.{}')} / {OF_ELECTRONS.format('')}"
    up, down = ratio.format("up"), ratio.format("down")
    weights = make.pick("LHEScaleWeight", "LHEScaleWeight * (1 + PV_npvs / 128)")
    scales = {"kind": "scale_envelope", "weights": weights, "members": [0, 1, "3-5", 8]}
    scales |= make.pick({}, {"nominal": 6})
    pdf = {"kind": "pdf", "weights": "LHEPdfWeight", "members": ["1-4", 7, 9]}
    pdf |= {"method": make.pick("replicas", "hessian_symmetric", "hessian_asymmetric")}
    pdf |= {**make.pick({}, {"alpha_s": [11, 12]}), **make.pick({}, {"level": 68}, {"level": 90})}
    pdf |= make.pick({}, {"nominal": 0})
    found = {
        "id": {"kind": "weight", "up": up, "down": make.pick(down, "symmetrize")},
        "busy": {"kind": "weight", "up": {"2017": "1.5", "2018": "1 + double / 8"}}
        | {"down": make.pick("symmetrize", {"2017": "0.9", "2018": up})},
        "electrons": {"kind": "object", "object": make.pick(["electron"], ["electron", "jet"])}
        | {"up": {"pt": "pt * correction.id.up(abs(eta), event.PV_npvs)"}}
        | {"down": make.pick("symmetrize", {"pt": "pt * 0.98"})},
        "scales": scales,
        "pdf": pdf,
    }
    for name in ("scales", "pdf"):
        found[name]["normalization"] = make.pick("include", "remove")
    return found


def _placed(make: Expressions, systematics: dict[str, Any]) -> dict[str, Any]:
    """With names that make one parameter an era, region or sample, and where each acts."""
    placed = {}
    for name, item in systematics.items():
        ending = make.pick("", "", "_{era}", "_{region}", "_{sample}")
        where = make.pick({}, {}, {"regions": ["one", "three"]}, {"eras": ["2018"]})
        by_era = isinstance(item["up"], dict) and "2017" in item["up"] if "up" in item else False
        placed[f"{name}{ending}"] = {**item, "samples": SIMULATED, **({} if by_era else where)}
    return placed


def _variable(make: Expressions) -> dict[str, Any]:
    number = accepted(make.number)
    text = make.pick(number, f"{number} + spread", f"double * ({number})")
    edges = make.pick({"bins": [30, -50, 100]}, {"edges": [-1, 0, 2, 50]}, {"log_bins": [9, 1, 99]})
    made = {"expression": text, "label": "w", **edges, **make.pick({}, {"merge_flow": True})}
    return made | make.pick({}, {"per": "event", "unit": "GeV"})


def _cuts(make: Expressions, names: list[str]) -> dict[str, Any]:
    """A region whose cuts have names, and regions without one of them."""
    cuts = {"of a trigger": "double or MET_pt > 15", "few jets": "count(jet) < 5"}
    cuts |= {"odd": f"{accepted(make.condition)} or HLT_Mu17_Mu8 == 0"}
    left = make.pick({"odd": names[:1]}, {"few jets": [*names, "jets"]})
    region = {"selection": cuts, "variable": names[0], "monitor": ["jets"], "n_minus_one": left}
    return region | make.pick({}, {"role": "validation"}, {"role": "signal"})


def era_events(seed: int, events: int) -> ak.Array:
    """Events with decisions of triggers, as truth values and as numbers, and sets of weights."""
    rng, batch = np.random.default_rng([seed, 4]), odd_events(seed, events)
    for name, kind in (("Mu20", bool), ("Mu24", np.uint8), ("Ele27", bool), ("Mu17_Mu8", np.int32)):
        batch[f"HLT_{name}"] = (rng.random(events) < 0.6).astype(kind)
    for name, number in SETS.items():
        weights = rng.normal(1, 0.1, (events, number)).astype(np.float32)
        batch[name] = ak.from_regular(ak.Array(weights))
    return batch


def write_maps(folder: Path, document: dict[str, Any], seed: int) -> tuple[Path, Path]:
    """Write the corrections of an analysis, and blocks that are certified.

    Args:
        folder: where.
        document: the analysis, written out.
        seed: of the numbers in the maps of measured corrections.
    """
    rng = np.random.default_rng([seed, 5])
    of_eta = {
        what: binning(
            "eta", [0.0, 1.0, 9.0], [formula(f"{factor}+0.001*x", ["pt"]), factor], "clamp"
        )
        for what, factor in (("nominal", 1.02), ("up", 1.0625), ("down", 0.96))
    }
    inputs = {"eta": "real", "pt": "real", "what": "string"}
    maps = [correction("id", inputs, category("what", of_eta))]
    for name, measured in measured_corrections(document).items():
        sides = ("nominal", *map_variations(measured))
        values = {side: rng.uniform(0.5, 1.5, cell_count(measured)) for side in sides}
        maps.append(correction_map(name, measured, values))
    corrections, blocks = folder / "c.json", folder / "golden.json"
    write_corrections(corrections, *maps)
    blocks.write_text(json.dumps({"194533": [[1, 1], [3, 9]]}))
    return corrections, blocks


def tried_datasets(document: dict[str, Any], seed: int) -> list[str]:
    """Some of the datasets of an analysis, others for each seed: of data, of simulation, copies in
    which corrections are measured.

    Args:
        document: the analysis, written out.
        seed: its seed.
    """
    data, copies = sample_datasets(view_of(document), "data"), measuring_datasets(document)
    simulated = [name for name in sample_datasets(view_of(document)) if name not in data] + [
        "h_2017"
    ]
    found = [group[seed % len(group)] for group in (data, simulated, copies)]
    return [*found, copies[(seed + len(copies) // 2) % len(copies)]]
