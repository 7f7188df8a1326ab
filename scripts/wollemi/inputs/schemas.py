"""One name and one unit for each quantity of an event, whatever its name in the files. Standard
library only.

The names follow NanoAOD, `Collection_field`; energies are in GeV. The schemas of files:

- `nanoaod`: CMS NanoAOD and similar formats (v5 to v15, custom).
- `physlite`: ATLAS DAOD_PHYSLITE, in MeV. A TTree has `AnalysisMuonsAuxDyn.pt`, an RNTuple
  `AnalysisMuonsAuxDyn:pt`.
- `ntuple`: flat branches, `std::vector` and counter-indexed arrays with arbitrary names; the energy
  unit is declared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wollemi_engine.expressions.names import is_energy

if TYPE_CHECKING:
    from wollemi.analysis.models.datasets import Dataset

# PHYSLITE container → collection; any other container keeps its name.
COLLECTIONS = {
    "AnalysisElectrons": "Electron",
    "AnalysisMuons": "Muon",
    "AnalysisPhotons": "Photon",
    "AnalysisTauJets": "Tau",
    "AnalysisJets": "Jet",
    "AnalysisLargeRJets": "FatJet",
    "AnalysisMET": "MET",
}
# Field of a PHYSLITE container → field of a collection; any other keeps its name.
FIELDS = {"m": "mass"}
# Field of PHYSLITE's EventInfo → name of a quantity of the event; any other keeps its name,
# without the container.
EVENT_FIELDS = {"runNumber": "run", "lumiBlock": "luminosityBlock", "eventNumber": "event"}
# Other NanoAOD versions: name → its earlier or later name.
SYNONYMS = {"MET": "PFMET", "PFMET": "MET"}
RHO = "fixedGridRho"
TREES = {"nanoaod": ("Events",), "physlite": ("CollectionTree", "EventData"), "ntuple": ()}
MUON_MASS_GEV = 0.10566  # PDG; not stored in PHYSLITE, as `xAOD::Muon::m()` is this constant
HINTS = {
    (
        "physlite",
        "MET_pt",
    ): "PHYSLITE holds only the soft term of the missing momentum: add the result of METMaker "
    "to the files "
    "as the container AnalysisMET, or name its container under `names: {MET: ...}`"
}

_AUXILIARY = re.compile(r"(?P<container>.+?)Aux(?:Dyn)?[.:](?P<field>.+)")


_COMPONENT = re.compile(
    r"(?P<collection>.+)_(?P<component>px|py|pz|e|energy|pt|eta|phi|m|mass)", re.IGNORECASE
)
_SPELLINGS = {"energy": "e", "m": "mass"}
# Components in the vector classes of EDM4hep, ROOT's `TLorentzVector` and ROOT's
# `Math::LorentzVector`; fX, fY, fZ are a momentum only next to an energy or a mass.
_CLASSES: tuple[dict[str, str], ...] = (
    {"momentum.x": "_px", "momentum.y": "_py", "momentum.z": "_pz"},
    {"fP.fX": "_px", "fP.fY": "_py", "fP.fZ": "_pz", "fE": "_E"},
    {"fX": "_px", "fY": "_py", "fZ": "_pz", "fT": "_E"},
    {"fX": "_px", "fY": "_py", "fZ": "_pz", "fM": "_mass"},
    {"fPt": "_pt", "fEta": "_eta", "fPhi": "_phi", "fE": "_E"},
    {"fPt": "_pt", "fEta": "_eta", "fPhi": "_phi", "fM": "_mass"},
)
# Coordinate of a momentum, the components that determine it, and the rule; the first available one
# is used.
_COORDINATES = (
    *((name, name, "copy") for name in ("pt", "eta", "phi", "mass")),
    *(
        ("pt", "px py", "pt"),
        ("phi", "px py", "phi"),
        ("eta", "px py pz", "eta"),
        ("mass", "px py pz e", "mass"),
    ),
    ("mass", "pt eta e", "mass_of_energy"),
)


@dataclass(frozen=True)
class Source:
    """Branches and rule that give the values of a name.

    Args:
        branches: Branches of the file.
        rule: Name of the rule: `copy`; `first`, the first value of each event; `norm` and `angle`
            of the last vector of each event, given by x and y; `muon_mass`, the constant for each
            object of the branch; `pt`, `phi`, `eta`, `mass` of the momentum whose x, y, z and
            energy are the branches, as far as needed; `mass_of_energy` from pt, eta and energy.
        per_gev: Number of the file's energy units per GeV, for floating-point energies.
    """

    branches: tuple[str, ...]
    rule: str = "copy"
    per_gev: float = 1.0


@dataclass(frozen=True)
class Layout:
    """Storage of events in the files of a dataset.

    Args:
        schema: Name of the schema: `nanoaod`, `physlite` or `ntuple`.
        tree: Name of the TTree or RNTuple; None for the default of the schema.
        energy_unit: Unit of energies in an ntuple, `GeV` or `MeV`.
        names: Name or collection → name in the files.
    """

    schema: str = "nanoaod"
    tree: str | None = None
    energy_unit: str = "GeV"
    names: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, dataset: Dataset) -> Layout:
        """Layout declared by a dataset."""
        return cls(dataset.event_schema, dataset.tree, dataset.energy_unit or "GeV", dataset.names)

    @property
    def trees(self) -> tuple[str, ...]:
        """Names of the tree; the first that a file has is read."""
        return (self.tree,) if self.tree is not None else TREES[self.schema]

    @property
    def per_gev(self) -> float:
        """Number of the files' energy units per GeV."""
        return 1000.0 if self.schema == "physlite" or self.energy_unit == "MeV" else 1.0


