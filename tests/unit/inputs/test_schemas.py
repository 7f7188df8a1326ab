"""Names and units: what each schema calls a quantity, and which quantities are energies."""

import pytest

from wollemi.inputs.schemas import (
    Layout,
    Source,
    locate,
    physlite_branch,
    physlite_name,
    word_names,
)
from wollemi_engine.expressions.names import is_energy

COMPONENTS = [
    "Muon_Px",
    "Muon_Py",
    "Muon_Pz",
    "Muon_E",
    "MET_px",
    "MET_py",
    "Jet_px",
    "Jet_py",
    "Jet_pz",
    "Jet_energy",
    "Jet_pt",
]

# As they stand in DAOD_PHYSLITE, in a TTree and in an RNTuple.
PHYSLITE = {
    "AnalysisMuonsAuxDyn.pt": "Muon_pt",
    "AnalysisMuonsAuxDyn:charge": "Muon_charge",
    "AnalysisElectronsAuxDyn.m": "Electron_mass",
    "AnalysisJetsAuxDyn.NNJvtPass": "Jet_NNJvtPass",
    "AnalysisTauJetsAuxDyn.eta": "Tau_eta",
    "AnalysisPhotonsAuxDyn.phi": "Photon_phi",
    "AnalysisLargeRJetsAuxDyn.GN2Xv01_phbb": "FatJet_GN2Xv01_phbb",
    "EventInfoAuxDyn.runNumber": "run",
    "EventInfoAuxDyn.lumiBlock": "luminosityBlock",
    "EventInfoAux.eventNumber": "event",
    "EventInfoAuxDyn:actualInteractionsPerCrossing": "actualInteractionsPerCrossing",
    "TruthMuonsAuxDyn.pt_dressed": "TruthMuons_pt_dressed",
    "AnalysisMuonsAuxDyn.clusterLink.m_persKey": "Muon_clusterLink_m_persKey",
    "AnalysisMuons": "AnalysisMuons",
    "AnalysisMuonsAux.": "AnalysisMuonsAux",
    "TrigConfKeys.m_smk": "TrigConfKeys_m_smk",
    "AnalysisTrigMatch_HLT_e7-J25AuxDyn.matched": "AnalysisTrigMatch_HLT_e7_J25_matched",
}


@pytest.mark.parametrize(("branch", "name"), PHYSLITE.items())
def test_names_of_physlite(branch, name):
    assert physlite_name(branch) == name


@pytest.mark.parametrize(
    ("collection", "field"),
    [
        ("Muon", "pt"),
        ("Electron", "mass"),
        ("Jet", "xyz"),
        (None, "run"),
        (None, "mu"),
        ("Other", "m"),
    ],
)
def test_what_is_written_is_read_under_its_name(collection, field):
    name = physlite_name(physlite_branch(collection, field))
    assert name == (f"{collection}_{field}" if collection else field).replace(
        "Other_m", "Other_mass"
    )


@pytest.mark.parametrize(
    "name",
    [
        "Muon_pt", "Jet_mass", "lep_e", "lep_E", "jet_m", "met_met", "MET_sumEt",
        "Jet_pt_NOSYS", "el_e_NOSYS", "MET_Core_AnalysisMET_mpx",
        "Muon_ptvarcone30_Nonprompt_All_MaxWeightTTVA_pt500", "Electron_topoetcone20_CloseByCorr", "Muon_neflowisol20",  # noqa: E501
        "Electron_ptErr",
        "TruthMuons_pt_dressed", "Jet_SumPtTrkPt500", "GenFiltHT", "pt", "HT", "Muon_EnergyLoss", "Generator_mHat",  # noqa: E501
    ],
)  # fmt: skip
def test_energies(name):
    assert is_energy(name)


@pytest.mark.parametrize(
    "name",
    [
        "Muon_phi", "Muon_eta", "Muon_charge", "Jet_NumTrkPt1000", "Jet_TrackWidthPt1000", "TruthMuons_eta_dressed",  # noqa: E501
        "run", "event",
        "FatJet_GN2Xv01_ptop", "nMuon", "met_phi", "Muon_z0", "TruthEvents_X1", "Electron_f1", "genWeight",  # noqa: E501
        "Muon_numberOfPrecisionLayers",
    ],
)  # fmt: skip
def test_other_quantities(name):
    assert not is_energy(name)


def test_energies_of_physlite_are_in_mev():
    found = locate(Layout("physlite"), [*PHYSLITE, "EventInfoAuxDyn.mcEventWeights"])
    assert found["Muon_pt"] == Source(("AnalysisMuonsAuxDyn.pt",), per_gev=1000)
    assert found["Tau_eta"] == Source(("AnalysisTauJetsAuxDyn.eta",))
    assert found["Muon_mass"] == Source(("AnalysisMuonsAuxDyn.pt",), "muon_mass")
    assert found["genWeight"] == Source(("EventInfoAuxDyn.mcEventWeights",), "first")


def test_the_soft_term_is_not_taken_for_the_missing_momentum():
    soft = [f"MET_Core_AnalysisMETAuxDyn.{field}" for field in ("mpx", "mpy")]
    final = [f"AnalysisMETAuxDyn.{field}" for field in ("mpx", "mpy")]
    assert (
        not {"MET_pt", "MET_phi", "MET_Core_AnalysisMET_pt"}
        & locate(Layout("physlite"), soft).keys()
    )
    found = locate(Layout("physlite"), [*soft, *final])
    assert found["MET_pt"] == Source(tuple(final), "norm", 1000)
    assert found["MET_phi"] == Source(tuple(final), "angle")
    named = locate(Layout("physlite", names={"MET": "MET_Core_AnalysisMET"}), soft)
    assert named["MET_pt"].branches == tuple(soft)


