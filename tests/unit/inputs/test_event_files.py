"""Reading of TTrees, RNTuples, Parquet and CSV: the same events under the same names, whatever the
file.
"""

import awkward as ak
import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
import uproot

from wollemi.inputs.event_files import count_entries, read_batches
from wollemi.inputs.schemas import Layout
from wollemi_likelihood.base.errors import WollemiError

EVENTS = 700
NTUPLE = {"Muon": "lep", "MET_pt": "met_et"}
RNG = np.random.default_rng(5)
COUNTS = RNG.integers(0, 4, EVENTS)
PT = ak.unflatten(RNG.exponential(30, COUNTS.sum()).astype(np.float32), COUNTS)
CHARGE = ak.unflatten(RNG.choice([-1, 1], COUNTS.sum()).astype(np.int32), COUNTS)
MET = RNG.exponential(20, EVENTS).astype(np.float32)
EVENT = np.arange(EVENTS, dtype=np.uint64) + 1
JAGGED = {"lep_pt": PT, "lep_charge": CHARGE}
SCALED = {"lep_pt": PT * np.float32(1000), "lep_charge": CHARGE}


def write_tree(path, jagged, flat):
    """Counter-indexed arrays."""
    with uproot.recreate(path) as file:
        types = {name: values.type.content for name, values in jagged.items()} | {
            name: v.dtype for name, v in flat.items()
        }
        file.mktree("data", types, counter_name=lambda name: "lep_n")
        file["data"].extend(jagged | flat)


def write_ntuple(path, jagged, flat):
    """Vectors."""
    with uproot.recreate(path) as file:
        file.mkrntuple("data", jagged | flat)


def write_parquet(path, jagged, flat):
    table = ak.to_arrow_table(ak.zip(jagged | flat, depth_limit=1), extensionarray=False)
    pyarrow.parquet.write_table(table, path, row_group_size=300)


WRITERS = {"tree.root": write_tree, "rntuple.root": write_ntuple, "table.parquet": write_parquet}


def read(path, layout, branches, start=0, stop=None):
    return ak.concatenate(list(read_batches(path, layout, branches, start, stop)))


@pytest.mark.parametrize("unit", ["GeV", "MeV"])
@pytest.mark.parametrize("name", WRITERS)
def test_ntuples(tmp_path, name, unit):
    flat = {"met_et": MET * np.float32(1000) if unit == "MeV" else MET, "event": EVENT}
    WRITERS[name](tmp_path / name, SCALED if unit == "MeV" else JAGGED, flat)
    layout = Layout("ntuple", "data", unit, NTUPLE)
    assert count_entries(tmp_path / name, layout) == EVENTS
    events = read(tmp_path / name, layout, ["Muon_pt", "Muon_charge", "MET_pt", "event"])
    assert ak.almost_equal(events.Muon_pt, PT, rtol=0 if unit == "GeV" else 3e-7, dtype_exact=True)
    np.testing.assert_allclose(events.MET_pt, MET, rtol=3e-7)
    assert ak.array_equal(events.Muon_charge, CHARGE, dtype_exact=True)
    assert events.event.to_list() == EVENT.tolist()


@pytest.mark.parametrize(
    ("start", "stop"),
    [(0, 100), (250, 350), (300, 600), (599, None), (0, 0), (700, None), (100, 9000)],
)
@pytest.mark.parametrize("name", WRITERS)
def test_ranges(tmp_path, name, start, stop):
    WRITERS[name](tmp_path / name, JAGGED, {"event": EVENT})
    events = read(tmp_path / name, Layout("ntuple", "data"), ["event", "lep_pt"], start, stop)
    assert events.event.to_list() == EVENT[start:stop].tolist()
    assert ak.array_equal(events.lep_pt, PT[start:stop])


