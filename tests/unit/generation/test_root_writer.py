"""ROOT files: what is written comes back, and equal content gives equal bytes."""

import hashlib
import time

import awkward as ak
import numpy as np
import pytest
import uproot

from wollemi.generation.root_writer import write_events


def make_events(seed=1, events=1000):
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 4, events)
    muons = {
        "pt": rng.exponential(50, counts.sum()).astype(np.float32),
        "charge": rng.choice([-1, 1], counts.sum()),
    }
    return ak.zip(
        {
            "run": np.full(events, seed, np.uint32),
            "event": np.arange(events, dtype=np.uint64),
            "genWeight": rng.normal(1, 0.1, events).astype(np.float32),
            "Muon": ak.unflatten(ak.zip(muons), counts),
        },
        depth_limit=1,
    )


RUNS = {"run": np.uint32(1), "genEventCount": np.int64(1000), "genEventSumw": 998.5}


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_is_written_comes_back(tmp_path):
    events = make_events()
    write_events(tmp_path / "events.root", events, RUNS)
    with uproot.open(tmp_path / "events.root") as file:
        assert file.classnames(cycle=False) == {"Events": "TTree", "Runs": "TTree"}
        found = file["Events"].arrays()
        runs = file["Runs"].arrays().tolist()
    np.testing.assert_array_equal(found.nMuon, ak.num(events.Muon))
    assert ak.array_equal(found.Muon_pt, events.Muon.pt)
    assert ak.array_equal(found.Muon_charge, events.Muon.charge)
    assert ak.array_equal(found.genWeight, events.genWeight)
    assert found.event.type.content.primitive == "uint64"
    assert runs == [{"run": 1, "genEventCount": 1000, "genEventSumw": 998.5}]


def test_equal_content_gives_equal_bytes_at_other_times_and_under_other_names(tmp_path):
    write_events(tmp_path / ".partial.part0.root", make_events(), RUNS)
    time.sleep(1.1)  # ROOT's clock counts seconds
    write_events(tmp_path / "part0.root", make_events(), RUNS)
    assert digest(tmp_path / ".partial.part0.root") == digest(tmp_path / "part0.root")


@pytest.mark.parametrize(
    ("events", "runs"), [(make_events(2), RUNS), (make_events(), RUNS | {"genEventSumw": 998.0})]
)
def test_other_content_gives_another_uuid(tmp_path, events, runs):
    write_events(tmp_path / "one.root", make_events(), RUNS)
    write_events(tmp_path / "other.root", events, runs)
    with uproot.open(tmp_path / "one.root") as one, uproot.open(tmp_path / "other.root") as other:
        assert one.file.uuid.version == 8
        assert one.file.uuid != other.file.uuid


def test_no_events_are_a_valid_file(tmp_path):
    write_events(tmp_path / "empty.root", make_events()[:0], RUNS)
    with uproot.open(tmp_path / "empty.root") as file:
        assert file["Events"].num_entries == 0
        assert "Muon_pt" in file["Events"].keys()  # noqa: SIM118


def test_the_clock_of_uproot_runs_again_afterwards(tmp_path):
    original = uproot._util.datetime_to_code
    write_events(tmp_path / "events.root", make_events(), RUNS)
    assert uproot._util.datetime_to_code is original
