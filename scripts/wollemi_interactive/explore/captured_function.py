"""A function written in a notebook as a hook of the analysis, with the column that calls it and a
test of its values in the notebook.
"""

import ast
import inspect
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import awkward as ak
import numpy as np

from wollemi.analysis.hook_sources import hook_problems
from wollemi.base.whole_files import write_whole
from wollemi.finished.event_run import EventRun, check_names
from wollemi.loading.load import read_analysis
from wollemi_interactive.explore.file_entries import with_entry
from wollemi_interactive.explore.region_values import region_names
from wollemi_likelihood.base.errors import ConfigurationError, WollemiError, counted

EVENTS = 5  # in the test
REMEDY = "write it into the function"
HEADER = '"""Functions of {name} that its expressions lack."""\n'
TEST = '''"""`{function}` has the values that it had in the notebook that it was written in."""

from math import inf, nan  # noqa: F401 (of the values)
from pathlib import Path

import awkward as ak

from wollemi.analysis.hooks import load_functions
from wollemi_interactive.explore.captured_function import same_values

HOOKS = Path(__file__).parents[1] / "config/analyses/{analysis}/hooks.py"
# The first events of {dataset} in the region {region}.
INPUTS = {inputs}
EXPECTED = {expected}


def test_values():
    (function,) = load_functions([HOOKS], ["{function}"], "columns").values()
    found = function(**{{name: ak.Array(values) for name, values in INPUTS.items()}})
    assert same_values(found, EXPECTED)
'''


@dataclass(frozen=True)
class Written:
    """A function as written to `hooks.py`.

    Args:
        name: Name of the function and the column.
        imports: Import lines that it needs.
        source: Source of the function.
        uses: Names of its arguments, or fields of arguments that are objects.
    """

    name: str
    imports: tuple[str, ...]
    source: str
    uses: tuple[str, ...]


def capture(run: EventRun, path: Path, region: str, function: Callable[..., Any]) -> list[Path]:
    """Write a function into `hooks.py` next to an analysis file, a column of its name into the
    analysis file, and a test.

    Args:
        run: Run of the analysis.
        path: Path of the analysis file.
        region: Region whose first events the test uses.
        function: Function whose arguments are named after branches, objects and columns.

    Returns:
        Paths of the files written.

    Raises:
        WollemiError: The function depends on more than its arguments, the name is taken, or the
            values cannot be a column.
    """
    written = written_function(function, run.plan.analysis.plain)
    dataset, inputs = first_events(run, region, written, function)
    expected = values_of(function, inputs)
    hooks = path.with_name("hooks.py")
    test = path.parents[3] / "tests" / f"test_{run.analysis.name}_{written.name}.py"
    texts = {
        hooks: hooks_text(hooks, written, run.analysis.name),
        path: with_column(path, written),
        test: TEST.format(
            analysis=run.analysis.name,
            dataset=dataset,
            expected=repr(expected),
            function=written.name,
            inputs=repr(inputs),
            region=region,
        ),
    }
    write_checked(path, texts)
    return list(texts)


def write_checked(path: Path, texts: Mapping[Path, str]) -> None:
    """Write files, or none of them if the analysis file is not sound with them.

    Args:
        path: Path of the analysis file.
        texts: File → its text.

    Raises:
        WollemiError: The analysis file has problems.
    """
    before = {file: file.read_text("utf-8") if file.is_file() else None for file in texts}
    for file, text in texts.items():
        write_whole(file, text)
    try:
        read_analysis(path)
    except WollemiError:
        _restore(before)
        raise


def _restore(before: Mapping[Path, str | None]) -> None:
    for file, text in before.items():
        if text is None:
            file.unlink()
        else:
            write_whole(file, text)


