"""Rates do not know how the events of a process lie in files, and no process is lost."""

import math
from pathlib import Path

import numpy as np
import pytest
from support.project.seeds import slow_but

from wollemi_interactive.menus.models import InputRates, Menu
from wollemi_interactive.menus.trigger import Decisions
from wollemi_interactive.menus.trigger_rates import (
    RateCounter,
    check_events,
    input_rates,
    rates_page,
)
from wollemi_likelihood.base.errors import WollemiError

PATHS = ("tight", "loose", "rare")
MENU = Menu.model_validate(
    {
        "title": "three paths",
        "paths": {
            name: {"selection": "MET_pt > 0", "prescale": prescale}
            for name, prescale in zip(PATHS, (1, 7, 50), strict=True)
        },
    }
)
SIGMA = {"dy": 6077.2, "minbias": 5.0e6}


def rates(known):
    return InputRates.model_validate({"luminosity_cm2_s": 2e34, "cross_sections_pb": known})


def events(seed, number):
    """Weights, some of them negative, and flags of each path."""
    random = np.random.default_rng(seed)
    weights = random.choice([-1.0, 1.0, 2.5], number, p=[0.1, 0.5, 0.4])
    return weights, random.uniform(size=(len(PATHS), number)) < [[0.1], [0.5], [0.3]]


def counted(inputs, parts):
    """The table of events, of which each part is a file."""
    counter = RateCounter(MENU, inputs)
    for number, (weights, flags) in enumerate(parts):
        chosen = dict(zip(PATHS, flags, strict=True))
        counter.add(number, weights, Decisions(chosen, chosen))
    return counter.table()


def split(seed, number):
    """Events of both processes, whole and cut into any number of files, some of them empty."""
    random = np.random.default_rng(seed)
    whole = {name: events(seed + place, number) for place, name in enumerate(SIGMA)}
    parts = []
    for name, (weights, flags) in whole.items():
        cuts = np.sort(random.integers(0, number, random.integers(0, 5)))
        pieces = zip(np.split(weights, cuts), np.split(flags, cuts, axis=1), strict=True)
        parts += [(f"{name}_{place}.root", piece) for place, piece in enumerate(pieces)]
    return whole, [parts[place] for place in random.permutation(len(parts))]


@pytest.mark.parametrize("seed", slow_but(range(2), range(6)))
def test_a_process_in_several_files_has_the_rate_of_one_file(seed):
    whole, parts = split(seed, 400)
    one = input_rates(
        rates({f"{name}.root": value for name, value in SIGMA.items()}),
        [Path(f"{name}.root") for name in whole],
    )
    many = input_rates(
        rates({f"{name}_*.root": value for name, value in SIGMA.items()}),
        [Path(name) for name, _ in parts],
    )
    expected, found = counted(one, whole.values()), counted(many, [part for _, part in parts])
    assert found["input_hz"] == expected["input_hz"]
    assert found["input_hz"] == pytest.approx(0.02 * sum(SIGMA.values()), rel=1e-5)  # six digits
    assert found["overlaps"] == expected["overlaps"]
    for name in PATHS:
        assert found["paths"][name] == expected["paths"][name]
    assert found["total"] == expected["total"]


@pytest.mark.parametrize("seed", range(2))
def test_fractions_are_sums_of_probabilities(seed):
    """A path keeps an event alone if it keeps it and no other path does."""
    weights, flags = events(seed, 400)
    found = counted(input_rates(None, [Path("dy.root")]), [(weights, flags)])
    kept = flags / [[1], [7], [50]]
    missed = np.prod(1 - kept, axis=0)
    assert found["events"] == 400
    expected = np.average(1 - missed, weights=weights)
    assert found["total"]["fraction"] == pytest.approx(expected, rel=1e-5)
    for place, name in enumerate(PATHS):
        alone = kept[place] * np.prod(np.delete(1 - kept, place, axis=0), axis=0)
        fractions = [np.average(each, weights=weights) for each in (kept[place], alone)]
        keys = ("fraction", "unique_fraction")
        assert [found["paths"][name][key] for key in keys] == pytest.approx(fractions, rel=1e-5)


def test_a_name_goes_before_a_pattern():
    known = {"dy_*.root": 1.0, "dy_1.root": 5.0}
    files = [Path(f"dy_{number}.root") for number in range(3)]
    found = input_rates(rates(known), files)
    assert found.processes == [0, 1, 0]
    assert found.rates == pytest.approx([0.02, 0.1])


