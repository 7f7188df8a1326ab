"""Every command of the documentation: the program is there and takes these options, files and names
are those of the checkout.
"""

import contextlib
import importlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from functools import cache, partial
from pathlib import Path

import pytest
import yaml
from support.project.paths import ROOT

from wollemi.commands.main import main
from wollemi.job.job import run_program

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BEGINNINGS = r"(?:uv|python3?|pip|bash|PYTHONPATH=\S+|snakemake|pytest|wollemi) "
# Made by the reader on the page itself, or a placeholder.
ANALYSES = {"zee", "mine", "region_a"}
MADE = {"config/analyses/zee/analysis.yaml", "config/analyses/mine/analysis.yaml"}
CONFIG = yaml.safe_load((ROOT / "config/config.yaml").read_text())
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def commands(page):
    """Commands of a page: lines of blocks, and code in lines; a line that ends with a backslash
    goes on.
    """
    text = re.sub(r"\\\n\s*", "", page.read_text(encoding="utf-8"))
    # `wollemi upgrade: ...` is a message.
    found = re.findall(rf"^(?:    )?({BEGINNINGS}(?!\w+: ).*)$", text, re.MULTILINE)
    found += re.findall(rf"`({BEGINNINGS}(?!\w+: )[^`]*)`", text)
    return [part for line in found for part in simple_commands(line)]


def simple_commands(line):
    """The commands of a line of shell, as words."""
    words, parts = shlex.split(line, comments=True), [[]]
    for word in words:
        if word in ("&&", "|", ";"):
            parts.append([])
        else:
            parts[-1].append(word)
    return [tuple(part) for part in parts if part]


ALL = sorted({(page.name, command) for page in PAGES for command in commands(page)})


@cache
def help_of(program):
    """What a program says of its options."""
    module = importlib.import_module(program)
    printed = io.StringIO()
    run = (
        partial(run_program, module.PROGRAM, module.main)
        if hasattr(module, "PROGRAM")
        else module.main
    )
    with contextlib.redirect_stdout(printed), pytest.raises(SystemExit):
        run(["--help"])
    return printed.getvalue()


def check_script(path, arguments):
    """A program of the checkout with its options."""
    # What a command runs lies in its folder beside the page on it.
    assert (ROOT / path).is_file() or (ROOT / "docs/other_frameworks" / path).is_file(), path
    if not path.startswith("scripts/"):
        return
    known = set(re.findall(r"--[\w-]+", help_of(Path(path).stem))) | {"--help"}
    assert {word.partition("=")[0] for word in arguments if word.startswith("--")} <= known
    files = [word for word in arguments if word.startswith("config/")]
    assert all(name in MADE or (ROOT / name).is_file() for name in files)


def check_snakemake(arguments):
    """Options, targets and configuration of Snakemake."""
    from snakemake.cli import get_argument_parser

    parser = get_argument_parser(profiles=None)
    known = {option for action in parser._actions for option in action.option_strings}
    options = {word.partition("=")[0] for word in arguments if re.match(r"--?[\w-]+(=|$)", word)}
    assert options <= known
    if "--config" in arguments:
        pairs = [
            word.split("=", 1)
            for word in arguments[arguments.index("--config") + 1 :]
            if re.match(r"\w+=", word)
        ]
        assert {key for key, _ in pairs} <= CONFIG.keys()
        names = [value for key, value in pairs if key == "analysis" and value.isidentifier()]
        assert all(
            (ROOT / f"config/analyses/{name}").is_dir() or name in ANALYSES for name in names
        )
    for option in ("--profile", "--workflow-profile"):
        if option in arguments:
            assert (ROOT / arguments[arguments.index(option) + 1] / "config.yaml").is_file()
    if "publish" in arguments:
        assert "rule publish:" in (ROOT / "Snakefile").read_text()


def check_wollemi(arguments):
    """A command of `wollemi`; what it does not know, its program may."""
    if arguments[0].startswith("-"):
        assert arguments[0] in ("--help", "--version")
        return
    command = main.commands[arguments[0]]
    known = {option for parameter in command.params for option in parameter.opts} | {"-h", "--help"}
    options = {word.partition("=")[0] for word in arguments[1:] if re.match(r"--?[a-z]", word)}
    if "ignore_unknown_options" not in command.context_settings:
        assert options <= known


def check_uv(arguments):
    """A command of uv."""
    if arguments[0] != "run":
        assert arguments[0] in ("sync", "lock", "export", "add", "pip", "tool", "build")
        return
    rest, groups = list(arguments[1:]), []
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option == "--group":
            groups.append(rest.pop(0))
        elif option in ("--with", "--python"):
            rest.pop(0)
    assert set(groups) <= PROJECT["dependency-groups"].keys()
    check(rest, packages_of(groups))


def packages_of(groups):
    """Names of the packages that groups of dependencies ask for."""
    asked = [item for group in groups for item in PROJECT["dependency-groups"][group]]
    return {re.match(r"[\w-]+", item)[0] for item in asked if isinstance(item, str)}


