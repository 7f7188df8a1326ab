"""Generated collisions in the layouts of public files: a background, a signal at 300 GeV and data,
with names, types and units of each format, and its mass and weight by a plain loop.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import awkward as ak
import numpy as np
import pyarrow
import pyarrow.csv
import pyarrow.parquet
import uproot

from support.tiny.events import muons

Arrays = Mapping[str, Any]
SIZES = {"data": 700, "background": 2500, "signal": 400}
RUNS = (190456, 191226, 194050, 208686)
MUON_MASS = 0.10566


class Events(NamedTuple):
    """Collisions of one file; energies in GeV.

    Args:
        role: `data`, `background` or `signal`.
        leptons: pt, eta, phi, mass, charge (events, var), hardest first.
        truth: generated objects of another mass, nothing in data.
        run: numbers (events,).
        event: numbers (events,).
        weight: of simulated events (events,), some of them negative; 1 in data.
    """

    role: str
    leptons: ak.Array
    truth: ak.Array
    run: Any
    event: Any
    weight: Any

    @property
    def simulated(self) -> bool:
        """Whether they are not data."""
        return self.role != "data"


def collisions(role: str, run: int = 1) -> Events:
    """Events of a role.

    Args:
        role: `data`, `background` or `signal`.
        run: number of simulation.
    """
    size = SIZES[role]
    rng = np.random.default_rng([11, size])
    masses = rng.normal(300, 8, size) if role == "signal" else 70 + rng.exponential(60, size)
    signs = np.where(rng.random(size) < 0.08, -1.0, 1.0)
    return Events(
        role,
        muons(masses, rng),
        muons(3 * masses, rng),
        np.sort(rng.choice(RUNS, size)) if role == "data" else np.full(size, run),
        np.arange(size) + 1,
        np.ones(size) if role == "data" else signs * rng.lognormal(0, 0.3, size),
    )


def energies(objects: ak.Array) -> Any:
    """Energies of objects (events, var) in float64."""
    pt, eta, mass = (ak.values_astype(objects[name], np.float64) for name in ("pt", "eta", "mass"))
    return np.sqrt((pt * np.cosh(eta)) ** 2 + mass**2)


def cartesian(objects: ak.Array) -> dict[str, Any]:
    """Momenta px, py, pz (events, var) in float64."""
    pt, eta, phi = (ak.values_astype(objects[name], np.float64) for name in ("pt", "eta", "phi"))
    return {"x": pt * np.cos(phi), "y": pt * np.sin(phi), "z": pt * np.sinh(eta)}


def pair_masses(pt: Any, eta: Any, phi: Any, mass: Any) -> list[float]:
    """Mass of the first two objects of each event, NaN without two: a plain loop.

    Args:
        pt, eta, phi, mass: (events, var), energies in GeV.
    """
    masses = []
    for event in zip(*(ak.to_list(item) for item in (pt, eta, phi, mass)), strict=True):
        total = [0.0] * 4
        for place in (0, 1) if len(event[0]) > 1 else ():
            p, y, azimuth, m = (values[place] for values in event)
            px, py, pz = p * np.cos(azimuth), p * np.sin(azimuth), p * np.sinh(y)
            parts = (px, py, pz, np.sqrt(px**2 + py**2 + pz**2 + m**2))
            total = [one + more for one, more in zip(total, parts, strict=True)]
        px, py, pz, energy = total
        masses.append(np.sqrt(energy**2 - px**2 - py**2 - pz**2) if energy else np.nan)
    return masses


def write_tree(path: Path, tree: str, columns: Arrays, sizes: str = "n{}") -> None:
    """Write a TTree with arrays whose length is another branch.

    Args:
        path: the file.
        tree: its name.
        columns: branch → values; lists of records become branches of their fields.
        sizes: name of the branch with the length of the lists of a collection.
    """
    arrays = {name: ak.Array(values) for name, values in columns.items()}
    kinds = {name: values.type.content for name, values in arrays.items()}
    with uproot.recreate(path) as file:
        file.mktree(
            tree,
            kinds,
            counter_name=sizes.format,
            field_name=lambda outer, inner: (
                outer + inner if outer[-1:] in "._" else f"{outer}_{inner}"
            ),
        )
        file[tree].extend(arrays)


def single(values: Any) -> ak.Array:
    """Lists of one value (events, 1), as objects of the event in Delphes and EDM4hep."""
    return ak.Array(np.asarray(values)[:, np.newaxis].tolist())


def narrow(values: Any, kind: type = np.float32) -> ak.Array:
    """Values of another type."""
    return ak.values_astype(ak.Array(values), kind)


@dataclass(frozen=True)
class PublicLayout:
    """A layout of public files.

    Args:
        suffix: of its files.
        write: writes events.
        read: mass of each event in GeV, NaN where it is not selected, and its weight, by a plain
            loop over the branches.
        shown: what the first region shows: a collection, or a branch.
        weight: of simulated events in the language of analysis files.
        run: number of simulation.
        has_data: whether there are files of data.
    """

    suffix: str
    write: Callable[[Path, Events], None]
    read: Callable[[Path], tuple[Any, Any]]
    shown: str
    weight: str
    run: int = 1
    has_data: bool = True


def _tree(path: Path, tree: str) -> Any:
    return uproot.open(path)[tree]


def _arrays(path: Path, tree: str, *names: str) -> list[Any]:
    """Branches, or None for those that the tree does not have."""
    known = _tree(path, tree)
    return [known[name].array() if name in known else None for name in names]


def _ones(weight: Any, size: int) -> Any:
    return np.ones(size) if weight is None else np.asarray(weight, np.float64)


# --- NanoAOD ---------------------------------------------------------------------------------


def _nano(version: int) -> PublicLayout:
    met = "PFMET" if version >= 15 else "MET"
    index = np.int32 if version < 12 else np.int16

    def write(path: Path, events: Events) -> None:
        size = len(events.run)
        columns = {
            "run": events.run.astype(np.uint32),
            "luminosityBlock": np.ones(size, np.uint32),
            "event": events.event.astype(np.uint64),
            "bunchCrossing": np.ones(size, np.int32 if version < 15 else np.uint32),
            "Muon": events.leptons,
            f"{met}_pt": np.full(size, 20, np.float32),
            f"{met}_phi": np.zeros(size, np.float32),
            "HLT_IsoMu24": np.ones(size, bool),
        }
        if events.simulated:
            matched = ak.local_index(events.leptons.pt)
            columns["Muon"] = ak.with_field(events.leptons, narrow(matched, index), "genPartIdx")
            columns["GenJet"] = events.truth[["pt", "eta", "phi", "mass"]]
            columns["GenPart"] = events.truth[["pt", "eta", "phi", "mass"]]
            columns["genWeight"] = events.weight.astype(np.float32)
            columns["Generator_weight"] = events.weight.astype(np.float32)
            columns["Pileup_nTrueInt"] = np.full(size, 31.5, np.float32)
        write_tree(path, "Events", columns)

    def read(path: Path) -> tuple[Any, Any]:
        parts = _arrays(path, "Events", *(f"Muon_{name}" for name in ("pt", "eta", "phi", "mass")))
        (weight,) = _arrays(path, "Events", "genWeight")
        masses = pair_masses(*parts)
        return masses, _ones(weight, len(masses))

    return PublicLayout(".root", write, read, "Muon", "genWeight")


# --- ATLAS -----------------------------------------------------------------------------------


def _write_physlite(path: Path, events: Events) -> None:
    """An RNTuple, in MeV; muons have no mass."""
    size = len(events.run)
    columns: dict[str, Any] = {
        "EventInfoAuxDyn:runNumber": events.run.astype(np.uint32),
        "EventInfoAuxDyn:lumiBlock": np.ones(size, np.uint32),
        "EventInfoAuxDyn:eventNumber": events.event.astype(np.uint64),
    }
    scaled = {"pt": 1000.0, "eta": 1.0, "phi": 1.0}
    for name, by in scaled.items():
        columns[f"AnalysisMuonsAuxDyn:{name}"] = narrow(events.leptons[name] * by)
    if events.simulated:
        weights = np.stack([events.weight, 1.1 * events.weight], axis=1)
        columns["EventInfoAuxDyn:mcEventWeights"] = ak.from_regular(narrow(weights))
        columns["EventInfoAuxDyn:mcChannelNumber"] = np.full(size, 361107, np.uint32)
        for name, by in (scaled | {"m": 1000.0}).items():
            values = events.truth["mass" if name == "m" else name]
            columns[f"AntiKt4TruthDressedWZJetsAuxDyn:{name}"] = narrow(values * by)
    with uproot.recreate(path) as file:
        file.mkrntuple("EventData", columns)


def _read_physlite(path: Path) -> tuple[Any, Any]:
    file = _tree(path, "EventData").arrays()
    pt, eta, phi = (file[f"AnalysisMuonsAuxDyn:{name}"] for name in ("pt", "eta", "phi"))
    masses = pair_masses(pt / 1000.0, eta, phi, ak.full_like(narrow(pt, np.float64), MUON_MASS))
    name = "EventInfoAuxDyn:mcEventWeights"
    return masses, _ones(file[name][:, 0] if name in file.fields else None, len(masses))


def _write_atlas(path: Path, events: Events) -> None:
    """13 TeV Open Data: the same branches for data, with zeros; a dataset number for each run."""
    size, real = len(events.run), events.leptons
    known = events.simulated
    columns = {
        "runNumber": events.run.astype(np.int32),
        "eventNumber": events.event.astype(np.int32),
        "channelNumber": np.full(size, 361107, np.int32) if known else events.run.astype(np.int32),
        "mcWeight": narrow(events.weight if known else np.zeros(size)),
        "scaleFactor_PILEUP": np.ones(size, np.float32),
        "scaleFactor_ELE": np.ones(size, np.float32),
        "scaleFactor_LepTRIGGER": np.ones(size, np.float32),
        "XSection": np.full(size, 1950.5 if known else 0.0, np.float32),
        "SumWeights": np.full(size, 1.5e14 if known else 0.0, np.float32),
        "met_et": np.full(size, 25e3, np.float32),
        "met_phi": np.zeros(size, np.float32),
        "lep": ak.zip(
            {
                "pt": narrow(real.pt * 1000.0),
                "eta": real.eta,
                "phi": real.phi,
                "E": narrow(energies(real) * 1000.0),
                "charge": real.charge,
                "type": narrow(ak.full_like(real.charge, 13), np.uint32),
                "truthMatched": ak.full_like(real.charge, int(known)) > 0,
            }
        ),
    }
    write_tree(path, "mini", columns, sizes="{}_n")


def _read_atlas(path: Path) -> tuple[Any, Any]:
    pt, eta, phi, energy, weight = _arrays(
        path, "mini", "lep_pt", "lep_eta", "lep_phi", "lep_E", "mcWeight"
    )
    pt, energy = (narrow(values, np.float64) / 1000.0 for values in (pt, energy))
    mass = np.sqrt(np.maximum(energy**2 - (pt * np.cosh(narrow(eta, np.float64))) ** 2, 0))
    masses = pair_masses(pt, eta, phi, mass)
    return masses, _ones(weight, len(masses))


# --- TreeMaker, Delphes, EDM4hep -------------------------------------------------------------


def _write_treemaker(path: Path, events: Events) -> None:
    """Four-momenta of ROOT's `Math::LorentzVector<PtEtaPhiE4D>`, split."""

    def momenta(objects: ak.Array) -> ak.Array:
        parts = {"fPt": objects.pt, "fEta": objects.eta, "fPhi": objects.phi}
        records = {name: narrow(values, np.float64) for name, values in parts.items()}
        return ak.zip({**records, "fE": energies(objects)})

    size = len(events.run)
    columns = {
        "RunNum": events.run.astype(np.uint32),
        "LumiBlockNum": np.ones(size, np.uint32),
        "EvtNum": events.event.astype(np.uint64),
        "HT": np.full(size, 350.0),
        "Muons.fCoordinates.": momenta(events.leptons),
    }
    if events.simulated:
        columns["GenMuons.fCoordinates."] = momenta(events.truth)
        columns["TrueNumInteractions"] = np.full(size, 31.5)
        columns["Weight"] = events.weight * 0.0123
    write_tree(path, "PreSelection", columns)


