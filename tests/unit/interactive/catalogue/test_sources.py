"""From a name to files: patterns, sizes, copies, and what a plot says."""

import hashlib
import zlib
from pathlib import Path

import pytest
from support.services.portal import record, serving_portal

from wollemi.inputs.remote_files import RemoteFile
from wollemi.inputs.schemas import Layout
from wollemi_interactive.catalogue.fetching import fetch_files
from wollemi_interactive.catalogue.lookup import Entry
from wollemi_interactive.catalogue.models import KnownDataset
from wollemi_interactive.catalogue.sources import GENERATED, open_record, open_source, wanted_files
from wollemi_likelihood.base.errors import WollemiError


def entry(folder, **keys):
    own = {"title": "Drell–Yan", "kind": "simulation"}
    return Entry("dy", KnownDataset.model_validate(own | keys), Path(folder))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("WOLLEMI_CACHE", str(tmp_path / "cache"))
    (tmp_path / "data").mkdir()
    for name in ("b", "a"):
        (tmp_path / f"data/{name}.root").write_bytes(b"root")
    return tmp_path


def test_paths_and_patterns_are_those_of_the_catalogue(folder):
    found = open_source(entry(folder, files=["data/*.root"], center_of_mass_tev=13))
    assert found.paths == [folder / "data/a.root", folder / "data/b.root"]
    assert found.title == "Drell–Yan (simulation, 13 TeV)"
    assert (found.layout, found.mark, found.weight) == (None, "", "")
    declared = entry(folder, files=["data/a.root"], tree="t", energy_unit="MeV", weight="w")
    assert open_source(declared).layout == Layout("ntuple", "t", "MeV")
    assert open_source(declared).weight == "w"


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        (["data/*.rot"], "no file matches"),
        (["data/c.root"], "c.root is not there"),
        ([{"path": "data/a.root", "size": 5}], "wrong content: bytes 4, not 5"),
    ],
)
def test_files_that_are_not_there(folder, files, problem):
    with pytest.raises(WollemiError, match=problem):
        open_source(entry(folder, files=files))


def test_a_sample_says_that_it_was_generated(folder, monkeypatch):
    monkeypatch.setattr(
        "wollemi_interactive.catalogue.generated.make_sample",
        lambda name, sample: folder / "data/a.root",
    )
    sample = {"settings": ["x"], "events": 10, "seed": 1}
    assert open_source(entry(folder, generate=sample)).mark == GENERATED


def test_remote_files_and_their_copies(folder):
    content = b"root" + bytes(range(256)) * 50_000  # more than one request
    sums = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "adler32": f"{zlib.adler32(content):08x}",
    }
    with serving_portal({}, {"/a.root": content}) as server:
        url = f"{server.url}/a.root"
        known = entry(folder, files=[{"path": url, "size": len(content), **sums}])
        assert open_source(known).paths == [RemoteFile(url, len(content), sums["sha256"])]
        (copy,) = fetch_files(wanted_files(known)).values()
    assert copy.read_bytes() == content
    assert open_source(known).paths == [copy]  # the server is gone
    assert [*fetch_files(wanted_files(known)).values()] == [copy]


@pytest.mark.parametrize("wrong", [{"size": 5}, {"sha256": "0" * 64}, {"adler32": "00000000"}])
def test_a_copy_of_something_else_is_none(folder, wrong):
    with serving_portal({}, {"/a.root": b"root"}) as server:
        known = entry(folder, files=[{"path": f"{server.url}/a.root", **wrong}])
        with pytest.raises(WollemiError, match="wrong content"):
            fetch_files(wanted_files(known))
    assert not [path for path in (folder / "cache").rglob("*") if path.is_file()]


def test_a_record_without_a_catalogue(folder, monkeypatch):
    files = [{"uri": "root://eospublic.cern.ch//eos/a.root", "size": 4, "checksum": "adler32:0"}]
    energy = {"energy": "8TeV"}
    own = {"collision_information": energy, "type": {"secondary": ["Collision"]}}
    documents = {"/api/records/12367": record(12367, files, **own)}
    with serving_portal(documents, {}) as server:
        monkeypatch.setenv("WOLLEMI_OPEN_DATA", server.url)
        found = open_record(12367)
        assert found.paths == [RemoteFile(f"{server.url}/eos/a.root", 4)]
    assert found.title == "DoubleElectron, Run2012B (data, 8TeV, CERN Open Data 12367)"
