"""The objects and regions of `dilepton_both` on real files of CMS and ATLAS, against plain loops
over their events.
"""

import shutil
from itertools import pairwise
from math import cos, cosh, sqrt
from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow.parquet
import pytest
import uproot
import yaml
from support.events.public_samples import fetch_public_files, fetch_samples
from support.project.paths import ROOT
from support.tiny.analysis import ANALYSIS, put_analysis
from support.tiny.steps import (
    RESULTS,
    part_histograms,
    read_json,
    skim,
)
from support.tiny.steps import fill as fill_histograms

from wollemi.check.quick_look import Look, read_entries
from wollemi.inputs.event_files import read_batches
from wollemi.inputs.inspection import guess_layout
from wollemi.inputs.schemas import Layout
from wollemi_likelihood.base.errors import WollemiError

NANO = [
    "nano_tt_v12.root",
    "nano_tt_v15.root",
    "nano_dimuon.root",
    "nano_dimuon_rntuple.root",
    "nano_dimuon.parquet",
]
LITE = "PHYSLITE_example.root"
# Lower than in the analysis, in GeV: so that the few events of these files reach the regions.
PT, LOW, HIGH = 10, 20, 60
NTUPLES = ["treemaker.root", "treemaker_rntuple.root"]
ILD = "edm4hep_ILD_mumuH_v01-00_podio_v01-07_10ev.root"
OBJECTS = [
    *("delphes.root", ILD, "test_FCC_Spring2021.root"),
    *("pfnano.root", "pfnano_rntuple.root", "scouting_nano.root", "pduneana.root"),
]
REFUSED = {
    # tree and branch that are read, and what is said
    "uproot-ntpl001_staff.root": (
        *("Staff", "Cost"),
        "its RNTuple 'Staff' is a ROOT::Experimental::RNTuple of ROOT 6.21/01: the format was not "
        "final yet, and is not read\n  → write the events again with ROOT 6.34 or later",
    ),
    "uproot-issue513.root": (
        *("Delphes", "Particle_pt"),
        "2 branches of the tree are called 'Particle.PT', and differ\n  → use another branch, or "
        "write them under names of their own",
    ),
}
SPECIAL = ["nano_dy_SpecialTree.root", "nano_dy_empty.root", "nano_dy_malformed.parquet"]
ELECTRON_MASS, MUON_MASS = 0.000511, 0.10566


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    return fetch_samples(
        tmp_path_factory.mktemp("coffea"), [*NANO, LITE, *NTUPLES, *OBJECTS, *SPECIAL]
    )


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    return fetch_public_files(tmp_path_factory.mktemp("public"), [*REFUSED])


@pytest.fixture
def real(tmp_path, samples, monkeypatch):
    """The shipped objects, columns, skim, variables and regions with real files as the datasets."""
    monkeypatch.chdir(tmp_path)
    document = yaml.safe_load((ROOT / "config/analyses/dilepton_both/analysis.yaml").read_text())
    common = {"normalization": "none"}
    for name in (*NANO, LITE):
        shutil.copy2(samples / name, tmp_path)
    datasets = {name.replace(".", "_"): {"files": [name], **common} for name in NANO}
    datasets["lite"] = {"files": [LITE], "schema": "physlite", "weight": "genWeight", **common}
    for name in ("nano_tt_v12_root", "nano_tt_v15_root"):
        datasets[name]["weight"] = "genWeight"
    kept = {
        key: document[key]
        for key in (
            "title",
            "center_of_mass_tev",
            "objects",
            "columns",
            "skim",
            "variables",
            "regions",
        )
    }
    # PHYSLITE has no missing momentum, and real NanoAOD no generated mass under that name.
    for region in kept["regions"].values():
        region.pop("monitor", None)
    kept["variables"].pop("missing_pt")
    scales = {
        name: document["systematics"][name] | {"samples": ["real"]}
        for name in ("electron_scale", "muon_scale")
    }
    sample = {"role": "background", "datasets": list(datasets)}
    content = {
        "name": "tiny",
        **kept,
        "datasets": datasets,
        "samples": {"real": sample},
        "systematics": scales,
    }
    put_analysis(content)
    return tmp_path


def leptons(arrays, prefix, event, unit, kind, mass):
    """Leptons of an event as the analysis wants them: (pt in GeV, eta, phi, mass, charge), in the
    order of the file.
    """
    limit = {"Electron": 2.47, "Muon": 2.4}[kind]
    columns = [arrays[f"{prefix}{field}"][event] for field in ("pt", "eta", "phi", "charge")]
    found = [
        (pt / unit, eta, phi, mass, charge) for pt, eta, phi, charge in zip(*columns, strict=True)
    ]
    return [lepton for lepton in found if lepton[0] > PT and abs(lepton[1]) < limit]