def _read_treemaker(path: Path) -> tuple[Any, Any]:
    names = (f"Muons.fCoordinates.{name}" for name in ("fPt", "fEta", "fPhi", "fE"))
    pt, eta, phi, energy = _arrays(path, "PreSelection", *names)
    (weight,) = _arrays(path, "PreSelection", "Weight")
    mass = np.sqrt(np.maximum(energy**2 - (pt * np.cosh(eta)) ** 2, 0))
    masses = pair_masses(pt, eta, phi, mass)
    return masses, _ones(weight, len(masses))


def with_mass(objects: ak.Array, mass: Any) -> ak.Array:
    """The objects as particles of another mass in GeV, one number or one per object."""
    return ak.with_field(objects, mass + 0 * objects.mass, "mass")


def _write_delphes(path: Path, events: Events) -> None:
    """Muons of Delphes have no mass: jets are the first with four-momenta."""

    def objects(of: ak.Array, mass: bool) -> ak.Array:
        parts = {"PT": of.pt, "Eta": of.eta, "Phi": of.phi} | ({"Mass": of.mass} if mass else {})
        return ak.zip(parts)

    event = {
        "Number": single(events.event.astype(np.int64)),
        "Weight": single(events.weight.astype(np.float32)),
        "CrossSection": single(np.full(len(events.run), 0.5, np.float32)),
    }
    columns = {
        "Event.": narrow(ak.zip(event), np.float32),
        "Particle.": objects(events.truth, mass=True),
        "GenJet.": objects(events.truth, mass=True),
        "Muon.": objects(events.leptons, mass=False),
        "Jet.": objects(with_mass(events.leptons, events.leptons.pt / 8), mass=True),
    }
    write_tree(path, "Delphes", columns, sizes="{}size")


