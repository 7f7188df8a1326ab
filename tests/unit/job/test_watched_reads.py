"""A job reads what it has declared and nothing else, however it tries."""

import contextlib
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from support.project.paths import ROOT

from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.job.source_code import source_files
from wollemi.job.watched_reads import Watch, watched
from wollemi_interactive.explore import cut_bounds

PROGRAM = Program(__file__, "Copies.", inputs={"source": "what to copy"}, outputs={"copy": "copy"})
SECRET = "secret.txt"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An input, and beside it and elsewhere files that nobody has declared."""
    (tmp_path / "here").mkdir()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for path in ("in.txt", SECRET, "../elsewhere/secret.txt"):
        Path(path).write_text("1 2\n")
    Path("linked.txt").symlink_to("../elsewhere/secret.txt")
    Path("link_to_input.txt").symlink_to("in.txt")
    return tmp_path


def run(read, program=PROGRAM):
    """Run a job that reads, and writes one file."""

    def work(job: Job) -> None:
        read(job)
        job.output("copy").write_text("done")

    return run_program(
        program, work, ["--source", "in.txt", "--copy", "out.txt", "--record", "record.json"]
    )


def swallow(read):
    """As a library that takes every error for a missing file."""
    try:
        read()
    except Exception:
        return None


def content(path, mode="r"):
    with open(path, mode) as file:  # noqa: PTH123
        return file.read()


READS = {
    "open": content,
    "read_text": lambda path: Path(path).read_text(),
    "bytes": lambda path: content(os.fsencode(path), "rb"),
    "absolute": lambda path: Path(path).resolve().read_bytes(),
    "os.open": lambda path: os.read(os.open(path, os.O_RDONLY), 1),
    "update": lambda path: content(path, "r+"),
    "append and read": lambda path: content(path, "a+"),
    "numpy": lambda path: np.loadtxt(path),
    "memory map": lambda path: np.memmap(path, mode="r"),
    "swallowed": lambda path: swallow(lambda: Path(path).read_text()),
    "code": lambda path: compile(Path(path).read_text(), path, "eval"),
}


@pytest.mark.parametrize(
    "path", [SECRET, "../elsewhere/secret.txt", "linked.txt", "../here/secret.txt"]
)
@pytest.mark.parametrize("kind", READS)
def test_an_undeclared_file(folder, capsys, kind, path):
    assert run(lambda job: READS[kind](path)) == 2
    message = capsys.readouterr().err
    assert "secret.txt" in message or "linked.txt" in message
    assert "has not declared it: no record would tell of it" in message
    assert "Traceback" not in message
    assert not Path("out.txt").exists()
    assert not Path("record.json").exists()


@pytest.mark.parametrize("kind", sorted(READS.keys() - {"code"}))
@pytest.mark.parametrize("path", ["in.txt", "../here/in.txt", "link_to_input.txt"])
def test_a_declared_file(folder, kind, path):
    assert run(lambda job: READS[kind](path)) == 0


def test_a_declared_file_from_another_folder(folder):
    """Libraries change the folder for a while."""

    def read(job):
        with contextlib.chdir(".."):
            assert content("here/in.txt")

    assert run(read) == 0


def test_a_file_that_an_input_names(folder):
    assert run(lambda job: job.read_file(Path(SECRET)).read_text()) == 0


def of_its_own(job):
    """Temporary files and folders, a file that got another name, the output itself."""
    with tempfile.TemporaryDirectory() as name:
        Path(name, "deep").mkdir()
        Path(name, "deep/file.txt").write_text("x")
        assert Path(name, "deep/file.txt").read_text() == "x"
    with tempfile.NamedTemporaryFile("w+") as file:
        assert Path(file.name).read_text() == ""
    Path("scratch").write_text("x")
    Path("scratch").rename("scratch.txt")
    assert Path("scratch.txt").read_text() == "x"
    job.output("copy").write_text("x")
    assert job.output("copy").read_text() == "x"


def of_the_installation(job):
    import this  # noqa: F401 (not imported before)

    assert np.__file__ is not None
    assert Path(np.__file__).read_text()
    assert Path("/etc/passwd").read_text()
    assert subprocess.run(["uname"], check=True, capture_output=True).stdout
    first, second = socket.socketpair()
    first.close()
    second.close()


@pytest.mark.parametrize("read", [of_its_own, of_the_installation])
def test_what_is_of_the_job_or_the_installation(folder, read, capsys):
    assert run(read) == 0, capsys.readouterr().err


def datagram():
    with socket.socket(type=socket.SOCK_DGRAM) as opened:
        opened.sendto(b"x", ("127.0.0.1", 9))


OTHERS = {
    "connection": (
        lambda: socket.create_connection(("127.0.0.1", 9)),
        "127.0.0.1:9: a job opens a connection",
    ),
    "name": (
        lambda: socket.getaddrinfo("data.example", 80),
        "data.example:80: a job opens a connection",
    ),
    "datagram": (datagram, "127.0.0.1:9: a job opens a connection"),
    "program": (
        lambda: subprocess.run(["cat", SECRET], check=True),
        "cat: a job starts this program",
    ),
    "shell": (lambda: os.system(f"cat {SECRET}"), "a job starts this program"),
    "database": (lambda: sqlite3.connect(SECRET), "secret.txt: a job reads this file"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_networks_and_other_programs(folder, capsys, kind):
    read, message = OTHERS[kind]
    assert run(lambda job: read()) == 2
    assert message in capsys.readouterr().err


def test_a_program_that_brings_files(folder):
    program = Program(
        __file__, "Copies.", inputs=PROGRAM.inputs, outputs=PROGRAM.outputs, brings_files=True
    )
    assert run(lambda job: Path(SECRET).read_text(), program) == 0


def test_outside_of_a_job_nothing_is_watched(folder):
    assert run(lambda job: None) == 0
    assert Path(SECRET).read_text()


# Prints which modules a job could import that its program does not import.
IMPORTS = """
import importlib, sys
from pathlib import Path
import fill_histograms
from wollemi.job.watched_reads import Watch, watched
from wollemi_likelihood.base.errors import WollemiError

for name in sys.argv[1:]:
    try:
        with watched(Watch(Path(fill_histograms.__file__), lambda: ())):
            importlib.import_module(name)
        print(name)
    except WollemiError:
        pass
"""


def test_code_that_the_program_does_not_import_is_refused():
    """A record names the code of the program: an edit of other code would not be noticed."""
    scripts = ROOT / "scripts"
    own = {*map(str, source_files(scripts / "fill_histograms.py"))}
    others = [path for path in sorted(scripts.glob("wollemi*/**/*.py")) if str(path) not in own]
    names = [".".join(path.relative_to(scripts).with_suffix("").parts) for path in others[::25]]
    assert len(names) > 10
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS, *names],
        env=os.environ | {"PYTHONPATH": str(scripts)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []


def test_source_that_was_loaded_before_the_job_may_be_read():
    """A compiled loop is named by all modules in memory, in a session more than the program's."""
    program = ROOT / "scripts/fill_histograms.py"
    assert str(cut_bounds.__file__) not in map(str, source_files(program))
    with watched(Watch(program, lambda: ())):
        assert Path(cut_bounds.__file__).read_bytes()
