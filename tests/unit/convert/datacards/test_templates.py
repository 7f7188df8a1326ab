"""Histograms of a datacard that do not fit it."""

import re

import numpy as np
import pytest
import uproot
from support.products.datacards import write_random_card

from wollemi_convert.datacards.arithmetic import PlainCard
from wollemi_convert.datacards.parsing import parse_card
from wollemi_convert.datacards.templates import read_templates
from wollemi_likelihood.base.errors import WollemiError


def changed(folder, contents):
    """The templates of a random card in which some histograms have other bins."""
    rates = f"rate {'-1 ' * 8}2 3"
    card = parse_card(re.sub("(?m)^rate .*", rates, write_random_card(folder, 3).read_text()))
    with uproot.open(folder / "shapes.root") as file:
        histograms = {key: file[key].to_hist() for key in file.keys(cycle=False) if "/" in key}
    for key, bins in contents.items():
        if bins is None:
            del histograms[key]
        else:
            histograms[key].view().value[:] = bins
    with uproot.recreate(folder / "shapes.root") as file:
        for key, histogram in histograms.items():
            file[key] = histogram
    return read_templates(card, folder, None)


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


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("observation -1", "observation -2", "-2 events are observed"),
        ("observation -1 -1 6", "observation -1 -1 -1", "-1 events are observed, and there is no"),
        ("observation -1", "observation 7", "events, the card 7"),
        ("rate ", "rate -1 ", "numbers for"),
        (" 3.0\n", " -1\n", "the rate of 'dy' is -1, and it has no histogram"),
        ("$CHANNEL/$PROCESS ", "$CHANNEL/$PROCESS$ERA ", "has a keyword of text2workspace.py"),
    ],
)
def test_numbers_that_no_histogram_has(tmp_path, old, new, problem):
    text = write_random_card(tmp_path, 3).read_text()
    assert old in text
    with pytest.raises(WollemiError, match=problem):
        read_templates(parse_card(text.replace(old, new, 1)), tmp_path, None)


@pytest.mark.parametrize(("statistics", "scaled"), [("", True), ("10", False)])
def test_the_rate_counts_where_no_statistics_do(tmp_path, statistics, scaled):
    """Within the 1 % that Combine allows: with autoMCStats it takes the sum of the histogram."""
    text = write_random_card(tmp_path, 3, statistics).read_text()
    template = read_templates(parse_card(text), tmp_path, None).processes["high", "ggH"]
    total = float(template.events.sum())
    rates = re.search(r"(?m)^rate (\S+)", text)
    changed = text.replace(rates[0], f"rate {1.009 * total!r}")
    found = read_templates(parse_card(changed), tmp_path, None).processes["high", "ggH"]
    assert found.events.sum() == pytest.approx(total * (1.009 if scaled else 1), rel=1e-4)


@pytest.mark.parametrize(
    ("key", "bins", "problem"),
    [
        ("high/data_obs", [-1.0, 2.0, 3.0, 6.0], "a bin below 0"),
        ("high/dy_scaleUp", None, "only one side of 'scale' for 'dy' in 'high'"),
    ],
)
def test_histograms_that_no_model_can_take(tmp_path, key, bins, problem):
    with pytest.raises(WollemiError, match=problem):
        changed(tmp_path, {key: bins})


def test_data_are_whole_but_for_rounding(tmp_path):
    """Sums of histograms end at 465.00000000000006, and then there is no goodness of fit."""
    contents = {"high/data_obs": [465.00000000000006, 1, 2, 3], "low/data_obs": [4.5, 1, 2, 3]}
    observed = changed(tmp_path, contents).observed
    assert observed["high"][0] == 465.0
    assert observed["low"][0] == 4.5


def test_bins_below_zero_are_set_to_zero_and_the_sum_stays(tmp_path, caplog):
    """The sum is the rate of the card: Combine takes it before bins are cut off."""
    templates = changed(tmp_path, {"high/dy": [-1.0, 2.0, 3.0, 6.0]})
    events = templates.processes["high", "dy"].events
    assert events == pytest.approx([0, 20 / 11, 30 / 11, 60 / 11])
    assert "shapes.root: 'high/dy': bins below 0 are set to 0" in caplog.text


def test_nothing_is_left(tmp_path):
    with pytest.raises(WollemiError, match=r"'high/dy': has -1 events"):
        changed(tmp_path, {"high/dy": [-3.0, 2.0, 0.0, 0.0]})


def test_bins_that_are_no_numbers(tmp_path):
    with pytest.raises(
        WollemiError, match=r"'high/dy' in shapes\.root has a bin that is no number"
    ):
        changed(tmp_path, {"high/dy": [np.nan, 2.0, 0.0, 0.0]})


def test_of_several_histograms_the_one_that_root_reads_counts(tmp_path):
    """It is the first one of its name; in files of uproot that is the oldest."""
    card = parse_card(write_random_card(tmp_path, 3).read_text())
    before = read_templates(card, tmp_path, None)
    plain = PlainCard(card, tmp_path, None, exact=True)
    with uproot.update(tmp_path / "shapes.root") as file:
        for key in file.keys(cycle=False, filter_classname="TH1D"):
            file[key] = np.ones(2), np.arange(3.0)
    found = read_templates(card, tmp_path, None)
    for entry, template in before.processes.items():
        assert found.processes[entry].events.tolist() == template.events.tolist()
    again = PlainCard(card, tmp_path, None, exact=True)
    assert {b: events.tolist() for b, events in again.data.items()} == {
        b: events.tolist() for b, events in plain.data.items()
    }
