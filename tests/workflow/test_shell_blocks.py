"""The commands of all rules: what comes from outside reaches the shell as one word, whatever stands
in it.
"""

import importlib
import re
import shlex
import subprocess

import pytest
from support.project.paths import ROOT
from support.project.rule_files import written_rules
from support.tiny.analysis import environment, snakemake_command

from wollemi.job.command_line import command_line_parser
from wollemi.job.source_code import rule_command

PROGRAMS = sorted(
    path for path in (ROOT / "scripts").glob("*.py") if "run_program(PROGRAM" in path.read_text()
)
# Their words are quoted where they are made.
QUOTED = ("resources.mirrors", "params.further")


def placeholders(text):
    """What stands in braces in a command."""
    return re.findall(r"(?<!\{)\{([^{}]+)\}", text)


def test_every_rule_has_the_command_of_its_program():
    rules = list(written_rules())
    assert len(rules) > 20
    for _, program, text in rules:
        assert re.findall(r"shell:\s*(.*)", text) == [f'command("{program}")']


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_every_placeholder_is_quoted(program):
    command = rule_command(program)
    # Images of other frameworks have `python3`, but not all of them `python`.
    python = "python3" if program.stem == "run_command" else "python"
    assert command.startswith(f"\n{python} {{input.code[0]:q}} ")
    assert [
        name for name in placeholders(command) if not name.endswith(":q") and name not in QUOTED
    ] == []


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_the_command_has_every_argument_of_the_program(program):
    """What the parser of the program itself takes."""
    module = importlib.import_module(program.stem)
    flags = {
        flag
        for action in command_line_parser(module.PROGRAM)._actions
        for flag in action.option_strings
    } - {"-h", "--help"}
    assert set(re.findall(r"(--[\w-]+) ", rule_command(program))) == flags


def test_the_reader_finds_what_is_not_quoted():
    assert placeholders("a {input.b} {x:q} {{no}}") == ["input.b", "x:q"]


def test_mirrors_are_words(project):
    """They stand in a resource, which is one text."""
    hostile = ["a b", "'; touch run; '", "$(touch run)", "mirror"]
    command = snakemake_command(
        "--dry-run", "--printshellcmds", "--quiet", "host", config=[f"mirrors={hostile!r}"]
    )
    command.remove("mirrors=mirror")
    done = subprocess.run(
        command, cwd=project, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = re.findall(
        r"python (scripts/fetch_dataset\.py (?:.*\\\n)*.*)$", done.stdout, re.MULTILINE
    )
    words = shlex.split(line.replace("\\\n", " "))
    assert words[words.index("--mirrors") + 1 : words.index("--files")] == hostile
    assert not (project / "run").exists()