def test_csv(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("event,met_et,n\n1,25000.0,3\n2,1500.5,4\n")
    events = read(
        path,
        Layout("ntuple", energy_unit="MeV", names={"MET_pt": "met_et"}),
        ["event", "MET_pt", "n"],
    )
    assert events.to_list() == [
        {"event": 1, "MET_pt": 25.0, "n": 3},
        {"event": 2, "MET_pt": 1.5005, "n": 4},
    ]


def test_whole_numbers_are_no_energies(tmp_path):
    write_tree(tmp_path / "tree.root", {"lep_e": CHARGE}, {"event": EVENT})
    assert ak.array_equal(
        read(tmp_path / "tree.root", Layout("ntuple", "data", "MeV"), ["lep_e"]).lep_e, CHARGE
    )


def physlite(path, weights):
    with uproot.recreate(path) as file:
        names = [f"AnalysisMuonsAuxDyn:{field}" for field in ("pt", "eta", "phi")]
        pt, angle = ak.Array([[30000.0], [], [25000.0, 5000.0]]), ak.Array([[0.5], [], [0.1, -0.2]])
        columns = {
            name: ak.values_astype(values, np.float32)
            for name, values in zip(names, (pt, angle, angle), strict=True)
        }
        columns |= {
            "EventInfoAuxDyn:mcEventWeights": ak.values_astype(ak.Array(weights), np.float32)
        }
        columns |= {
            f"AnalysisMETAuxDyn:{name}": ak.Array([[9e9, 3000.0], [1.0], [-1000.0]])
            for name in ("mpx", "mpy")
        }
        file.mkrntuple("EventData", columns)


def test_physlite(tmp_path):
    physlite(tmp_path / "lite.root", [[2.0, 9.0], [-1.5], [0.5, 7.0]])
    events = read(
        tmp_path / "lite.root",
        Layout("physlite"),
        ["Muon_pt", "Muon_mass", "Muon_eta", "genWeight", "MET_pt", "MET_phi"],
    )
    assert events.Muon_pt.to_list() == [[30.0], [], [25.0, 5.0]]
    assert events.Muon_mass.to_list() == [[np.float32(0.10566)], [], [np.float32(0.10566)] * 2]
    assert events.Muon_eta.to_list() == [[0.5], [], [np.float32(0.1), np.float32(-0.2)]]
    assert events.genWeight.to_list() == [2.0, -1.5, 0.5]
    np.testing.assert_allclose(events.MET_pt, np.sqrt(2) * np.array([3.0, 0.001, 1.0]), rtol=1e-6)
    np.testing.assert_allclose(events.MET_phi, [np.pi / 4, np.pi / 4, -3 * np.pi / 4], rtol=1e-6)


def test_a_missing_weight_is_no_number(tmp_path):
    physlite(tmp_path / "lite.root", [[2.0, 9.0], [], [0.5]])
    weights = read(tmp_path / "lite.root", Layout("physlite"), ["genWeight"]).genWeight
    np.testing.assert_array_equal(weights, [2.0, np.nan, 0.5])


@pytest.mark.parametrize("column", [pyarrow.array([1.0, None]), pyarrow.array([[1.0], [None]])])
def test_missing_values_of_parquet_are_an_error(tmp_path, column):
    pyarrow.parquet.write_table(pyarrow.table({"pt": column}), tmp_path / "table.parquet")
    with pytest.raises(WollemiError, match=r"lacks 1 value of 'pt'"):
        read(tmp_path / "table.parquet", Layout(), ["pt"])


def test_damaged_parquet_is_named(tmp_path):
    write_parquet(tmp_path / "table.parquet", JAGGED, {"event": EVENT})
    content = bytearray((tmp_path / "table.parquet").read_bytes())
    content[20:400] = bytes(380)
    (tmp_path / "table.parquet").write_bytes(content)
    with pytest.raises(WollemiError, match=r"table.parquet: cannot be read"):
        read(tmp_path / "table.parquet", Layout(), ["lep_pt", "lep_charge", "event"])


def test_the_missing_momentum_of_physlite_has_its_own_advice(tmp_path):
    with uproot.recreate(tmp_path / "lite.root") as file:
        file.mkrntuple("EventData", {"MET_Core_AnalysisMETAuxDyn:mpx": ak.Array([[1.0, 2.0]])})
    with pytest.raises(WollemiError) as error:
        read(tmp_path / "lite.root", Layout("physlite"), ["MET_pt"])
    assert "METMaker" in error.value.remedy


@pytest.mark.parametrize(
    ("tree", "problem"),
    [(None, r"has no tree 'None' \(it has data\)"), ("date", r"did you mean 'data'\?")],
)
def test_a_missing_tree(tmp_path, tree, problem):
    write_tree(tmp_path / "tree.root", JAGGED, {"event": EVENT})
    with pytest.raises(WollemiError, match=problem):
        read(tmp_path / "tree.root", Layout("ntuple", tree), ["event"])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a,b\n1,2\n3\n", "table.csv: is no CSV table"),
        ("<html>log in</html>", "table.csv: is a web page"),
    ],
)
def test_what_is_no_csv_table(tmp_path, text, problem):
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(WollemiError, match=problem):
        list(read_batches(path, Layout("nanoaod"), ["a"]))


def test_momenta_from_their_components(tmp_path):
    """By vector, an independent implementation; a negative mass squared gives a negative mass; MeV
    become GeV.
    """
    import vector

    px, py, pz, energy = (
        [[3000.0, 0.0], [-1.0]],
        [[4000.0, 2.0], [1.0]],
        [[-12000.0, 1.0], [5.0]],
        [[14000.0, 1.0], [9.0]],
    )
    path = tmp_path / "mini.parquet"
    ak.to_parquet(ak.Array({"lep_px": px, "lep_py": py, "lep_pz": pz, "lep_e": energy}), path)
    names = ["lep_pt", "lep_eta", "lep_phi", "lep_mass"]
    (batch,) = read_batches(path, Layout("ntuple", energy_unit="MeV"), names)
    for event, components in enumerate(zip(px, py, pz, energy, strict=True)):
        for index, (x, y, z, e) in enumerate(zip(*components, strict=True)):
            expected = vector.obj(px=x / 1000, py=y / 1000, pz=z / 1000, E=e / 1000)
            found = [batch[name][event][index] for name in names]
            assert found == pytest.approx(
                [expected.pt, expected.eta, expected.phi, expected.mass], rel=1e-12
            )
    assert batch["lep_mass"][0][1] < 0
