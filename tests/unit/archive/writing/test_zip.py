import os
import time
import zipfile
from pathlib import Path

import pytest

from wollemi.archive.writing.zip import (
    MANIFEST,
    entry_of_bytes,
    entry_of_file,
    manifest,
    write_archive,
)
from wollemi_likelihood.base.errors import WollemiError


def entries(folder):
    return {"b/µ.txt": entry_of_file(folder / "file"), "a.json": entry_of_bytes(b"{}\n")}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "file").write_bytes(b"x" * 3_000_000)
    return tmp_path


def test_bytes_do_not_depend_on_times_order_or_permissions(folder):
    write_archive(folder / "one.zip", entries(folder))
    os.utime(folder / "file", (1, time.time() + 1000))
    (folder / "file").chmod(0o600)
    write_archive(folder / "two.zip", dict(reversed(entries(folder).items())))
    assert (folder / "one.zip").read_bytes() == (folder / "two.zip").read_bytes()


def test_names_times_and_contents(folder):
    write_archive(folder / "one.zip", entries(folder))
    with zipfile.ZipFile(folder / "one.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["a.json", "b/µ.txt", MANIFEST]
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {info.external_attr >> 16 for info in archive.infolist()} == {0o100644}
        assert archive.read("b/µ.txt") == (folder / "file").read_bytes()
        assert len(archive.read(MANIFEST).splitlines()) == 2


def test_a_file_that_changes_meanwhile_leaves_no_archive(folder):
    found = entries(folder)
    (folder / "file").write_bytes(b"y" * 3_000_000)
    with pytest.raises(WollemiError, match="changed while it was archived"):
        write_archive(folder / "one.zip", found)
    assert [path.name for path in folder.iterdir()] == ["file"]


def test_an_older_archive_survives_a_failure(folder):
    (folder / "one.zip").write_text("old")
    with pytest.raises(WollemiError):
        write_archive(folder / "one.zip", {"a": entry_of_file(folder / "file", "0" * 64)})
    assert (folder / "one.zip").read_text() == "old"


@pytest.mark.parametrize("name", ["a\nb", "a\\b", "a\rb"])
def test_names_that_sha256sum_would_escape_are_refused(name):
    with pytest.raises(WollemiError, match="cannot have this name"):
        manifest({name: entry_of_bytes(b"")})


def test_the_checksum_of_nothing_is_the_known_one():
    (line,) = manifest({"empty": entry_of_bytes(b"")}).decode().splitlines()
    assert line == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  empty"
    assert Path(MANIFEST).name == MANIFEST