def _read_delphes(path: Path) -> tuple[Any, Any]:
    parts = _arrays(path, "Delphes", *(f"Jet.{name}" for name in ("PT", "Eta", "Phi", "Mass")))
    (weight,) = _arrays(path, "Delphes", "Event.Weight")
    return pair_masses(*parts), ak.to_numpy(weight[:, 0]).astype(np.float64)


def _write_edm4hep(path: Path, events: Events) -> None:
    """FCC's files: momenta as vectors, energies and masses beside them."""

    def particles(objects: ak.Array) -> ak.Array:
        momenta = {f"momentum.{name}": narrow(item) for name, item in cartesian(objects).items()}
        more = {"charge": narrow(objects.charge), "mass": narrow(objects.mass)}
        return ak.zip({"energy": narrow(energies(objects)), **momenta, **more})

    header = {
        "eventNumber": single(events.event.astype(np.int32)),
        "runNumber": single(np.zeros(len(events.run), np.int32)),
        "weight": single(events.weight.astype(np.float32)),
    }
    columns = {
        "EventHeader.": ak.zip(header),
        "Particle.": ak.with_field(
            particles(events.truth), narrow(ak.full_like(events.truth.charge, 13), np.int32), "PDG"
        ),
        "ReconstructedParticles.": particles(events.leptons),
    }
    write_tree(path, "events", columns)