def physlite_name(branch: str) -> str:
    """Normalized name of a PHYSLITE branch: `AnalysisMuonsAuxDyn.pt` → `Muon_pt`; branches of other
    kinds keep their names, as words that expressions allow.
    """
    match = _AUXILIARY.fullmatch(branch)
    if match is None:
        return _word(branch)
    container, kind = match["container"], re.sub(r"\W", "_", match["field"])
    if container == "EventInfo":
        return EVENT_FIELDS.get(kind, kind)
    return f"{COLLECTIONS.get(container, _word(container))}_{FIELDS.get(kind, kind)}"


def physlite_branch(collection: str | None, name: str) -> str:
    """PHYSLITE RNTuple field for a field of a collection or a quantity of the event: the inverse of
    `physlite_name`.
    """
    if collection is None:
        return f"EventInfoAuxDyn:{_inverse(EVENT_FIELDS).get(name, name)}"
    return f"{_inverse(COLLECTIONS).get(collection, collection)}AuxDyn:{_inverse(FIELDS).get(name, name)}"  # noqa: E501


def _inverse(table: Mapping[str, str]) -> dict[str, str]:
    return {value: key for key, value in table.items()}


def locate(layout: Layout, branches: Iterable[str]) -> dict[str, Source]:
    """Find all names that a file provides.

    Args:
        layout: Layout of the file.
        branches: Branches of the file, in its order.

    Returns:
        Name → source.
    """
    known = list(branches)
    own = (
        {branch: physlite_name(branch) for branch in known}
        if layout.schema == "physlite"
        else word_names(known)
    )
    pairs = [
        (name, branch) for branch in known for name in _declared_names(layout, branch, own[branch])
    ]
    pairs += [(own[branch], branch) for branch in known]
    found: dict[str, Source] = {}
    for name, branch in pairs:
        found.setdefault(
            name, Source((branch,), per_gev=layout.per_gev if is_energy(name) else 1.0)
        )
    more = {"nanoaod": _other_versions, "physlite": _derived}.get(layout.schema)
    found = {**more(found), **found} if more else found
    return {**_from_components(found), **found}


