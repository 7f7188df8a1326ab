"""Each layout that docs/formats.md tells of, in a tree that ROOT wrote with its names and types:
read as uproot reads it and as it was filled, or refused with the reason.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import sqrt

import awkward as ak
import numpy as np
import pytest
from support.events.compared import compare_tree
from support.events.layout_files import EVENTS, NAME, number
from support.events.root_files import DATA

from wollemi.inputs.event_files import read_batches
from wollemi.inputs.inspection import find_trees
from wollemi.inputs.schemas import Layout

PATH = DATA / NAME
TEXT, CLASS, BITS = "is text, not numbers", "which cannot be read as numbers", "has status bits"
REFERS = "refers to other objects"


def objects(value: Callable[[float, int], object]):
    """What each event has a list of: the value of each object, by its number and its place."""
    return lambda event: [value(number(event, place), place) for place in range(event)]


@dataclass
class Filled:
    """What is read and refused of a tree.

    Args:
        layout: which tree it is.
        read: how many names are read.
        values: some of them → their value in an event.
        refused: all others → part of what is said.
    """

    layout: Layout
    read: int
    values: dict[str, Callable[[int], object]]
    refused: dict[str, str] = field(default_factory=dict)


def ntuple(tree, read, values, refused=None, unit="GeV"):
    return Filled(Layout("ntuple", tree, unit), read, values, refused or {})


SIZE = objects(lambda size, _: size)
HARD = objects(lambda size, _: 8 * size)
LAYOUTS = {
    "Delphes": ntuple(
        "Delphes",
        12,
        {
            "Jet_pt": HARD,
            "Jet_eta": SIZE,
            "Jet_mass": objects(lambda size, _: 4 * size),
            "Jet_Charge": lambda event: [event - 2] * event,
            "Jet_Tau": objects(lambda size, _: [size + index for index in range(5)]),
            "Jet_Area_pt": objects(lambda size, _: sqrt(5) * size),
            "Jet_Area_mass": objects(lambda size, _: sqrt(50) * size),
            "Jet_size": lambda event: event,
        },
        {"Jet_fBits": BITS, "Jet_Particle": REFERS, "Jet_Constituents": REFERS},
    ),
    "Bacon": ntuple(
        "Bacon", 6, {"Muon_pt": HARD, "Muon_typeBits": objects(lambda _, place: place)}
    ),
    "EDM4hep": ntuple(
        "edm4hep",
        11,
        {
            "PandoraPFOs_pt": objects(lambda size, _: sqrt(5) * size),
            "PandoraPFOs_phi": objects(lambda *_: np.arctan2(2, 1)),
            "PandoraPFOs_eta": objects(lambda *_: np.arcsinh(3 / sqrt(5))),
            "PandoraPFOs_energy": HARD,
            "_PandoraPFOs_clusters_index": objects(lambda _, place: place),
        },
        {"GPStringKeys": TEXT},
    ),
    "CMS TreeMaker": ntuple(
        "TreeMaker",
        7,
        {
            "Jets_pt": HARD,
            "Jets_mass": objects(lambda size, _: sqrt(64**2 - (8 * size * np.cosh(0.5)) ** 2)),
            "Jets_HTMask": objects(lambda _, place: place != 1),
            "HT": lambda event: sum(
                8 * number(event, place) for place in range(event) if place != 1
            ),
        },
    ),
    "CMS tutorial": ntuple(
        "tutorial",
        8,
        {
            "muonp4_px": SIZE,
            "muonp4_E": HARD,
            "muonp4_pt": objects(lambda size, _: sqrt(5) * size),
            "muonq": objects(lambda _, place: place - 1),
            "jetid": objects(lambda _, place: place == 1),
            "MET_fY": lambda event: 2 * number(event),
        },
    ),
    "ATLAS PHYSLITE": Filled(
        Layout("physlite"),
        8,
        {
            "Muon_pt": HARD,
            "Muon_eta": objects(lambda size, _: size / 2),
            "Muon_mass": objects(lambda *_: np.float32(0.10566)),
            "Muon_trackLinks_m_persIndex": lambda event: [[event]] * event,
            "genWeight": number,
            "run": lambda _: 7,
            "event": lambda event: 2**40 + event,
        },
        {"streamTags": TEXT, "AnalysisMuonsAux": CLASS},
    ),
    "ATLAS ntuple": ntuple(
        "mini",
        4,
        {
            "lep_pt": HARD,
            "lep_charge": objects(lambda _, place: place - 1),
            "corners": lambda event: np.reshape(
                [number(event, n) for n in range(6)], (3, 2)
            ).tolist(),
        },
        unit="MeV",
    ),
    "HH → 4b": ntuple(
        "triggerList",
        2,
        {"runNumber": lambda _: 7, "triggerMap_second": lambda event: [number(event)]},
        {"triggerMap_first": TEXT, "ions": f"is of type std::map<int32_t, double>, {CLASS}"},
    ),
    "ALICE V0": ntuple(
        "fTreeV0",
        6,
        {
            "fZvtx": number,
            "V0s_fV0pt": SIZE,
            "V0s_fInvMass": objects(lambda size, _: [0.5, size]),
            "V0s_fV0CosPA": SIZE,
            "V0s_fITSInfo": objects(lambda _, place: 250 + place),
            "V0s_fMatter": objects(lambda _, place: place == 1),
        },
    ),
    "ALICE D*": ntuple(
        "DstTree", 1, {"fRunNo": lambda _: 7}, {"fVtx": "has 2 entries, the tree has 4"}
    ),
    "two branches of one name": ntuple(
        "doubled", 1, {"n": number}, {"PT": "2 branches of the tree are called 'PT', and differ"}
    ),
    "BDSIM": ntuple(
        "Event",
        17,
        {
            "Primary_energy": SIZE,
            "d1_energy": objects(lambda size, _: 2 * size),
            "d1_isIon": objects(lambda _, place: place == 1),
            "Primary_S": objects(lambda size, place: [size] * place),
            "Model_midPos_fX": lambda event: [number(event)] * event,
            "Model_XYZ_fZ": lambda event: [[3.0] * event],
            "Model_trackIndex_second": lambda event: list(range(event + 1)),
        },
        {
            "Model_histograms1D": CLASS,
            "Model_collimatorIndicesByName_first": TEXT,
            "Primary_samplerName": TEXT,
            "d1_samplerName": TEXT,
        },
    ),
    "KM3NeT": ntuple(
        "E",
        7,
        {
            "hits_t": SIZE,
            "hits_tot": objects(lambda _, place: 250 + place),
            "trks_fitinf": objects(lambda size, place: [size] * place),
            "trks_hit_ids": objects(lambda _, place: list(range(place))),
            "w": lambda event: [number(event)] * 2,
        },
        {"trks_comment": TEXT},
    ),
    "beam loss": ntuple(
        "ChannelSet",
        6,
        {
            "BLM1_fSamples": lambda event: event,
            "COL_fSamples": lambda event: 2 * event,
            "COL_fLine": lambda event: 60000 + event,
            "COL_fScaleCoeffs": objects(lambda size, _: 2 * size),
        },
        {"BLM1_fChannelName": TEXT, "COL_fChannelName": TEXT},
    ),
    "Geant4, lists of leaves": ntuple(
        "Details",
        3,
        {"Energy": number, "ray_cot": lambda event: 3 * number(event)},
        {"opts": TEXT},
    ),
    "Float16 and Double32": ntuple(
        "packed",
        4,
        {
            **dict.fromkeys(("narrow", "wide", "half"), number),
            "list": lambda event: [number(event, place) for place in range(3)],
        },
    ),
    "ProtoDUNE": ntuple(
        "pduneana/beamana",
        2,
        {
            "reco_beam_calo_wire": SIZE,
            "reco_daughter_hits": objects(lambda _, place: list(range(place))),
        },
        {"reco_beam_process": TEXT},
    ),
}


def test_each_tree_of_the_file_is_a_layout():
    wanted = sorted(filled.layout.trees[0] for filled in LAYOUTS.values())
    assert sorted(name for name, *_ in find_trees(PATH)) == wanted


@pytest.mark.parametrize("name", LAYOUTS)
def test_branches_are_those_of_uproot_or_refused(name):
    filled = LAYOUTS[name]
    found = compare_tree(PATH, filled.layout)
    assert found.different == []
    assert found.refused.keys() == filled.refused.keys()
    assert all(part in found.refused[one] for one, part in filled.refused.items())
    assert len(found.read) == filled.read


@pytest.mark.parametrize("start", [0, 2])
@pytest.mark.parametrize("name", LAYOUTS)
def test_values_are_those_that_were_filled(name, start):
    filled = LAYOUTS[name]
    (batch,) = read_batches(PATH, filled.layout, list(filled.values), start)
    for column, value in filled.values.items():
        expected = ak.Array([value(event) for event in range(start, EVENTS)])
        assert ak.num(batch[column], axis=0) == EVENTS - start
        assert ak.almost_equal(
            batch[column], expected, rtol=1e-6, dtype_exact=False, check_parameters=False
        ), column