def pair_mass(first, second):
    pt1, eta1, phi1, mass1, _ = first
    pt2, eta2, phi2, mass2, _ = second
    energy = [
        sqrt((pt * cosh(eta)) ** 2 + mass**2)
        for pt, eta, mass in ((pt1, eta1, mass1), (pt2, eta2, mass2))
    ]
    dot = pt1 * pt2 * (cos(phi1 - phi2) + np.sinh(eta1) * np.sinh(eta2))
    return sqrt(max(mass1**2 + mass2**2 + 2 * (energy[0] * energy[1] - dot), 0.0))


def expected_counts(events):
    """Events after each term of the skim and of the regions, of (electrons, muons) of each
    event.
    """
    counts = {
        "skim": [len(events), 0],
        "signal_ee": [0, 0],
        "signal_mumu": [0, 0, 0],
        "control": [0],
    }
    for electrons, muons in events:
        if len(electrons) + len(muons) != 2:
            continue
        counts["skim"][1] += 1
        ee = pair_mass(*electrons) if len(electrons) == 2 else None
        mumu = pair_mass(*muons) if len(muons) == 2 else None
        opposite = mumu is not None and muons[0][4] * muons[1][4] < 0
        for region, passed in (
            ("signal_ee", [ee is not None, ee is not None and ee > HIGH]),
            ("signal_mumu", [mumu is not None, opposite, opposite and mumu > HIGH]),
            (
                "control",
                [(ee is not None and LOW < ee <= HIGH) or (opposite and LOW < mumu <= HIGH)],
            ),
        ):
            for index, flag in enumerate(passed):
                counts[region][index] += flag
    return counts


def plain_events(path):
    """Selected leptons of each event, from the branches as they stand in the file."""
    if path.name == LITE:
        names = {"Electron": "AnalysisElectronsAuxDyn.", "Muon": "AnalysisMuonsAuxDyn."}
        tree, unit = uproot.open(f"{path}:CollectionTree"), 1000.0
    else:
        names, tree, unit = (
            {"Electron": "Electron_", "Muon": "Muon_"},
            uproot.open(f"{path}:Events"),
            1.0,
        )
    branches = [
        f"{prefix}{field}" for prefix in names.values() for field in ("pt", "eta", "phi", "charge")
    ]
    arrays = {branch: tree[branch].array(library="np") for branch in branches}
    masses = {"Electron": ELECTRON_MASS, "Muon": MUON_MASS}
    return [
        [leptons(arrays, prefix, event, unit, kind, masses[kind]) for kind, prefix in names.items()]
        for event in range(tree.num_entries)
    ]


@pytest.mark.parametrize("name", ["nano_tt_v12.root", "nano_tt_v15.root", "nano_dimuon.root", LITE])
def test_cutflows_equal_those_of_plain_loops(real, name):
    dataset = "lite" if name == LITE else name.replace(".", "_")
    # Without the scale variations, whose union the skim keeps.
    text = Path(ANALYSIS).read_text()
    document = yaml.safe_load(
        text.replace("pt > 30", f"pt > {PT}").replace("180", str(LOW)).replace("300", str(HIGH))
    )
    del document["systematics"]
    Path(ANALYSIS).write_text(yaml.safe_dump(document, sort_keys=False))
    assert skim(dataset) == fill_histograms(dataset) == 0
    cutflow = read_json(f"cutflow/{dataset}/skim_0.json")["skim"]
    found = {"skim": [line["events"] for line in cutflow]}
    regions = read_json(f"cutflow/{dataset}/fill_0.json")["regions"]
    found |= {region: [line["events"] for line in lines] for region, lines in regions.items()}
    events = plain_events(real / name)
    assert found == expected_counts(events)
    assert found["skim"][0] == {"nano_dimuon.root": 40, LITE: 100}.get(name, 200)
    assert min(found["skim"][1], found["signal_ee"][0], found["control"][0]) > 0
    # The one PHYSLITE file has no event with two muons of this kind.
    assert found["signal_mumu"][1] > 0 or name == LITE
    if dataset != "nano_dimuon_root":
        branch = "EventInfoAuxDyn.mcEventWeights" if name == LITE else "genWeight"
        weights = uproot.open(f"{real / name}:{'CollectionTree' if name == LITE else 'Events'}")[
            branch
        ].array()
        nominal = weights[:, 0] if name == LITE else weights
        assert cutflow[0]["sum_of_weights"] == pytest.approx(
            float(np.sum(ak.to_numpy(nominal), dtype=np.float64)), rel=1e-12
        )


