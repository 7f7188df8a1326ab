"""Records of CERN Open Data, from a server of this machine that sends the portal's JSON."""

import zlib

import pytest
from support.services.portal import record, serving_portal

from wollemi.inputs.remote_ranges import UnreachableError
from wollemi_interactive.catalogue.open_data import (
    PORTAL,
    kept_record,
    portal,
    read_record,
    record_number,
)
from wollemi_likelihood.base.errors import WollemiError

FOLDER = "/eos/opendata/cms/derived-data/AOD2NanoAODOutreachTool"


def file(name, content=b"x", **more):
    return {
        "uri": f"root://eospublic.cern.ch/{FOLDER}/{name}",
        "size": len(content),
        "checksum": f"adler32:{zlib.adler32(content):08x}",
        **more,
    }


@pytest.fixture
def open_portal(monkeypatch, tmp_path):
    """Serves documents, and keeps records in a folder of its own."""
    monkeypatch.setenv("WOLLEMI_CACHE", str(tmp_path))
    monkeypatch.setattr("wollemi.inputs.remote_ranges.time.sleep", lambda seconds: None)

    def serve(documents):
        server = serving_portal(documents, {})
        running = server.__enter__()
        monkeypatch.setenv("WOLLEMI_OPEN_DATA", running.url)
        opened.append(server)
        return running

    opened = []
    yield serve
    for server in opened:
        server.__exit__(None, None, None)


def test_a_record(open_portal):
    server = open_portal(
        {
            "/api/records/12367": record(
                12367,
                [file("a.root", b"abc"), file("b.root", b"d"), file("list.txt")],
                doi="10.7483/OPENDATA.CMS.1",
                distribution={"number_events": 23_000},
                collision_information={"energy": "8TeV"},
                type={"primary": "Dataset", "secondary": ["Derived", "Collision"]},
            )
        }
    )
    found = read_record(12367)
    assert [item.url for item in found.files] == [
        f"{server.url}{FOLDER}/a.root",
        f"{server.url}{FOLDER}/b.root",
    ]
    assert [(item.size, item.adler32) for item in found.files] == [(3, "024d0127"), (1, "00650065")]
    assert (found.events, found.energy, found.kind) == (23_000, "8TeV", "data")
    assert (found.size, found.doi) == (4, "10.7483/OPENDATA.CMS.1")
    assert read_record(12367) == found
    assert len(server.asked) == 1  # the second time it is what was kept


@pytest.mark.parametrize("kind", ["inline", "file"])
def test_lists_of_files(open_portal, kind):
    """Newer records hold them, older ones name them."""
    listed = [file("1.root", availability="online"), file("2.root")]
    index = file("CMS_x_file_index.json"), file("CMS_x_file_index.txt")
    documents = {"/record/7/files/CMS_x_file_index.json": listed}
    own = {"_file_indices": [{"key": "CMS_x_file_index.json", "files": listed}]}
    server = open_portal(
        documents | {"/api/records/7": record(7, list(index), **(own if kind == "inline" else {}))}
    )
    assert [item.url.rpartition("/")[2] for item in read_record(7).files] == ["1.root", "2.root"]
    assert len(server.asked) == (1 if kind == "inline" else 2)


def test_offline_what_was_kept_is_enough(open_portal, monkeypatch):
    open_portal({"/api/records/7": record(7, [file("1.root")])})
    found = read_record(7)
    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: pytest.fail("asked"))
    assert read_record(7) == found


def test_a_damaged_list_is_asked_for_again(open_portal, tmp_path):
    server = open_portal({"/api/records/7": record(7, [file("1.root")])})
    found = read_record(7)
    (kept,) = (tmp_path / "catalogue").glob("*.json")
    kept.write_text(kept.read_text().replace("1.root", "2.root"))
    assert kept_record(7) is None
    assert read_record(7) == found
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("documents", "problem"),
    [
        ({}, "is not there (HTTP 404"),
        ({"/api/records/7": []}, "does not answer with a record"),
        (
            {"/api/records/7": record(7, [file("a.tar.gz"), file("b.csv")])},
            "has no ROOT files: it lists 2 files (.csv, .gz)",
        ),
        ({"/api/records/7": record(7, [])}, "has no ROOT files: it lists no files"),
        (
            {"/api/records/7": record(7, [file("a.root", availability="on demand")])},
            "its files are on tape",
        ),
    ],
)
def test_what_cannot_be_read(open_portal, documents, problem):
    open_portal(documents)
    with pytest.raises(WollemiError) as raised:
        read_record(7)
    assert raised.value.where == "opendata:7"
    assert problem in raised.value.problem
    assert kept_record(7) is None


def test_no_network(open_portal, monkeypatch):
    monkeypatch.setenv("WOLLEMI_OPEN_DATA", "http://127.0.0.1:9")  # the port of nobody
    with pytest.raises(UnreachableError, match="cannot be reached"):
        read_record(7)


def test_names(monkeypatch):
    monkeypatch.delenv("WOLLEMI_OPEN_DATA", raising=False)
    assert portal() == PORTAL
    assert record_number("opendata:12367") == record_number("cernopendata:12367") == 12367
    assert record_number("opendata:x") is None
    assert record_number("zee") is None
