"""Fits of other programs as the tiny analysis: imported, and run to the workspace."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from support.tiny.analysis import ANALYSIS
from support.tiny.steps import RESULTS, merge, process_at_once, read_th1, run_step
from wollemi.analysis.view import view_of
from wollemi.loading.expand import plain_document
from wollemi.loading.load import read_document
from wollemi.plan.plan import Plan
from wollemi_convert.configurations.imported import Imported
from wollemi_convert.configurations.readers import import_analysis

ENERGY = 13.0


def import_tiny(
    configuration: Path, edit: Callable[[str], str] = lambda text: text
) -> tuple[str, Imported]:
    """Write the analysis of a configuration as the tiny one, into the working folder.

    Args:
        configuration: Its path.
        edit: a change of the text of the analysis.

    Returns:
        The text, and what the reader said.
    """
    given: Mapping[str, Any] = {"title": None, "energy": ENERGY, "luminosity": None}
    text, _, found = import_analysis("tiny", configuration, given, lambda question: 0.0)
    Path(ANALYSIS).parent.mkdir(parents=True, exist_ok=True)
    Path(ANALYSIS).write_text(edit(text), encoding="utf-8")
    Path(ANALYSIS).with_name("hooks.py").write_text("")
    return text, found


def workspace_of_tiny() -> dict[str, Any]:
    """The workspace of the tiny analysis, from its files by the programs of a run."""
    plan = Plan(view_of(plain_document(read_document(Path(ANALYSIS)))), "tiny")
    events = [name for name in plan.datasets if not plan.has(name, "histograms")]
    parts = [(name, part) for name in events for part in plan.part_numbers(name)]
    assert {process_at_once(name, part) for name, part in parts} <= {0}
    assert {merge(name, siblings=plan.siblings(name)) for name in events} <= {0}
    assert {read_th1(name) for name in plan.datasets_with("histograms")} <= {0}
    done = run_step(
        "build_workspace",
        histograms=plan.merged_histograms(plan.model_datasets),
        cutflows=plan.cutflows(plan.model_datasets),
        workspaces=plan.built_workspaces,
        record=f"{RESULTS}/records/build_workspace.json",
        unbuildable="stop",
    )
    assert done == 0
    found: dict[str, Any] = json.loads(Path(plan.built_workspaces[0]).read_text())
    return found
