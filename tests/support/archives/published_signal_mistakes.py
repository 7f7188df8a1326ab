"""Mistakes in a file of new signals for the archive of a published model, as in
`support.archives.signal_mistakes`.
"""

import json
from pathlib import Path
from typing import Any

from support.products.published_models import background, patch_set, signal_sample

Signals = Any
EVENTS = [2.0, 6.0, 5.0]
YIELDS = {"SR": EVENTS, "CR": 0}


def _yields(channels: Any = None, **changes: Any) -> Signals:
    given = YIELDS if channels is None else channels
    return {"new": {"like": "mid_300_0", "yields": given} | changes}


def _patch(folder: Path, content: Any) -> Signals:
    (folder / "patch.json").write_text(json.dumps(content))
    return {"new": {"patch": "patch.json"}}


def _added(sample: dict[str, Any], channel: int = 0) -> list[dict[str, Any]]:
    return [{"op": "add", "path": f"/channels/{channel}/samples/-", "value": sample}]


def published_events(folder: Path) -> Signals:
    changes = {"files": ["my_signal.root"], "cross_section_pb": 0.1}
    return {"new": {"like": "mid_300_0", "datasets": {"mid_300_0": changes}}}


def published_patch_of_another_likelihood(folder: Path) -> Signals:
    other = background()
    other["observations"][0]["data"][0] += 1
    return _patch(folder, patch_set(other))


def published_patch_of_an_unknown_channel(folder: Path) -> Signals:
    return _patch(folder, _added(signal_sample(EVENTS), 2))


def published_patch_of_other_bins(folder: Path) -> Signals:
    return _patch(folder, _added(signal_sample(EVENTS), 1))


def published_patch_without_a_sample(folder: Path) -> Signals:
    return _patch(folder, [{"op": "test", "path": "/version", "value": "1.0.0"}])


def published_patch_without_signal_strength(folder: Path) -> Signals:
    sample = signal_sample(EVENTS)
    sample["modifiers"][0]["name"] = "mu"
    return _patch(folder, _added(sample))


def published_systematics(folder: Path) -> Signals:
    change = {"up": {"SR": 0.1}, "down": "symmetrize"}
    misplaced = {"up": {"SRX": 0.1}, "down": {"CR": [0.1, 0.2]}}
    return _yields(systematics={"lumi": change, "staterror_SR": change, "jes": misplaced})


CONTENTS: dict[str, Signals] = {
    "published_name_of_a_background": {"top": _yields()["new"]},
    "published_systematics_below_zero": _yields(
        systematics={"theory": {"up": {"SR": 1.2}, "down": "symmetrize"}}
    ),
    "published_unknown_signal": _yields(like="mid_300"),
    "published_yields_below_zero": _yields({"SR": [2.0, -0.1, 5.0], "CR": 0}),
    "published_yields_of_nothing": _yields({"SR": 0, "CR": 0}),
    "published_yields_of_other_bins": _yields(
        {"SR": {"values": 13.0, "statistical": [0.1, 0.2]}, "CR": EVENTS}
    ),
    "published_yields_of_other_channels": _yields({"SRX": EVENTS}),
    "published_yields_without_like": {"new": {"yields": YIELDS}},
}
