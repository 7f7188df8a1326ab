"""A quantity of four-momenta in another unit: any quantity, factor, kind of object and layout."""

import csv
import math

import awkward as ak
import numpy as np
import pytest
import uproot
from support.project.paths import ROOT

from wollemi.inputs.content_checks import Expectations, FileChecks
from wollemi.inputs.unit_checks import ordinary
from wollemi_likelihood.base.errors import WollemiError

DATA = ROOT.parent / "shared/data"
DEGREES = 180 / math.pi
# Quantity → factors that are mistakes.
FACTORS = {
    "pt": (1e-3, 1e3),
    "E": (1e-3, 1e3),
    "px": (1e-3, 1e3),
    "eta": (1e-3, 1e3, DEGREES, 1 / DEGREES),
    "phi": (1e-3, 1e3, DEGREES, 1 / DEGREES),
    "mass": (1e-3, 1e3, -1.0),
}
# Object → its mass in GeV: a number, or the share of its transverse momentum.
OBJECTS = {"Electron": 0.000511, "Muon": 0.10566, "Tau": 1.0, "Jet": "a share"}
# A mass that is too small by itself changes an energy of 20 GeV by less than 1e-4.
HARMLESS = {(name, "mass", 1e-3) for name in ("Electron", "Muon", "Tau")}
NAMES = {  # layout → name of a quantity of an object
    "NanoAOD": lambda name, field: f"{name}_{field}",
    "PHYSLITE": lambda name, field: f"Analysis{name}s_{field}",
    "ntuple": lambda name, field: f"{name.lower()}_{field.lower()}_NOSYS",
    "flat": lambda name, field: f"{name.lower()}1_{field}",
    "missing": lambda name, field: f"{name.lower()}s_{field}",
}
CASES = [
    (name, field, factor)
    for name in OBJECTS
    for field, factors in FACTORS.items()
    for factor in factors
    if (name, field, factor) not in HARMLESS
]


def momenta(name, rng, size=1200, hardness=25.0):
    """Objects with a falling spectrum within |η| < 2.5."""
    pt = 5 + rng.exponential(hardness, size)
    eta, phi = rng.uniform(-2.5, 2.5, size), rng.uniform(-math.pi, math.pi, size)
    known = OBJECTS[name]
    mass = pt * rng.uniform(0.05, 0.3, size) if known == "a share" else np.full(size, known)
    energy = np.sqrt((pt * np.cosh(eta)) ** 2 + mass**2)
    found = {"pt": pt, "eta": eta, "phi": phi, "mass": mass, "E": energy, "px": pt * np.cos(phi)}
    return {field: values.astype("f4") for field, values in found.items()}


def laid_out(name, layout, values, rng):
    """Fields of a batch: lists of objects, or a number for each event, perhaps missing."""
    size = values["pt"].size
    if layout == "missing":
        missing = rng.random(size) < 0.6
        values = {field: np.where(missing, -999, stored) for field, stored in values.items()}
    if layout in ("flat", "missing"):
        return {NAMES[layout](name, field): stored for field, stored in values.items()}
    counts = rng.multinomial(size, np.full(500, 1 / 500))
    return {
        NAMES[layout](name, field): ak.unflatten(stored, counts) for field, stored in values.items()
    }


