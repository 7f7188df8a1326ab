"""T6, T7 and T10 with awkward arrays, as a skilled user writes them, for uproot + awkward and for
coffea: events are dropped as early as possible, and only what is left is widened to float64.

Events are records of collections, `events.Jet.pt`, as NanoEvents has them.
"""

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import awkward as ak
import boost_histogram as bh
import numpy as np
import pyarrow.parquet

Histograms = dict[str, bh.Histogram]


def branches(**collections: str) -> list[str]:
    """Names of branches, from those of the fields of each collection."""
    return [f"{name}_{field}" for name, fields in collections.items() for field in fields.split()]


TTBAR = branches(
    Electron="pt eta cutBased sip3d",
    Muon="pt eta tightId sip3d pfRelIso04_all",
    Jet="pt eta phi mass btagCSVV2 jetId",
)
LEPTON = "pt eta phi mass charge dxy dz sip3d"
BRANCHES = {
    "t1": branches(Muon="pt eta phi mass charge"),
    "t2": TTBAR,
    "t3": ["MET_pt"],
    "t4": TTBAR,
    "t5": [*TTBAR, "Pileup_nTrueInt"],
    "t6": branches(
        Electron=f"{LEPTON} pfRelIso03_all cutBased", Muon=f"{LEPTON} pfRelIso03_all looseId"
    ),
    "t7": [*TTBAR, "genWeight", "LHEPdfWeight"],
    "t8": [*sorted({*TTBAR} - {"Jet_phi", "Jet_mass"}), "Jet_hadronFlavour"],
    "t9": TTBAR,
    "t10": [
        *branches(
            Electron=f"{LEPTON} pfRelIso03_all cutBased r9 hoe sieie",
            Muon=f"{LEPTON} pfRelIso04_all tightId mediumId nStations",
            Jet="pt eta phi mass btagDeepB jetId puId chHEF neHEF nConstituents area rawFactor "
            "nMuons",
            HLT="IsoMu24 Ele27_WPTight PFHT800 PFMET120",
            MET="pt phi sumEt",
            PV="npvs z chi2",
        ),
        "Pileup_nTrueInt",
        "fixedGridRhoFastjetAll",
        "genWeight",
    ],
}
MEMBERS = range(50)
Z_MASS = 91.1876


def as_events(arrays: ak.Array) -> ak.Array:
    """Branches `Muon_pt` … as collections."""
    fields: dict[str, dict[str, ak.Array]] = defaultdict(dict)
    for branch in arrays.fields:
        collection, _, name = branch.partition("_")
        fields[collection][name] = arrays[branch]
    return ak.zip(
        {
            collection: content[""] if "" in content else ak.zip(content)
            for collection, content in fields.items()
        },
        depth_limit=1,
    )


def as_branches(events: ak.Array, names: list[str]) -> ak.Array:
    """Collections as branches, of the events that are left."""
    columns = {}
    for branch in names:
        collection, _, name = branch.partition("_")
        columns[branch] = events[collection][name] if name else events[collection]
    return ak.to_packed(ak.zip(columns, depth_limit=1))


def wide(collection: ak.Array, *names: str) -> ak.Array:
    """Some fields in float64."""
    return ak.zip({name: ak.values_astype(collection[name], np.float64) for name in names})


def cartesian(objects: ak.Array, **more: ak.Array) -> ak.Array:
    """Components of the momenta, and more fields."""
    px, py, pz = (
        objects.pt * np.cos(objects.phi),
        objects.pt * np.sin(objects.phi),
        objects.pt * np.sinh(objects.eta),
    )
    energy = np.sqrt(objects.mass**2 + px**2 + py**2 + pz**2)
    return ak.zip({"px": px, "py": py, "pz": pz, "energy": energy, **more})


def added(*objects: ak.Array) -> dict[str, ak.Array]:
    """Components of the sum of momenta."""
    first, *others = objects
    return {
        name: sum((item[name] for item in others), first[name])
        for name in ("px", "py", "pz", "energy")
    }


def mass(px: ak.Array, py: ak.Array, pz: ak.Array, energy: ak.Array) -> ak.Array:
    """Invariant mass."""
    return np.sqrt(energy**2 - (px**2 + py**2 + pz**2))


