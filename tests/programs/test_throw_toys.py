"""Limits from toys, one job a signal: who needs them, what compute_limits takes from them."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from compute_limits import limits_of
from support.products.statistical_models import counting
from support.tiny.mistakes import set_value
from support.tiny.steps import RESULTS, check_record, read_json, run_step
from throw_toys import toy_limits

from wollemi.inference.limit_report import describe_limit
from wollemi.results.limits import method_of, toys_note
from wollemi.results.toy_limits import ToyLimits
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import signal_events, upper_limit
from wollemi_likelihood.workspaces import Workspace

SIGNALS = {"signal_200": counting(2.0, 1.0, 1.5), "signal_300": counting(400.0, 40.0, 400.0)}


def throw(signals, number=300):
    """Run the step for each signal, and compute_limits."""
    set_value("limits", "toys", value=number)
    Path(f"{RESULTS}/workspaces").mkdir(parents=True)
    found = {kind: [f"{RESULTS}/{kind}/{name}.json" for name in signals] for kind in KINDS}
    for name, path, output in zip(signals, *found.values(), strict=True):
        Path(path).write_text(json.dumps(signals[name]))
        outputs = {"limits": output, "record": f"{RESULTS}/records/throw_toys/{name}.json"}
        assert run_step("throw_toys", workspace=path, **outputs) == 0
        check_record(f"throw_toys/{name}.json")
    outputs = {
        "limits": f"{RESULTS}/limits.json",
        "record": f"{RESULTS}/records/compute_limits.json",
    }
    inputs = {"workspaces": found["workspaces"], "toys": found["toy_limits"]}
    return run_step("compute_limits", **inputs, **outputs)


KINDS = ("workspaces", "toy_limits")


def named(signal, content):
    """A model whose signal has the name of a sample of the tiny analysis."""
    text = json.dumps(content).replace('"name": "signal"', f'"name": "{signal}"')
    return json.loads(text)


def test_signals_of_few_events_have_limits_from_toys(tiny):
    assert throw({signal: named(signal, content) for signal, content in SIGNALS.items()}) == 0
    limits, toys = read_json("limits.json"), read_json("toy_limits/signal_200.json")["limits"]
    rare, common = limits["limits"].values()
    assert limits["method"] == "mixed"
    assert read_json("toy_limits/signal_300.json")["limits"] is None
    assert "toys" not in common
    for key in ("observed", "expected", "curve"):
        assert rare[key] == toys[key]
    for key in ("observed_error", "expected_errors", "number", "seed"):
        assert rare["toys"][key] == toys[key]
    assert rare["toys"]["asymptotic_expected"][2] != rare["expected"][2]


def test_blinded_data_are_in_no_product(tiny):
    content = named("signal_200", SIGNALS["signal_200"])
    content["measurements"][0]["name"] = "m [BLINDED]"
    assert throw({"signal_200": content}) == 0
    toys = read_json("toy_limits/signal_200.json")["limits"]
    assert (toys["observed"], toys["observed_error"], toys["curve"]["observed"]) == (None,) * 3
    limit = read_json("limits.json")["limits"]["signal_200"]
    assert (limit["observed"], limit["toys"]["asymptotic_observed"]) == (None, None)
    assert limit["expected"] == toys["expected"]


def asked(signal, content):
    return Workspace(signal, "m", Likelihood.from_workspace(named(signal, content)))


def test_what_failed_is_told_by_the_limits(monkeypatch):
    """The toys of one signal do not take those of the others with them."""

    def failing(*_):
        raise WollemiError("limit from toys", "12 of 300 toys have no fit", "look")

    good = toy_limits(asked("signal_300", SIGNALS["signal_300"]), 0.95, 300)
    monkeypatch.setattr("throw_toys.toys_of", failing)
    bad = toy_limits(asked("signal_200", SIGNALS["signal_200"]), 0.95, 300)
    toys = {item.signal: ToyLimits.parse("it", item.plain()) for item in (good, bad)}
    settings = SimpleNamespace(
        limits=SimpleNamespace(
            level=0.95, cross_section_fraction=None, points=None, theory_uncertainty=None
        ),
        samples={"signal_200": None, "signal_300": None},
        datasets={},
    )
    workspaces = [asked(signal, content) for signal, content in SIGNALS.items()]
    limits, left_out = limits_of(SimpleNamespace(settings=settings), workspaces, toys)
    assert list(limits) == ["signal_300"]
    assert left_out == {"signal_200": "limit from toys: 12 of 300 toys have no fit"}


def test_toys_are_for_signals_of_few_events():
    """One signal of few events and one of many; the method and what is judged follow."""
    found = {}
    for signal, content in {"rare": SIGNALS["signal_200"], "common": SIGNALS["signal_300"]}.items():
        workspace = asked("signal", content)
        asymptotic = upper_limit(workspace.likelihood, points=2)
        events = signal_events(workspace.likelihood, ["signal"])
        toys = toy_limits(workspace, 0.95, 300).limits
        assert toy_limits(workspace, 0.95, None).limits is None
        found[signal] = describe_limit(asymptotic, None, 2.0, events, toys=toys)
    rare, common = found["rare"], found["common"]
    assert common.toys is None
    assert rare.toys.number == 300
    assert rare.too_low == ()
    assert rare.expected_pb == pytest.approx([2 * value for value in rare.expected])
    assert len(rare.curve.poi) == len(rare.curve.expected)
    assert [method_of(items) for items in ([rare], [common], [rare, common])] == [
        "toys",
        "asymptotic",
        "mixed",
    ]
    assert toys_note(found) == (
        "from 300 toys of each hypothesis (rare): too few events for the asymptotic formulae"
    )
