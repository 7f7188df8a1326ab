"""Random analyses over random events, for the comparison of the compiled loop with the awkward
evaluation.
"""

from typing import Any

import awkward as ak
import numpy as np

from support.engine.expressions import Expressions, accepted
from support.events.nano import as_batch, nano_events

# Columns that expressions on random objects use.
COLUMNS = {"ht": "sum(jet.pt)", "leading": "jet[0].pt", "doubled": "jet.pt * 2"}


def odd_events(seed: int, events: int) -> ak.Array:
    """A batch with empty lists, lists of one, equal values, NaN and infinity, whole numbers of
    several types.
    """
    rng = np.random.default_rng(seed)
    batch = as_batch(nano_events(seed, events))
    columns = {name: batch[name] for name in batch.fields}
    for name, value in (
        ("Jet_pt", np.nan),
        ("Muon_eta", np.nan),
        ("MET_pt", np.nan),
        ("Electron_pt", np.inf),
        ("Jet_eta", 0.5),
    ):
        flat = ak.to_numpy(ak.flatten(columns[name], axis=None)).copy()
        flat[rng.random(flat.size) < 0.03] = value
        columns[name] = (
            ak.unflatten(flat, ak.num(columns[name])) if columns[name].ndim > 1 else ak.Array(flat)
        )
    counts, muons = ak.num(columns["Jet_pt"]), ak.num(columns["Muon_pt"])
    columns["Jet_id"] = ak.unflatten(
        rng.integers(0, 8, int(ak.sum(counts))).astype(np.uint8), counts
    )
    columns["Muon_tight"] = ak.unflatten(rng.random(int(ak.sum(muons))) < 0.7, muons)
    columns["PV_npvs"] = ak.Array(rng.integers(-3, 60, events).astype(np.int32))
    return ak.Array(columns)


def random_event_fields(make: Expressions) -> str:
    """A field of one muon, from names of its event that do not depend on muons."""
    around = f"delta_r(self, event.jet) < {make.pick(0.4, 1.0)}"
    return make.pick(
        f"sum(where({around}, event.jet.pt, 0)) / pt",
        f"count({around} and event.jet.pt > {make.constant()}) + event.PV_npvs",
        "delta_r(self, nearest(self, event.jet))",
        "nearest(self, event.electron).charge * charge",
        "(self + event.jet[0]).mass - event.ht",
        f"{make.pick('min', 'max')}(abs(event.jet.btag - event.leading)) * exp(-event.PV_npvs / 9)",
        "max(sqrt(event.doubled)) + log(pt)",
    )


def random_followed(make: Expressions) -> dict[str, Any]:
    """Objects of a missing momentum."""
    jet = make.pick({}, {"cuts": "pt > 15"}, {"share": "1 - btag", "cuts": "half > 8"})
    jet |= make.pick({}, {"raw": "pt * (1 - btag / 8)"}, {"raw": "pt - 0.1 * event.PV_npvs"})
    return {"jet": jet, **make.pick({}, {"muon": {}}, {"electron": {"cuts": "abs(eta) < 2"}})}


def random_objects(make: Expressions) -> dict[str, Any]:
    """Objects of all kinds, with random cuts."""
    pick = make.pick
    of_event = random_event_fields(make)
    objects: dict[str, Any] = {
        "muon": {
            "collection": "Muon",
            "fields": {"beyond": of_event},
            "cuts": f"pt > {pick(5, 15)} and tight and ({pick('beyond < 1e3', 'not beyond > 20')})",
        },
        "electron": {
            "collection": "Electron",
            "mass_gev": 0.000511,
            "fields": {"flavor": 11},
            "cuts": "pt > 8",
        },
        "jet": {
            "collection": "Jet",
            "fields": {"half": "pt / 2"},
            "calibrate": pick({}, {"pt": "pt * (1 + 1e-3 * event.PV_npvs)"}),
            "cuts": pick(
                "pt > 25 and abs(eta) < 2.4",
                "half > 12 and id & 2 == 2",
                "pt > 20 and event.PV_npvs > 5 * abs(eta)",
            ),
        },
        "lepton": {"union": ["electron", "muon"], "order": pick("-pt", "abs(eta)", "charge")},
        "pair": {"combine": pick(["lepton", "lepton"], ["muon", "jet"], ["muon", "muon"])},
        "top": {"combine": pick(["jet", "jet", "jet"], ["jet", "jet"], ["lepton", "jet"])},
        "far": {
            "select": "jet",
            pick("near", "away_from"): {pick("muon", "lepton", "jet"): pick(0.4, 1.0)},
        },
        "other": {"select": "lepton", "not_in": [pick("pair", "muon")]},
    }
    objects["pair"] |= pick(
        {},
        {"cuts": "count(event.jet.pt > second.pt) < 2 or (self + event.jet[0]).pt > event.ht"},
        {"cuts": "first.pt > second.pt"},
        {"cuts": "mass > 30", "order": "-pt"},
        {"best": "abs(mass - 91.2)"},
    )
    objects["top"] |= pick(
        {"best": "-pt"},
        {"best": "abs(mass - 172.5)"},
        {"order": "mass", "best": "pt"},
        {"cuts": "p > 100"},
    )
    return objects