def good_electrons(electron: ak.Array) -> ak.Array:
    """Which electrons T2 takes."""
    return (
        (electron.pt > 30)
        & (np.abs(electron.eta) < 2.1)
        & (electron.cutBased == 4)
        & (electron.sip3d < 4)
    )


def good_muons(muon: ak.Array) -> ak.Array:
    """Which muons T2 takes."""
    return (
        (muon.pt > 30)
        & (np.abs(muon.eta) < 2.1)
        & muon.tightId
        & (muon.sip3d < 4)
        & (muon.pfRelIso04_all < 0.15)
    )


def with_lepton_and_jets(events: ak.Array) -> ak.Array:
    """Events with exactly one good electron or muon, and four jets of the file."""
    leptons = ak.sum(good_electrons(events.Electron), axis=1) + ak.sum(
        good_muons(events.Muon), axis=1
    )
    return events[(leptons == 1) & (ak.num(events.Jet.pt) >= 4)]


def good_jets(jets: ak.Array) -> ak.Array:
    """Which jets T2 takes, but for the cut on their momentum, which the variations move."""
    return (np.abs(jets.eta) < 2.4) & (jets.jetId == 6)


def trijet_mass(jets: ak.Array) -> ak.Array:
    """Mass of the three jets, one of them tagged, with the largest transverse momentum."""
    triplets = ak.combinations(cartesian(jets, tag=jets.btagCSVV2 > 0.5), 3, fields=["a", "b", "c"])
    triplets = triplets[triplets.a.tag | triplets.b.tag | triplets.c.tag]
    px, py = (triplets.a[name] + triplets.b[name] + triplets.c[name] for name in ("px", "py"))
    best = triplets[ak.argmax(px**2 + py**2, axis=1, keepdims=True)][:, 0]
    return mass(**added(best.a, best.b, best.c))


def four_leptons(events: ak.Array, histograms: Histograms) -> None:
    """T6."""
    events = events[ak.num(events.Electron.pt) + ak.num(events.Muon.pt) >= 4]
    electrons = events.Electron[loose(events.Electron, 7, 2.5) & (events.Electron.cutBased >= 2)]
    muons = events.Muon[loose(events.Muon, 5, 2.4) & events.Muon.looseId]
    enough = ak.num(electrons.pt) + ak.num(muons.pt) >= 4
    leptons = ak.concatenate(
        [lepton_momenta(electrons[enough], 11), lepton_momenta(muons[enough], 13)], axis=1
    )
    leptons = leptons[ak.argsort(-leptons.pt, axis=1, stable=True)]
    leptons = leptons[(leptons.pt[:, 0] > 20) & (leptons.pt[:, 1] > 10)]
    pairs = lepton_pairs(leptons)
    best = four_lepton_candidate(pairs[ak.num(pairs) >= 2])
    for region, flavors in (("four_electrons", 22), ("two_of_each", 24), ("four_muons", 26)):
        chosen = best[best.flavors == flavors]
        for variable in ("m4l", "z1_mass", "z2_mass"):
            histograms[f"{region}/{variable}/nominal"].fill(chosen[variable])


def loose(leptons: ak.Array, pt: float, eta: float) -> ak.Array:
    """Which leptons T6 takes, but for their identification."""
    return (
        (leptons.pt > pt)
        & (np.abs(leptons.eta) < eta)
        & (leptons.sip3d < 4)
        & (leptons.pfRelIso03_all < 0.35)
        & (np.abs(leptons.dxy) < 0.5)
        & (np.abs(leptons.dz) < 1)
    )


def lepton_momenta(leptons: ak.Array, flavor: int) -> ak.Array:
    """Momenta, charge and flavor."""
    four = wide(leptons, "pt", "eta", "phi", "mass")
    flavors = ak.full_like(leptons.charge, flavor)
    return cartesian(four, pt=four.pt, charge=leptons.charge, flavor=flavors)


