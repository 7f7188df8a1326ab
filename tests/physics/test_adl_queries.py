"""The eight queries of the ADL benchmark, through the programs, against plain loops over the
events; see docs/queries.md.
"""

from pathlib import Path

import check_analysis
import pytest
from support.events.nano import nano_events, plain_events
from support.oracles.adl import PAGE, QUERIES, header_and_query, page, query_file
from support.oracles.adl_loops import LOOPS, count
from support.tiny.events import write_root
from support.tiny.steps import (
    ANALYSIS,
    HOOKS_FILE,
    fill,
    part_histograms,
    read_json,
    skim,
)

EVENTS = 3000


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    """A ROOT file of events, and the same events for the loops."""
    branches = nano_events(8, EVENTS)
    path = tmp_path_factory.mktemp("adl") / "events.root"
    write_root(path, branches)
    return path, plain_events(branches)


@pytest.fixture
def folder(tmp_path, monkeypatch, events):
    """The working folder with the events and no hooks."""
    monkeypatch.chdir(tmp_path)
    Path(HOOKS_FILE).parent.mkdir(parents=True)
    Path(HOOKS_FILE).write_text("")
    Path("input").mkdir()
    Path("input/events.root").symlink_to(events[0])
    return tmp_path


@pytest.mark.parametrize("number", QUERIES)
def test_every_bin_equals_that_of_a_loop(folder, events, number):
    Path(ANALYSIS).write_text(query_file(number).read_text())
    assert [skim("single_mu"), fill("single_mu")] == [0, 0]
    found = part_histograms("single_mu")
    assert found.keys() == {f"{name}/nominal" for name in LOOPS[number]}
    for name, (loop, upper) in LOOPS[number].items():
        expected = count(loop, events[1], upper)
        assert found[f"{name}/nominal"].values(flow=True).tolist() == expected
        assert found[f"{name}/nominal"].variances(flow=True).tolist() == expected
        assert sum(expected[1:-1]) > 100  # there is something to compare
    assert read_json("cutflow/single_mu/skim_0.json")["skim"][0]["events"] == EVENTS


@pytest.mark.parametrize("number", QUERIES)
def test_no_query_takes_more_than_ten_lines(number):
    header, query = header_and_query(number)
    assert len(query) <= 10
    assert len(header) == 5
    assert header[2:] == header_and_query(1)[0][2:]
    assert all(len(line) <= 130 for line in header + query)


@pytest.mark.parametrize("number", QUERIES)
def test_the_check_finds_no_problem(tmp_path, monkeypatch, events, number):
    monkeypatch.chdir(tmp_path)
    path = Path(f"config/analyses/adl_{number}/analysis.yaml")
    path.parent.mkdir(parents=True)
    path.write_text(query_file(number).read_text())
    Path("input").mkdir()
    Path("input/events.root").symlink_to(events[0])
    assert check_analysis.main([str(path)]) == 0


def test_the_page_shows_these_files():
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run: PYTHONPATH=scripts:tests python -m support.oracles.adl"
    )
