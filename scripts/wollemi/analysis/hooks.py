"""Functions in the `hooks.py` next to an analysis file, and the modules next to it that it
imports.
"""

import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from wollemi.analysis.hook_sources import hook_problems
from wollemi_likelihood.base.errors import ConfigurationError, WollemiError
from wollemi_likelihood.base.nearest import did_you_mean

_NAME = "analysis_hooks"


def load_functions(
    files: Sequence[Path], wanted: Iterable[str], where: str
) -> dict[str, Callable[..., Any]]:
    """Load the functions of a `hooks.py` that an analysis names.

    Args:
        files: Path of the `hooks.py`, then of the modules next to it; empty without hooks.
        wanted: Names of the functions.
        where: Part of the analysis file that names them, for the error.

    Raises:
        WollemiError: The file, a module or a function is missing, or the code has undeclared
            inputs, which records would miss.
    """
    names = sorted(set(wanted))
    if not names:
        return {}
    if not files:
        raise WollemiError(
            where,
            f"the hooks {', '.join(names)} need a hooks.py",
            "write it beside the analysis file",
        )
    path = files[0]
    problems = [problem for file in files for problem in hook_problems(file)]
    if problems:
        raise ConfigurationError(
            str(path),
            problems,
            "hooks depend on their arguments and on modules beside them, nothing else",
        )
    module = _load(path, files)
    missing = [name for name in names if not hasattr(module, name)]
    if missing:
        problem = f"there is no function '{missing[0]}'{did_you_mean(missing[0], vars(module))}"
        raise WollemiError(str(path), problem, f"define it, or correct the name in {where}")
    return {name: getattr(module, name) for name in names}


def described(error: Exception, file: str) -> str:
    """An error in the user's code on one line: its kind, its text, and the line of the file that
    caused it.
    """
    reason = next(iter(str(error).strip().splitlines()), "")
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).name == file
    ]
    line = error.lineno if isinstance(error, SyntaxError) else next(reversed(lines), None)
    text = f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else reason}"
    return text if line is None else f"{text}, line {line} of {file}"


class _Source(SourceFileLoader):
    """Compiles the file in its current form: Python caches bytecode by time and size, which an edit
    may leave unchanged.
    """

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


class _Beside(MetaPathFinder):
    """Finds only the declared modules next to a `hooks.py`."""

    def __init__(self) -> None:
        self.files: Mapping[str, Path] = {}

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        file = self.files.get(fullname)
        return None if file is None else _specification(fullname, file)


_BESIDE = _Beside()


def _specification(name: str, file: Path) -> ModuleSpec:
    specification = importlib.util.spec_from_file_location(
        name, file, loader=_Source(name, str(file))
    )
    assert specification is not None
    return specification


def _load(path: Path, files: Sequence[Path]) -> ModuleType:
    """Run a `hooks.py` again, with the modules next to it."""
    for name in _BESIDE.files:  # of another analysis, or of the state before an edit
        sys.modules.pop(name, None)
    _BESIDE.files = {}
    modules = {_module_name(path.parent, file): file for file in files[1:]}
    for name in modules:
        root = name.partition(".")[0]
        if root in sys.modules or importlib.util.find_spec(root) is not None:
            raise WollemiError(
                str(modules[name]),
                f"there is an installed module '{root}' as well",
                "give it another name",
            )
    _BESIDE.files = modules
    if _BESIDE not in sys.meta_path:
        sys.meta_path.insert(0, _BESIDE)
    specification = _specification(_NAME, path)
    module = importlib.util.module_from_spec(specification)
    assert specification.loader is not None
    try:
        specification.loader.exec_module(module)
    except ModuleNotFoundError as error:
        remedy = "put it beside hooks.py, name it in --hooks, or use a package of the lock file"
        raise WollemiError(
            str(path), f"it imports '{error.name}', which is not there", remedy
        ) from None
    except Exception as error:  # user code may raise any error
        raise WollemiError(
            str(path), f"cannot be loaded ({described(error, path.name)})", "correct it"
        ) from error
    return module


def _module_name(folder: Path, file: Path) -> str:
    parts = file.relative_to(folder).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
