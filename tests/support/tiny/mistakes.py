"""What mistakes are made of: edits of the tiny analysis, and runs that meet them."""

from collections.abc import Callable
from functools import partial
from inspect import isfunction
from pathlib import Path
from types import ModuleType
from typing import Any

import check_analysis

from support.tiny.analysis import ANALYSIS, edit_analysis
from support.tiny.steps import skim

Run = Callable[[], int]


def set_value(*path: str, value: Any) -> None:
    """Set one value of the analysis file."""

    def change(document: dict[str, Any]) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = value

    edit_analysis(Path.cwd(), change)


def skim_run(dataset: str = "dy_high") -> Run:
    """The skim of the first part of a dataset."""
    return partial(skim, dataset)


def check_run() -> int:
    """The check of the analysis file."""
    return check_analysis.main([ANALYSIS])


def cases(module: ModuleType) -> dict[str, Callable[..., Any]]:
    """The public functions that a module defines, and those of its table `SHORT`: a case each."""
    functions = {
        name: item
        for name, item in vars(module).items()
        if isfunction(item) and item.__module__ == module.__name__ and name[0] != "_"
    }
    return functions | getattr(module, "SHORT", {})
