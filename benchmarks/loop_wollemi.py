"""The work of `event_loop.py` by Wollemi itself: its analysis files, reader and `Filler`; T4 by its
programs.
"""

import contextlib
import io
import json
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

import fill_histograms
import numpy as np
import skim_events

from wollemi.analysis.load import load_analysis
from wollemi.analysis.plain.corrections import correction_files
from wollemi.analysis.settings import Settings
from wollemi.event_loop.filler import Filler, fill_batches
from wollemi.events.corrections import open_corrections
from wollemi.events.model import EventModel
from wollemi.histograms.histogram import Histogram
from wollemi.histograms.varied import read_varied, separated
from wollemi.inputs.event_files import read_batches
from wollemi.inputs.schemas import Layout
from wollemi.job.job import run_program

ANALYSES = {
    task: Path(__file__).with_name("analyses") / f"{name}.yaml"
    for task, name in (
        ("t1", "t1_dimuon"),
        ("t2", "t2_ttbar"),
        ("t3", "t3_weights"),
        ("t4", "t4_skim"),
        ("t5", "t5_corrections"),
    )
}


@lru_cache
def prepare(task: str, folder: Path) -> tuple[Settings, Filler]:
    """Settings of a task and what fills its histograms, made once in a process as in a job of many
    files.
    """
    settings = load_analysis(ANALYSES[task], fill_histograms.SECTIONS, "events")
    files = [folder / str(file) for file in correction_files(settings.corrections)]
    corrections = open_corrections(settings.corrections, files)
    model = EventModel(settings.objects, settings.columns, {}, corrections)
    return settings, Filler(settings, model)


def run(task: str, path: Path, start: int, stop: int) -> dict[str, Any]:
    """Histograms of a range of entries: name → sums of weights and of squared weights (2, bins)."""
    if task == "t4":
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
            return skim_and_fill(Path(folder), path, start, stop)
    settings, filler = prepare(task, path.parent)
    batches = read_batches(path, Layout(), settings.branches, start, stop)
    histograms, _ = fill_batches(filler, batches)
    return as_arrays(separated(histograms))


def skim_and_fill(folder: Path, path: Path, start: int, stop: int) -> dict[str, Any]:
    """T4: the programs `skim_events` and `fill_histograms`, with their records, in a folder."""
    parts = {
        "preview": False,
        "entries": None,
        "parts": [[{"path": str(path), "start": start, "stop": stop}]],
    }
    (folder / "parts.json").write_text(json.dumps(parts), encoding="utf-8")
    events = ["--events", str(folder / "events.parquet")]
    run_step(skim_events, folder, "--part", "0", "--parts", str(folder / "parts.json"), *events)
    run_step(fill_histograms, folder, *events, "--histograms", str(folder / "histograms.zip"))
    return as_arrays(separated(read_varied(folder / "histograms.zip")))


def run_step(module: Any, folder: Path, *arguments: str) -> None:
    """Run a program in this process.

    Raises:
        RuntimeError: it failed.
    """
    name, program = module.__name__, module.PROGRAM
    common = [
        "--analysis",
        str(ANALYSES["t4"]),
        "--dataset",
        "events",
        "--record",
        str(folder / f"{name}.json"),
    ]
    # hooks, corrections …
    nothing = [f"--{item}" for item in program.inputs if f"--{item}" not in arguments]
    others = [
        part
        for item in program.outputs
        if f"--{item}" not in arguments
        for part in (f"--{item}", f"{folder}/{name}_{item}")
    ]
    if run_program(program, module.main, [*common, *arguments, *others, *nothing]) != 0:
        raise RuntimeError(f"{name} failed")


def as_arrays(histograms: dict[str, Histogram]) -> dict[str, Any]:
    """Name → sums of weights and of squared weights (2, bins), without under- and overflow."""
    return {name: np.stack([item.values(), item.variances()]) for name, item in histograms.items()}


def branches(task: str) -> list[str]:
    """What a task reads."""
    return list(load_analysis(ANALYSES[task], fill_histograms.SECTIONS, "events").branches)
