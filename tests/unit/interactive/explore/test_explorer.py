"""The work behind the page: an edit is written, taken back, and seen."""

from pathlib import Path

import pytest
import yaml
from support.tiny.analysis import ANALYSIS

from wollemi_interactive.explore.explorer import Explorer
from wollemi_likelihood.base.errors import WollemiError


@pytest.fixture
def explorer(finished_copy, monkeypatch):
    monkeypatch.chdir(finished_copy)
    return Explorer(Path("results/tiny").resolve(), Path(ANALYSIS).resolve(), 200)


@pytest.mark.parametrize(
    ("operand", "before", "number"), [("dimuon_mass", "150", "175"), ("pt", "20", "45")]
)
def test_write_and_undo(explorer, operand, before, number):
    """A cut of the region, and one of the muons."""
    text = Path(ANALYSIS).read_text()
    place = next(
        place
        for place, item in enumerate(explorer.region("search")["sliders"])
        if item["operand"] == operand
    )
    shown = explorer.edit("search", place, number)
    assert Path(ANALYSIS).read_text() == text
    assert [line[0] for line in shown["diff"]] == ["-", "+"]
    assert f"{operand} > {number}" in shown["diff"][1]
    early = explorer.moved("search", "mass_search", {str(place): number})
    done = explorer.write("search", place, number)
    assert done["undo"]
    changed = text.replace(f"{operand} > {before}", f"{operand} > {number}")
    assert Path(ANALYSIS).read_text() == changed
    assert explorer.region("search")["sliders"][place]["number"] == number
    moved = explorer.moved("search", "mass_search", {str(place): before})
    written = explorer.moved("search", "mass_search", {})
    assert written["plot"] == early["plot"]
    assert sum(written["plot"]["total"]["events"]) < sum(moved["plot"]["total"]["events"])
    assert not explorer.undo()["undo"]
    assert Path(ANALYSIS).read_text() == text
    assert explorer.moved("search", "mass_search", {})["plot"] == moved["plot"]
    with pytest.raises(WollemiError, match="nothing was written"):
        explorer.undo()


def test_an_edit_of_another_program_is_not_lost(explorer):
    other = Path(ANALYSIS).read_text() + "# another edit\n"
    explorer.write("peak", 1, "25")
    Path(ANALYSIS).write_text(other)
    with pytest.raises(WollemiError, match="has changed since the page read it"):
        explorer.undo()
    with pytest.raises(WollemiError, match="has changed since the page read it"):
        explorer.write("peak", 1, "26")
    assert Path(ANALYSIS).read_text() == other


def test_the_region_that_is_hidden_follows_the_file(explorer, finished_copy):
    """Data are left out by the cuts that are written, not by those of before."""
    document = yaml.safe_load(Path(ANALYSIS).read_text())
    document["blinding"] = {"regions": ["search"]}
    Path(ANALYSIS).write_text(yaml.safe_dump(document, sort_keys=False))
    explorer.reload()

    def observed():
        return explorer.moved("peak", "mass_peak", {})["plot"]["data"]["events"]

    assert sum(observed()) > 0
    explorer.write("search", 2, "100")
    assert explorer.moved("peak", "mass_peak", {})["hidden"] == (
        "With these cuts the region shares simulated events with search, which is blinded: its "
        "data are hidden."
    )
    assert observed() == [None] * 10
    explorer.undo()
    assert sum(observed()) > 0
    assert "outside the region" in explorer.moved("peak", "mass_peak", {"4": "21"})["hidden"]


def test_what_cannot_be_explored(finished, monkeypatch):
    monkeypatch.chdir(finished)
    path = Path(ANALYSIS).resolve()
    with pytest.raises(WollemiError, match="has no histograms"):
        Explorer(Path("results/other").resolve(), path, 200)
    monkeypatch.setattr("wollemi_interactive.explore.explorer.looked_at", lambda run: [])
    with pytest.raises(WollemiError, match="no sample is filled from events"):
        Explorer(Path("results/tiny").resolve(), path, 200)


@pytest.mark.parametrize(
    ("seconds", "shown"), [([9.0], True), ([9.0, 0.5], True), ([9.0, 8.0], False)]
)
def test_limits_that_take_long_are_left_to_the_run(explorer, monkeypatch, seconds, shown):
    """The first computation also starts things: it does not count alone."""
    content = {"rows": ["limits"]}
    module = "wollemi_interactive.explore.explorer"
    monkeypatch.setattr(f"{module}.limits_content", lambda *given: content)
    explorer._limit_seconds[:] = seconds
    assert (explorer.limits("search", {})["rows"] == content["rows"]) == shown