def check(command, packages=()):
    """Look up what a command names; it may be of a package that the environment of the tests has
    not, as `sphinx-build` is of `sphinx`.
    """
    program, *arguments = command
    if program.startswith("PYTHONPATH="):
        check(arguments)
    elif program == "uv":
        check_uv(arguments)
    elif program in ("python", "python3"):
        while arguments and arguments[0] in ("-B", "-I"):
            arguments.pop(0)
        if arguments and arguments[0].endswith(".py"):
            check_script(arguments[0], arguments[1:])
        elif arguments[:1] == ["-m"] and arguments[1].startswith("support."):
            assert (ROOT / "tests" / f"{arguments[1].replace('.', '/')}.py").is_file(), arguments[1]
    elif program == "snakemake":
        check_snakemake(arguments)
    elif program == "wollemi":
        check_wollemi(arguments)
    elif program == "pytest":
        assert all(
            (ROOT / word.partition("::")[0]).exists()
            for word in arguments
            if word.startswith("tests/")
        )
    elif program == "bash":
        # Of the workflow, or of a repository that `wollemi new` writes.
        written = ROOT / "workflow/new" / f"{Path(arguments[0]).name}.j2"
        assert (ROOT / arguments[0]).is_file() or written.is_file()
    elif program not in ("pip", "cd", "."):
        is_here = Path(sys.executable).with_name(program).is_file()
        assert is_here or program.partition("-")[0] in {*packages, "pyhf", "unzip"}, program


def test_commands_are_found():
    found = {command for _, command in ALL}
    assert ("uv", "run", "--group", "test", "pytest") in found
    assert (
        "uv",
        "run",
        "python",
        "scripts/archive_analysis.py",
        "results/zprime",
        "--archive",
        "zprime.zip",
    ) in found
    assert len(found) > 40


@pytest.mark.parametrize(
    ("page", "command"), ALL, ids=[f"{page}: {' '.join(command)[:60]}" for page, command in ALL]
)
def test_a_command_can_be_run(page, command):
    check(command)


@pytest.mark.parametrize(
    "line",
    [
        "uv run python scripts/archive_analysis.py results/zprime --archived zprime.zip",
        "uv run python scripts/archive_analyses.py results/zprime",
        "uv run snakemake --cores 2 --config analysis=zprim",
        "uv run snakemake --cores 2 --config max_event=100",
        "uv run snakemake --core-number 2",
        "uv run rocrate-valid x",
        "uv run --group tests pytest",
        "uv run pytest tests/physics/test_none.py",
        "PYTHONPATH=scripts:tests uv run python -m support.archives.none",
        "uv run wollemi open zprime --brwser",
        "uv run wollemi --cores 2",
    ],
)
def test_a_command_that_cannot_is_found(line):
    (command,) = simple_commands(line)
    with pytest.raises(AssertionError):
        check(command)


def python_lines():
    """Commands that run a line of Python in a checkout."""
    return [
        (page, command)
        for page, command in ALL
        if "-c" in command and any("python" in word for word in command)
    ]


@pytest.mark.parametrize(
    ("page", "command"), python_lines(), ids=[page for page, _ in python_lines()]
)
def test_a_line_of_python_runs(page, command, tmp_path):
    for name in ("scripts", "tests"):
        (tmp_path / name).symlink_to(ROOT / name)
    variables = {"PYTHONDONTWRITEBYTECODE": "1"} | dict(
        word.split("=", 1) for word in command if word.startswith("PYTHONPATH=")
    )
    line = [sys.executable, *command[command.index("-c") :]]
    done = subprocess.run(
        line, cwd=tmp_path, env=os.environ | variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} > {"scripts", "tests"}


def test_there_is_a_line_of_python():
    assert python_lines()
    assert shutil.which("python3")


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name != "decisions.md"], ids=lambda page: page.name
)
def test_modules_that_a_page_names_are_there(page):
    text = page.read_text()
    paths = re.findall(r"`(scripts/wollemi/[\w/]+(?:\.py)?)`", text)
    modules = re.findall(r"`(wollemi(?:\.[a-z_]+)+)`", text)
    for name in (*paths, *(f"scripts/{module.replace('.', '/')}" for module in modules)):
        parent, last = (ROOT / name).parent, (ROOT / name).stem
        there = (ROOT / name).exists() or (ROOT / f"{name}.py").is_file()
        package = parent / "__init__.py"
        is_name = package.is_file() and re.search(rf"\b{last}\b", package.read_text())
        assert there or is_name, name


def test_the_page_of_the_engine_names_all_its_modules():
    _, _, table = (ROOT / "docs/engine.md").read_text().partition("| module | what it does |")
    rows = [line.split("|")[1] for line in table.partition("\n\n")[0].splitlines()[2:]]
    folder = ROOT / "scripts/wollemi_engine/compiled"
    assert sorted(re.findall(r"`(\w+)`", "".join(rows))) == sorted(
        path.stem for path in folder.glob("*.py") if path.stem != "__init__"
    )


def test_pages_that_the_repository_names_exist():
    """In messages, docstrings, comments and settings."""
    named = {}
    for folder in ("scripts", "workflow", "config", "profiles", "tests"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".smk", ".yaml", ".j2", ".json", ".txt"):
                # Docs of other projects, with folders, are skipped.
                found = re.findall(r"(?<![\w/])docs/[\w-]+\.md", path.read_text("utf-8"))
                named |= dict.fromkeys(found, path)
    assert len(named) > 20
    assert {name: path for name, path in named.items() if not (ROOT / name).is_file()} == {}
