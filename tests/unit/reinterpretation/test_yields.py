"""A signal given by its events in the bins of a published model: its samples by hand, and what is
said of yields that do not fit.
"""

import copy

import pyhf
import pytest
from support.products.published_models import background, signal_sample, whole_model

from wollemi.model.scaled_samples import without_signal
from wollemi.reinterpretation.models import NewSignal
from wollemi.reinterpretation.patches import with_signal
from wollemi.reinterpretation.yields import silent_parameters, yield_patch
from wollemi_likelihood.base.errors import WollemiError

LIKE = whole_model()
EVENTS = [2.0, 4.0, 1.0]


def new(channels=None, **keys):
    given = {"SR": EVENTS, "CR": 0} if channels is None else channels
    return NewSignal.model_validate({"like": "mid_300_0", "yields": given} | keys)


def patch(signal, like=LIKE):
    return yield_patch("signal.yaml", "new", signal, background(), like)


def added(signal, like=LIKE):
    """Channel → the sample that is added there."""
    workspace = with_signal("signal.yaml", "new.yields", "new", patch(signal, like), background())
    assert without_signal(workspace) == background()
    return {
        channel["name"]: sample
        for channel in workspace["channels"]
        for sample in channel["samples"]
        if sample["name"] == "new"
    }


def modifiers(sample):
    return {(item["name"], item["type"]): item["data"] for item in sample["modifiers"]}


def test_events_with_strength_and_luminosity_in_the_channels_that_have_some():
    found = added(new())
    assert found.keys() == {"SR"}
    assert found["SR"]["data"] == EVENTS
    assert modifiers(found["SR"]) == {("mu_SIG", "normfactor"): None, ("lumi", "lumi"): None}
    assert added(new({"SR": EVENTS, "CR": 3})).keys() == {"SR", "CR"}
    assert added(new({"SR": [0, 0, 0], "CR": [3]})).keys() == {"CR"}


def test_luminosity_acts_only_if_it_acts_on_the_archived_signal():
    like = copy.deepcopy(LIKE)
    del like["channels"][0]["samples"][-1]["modifiers"][1]
    assert modifiers(added(new(), like)["SR"]) == {("mu_SIG", "normfactor"): None}


def test_one_relative_change_is_a_factor_and_several_are_a_shape():
    found = added(
        new(
            {"SR": EVENTS, "CR": 5},
            systematics={
                "jes": {"up": {"SR": 0.04}, "down": {"SR": -0.03, "CR": -0.01}},
                "theory": {"up": {"SR": [0.1, 0.2, -0.5]}, "down": "symmetrize"},
                "scale": {"up": {"SR": {"values": [3, 4, 0]}}, "down": {"SR": -0.1}},
            },
        )
    )
    search = modifiers(found["SR"])
    assert search["jes", "normsys"] == {"hi": 1.04, "lo": 0.97}
    assert modifiers(found["CR"])["jes", "normsys"] == {"hi": 1.0, "lo": 0.99}
    assert search["theory", "histosys"]["hi_data"] == pytest.approx([2.2, 4.8, 0.5])
    assert search["theory", "histosys"]["lo_data"] == pytest.approx([1.8, 3.2, 1.5])
    assert search["scale", "histosys"]["hi_data"] == [3, 4, 0]
    assert search["scale", "histosys"]["lo_data"] == pytest.approx([1.8, 3.6, 0.9])
    assert ("theory", "histosys") not in modifiers(found["CR"])


def test_statistics_join_the_factors_of_the_bins():
    """With the errors of the backgrounds in quadrature, as pyhf has it; in a channel without such
    factors they are new ones.
    """
    given = {"SR": {"values": EVENTS, "statistical": [1.0, 2.0, 0.5]}, "CR": 0}
    assert modifiers(added(new(given))["SR"])["staterror_SR", "staterror"] == [1.0, 2.0, 0.5]
    base = background()
    workspace = with_signal("signal.yaml", "new.yields", "new", patch(new(given)), base)
    model = pyhf.Workspace(workspace).model()
    widths = model.config.param_set("staterror_SR").sigmas
    total = [24.0 + 2.0, 11.0 + 4.0, 3.5 + 1.0]
    squares = [(0.04 * b) ** 2 * 2 + s**2 for b, s in zip([24, 11, 3.5], [1, 2, 0.5], strict=True)]
    expected = [square**0.5 / events for square, events in zip(squares, total, strict=True)]
    assert list(widths) == pytest.approx(expected)
    for channel in base["channels"]:
        for sample in channel["samples"]:
            sample["modifiers"] = [m for m in sample["modifiers"] if m["type"] != "staterror"]
    (operation,) = yield_patch("signal.yaml", "new", new(given), base, LIKE)
    assert modifiers(operation["value"])["staterror_SR", "staterror"] == [1.0, 2.0, 0.5]