def written_function(function: Callable[..., Any], document: Mapping[str, Any]) -> Written:
    """A function of a notebook as text.

    Args:
        function: Function of the notebook.
        document: Analysis as plain values.

    Raises:
        WollemiError: The function uses something that is neither an argument nor a module, its
            name is taken, or its effects would leave no trace in records.
    """
    name = getattr(function, "__name__", "")
    where = f"the function {name}"
    try:
        source = textwrap.dedent(inspect.getsource(function)).rstrip() + "\n"
    except (OSError, TypeError) as error:
        raise WollemiError(where, f"has no source: {error}", "write it with `def`") from error
    tree = ast.parse(source).body[0]
    if not isinstance(tree, ast.FunctionDef) or tree.decorator_list:
        raise WollemiError(where, "is not a plain function", "write it with `def`, undecorated")
    arguments = [item.arg for item in tree.args.args + tree.args.kwonlyargs]
    if tree.args.vararg or tree.args.kwarg or not arguments:
        problem = "needs named arguments: branches, objects and columns"
        raise WollemiError(where, problem, f"such as def {name}(MET_pt, muon)")
    imports = tuple(_import_lines(function, where))
    for section in ("columns", "objects"):
        if name in document.get(section, {}):
            problem = f"{section} has '{name}' already"
            raise WollemiError(where, problem, "give it another name")
    uses = tuple(_uses(tree, arguments, document.get("objects", {})))
    _check_source("\n".join([*imports, source]), where)
    return Written(name, imports, source, uses)


def _import_lines(function: Callable[..., Any], where: str) -> Iterator[str]:
    """Imports of the modules that a function uses under names of the notebook."""
    known = inspect.getclosurevars(function)
    for name, value in sorted({**known.globals, **known.nonlocals}.items()):
        if isinstance(value, ModuleType):
            alias = "" if name == value.__name__ else f" as {name}"
            yield f"import {value.__name__}{alias}"
        elif getattr(inspect.getmodule(value), "__name__", "__main__") != "__main__":
            alias = "" if name == value.__name__ else f" as {name}"
            yield f"from {value.__module__} import {value.__name__}{alias}"
        else:
            raise WollemiError(where, f"uses '{name}' of the notebook", REMEDY)


def _uses(tree: ast.FunctionDef, arguments: list[str], objects: Mapping[str, Any]) -> list[str]:
    """Arguments, replaced by their used fields if they are objects."""
    fields: dict[str, dict[str, None]] = {name: {} for name in arguments if name in objects}
    for node in ast.walk(tree):
        value = getattr(node, "value", None)
        if not (isinstance(value, ast.Name) and value.id in fields):
            continue
        if isinstance(node, ast.Attribute):
            fields[value.id][node.attr] = None
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            fields[value.id][str(node.slice.value)] = None
    return [
        use
        for name in arguments
        for use in ([f"{name}.{field}" for field in fields[name]] if fields.get(name) else [name])
    ]


