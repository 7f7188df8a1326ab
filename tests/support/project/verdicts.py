"""Verdicts: a test file that passed does not run again until one of its inputs changes.

This plugin of pytest acts in runs without arguments and with `--touched`. The tests nearest to the
file edited last run before all others, which wait until they pass. The inputs of a test file are
its dependencies, the installed packages, Python, and the options; if tests were skipped, also
which commands and folders beside the project their reasons name. Failures are never stored. Each
test file has its own file in `.pytest_cache/verdicts`, so that simultaneous runs do not collide.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path, PurePath
from typing import Any

import pytest

from support.project.paths import ROOT

FEW = 2  # test files that two processes run no faster than one
SLOW = "pytest -m slow"  # in the reason of skipped tests that would be skipped anywhere
SELECTING = ("keyword", "deselect", "lf", "stepwise", "collectonly", "help", "version")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("verdicts")
    group.addoption("--all", action="store_true", help="run unchanged test files as well")
    group.addoption("--touched", action="store_true", help="skip unchanged test files of PATHS")


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
    config.pluginmanager.register(verdicts)
    default = config.args_source is config.ArgsSource.TESTPATHS and "CI" not in os.environ
    if option.all or not (default or option.touched):
        return None
    chosen = verdicts.choose([os.path.relpath(path, ROOT) for path in config.args])
    if verdicts.unchanged and not chosen:
        print(verdicts.summary())
        return 0
    first = verdicts.nearest(chosen) if verdicts.unchanged and len(chosen) > FEW else []
    if first and first != chosen:
        # Their own process collects nothing else, which takes longer than most of them.
        command = ["--touched", "--numprocesses=0", *first]
        given = [it for it in config.invocation_params.args if it not in config.args]
        done = subprocess.run([sys.executable, "-m", "pytest", *given, *command], check=False)
        if done.returncode:
            print(f"{len(chosen) - len(first)} other test files wait until these tests pass")
            return done.returncode
        chosen = [file for file in chosen if file not in first]
    if verdicts.unchanged:
        config.args = chosen
        option.loadscopereorder = False
    if verdicts.unchanged and option.numprocesses and len(chosen) <= FEW:
        option.numprocesses = 0
    return None


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
        self._digests: dict[str, str] = {}
        folders: dict[str, Any] = defaultdict(hashlib.sha256)
        for path in self.files:
            self._digests[path] = hashlib.sha256((ROOT / path).read_bytes()).hexdigest()
            for folder in PurePath(path).parents:
                folders[str(folder)].update(f"{path} {self._digests[path]}\n".encode())
        self._digests |= {folder: total.hexdigest() for folder, total in folders.items()}

    def digest(self, places: Iterable[str], skipped: Iterable[str]) -> str:
        """SHA-256 of what a test file depends on.

        Args:
            places: Files and folders.
            skipped: Reasons of skipped tests.
        """
        inputs = [(place, self._digests.get(place)) for place in places]
        words = {word for reason in skipped for word in re.findall(r"[\w.+-]+\b", reason.lower())}
        inputs += [(word, "") for word in sorted(words & _machine())]
        return hashlib.sha256(repr((_environment(), inputs)).encode()).hexdigest()


@cache
def _environment() -> tuple[object, ...]:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["pytest"]
    packages = sorted(path.name for path in Path(sysconfig.get_path("purelib")).iterdir())
    variables = sorted(item for item in os.environ.items() if item[0].startswith("WOLLEMI_"))
    return sys.version, sys.platform, options, packages, variables


@cache
def _machine() -> set[str]:
    """Commands and folders beside the project, such as clones, in lower case."""
    folders = [folder for folder in map(Path, os.get_exec_path()) if folder.is_dir()]
    commands = {path.name.lower() for folder in folders for path in folder.iterdir()}
    return commands | {path.name.lower() for path in ROOT.parent.iterdir() if path.is_dir()}


class Verdicts:
    """The verdicts of a run, and those of earlier runs.

    Args:
        project: The project at the start.
        marks: Mark expression of the run; each has its own verdicts.
    """

    def __init__(self, project: Snapshot, marks: str) -> None:
        self.unchanged: dict[str, list[str]] = {}
        self._project = project
        self._folder = ROOT / ".pytest_cache/verdicts" / (marks.replace(" ", "_") or "default")
        self._collected: dict[str, set[str]] = defaultdict(set)
        self._ended: dict[str, set[str]] = defaultdict(set)
        self._skipped: dict[str, list[str]] = defaultdict(list)
        self._failed: set[str] = set()

    def choose(self, paths: Iterable[str]) -> list[str]:
        """Test files to run, those with the fewest dependencies first.

        Args:
            paths: Files and folders of tests.
        """
        costs: dict[str, tuple[bool, int]] = {}
        for file in self._project.files:
            below = any(f"{file}/".startswith(f"{path}/") for path in paths)
            if below and Path(file).match("test_*.py"):
                stored = self._read(file)
                inputs = stored.get("inputs", [])
                skipped = stored.get("skipped", [])
                if stored and stored["digest"] == self._project.digest(inputs, skipped):
                    self.unchanged[file] = skipped
                else:
                    costs[file] = ("scripts" in inputs or "." in inputs, len(inputs))
        return [f"{ROOT}/{file}" for file in sorted(costs, key=lambda file: costs[file])]

    def nearest(self, chosen: Iterable[str]) -> list[str]:
        """The test file that was edited last, or the test files named like the module that was;
        without such, the first that imports it; else the first of all.

        Args:
            chosen: Test files to choose from, those with the fewest dependencies first.
        """
        edited = max(map(ROOT.joinpath, self._project.files), key=lambda path: path.stat().st_mtime)
        folder = edited.parent.name.removeprefix("wollemi_").replace("scripts", "programs")
        named = re.compile(rf"(.*/)?{folder}/test_{re.escape(edited.stem)}(_\w+)?\.py")
        if found := [file for file in chosen if named.fullmatch(file) or file == str(edited)]:
            return found
        package = re.escape(".".join(edited.relative_to(ROOT).parent.parts[1:]))
        module = rf"^ *from {package}(\.| import .*\b){re.escape(edited.stem)}\b"
        imports = re.compile(module, re.MULTILINE)
        texts = ((file, Path(file).read_text("utf-8")) for file in chosen)
        return [file for file, text in texts if imports.search(text)][:1] or [*chosen][:1]

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

        dependencies, now = Dependencies(self._project.files), Snapshot()
        for file in self._failed:
            self._path(file).unlink(missing_ok=True)
        for file in self._collected.keys() & set(now.files) - self._failed:
            if self._collected[file] <= self._ended[file]:
                inputs, skipped = sorted(dependencies.of(file)), self._skipped[file]
                digest = self._project.digest(inputs, skipped)
                if digest == now.digest(inputs, skipped):
                    content = {"digest": digest, "inputs": inputs, "skipped": skipped}
                    self._write(file, content)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what did not run."""
        if self.unchanged:
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