def lepton_pairs(leptons: ak.Array) -> ak.Array:
    """Candidates for a Z boson, with the positions of their leptons."""
    leptons = ak.with_field(leptons, ak.local_index(leptons.pt), "index")
    pairs = ak.combinations(leptons, 2, fields=["a", "b"])
    pairs = pairs[(pairs.a.flavor == pairs.b.flavor) & (pairs.a.charge != pairs.b.charge)]
    total = added(pairs.a, pairs.b)
    pairs = ak.zip(
        {
            **total,
            "mass": mass(**total),
            "sum_pt": pairs.a.pt + pairs.b.pt,
            "flavor": pairs.a.flavor,
            "first": pairs.a.index,
            "second": pairs.b.index,
        }
    )
    return pairs[(pairs.mass > 12) & (pairs.mass < 120)]


def four_lepton_candidate(pairs: ak.Array) -> ak.Array:
    """The best pair of pairs of each event that has one (events,)."""
    both = ak.combinations(pairs, 2, fields=["a", "b"])
    a, b = both.a, both.b
    shared = (
        (a.first == b.first)
        | (a.first == b.second)
        | (a.second == b.first)
        | (a.second == b.second)
    )
    both = both[~shared]
    a, b = both.a, both.b
    closer = np.abs(a.mass - Z_MASS) <= np.abs(b.mass - Z_MASS)
    found = ak.zip(
        {
            "m4l": mass(**added(a, b)),
            "z1_mass": ak.where(closer, a.mass, b.mass),
            "z2_mass": ak.where(closer, b.mass, a.mass),
            "z2_sum_pt": ak.where(closer, b.sum_pt, a.sum_pt),
            "flavors": a.flavor + b.flavor,
        }
    )
    found = found[(found.z1_mass > 40) & (found.m4l > 70)]
    found = found[ak.argsort(-found.z2_sum_pt, axis=1, stable=True)]
    best = found[ak.argmin(np.abs(found.z1_mass - Z_MASS), axis=1, keepdims=True)]
    return ak.flatten(best[~ak.is_none(best, axis=1)])


def pdf_members(events: ak.Array, histograms: Histograms, sums: np.ndarray) -> None:
    """T7; adds Σw of the members over all events (members,)."""
    weights = np.asarray(events.genWeight, np.float64)
    members = np.asarray(ak.to_numpy(events.LHEPdfWeight), np.float64)
    sums += weights @ members
    events = ak.with_field(events, np.arange(len(events)), "number")
    few = with_lepton_and_jets(events)
    jets = few.Jet[good_jets(few.Jet)]
    jets = wide(jets, "pt", "eta", "phi", "mass", "btagCSVV2")
    jets = jets[jets.pt > 30]
    enough = ak.num(jets) >= 4
    jets, numbers = jets[enough], ak.to_numpy(few.number[enough])
    tags = ak.to_numpy(ak.sum(jets.btagCSVV2 > 0.5, axis=1))
    for region, passed in (("control_4j1b/ht", tags == 1), ("signal_4j2b/trijet_mass", tags >= 2)):
        chosen, own = jets[passed], numbers[passed]
        value = ak.to_numpy(
            ak.sum(chosen.pt, axis=1) if region.endswith("ht") else trijet_mass(chosen)
        )
        histograms[f"{region}/nominal"].fill(value, weight=weights[own])
        for member in MEMBERS:
            weight = weights[own] * members[own, member]
            histograms[f"{region}/pdf_member{member}"].fill(value, weight=weight)


def wide_skim(batches: Iterable[ak.Array], histograms: Histograms) -> None:
    """T10: write the events that pass to Parquet, and fill from there."""
    with tempfile.TemporaryDirectory() as folder:
        write_skim(map(skimmed, batches), Path(folder) / "events.parquet")
        events = as_events(ak.from_parquet(f"{folder}/events.parquet"))
    fill_skim(events, histograms)


def write_skim(batches: Iterator[ak.Array], path: Path) -> None:
    """Write batches of branches to a Parquet file."""
    writer = None
    for batch in batches:
        table = ak.to_arrow_table(batch, list_to32=True, extensionarray=False)
        writer = writer or pyarrow.parquet.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    writer.close()


