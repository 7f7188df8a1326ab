"""Production files of an unpacked archive: where they are, how records name them, which are not
there.
"""

import json

import pytest

from wollemi.base.archived_files import ABSENT, LIST, SCHEMA, archived_files, present_path
from wollemi_likelihood.base.errors import WollemiError


def row(name, path, given=None):
    found = {"name": name, "sha256": f"sha of {path or name}", "path": path}
    return found | ({"given": given} if given else {})


ROWS = {
    "dy": [
        row("events.root", "production_files/1/events.root", "/data/a/events.root"),
        row("events.root", "production_files/2/events.root", "/data/b/events.root"),
        row("lost.root", None, "/data/lost.root"),
        row("gone.root", f"{ABSENT}/gone.root", "/data/gone.root"),
    ],
    "top": [
        row("input/top.root", "input/top.root", "/repository/input/top.root"),
        row("input/other.root", "input/other.root"),
        row("input/far.root", None),
    ],
}


def written(folder, content):
    (folder / LIST).write_text(content if isinstance(content, str) else json.dumps(content))


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """Two files of one name, one below the folder by its absolute path, three without copies."""
    written(tmp_path, {"schema": SCHEMA, "datasets": ROWS})
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("/data/a/events.root", "production_files/1/events.root"),
        ("/data//b/../b/events.root", "production_files/2/events.root"),
        ("/data/lost.root", "/data/lost.root"),
        ("/data/gone.root", f"{ABSENT}/gone.root"),
        ("/repository/input/top.root", "input/top.root"),
        ("input/other.root", "input/other.root"),
        ("/data/c/events.root", "/data/c/events.root"),
    ],
)
def test_places(archive, name, place):
    assert present_path(name) == place


def test_records_keep_their_names(archive):
    names = archived_files().names
    assert names["production_files/2/events.root"] == "events.root"
    assert names["input/top.root"] == "input/top.root"
    assert names["/data/lost.root"] == "lost.root"  # may be there


def test_files_that_the_archive_does_not_hold(archive):
    names = {name for name, _ in archived_files().left_out}
    assert names == {"lost.root", "gone.root", "input/far.root"}


@pytest.mark.parametrize("content", [None, {}, {"schema": "mine", "datasets": ROWS}])
def test_a_folder_without_an_archive(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        written(tmp_path, content)
    assert present_path("/data/a/events.root") == "/data/a/events.root"
    assert not any(archived_files())


def test_a_damaged_list_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, '{"schema": ')
    with pytest.raises(WollemiError, match=f"{LIST}.* is not JSON"):
        present_path("events.root")