def test_nanoaod_of_several_versions():
    assert locate(Layout(), ["PFMET_pt", "PuppiMET_pt"])["MET_pt"] == Source(("PFMET_pt",))
    assert locate(Layout(), ["MET_pt"])["PFMET_pt"] == Source(("MET_pt",))
    assert locate(Layout(), ["MET_pt", "PFMET_pt"])["MET_pt"] == Source(("MET_pt",))
    assert locate(Layout(), ["Rho_fixedGridRhoAll"])["fixedGridRhoAll"] == Source(
        ("Rho_fixedGridRhoAll",)
    )
    assert locate(Layout(), ["fixedGridRhoAll"])["Rho_fixedGridRhoAll"] == Source(
        ("fixedGridRhoAll",)
    )


def test_declared_names_come_first():
    names = {"Muon": "lep", "MET_pt": "PuppiMET_pt", "Jet_pt": "Jets.fCoordinates.fPt"}
    layout = Layout("ntuple", energy_unit="MeV", names=names)
    found = locate(
        layout, ["MET_pt", "PuppiMET_pt", "lep_pt", "lep_eta", "Jets.fCoordinates.fPt", "leptons"]
    )
    assert found["Muon_pt"] == Source(("lep_pt",), per_gev=1000)
    assert found["Muon_eta"] == Source(("lep_eta",))
    assert found["MET_pt"] == Source(("PuppiMET_pt",), per_gev=1000)
    assert found["Jet_pt"] == Source(("Jets.fCoordinates.fPt",), per_gev=1000)
    assert {"lep_pt", "leptons"} <= found.keys()


def test_momenta_from_their_components():
    found = locate(Layout("ntuple", "t", "MeV"), COMPONENTS)
    four = ("Muon_Px", "Muon_Py", "Muon_Pz", "Muon_E")
    assert found["Muon_pt"] == Source(four[:2], "pt", 1000.0)
    assert found["Muon_phi"] == Source(four[:2], "phi")
    assert found["Muon_eta"] == Source(four[:3], "eta")
    assert found["Muon_mass"] == Source(four, "mass", 1000.0)
    assert found["Jet_mass"] == Source(("Jet_px", "Jet_py", "Jet_pz", "Jet_energy"), "mass", 1000.0)
    assert found["Jet_pt"] == Source(("Jet_pt",), per_gev=1000.0)
    assert found["MET_pt"].branches == ("MET_px", "MET_py")
    assert "MET_eta" not in found


def test_components_under_a_name_of_the_analysis():
    found = locate(Layout("ntuple", "t", names={"Muon": "mu"}), ["mu_px", "mu_py"])
    assert found["Muon_pt"] == found["mu_pt"] == Source(("mu_px", "mu_py"), "pt")


VECTORS = {
    "Jet.PT": "Jet_PT",
    "Event.Weight": "Event_Weight",
    "Jet.TrimmedP4[5]": "Jet_TrimmedP4",
    "Beam.": "Beam",
    "_Jets_index.index": "_Jets_index_index",
    "muon/fBits": "muon_fBits",
    "evt/evt.fRun": "evt_fRun",
    "trk./trk.fRun": "trk_fRun",
    **{f"Particles.momentum.{axis}": f"Particles_p{axis}" for axis in "xyz"},
    **{f"jets.fCoordinates.f{axis}": f"jets_{axis.lower()}" for axis in ("Pt", "Eta", "Phi")},
    "jets.fCoordinates.fE": "jets_E",
    **{f"taus.fCoordinates.f{axis}": f"taus_p{axis.lower()}" for axis in "XYZ"},
    "taus.fCoordinates.fT": "taus_E",
    **{f"mu/mu.fP.f{axis}": f"mu_p{axis.lower()}" for axis in "XYZ"},
    "mu/fE": "mu_E",
    # no momenta: a point, half of a vector
    **{f"vertex.fCoordinates.f{axis}": f"vertex_fCoordinates_f{axis}" for axis in "XYZ"},
    "hit.momentum.x": "hit_momentum_x",
    # a name that another branch has
    "lep_pt": "lep_pt",
    "lep.pt": "lep.pt",
}


def test_names_with_dots_and_paths():
    assert word_names(VECTORS) == VECTORS


def test_components_of_classes_are_energies_in_the_unit_of_the_file():
    found = locate(
        Layout("ntuple", "t", "MeV", {"Tau": "taus", "MET_pt": "met.p"}), [*VECTORS, "met.p"]
    )
    parts = tuple(f"taus.fCoordinates.f{axis}" for axis in "XYZT")
    assert found["taus_px"] == Source(parts[:1], per_gev=1000.0)
    assert found["Tau_pt"] == found["taus_pt"] == Source(parts[:2], "pt", 1000.0)
    assert found["taus_mass"] == Source(parts, "mass", 1000.0)
    assert found["Jet_pt"] == found["Jet_PT"] == Source(("Jet.PT",), per_gev=1000.0)
    assert found["MET_pt"] == Source(("met.p",), per_gev=1000.0)
    assert found["Particles_eta"].branches == tuple(f"Particles.momentum.{axis}" for axis in "xyz")
    assert "vertex_pt" not in found