@pytest.mark.parametrize(
    ("known", "files", "problem"),
    [
        ({"dy.root": 1.0}, ["a/dy.root", "b/dy.root"], "a/dy.root and b/dy.root have one name"),
        ({"d*": 1.0, "*y.root": 2.0}, ["dy.root"], "'dy.root' has those of d* and *y.root"),
        ({"dy.root": 1.0}, ["dz.root"], "'dz.root' has no cross section; did you mean 'dy.root'?"),
    ],
)
def test_files_whose_cross_section_is_not_known(known, files, problem):
    with pytest.raises(WollemiError) as error:
        input_rates(rates(known), [Path(name) for name in files])
    assert error.value.problem.startswith(problem)


@pytest.mark.parametrize("entries", [(0, 5, 0), (0, 0, 0)])
def test_a_process_without_events_has_no_rate(entries):
    """It is unknown, and would have been 0 in each path and in the total."""
    files = [Path(name) for name in ("dy_0.root", "minbias.root", "dy_1.root")]
    known = rates({"dy_*.root": 1.0, "minbias.root": 2.0})
    with pytest.raises(WollemiError, match=r"dy_0\.root: has no events"):
        check_events(input_rates(known, files), files, entries)
    check_events(input_rates(known, files), files, (0, 5, 1))
    if any(entries):
        check_events(input_rates(None, files), files, entries)  # only fractions are reported


ONE_SIDED = (1 - math.erf(1 / math.sqrt(2))) / 2  # of a normal variable beyond 1σ
NONE_SEEN = -math.log(ONE_SIDED)  # events, of which none is seen with this probability


def without(path, weights, number):
    """Events that no path selects, or only the other two."""
    flags = np.zeros((len(PATHS), number), bool)
    if path:
        flags[[name != path for name in PATHS], ::3] = True
    return np.resize(weights, number).astype(float), flags


@pytest.mark.parametrize("weights", [[1.0], [2.0, 0.5, -0.1]])
def test_no_event_has_an_upper_end(weights):
    """With the rate there, no event is seen in 16 % of the samples."""
    part = without("", weights, 1000)
    found = counted(input_rates(None, [Path("a.root")]), [part])
    number = part[0].sum() ** 2 / np.sum(part[0] ** 2)  # that of 1000 events without weights
    for name, prescale in zip(PATHS, (1, 7, 50), strict=True):
        item = found["paths"][name]
        assert item["fraction"] == item["fraction_error"] == 0
        assert item["fraction_upper"] == item["unique_fraction_upper"]
        selected = item["fraction_upper"] * prescale
        assert selected * number == pytest.approx(NONE_SEEN, rel=1e-5)
        assert (1 - selected) ** number == pytest.approx(ONE_SIDED, rel=0.01)
        assert item["rate_upper_hz"] is None
    assert found["total"]["fraction_upper"] == found["paths"]["tight"]["fraction_upper"]


def test_the_process_of_the_largest_events_counts():
    """Of none an event is kept; then of one of them some are, and their error is added."""
    files = [Path("dy.root"), Path("minbias.root")]
    inputs = input_rates(rates({"dy.root": 100.0, "minbias.root": 5000.0}), files)
    none = counted(inputs, [without("tight", [1.0], 200), without("tight", [1.0], 4000)])
    each = [2.0 * NONE_SEEN / 200, 100.0 * NONE_SEEN / 4000]
    item = none["paths"]["tight"]
    assert item["rate_upper_hz"] == pytest.approx(max(each), rel=1e-5)
    assert item["rate_error_hz"] == 0
    assert none["paths"]["loose"]["rate_upper_hz"] is None
    assert none["paths"]["loose"]["unique_rate_upper_hz"] is None
    some = counted(inputs, [without("rare", [1.0], 200), without("tight", [1.0], 4000)])
    item = some["paths"]["tight"]
    value, error = 2.0 * 67 / 200, 2.0 * math.sqrt(67 * (1 - 67 / 200)) / 200
    assert (item["rate_hz"], item["rate_error_hz"]) == pytest.approx((value, error), rel=1e-5)
    assert item["rate_upper_hz"] == pytest.approx(value + math.hypot(error, each[1]), rel=1e-5)
    page = rates_page("menu", none)
    assert "| tight | 1 | 0 | 0 | 0 (< 0.0460) | 0 (< 0.0460) |" in page
    assert "(< x): upper end at 68 %" in page
    assert "| 0.670 ± 0.067 (< 0.751) |" in rates_page("menu", some)


def test_a_few_events_bound_nothing_above_the_input():
    found = counted(input_rates(None, [Path("a.root")]), [without("", [1.0], 1)])
    assert found["total"]["fraction_upper"] == 1
    found = counted(input_rates(None, [Path("a.root")]), [without("tight", [1.0], 300)])
    assert found["total"]["fraction_upper"] is None
    assert found["paths"]["tight"]["fraction_upper"] is not None
