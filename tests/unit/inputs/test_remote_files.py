"""ROOT files on other machines: the same events as from the disk, in few requests."""

import io

import awkward as ak
import numpy as np
import pytest
import uproot
from support.project.seeds import slow_but
from support.services.portal import serving_portal

from wollemi.inputs.event_files import count_entries, read_batches
from wollemi.inputs.inspection import guess_layout
from wollemi.inputs.remote_files import RemoteBytes, RemoteFile, joined
from wollemi.inputs.schemas import Layout
from wollemi_likelihood.base.errors import WollemiError

BRANCHES = ["Electron_pt", "Electron_charge", "MET_pt"]


def events(number, seed=2):
    random = np.random.default_rng(seed)
    counts = random.poisson(1.7, number)
    electrons = ak.zip(
        {
            "pt": random.exponential(30, counts.sum()).astype(np.float32),
            "charge": random.choice([-1, 1], counts.sum()).astype(np.int32),
        }
    )
    return {
        "Electron": ak.unflatten(electrons, counts),
        "MET_pt": random.exponential(20, number).astype(np.float32),
    }


class Kept(io.BytesIO):
    """A file in memory whose content outlives uproot."""

    def close(self):
        pass


def tree_file(baskets, size):
    """A file with the tree `Events` in so many baskets."""
    stream = Kept()
    with uproot.recreate(stream) as file:
        first = events(1)
        file.mktree(
            "Events",
            {"Electron": first["Electron"].type.content, "MET_pt": np.float32},
            counter_name=lambda name: f"n{name}",
            field_name=lambda outer, inner: f"{outer}_{inner}" if outer else inner,
        )
        for number in range(baskets):
            file["Events"].extend(events(size, seed=number))
    return stream.getvalue()


def ntuple_file(size):
    stream = Kept()
    with uproot.recreate(stream) as file:
        file.mkrntuple("Events", {"MET_pt": events(size)["MET_pt"]})
    return stream.getvalue()


def read(path, branches, **ranges):
    return ak.concatenate(list(read_batches(path, Layout(), branches, **ranges)))


@pytest.mark.parametrize("kind", ["tree", "ntuple"])
def test_the_events_are_those_of_the_file(tmp_path, kind):
    content = tree_file(12, 500) if kind == "tree" else ntuple_file(6000)
    branches = BRANCHES if kind == "tree" else ["MET_pt"]
    local = tmp_path / "local.root"
    local.write_bytes(content)
    with serving_portal({}, {"/a/events.root": content}) as server:
        remote = RemoteFile(f"{server.url}/a/events.root")
        assert guess_layout(remote) == guess_layout(local)
        assert count_entries(remote, Layout()) == 6000
        assert read(remote, branches).to_list() == read(local, branches).to_list()
        part = {"start": 1203, "stop": 4711}
        assert read(remote, branches, **part).to_list() == read(local, branches, **part).to_list()


def test_requests_are_few(tmp_path):
    """A request for each of 300 baskets would take as long as 300 ways there and back."""
    content = tree_file(100, 40)
    with serving_portal({}, {"/events.root": content}) as server:
        assert len(read(RemoteFile(f"{server.url}/events.root"), BRANCHES)) == 4000
        assert len(server.asked) <= 6


def test_an_address_with_a_query_and_a_colon():
    content = tree_file(1, 10)
    with serving_portal({}, {"/a:b.root": content}) as server:
        remote = RemoteFile(f"{server.url}/a:b.root?X-Amz-Signature=abc")
        assert len(read(remote, ["MET_pt"])) == 10
        assert str(remote) == f"{server.url}/a:b.root"
        assert remote.suffix == ".root"


@pytest.mark.parametrize("seed", slow_but(range(4), range(20)))
def test_joined_ranges_hold_each_range(seed):
    random = np.random.default_rng(seed)
    starts = random.integers(0, 10_000, 50)
    ranges = [(int(start), int(start + random.integers(1, 400))) for start in starts]
    found = joined(ranges, gap=30, most=1000)
    assert all(any(a <= start and stop <= b for a, b in found) for start, stop in ranges)
    assert all(b - a <= 1000 for a, b in found)
    assert found == sorted(found)
    wanted = np.zeros(11_000, bool)
    for start, stop in ranges:
        wanted[start:stop] = True
    for start, stop in found:  # what nobody asked for is in gaps
        gaps = "".join("x" if flag else " " for flag in wanted[start:stop]).split("x")
        assert max(map(len, gaps)) <= 30


class Content:
    """Ranges of a text, which are counted."""

    def __init__(self, content):
        self.content, self.asked = content, []

    @property
    def size(self):
        return len(self.content)

    def get(self, start, stop):
        self.asked.append((start, stop))
        return self.content[start:stop]


def test_bytes_are_asked_for_once():
    ranges = Content(np.random.default_rng(1).bytes(3_000_000))
    remote = RemoteBytes(ranges)
    places = [(1_000_000 + 1000 * number, 1_000_900 + 1000 * number) for number in range(1000)]
    remote.read_ahead(places)
    for start, stop in places:
        assert remote.read(start, stop) == ranges.content[start:stop]
    assert len(ranges.asked) == 1
    assert remote.parts(places[3:5]) == [ranges.content[a:b] for a, b in places[3:5]]
    assert len(ranges.asked) == 1
    remote.read_ahead([(10, 20)])  # what is not among it any more is dropped
    assert remote.read(*places[0]) == ranges.content[slice(*places[0])]
    assert len(ranges.asked) == 3


def test_a_file_of_another_size_than_in_the_catalogue():
    content = tree_file(1, 10)
    with serving_portal({}, {"/events.root": content}) as server:
        remote = RemoteFile(f"{server.url}/events.root", expected=len(content) + 1)
        with pytest.raises(WollemiError, match=f"not {len(content) + 1} as in"):
            read(remote, ["MET_pt"])


def test_what_is_cut_and_what_is_no_root_file():
    content = tree_file(3, 100)
    files = {"/cut.root": content[:-500], "/page.root": b"<html>log in</html>", "/e.parquet": b"x"}
    with serving_portal({}, files) as server:
        with pytest.raises(WollemiError, match="is truncated"):
            read(RemoteFile(f"{server.url}/cut.root"), ["MET_pt"])
        with pytest.raises(WollemiError, match="is a web page"):
            read(RemoteFile(f"{server.url}/page.root"), ["MET_pt"])
        with pytest.raises(WollemiError, match="is a table on another machine"):
            read(RemoteFile(f"{server.url}/e.parquet"), ["MET_pt"])
