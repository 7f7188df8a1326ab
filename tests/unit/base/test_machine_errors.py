"""Output whose reader leaves, such as `head`: no program ends in a traceback."""

import os
import signal
import subprocess
import sys

import pytest
from support.project.paths import ROOT

from wollemi.base.machine_errors import machine_error
from wollemi.commands.main import main

QUIET = 128 + signal.SIGPIPE
PRINTS = {
    "before its end": "lambda: print('x' * 1_000_000) or 0",
    "at its end": "lambda: print('x') or 0",
    "again after an error": "lambda: [print('x' * 9999) for _ in range(99)] and 0",
}
WAYS = {
    "programs for people": "from wollemi.base.machine_errors import exit_code; e = exit_code({})",
    "jobs": "from wollemi.job.log import exit_code_of; e = exit_code_of({}, [])",
}


def without_reader(*command):
    """A process whose standard output is a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        return subprocess.run(
            [sys.executable, *command],
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=os.environ | {"PYTHONPATH": str(ROOT / "scripts"), "PYTHONUNBUFFERED": ""},
        )
    finally:
        os.close(writing)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("prints", PRINTS)
def test_a_program_ends_quietly(way, prints):
    done = without_reader("-c", f"{WAYS[way].format(PRINTS[prints])}; raise SystemExit(e)")
    assert (done.returncode, done.stderr) == (QUIET, "")


@pytest.mark.parametrize("way", WAYS)
def test_another_broken_pipe_is_still_an_error(way):
    """That of a child or a connection."""
    code = "def broken(): raise BrokenPipeError(32, 'x')\n"
    command = ["-c", f"{code}{WAYS[way].format('broken')}"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    done = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 1
    assert "BrokenPipeError" in done.stderr


@pytest.mark.parametrize("name", ["", *sorted(main.commands)])
def test_each_command_ends_quietly(name):
    done = without_reader("-m", "wollemi.commands.main", *filter(None, [name]), "--help")
    assert done.stderr == ""


@pytest.mark.parametrize(
    "path", sorted((ROOT / "scripts").glob("*.py")), ids=lambda path: path.stem
)
def test_each_program_ends_by_one_of_the_two_ways(path):
    text = path.read_text(encoding="utf-8")
    assert "exit_code(" in text or "run_program(" in text


def circles():
    """Errors whose causes lead back to them, as a second raise makes them."""
    own, first, second = ValueError("x"), ValueError("x"), ValueError("x")
    own.__context__, first.__cause__, second.__context__ = own, second, first
    later = ValueError("x")
    later.__cause__ = first
    return [own, first, second, later]


@pytest.mark.parametrize("number", range(4))
def test_a_circle_of_causes_has_an_end(number):
    assert machine_error(circles()[number]) is None
