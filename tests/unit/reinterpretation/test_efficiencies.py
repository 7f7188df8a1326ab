"""Systematics that act on a signal that is given by its efficiencies, and those of which they say
nothing.
"""

from support.example.analysis import DOCUMENT

from wollemi.reinterpretation.document import with_signals
from wollemi.reinterpretation.efficiencies import silent_systematics
from wollemi.reinterpretation.models import NewSignal


def like_the_signal(**changes):
    entry = {"efficiencies": {"sr": 0.1, "cr": 0.0}, "cross_section_pb": 1.0} | changes
    return NewSignal.model_validate({"like": "signal", "datasets": {"signal": entry}})


SIGNALS = {
    "silent": like_the_signal(),
    "told": like_the_signal(systematics={"scale": {"up": {"sr": 0.02}, "down": {"sr": -0.02}}}),
    "own": like_the_signal(systematics={"theory": {"up": {"sr": 0.1}, "down": "symmetrize"}}),
    "events": NewSignal.model_validate(
        {"like": "signal", "datasets": {"signal": {"files": ["new.root"]}}}
    ),
}


def test_what_efficiencies_say_nothing_of_is_told():
    """The luminosity acts by itself; `pdf` and `shower` never acted on the signal."""
    assert silent_systematics(DOCUMENT, SIGNALS) == {"silent": ["scale"], "own": ["scale"]}


def test_a_systematic_acts_where_it_was_told_and_a_new_one_on_its_signal_alone():
    found = with_signals(DOCUMENT, SIGNALS, {}, "signal.yaml")["systematics"]
    acting = {name: set(item["samples"]) for name, item in found.items()}
    assert acting == {
        "lumi": {*SIGNALS, "dy", "top"},
        "scale": {"told", "events", "dy"},
        "pdf": {"dy"},
        "shower": {"top"},
        "theory": {"own"},
    }
    assert found["theory"]["kind"] == "weight"
