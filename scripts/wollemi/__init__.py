"""Code shared by programs, and the entry point for users: `wollemi.open("results/zprime")`."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Any

__all__ = ["__version__", "open"]
__version__ = "0.2.0"
_STARTED = Path(getattr(sys.modules["__main__"], "__file__", None) or "/")

# A program imports a thousand modules, in which there is no garbage; see `run_program`.
if _STARTED.resolve().parent == Path(__file__).resolve().parents[1]:
    gc.disable()


def __getattr__(name: str) -> Any:
    """`open`, imported on demand: the programs do not need it, and it is not part of their code."""
    if name != "open":
        raise AttributeError(f"module 'wollemi' has no attribute '{name}'")
    import importlib

    return importlib.import_module("wollemi.finished.finished_run").open_run


def __dir__() -> list[str]:
    """The names for users."""
    return __all__
