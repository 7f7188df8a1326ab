"""`tests/data/root/layouts.root`: a small tree for each layout of public files in
docs/formats.md, with the names and types of branches that they have.

A program for any Python that has ROOT: `layout_files.py FOLDER` writes the file again. ROOT writes
classes that its interpreter knows, as it does those of the experiments.
"""

import os
import sys
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

EVENTS = 4  # event i has i objects
NAME = "layouts.root"
SPLIT, WHOLE = 99, 0
CLASSES = Path(__file__).with_name("layout_classes.h")


def number(event: int, place: int = 0) -> float:
    """A number of an event, or of one of its objects."""
    return 1.0 + event + place / 4


def fill(tree: Any, change: Callable[[int], None]) -> None:
    """Fill a tree: `change` gives its branches the values of an event."""
    for event in range(EVENTS):
        change(event)
        tree.Fill()
    tree.Write()


def vectors(root: Any, tree: Any, kinds: dict[str, str]) -> dict[str, Any]:
    """Branches of `std::vector`: name → vector, from name → type of its elements."""
    made = {name: root.std.vector(kind)() for name, kind in kinds.items()}
    for name, vector in made.items():
        tree.Branch(name, vector, 32000, SPLIT)
    return made


def refill(vector: Any, values: Sequence[Any]) -> None:
    """Give a vector other elements."""
    vector.clear()
    for value in values:
        vector.push_back(value)


def scalars(tree: Any, codes: dict[str, tuple[str, str]]) -> dict[str, array]:
    """Branches of single numbers: name → its number, from name → codes of array and ROOT."""
    made = {name: array(code, [0]) for name, (code, _) in codes.items()}
    for name, (_, letter) in codes.items():
        tree.Branch(name, made[name], f"{name}/{letter}")
    return made


def four_momentum(root: Any, event: int, place: int) -> Any:
    """px, py, pz, E."""
    size = number(event, place)
    return root.TLorentzVector(size, 2 * size, 3 * size, 8 * size)


def delphes(root: Any) -> None:
    """TClonesArray of jets that refer to other objects, with their number beside them."""
    tree, jets = root.TTree("Delphes", ""), root.TClonesArray("Jet", EVENTS)
    tree.Branch("Jet", jets, 32000, SPLIT)
    size = scalars(tree, {"Jet_size": ("i", "I")})["Jet_size"]
    other = root.TNamed("other", "")

    def change(event: int) -> None:
        jets.Clear("C")
        size[0] = event
        for place in range(event):
            jet = jets.ConstructedAt(place)
            jet.PT, jet.Eta, jet.Phi, jet.Mass = (number(event, place) * by for by in (8, 1, 2, 4))
            jet.Charge, jet.Particle = event - 2, other
            jet.Constituents.Add(other)
            jet.Area = four_momentum(root, event, place)
            for index in range(5):
                jet.Tau[index] = number(event, place) + index
        if event:
            root.TRef(jets.At(0))  # its status bits are longer

    fill(tree, change)


def bacon(root: Any) -> None:
    """TClonesArray of numbers."""
    tree, muons = root.TTree("Bacon", ""), root.TClonesArray("TMuon", EVENTS)
    tree.Branch("Muon", muons, 32000, SPLIT)

    def change(event: int) -> None:
        muons.Clear("C")
        for place in range(event):
            muon = muons.ConstructedAt(place)
            muon.pt, muon.eta, muon.phi = (number(event, place) * by for by in (8, 1, 2))
            muon.typeBits = place

    fill(tree, change)


