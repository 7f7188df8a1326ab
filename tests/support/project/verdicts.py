"""Verdicts: a test file that passed does not run again until one of its inputs changes.

This plugin of pytest acts in runs without arguments and with `--touched`. The inputs of a test file
are its dependencies, the installed packages, Python, and the options; if tests were skipped, also
the names of commands and clones on this machine. Each test file has its own file in
`.pytest_cache/verdicts`, so that simultaneous runs do not collide.

After an edit, the nearest test files run first, in this process; the others follow when they pass.
"""

import hashlib
import json
import math
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
from collections import Counter, defaultdict
from collections.abc import Collection, Generator, Iterable, Mapping
from functools import cache
from pathlib import Path, PurePath
from typing import Any, NamedTuple

import pytest

from support.project.paths import ROOT

FEW = 2  # test files that two processes run no faster than one
SLOW = "pytest -m slow"  # in the reason of skipped tests that would be skipped anywhere
MACHINE = "machine"
ALWAYS = "environment"
# Typical duration of a test file by folder.
SECONDS = {"workflow": 20.0, "physics": 10.0, "programs": 5.0}
SOON = 1.0  # seconds that the tests of the nearest files may take together
SELECTING = ("keyword", "deselect", "lf", "stepwise", "collectonly", "help", "version")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("verdicts")
    group.addoption("--all", action="store_true", help="run unchanged test files as well")
    group.addoption("--touched", action="store_true", help="skip unchanged test files of PATHS")
    group.addoption("--at-once", action="store_true", help="do not run the nearest files first")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Choose the test files, before xdist starts its processes."""
    if hasattr(config, "workerinput"):
        config.args = config.workerinput["chosen"]
        return None
    option = config.option
    selecting = any(getattr(option, name, None) for name in SELECTING)
    if selecting or any("::" in argument for argument in config.args):
        return None
    verdicts = Verdicts(Snapshot(), option.markexpr)
    config.pluginmanager.register(verdicts, "chosen")
    default = config.args_source is config.ArgsSource.TESTPATHS and "CI" not in os.environ
    if option.all or not (default or option.touched):
        _all_at_once(config, verdicts)
        return None
    nearest, others = verdicts.choose([os.path.relpath(path, ROOT) for path in config.args])
    if not verdicts.unchanged:
        _all_at_once(config, verdicts)
        return None
    if not nearest + others:
        print(verdicts.summary())
        return 0
    if option.at_once or not nearest:
        nearest, others = nearest + others, []
    config.args = [f"{ROOT}/{file}" for file in nearest]
    verdicts.later = others
    option.loadscopereorder = False
    if option.numprocesses and (others or len(nearest) <= FEW):
        option.numprocesses = 0
    return None


def _all_at_once(config: pytest.Config, verdicts: "Verdicts") -> None:
    """Begin with the longest test files, so that the processes of xdist end together."""
    files = verdicts.longest_first()
    if config.option.numprocesses and config.args_source is config.ArgsSource.TESTPATHS and files:
        config.args = [f"{ROOT}/{file}" for file in files]
        config.option.loadscopereorder = False


@pytest.hookimpl(wrapper=True, specname="pytest_cmdline_main")
def pytest_continue(config: pytest.Config) -> Generator[None, int | None, int | None]:
    """Run the other test files when the nearest have passed, as a process with xdist."""
    code = yield
    verdicts = config.pluginmanager.get_plugin("chosen")
    if code == 0 and verdicts and verdicts.later:
        sys.stdout.flush()
        os.chdir(config.invocation_params.dir)
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:], "--at-once"])
    return code


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a process of xdist what to collect."""
    node.workerinput["chosen"] = [str(argument) for argument in node.config.args]


