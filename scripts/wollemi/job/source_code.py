"""The source files of a program, and which of them determine its outputs. Standard library only.

The Snakefile plans with the digests of the latter, and the records contain them: both use this
module.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from wollemi.analysis.plain.parts import PART_FILES
from wollemi.base.whole_files import write_whole
from wollemi.job.code_text import code_digest, code_text
from wollemi.job.command_line import AND
from wollemi_likelihood.base.caches import compiled_folder

# Modules whose edits do not change any product; the reason precedes each group.
NO_STEP = (
    # They may refuse or resolve an analysis file, and the digests of the sections cover the result.
    "wollemi.loading",
    "wollemi.analysis.models",
    "wollemi.analysis.shapes",
    "wollemi.analysis.plain.sections",
    "wollemi.base.yaml",
    "wollemi_likelihood.expressions.bounds",
    # They contain the wording of errors, log messages, and reasons for skipped files or models.
    "wollemi_likelihood.base.errors",
    "wollemi.base.machine_errors",
    "wollemi.base.user_commands",
    "wollemi_likelihood.base.nearest",
    "wollemi_likelihood.base.progress",
    "wollemi.results.fit_messages",
    # They can only refuse a file: events without a known weight, quantities in another unit.
    "wollemi.inputs.unit_checks",
    "wollemi.inputs.weights",
    # Names of types only.
    "wollemi_likelihood.base.arrays",
    # They refuse invalid external values; valid numbers are converted by Python's `float`.
    "wollemi.base.numbers",
    "wollemi_convert.hs3.shape",
    # The place of a file, not its content.
    "wollemi.base.whole_files",
    "wollemi.base.archived_files",
    # A job has one thread anyway.
    "wollemi.base.memory",
    "wollemi_likelihood.base.threads",
    # Their command-line values are in the rule and, except for paths, in the record.
    "wollemi.job.command_line",
    # They watch and describe a job: they can only end it.
    "wollemi_likelihood.base.caches",
    "wollemi.job.caches",
    "wollemi.job.costs",
    "wollemi.job.environments",
    "wollemi.job.input_digests",
    "wollemi.job.input_files",
    "wollemi.job.locked_packages",
    "wollemi.job.log",
    "wollemi.job.records",
    "wollemi.job.source_code",
    "wollemi.job.watched_commands",
    "wollemi.job.watched_reads",
)
# The entry point for users; programs import it only because it is the `__init__.py` above their
# modules.
DOOR = "wollemi/__init__.py"

NO_CODE = code_digest("")


class Facts(NamedTuple):
    """Facts about a source file.

    Args:
        digest: SHA-256 of its code.
        imports: Names of the modules that it imports.
    """

    digest: str
    imports: tuple[str, ...]


# Options outside `params`: mirrors are already quoted, and changing the mirror reruns nothing.
_NO_PARAMETERS = {"part": "{wildcards.part:q}", "mirrors": "{resources.mirrors}"}
# Programs that may run in a container of other software: few of these have a `python`.
_ANY_IMAGE = ("run_command",)
_IMPORT = re.compile(
    r"^[ \t]*(?:from ([\w.]+) import (\([^)]*\)|[^\n]+)|import ([^\n]+))$", re.MULTILINE
)


def source_files(program: str | Path) -> list[str]:
    """The program, every local module it imports, and the `__init__.py` of their packages: all
    files that it needs to run.

    Relative and dynamic imports are not found: ruff forbids them.

    Args:
        program: Path of the program; local modules are searched in its folder.

    Returns:
        Paths, the program first, the others sorted.
    """
    return _reached(Path(program), (), file_facts)


def step_files(program: str | Path) -> list[str]:
    """The source files of a program that determine its outputs; see `step_digests`.

    Args:
        program: Path of the program.

    Returns:
        Paths, the program first, the others sorted.
    """
    return list(step_digests(program))


def file_facts(path: str) -> Facts:
    """The current facts about a source file."""
    return _facts_of(Path(path).read_bytes())


def step_digests(program: str | Path, facts: Callable[[str], Facts] = file_facts) -> dict[str, str]:
    """Path → SHA-256 of the code of each file that determines a program's outputs; comments and
    docstrings do not count.

    Excludes the loading of the analysis, covered by the digests of settings, the modules that word,
    describe and watch a job, and files without code.

    Args:
        program: Path of the program.
        facts: Function that returns the facts about a file; for many programs, of one moment.

    Returns:
        Path → SHA-256, the program first, the others sorted.
    """
    first, *others = _reached(Path(program), NO_STEP, facts)
    digests = {path: facts(path).digest for path in others if not path.endswith(f"/{DOOR}")}
    return {
        first: facts(first).digest,
        **{path: digest for path, digest in digests.items() if digest != NO_CODE},
    }


def file_code_digest(path: str | Path) -> str:
    """SHA-256 of the code of a source file."""
    return file_facts(str(path)).digest


def literal_constant(program: str | Path, name: str) -> Any:
    """The value of a top-level literal constant, read without running the program.

    Args:
        program: Path of the program.
        name: Name of the constant.

    Raises:
        KeyError: The program has no such constant.
    """
    return ast.literal_eval(_constant(program, name))


def literal_arguments(program: str | Path, name: str) -> dict[str, list[str]]:
    """Keys of the mappings passed to a top-level constant, such as the names of `inputs` of
    `PROGRAM`.

    Args:
        program: Path of the program.
        name: Name of the constant.

    Raises:
        KeyError: The program has no such constant.
    """
    call = _constant(program, name)
    given = {
        item.arg: item.value
        for item in getattr(call, "keywords", [])
        if item.arg and isinstance(item.value, ast.Dict)
    }
    return {
        key: [ast.literal_eval(entry) for entry in value.keys if entry is not None]
        for key, value in given.items()
    }


def rule_command(program: str | Path) -> str:
    """The shell command of a rule, from the literal `PROGRAM` of its program: each argument is the
    item of the same name in the rule.

    Args:
        program: Path of the program.
    """
    arguments = literal_arguments(program, "PROGRAM")
    planned = "{params.settings:q}"
    if PART_FILES in literal_constant(program, "SECTIONS"):
        planned += " {params[0]:q}"
    values = {"analysis": "{input.analysis:q}", "planned": planned}
    values.update(
        {
            name: _NO_PARAMETERS.get(name, f"{{params.{name}:q}}")
            for name in arguments.get("options", [])
        }
    )
    values.update({name: f"{{input.{name}:q}}" for name in arguments.get("inputs", [])})
    values.update({name: f"{{params.{name}:q}}" for name in arguments.get("part_inputs", [])})
    values.update(
        {name: f"{{output.{name}:q}}" for name in [*arguments.get("outputs", []), "record"]}
    )
    values["log"] = "{log:q} {params.further}" if _reads_together(program) else "{log:q}"
    flags = [f"--{name.replace('_', '-')} {value}" for name, value in values.items()]
    python = "python3" if Path(program).stem in _ANY_IMAGE else "python"
    return "\n" + " \\\n    ".join([f"{python} {{input.code[0]:q}}", *flags])


def further_arguments(jobs: Iterable[Mapping[str, Iterable[str]]]) -> str:
    """Extra arguments for a rule whose process runs further jobs, quoted for a shell.

    Args:
        jobs: Argument → its values, for each further job.
    """
    words: list[str] = []
    for job in jobs:
        words.append(AND)
        for name, values in job.items():
            words += [f"--{name.replace('_', '-')}", *values]
    return " ".join(map(shlex.quote, words))


def _reads_together(program: str | Path) -> bool:
    given = getattr(_constant(program, "PROGRAM"), "keywords", [])
    return any(item.arg == "reads_together" for item in given)


def _constant(program: str | Path, name: str) -> ast.expr:
    for node in _statements(Path(program).read_bytes()):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return node.value  # type: ignore[attr-defined,no-any-return]
    raise KeyError(f"{program} has no constant {name}")


@lru_cache(None)  # called for each rule of a program
def _statements(content: bytes) -> list[ast.stmt]:
    return ast.parse(content).body


def _reached(program: Path, without: tuple[str, ...], facts: Callable[[str], Facts]) -> list[str]:
    root, first = program.parent, str(program)
    # Most imports are of libraries: listing the folder once saves looking for thousands of files.
    local = frozenset(path.stem for path in root.iterdir())
    found, pending = {first}, [first]
    while pending:
        imports = facts(pending.pop()).imports
        new = _imported(root, local, imports, without) - found
        found |= new
        pending += new
    return [first, *sorted(found - {first})]


@lru_cache(None)  # most modules belong to many programs
def _imported(
    root: Path, local: frozenset[str], imports: tuple[str, ...], without: tuple[str, ...]
) -> frozenset[str]:
    """Paths of local modules and of their packages."""
    modules = (module for imported in imports for module in _kept(imported, without))
    return frozenset(
        path
        for module in modules
        if module.partition(".")[0] in local
        for path in _module_files(root, module)
    )


@lru_cache(None)  # called for each import of each module of each program
def _kept(module: str, without: tuple[str, ...]) -> tuple[str, ...]:
    left_out = any(module == name or module.startswith(f"{name}.") for name in without)
    return () if left_out else (module,)


@lru_cache(None)  # most modules belong to many programs
def _facts_of(content: bytes) -> Facts:
    """Facts about a source file, cached: parsing the files of one job takes as long as importing
    the packages of most jobs.
    """
    known = _known_facts()
    key = hashlib.sha256(content).hexdigest()
    if key not in known:
        code = code_text(content.decode("utf-8"))
        digest = hashlib.sha256(code.encode()).hexdigest()
        known[key] = Facts(digest, tuple(_imports(code)))
    return known[key]


@lru_cache(None)
def _known_facts() -> dict[str, Facts]:
    """SHA-256 of a source file → its facts, as found by this version of the module."""
    with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
        content = json.loads(_facts_file().read_text(encoding="utf-8"))
        return {key: Facts(digest, tuple(imports)) for key, (digest, imports) in content.items()}
    return {}


@lru_cache(None)
def _facts_file() -> Path:
    here = Path(__file__)
    finders = (here, here.with_name("code_text.py"))
    version = hashlib.sha256(b"".join(path.read_bytes() for path in finders)).hexdigest()[:12]
    return compiled_folder() / f"code_{version}.json"


def keep_facts() -> None:
    """Store the facts about all source files that this process has read, for the jobs of its run
    and for the next run.

    This only saves time: if the folder is not writable, nothing is stored.
    """
    known = _known_facts()
    path = _facts_file()
    text = json.dumps({key: [item.digest, item.imports] for key, item in sorted(known.items())})
    with contextlib.suppress(OSError):
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, text)


def _imports(code: str) -> list[str]:
    """Modules imported by some code, from its lines: Python 3.8, with which REANA 0.9 parses the
    workflow, does not know `match`.
    """
    modules: list[str] = []
    for module, names, others in _IMPORT.findall(code):
        imported = [
            name.split(" as ")[0].strip()
            for name in (names or others).strip("()").split(",")
            if name.strip()
        ]
        modules += [module, *(f"{module}.{name}" for name in imported)] if module else imported
    return modules


@lru_cache(None)  # as above
def _module_files(root: Path, module: str) -> tuple[str, ...]:
    path = root.joinpath(*module.split(".")).with_suffix(".py")
    return (*_packages(root, module), *([str(path)] if path.is_file() else []))


@lru_cache(None)
def _packages(root: Path, module: str) -> tuple[str, ...]:
    """The `__init__.py` of a package and of its parent packages."""
    around = module.rpartition(".")[0]
    path = root.joinpath(*module.split("."), "__init__.py")
    return (
        *(_packages(root, around) if around else ()),
        *([str(path)] if path.is_file() else []),
    )
