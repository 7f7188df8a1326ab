"""Numbers that others have published: small models here, others in the tests that the page names
(docs/published_numbers.md).
"""

import json
import re

import pytest
from support.oracles.published_numbers import (
    COLLECTED,
    DEVIATIONS,
    NUMBERS,
    PAGE,
    PROJECTS,
    ROOT,
    deviation,
    page,
    published,
    reproduces,
    tolerance,
)
from support.products.statistical_models import modifier, normsys, sample, workspace

from wollemi_likelihood.asymptotics import AsymptoticTest
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import significance

LUMI = {"name": "lumi", "auxdata": [1.0], "bounds": [[0.0, 10.0]], "inits": [1.0], "sigmas": [0.1]}


def model_of(signal, backgrounds, observed, control=(), parameters=()):
    """A signal with its strength on backgrounds in one channel, and control channels."""
    strength = sample("signal", signal, modifier("normfactor", "mu"))
    channels = [([strength, *backgrounds], observed), *control]
    named = [(f"channel{place}", *found) for place, found in enumerate(channels)]
    return workspace(
        [{"name": name, "samples": samples} for name, samples, _ in named],
        [{"name": name, "data": events} for name, _, events in named],
        parameters,
    )


def background(events, kind, name="theta", data=None):
    return sample(f"b_{name}_{events[0]}", events, modifier(kind, name, data))


MODELS = {
    "pyhf_readme": model_of([12, 11], [background([50, 52], "shapesys", data=[3, 7])], [51, 48]),
    "pyhf_example": model_of([5, 10], [background([50, 60], "shapesys", data=[5, 12])], [50, 60]),
    "pyhf_shapesys": model_of([10], [background([50], "shapesys", data=[7])], [55]),
    "pyhf_lumi": model_of(
        [20],
        [background([100], "lumi", "lumi"), background([0], "lumi", "lumi")],
        [55],
        parameters=[LUMI],
    ),
    "pyhf_normsys": model_of(
        [30, 95], [sample("b", [100, 150], normsys("theta", 1.1, 0.9))], [120, 180]
    ),
    "pyhf_channels": model_of(
        [10, 35],
        [background([100, 150], "shapesys", "one", [10, 10])],
        [110, 155],
        [([background([200, 350], "shapesys", "other", [5, 10])], [205, 345])],
    ),
    "root_shapesys": model_of(
        [20, 10], [background([100, 10], "shapesys", data=[10, 0])], [100, 10]
    ),
}


@pytest.mark.parametrize("model", MODELS)
def test_cls_of_small_models(model):
    likelihood = Likelihood.from_workspace(MODELS[model])
    test = AsymptoticTest(likelihood, likelihood.data)
    # The observed values of two models are of q instead of q̃, or of interpolation code 1.
    if f"{model}_observed" in NUMBERS:
        reproduces(f"{model}_observed", test.cls(1.0))
    reproduces(f"{model}_expected", test.expected_cls(1.0)[2])


def test_the_p_value_of_a_small_model():
    model = model_of([25], [background([50], "shapesys", data=[7])], [80])
    found = significance(Likelihood.from_workspace(model))
    reproduces("pyhf_q0_observed", found.observed_p_value)


def test_the_page_is_that_of_the_numbers():
    deviations = json.loads(DEVIATIONS.read_text())
    assert PAGE.read_text(encoding="utf-8") == page(deviations), (
        "run PYTHONPATH=scripts:tests uv run python -m support.oracles.published_numbers --write"
    )


def test_every_project_has_its_numbers():
    titles = [project["title"] for project in PROJECTS]
    assert titles == [
        *("TRExFitter", "cabinetry", "pyhf", "HistFitter", "Combine", "ROOT"),
        *("ADL benchmarks", "Open Data", "HEPData", "Feldman and Cousins"),
    ]
    for title in titles:
        assert sum(entry["project"] == title for entry in NUMBERS.values()) >= 2, title
        assert PAGE.read_text(encoding="utf-8").count(f"\n## {title}\n") == 1


@pytest.mark.parametrize("key", NUMBERS)
def test_a_number_is_asked_for_by_the_test_that_it_names(key):
    """And its deviation is within the tolerance."""
    entry = NUMBERS[key]
    path, _, name = entry["test"].partition("::")
    text = (ROOT / path).read_text(encoding="utf-8")
    assert re.search(rf"def {name}\b", text)
    assert "reproduces(" in text
    assert abs(json.loads(DEVIATIONS.read_text())[key]) <= tolerance(key)


@pytest.mark.parametrize("key", NUMBERS)
def test_a_number_beyond_its_tolerance_fails(key, monkeypatch):
    monkeypatch.delenv(COLLECTED, raising=False)
    value, unit = published(key), abs(published(key)) if NUMBERS[key].get("relative") else 1
    assert deviation(key, value) == 0
    reproduces(key, value + 0.9 * tolerance(key) * unit)
    for wrong in (
        value + 1.1 * tolerance(key) * unit + 1e-9,
        value - 1.1 * tolerance(key) * unit - 1e-9,
    ):
        with pytest.raises(AssertionError, match="published"):
            reproduces(key, wrong)
