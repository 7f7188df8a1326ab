"""Steps that only prepare a test, done once for all tests that need their products."""

import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import fill_histograms
import merge_parts
import skim_events

from support.project.paths import ONCE
from support.tiny.analysis import ANALYSIS
from support.tiny.steps import HOOKS_FILE, RESULTS, process
from wollemi.loading.load import load_analysis

STEPS: tuple[ModuleType, ...] = (skim_events, fill_histograms, merge_parts)
READ = (HOOKS_FILE, "input", "mirror")
OBEYED = ("WOLLEMI_ENGINE", "WOLLEMI_DIGESTS")


def process_once(dataset: str) -> None:
    """`process`, or a copy of what it made before of the same files and the same settings.

    To prepare a test of other steps, in a folder that has nothing of the dataset yet: a test of
    these steps runs them.
    """
    made = _kept() / f"{dataset}_{_digest(dataset)}"
    if made.exists():
        shutil.copytree(made, ".", dirs_exist_ok=True)
        return
    before = _files()
    process(dataset)
    partial = made.with_suffix(f".{os.getpid()}")
    for path in sorted(_files() - before):
        (partial / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, partial / path)
    with suppress(OSError):  # another process made the same
        partial.rename(made)


@lru_cache(None)
def _kept() -> Path:
    return ONCE[0] if ONCE else Path(tempfile.mkdtemp())


def _files() -> set[Path]:
    return {path for path in Path(RESULTS).rglob("*") if path.is_file()}


def _digest(dataset: str) -> str:
    """SHA-256 of all that the steps depend on."""
    settings = [load_analysis(Path(ANALYSIS), step.SECTIONS, dataset).digests for step in STEPS]
    variables = [os.environ.get(name) for name in OBEYED]
    total = hashlib.sha256(repr((settings, variables)).encode())
    named = [Path(name) for name in READ]
    paths = [path for name in named for path in ([name] if name.is_file() else name.rglob("*"))]
    for path in sorted(path for path in paths if path.is_file()):
        total.update(f"{path}:{hashlib.sha256(path.read_bytes()).hexdigest()}".encode())
    return total.hexdigest()