def _check_source(text: str, where: str) -> None:
    """Raise an error for anything that records would not show."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "hooks.py"
        file.write_text(text, encoding="utf-8")
        problems = [problem.partition(": ")[2] for problem in hook_problems(file)]
    if problems:
        remedy = "hooks depend on their arguments and on modules beside them, nothing else"
        raise ConfigurationError(where, problems, remedy)


def first_events(
    run: EventRun, region: str, written: Written, function: Callable[..., Any]
) -> tuple[str, dict[str, Any]]:
    """A simulated dataset with events in the region, and the arguments of its first events as plain
    values.

    Args:
        run: Finished run.
        region: Name of the region.
        written: The function as written to `hooks.py`.
        function: The function itself; it must also accept events outside the region, as a column is
            evaluated before any cut.

    Raises:
        WollemiError: An argument is unknown, the function fails, or no event is in the region.
    """
    check_names("region", [region], run.analysis.regions)
    samples = run.analysis.samples.values()
    data = {name for sample in samples if sample.role == "data" for name in sample.datasets}
    for dataset in sorted(run.plan.event_datasets, key=data.__contains__):
        for everything, names, events in region_names(run, dataset, region, written.uses):
            arguments = dict.fromkeys(use.partition(".")[0] for use in written.uses)
            _call(function, {name: everything[name] for name in arguments})
            if events:
                return dataset, _plain(names, written.uses)
    raise WollemiError(region, "no dataset has events in it", "name another region")


def _plain(names: Mapping[str, Any], uses: tuple[str, ...]) -> dict[str, Any]:
    """The arguments of the first events; for objects, only the used fields."""
    found: dict[str, Any] = {}
    for use in uses:
        name, _, field = use.partition(".")
        values = names[name][:EVENTS]
        if not field:
            found[name] = ak.to_list(values)
            continue
        columns = {key: values[key] for key in _fields(uses, name)}
        found[name] = ak.to_list(ak.zip(columns))
    return found


def _fields(uses: tuple[str, ...], name: str) -> list[str]:
    return [use.partition(".")[2] for use in uses if use.startswith(f"{name}.")]


def _call(function: Callable[..., Any], arguments: Mapping[str, Any]) -> ak.Array:
    """Result of a function for some events."""
    try:
        return ak.Array(function(**arguments))
    except Exception as error:  # the user's code
        reason = next(iter(str(error).strip().splitlines()), "")
        raise WollemiError(
            f"the function {function.__name__}",
            f"{type(error).__name__}: {reason}",
            "correct it; it is called with events outside of the region, too",
        ) from error


def values_of(function: Callable[..., Any], inputs: Mapping[str, Any]) -> list[Any]:
    """Values of a function for some events, as plain values.

    Args:
        function: Function to call.
        inputs: Argument → values of the events.

    Raises:
        WollemiError: The function fails, does not give one value or list per event, or gives values
            that depend on other events.
    """
    where = f"the function {function.__name__}"
    events = len(next(iter(inputs.values())))
    whole, first = (
        _call(function, {name: ak.Array(values[:number]) for name, values in inputs.items()})
        for number in (events, 1)
    )
    if len(whole) != events:
        problem = f"gives {counted(len(whole), 'value')} for {counted(events, 'event')}"
        raise WollemiError(where, problem, "give one value, or one list, for each event")
    if not same_values(whole[:1], first):
        problem = "gives an event another value when there are no others beside it"
        remedy = "take each event alone: they are read in batches"
        raise WollemiError(where, problem, remedy)
    values: list[Any] = ak.to_list(whole)
    return values


def same_values(found: Any, expected: Any) -> bool:
    """Whether values are equal up to rounding; missing values and NaN are compared as well.

    Args:
        found: Value or list of each event.
        expected: Expected value or list of each event.
    """
    pair = ak.Array(found), ak.Array(expected)
    known = (ak.nan_to_num(item) for item in pair)
    return bool(
        ak.array_equal(*map(np.isnan, pair))
        and ak.almost_equal(*known, rtol=1e-12, atol=0, dtype_exact=False)
    )


def hooks_text(path: Path, written: Written, analysis: str) -> str:
    """The `hooks.py` with the function appended.

    Args:
        path: Path of `hooks.py`, which need not exist.
        written: Function to append.
        analysis: Name of the analysis.

    Raises:
        WollemiError: The name is already defined in the file.
    """
    text = path.read_text("utf-8") if path.is_file() else HEADER.format(name=analysis)
    tree = ast.parse(text)
    if written.name in {getattr(node, "name", "") for node in tree.body}:
        raise WollemiError(str(path), f"has '{written.name}' already", "give it another name")
    known = {line for node in tree.body for line in ast.unparse(node).splitlines()}
    missing = [line for line in written.imports if line not in known]
    lines = text.rstrip("\n").split("\n")
    last = max(
        (node.end_lineno or 0 for node in tree.body if _heads(node)),
        default=0,
    )
    after = [*missing] if any(_imports(node) for node in tree.body) else ["", *missing]
    lines[last:last] = after if missing else []
    return "\n".join(lines) + "\n\n\n" + written.source


def _imports(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _heads(node: ast.stmt) -> bool:
    """Whether a statement is a docstring or an import."""
    text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return text or _imports(node)


def with_column(path: Path, written: Written) -> str:
    """The analysis file with an additional column and otherwise unchanged.

    Args:
        path: Path of the analysis file.
        written: Function that the column calls.

    Raises:
        WollemiError: The file has no place for the column.
    """
    with path.open(encoding="utf-8", newline="") as file:
        text = file.read()
    item = f"{written.name}: {{hook: {written.name}, uses: [{', '.join(written.uses)}]}}"
    return with_entry(text, "columns", item, str(path))