class Snapshot:
    """The project at one moment: files that git tracks or would add, and their digests."""

    def __init__(self) -> None:
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        listed = sorted(set(os.fsdecode(done.stdout).split("\0")) - {""})
        self.files = [path for path in listed if (ROOT / path).is_file()]
        self._digests = {MACHINE: _short(repr(_machine())), ALWAYS: _short(repr(_environment()))}
        folders: dict[str, Any] = defaultdict(hashlib.sha256)
        for path in self.files:
            self._digests[path] = _short((ROOT / path).read_bytes())
            for folder in PurePath(path).parents:
                folders[str(folder)].update(f"{path} {self._digests[path]}\n".encode())
        self._digests |= {folder: total.hexdigest()[:16] for folder, total in folders.items()}

    def digests(self, places: Iterable[str]) -> dict[str, str]:
        """Digests of files and folders, "" if missing."""
        return {place: self._digests.get(place, "") for place in places}


class Touched(NamedTuple):
    """A test file to run.

    Args:
        file: Its path.
        inputs: Files and folders that it depended on when it ended last.
        changed: Inputs that differ now.
        seconds: Duration of its tests when they ended last.
        failed: Whether it failed then.
    """

    file: str
    inputs: Collection[str] = ()
    changed: Collection[str] = ()
    seconds: float = math.inf
    failed: bool = False


def touched(file: str, stored: Mapping[str, Any], now: Mapping[str, str]) -> Touched | None:
    """A test file, if it has to run.

    Args:
        file: Path of the test file.
        stored: Its verdict, empty if it has none.
        now: Present digests of its inputs.
    """
    before = stored.get("digests", {})
    changed = {place for place, digest in before.items() if now[place] != digest}
    if before and not changed and not stored["failed"]:
        return None
    seconds = stored.get("seconds", math.inf)
    return Touched(file, before, changed, seconds, stored.get("failed", False))


def by_distance(files: Iterable[Touched]) -> tuple[list[str], list[str]]:
    """Test files in the order of their distance from the edit: first those whose tests take at most
    `SOON` together, then the others.

    What failed last time comes first, then files that have changed or are named after a changed
    file, then those with few inputs; files that depend on the whole workflow come last.
    """

    def whole(item: Touched) -> bool:
        return "scripts" in item.inputs or "." in item.inputs

    def distance(item: Touched) -> tuple[bool, bool, bool, int]:
        stem = PurePath(item.file).stem
        names = {f"test_{PurePath(place).stem}" for place in item.changed}
        named = item.file in item.changed or any(f"{stem}_".startswith(f"{it}_") for it in names)
        return not item.failed, not named, whole(item), len(item.inputs)

    nearest: list[str] = []
    others: list[str] = []
    total = 0.0
    for item in sorted(files, key=distance):
        if not whole(item) and total + item.seconds <= SOON:
            nearest.append(item.file)
            total += item.seconds
        else:
            others.append(item.file)
    return nearest, others


def _short(content: str | bytes) -> str:
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()[
        :16
    ]


@cache
def _environment() -> tuple[object, ...]:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["pytest"]
    packages = sorted(path.name for path in Path(sysconfig.get_path("purelib")).iterdir())
    variables = sorted(item for item in os.environ.items() if item[0].startswith("WOLLEMI_"))
    return sys.version, sys.platform, options, packages, variables


def _machine() -> list[str]:
    """Commands and clones, which skipped tests miss."""
    folders = [*map(Path, os.get_exec_path()), ROOT.parent]
    return sorted(path.name for folder in folders if folder.is_dir() for path in folder.iterdir())