def word_names(branches: Iterable[str]) -> dict[str, str]:
    """Names of branches in expressions, where a dot denotes a field of an object:
    `Jet.PT` → `Jet_PT`.

    Components of vector classes are named accordingly: `jets.fCoordinates.fPt` → `jets_pt`,
    `Particles.momentum.x` → `Particles_px`. Names of existing branches take precedence.

    Args:
        branches: Branches of a file; parts of split objects may have a path, `muon/fP.fX`.
    """
    plain = {name: name for name in branches}
    dotted = {name: _without_path(name) for name in plain if not name.isidentifier()}
    words = {name: _word(parts) for name, parts in dotted.items()}
    known = set(dotted.values())
    for name, parts in dotted.items():
        for components in _CLASSES:
            for component, ending in components.items():
                owner = parts[: -len(component) - 1]
                if parts == f"{owner}.{component}" and all(
                    f"{owner}.{other}" in known for other in components
                ):
                    words[name] = _word(re.sub(r"\.fCoordinates$", "", owner)) + ending
    return {**plain, **{name: word for name, word in words.items() if word not in plain}}


def _without_path(branch: str) -> str:
    """Remove repeated parts of a path: `muon/fP/fP.fX` → `muon.fP.fX`."""
    return re.sub(r"(?:^|(?<=/))([^/]+?)\.?/(?=\1\.)", "", branch).replace("/", ".")


def _word(name: str) -> str:
    return re.sub(r"\W+", "_", re.sub(r"\[\d*\]|^\W+|\W+$", "", name))


def _declared_names(layout: Layout, branch: str, own: str) -> list[str]:
    """Names from the dataset's `names` for a branch, by its full name or its collection."""
    exact = [name for name, file_name in layout.names.items() if file_name in (branch, own)]
    members = [
        name + own[len(_word(prefix)) :]
        for name, prefix in layout.names.items()
        if own.startswith(f"{_word(prefix)}_")
    ]
    return exact + members


def _other_versions(found: Mapping[str, Source]) -> dict[str, Source]:
    """Names in other NanoAOD versions for the content of this file."""
    more = {}
    for name, source in found.items():
        prefix, _, rest = name.partition("_")
        if prefix in SYNONYMS and rest:
            more[f"{SYNONYMS[prefix]}_{rest}"] = source
        if prefix == "Rho" and rest.startswith(RHO):
            more[rest] = source
        if name.startswith(RHO):
            more[f"Rho_{name}"] = source
    return more


def _from_components(found: Mapping[str, Source]) -> dict[str, Source]:
    """Momenta that files store as other components or with other spellings: `Muon_Px`, `Muon_Py`,
    `Muon_Pz`, `Muon_E`; `lep_m`.
    """
    momenta: dict[str, dict[str, Source]] = {}
    for name, source in found.items():
        match = _COMPONENT.fullmatch(name)
        if match and source.rule == "copy":
            component = match["component"].lower()
            momenta.setdefault(match["collection"], {}).setdefault(
                _SPELLINGS.get(component, component), source
            )
    more: dict[str, Source] = {}
    for collection, components in momenta.items():
        for coordinate, needed, rule in _COORDINATES:
            sources = [
                components[component] for component in needed.split() if component in components
            ]
            if len(sources) == len(needed.split()):
                branches = tuple(branch for source in sources for branch in source.branches)
                per_gev = sources[0].per_gev if is_energy(coordinate) else 1.0
                more.setdefault(f"{collection}_{coordinate}", Source(branches, rule, per_gev))
    return more


def _derived(found: Mapping[str, Source]) -> dict[str, Source]:
    """Quantities that PHYSLITE stores in another form."""
    more = {}
    if "mcEventWeights" in found:
        more["genWeight"] = Source(found["mcEventWeights"].branches, "first")
    if "Muon_pt" in found:
        more["Muon_mass"] = Source(found["Muon_pt"].branches, "muon_mass")
    for name, source in found.items():
        collection = name[: -len("_mpx")]
        if (
            name.endswith("_mpx")
            and f"{collection}_mpy" in found
            and not collection.startswith("MET_")
        ):
            vector = source.branches + found[f"{collection}_mpy"].branches
            more[f"{collection}_pt"] = Source(vector, "norm", source.per_gev)
            more[f"{collection}_phi"] = Source(vector, "angle")
    return more
