"""Files that are written completely or not at all."""

import os
import stat

import pytest

from wollemi.base.whole_files import write_whole
from wollemi_likelihood.base.errors import WollemiError


def test_a_file_replaces_a_file(tmp_path):
    for text in ("one", "two"):
        write_whole(tmp_path / "new/a.txt", text)
    assert [path.read_text() for path in (tmp_path / "new").iterdir()] == ["two"]


def test_a_pipe_stays_as_a_device_would(tmp_path):
    """As root, a rename onto `/dev/null` replaces it for all programs of the machine."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(WollemiError, match=r"pipe: is a device or a pipe, .*replace\n  → name"):
        write_whole(path, "text")
    assert stat.S_ISFIFO(path.stat().st_mode)
    assert list(tmp_path.iterdir()) == [path]
