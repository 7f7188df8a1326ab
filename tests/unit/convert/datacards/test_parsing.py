"""The content of a datacard, and the messages if it cannot be read."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from wollemi_convert.datacards.parsing import parse_card
from wollemi_convert.datacards.templates import read_templates
from wollemi_convert.datacards.workspace import workspace_of
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Likelihood

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
    assert (twice.factors, twice.formula) == (["free"], "({0}*{0})")
    (statistics,) = card.statistics
    assert (statistics.threshold, statistics.with_signal) == (10.0, False)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("rate 1.5 2.0 10", "rate 1.5 2.0", "2 numbers for 3 columns"),
        ("rate 1.5 2.0 10", "", "line 'rate' is missing"),
        ("rate 1.5 2.0 10", "rate 1.5 two 10", "a rate is 'two', not a number"),
        ("rate 1.5 2.0 10", "rate 1.5 nan 10", "a rate is 'nan', not a finite number"),
        ("process 0 1 1\n", "", "1 lines 'process'"),
        ("process signal qcd qcd ", "process signal qcd ", "2 processes for 3 bins"),
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
        ("1 [0,3]", "1 0..3", "not a range"),
        ("(@0*@0)", "exp(@0)", "the formula"),
        ("(@0*@0)", "(@0*@1)", "more arguments than are named"),
        ("1 [0,3]", "4 [0,3]", "4 is not inside"),
        ("low q* 1 [0,3]", "low q* 1 [const]", "not a range"),
        ("low q* 1 [0,3]", "low q* file.root:w", "RooFit"),
        ("low q* 1 [0,3]", "low q*", "'free' has no value"),
        ("autoMCStats 10", "autoMCStats 10 0 2", "hist-mode 2"),
        ("autoMCStats 10", "autoMCStats", "no threshold"),
        ("mine group = lumi", "alone", "'alone' has no kind"),
        ("mine group = lumi", "nuisance edit drop * * lumi", "'nuisance edit'"),
        ("kmax *", "shapes qcd low", "2 words after it"),
        ("kmax *", "shapes qcd low file.root w:qcd", "RooFit workspace"),
        ("kmax *", "shapes qcd low file.csv low:qcd", "the templates are in a table, file.csv"),
        ("kmax *", "shapes * * FAKE\nshapes * * FAKE", "two lines 'shapes"),
        ("kmax *", "kmax 3", "kmax is 3, but there are 2 uncertainties"),
        ("process 0 1 1", "process 0 1 0", "'qcd' is a signal in one bin and a background in anot"),
        ("* autoMCStats", "hihg autoMCStats", "there is no bin 'hihg'"),
        ("norm gmN 4 -", "norm gmM 0.3 -", "gmM of 'norm' has the widths 0.3, 0.5"),
        ("norm gmN 4", "lumi gmN 4", "'lumi' is the name of two parameters"),
        ("norm gmN 4", "free gmN 4", "'free' is the name of two parameters"),
        ("norm gmN 4 -", "lumi lnN 1.2", "'lumi' acts twice on 'signal' in 'high'"),
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


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("observation 3", "Observation 3"),
        ("kmax *", "kmax 2 # uncertainties"),
        ("imax 2", "imax * of them"),
        ("mine group", "-- a comment with words\nmine group"),
        ("mine group", "--lumi lnN 2 2 2\nmine group"),
        ("lumi lnN 1.1 - 1.05/1.2  luminosity", "lumi[nofloat] lnN 1.1 --- 1.05/1.2# luminosity"),
        ("norm gmN 4 - 0.5 -", "norm gmN 4 0. 0.5 0.00"),
        ("norm gmN 4 - 0.5 -", "norm gmN 4 0 0.5 -0"),
        ("lumi lnN 1.1 -", "lumi lnN 1.1 1.00"),
        ("mine group = lumi", "idle lnN 1 1 -"),
        ("kmax *", "kmax 2"),
        ("mine group = lumi", "k extArg 2 [0,3]\n"),
    ],
)
def test_spellings_that_combine_takes_mean_the_same(old, new):
    """By its parser, python/DatacardParser.py."""
    assert old in CARD
    first, second = parse_card(CARD), parse_card(CARD.replace(old, new))
    for card in (first, second):
        acting = [item for item in card.uncertainties if item.effects]
        effects = [dict(item.effects) for item in acting]
        card.__dict__["uncertainties"] = [(item.name, item.kind, item.events) for item in acting]
        card.__dict__["effects"] = effects
        card.__dict__["rate_parameters"] = [
            replace(item, line=0) for item in card.rate_parameters if item.bins
        ]
    assert vars(first) == vars(second)


@pytest.mark.parametrize("word", ["nan", "inf", "-inf", "1e400", "-2", "two", "1/2", "1e-400"])
def test_no_number_of_a_card_can_be_anything_else(word):
    """Each number in turn; a workspace that is made is JSON, and has a likelihood."""
    places = [match.span() for match in re.finditer(r"(?<=[ /\[,])\d[\d.]*(?=[\s/,\]])", CARD)]
    assert len(places) > 15
    for first, last in places:
        text = CARD[:first] + word + CARD[last:]
        try:
            card = parse_card(text)
            workspace = workspace_of(card, read_templates(card, Path(), None), (0.0, 20.0), {})
        except WollemiError:
            continue
        json.dumps(workspace, allow_nan=False)
        likelihood = Likelihood.from_workspace(workspace)
        assert not np.isnan(likelihood.logpdf(likelihood.inits))