def edm4hep(root: Any) -> None:
    """Particles whose momenta are objects, relations as indices, parameters as text."""
    tree = root.TTree("edm4hep", "")
    kinds = {"PandoraPFOs": "edm4hep::ReconstructedParticleData"}
    kinds |= {"_PandoraPFOs_clusters": "podio::ObjectID", "GPStringKeys": "std::string"}
    made = vectors(root, tree, kinds)

    def change(event: int) -> None:
        particles, links = [], []
        for place in range(event):
            size, link = number(event, place), root.podio.ObjectID()
            particle = root.edm4hep.ReconstructedParticleData()
            particle.PDG, particle.charge, particle.energy = 211, place - 1, 8 * size
            particle.momentum.x, particle.momentum.y, particle.momentum.z = size, 2 * size, 3 * size
            link.index, link.collectionID = place, 7
            particles.append(particle)
            links.append(link)
        for name, values in zip(made, (particles, links, ["key"] * event), strict=True):
            refill(made[name], values)

    fill(tree, change)


def treemaker(root: Any) -> None:
    """`std::vector` of LorentzVector of pt, eta, phi, E, with the sum that the ntuple has."""
    tree = root.TTree("TreeMaker", "")
    kind = "ROOT::Math::LorentzVector<ROOT::Math::PtEtaPhiE4D<double>>"
    made = vectors(root, tree, {"Jets": kind, "Jets_HTMask": "bool"})
    one = scalars(tree, {"HT": ("d", "D"), "RunNum": ("I", "i")})

    def change(event: int) -> None:
        jets = [[8 * number(event, place), 0.5, 0.25, 64.0] for place in range(event)]
        refill(made["Jets"], [root.Math.PtEtaPhiEVector(*jet) for jet in jets])
        refill(made["Jets_HTMask"], [place != 1 for place in range(event)])
        one["HT"][0] = sum(jet[0] for place, jet in enumerate(jets) if place != 1)
        one["RunNum"][0] = 7

    fill(tree, change)


def cms_tutorial(root: Any) -> None:
    """`std::vector<TLorentzVector>` that is not split, and vectors that are no four-momenta."""
    tree, missing = root.TTree("tutorial", ""), root.TVector2()
    momenta, charges, good = (root.std.vector(kind)() for kind in ("TLorentzVector", "int", "bool"))
    for name, item in (("muonp4", momenta), ("muonq", charges), ("jetid", good), ("MET", missing)):
        tree.Branch(name, item, 32000, WHOLE)

    def change(event: int) -> None:
        refill(momenta, [four_momentum(root, event, place) for place in range(event)])
        refill(charges, [place - 1 for place in range(event)])
        refill(good, [place == 1 for place in range(event)])
        missing.Set(number(event), 2 * number(event))

    fill(tree, change)


def physlite(root: Any) -> None:
    """`std::vector` by container, links between them, weights, text, and an empty class."""
    tree, empty = root.TTree("CollectionTree", ""), root.MuonAuxContainer()
    kinds = {f"AnalysisMuonsAuxDyn.{name}": "float" for name in ("pt", "eta", "phi")}
    kinds |= {
        "EventInfoAuxDyn.mcEventWeights": "float",
        "EventInfoAuxDyn.streamTags": "std::string",
    }
    kinds["AnalysisMuonsAuxDyn.trackLinks"] = "std::vector<ElementLink>"
    tree.Branch("AnalysisMuonsAux.", empty, 32000, SPLIT)
    made = vectors(root, tree, kinds)
    names = ("EventInfoAuxDyn.runNumber", "EventInfoAuxDyn.eventNumber")
    one = scalars(tree, {names[0]: ("I", "i"), names[1]: ("Q", "l")})

    def change(event: int) -> None:
        sizes = [number(event, place) for place in range(event)]
        link = root.ElementLink()
        link.m_persKey, link.m_persIndex = 5, event
        columns = [[size * by for size in sizes] for by in (8000, 0.5, 0.25)]
        links = [root.std.vector("ElementLink")([link]) for _ in sizes]
        columns += [[number(event), 0.5], ["Main"], links]
        for name, values in zip(made, columns, strict=True):
            refill(made[name], values)
        one[names[0]][0], one[names[1]][0] = 7, 2**40 + event

    fill(tree, change)


