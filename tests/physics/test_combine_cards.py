"""All text datacards that Combine ships: converted, or out of scope by name."""

import contextlib
import io
import sys
from optparse import OptionParser
from types import ModuleType

import numpy as np
import pytest
import yaml
from support.combine.cards import (
    ABSENT,
    CONVERTED,
    LIST,
    MISSING,
    REPOSITORY,
    cards,
    listing,
    mass,
    name,
    verdict,
    workspace,
)
from support.combine.model import largest_difference, random_point

from wollemi_convert.datacards.arithmetic import PlainCard
from wollemi_convert.datacards.parsing import parse_card
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Likelihood

# Combine's own parser of datacards, out of its repository: it needs no ROOT.
PACKAGE = "HiggsAnalysis.CombinedLimit"
# Names of bins in old cards begin with a digit, which Combine refuses today.
DIGIT = 're.match("[0-9]+", b)'


def _module(name):
    full = f"{PACKAGE}.{name}"
    if full not in sys.modules:
        sys.modules[full] = ModuleType(full)
        text = (REPOSITORY / f"python/{name}.py").read_text().replace(DIGIT, "False")
        exec(compile(text, name, "exec"), vars(sys.modules[full]))
    return sys.modules[full]


def parsed(card):
    """The card as ``text2workspace.py`` sees it before it opens a histogram.

    Args:
        card: Path of the card.
    """
    for package in ("HiggsAnalysis", PACKAGE):
        sys.modules.setdefault(package, ModuleType(package))
    module = [_module(name) for name in ("Datacard", "NuisanceModifier", "DatacardParser")][-1]
    parser = OptionParser()
    module.addDatacardParserOptions(parser)
    options, _ = parser.parse_args(["-b", "-o", "none"])
    options.allowNoSignal = options.allowNoBackground = True
    with card.open(errors="replace") as file, contextlib.redirect_stderr(io.StringIO()):
        return module.parseCard(file, options)


pytestmark = pytest.mark.skipif(not REPOSITORY.is_dir(), reason=MISSING)


def test_the_parser_of_combine_reads_the_same():
    """Observations, rates, signals, kinds, effects and statistics of each card that both take."""
    compared = 0
    for card in cards():
        try:
            ours, theirs = parse_card(card.read_text(errors="replace")), parsed(card)
        except WollemiError:
            continue
        compared += 1
        assert ours.observed == theirs.obs
        assert ours.signals == frozenset(theirs.signals)
        assert ours.rates == {(b, p): theirs.exp[b][p] for b, p, _ in theirs.keyline}
        effects = {
            (kind, label, place, process)
            for label, _, kind, _, effect in theirs.systs
            for place, row in effect.items()
            for process, value in row.items()
            if value not in (0.0, 1.0) or (value and kind != "lnN")
            if theirs.exp[place][process]
        }
        assert effects == {
            (item.kind, item.name, *entry)
            for item in ours.uncertainties
            for entry in item.effects
            if ours.rates[entry]
        }
        for place in ours.observed:
            rule, flags = ours.statistics_in(place), theirs.binParFlags.get(place)
            assert (rule and (rule.threshold, rule.with_signal, 1)) == flags
            for process in (entry[1] for entry in ours.rates if entry[0] == place):
                lines = theirs.rateParams.get(f"{place}AND{process}", [])
                scaling = [item for item in ours.rate_parameters if item.scales((place, process))]
                assert sorted(item.name for item in scaling) == sorted(line[0][0] for line in lines)
                initial = {line[0][0]: float(line[0][1]) for line in lines if line[0][-1] == 0}
                values = [item for item in scaling if item.initial is not None]
                assert {item.name: item.initial for item in values} == initial
        sidebands = {name: args[0] for name, _, kind, args, _ in theirs.systs if kind == "gmN"}
        found = {item.name: item.events for item in ours.uncertainties if item.kind == "gmN"}
        assert found == sidebands
    assert compared > 150


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_each_card_is_converted_or_out_of_scope_by_name():
    """The stored list is the output of `python -m support.combine.cards`."""
    verdicts = {name(card): verdict(card) for card in cards()}
    assert sum(outcome in (CONVERTED, ABSENT) for outcome in verdicts.values()) > 140
    assert listing(verdicts) == yaml.safe_load(LIST.read_text(encoding="utf-8"))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_each_converted_card_has_the_likelihood_of_combine(record_property):
    """Differences of -2 ln L at random points, by Combine's arithmetic."""
    found = {}
    for card in cards():
        try:
            likelihood = Likelihood.from_workspace(workspace(card, exact=True))
        except WollemiError:
            continue
        text, generator = card.read_text(errors="replace"), np.random.default_rng(1)
        model = PlainCard(parse_card(text), card.parent, mass(card), exact=True)
        points = [random_point(likelihood, generator) for _ in range(4)]
        found[name(card)] = float(largest_difference(likelihood, model, points))
    record_property("largest", max(found.values()))
    assert len(found) > 140
    assert {card: size for card, size in found.items() if not size < 5e-8} == {}