def check(columns, beam_gev=6500.0, ranges=None, batches=3):
    """Check a file in several batches."""
    expected = Expectations(beam_gev, ranges or {}, frozenset(), (), counted=False, per_gev=1.0)
    checks = FileChecks("f.root", expected)
    events = ak.Array(columns)
    for start in range(0, len(events), -(-len(events) // batches)):
        checks.check(events[start : start + -(-len(events) // batches)])
    checks.finish()
    checks.units.finish()


@pytest.mark.parametrize("layout", NAMES)
@pytest.mark.parametrize("name", OBJECTS)
def test_right_units_pass(name, layout):
    rng = np.random.default_rng(1)
    columns = laid_out(name, layout, momenta(name, rng), rng)
    check(without_missing_momenta(columns))


def without_missing_momenta(columns):
    """A momentum of -999 is refused already, as below 0."""
    return {
        field: np.where(values == -999, 0, values)
        if isinstance(values, np.ndarray) and field.rpartition("_")[2] == "pt"
        else values
        for field, values in columns.items()
    }


@pytest.mark.parametrize("layout", NAMES)
@pytest.mark.parametrize(("name", "field", "factor"), CASES)
def test_another_unit_is_named(name, field, factor, layout):
    rng = np.random.default_rng(2)
    values = momenta(name, rng)
    values[field] = (values[field] * factor).astype("f4")
    columns = without_missing_momenta(laid_out(name, layout, values, rng))
    wrong = NAMES[layout](name, field)
    with pytest.raises(WollemiError, match="as if") as error:
        check(columns)
    assert f"'{wrong}'" in error.value.problem
    check(columns, ranges={wrong: (-1e9, 1e9)})


@pytest.mark.parametrize("factor", [1e-3, 1e3])
@pytest.mark.parametrize("name", ["MET", "PuppiMET"])
def test_missing_momentum(name, factor):
    values = np.random.default_rng(3).exponential(30, 2000)
    check({f"{name}_pt": values})
    with pytest.raises(WollemiError, match=f"values of '{name}_pt'"):
        check({f"{name}_pt": values * factor})


def beams(rng):
    """Particles of a generator: two of ten have no transverse momentum."""
    eta = rng.uniform(-5, 5, (300, 10))
    eta[:, :2] = 2.3e4
    return {"GenPart_eta": ak.from_regular(eta)}


UNUSUAL = {
    "particles of a beam": (beams, 6500.0),
    "tracks": (lambda rng: {"Track_pt": 0.1 + rng.exponential(0.4, 3000)}, 6500.0),
    "decays of pions": (lambda rng: {"GenPart_pt": rng.exponential(0.1, 3000)}, 6500.0),
    "muons of J/ψ": (lambda rng: {"Muon_pt": 3 + rng.exponential(2.0, 3000)}, 6500.0),
    "a B factory": (lambda rng: {"Muon_pt": rng.exponential(0.8, 3000)}, 5.3),
    "a Z factory": (lambda rng: {"Jet_pt": rng.exponential(15, 3000)}, 45.6),
    "jets of TeV": (lambda rng: {"FatJet_pt": 500 + rng.exponential(700, 3000)}, 6500.0),
    "rounded masses": (lambda rng: {"Electron_mass": rng.normal(-0.005, 0.02, 3000)}, 6500.0),
    "no masses": (lambda rng: {"Jet_mass": np.zeros(3000), "Jet_pt": np.full(3000, 50.0)}, 6500.0),
    "partons": (
        lambda rng: {
            "Jet_mass": rng.normal(0, 0.01, 3000).astype("f4"),
            "Jet_pt": 30 + rng.exponential(40, 3000),
        },
        6500.0,
    ),
    "partons with masses of 0": (
        lambda rng: {
            "Jet_mass": np.maximum(rng.normal(0, 0.01, 3000), 0),
            "Jet_pt": 30 + rng.exponential(40, 3000),
        },
        6500.0,
    ),
    "azimuths from 0": (lambda rng: {"Jet_phi": rng.uniform(0, 2 * math.pi, 3000)}, 6500.0),
    "forward muons": (lambda rng: {"Muon_eta": rng.uniform(2, 5, 3000)}, 6500.0),
    "few values": (lambda rng: {"Muon_phi": rng.uniform(-180, 180, 90)}, 6500.0),
    "a plane": (lambda rng: {"MET_eta": np.zeros(3000)}, 6500.0),
    "a heavy particle": (
        lambda rng: {"Z_mass": rng.normal(91, 2, 3000), "Z_pt": rng.exponential(5, 3000)},
        6500.0,
    ),
    "angles between objects": (lambda rng: {"Jet_dphi": rng.uniform(-400, 400, 3000)}, 6500.0),
}


@pytest.mark.parametrize("what", UNUSUAL)
def test_what_is_unusual_and_right(what):
    make, beam = UNUSUAL[what]
    check(make(np.random.default_rng(4)), beam)


def test_missing_values_are_the_repeated_extremes():
    values = np.array([-999.0, -999.0, 0.0, 1.0, np.nan, 2.0, 3.0, 9e9, 9e9, np.inf])
    assert ordinary(values).tolist() == [1.0, 2.0, 3.0]


def real_columns():
    """Columns of the real files, as floats, by file and layout."""
    for path in sorted(DATA.rglob("*.root")):
        with uproot.open(path) as file:
            for tree in file.values(filter_classname="TTree"):
                yield path, tree.arrays(filter_name="/.*(pt|eta|phi|mass|_[Ee]|[Pp][xyz])$/i")
    for path in sorted(DATA.rglob("*.csv")):
        with path.open() as file:
            rows = list(csv.DictReader(file))
        numbers = {}
        for name in rows[0]:
            try:
                numbers[name] = np.array([float(row[name]) for row in rows])
            except (TypeError, ValueError):
                continue
        yield path, numbers


def test_no_real_file_is_refused():
    """Each branch of an angle, a momentum or a mass of every public file."""
    if not DATA.is_dir():
        pytest.skip("no real data (../shared/data) here")
    seen = 0
    for path, columns in real_columns():
        names = columns.keys() if isinstance(columns, dict) else columns.fields
        for name in names:
            check({name: columns[name]}, 3500.0)
            seen += 1
        assert seen, path
    assert seen > 40