def atlas_ntuple(root: Any) -> None:
    """Arrays whose length is another branch, and an array of fixed length."""
    tree = root.TTree("mini", "")
    size = scalars(tree, {"lep_n": ("I", "i")})["lep_n"]
    momenta, charges = array("f", [0.0] * EVENTS), array("i", [0] * EVENTS)
    corners = array("d", [0.0] * 6)
    tree.Branch("lep_pt", momenta, "lep_pt[lep_n]/F")
    tree.Branch("lep_charge", charges, "lep_charge[lep_n]/I")
    tree.Branch("corners", corners, "corners[3][2]/D")

    def change(event: int) -> None:
        size[0] = event
        for place in range(event):
            momenta[place], charges[place] = 8000 * number(event, place), place - 1
        for place in range(6):
            corners[place] = number(event, place)

    fill(tree, change)


def trigger_map(root: Any) -> None:
    """A map from text, as that of an HH → 4b ntuple, and one that is not split."""
    tree, fired = root.TTree("triggerList", ""), root.std.map("std::string", "double")()
    ions = root.std.map("int", "double")()
    tree.Branch("triggerMap", fired, 32000, SPLIT)
    tree.Branch("ions", ions, 32000, WHOLE)
    run = scalars(tree, {"runNumber": ("i", "I")})["runNumber"]

    def change(event: int) -> None:
        fired.clear()
        fired["HLT_j80"], ions[event], run[0] = number(event), 1.0, 7

    fill(tree, change)


def alice(root: Any) -> None:
    """`std::vector` of split objects with arrays and packed numbers."""
    tree, info = root.TTree("fTreeV0", ""), root.Lifetimes.MiniEvent()
    tree.Branch("Event", info, 32000, SPLIT)
    made = vectors(root, tree, {"V0s": "Lifetimes::MiniV0"})

    def change(event: int) -> None:
        found = []
        for place in range(event):
            item = root.Lifetimes.MiniV0()
            item.fV0pt = item.fV0CosPA = number(event, place)
            item.fInvMass[0], item.fInvMass[1] = 0.5, number(event, place)
            item.fITSInfo, item.fMatter = 250 + place, place == 1
            found.append(item)
        refill(made["V0s"], found)
        info.fZvtx = number(event)

    fill(tree, change)


def unfilled(root: Any) -> None:
    """A branch that was filled for some events only, as those of ALICE's D* trees."""
    tree = root.TTree("DstTree", "")
    one = scalars(tree, {"fRunNo": ("i", "I"), "fVtx": ("f", "F")})
    for event in range(EVENTS):
        one["fRunNo"][0], one["fVtx"][0] = 7, number(event)
        tree.GetBranch("fRunNo").Fill()
        if event < 2:
            tree.GetBranch("fVtx").Fill()
    tree.SetEntries(EVENTS)
    tree.Write()


def doubled(root: Any) -> None:
    """Branches of one name, as a Delphes tree has them, with other values, and BDSIM's, with the
    same.
    """
    tree = root.TTree("doubled", "")
    values = [array("f", [0.0]) for _ in range(4)]
    for name, value in zip(("PT", "PT", "n", "n"), values, strict=True):
        tree.Branch(name, value, f"{name}/F")

    def change(event: int) -> None:
        for value, sign in zip(values, (1, -1, 1, 1), strict=True):
            value[0] = sign * number(event)

    fill(tree, change)


def bdsim(root: Any) -> None:
    """Split objects of one class, whose names end in a dot; vectors, maps, text, histograms."""
    tree, model = root.TTree("Event", ""), root.Model()
    samplers = {name: root.Sampler() for name in ("Primary.", "d1.")}
    for name, item in (*samplers.items(), ("Model.", model)):
        tree.Branch(name, item, 32000, SPLIT)

    def change(event: int) -> None:
        for by, item in enumerate(samplers.values(), 1):
            item.n, item.samplerName = event, "d1"
            refill(item.energy, [by * number(event, place) for place in range(event)])
            refill(item.isIon, [place == 1 for place in range(event)])
            refill(item.S, [[number(event, place)] * place for place in range(event)])
        places = [root.TVector3(number(event), 2, 3)] * event
        refill(model.midPos, places)
        refill(model.XYZ, [places])
        model.collimatorIndicesByName["c1"] = model.trackIndex[event] = event

    fill(tree, change)


