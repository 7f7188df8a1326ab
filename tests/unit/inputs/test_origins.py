"""Data or simulation, by what files contain: generated particles, weights, run numbers."""

from itertools import product

import awkward as ak
import numpy as np
import pytest
from support.tiny.events import write_root

from wollemi.inputs.origins import is_truth, judge_origin
from wollemi.inputs.schemas import Layout

SIZE = 40
SIGNS = np.where(np.arange(SIZE) % 5 == 0, -1.0, 1.0)
TRUTH = {
    "absent": {},
    "zeros": {"lep_truthMatched": np.zeros(SIZE, np.int32)},
    "lists of zeros": {"lep_truthMatched": ak.Array([[0, 0]] * SIZE)},
    "unset": {"Jet_genJetIdx": np.full(SIZE, -1, np.int32)},
    "empty": {"GenPart_pt": ak.Array([[]] * SIZE + [[1.0]])[:-1]},
    "matched": {"Jet_genJetIdx": np.arange(SIZE, dtype=np.int32) - 1},
    "filled": {"GenPart_pt": ak.Array([[1.0, 2.0]] * SIZE)},
}
WEIGHTS = {
    "absent": {},
    "zeros": {"mcWeight": np.zeros(SIZE)},
    "ones": {"genWeight": np.ones(SIZE)},
    "signs": {"genWeight": SIGNS},
    "sizes": {"mcWeight": np.linspace(0.5, 2.5, SIZE)},
}
RUNS = {
    "absent": {},
    "one": {"run": np.ones(SIZE, np.uint32)},
    "atlas": {"runNumber": np.full(SIZE, 284500, np.int32)},
    "campaigns": {"runNumber": np.repeat([284500, 300000], SIZE // 2)},
    "single": {"RunNum": np.full(SIZE, 297730, np.int32)},
    "several": {"Run": np.repeat([190456, 194050, 208686, 208551], SIZE // 4)},
}


def expected(truth, weights, runs):
    """What a physicist concludes; nothing where the evidence is contradictory or missing."""
    if truth in ("matched", "filled") or weights in ("signs", "sizes"):
        return "" if runs == "several" else "simulation"
    known = {"several": "data", "one": "simulation", "atlas": "simulation"}
    return (known | {"campaigns": "simulation"}).get(runs, "")


@pytest.mark.parametrize(("truth", "weights", "runs"), [*product(TRUTH, WEIGHTS, RUNS)])
def test_any_content(truth, weights, runs, tmp_path):
    columns = {"met": np.ones(SIZE), **TRUTH[truth], **WEIGHTS[weights], **RUNS[runs]}
    write_root(tmp_path / "file.root", columns, "t")
    found = judge_origin(tmp_path / "file.root", Layout("ntuple", "t"))
    assert found.kind == expected(truth, weights, runs), str(found)
    assert found.reason


def test_data_in_the_order_of_runs_have_several(tmp_path):
    """The first events are all of one run."""
    runs = np.repeat(np.array([297730, 297731], np.int32), [30_000, 50])
    write_root(tmp_path / "file.root", {"run": runs}, "t")
    found = judge_origin(tmp_path / "file.root", Layout("ntuple", "t"))
    assert str(found) == "data: no generator information, 2 runs from 297730 to 297731"


@pytest.mark.parametrize(
    "name",
    [
        *("GenPart_pt", "GenJetAK8", "SubGenJetAK8", "nGenPart", "Jet_genJetIdx"),
        *("Pileup_nTrueInt", "TrueNumInteractions", "Particle", "Particle_PT"),
        *("LHE_HT", "LHEPart", "GenVtx_t0", "Generator_x1", "HTXS_Higgs_GenPt", "genWeight"),
        *("GenElectrons", "GenTops"),
        *("MCParticles", "MCParticle_PDG", "MClepton_px", "HepMCWeights", "genTtbarId"),
        *("TruthMuons", "AntiKt4TruthDressedWZJets", "HardScatterVertices", "BornLeptons"),
        *("mc_pt", "truth_pt", "lep_truthMatched", "mcChannelNumber", "gen_mass"),
    ],
)
def test_names_of_the_generator(name):
    assert is_truth(name)


@pytest.mark.parametrize(
    "name",
    [
        *("Muon_pt", "Jet", "FatJet_msoftdrop", "MET_pt", "PV_npvs", "HLT_IsoMu24", "Particles"),
        *("ReconstructedParticles", "EFlowTrack", "PandoraPFOs", "AnalysisJets", "McMuons_x"),
        *("lep_pt", "jet_MV2c10", "photon_isTightID", "Electron_generalTrackIso", "imcluster"),
        *("GenericTracks", "Oxygen", "trueflavour", "Agenda", "regen_pt", "Smc"),
    ],
)
def test_names_of_reconstruction(name):
    assert not is_truth(name)
