"""A function written in a notebook as a product of the analysis: a job of each run, with a test."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from wollemi.analysis.plain.results import usable_files
from wollemi.base.json_files import read_json
from wollemi.finished.event_run import EventRun
from wollemi.results.own_product import plain_value
from wollemi_interactive.explore.captured_function import (
    hooks_text,
    write_checked,
    written_function,
)
from wollemi_interactive.explore.file_entries import with_entry
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import unknown_names

TEST = '''"""`{function}` gives what it gave in the notebook that it was written in."""

from pathlib import Path

from wollemi.analysis.hooks import load_functions

HOOKS = Path(__file__).parents[1] / "config/analyses/{analysis}/hooks.py"
# The numbers that it read of {files}.
INPUTS = {inputs}
EXPECTED = {expected}


def test_value():
    (function,) = load_functions([HOOKS], ["{function}"], "products").values()
    assert function(**INPUTS) == EXPECTED
'''


class Noted(Mapping[str, Any]):
    """A dictionary that notes which of its values are read.

    Args:
        content: Content of a product.
    """

    def __init__(self, content: Mapping[str, Any]):
        self._content, self._read = content, dict[str, Any]()

    def __getitem__(self, key: str) -> Any:
        value = self._content[key]
        return self._read.setdefault(key, Noted(value) if isinstance(value, dict) else value)

    def __iter__(self) -> Iterator[str]:
        _ = [self[key] for key in self._content]
        return iter(self._content)

    def __len__(self) -> int:
        _ = iter(self)
        return len(self._content)

    def read(self) -> dict[str, Any]:
        """The values read so far."""
        return {
            key: value.read() if isinstance(value, Noted) else value
            for key, value in self._read.items()
        }


def capture_product(
    run: EventRun, path: Path, function: Callable[..., Any], uses: Mapping[str, str]
) -> list[Path]:
    """Write a function into `hooks.py` next to an analysis file, a product of its name into the
    analysis file, and a test.

    Args:
        run: Run of the analysis.
        path: Path of the analysis file.
        function: Function of the notebook.
        uses: Argument → JSON product of the run.

    Returns:
        Paths of the files written.

    Raises:
        WollemiError: A product is unknown or missing, the function fails or depends on more than
            its arguments, or the name is taken.
    """
    document = run.plan.analysis.plain
    written = written_function(function, document)
    where = f"the function {written.name}"
    if problems := unknown_names("it uses", uses.values(), usable_files(document), "JSON product"):
        raise WollemiError(where, problems[0], "name products of the run, such as fit.json")
    if written.name in document.get("products", {}):
        raise WollemiError(where, f"products has '{written.name}' already", "give it another name")
    contents = {name: read_json(run.folder / file) for name, file in uses.items()}
    noted = {name: Noted(content) for name, content in contents.items()}
    try:
        value = function(**contents)
        function(**noted)
    except Exception as error:  # the user's code
        raise WollemiError(where, f"{type(error).__name__}: {error}", "correct it") from error
    named = ", ".join(f"{name}: {file}" for name, file in uses.items())
    item = f"{written.name}: {{hook: {written.name}, uses: {{{named}}}}}"
    hooks, name = path.with_name("hooks.py"), run.analysis.name
    test = path.parents[3] / "tests" / f"test_{name}_{written.name}.py"
    texts = {
        hooks: hooks_text(hooks, written, name),
        path: with_entry(path.read_text("utf-8"), "products", item, str(path)),
        test: TEST.format(
            analysis=name,
            expected=repr(plain_value(where, value)),
            files=", ".join(uses.values()),
            function=written.name,
            inputs=repr({name: item.read() for name, item in noted.items()}),
        ),
    }
    write_checked(path, texts)
    return list(texts)
