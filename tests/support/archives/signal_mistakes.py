"""Mistakes in a file of new signals. Each public function writes files beside it and returns its
content; `CONTENTS` has the cases that need none.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import uproot

from support.archives.new_signals import new_signal, of_archive, of_events, patch_of
from support.tiny.events import make_events, write_root

Signals = Any
BINS = [0.01] * 10
EFFICIENT = {"efficiencies": {"search": BINS, "peak": 0}, "cross_section_pb": 1.0}
GRID = [{"mass": 200, "width": 1}, {"mass": 300, "width": 1}, {"mass": 200, "width": 5}]


def _file(folder: Path, signal: dict[str, Any], content: Any) -> Signals:
    (folder / "patch.json").write_text(content if isinstance(content, str) else json.dumps(content))
    return {"new": signal}


def _patched(folder: Path, packed: Path, change: Callable[[list[dict[str, Any]]], Any]) -> Signals:
    patch = patch_of(packed, "signal_200")
    change(patch)
    return _file(folder, {"patch": "patch.json"}, patch)


def _efficient(**changes: Any) -> Signals:
    return {"new": of_events(**(EFFICIENT | changes))}


def _grid(**changes: Any) -> Signals:
    pattern = new_signal(point={"mass": "{mass}", "width": "{width}"}, grid=GRID)
    return {"new_{mass}_{width}": pattern | changes}


def other_format(folder: Path, packed: Path) -> Signals:
    (folder / "events.lhe").write_text("pt eta phi\n" * 20)
    return {"new": of_events(files=["events.lhe"])}


def other_tree(folder: Path, packed: Path) -> Signals:
    with uproot.recreate(folder / "events.root") as file:
        file.mktree("Event", {"genWeight": "f4"}).extend({"genWeight": np.ones(3)})
    return {"new": of_events(files=["events.root"])}


def missing_column(folder: Path, packed: Path) -> Signals:
    events = make_events("signal_200", np.random.default_rng(1), 10)
    write_root(
        folder / "events.root",
        {name: values for name, values in events.items() if name != "MET_phi"},
    )
    return {"new": of_events(files=["events.root"])}


def no_events(folder: Path, packed: Path) -> Signals:
    write_root(folder / "events.root", make_events("signal_200", np.random.default_rng(1), 0))
    return {"new": of_events(files=["events.root"])}


def efficiencies_with_systematics(folder: Path, packed: Path) -> Signals:
    change = {"up": {"serch": 0.1}, "down": "symmetrize"}
    return _efficient(
        systematics={
            "luminosity": {"up": {"search": 0.1}, "down": {}},
            "trigger": change,
            "pileup": change,
        }
    )


def patch_of_another_likelihood(folder: Path, packed: Path) -> Signals:
    patch_set = of_archive(packed, "likelihood/patchset.json")
    patch_set["metadata"]["digests"] = {"sha256": "0" * 64}
    return _file(folder, {"patch": "patch.json"}, patch_set)


def patch_not_in_the_set(folder: Path, packed: Path) -> Signals:
    patch_set = of_archive(packed, "likelihood/patchset.json")
    return _file(folder, {"patch": "patch.json", "patch_name": "signal_20"}, patch_set)


def patch_of_a_missing_channel(folder: Path, packed: Path) -> Signals:
    return _patched(folder, packed, lambda patch: patch[0].update(path="/channels/7/samples/0"))


def patch_of_other_bins(folder: Path, packed: Path) -> Signals:
    return _patched(folder, packed, lambda patch: patch[0]["value"]["data"].pop())


def patch_with_negative_yields(folder: Path, packed: Path) -> Signals:
    return _patched(folder, packed, lambda patch: patch[0]["value"]["data"].__setitem__(2, -0.5))


def patch_without_signal_strength(folder: Path, packed: Path) -> Signals:
    def rename(patch: list[dict[str, Any]]) -> None:
        for item in patch[0]["value"]["modifiers"]:
            item["name"] = "SigXsec" if item["type"] == "normfactor" else item["name"]

    return _patched(folder, packed, rename)


def patch_of_the_data(folder: Path, packed: Path) -> Signals:
    operation = {"op": "replace", "path": "/observations/0/data/0", "value": 0.0}
    return _patched(folder, packed, lambda patch: patch.append(operation))


def patch_of_a_background(folder: Path, packed: Path) -> Signals:
    operation = {"op": "replace", "path": "/channels/0/samples/0/data/0", "value": 0.0}
    return _patched(folder, packed, lambda patch: patch.append(operation))


def patch_that_is_a_workspace(folder: Path, packed: Path) -> Signals:
    return _file(folder, {"patch": "patch.json"}, of_archive(packed, "workspaces/signal_200.json"))


def patch_that_is_no_json(folder: Path, packed: Path) -> Signals:
    return _file(folder, {"patch": "patch.json"}, "op: add\n")


def grid_with_a_ragged_table(folder: Path, packed: Path) -> Signals:
    (folder / "points.csv").write_text("mass,width\n# the first\n200,1\n300\n")
    return _grid(grid="points.csv")


def systematics_without_yields(folder: Path, packed: Path) -> Signals:
    change = {"up": {"search": 0.1}, "down": "symmetrize"}
    return {"new": new_signal(systematics={"theory": change})}


CONTENTS: dict[str, Signals] = {
    "misspelled_key": {"new": new_signal(poynt=3.0)},
    "misspelled_key_of_a_dataset": {"new": of_events(cross_section_bp=1.0)},
    "unknown_signal": {"new": new_signal(like="signal_20")},
    "unknown_dataset": {"new": new_signal(datasets={"signl_200": {}})},
    "name_of_a_background": {"dy": new_signal()},
    "no_signal": {},
    "neither_events_nor_patch": {"new": {"like": "signal_200"}},
    "negative_cross_section": {"new": of_events(cross_section_pb=-1.0)},
    "other_luminosity": {"new": new_signal(luminosity_ifb=300.0)},
    "other_analysis": {"new": new_signal(made_for={"analysis": "zprime"})},
    "other_version": {"new": new_signal(made_for={"wollemi": "7.0.0"})},
    "other_archive": {"new": new_signal(made_for={"archive_sha256": "0" * 64})},
    "missing_file": {"new": of_events(files=["nowhere.root"])},
    "generator_without_settings": {"new": of_events(cross_section_pb="generator")},
    "efficiencies_of_other_bins": _efficient(
        efficiencies={"search": {"values": BINS, "statistical": [0.1]}, "peak": BINS[1:]}
    ),
    "efficiencies_in_percent": _efficient(efficiencies={"search": [0.3] * 10, "peak": 0}),
    "efficiencies_of_some_regions": _efficient(efficiencies={"serch": BINS, "peak": 0}),
    "efficiencies_of_nothing": _efficient(efficiencies={"search": 0, "peak": 0}),
    "efficiencies_without_cross_section": {
        "new": of_events(efficiencies={"search": BINS, "peak": 0}, files=["events.root"])
    },
    "grid_of_another_column": _grid(point={"mass": "{mas}", "width": "{width}"}),
    "grid_of_one_name": {"new_{mass}": _grid()["new_{mass}_{width}"]},
    "grid_on_a_line": _grid(grid=[{"mass": mass, "width": mass / 100} for mass in (200, 300, 400)]),
    "grid_of_several_axes": _grid() | {"alone": new_signal(point={"mass": 400, "coupling": 0.1})},
    "grid_without_its_table": _grid(grid="point.csv"),
    "yields_for_a_model_of_histograms": {
        "new": {"like": "signal_200", "yields": {"search": [1.0] * 10, "peak": 0}}
    },
}
