"""Which test files run again after an edit, in a small project with the plugin of this one."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import PurePath
from unittest.mock import ANY

import pytest
from support.project.dependencies import Dependencies
from support.project.paths import ROOT
from support.project.verdicts import Snapshot

FILES = {
    "pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n'
    'pythonpath = ["scripts", "tests"]\naddopts = ["--import-mode=importlib", "-n0"]\n'
    'markers = ["slow: long"]\n',
    "tests/conftest.py": "import pytest\n"
    'pytest_plugins = ("support.project.verdicts",)\n\n\n'
    "@pytest.fixture\ndef started():\n    from support.far import start\n\n    return start\n",
    "tests/support/__init__.py": "",
    "tests/support/far.py": "import subprocess\nimport sys\n\n\ndef start(name):\n"
    "    command = [sys.executable, '-c', f'import {name}']\n"
    "    return subprocess.run(command, cwd='scripts').returncode\n\n\n"
    "def double(x):\n    return 2 * x\n",
    "tests/data/numbers.txt": "1 2 3",
    "scripts/add.py": "from wollemi.base.sums import total\n",
    "scripts/wollemi/base/sums.py": "def total(*items):\n    return sum(items)\n",
    "scripts/wollemi/base/products.py": "def product(x, y):\n    return x * y\n",
    "docs/notes.txt": "A page\n",
    "tests/test_sums.py": "from wollemi.base.sums import total\n\n\n"
    "def test_total():\n    assert total(1, 2) == 3\n",
    "tests/test_inside.py": "def test_product():\n    from wollemi.base.products import product\n\n"
    "    assert product(2, 3) == 6\n",
    "tests/test_data.py": "from support.project.paths import ROOT\n\n\ndef test_numbers():\n"
    "    assert (ROOT / 'tests/data/numbers.txt').read_text().split()[0] == '1'\n",
    "tests/test_program.py": "import importlib\n\n\ndef test_program():\n"
    "    assert importlib.import_module('add').total(1) == 1\n",
    "tests/test_started.py": "def test_started(started):\n    assert started('add') == 0\n",
    "tests/test_support.py": "from support.far import double\n\n\n"
    "def test_double():\n    assert double(2) == 4\n",
    "tests/test_skipped.py": "import pytest\n\n\n@pytest.mark.skip(reason='no service.X.')\n"
    "def test_service(): ...\n\n\ndef test_other(): ...\n",
}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    folder = tmp_path_factory.mktemp("verdicts") / "project"
    for package in ("wollemi", "wollemi_likelihood"):
        hidden = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "scripts" / package, folder / "scripts" / package, ignore=hidden)
    shutil.copytree(ROOT / "tests/support/project", folder / "tests/support/project")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / ".gitignore").write_text("__pycache__/\n.pytest_cache/\n")
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    run(folder)
    return folder


@pytest.fixture
def project(fresh, tmp_path):
    """The small project, whose tests have run."""
    return shutil.copytree(fresh, tmp_path / "project")


def run(folder, *arguments, **variables):
    """The names of the test files that ran, and the console."""
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rA", *arguments],
        cwd=folder,
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    ran = re.findall(r"^(?:PASSED|FAILED) tests/(test_\w+)", done.stdout, re.MULTILINE)
    return set(ran), done.stdout + done.stderr


EVERY = {name[6:-3] for name in FILES if name.startswith("tests/test_")}


@pytest.mark.parametrize(
    ("edited", "touched"),
    [
        ("scripts/wollemi/base/sums.py", {"test_sums", "test_program", "test_started"}),
        ("scripts/wollemi/base/products.py", {"test_inside", "test_started"}),
        ("scripts/add.py", {"test_program", "test_started"}),
        ("tests/data/numbers.txt", {"test_data"}),
        ("docs/notes.txt", set()),
        ("tests/support/far.py", {"test_support", "test_started"}),
        ("tests/test_sums.py", {"test_sums"}),
        ("tests/conftest.py", EVERY),
    ],
)
def test_an_edit_runs_what_it_touches(project, edited, touched):
    with (project / edited).open("a") as file:
        file.write("\n")
    assert run(project, "-n2") == (touched, ANY)


def test_unchanged_files_do_not_run(project):
    ran, console = run(project)
    assert not ran
    assert "SKIPPED [1] before: no service.X." in console
    assert f"{len(EVERY)} test files unchanged since they passed" in console


def test_a_clone_beside_the_project_runs_what_was_skipped(project):
    """Not other folders, nor files such as the log of a run."""
    (project.parent / "none.log").touch()
    (project.parent / "other").mkdir()
    assert run(project)[0] == set()
    (project.parent / "Service.X").mkdir()
    assert run(project)[0] == {"test_skipped"}
    assert run(project)[0] == set()


def test_other_commands_run_nothing(project):
    """`uv run` has more of them."""
    commands = project.parent / "commands"
    commands.mkdir()
    (commands / "other").touch()
    more = {"PATH": os.pathsep.join([str(commands), os.environ["PATH"]])}
    assert run(project, **more)[0] == set()
    (commands / "service.x").touch()
    assert run(project, **more)[0] == {"test_skipped"}


@pytest.mark.parametrize(
    ("arguments", "variables", "ran"),
    [
        (["--all"], {}, EVERY),
        ([], {"CI": "true"}, EVERY),
        (["tests/test_data.py"], {}, {"test_data"}),
        (["tests/test_data.py", "--touched"], {}, set()),
        (["-k", "double"], {}, {"test_support"}),
        (["-m", "not slow"], {}, EVERY),  # another choice has its own verdicts
    ],
)
def test_what_is_asked_for_runs(project, arguments, variables, ran):
    assert run(project, *arguments, **variables) == (ran, ANY)


def test_a_failure_is_not_kept(project):
    path = project / "scripts/wollemi/base/products.py"
    text = path.read_text()
    path.write_text(text.replace("x * y", "x + y"))
    assert run(project)[0] == {"test_inside", "test_started"}
    assert run(project)[0] == {"test_inside"}
    assert run(project, "-k", "nothing")[0] == set()
    path.write_text(text)
    assert run(project)[0] == {"test_inside", "test_started"}


def test_tests_of_the_edited_module_come_first(project):
    """Without them, nothing else has to be collected for a verdict."""
    own = project / "tests/unit/base/test_sums.py"
    own.parent.mkdir(parents=True)
    (project / "tests/test_sums.py").rename(own)
    run(project)
    path = project / "scripts/wollemi/base/sums.py"
    text = path.read_text()
    path.write_text(text.replace("sum(items)", "1"))
    ran, console = run(project)
    assert (ran, "FAILED tests/unit/base/test_sums.py" in console) == (set(), True)
    assert "2 other test files wait until these tests pass" in console
    path.write_text(f"{text}\n")
    ran, console = run(project)
    assert ran == {"test_program", "test_started"}
    assert console.index("PASSED tests/unit/base/test_sums.py") < console.index("PASSED tests/test")
    assert run(project)[0] == set()


@pytest.mark.parametrize(
    ("edited", "nearest"),
    [
        ("scripts/wollemi/base/products.py", "test_inside"),  # imports it
        ("tests/support/far.py", "test_support"),
        ("scripts/wollemi/base/numbers.py", "test_skipped"),  # depends on the least
    ],
)
def test_without_tests_of_its_name_the_nearest_come_first(project, edited, nearest):
    for file in set(project.glob("tests/test_*.py")) - {project / "tests/test_sums.py"}:
        file.write_text(f"{file.read_text()}\n\ndef test_wrong():\n    assert False\n")
    with (project / edited).open("a") as file:
        file.write("\n")
    ran, console = run(project)
    assert ran == {nearest}
    assert "other test files wait until these tests pass" in console


def test_inputs_edited_during_the_run(project):
    """The test may have seen either state."""
    path = project / "tests/test_sums.py"
    path.write_text(
        f"{path.read_text()}    open('scripts/wollemi/base/sums.py', 'a').write('\\n')\n"
    )
    assert run(project)[0] == {"test_sums"}
    assert run(project)[0] == {"test_sums", "test_program", "test_started"}


# Notes the files that a test process opens.
WATCH = """
import atexit, os, pathlib, sys

