"""Generated events as PHYSLITE: what is written is read back under the names of NanoAOD, and equal
events give equal bytes.
"""

import awkward as ak
import numpy as np
import pytest
import uproot

from wollemi.generation.root_writer import write_events, write_physlite
from wollemi.inputs.event_files import read_batches
from wollemi.inputs.schemas import Layout


@pytest.fixture(scope="module")
def events():
    rng = np.random.default_rng(3)
    counts = rng.integers(0, 4, 500)
    number = counts.sum()
    muon = {
        "pt": rng.exponential(50, number),
        "eta": rng.normal(0, 1, number),
        "phi": rng.uniform(-3, 3, number),
    }
    muon |= {"mass": np.full(number, 0.10566)}
    objects = ak.zip(
        {name: values.astype(np.float32) for name, values in muon.items()}
        | {"charge": rng.choice([-1, 1], number)}
    )
    flat = {
        "genWeight": rng.normal(1, 0.1, 500),
        "MET_pt": rng.exponential(20, 500),
        "MET_phi": rng.uniform(-3, 3, 500),
    }
    flat |= {"Generator_mHat": rng.exponential(200, 500)}
    columns = {
        "run": np.full(500, 7, np.uint32),
        "event": np.arange(500, dtype=np.uint64),
        "Muon": ak.unflatten(objects, counts),
    }
    return ak.zip(
        columns | {name: values.astype(np.float32) for name, values in flat.items()}, depth_limit=1
    )


NAMES = ["run", "event", "genWeight", "MET_pt", "MET_phi", "Generator_mHat", "Muon_charge"]
NAMES += [f"Muon_{field}" for field in ("pt", "eta", "phi", "mass")]


def test_both_layouts_hold_the_same_events(tmp_path, events):
    write_physlite(tmp_path / "lite.root", events)
    write_events(tmp_path / "nano.root", events, {"run": np.uint32(7)})
    (lite,) = read_batches(tmp_path / "lite.root", Layout("physlite"), NAMES)
    (nano,) = read_batches(tmp_path / "nano.root", Layout(), NAMES)
    for name in NAMES:
        ours, theirs = (ak.to_numpy(ak.flatten(batch[name], axis=None)) for batch in (lite, nano))
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, rtol=5e-7, atol=5e-7 if name == "MET_phi" else 0)
    assert ak.all(ak.num(lite.Muon_pt) == ak.num(nano.Muon_pt))


def test_names_and_units_are_those_of_physlite(tmp_path, events):
    write_physlite(tmp_path / "lite.root", events)
    with uproot.open(tmp_path / "lite.root") as file:
        stored = file["EventData"].arrays()
        types = dict(file["EventData"].typenames())
    np.testing.assert_allclose(
        ak.flatten(stored["AnalysisMuonsAuxDyn:pt"]), 1000 * ak.flatten(events.Muon.pt), rtol=1e-6
    )
    np.testing.assert_allclose(
        ak.flatten(stored["AnalysisMETAuxDyn:mpx"]),
        1000 * events.MET_pt * np.cos(events.MET_phi),
        rtol=1e-5,
    )
    assert types["AnalysisMuonsAuxDyn:pt"] == "std::vector<float>"
    assert "AnalysisMuonsAuxDyn:m" not in types
    assert stored["EventInfoAuxDyn:runNumber"].to_list() == [7] * 500


def test_equal_events_give_equal_bytes(tmp_path, events):
    for name in ("one.root", ".partial.other.root"):
        write_physlite(tmp_path / name, events)
    assert (tmp_path / "one.root").read_bytes() == (tmp_path / ".partial.other.root").read_bytes()
