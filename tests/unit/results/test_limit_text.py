"""Limits from toys as people read them: each has the error from the number of toys."""

import re

import numpy as np
import pytest
from support.example.products import limit, limits
from support.project.seeds import slow_but

from wollemi.analysis.view import read
from wollemi.pages.headlines import limit_text
from wollemi.pages.limit_captions import curve_details, limits_details
from wollemi.plots.limit_numbers import curve_numbers, limit_numbers
from wollemi.reinterpretation.text import _limit_lines
from wollemi.results.limit_text import edge_text
from wollemi.results.limits import Limits, SignalLimit
from wollemi.tables.limits import limit_table
from wollemi_likelihood.limit_floor import EDGES
from wollemi_publish.hepdata.limit_tables import cross_section_table

WITH_ERROR = re.compile(r"([\d.]+) ± ([\d.]+)")


def thrown(seed):
    """A limit with relative errors between 0.1 and 40 %."""
    random = np.random.default_rng(seed)
    plain = limit(2.0, observed=float(np.exp(random.normal(0, 2))), cross_section_pb=0.5)
    sizes = 10 ** random.uniform(-3, -0.4, 6)
    expected = plain["expected"]
    toys = {
        "number": 1000,
        "seed": [1],
        "observed_error": float(sizes[0] * plain["observed"]),
        "expected_errors": (sizes[1:] * expected).tolist(),
        "asymptotic_observed": 1.0,
        "asymptotic_expected": expected,
    }
    return plain | {"toys": toys}


@pytest.mark.parametrize("seed", slow_but(range(4), range(20)))
def test_the_digits_of_a_limit_are_those_of_its_error(seed):
    found = SignalLimit.model_validate(thrown(seed))
    for name, value, size in (
        ("observed", found.observed, found.toys.observed_error),
        ("expected", found.expected[2], found.toys.expected_errors[2]),
    ):
        shown, error = map(float, WITH_ERROR.fullmatch(edge_text(found, name)).groups())
        assert error == pytest.approx(size, rel=0.06)
        assert shown == pytest.approx(value, abs=size / 15)
    for name, (place, _) in EDGES.items():
        shown = float(edge_text(found, name).partition(" ±")[0].replace(",", ""))
        assert shown == pytest.approx(found.expected[place], abs=found.toys.expected_errors[place])


def test_an_asymptotic_limit_has_three_digits_and_a_blinded_one_none():
    found = SignalLimit.model_validate(limit(2.0, observed=1.23456))
    assert edge_text(found, "observed") == "1.23"
    assert edge_text(found.noting(observed=None), "observed") == "BLINDED"
    assert limit_text(found) == "observed 1.23, expected 1.00 (68 %: 0.700–1.40)"


def test_each_place_that_quotes_a_limit_quotes_its_error():
    content = Limits.model_validate(limits(signal=thrown(3)))
    found = content.limits["signal"]
    observed = edge_text(found, "observed")
    assert "±" in observed
    assert limit_text(found).startswith(f"observed {observed}, expected 1.")
    assert limit_text(found).count("±") == 2
    assert limit_text(found, in_pb=True).count("±") == 2
    cells = limit_table(content.limits, 0.95, str).text.loc["signal"]
    assert cells["observed"] == observed
    line = next(
        line for line in limits_details(limit_numbers(content, read("Plots", {}))) if "±" in line
    )
    assert line.count("±") == 2
    assert observed in curve_details(curve_numbers("signal", content, read("Plots", {})))[0]
    assert _limit_lines("signal", found.plain(), 0.95)[0].count("±") == 2
    columns = cross_section_table(content, ["signal"], [], "σ [pb]", "theory").dependent
    for column, size in zip(
        columns, (found.toys.observed_error, found.toys.expected_errors[2]), strict=False
    ):
        (error,) = [error for error in column.errors if error.label == "number of toys"]
        assert error.values[0] == pytest.approx(0.5 * size, rel=1e-5)