def km3net(root: Any) -> None:
    """One split object with hits, and with tracks that have lists."""
    tree, item = root.TTree("E", ""), root.Evt()
    tree.Branch("Evt", item, 32000, SPLIT)

    def change(event: int) -> None:
        item.run_id = 7
        hits, tracks = [], []
        for place in range(event):
            hit, track = root.Hit(), root.Trk()
            hit.dom_id, hit.t, hit.tot = place, number(event, place), 250 + place
            refill(track.fitinf, [number(event, place)] * place)
            refill(track.hit_ids, range(place))
            track.comment = "shower"
            hits.append(hit)
            tracks.append(track)
        refill(item.hits, hits)
        refill(item.trks, tracks)
        refill(item.w, [number(event)] * 2)

    fill(tree, change)


def beam_loss(root: Any) -> None:
    """Objects of one class, split into branches of the same names."""
    tree = root.TTree("ChannelSet", "")
    channels = {name: root.Channel() for name in ("BLM1", "COL")}
    for name, item in channels.items():
        tree.Branch(name, item, 32000, SPLIT)

    def change(event: int) -> None:
        for by, item in enumerate(channels.values(), 1):
            item.fSamples, item.fLine, item.fChannelName = by * event, 60000 + event, "channel"
            refill(item.fScaleCoeffs, [by * number(event, place) for place in range(event)])

    fill(tree, change)


def geant4(root: Any) -> None:
    """A tuple of doubles with text, and a list of leaves in one branch."""
    tree, energy, leaves = root.TTree("Details", ""), array("d", [0.0]), array("d", [0.0] * 2)
    text = array("b", b"opts\0")
    tree.Branch("Energy", energy, "Energy/D")
    tree.Branch("opts", text, "opts/C")
    tree.Branch("ray", leaves, "phi/D:cot/D")

    def change(event: int) -> None:
        energy[0], leaves[0], leaves[1] = number(event), 2 * number(event), 3 * number(event)

    fill(tree, change)


def packed(root: Any) -> None:
    """Float16_t and Double32_t of several numbers of bits."""
    tree, item = root.TTree("packed", ""), root.Packed()
    tree.Branch("packed", item, 32000, SPLIT)

    def change(event: int) -> None:
        item.narrow = item.wide = item.half = number(event)
        for place in range(3):
            item.set(place, number(event, place))

    fill(tree, change)


def in_a_folder(root: Any) -> None:
    """ProtoDUNE's tree in a folder, with lists of lists and text."""
    root.gDirectory.mkdir("pduneana").cd()
    tree = root.TTree("beamana", "")
    kinds = {"reco_beam_calo_wire": "double", "reco_daughter_hits": "std::vector<int>"}
    made = vectors(root, tree, kinds | {"reco_beam_process": "std::string"})

    def change(event: int) -> None:
        refill(made["reco_beam_calo_wire"], [number(event, place) for place in range(event)])
        lists = [root.std.vector("int")(range(place)) for place in range(event)]
        refill(made["reco_daughter_hits"], lists)
        refill(made["reco_beam_process"], ["primary"])

    fill(tree, change)


TREES = (delphes, bacon, edm4hep, treemaker, cms_tutorial, physlite, atlas_ntuple, trigger_map)
TREES += (alice, unfilled, doubled, bdsim, km3net, beam_loss, geant4, packed, in_a_folder)


if __name__ == "__main__":
    import ROOT

    os.chdir(sys.argv[1])
    ROOT.gInterpreter.Declare(CLASSES.read_text())
    file = ROOT.TFile(NAME, "recreate")
    for write in TREES:
        file.cd()
        write(ROOT)
    file.Close()
