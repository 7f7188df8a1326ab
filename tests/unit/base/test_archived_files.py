"""Files from outside in an unpacked archive: where their copies are, and which have none."""

import json

import pytest

from wollemi.base.archived_files import ABSENT, LIST, left_out, name_outside, present_path


def row(name, path, outside=None):
    found = {"name": name, "sha256": f"sha of {path or name}", "path": path}
    return found | ({"outside": outside} if outside else {})


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """Two files of one name with copies, two without, and files of the folder itself."""
    rows = {
        "dy": [
            row("events.root", "production_files/1/events.root", "/data/a/events.root"),
            row("events.root", "production_files/2/events.root", "/data/b/events.root"),
            row("lost.root", None, "/data/lost.root"),
            row("gone.root", f"{ABSENT}/gone.root", "/data/gone.root"),
        ],
        "top": [row("input/top.root", "input/top.root"), row("input/far.root", None)],
    }
    (tmp_path / LIST).write_text(json.dumps({"datasets": rows}))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("/data/a/events.root", "production_files/1/events.root"),
        ("/data//b/../b/events.root", "production_files/2/events.root"),
        ("/data/lost.root", "/data/lost.root"),
        ("/data/gone.root", f"{ABSENT}/gone.root"),
        ("input/top.root", "input/top.root"),
        ("/data/c/events.root", "/data/c/events.root"),
    ],
)
def test_places(archive, name, place):
    assert present_path(name) == place


def test_records_keep_their_names(archive):
    assert name_outside("production_files/2/events.root") == "events.root"
    assert name_outside("input/top.root") is None


def test_files_that_are_only_listed(archive):
    assert {name for name, _ in left_out()} == {"lost.root", "gone.root", "input/far.root"}


def test_a_folder_that_is_no_archive(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert present_path("/data/a/events.root") == "/data/a/events.root"
    assert name_outside("events.root") is None
    assert left_out() == frozenset()
