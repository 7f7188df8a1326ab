"""A disk that is full, a folder that can only be read, no memory: every program says so, and leaves
nothing behind.
"""

import contextlib
import errno
import importlib
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pytest
from support.archives.archives import archive
from support.project.small_disks import files_of_at_most
from support.tiny.analysis import snakemake
from support.tiny.steps import RESULTS

from wollemi.base.machine_errors import exit_code
from wollemi.base.whole_files import write_whole
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program

SMALLEST = 60  # bytes: less than any product or record has
# Their inputs are products of other jobs of `publish`, or a network.
WITHOUT_INPUTS = {"plot_simplified", "write_site", "write_smodels"}


def job_commands(project):
    """One command line of each program that makes the tiny analysis and its publication, as
    Snakemake prints them.
    """
    done = snakemake(project, "publish", "--forceall", "--dry-run", "--printshellcmds")
    assert done.returncode == 0, done.stdout
    lines = re.findall(r"^ *python scripts/(\w+)\.py ((?:.*\\\n)*.*)$", done.stdout, re.MULTILINE)
    return {program: shlex.split(line.replace("\\\n", " ")) for program, line in lines}


def files(folder):
    return {
        path
        for path in folder.rglob("*")
        if path.is_file() and not {"logs", ".snakemake"} & set(path.parts)
    }


def run(program, line):
    module = importlib.import_module(program)
    return run_program(module.PROGRAM, module.main, line)


def test_a_disk_that_takes_no_product(finished, tmp_path, monkeypatch, capsys):
    """Each job is run again over its products: they stay, and nothing stands beside them."""
    monkeypatch.chdir(shutil.copytree(finished, tmp_path / "project"))
    commands = {
        name: line for name, line in job_commands(Path.cwd()).items() if name not in WITHOUT_INPUTS
    }
    assert len(commands) > 15
    shutil.rmtree(RESULTS + "/recast", ignore_errors=True)
    before = files(Path.cwd())
    for program, line in commands.items():
        capsys.readouterr()
        with files_of_at_most(SMALLEST):
            code = run(program, line)
        message = capsys.readouterr().err
        assert code == 2, program
        assert "a file would grow beyond the largest size allowed" in message, (program, message)
        assert "Traceback" not in message, (program, message)
        assert files(Path.cwd()) == before, program


COPY = Program(__file__, "Copies.", inputs={"source": "a file"}, outputs={"copy": "copy"})


def copy(job: Job) -> None:
    job.output("copy").write_bytes(job.input("source").read_bytes())


@contextlib.contextmanager
def disk(folder, options):
    """A small disk; not everybody may have one."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "none", folder], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("only an administrator may mount a disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def run_copy(folder):
    Path("source.bin").write_bytes(bytes(300_000))
    outputs = [
        "--copy",
        f"{folder}/out/copy.bin",
        "--record",
        f"{folder}/records/copy.json",
        "--log",
        f"{folder}/logs/copy.log",
    ]
    return run_program(COPY, copy, ["--source", "source.bin", *outputs])


def test_a_full_disk_says_how_much_is_free(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with disk(tmp_path / "disk", "size=200k") as folder:
        assert run_copy(folder) == 2
        assert files(folder) == set()
    message = capsys.readouterr().err
    assert re.search(
        rf"{folder}/out: the disk is full: 0\.\d MB of 0\.2 MB are free\n  → make room there",
        message,
    ), message
    assert "Traceback" not in message


@pytest.mark.parametrize("place", ["product", "a file that is written whole"])
def test_the_full_disk_is_named_and_no_other(tmp_path, monkeypatch, capsys, place):
    """Others have less room, once what was half written is gone."""
    monkeypatch.chdir(tmp_path)
    with (
        disk(tmp_path / "large", "size=2m") as large,
        disk(tmp_path / "small", "size=60k") as small,
    ):
        (small / "rest").write_bytes(bytes(4096))
        monkeypatch.setattr(tempfile, "tempdir", str(small))

        def work(job):
            job.output("copy").write_bytes(b"")
            if place == "product":
                job.output("copy").write_bytes(bytes(3_000_000))
            else:
                write_whole(large / "text", "x" * 3_000_000)

        Path("source.bin").touch()
        outputs = ["--copy", f"{large}/out/copy.bin", "--record", f"{large}/copy.json"]
        assert run_program(COPY, work, ["--source", "source.bin", *outputs]) == 2
        message = capsys.readouterr().err
        assert f"{large}" in message
        assert "the disk is full" in message
        assert f"{small}" not in message


def test_a_disk_without_room_for_the_record(tmp_path, monkeypatch, capsys):
    """The product fits, its record does not: neither is there."""
    monkeypatch.chdir(tmp_path)
    with disk(tmp_path / "disk", "size=296k") as folder:
        assert run_copy(folder) == 2
        assert files(folder) == set()
    assert "the disk is full" in capsys.readouterr().err


def test_a_disk_that_can_only_be_read(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with disk(tmp_path / "disk", "ro") as folder:
        assert run_copy(folder) == 2
    assert f"{folder}: this folder can only be read" in capsys.readouterr().err


def test_a_folder_without_permission(tmp_path, monkeypatch, capsys):
    """Root may write anywhere: the refusal is made."""
    monkeypatch.chdir(tmp_path)

    def refuse(path, *arguments, **options):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert run_copy("there") == 2
    assert "there/logs: permission denied\n  → ask its owner" in capsys.readouterr().err


def test_a_file_where_a_folder_is_needed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("there").touch()
    assert run_copy("there") == 2
    assert "a part of this path is a file" in capsys.readouterr().err


def test_no_memory(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def fill(job: Job) -> None:
        copy(job)
        np.zeros(1 << 57)

    Path("source.bin").touch()
    assert run_program(COPY, fill, ["--source", "source.bin", "--copy", "copy.bin"]) == 2
    assert re.search(
        r"memory: out of memory \(Unable to allocate 1\.00 EiB .*\)\n  → close other",
        capsys.readouterr().err,
    )
    assert not Path("copy.bin").exists()
    assert not Path(".partial.copy.bin").exists()


def test_a_program_without_a_record(capsys):
    def fail():
        raise OSError(errno.EIO, "Input/output error", "events.root")

    assert exit_code(fail) == 2
    assert capsys.readouterr().err.startswith(
        "events.root: the disk cannot be read or written\n  → "
    )


def test_a_bug_keeps_its_traceback():
    def fail():
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", "nothing")

    with pytest.raises(FileNotFoundError):
        exit_code(fail)


def test_an_archive_on_a_full_disk(whole, tmp_path, capsys):
    with files_of_at_most(100_000):
        assert archive(whole, tmp_path / "new/tiny.zip") == 2
    assert "a file would grow beyond the largest size allowed" in capsys.readouterr().err
    assert files(tmp_path) == set()
