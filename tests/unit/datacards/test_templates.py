"""Histograms of a datacard that do not fit it."""

import pytest
import uproot
from support.products.datacards import write_random_card

from wollemi.base.errors import WollemiError
from wollemi.datacards.parsing import parse_card
from wollemi.datacards.templates import read_templates

RULE = "shapes * * shapes.root $CHANNEL/$PROCESS $CHANNEL/$PROCESS_$SYSTEMATIC"


@pytest.mark.parametrize(
    ("new", "problem"),
    [
        (RULE.replace("shapes.root", "other.root"), "there is no file"),
        (RULE.replace("shapes.root", "card.txt"), "is no ROOT file"),
        (RULE.replace("$CHANNEL/$PROCESS ", "$PROCESS "), "has no histogram 'data_obs'"),
        (RULE.replace("_$SYSTEMATIC", "_x$SYSTEMATIC"), "no histograms of 'scale'"),
        (RULE.replace("$PROCESS ", "$PROCESS$MASS "), r"has \$MASS"),
        (RULE.replace("shapes * *", "shapes * high"), "no line 'shapes' is for"),
    ],
)
def test_what_is_missing_is_named(tmp_path, new, problem):
    path = write_random_card(tmp_path, 3)
    card = parse_card(path.read_text().replace(RULE, new))
    with pytest.raises(WollemiError, match=problem):
        read_templates(card, tmp_path, None)


def test_a_rate_must_be_that_of_the_histogram(tmp_path):
    text = write_random_card(tmp_path, 3).read_text()
    before, _, after = text.partition("\nrate ")
    rates = after.split("\n", 1)
    changed = " ".join(["1000", *rates[0].split()[1:]])
    card = parse_card(f"{before}\nrate {changed}\n{rates[1]}")
    with pytest.raises(WollemiError, match="events, the card 1000"):
        read_templates(card, tmp_path, None)


def test_data_are_whole_but_for_rounding(tmp_path):
    """Sums of histograms end at 465.00000000000006, and then there is no goodness of fit."""
    path = write_random_card(tmp_path, 3)
    card = parse_card(path.read_text())
    with uproot.open(tmp_path / "shapes.root") as file:
        histograms = {key: file[key].to_hist() for key in file.keys(cycle=False) if "/" in key}
    histograms["high/data_obs"].view().value *= 1 + 1e-16
    histograms["high/data_obs"].view().value[0] = 465.00000000000006
    histograms["low/data_obs"].view().value[0] = 4.5
    with uproot.recreate(tmp_path / "shapes.root") as file:
        for key, histogram in histograms.items():
            file[key] = histogram
    observed = read_templates(card, tmp_path, None).observed
    assert observed["high"][0] == 465.0
    assert observed["low"][0] == 4.5
