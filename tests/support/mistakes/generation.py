"""Mistakes with events that a hook makes, with pseudo-data, random numbers and the bins of the
fit.
"""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from support.tiny.mistakes import Run, set_value
from support.tiny.steps import HOOKS_FILE, run_step

HOOK = """

def toy(random, events, mean=2.0):
    return {"MET_pt": random.exponential(mean, events), "Muon_pt": [[1.0]] * (events - 1)}
"""
GENERATE: dict[str, Any] = {"hook": "toy", "events": 10, "seed": 3}


def _generate(**changes: Any) -> Run:
    with Path(HOOKS_FILE).open("a") as file:
        file.write(HOOK)
    set_value("datasets", "toys", value={"generate": GENERATE | changes, "cross_section_pb": 1.0})
    return partial(
        run_step,
        "generate_events",
        dataset="toys",
        hooks=HOOKS_FILE,
        events="results/tiny/files/toys.root",
    )


def no_pythia() -> Run:
    set_value("generator", value={"settings": ["Beams:eCM = 13000."]})
    own = {"settings": ["WeakSingleBoson:ffbar2gmZ = on"], "events": 10, "seed": 3}
    set_value("datasets", "made", value={"generate": own, "cross_section_pb": 1.0})
    run = partial(
        run_step, "generate_events", dataset="made", events="results/tiny/files/made.root"
    )
    # As on a machine for which it has no package.
    others = {
        name: module for name, module in sys.modules.items() if name != "wollemi.generation.pythia"
    }
    return patch.dict(sys.modules, others | {"pythia8mc": None}, clear=True)(run)


SHORT: dict[str, Callable[[], Run]] = {
    "hook_lengths": lambda: _generate(),
    "hook_option": lambda: _generate(options={"maen": 3}),
    "hook_name": lambda: _generate(hook="toys"),
}
