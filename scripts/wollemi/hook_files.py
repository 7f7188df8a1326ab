"""Functions of the `hooks.py` beside an analysis file."""

import importlib.util
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from wollemi.errors import WollemiError
from wollemi.expressions import did_you_mean


def load_functions(path: Path | None, wanted: Iterable[str], where: str) -> dict[str, Callable[..., Any]]:
    """The functions of a `hooks.py` that an analysis names.

    Args:
        path: the file; none if the analysis has none.
        wanted: names of the functions.
        where: the part of the analysis file that names them, for the error.

    Raises:
        WollemiError: the file or a function is missing.
    """
    names = sorted(set(wanted))
    if not names:
        return {}
    if path is None:
        raise WollemiError(where, f"the hooks {', '.join(names)} need a hooks.py", "write it beside the analysis file")
    specification = importlib.util.spec_from_file_location("analysis_hooks", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    try:
        specification.loader.exec_module(module)
    except Exception as error:  # whatever stands in it
        raise WollemiError(str(path), f"cannot be loaded ({described(error, path.name)})", "correct it") from error
    missing = [name for name in names if not hasattr(module, name)]
    if missing:
        problem = f"there is no function '{missing[0]}'{did_you_mean(missing[0], vars(module))}"
        raise WollemiError(str(path), problem, f"define it, or correct the name in {where}")
    return {name: getattr(module, name) for name in names}


def described(error: Exception, file: str) -> str:
    """An error of a person's own code in one line: its kind, its text, and the last line of the file that led to it."""
    reason = next(iter(str(error).strip().splitlines()), "")
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).name == file]
    line = error.lineno if isinstance(error, SyntaxError) else next(reversed(lines), None)
    text = f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else reason}"
    return text if line is None else f"{text}, line {line} of {file}"