def test_one_selection_runs_on_tree_rntuple_and_parquet(real):
    """The same 40 CMS events in three containers give the same products."""
    kept = []
    for name in NANO[2:]:
        dataset = name.replace(".", "_")
        assert skim(dataset) == fill_histograms(dataset) == 0
        table = pyarrow.parquet.read_table(f"{RESULTS}/events/{dataset}/0.parquet")
        histograms = part_histograms(dataset)
        lines = [
            {key: line[key] for key in ("cut", "events")}
            for line in read_json(f"cutflow/{dataset}/skim_0.json")["skim"]
        ]
        kept.append(
            (
                {column: table[column].to_pylist() for column in sorted(table.column_names)},
                histograms,
                lines,
            )
        )
    assert all(one == other for one, other in pairwise(kept))
    assert kept[0][2][1]["events"] > 0


@pytest.mark.parametrize("collection", ["Electron", "Muon", "Photon", "TauJet", "Jet"])
def test_kinematics_of_physlite(samples, collection):
    container = f"Analysis{collection}sAuxDyn"
    name = {"TauJet": "Tau"}.get(collection, collection)
    fields = {"pt": "pt", "eta": "eta", "phi": "phi"} | (
        {"mass": "m"} if collection != "Muon" else {}
    )
    (batch,) = read_batches(
        samples / LITE, Layout("physlite"), [f"{name}_{field}" for field in fields]
    )
    tree = uproot.open(f"{samples / LITE}:CollectionTree")
    for field, branch in fields.items():
        stored = tree[f"{container}.{branch}"].array(library="np")
        unit = 1000.0 if field in ("pt", "mass") else 1.0
        for ours, theirs in zip(batch[f"{name}_{field}"], stored, strict=True):
            np.testing.assert_allclose(
                ak.to_numpy(ours), np.asarray(list(theirs), np.float64) / unit, rtol=1e-6
            )


def test_event_numbers_of_physlite(samples):
    names = {"run": "runNumber", "luminosityBlock": "lumiBlock", "event": "eventNumber"}
    (batch,) = read_batches(
        samples / LITE, Layout("physlite"), [*names, "actualInteractionsPerCrossing"]
    )
    tree = uproot.open(f"{samples / LITE}:CollectionTree")
    for name, branch in names.items():
        np.testing.assert_array_equal(
            batch[name], tree[f"EventInfoAuxDyn.{branch}"].array(library="np")
        )
    assert 0 < np.mean(batch.actualInteractionsPerCrossing) < 90


def test_physlite_has_no_final_missing_momentum(samples):
    with pytest.raises(WollemiError) as error:
        next(read_batches(samples / LITE, Layout("physlite"), ["MET_pt"]))
    assert "METMaker" in str(error.value)


@pytest.mark.parametrize(
    ("name", "missing"),
    [("nano_tt_v12.root", "MET"), ("nano_tt_v15.root", "PFMET"), ("nano_dimuon.root", "MET")],
)
def test_missing_momentum_of_several_versions(samples, name, missing):
    (batch,) = read_batches(samples / name, Layout(), ["MET_pt", "MET_phi"])
    tree = uproot.open(f"{samples / name}:Events")
    for field in ("pt", "phi"):
        np.testing.assert_array_equal(
            batch[f"MET_{field}"], tree[f"{missing}_{field}"].array(library="np")
        )


@pytest.mark.parametrize("name", NTUPLES)
def test_ntuple_of_vectors(samples, name):
    layout = Layout("ntuple", "PreSelection", "GeV", {"run": "RunNum", "Jet": "Jets"})
    (batch,) = read_batches(samples / name, layout, ["run", "Jet_jecFactor", "MET"])
    tree = uproot.open(samples / name)["PreSelection"]
    assert batch.Jet_jecFactor.to_list() == [
        list(jets) for jets in tree["Jets_jecFactor"].array(library="np")
    ]
    assert batch.run.to_list() == tree["RunNum"].array(library="np").tolist()
    assert batch.MET.to_list() == tree["MET"].array(library="np").tolist()


