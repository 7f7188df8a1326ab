"""Mirrors first, then the URL; only the right file, and nothing half."""

import hashlib
from pathlib import Path

import pytest
from loopback import serving
from steps import RESULTS, check_record, fetch
from tiny import edit_analysis

TARGET = Path(f"{RESULTS}/files/data/data.root")


@pytest.fixture
def content(tiny):
    """The right file. No test waits before it tries again."""
    return Path("mirror/data.root").read_bytes()


@pytest.fixture
def waited(monkeypatch):
    seconds = []
    monkeypatch.setattr("wollemi.fetching.time.sleep", seconds.append)
    return seconds


def set_url(url):
    edit_analysis(Path.cwd(), lambda document: document["datasets"]["data"]["files"][0].update(url=url))


def test_a_mirror_comes_before_the_url(content):
    assert fetch() == 0  # nothing answers at the URL
    assert TARGET.read_bytes() == content
    record = check_record("fetch_dataset/data.json")
    assert record["outputs"] == {str(TARGET): hashlib.sha256(content).hexdigest()}
    assert record["options"] == {"dataset": "data"}  # another mirror gives the same bytes


def test_a_wrong_file_in_a_mirror_is_passed_over(content, capsys):
    other = Path("old/deep/data.root")
    other.parent.mkdir(parents=True)
    other.write_bytes(content[::-1])
    assert fetch(mirrors=("absent", "old", "mirror")) == 0
    assert TARGET.read_bytes() == content
    assert "old/deep/data.root: SHA-256" in capsys.readouterr().err


def test_a_failing_server_is_tried_again(content, waited):
    with serving([(503, b""), (500, b"oops"), (200, content)]) as url:
        set_url(url)
        assert fetch(mirrors=()) == 0
    assert TARGET.read_bytes() == content
    assert len(waited) == 2
    assert waited[0] < waited[1]
    check_record("fetch_dataset/data.json")


@pytest.mark.parametrize("answer", [(200, b"another file"), (404, b"not found")])
def test_nothing_is_left_behind(content, waited, answer):
    with serving([answer]) as url:
        set_url(url)
        assert fetch(mirrors=()) == 2
    assert not list(TARGET.parent.iterdir())


def test_the_remains_of_a_killed_job_do_no_harm(content):
    TARGET.parent.mkdir(parents=True)
    TARGET.with_name(".partial.data.root").write_bytes(b"half")
    assert fetch() == 0
    assert [path.name for path in TARGET.parent.iterdir()] == ["data.root"]
    assert TARGET.read_bytes() == content