class Verdicts:
    """The verdicts of a run, and those of earlier runs.

    Args:
        project: The project at the start.
        marks: Mark expression of the run; each has its own verdicts.
    """

    def __init__(self, project: Snapshot, marks: str) -> None:
        self.unchanged: dict[str, list[str]] = {}
        self.later: list[str] = []
        self._project = project
        self._folder = ROOT / ".pytest_cache/verdicts" / (marks.replace(" ", "_") or "default")
        self._collected: dict[str, set[str]] = defaultdict(set)
        self._ended: dict[str, set[str]] = defaultdict(set)
        self._skipped: dict[str, list[str]] = defaultdict(list)
        self._failed: set[str] = set()
        self._seconds: Counter[str] = Counter()

    def choose(self, paths: Iterable[str]) -> tuple[list[str], list[str]]:
        """Test files to run: the nearest, and the others.

        Args:
            paths: Files and folders of tests.
        """
        chosen = []
        for file in self._project.files:
            below = any(f"{file}/".startswith(f"{path}/") for path in paths)
            if below and Path(file).match("test_*.py"):
                stored = self._read(file)
                now = self._project.digests(stored.get("digests", {}))
                if found := touched(file, stored, now):
                    chosen.append(found)
                else:
                    self.unchanged[file] = stored["skipped"]
        return by_distance(chosen)

    def longest_first(self) -> list[str]:
        """All test files, the longest first; the folder decides about files that never ran."""
        files = [
            file for file in self._project.files if re.match(r"tests/(.*/)?test_\w+\.py$", file)
        ]
        typical = {file: SECONDS.get(PurePath(file).parts[1], 1.0) for file in files}
        seconds = {file: self._read(file).get("seconds", typical[file]) for file in files}
        return sorted(files, key=lambda file: -seconds[file])

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note the tests of this process."""
        self._collect(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Iterable[str]) -> None:
        """Note the tests of another process."""
        self._collect(ids)

    def _collect(self, ids: Iterable[str]) -> None:
        for name in ids:
            self._collected[name.partition("::")[0]].add(name)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the outcome of a test."""
        file = report.nodeid.partition("::")[0]
        self._seconds[file] += report.duration
        if report.failed:
            self._failed.add(file)
        elif isinstance(report.longrepr, tuple) and SLOW not in report.longrepr[2]:
            self._skipped[file].append(report.longrepr[2].removeprefix("Skipped: "))
        if report.when == "teardown":
            self._ended[file].add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Store the verdicts of files whose tests have all ended, and whose inputs are the same as
        at the start.
        """
        from support.project.dependencies import Dependencies
        from support.project.kept_code import facts_are_kept

        for file in self._failed:
            self._write(file, {**self._read(file), "failed": True})
        dependencies, now = Dependencies(self._project.files), Snapshot()
        with facts_are_kept():
            for file in self._collected.keys() & set(now.files) - self._failed:
                if self._collected[file] <= self._ended[file]:
                    inputs = [*sorted(dependencies.of(file)), ALWAYS]
                    inputs += [MACHINE] if self._skipped[file] else []
                    if self._project.digests(inputs) == now.digests(inputs):
                        self._write(file, self._passed(file, inputs))

    def _passed(self, file: str, inputs: Iterable[str]) -> dict[str, object]:
        return {
            "digests": self._project.digests(inputs),
            "skipped": self._skipped[file],
            "seconds": round(self._seconds[file], 3),
            "failed": False,
        }

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what did not run."""
        if self.later:
            terminalreporter.write_line(
                f"test files further from the edit, if these pass: {len(self.later)}"
            )
        elif self.unchanged:
            terminalreporter.write_line(self.summary())

    def summary(self) -> str:
        """The number of files that did not run, and the reasons of tests skipped in them."""
        reasons = Counter(reason for skipped in self.unchanged.values() for reason in skipped)
        lines = [f"SKIPPED [{number}] before: {reason}" for reason, number in reasons.items()]
        last = f"{len(self.unchanged)} test files unchanged since they passed (pytest --all)"
        return "\n".join([*lines, last])

    def _path(self, file: str) -> Path:
        return self._folder / f"{file.replace('/', '+')}.json"

    def _write(self, file: str, content: dict[str, object]) -> None:
        path = self._path(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(content), "utf-8")
        partial.replace(path)

    def _read(self, file: str) -> dict[str, Any]:
        try:
            return dict(json.loads(self._path(file).read_text("utf-8")))
        except (OSError, ValueError):
            return {}
