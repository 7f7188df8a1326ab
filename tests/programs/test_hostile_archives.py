"""Archives from somebody who means harm: refused with a message, before anything of them runs or is
written elsewhere.
"""

import contextlib
import json
import shutil
import signal
import zipfile
from pathlib import Path

import pytest
import reexecute_archive
from support.archives.stored import change_archive

from wollemi.base.json_files import render_json
from wollemi.job.records import seal_record

SECONDS = 60
DESCRIPTION, MANIFEST, LIST = "archive.json", "manifest-sha256.txt", "production_files.json"
RECORD = "results/tiny/records/fit_model.json"


def described(**changes):
    """What changes the description of an archive."""
    return {DESCRIPTION: lambda text: json.dumps(json.loads(text) | changes).encode()}


def configured(**config):
    def change(text):
        content = json.loads(text)
        return json.dumps(content | {"config": content["config"] | config}).encode()

    return {DESCRIPTION: change}


def sealed(outputs):
    """A record that fits its own digest."""
    return {RECORD: render_json(seal_record({"inputs": {}, "outputs": outputs})).encode()}


# Files of the archive → what they become; the manifest fits.
CHANGES = {
    "run elsewhere": described(run="../../x"),
    "run of a command": described(run="a; touch ran"),
    "run of an option": described(run="--help"),
    "run of nothing": described(run=""),
    "run of a list": described(run=["a"]),
    "run of a number": described(run=5),
    "run of a new line": described(run="tiny\n"),
    "analysis elsewhere": configured(analysis="../x"),
    "analysis of a command": configured(analysis="$(touch ran)"),
    "analysis of an option": configured(analysis="-n"),
    "another configuration": configured(image="a b"),
    "a key of a command": configured(**{"a; touch ran": "x"}),
    "a key of an option": configured(**{"--x": "y"}),
    "configuration of text": described(config="analysis=tiny"),
    "no configuration": {DESCRIPTION: b'{"schema": "wollemi-archive-1", "run": "tiny"}'},
    "another schema": described(schema="wollemi-archive-x"),
    "a schema of 5000 digits": described(schema="wollemi-archive-" + "9" * 5000),
    "description of a list": {DESCRIPTION: b"[]"},
    "description without end": {DESCRIPTION: b"[" * 100_000},
    "description of NaN": {DESCRIPTION: b'{"schema": NaN}'},
    "description of other bytes": {DESCRIPTION: b"\xff\xfe\x00"},
    "huge description": {DESCRIPTION: b" " * 2_000_000 + b"{}"},
    "record without end": {RECORD: b"[" * 100_000},
    "record of NaN": {RECORD: b'{"inputs": {}, "outputs": {"a": NaN}}'},
    "record of a list": {RECORD: b"[1, 2]"},
    "record of text": {RECORD: b"text"},
    "record of lists": {RECORD: b'{"inputs": [], "outputs": []}'},
    "record of numbers": {RECORD: b'{"inputs": {}, "outputs": {"a": 5}}'},
    "record of nothing": {RECORD: b""},
    "record with a key twice": {RECORD: b'{"inputs": {}, "inputs": {}, "outputs": {}}'},
    "record of a product elsewhere": sealed({"../../evil": "0" * 64}),
    "record of a product of the root": sealed({"/etc/evil": "0" * 64}),
    "no list of files": {LIST: None},
    "no requirements": {"requirements.txt": None},
    "no Snakefile": {"Snakefile": None},
    "name elsewhere": {"../evil": b"x"},
    "name of the root": {"/evil": b"x"},
    "name of a drive": {"C:evil": b"x"},
    "name with a backslash": {"a\\..\\..\\evil": b"x"},
    "name with a new line": {"a\nb": b"x"},
    "name with a zero byte": {"a\x01b": b"x"},
    "name through the middle": {"results/../../evil": b"x"},
}


def cut(content):
    return content[: len(content) // 2]


def link(content, folder):
    """A link in place of a file."""
    path = folder / "link.zip"
    path.write_bytes(content)
    with zipfile.ZipFile(path, "a") as file:
        info = zipfile.ZipInfo("results/link")
        info.create_system, info.external_attr = 3, 0o120777 << 16
        file.writestr(info, "/etc/passwd")
    return path.read_bytes()


def twice(content, folder):
    path = folder / "twice.zip"
    path.write_bytes(content)
    with zipfile.ZipFile(path, "a") as file, pytest.warns(UserWarning, match="Duplicate name"):
        file.writestr("Snakefile", "import os; os.mkdir('ran')")
    return path.read_bytes()


def zeros(content, folder):
    path = folder / "zeros.zip"
    path.write_bytes(content)
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file,
        file.open("zeros", "w") as target,
    ):
        for _ in range(200):
            target.write(bytes(1 << 20))
    return path.read_bytes()


# What the zip itself becomes.
DAMAGE = {
    "half of it": lambda content, folder: cut(content),
    "nothing": lambda content, folder: b"",
    "text": lambda content, folder: b"no zip" * 100,
    "a directory alone": lambda content, folder: content[-1000:],
    "a link": link,
    "a file twice": twice,
    "a bomb": zeros,
}


@pytest.fixture
def place(tmp_path):
    """Where the archive lies, in a folder that must stay as it is."""
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


@contextlib.contextmanager
def in_time():
    """An alarm ends what hangs."""

    def late(*_):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def refused(path, capsys):
    """Exit code 2, a message, and nothing but the archive."""
    environment = path.parent / "none"
    with in_time(), contextlib.chdir(path.parent):
        assert reexecute_archive.main([str(path), "--environment", str(environment)]) == 2
    message = capsys.readouterr().err
    assert "\n  → " in message
    assert "Traceback" not in message
    assert [item.name for item in path.parent.iterdir()] == [path.name]
    assert {item.name for item in path.parent.parent.iterdir()} <= {"here", "scratch"}
    return message


@pytest.mark.parametrize("case", CHANGES)
def test_a_changed_archive(case, stored, place, capsys):
    message = refused(change_archive(stored, place / "a.zip", CHANGES[case]), capsys)
    assert "none: this is not a Python environment" not in message


@pytest.mark.parametrize("case", DAMAGE)
def test_a_zip_that_is_none(case, stored, place, capsys):
    scratch = place.parent / "scratch"
    scratch.mkdir()
    (place / "a.zip").write_bytes(DAMAGE[case](stored.read_bytes(), scratch))
    refused(place / "a.zip", capsys)


def test_an_archive_as_it_is_gets_as_far_as_its_environment(stored, place, capsys):
    assert "not a Python environment" in refused(Path(shutil.copy(stored, place / "a.zip")), capsys)


def test_there_are_enough():
    assert len(CHANGES) + len(DAMAGE) >= 40