opened = set()


def note(event, values):
    if event == "open" and isinstance(values[0], str) and not (values[2] or 0) & os.O_ACCMODE:
        opened.add(os.path.abspath(values[0]))


sys.addaudithook(note)
atexit.register(lambda: pathlib.Path(os.environ["OPENED"]).write_text("\\n".join(opened)))
"""
PARTS, SHARE = 4, 5  # one file of five is started


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_files_that_tests_open_are_their_inputs(tmp_path, part):
    """Modules too, which are opened when they are imported: no edit of another file can matter."""
    (tmp_path / "watch.py").write_text(WATCH)
    files = Snapshot().files
    found = Dependencies(files)
    tests = sorted(file for file in files if re.fullmatch(r"tests/.*/test_\w+\.py", file))
    for test in tests[part :: PARTS * SHARE]:
        inputs = found.of(test)
        if not inputs & {".", "scripts"}:
            assert opened(test, tmp_path) & set(files) <= {
                file for file in files if inputs & {file, *map(str, PurePath(file).parents)}
            }, test


def opened(test, folder):
    """Files of the project that a process with one test file opens; of bytecode, its source.

    With `--deselect`, the plugin leaves the run alone; else it would open all.
    """
    search = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "watch", "-q", "-n0", "--deselect=_", test],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": search, "OPENED": str(folder / "opened")},
        check=True,
        capture_output=True,
    )
    paths = [PurePath(path) for path in (folder / "opened").read_text().splitlines()]
    sources = [
        path.parent.parent / f"{path.name.partition('.')[0]}.py" if path.suffix == ".pyc" else path
        for path in paths
        if path.is_relative_to(ROOT)
    ]
    return {str(path.relative_to(ROOT)) for path in sources} - {"pyproject.toml"}
