"""What several programs share, and the door for people: `wollemi.open("results/zprime")`."""

from typing import Any

__all__ = ["open"]


def __getattr__(name: str) -> Any:
    """`open`, imported when it is asked for: the programs do not need it, and it is no code of
    theirs.
    """
    if name != "open":
        raise AttributeError(f"module 'wollemi' has no attribute '{name}'")
    import importlib

    return importlib.import_module("wollemi.finished.finished_run").open_run
