"""The work of `event_loop.py` by Wollemi itself: its analysis files, reader and `Filler`; tasks
with a skim or with the weights of a set by its programs.
"""

import contextlib
import importlib
import io
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

import fill_histograms
import numpy as np
from wollemi_programs import ANALYSES, SKIMS, commands, histograms

from wollemi.analysis.plain.corrections import correction_files
from wollemi.analysis.settings import Settings
from wollemi.event_loop.filler import FilledBatches, Filler
from wollemi.events.event_models import open_corrections
from wollemi.histograms.histogram import Histogram
from wollemi.histograms.varied import separated
from wollemi.inputs.event_files import read_batches
from wollemi.inputs.schemas import Layout
from wollemi.job.job import run_program
from wollemi.loading.load import load_analysis
from wollemi_engine.events.model import EventModel

PROGRAMS = (*SKIMS, "t7")


@lru_cache
def prepare(task: str, folder: Path) -> tuple[Settings, Filler]:
    """Settings of a task and what fills its histograms, made once in a process as in a job of many
    files.
    """
    settings = load_analysis(ANALYSES[task], fill_histograms.SECTIONS, "events")
    files = [folder / str(file) for file in correction_files(settings.needed_corrections)]
    corrections = open_corrections(settings.needed_corrections, files)
    model = EventModel(settings.objects, settings.columns, {}, corrections)
    return settings, Filler(settings, model)


def run(task: str, path: Path, start: int, stop: int) -> dict[str, Any]:
    """Histograms of a range of entries: name → sums of weights and of squared weights (2, bins)."""
    if task in PROGRAMS:
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
            for command in commands(task, path, Path(folder), start, stop):
                run_step(*command)
            return histograms(Path(folder))
    settings, filler = prepare(task, path.parent)
    batches = read_batches(path, Layout(), settings.branches, start, stop)
    filled = FilledBatches(filler)
    for batch in batches:
        filled.add(batch)
    return as_arrays(separated(filled.result()[0]))


def run_step(name: str, *arguments: str) -> None:
    """Run a program in this process.

    Raises:
        RuntimeError: it failed.
    """
    module = importlib.import_module(name)
    if run_program(module.PROGRAM, module.main, list(arguments)) != 0:
        raise RuntimeError(f"{name} failed")


def as_arrays(histograms: dict[str, Histogram]) -> dict[str, Any]:
    """Name → sums of weights and of squared weights (2, bins), without under- and overflow."""
    return {name: np.stack([item.values(), item.variances()]) for name, item in histograms.items()}


def branches(task: str) -> list[str]:
    """What a task reads."""
    return list(load_analysis(ANALYSES[task], fill_histograms.SECTIONS, "events").branches)
