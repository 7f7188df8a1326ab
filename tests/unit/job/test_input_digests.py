"""Digests of inputs that are not read again: whatever happens to a file, its digest is right."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from wollemi.base.digests import file_digest
from wollemi.job import input_digests
from wollemi.job.input_digests import input_digest
from wollemi_likelihood.base.errors import WollemiError

GRAIN = 0.05  # s; longer than a tick of the kernel, by which files get their times


def flip(path: Path, byte: int = 700) -> None:
    """Change one byte where it is."""
    with path.open("r+b") as file:
        file.seek(byte)
        (value,) = file.read(1)
        file.seek(byte)
        file.write(bytes([value ^ 1]))


def keep_times(edit: Callable[[Path], None], path: Path) -> None:
    """An edit that sets the times of the content back, as `cp -p`, `rsync -t` and `tar` do."""
    status = path.stat()
    edit(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def replace(path: Path) -> None:
    """Another file of this name, of the same size."""
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    flip(other)
    os.replace(other, path)


def exchange(path: Path) -> None:
    """A link to another file of the same size."""
    other = path.with_name(f"{time.time_ns()}")
    os.replace(path, other)
    copy = path.with_name(f"{other.name}_copy")
    copy.write_bytes(other.read_bytes())
    flip(copy)
    path.symlink_to(copy)


EDITS: dict[str, Callable[[Path], None]] = {
    "append": lambda path: path.write_bytes(path.read_bytes() + b"1"),
    "cut": lambda path: os.truncate(path, path.stat().st_size - 1),
    "flip": flip,
    "flip_keeping_times": lambda path: keep_times(flip, path),
    "replace": replace,
    "replace_keeping_times": lambda path: keep_times(replace, path),
    "exchange": exchange,
    "exchange_keeping_times": lambda path: keep_times(exchange, path),
    "touch": lambda path: path.touch(),
    "nothing": lambda path: None,
}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WOLLEMI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(input_digests, "LARGE", 1000)
    monkeypatch.setattr(input_digests, "SETTLED", GRAIN / 2)
    path = tmp_path / "events.root"
    path.write_bytes(bytes(range(256)) * 8)
    time.sleep(GRAIN)
    return path


def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Files that are read from here on, each by a process of its own."""
    input_digests._digest_of_state.cache_clear()
    found: list[Path] = []

    def read(path: Path) -> str:
        found.append(path)
        return file_digest(path)

    monkeypatch.setattr(input_digests, "file_digest", read)
    return found


@pytest.mark.parametrize("edit", EDITS)
def test_edits(file: Path, edit: str) -> None:
    assert input_digest(file) == file_digest(file)
    EDITS[edit](file)
    assert input_digest(file) == file_digest(file)
    time.sleep(GRAIN)
    input_digests._digest_of_state.cache_clear()
    assert input_digest(file) == file_digest(file)


def test_read_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = reads(monkeypatch)
    assert input_digest(file) == input_digest(file)
    assert read == [file]


def test_a_later_process(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    input_digest(file)
    read = reads(monkeypatch)
    assert input_digest(file) == file_digest(file)
    assert read == []
    monkeypatch.setenv("WOLLEMI_DIGESTS", "full")
    read = reads(monkeypatch)
    assert input_digest(file) == file_digest(file)
    assert read == [file]


def test_a_file_just_written(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second write within the grain of the clock may leave the times as they are."""
    flip(file)
    input_digest(file)
    read = reads(monkeypatch)
    assert input_digest(file) == file_digest(file)
    assert read == [file]


def test_small_files(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_bytes(b"small")
    time.sleep(GRAIN)
    input_digest(file)
    assert not (file.parent / "cache").exists()


def test_a_damaged_note(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte of it, and each length to which it was written."""
    input_digest(file)
    (note,) = (file.parent / "cache").iterdir()
    sound = note.read_bytes()
    damaged = [sound[:length] for length in range(len(sound))]
    damaged += [
        sound[:place] + bytes([sound[place] ^ 1]) + sound[place + 1 :]
        for place in range(len(sound))
    ]
    for content in damaged:
        note.write_bytes(content)
        read = reads(monkeypatch)
        assert input_digest(file) == file_digest(file)
        assert read == [file]
        assert note.read_bytes() == sound


def test_no_folder(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (file.parent / "cache").write_text("a file")
    assert input_digest(file) == file_digest(file)


def test_unknown_mode(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOLLEMI_DIGESTS", "fast")
    with pytest.raises(WollemiError) as error:
        input_digest(file)
    assert str(error.value) == (
        "WOLLEMI_DIGESTS: unknown mode 'fast'\n  → set it to known or full, or leave it unset"
    )
