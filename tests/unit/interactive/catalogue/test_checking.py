"""`wollemi datasets NAME --check`: what is wrong with a dataset is named before a run."""

import hashlib
import re
import shutil

import pytest
import yaml
from click.testing import CliRunner
from support.services.portal import serving_portal
from support.tiny.analysis import edit_analysis

from wollemi.commands.main import main
from wollemi_interactive.catalogue.checking import check_dataset
from wollemi_interactive.catalogue.fetching import WantedFile

GOOD = "input/dy_high_0.root"


def wollemi(*arguments):
    done = CliRunner().invoke(main, list(map(str, arguments)))
    assert "Traceback" not in done.output
    return done


def named(folder, *files):
    """A catalogue with a dataset `dy` of these files."""
    dataset = {"title": "Muons", "kind": "simulation", "files": list(files)}
    (folder / "config/catalogue.yaml").write_text(yaml.safe_dump({"datasets": {"dy": dataset}}))


@pytest.fixture
def server(tiny, monkeypatch):
    """A server with the file of the tiny analysis."""
    monkeypatch.setattr("wollemi.inputs.remote_ranges.time.sleep", lambda seconds: None)
    with serving_portal({}, {"/dy.root": (tiny / GOOD).read_bytes()}) as portal:
        yield portal


def test_nothing_is_wrong(tiny, server):
    named(tiny, "../mirror/data.root", f"{server.url}/dy.root")
    done = wollemi("datasets", "dy", "--check")
    assert done.exit_code == 0, done.output
    lines = [re.split(r"  +", line.strip()) for line in done.output.splitlines()]
    assert lines[0] == ["file", "site", "events", "size", "problem"]
    assert [line[:3] for line in lines[1:3]] == [
        ["data.root", "this machine", "1,804"],
        ["dy.root", "127.0.0.1", "1,500"],
    ]
    assert lines[3:] == [
        ["2 files at 2 addresses: no problem"],
        ["no event appears twice (3,304 events compared)"],
    ]


def damaged(tiny, server, how):
    """Entry of a file with a problem, and the problem."""
    content = (tiny / GOOD).read_bytes()
    bad = tiny / "input/bad.root"
    bad.write_bytes(content[: len(content) // 2] if how == "truncated" else content)
    return {
        "absent": ({"path": "../input/no.root"}, "is not there"),
        "truncated": ({"path": "../input/bad.root"}, r"truncated|incomplete|cannot be read|has "),
        "size": ({"path": "../input/bad.root", "size": 7}, r"wrong content: bytes \d+, not 7"),
        "checksum": ({"path": "../input/bad.root", "sha256": "0" * 64}, "wrong content: SHA-256"),
        "gone": ({"path": f"{server.url}/no.root"}, r"is not there \(HTTP 404"),
        "remote size": ({"path": f"{server.url}/dy.root", "size": 7}, r"has \d+ bytes, not 7"),
        "no server": ({"path": "http://127.0.0.1:9/dy.root"}, "cannot be reached"),
    }[how]


HOW = ("absent", "truncated", "size", "checksum", "gone", "remote size", "no server")


@pytest.mark.parametrize("how", HOW)
def test_each_bad_file_is_named_beside_the_good_ones(tiny, server, how):
    entry, problem = damaged(tiny, server, how)
    named(tiny, f"../{GOOD}", entry)
    done = wollemi("datasets", "dy", "--check")
    assert done.exit_code == 1
    name = entry["path"].rpartition("/")[2]
    (row,) = [line for line in done.output.splitlines() if line.startswith(f"{name} ")]
    assert re.search(problem, row)
    assert "2 files at 2 addresses: 1 problem" in done.output
    assert "no event appears twice (1,500 events compared)" in done.output


def test_events_that_appear_twice_are_found_without_a_run(tiny):
    shutil.copy2(tiny / GOOD, tiny / "input/again.root")
    named(tiny, f"../{GOOD}", "../input/again.root")
    done = wollemi("datasets", "dy", "--check")
    assert done.exit_code == 1
    assert re.search(
        r"has run \d+, luminosity block \d+, event \d+ in entry 0, and in", done.output
    )
    assert "1500 such repetitions" in done.output


def test_replicas_of_an_analysis_are_one_file(tiny, server):
    content = (tiny / GOOD).read_bytes()
    url = f"{server.url}/dy.root"
    file = {
        "url": f"{server.url}/no.root",
        "replicas": [url],
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    edit_analysis(tiny, lambda document: document["datasets"]["dy_high"].update(files=[file]))
    done = wollemi("datasets", "dy_high", "--check", "--analysis", "tiny")
    assert done.exit_code == 1
    assert "1 file at 2 addresses: 1 problem" in done.output
    assert "(1,500 events compared)" in done.output
    done = wollemi("datasets", "dy_hihg", "--check", "--analysis", "tiny")
    assert done.exit_code == 2
    assert "the analysis has no such dataset; did you mean 'dy_high'?" in done.output


def test_numbers_that_may_repeat_are_not_compared(tiny):
    twice = [[WantedFile(GOOD)], [WantedFile(GOOD)]]
    _, _, repeated = check_dataset(twice, None)
    assert "1500 such repetitions" in repeated
    checked, compared, repeated = check_dataset(twice, None, may_repeat=True)
    assert (len(checked), compared, repeated) == (2, 0, "")


def test_options_that_do_not_go_together(tiny):
    for options in (["--analysis", "tiny"], ["--check", "--fetch"]):
        done = wollemi("datasets", "dy", *options)
        assert done.exit_code == 2
        assert "--analysis goes with --check, and --fetch without it" in done.output
