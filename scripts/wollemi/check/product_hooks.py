"""Checks of the functions that compute products of the analysis itself."""

import inspect
from collections.abc import Iterator
from pathlib import Path

from wollemi.analysis.hooks import load_functions
from wollemi.analysis.models.analysis import Analysis
from wollemi.job.source_code import source_files
from wollemi_likelihood.base.errors import WollemiError


def product_hook_problems(file: Path, analysis: Analysis) -> Iterator[str]:
    """Missing functions, and functions whose arguments differ from `uses`, as `path: problem`.

    Args:
        file: Path of the analysis file.
        analysis: Content of the analysis file.
    """
    beside = file.with_name("hooks.py")
    hooks = [Path(name) for name in source_files(beside)] if beside.is_file() else []
    for name, item in analysis.products.items():
        where = f"products.{name}"
        try:
            function = load_functions(hooks, [item.hook], where)[item.hook]
            inspect.signature(function).bind(**item.uses)
        except WollemiError as error:
            yield f"{where}.hook: {error.problem}; {error.remedy}"
        except TypeError as error:
            yield f"{where}.uses: {error} of '{item.hook}'"