def _read_edm4hep(path: Path) -> tuple[Any, Any]:
    names = [f"ReconstructedParticles.momentum.{name}" for name in "xyz"]
    found = _arrays(path, "events", *names, "ReconstructedParticles.energy", "EventHeader.weight")
    *momenta, energy, weight = (narrow(item, np.float64) for item in found)
    masses = []
    for event in zip(*(ak.to_list(item) for item in (*momenta, energy)), strict=True):
        px, py, pz, total = (sum(values[:2]) for values in event)
        mass = np.sqrt(max(total**2 - px**2 - py**2 - pz**2, 0))
        masses.append(mass if len(event[0]) > 1 else np.nan)
    return masses, ak.to_numpy(weight[:, 0])


# --- flat tables -----------------------------------------------------------------------------


def _flat_columns(events: Events, weight: str, run: str = "run") -> dict[str, Any]:
    """One number per event, of those with two leptons."""
    two = ak.num(events.leptons) > 1
    pairs = events.leptons[two][:, :2]
    masses = np.asarray(pair_masses(pairs.pt, pairs.eta, pairs.phi, pairs.mass))
    kept = ak.to_numpy(two)
    columns = {
        run: events.run[kept].astype(np.int32),
        "event": events.event[kept].astype(np.int64),
        "mll": masses,
        "njet": (events.event[kept] % 4).astype(np.int32),
        "pt_lead": np.asarray(pairs.pt[:, 0], np.float64),
    }
    return columns | ({weight: events.weight[kept]} if events.simulated and weight else {})


def _flat(weight: str) -> PublicLayout:
    def write(path: Path, events: Events) -> None:
        write_tree(path, "ntuple", _flat_columns(events, weight))

    def read(path: Path) -> tuple[Any, Any]:
        masses, found = _arrays(path, "ntuple", "mll", weight)
        return np.asarray(masses), _ones(found, len(masses))

    return PublicLayout(".root", write, read, "mll", weight)