def skimmed(events: ak.Array) -> ak.Array:
    """Branches of the events that pass the skim of T10."""
    vertex = (events.PV.npvs > 0) & (np.abs(events.PV.z) < 24) & (events.PV.chi2 < 10)
    events = events[vertex]
    leptons = ak.sum(quality_electrons(events.Electron), axis=1) + ak.sum(
        quality_muons(events.Muon), axis=1
    )
    events = events[leptons >= 1]
    return as_branches(events[ak.sum(quality_jets(events.Jet), axis=1) >= 2], BRANCHES["t10"])


def quality_electrons(electron: ak.Array) -> ak.Array:
    """Which electrons T10 takes."""
    return (
        (electron.pt > 25)
        & (np.abs(electron.eta) < 2.4)
        & (electron.cutBased >= 3)
        & (electron.sip3d < 4)
        & (np.abs(electron.dxy) < 0.05)
        & (np.abs(electron.dz) < 0.1)
        & (electron.pfRelIso03_all < 0.15)
        & (electron.r9 > 0.8)
        & (electron.hoe < 0.1)
        & (electron.sieie < 0.03)
    )


def quality_muons(muon: ak.Array) -> ak.Array:
    """Which muons T10 takes."""
    return (
        (muon.pt > 25)
        & (np.abs(muon.eta) < 2.4)
        & muon.tightId
        & muon.mediumId
        & (muon.sip3d < 4)
        & (np.abs(muon.dxy) < 0.05)
        & (np.abs(muon.dz) < 0.1)
        & (muon.pfRelIso04_all < 0.15)
        & (muon.nStations > 1)
    )


def quality_jets(jet: ak.Array) -> ak.Array:
    """Which jets T10 takes."""
    return (
        (jet.pt > 30)
        & (np.abs(jet.eta) < 2.4)
        & (jet.jetId == 6)
        & (jet.puId >= 4)
        & (jet.chHEF > 0.05)
        & (jet.neHEF < 0.9)
        & (jet.nConstituents > 5)
        & (jet.area > 0.3)
        & (jet.rawFactor < 0.5)
        & (jet.nMuons < 2)
    )


def fill_skim(events: ak.Array, histograms: Histograms) -> None:
    """Both regions of T10."""
    trigger = events.HLT
    events = events[trigger.IsoMu24 | trigger.Ele27_WPTight | trigger.PFHT800 | trigger.PFMET120]
    four = ("pt", "eta", "phi", "mass", "charge")
    leptons = ak.concatenate(
        [
            wide(events.Electron[quality_electrons(events.Electron)], *four),
            wide(events.Muon[quality_muons(events.Muon)], *four),
        ],
        axis=1,
    )
    leptons = leptons[ak.argsort(-leptons.pt, axis=1, stable=True)]
    jets = wide(events.Jet[quality_jets(events.Jet)], "pt", "eta", "phi", "mass", "btagDeepB")
    one = (ak.num(leptons) == 1) & (ak.sum(jets.btagDeepB > 0.5, axis=1) >= 1)
    two = (ak.num(leptons) == 2) & (ak.sum(leptons.charge, axis=1) == 0)
    pair = cartesian(leptons[two])
    met = wide(events.MET, "pt", "phi", "sumEt")[one]
    lepton = leptons[one][:, 0]
    values = {
        "one_lepton": (
            one,
            {
                "mt": np.sqrt(2 * lepton.pt * met.pt * (1 - np.cos(lepton.phi - met.phi))),
                "lepton_pt": lepton.pt,
                "activity": met.sumEt / 1000
                + ak.values_astype(events.fixedGridRhoFastjetAll, np.float64)[one] / 100,
            },
        ),
        "two_leptons": (two, {"pair_mass": mass(**added(pair[:, 0], pair[:, 1]))}),
    }
    pileup = 1 + 0.01 * (ak.values_astype(events.Pileup.nTrueInt, np.float64) - 20)
    weights = ak.to_numpy(ak.values_astype(events.genWeight, np.float64) * pileup)
    for region, (passed, found) in values.items():
        own = jets[passed]
        momenta = cartesian(own)
        found["ht"] = ak.sum(own.pt, axis=1)
        found["dijet_mass"] = mass(**added(momenta[:, 0], momenta[:, 1]))
        for variable, value in found.items():
            histograms[f"{region}/{variable}/nominal"].fill(
                value, weight=weights[ak.to_numpy(passed)]
            )
