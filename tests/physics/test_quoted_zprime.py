"""What the documentation quotes of the default analysis is what a run of it finds: extrapolation to
other luminosities, and signals predicted by their neighbors.
"""

import re
import shutil

import pytest
from support.project.folders import run_project
from support.project.paths import ROOT

from wollemi.results.extrapolation import Extrapolation
from wollemi.results.limits import Limits

pytestmark = pytest.mark.slow
PAGE = " ".join((ROOT / "docs/limits.md").read_text(encoding="utf-8").split())
ANALYSIS = "config/analyses/zprime"
EDITS = {
    "extends: [datasets.yaml, publication.yaml]": "extends: [datasets.yaml]",
    "\nlimits:\n": "\nlimits:\n  interpolation: {step: 0.5}\n",
    "\n  toys: 1000\n": "\n",
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The analysis with asymptotic limits, between its masses, too."""
    folder = tmp_path_factory.mktemp("zprime")
    shutil.copytree(ROOT / ANALYSIS, folder / ANALYSIS)
    file = folder / ANALYSIS / "analysis.yaml"
    text = file.read_text(encoding="utf-8")
    for old, new in EDITS.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    return run_project(folder, "zprime", ["limits.json", "extrapolation.json"])


def quoted(pattern):
    """The numbers that a sentence of the page has in its groups."""
    return [float(number.replace("−", "-")) for number in re.search(pattern, PAGE).groups()]


@pytest.fixture(scope="module")
def ends(results):
    """Signal, scenario → what is expected today and at the highest luminosity."""
    signals = Extrapolation.read(results / "extrapolation.json").signals
    return {
        (signal, scenario): (points[0], points[-1])
        for signal, found in signals.items()
        for scenario, points in found.scenarios.items()
    }


def test_limits_at_other_luminosities(ends):
    today, last = quoted(r"Z′ of 4\.5 TeV falls from ([\d.]+) to ([\d.]+) in all scenarios")
    of_4500 = [found for (signal, _), found in ends.items() if signal == "zprime_4500"]
    assert [round(first.median, 2) for first, _ in of_4500] == [today] * 3
    assert [round(final.median, 3) for _, final in of_4500] == [last] * 3
    at_2000 = quoted(r"limit is ([\d.]+) with today's uncertainties and ([\d.]+) with scaled ones")
    scenarios = ("constant", "scaled")
    assert [round(ends["zprime_2000", name][1].median, 4) for name in scenarios] == at_2000


def test_significances_at_other_luminosities(ends):
    today, constant, scaled = quoted(
        r"rises from ([\d.]+)σ to (\d+)σ with today's uncertainties and to (\d+)σ with scaled"
    )
    assert round(ends["zprime_4500", "constant"][0].significance, 1) == today
    assert round(ends["zprime_4500", "constant"][1].significance) == constant
    assert round(ends["zprime_4500", "scaled"][1].significance) == scaled


def test_masses_that_a_higher_luminosity_excludes(results):
    """The floor of events, and the luminosity from which all points are excluded."""
    exclusion = Extrapolation.read(results / "extrapolation.json").exclusion
    (floor,) = quoted(r"exclusion would rest on fewer than ([\d.]+) events and is not quoted here")
    assert floor == 3.0
    (luminosity,) = quoted(r"From (\d+) fb⁻¹ on all points up to 5 TeV are expected")
    for found in exclusion.values():
        for at in found:
            assert ("expected" in at.beyond) == (at.luminosity_ifb >= luminosity)


def test_signals_predicted_by_their_neighbors(results):
    closure = Limits.read(results / "limits.json").interpolation.closure.values()
    shift = r"(−?\d+) % to \+(\d+) %"
    low, high, low_limit, high_limit = quoted(
        f"shifts its events by {shift} and its expected limit by {shift}"
    )
    events = [round(100 * found.events_shift) for found in closure]
    limits = [round(100 * found.limit_shift) for found in closure]
    assert [min(events), max(events)] == [low, high]
    assert [min(limits), max(limits)] == [low_limit, high_limit]