def _write_open_data(path: Path, events: Events) -> None:
    """CMS Open Data of 2011, record 545: two muons as numbers, no weights."""
    flat = _flat_columns(events, "", "Run")
    two = events.leptons[ak.num(events.leptons) > 1]
    columns: dict[str, Any] = {"Run": flat["Run"], "Event": flat["event"]}
    for place in (0, 1):
        one = two[:, place : place + 1]
        columns |= {f"E{place + 1}": np.ravel(energies(one))}
        columns |= {f"p{axis}{place + 1}": np.ravel(v) for axis, v in cartesian(one).items()}
        columns |= {f"{name}{place + 1}": np.ravel(one[name]) for name in ("pt", "eta", "phi")}
        columns |= {f"Q{place + 1}": np.ravel(one.charge)}
    write_tree(path, "dimuon", columns | {"M": flat["mll"]})


def _read_open_data(path: Path) -> tuple[Any, Any]:
    parts = {
        f"{name}{place}": np.asarray(_tree(path, "dimuon")[f"{name}{place}"].array())
        for name in ("E", "px", "py", "pz")
        for place in (1, 2)
    }
    energy, px, py, pz = (parts[f"{name}1"] + parts[f"{name}2"] for name in ("E", "px", "py", "pz"))
    masses = np.sqrt(energy**2 - px**2 - py**2 - pz**2)
    return masses, np.ones(len(masses))


def _write_parquet(path: Path, events: Events) -> None:
    electrons = with_mass(events.leptons, 0.000511)
    columns = {
        "run": ak.Array(events.run.astype(np.uint32)),
        "event": ak.Array(events.event.astype(np.uint64)),
        **{f"Electron_{name}": electrons[name] for name in electrons.fields},
    }
    if events.simulated:
        columns["GenJet_pt"] = events.truth.pt
        columns["event_weight"] = ak.Array(events.weight)
    tables = {name: ak.to_arrow(values, extensionarray=False) for name, values in columns.items()}
    pyarrow.parquet.write_table(pyarrow.table(tables), path)


def _read_parquet(path: Path) -> tuple[Any, Any]:
    table = pyarrow.parquet.read_table(path).to_pydict()
    parts = (table[f"Electron_{name}"] for name in ("pt", "eta", "phi", "mass"))
    masses = pair_masses(*map(ak.Array, parts))
    return masses, _ones(table.get("event_weight"), len(masses))


def _write_csv(path: Path, events: Events) -> None:
    flat = _flat_columns(events, "weight", "Run")
    pyarrow.csv.write_csv(pyarrow.table(flat), path)


def _read_csv(path: Path) -> tuple[Any, Any]:
    table = np.genfromtxt(path, delimiter=",", names=True)
    has_weight = "weight" in (table.dtype.names or ())
    return table["mll"], _ones(table["weight"] if has_weight else None, len(table))


LAYOUTS = {
    "nanoaod_v9": _nano(9),
    "nanoaod_v12": _nano(12),
    "nanoaod_v15": _nano(15),
    "physlite": PublicLayout(
        ".root", _write_physlite, _read_physlite, "Muon", "genWeight", run=284500
    ),
    "treemaker": PublicLayout(".root", _write_treemaker, _read_treemaker, "Muons", "Weight"),
    "delphes": PublicLayout(
        ".root", _write_delphes, _read_delphes, "Jet", "Event_Weight[0]", has_data=False
    ),
    "edm4hep": PublicLayout(
        *(".root", _write_edm4hep, _read_edm4hep, "ReconstructedParticles"),
        weight="EventHeader_weight[0]",
        has_data=False,
    ),
    "cms_open_data_2011": PublicLayout(".root", _write_open_data, _read_open_data, "M", ""),
    "atlas_open_data": PublicLayout(
        ".root", _write_atlas, _read_atlas, "lep", "mcWeight", run=284500
    ),
    **{
        f"flat_{name}": _flat(name)
        for name in ("eventWeight", "weight", "mcWeight", "genWeight", "weight_total")
    },
    "parquet": PublicLayout(".parquet", _write_parquet, _read_parquet, "Electron", "event_weight"),
    "csv": PublicLayout(".csv", _write_csv, _read_csv, "mll", "weight"),
}
