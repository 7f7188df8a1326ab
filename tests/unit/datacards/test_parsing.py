"""What a datacard says, and how it is told that it cannot be read."""

import pytest

from wollemi.base.errors import WollemiError
from wollemi.datacards.parsing import parse_card

CARD = """\
A search, by hand
imax 2
jmax 1
kmax *
---------------
bin high low
observation 3 12
---------------
bin high high low
process signal qcd qcd   # names
process 0 1 1
rate 1.5 2.0 10
---------------
lumi lnN 1.1 - 1.05/1.2  luminosity
norm gmN 4 - 0.5 -
free rateParam low q* 1 [0,3]
twice rateParam high qcd (@0*@0) free
* autoMCStats 10
mine group = lumi
"""


def test_everything_that_a_card_says():
    card = parse_card(CARD)
    assert card.observed == {"high": 3.0, "low": 12.0}
    assert card.rates == {("high", "signal"): 1.5, ("high", "qcd"): 2.0, ("low", "qcd"): 10.0}
    assert card.signals == {"signal"}
    lumi, norm = card.uncertainties
    assert lumi.effects == {("high", "signal"): "1.1", ("low", "qcd"): "1.05/1.2"}
    assert (norm.events, norm.effects) == (4, {("high", "qcd"): "0.5"})
    free, twice = card.rate_parameters
    assert (free.initial, free.bounds) == (1.0, (0.0, 3.0))
    assert free.scales(("low", "qcd"))
    assert not free.scales(("high", "qcd"))
    assert twice.factors == ["free", "free"]
    (statistics,) = card.statistics
    assert (statistics.threshold, statistics.with_signal) == (10.0, False)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("rate 1.5 2.0 10", "rate 1.5 2.0", "2 numbers for 3 columns"),
        ("rate 1.5 2.0 10", "", "no line 'rate'"),
        ("rate 1.5 2.0 10", "rate 1.5 two 10", "'two' is no number"),
        ("process 0 1 1\n", "", "1 lines 'process'"),
        ("process signal qcd qcd ", "process signal qcd ", "2 processes stand below 3 bins"),
        ("process signal qcd qcd ", "process qcd qcd qcd ", "'qcd' stands twice in bin 'high'"),
        ("bin high high low", "bin high high side", "bin 'side' has no observation"),
        ("bin high high low", "bin high high high", "twice|no process"),
        ("bin high low\nobservation 3 12", "bin high low x\nobservation 3 12 1", "bin 'x' has"),
        ("imax 2", "imax 3", "imax is not 2"),
        ("jmax 1", "jmax 4", "jmax is not 1"),
        ("lumi lnN 1.1 -", "lumi lnN", "2 effects for 3 columns|'lumi' has"),
        ("lumi lnN", "lumi lnU", "cannot express 'lnU' of 'lumi'"),
        ("lumi lnN", "lumi shapeN", "cannot express 'shapeN' of 'lumi'"),
        ("lumi lnN", "lumi param", "cannot express 'param' of 'lumi'"),
        ("lumi lnN", "lumi lnn", "cannot express 'lnn' of 'lumi'"),
        ("norm gmN 4", "norm gmN 4.5", "no whole number"),
        ("1 [0,3]", "1 0..3", "no range"),
        ("(@0*@0)", "(@0/@1)", "the formula"),
        ("(@0*@0)", "(@0*@1)", "an argument more"),
        ("low q* 1 [0,3]", "low q* file.root:w", "RooFit"),
        ("low q* 1 [0,3]", "low q*", "'free' has no value"),
        ("autoMCStats 10", "autoMCStats 10 0 2", "hist-mode 2"),
        ("autoMCStats 10", "autoMCStats", "no threshold"),
        ("mine group = lumi", "alone", "'alone' stands alone"),
        ("mine group = lumi", "nuisance edit drop * * lumi", "'nuisance edit'"),
        ("kmax *", "shapes qcd low", "2 words after it"),
        ("kmax *", "shapes qcd low file.root w:qcd", "RooFit workspace"),
    ],
)
def test_a_mistake_is_told_by_its_line(old, new, problem):
    assert old in CARD
    with pytest.raises(WollemiError, match=problem):
        parse_card(CARD.replace(old, new))


def test_an_order_of_numbers_and_names_of_processes_is_free():
    names, numbers = "process signal qcd qcd   # names\n", "process 0 1 1\n"
    assert parse_card(CARD.replace(names + numbers, numbers + names)) == parse_card(CARD)


def test_one_line_of_bins_can_serve_both():
    """As in the counting experiments among Combine's benchmarks."""
    card = parse_card(CARD.replace("bin high low\n", "").replace("mine group = lumi\n", ""))
    assert card.observed == {"high": 3.0, "low": 12.0}
    assert list(card.rates) == [("high", "signal"), ("high", "qcd"), ("low", "qcd")]