def random_categories(seed: int) -> dict[str, Any]:
    """Variables with categories of events and of objects, which overlap and leave some out; with
    random numbers of their own.
    """
    make = Expressions(np.random.default_rng([seed, 1]))
    found: dict[str, Any] = {
        "kind": {"first": accepted(make.condition), "other one": accepted(make.condition)},
        "part": {"central": "abs(jet.eta) < 1", "hard": "jet.pt > 50", "left": "jet.eta < 0"},
    }
    made = {name: {"categories": item, "label": name} for name, item in found.items()}
    made["part"] |= {"per": "object"}
    return {**made, "kinds": {"axes": ["ht", "kind"]}}


def random_analysis(seed: int, quantities: int = 12) -> dict[str, Any]:
    """An analysis as plain values."""
    make = Expressions(np.random.default_rng(seed))
    names = [f"v{index}" for index in range(quantities)]
    variables: dict[str, Any] = {
        name: {"expression": accepted(make.number), "label": name} for name in names
    }
    for name in names[::3]:
        variables[name] = {"expression": accepted(make.listing), "per": "object", "label": name}
    for index, variable in enumerate(variables.values()):
        variable |= make.pick(
            {"bins": [40, -100, 300]},
            {"log_bins": [20, 0.1, 1000]},
            {"edges": [-3, -1, 0, 1, 2, 3, 50 + index]},
        )
    several = {"plane": {"axes": [names[2], "ht"]}, "each": {"axes": ["pt", "eta"]}}
    several |= {"solid": {"axes": ["jets", names[1], names[2]]}}
    named = random_categories(seed)
    listed = make.objects()
    factors = {
        "up": "1 + 0.075 * where(count(jet) > 0, 1, 0)",
        "down": make.pick("symmetrize", "0.9 + 0.001 * count(muon)"),
    }
    factor = make.pick(
        "1.03",
        "1.3",
        "(1 + 0.1 * normal(3))",
        "exp(0.1 * sin(log(pt)))",
        "where(uniform(4) > 0.5, 1.1, 0.9)",
        "(1 + 0.01 * event.PV_npvs)",
    )
    scale = {
        "up": {"pt": f"pt * {factor}", **make.pick({}, {"mass": "mass * 1.1"})},
        "down": {"pt": "pt * 0.97"},
    }
    dataset = {"files": ["x.root"], "cross_section_pb": 1.0, "weight": "genWeight"}
    # Of what no systematic changes.
    selection = ("PV_npvs > 10", "abs(MET_phi) < 2 and PV_npvs & 1 == 0", "genWeight * MET_phi < 1")
    dataset |= {"selection": selection[seed % 4]} if seed % 4 < len(selection) else {}
    objects, followed = random_objects(make), random_followed(make)
    # A union is not varied where its own objects are followed, nor by random numbers of its parts.
    of_parts = "(3)" in factor or "(4)" in factor or {"electron", "muon"} & followed.keys()
    return {
        "name": "random",
        "title": "random",
        "center_of_mass_tev": 13,
        "luminosity_ifb": 1,
        "datasets": {"d": dataset},
        "samples": {"s": {"role": "background", "datasets": "d"}},
        "objects": objects,
        "missing_momentum": {"met": {"pt": "MET_pt", "phi": "MET_phi", "objects": followed}},
        "columns": dict(COLUMNS),
        "skim": {
            "selection": (
                f"(count(jet) > 0 or count(lepton) > 0) and ({accepted(make.condition)} or "
                "count(jet) > 1)"
            )
        },
        "variables": variables
        | {
            "ht": {
                "expression": "ht + leading + sum(doubled)",
                "bins": [50, 0, 500],
                "label": "ht",
            },
            "pt": {
                "expression": f"{listed}.pt",
                "per": "object",
                "log_bins": [9, 5, 300],
                "label": "pt",
            },
            "jets": {"expression": "count(jet)", "bins": [3, 0, 3], "label": "jets"},
            "eta": {
                "expression": f"abs({listed}.eta)",
                "per": "object",
                "bins": [6, 0, 2.4],
                "label": "eta",
            },
        }
        | several
        | named,
        "regions": {
            "one": {
                "selection": f"({accepted(make.condition)} or MET_pt > 20) and ht > 30",
                "variable": "ht",
                "monitor": [*names, *several],
            },
            "two": {
                "selection": accepted(make.condition),
                "variable": "ht",
                "monitor": [*names[::2], *named],
                "role": "control",
            },
        },
        "systematics": {
            "scale": {
                "kind": "object",
                "object": make.pick("jet", "muon", *([] if of_parts else ["lepton"])),
                **scale,
                "samples": "s",
            },
            "missing": {
                "kind": "column",
                "column": "MET_pt",
                "up": "MET_pt + 0.1 * ht",
                "down": "symmetrize",
                "samples": "s",
            },
            "ht_scale": {
                "kind": "column",
                "column": "ht",
                "up": "ht * 1.1",
                "down": "ht - count(jet)",
                "samples": "s",
            },
            "factor": {"kind": "weight", **factors, "samples": "s"},
            "together": {
                "kind": "combined",
                "up": {
                    "objects": {
                        "muon": {"pt": "pt * 1.02"},
                        "jet": {"pt": "pt + 0.1 * event.PV_npvs"},
                    },
                    **make.pick({}, {"columns": {"MET_pt": "MET_pt * 0.9"}}),
                    "weight": "1 + 0.015625 * count(jet)",
                },
                "down": "symmetrize",
                "samples": "s",
            },
        },
    }