def test_the_archived_signal_given_by_its_yields_is_the_archived_sample():
    archived = signal_sample([2.0, 6.0, 5.0], "new")
    signal = new(
        {"SR": [2, 6, 5], "CR": 0},
        systematics={"jes": {"up": {"SR": 0.03}, "down": {"SR": -0.03}}},
    )
    found = added(signal)["SR"]
    assert found["data"] == archived["data"]
    assert modifiers(found) == modifiers(archived)
    assert silent_parameters(signal, LIKE) == []


def test_parameters_of_the_archived_signal_of_which_nothing_is_said():
    assert silent_parameters(new(), LIKE) == ["jes"]


REFUSED = {
    "unknown channel": ({"SRX": EVENTS, "CR": 0}, {}, "'SRX' is not a channel of the published"),
    "a channel less": ({"SR": EVENTS}, {}, "new.yields: say what CR gets; 0 if nothing"),
    "bins": (
        {"SR": [1, 2], "CR": 0},
        {},
        "new.yields.SR: 2 numbers, but the channel has 3 bins",
    ),
    "one number for three bins": (
        {"SR": 7.0, "CR": 0},
        {},
        "new.yields.SR: 1 number, but the channel has 3 bins",
    ),
    "errors of other bins": (
        {"SR": {"values": EVENTS, "statistical": [0.1, 0.1]}, "CR": 0},
        {},
        "new.yields.SR.statistical: 2 numbers, but the channel has 3 bins",
    ),
    "three numbers for one bin": (
        {"SR": EVENTS, "CR": EVENTS},
        {},
        "new.yields.CR: 3 numbers, but the channel has 1 bin\n",
    ),
    "nothing": ({"SR": 0, "CR": 0}, {}, "new.yields: all are 0"),
    "luminosity": (
        None,
        {"lumi": {"up": {"SR": 0.017}, "down": "symmetrize"}},
        "new.systematics.lumi: acts already, as it does on mid_300_0; leave it out",
    ),
    "another kind": (
        None,
        {"staterror_SR": {"up": {"SR": 0.1}, "down": "symmetrize"}},
        "new.systematics.staterror_SR: is a staterror of the published model",
    ),
    "strength": (
        None,
        {"mu_SIG": {"up": {"SR": 0.1}, "down": "symmetrize"}},
        "modifier 'mu_SIG' is a normsys, but a normfactor elsewhere",
    ),
    "systematic of another channel": (
        None,
        {"jes": {"up": {"SRX": 0.1}, "down": {"CR": 0.1}}},
        "new.systematics.jes.up: 'SRX' is not among the yields; did you mean 'SR'",
    ),
    "systematic of other bins": (
        None,
        {"jes": {"up": {"SR": [0.1, 0.2]}, "down": "symmetrize"}},
        "new.systematics.jes.up.SR: 2 numbers, but the channel has 3 bins",
    ),
    "below zero": (
        None,
        {"jes": {"up": {"SR": 1.5}, "down": "symmetrize"}},
        "new.systematics.jes.down: leaves no events in SR; give a change above -1",
    ),
    "a bin below zero": (
        None,
        {"jes": {"up": {"SR": [0.1, 1.5, 0.1]}, "down": "symmetrize"}},
        "new.systematics.jes.down: a yield of SR is negative; give a change above -1",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case):
    channels, systematics, message = REFUSED[case]
    with pytest.raises(WollemiError, match=message):
        added(new(channels, systematics=systematics))