def test_momenta_of_split_objects(samples):
    layout = Layout("ntuple", "PreSelection", "GeV", {"Jet_pt": "Jets.fCoordinates.fPt"})
    (batch,) = read_batches(samples / "treemaker.root", layout, ["Jet_pt"])
    stored = uproot.open(f"{samples / 'treemaker.root'}:PreSelection")[
        "Jets/Jets.fCoordinates.fPt"
    ].array()
    assert batch.Jet_pt.to_list() == stored.to_list()


def test_a_tree_of_another_name_and_one_without_events(samples):
    (batch,) = read_batches(
        samples / "nano_dy_SpecialTree.root", Layout(tree="NotEvents"), ["Muon_pt"]
    )
    assert len(batch) == 40
    (batch,) = read_batches(samples / "nano_dy_empty.root", Layout(), ["Muon_pt"])
    assert len(batch) == 0


def test_a_damaged_file(samples):
    with pytest.raises(WollemiError, match="cannot be read: Parquet magic bytes not found"):
        next(read_batches(samples / "nano_dy_malformed.parquet", Layout(), ["Muon_pt"]))


def mass_of_first_two(tree, collection, names, energy_of_mass=False):
    """Of each event with two of them, from px, py, pz and energy."""
    columns = [tree[f"{collection}.{name}"].array(library="np") for name in names]
    masses = []
    for event in zip(*columns, strict=True):
        if len(event[0]) > 1:
            x, y, z, energy = (part[:2].astype(np.float64) for part in event)
            if energy_of_mass:
                energy = np.sqrt(x**2 + y**2 + z**2 + energy**2)
            masses.append(sqrt(energy.sum() ** 2 - sum(part.sum() ** 2 for part in (x, y, z))))
    return masses


MOMENTUM = ("momentum.x", "momentum.y", "momentum.z")
PAIR = "({0}[0] + {0}[1]).mass"
# File → what is drawn, where, and the same from the branches as they stand in the file.
DRAWN = {
    "delphes.root": (
        "sum(Jet.pt)",
        "count(Jet) > 3",
        lambda tree: [pt.sum() for pt in tree["Jet.PT"].array(library="np") if len(pt) > 3],
    ),
    ILD: (
        PAIR.format("PandoraPFOs"),
        "",
        lambda tree: mass_of_first_two(tree, "PandoraPFOs", (*MOMENTUM, "energy")),
    ),
    "test_FCC_Spring2021.root": (
        PAIR.format("ReconstructedParticles"),
        "ReconstructedParticles[0].charge * ReconstructedParticles[1].charge < 2",
        lambda tree: mass_of_first_two(tree, "ReconstructedParticles", (*MOMENTUM, "mass"), True),
    ),
    # the ntuple has the sum that its own program made
    **dict.fromkeys(
        NTUPLES,
        (
            "sum(where(Jets_HTMask, Jets.pt, 0))",
            "min(Jets.pt) > 0",
            lambda tree: tree["HT"].array(library="np"),
        ),
    ),
    **dict.fromkeys(
        ("pfnano.root", "pfnano_rntuple.root"),
        (
            *("sum(PFCands.pt)", ""),
            lambda tree: [pt.sum() for pt in tree["PFCands_pt"].array(library="np")],
        ),
    ),
    "scouting_nano.root": (
        "sum(ScoutingPFJet.pt)",
        "count(ScoutingPFJet) > 0",
        lambda tree: [pt.sum() for pt in tree["ScoutingPFJet_pt"].array(library="np") if len(pt)],
    ),
    "pduneana.root": (
        "sum(reco_beam_calo_wire)",
        "",
        lambda tree: [wires.sum() for wires in tree["reco_beam_calo_wire"].array(library="np")],
    ),
}


QUICK = {"delphes.root", "treemaker.root", "scouting_nano.root"}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in DRAWN],
)
def test_what_is_drawn_from_objects_of_many_frameworks(samples, name):
    """Without a word on the layout."""
    expression, where, loop = DRAWN[name]
    layout = guess_layout(samples / name)
    entries = read_entries([samples / name], layout, Look(expression, where), None)
    with uproot.open(samples / name) as file:
        expected = np.array(loop(file[layout.tree or "Events"]), np.float64)
    assert entries.values.size == expected.size > 4
    assert expected.std() > 0
    np.testing.assert_allclose(entries.values, expected, rtol=1e-4)


@pytest.mark.parametrize("name", REFUSED)
def test_a_layout_that_is_not_read_is_no_damage(refused, name):
    tree, branch, reason = REFUSED[name]
    layout = Layout("ntuple", tree)
    with pytest.raises(WollemiError) as error:
        list(read_batches(refused / name, layout, [branch]))
    assert reason in str(error.value)
    assert "damaged" not in str(error.value)
