"""Contents by their digest: sound or not there, whoever writes at once or is killed."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.project.paths import ROOT

from wollemi.history.store import Store, copy_file, limit_bytes, store_folder
from wollemi_likelihood.base.errors import WollemiError

SIZE = 300_000
# Adds files of random content, and after each a state that names it, without an end.
WRITER = f"""
import hashlib, os, sys
from pathlib import Path
from wollemi.history.store import Store
store, place = Store(Path(sys.argv[1])), Path(sys.argv[2])
for number in range(1_000_000):
    content = f"{{sys.argv[3]}} {{number % 50}}".encode() * {SIZE // 4}
    digest = hashlib.sha256(content).hexdigest()
    place.write_bytes(content)
    with store.locked():
        assert store.add_file(place, digest)
        store.write_state("run", digest[:10], {{"files": {{"a": digest}}, "jobs": {{}}}})
"""


def digest_of(content):
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def test_a_file_comes_back_with_its_bytes(store, tmp_path):
    (tmp_path / "a").write_bytes(b"content")
    digest = digest_of(b"content")
    assert store.add_file(tmp_path / "a", digest)
    assert store.copy_to(digest, tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == store.read(digest) == b"content"
    assert not list(store.partial.iterdir())


def test_an_edit_of_a_result_leaves_the_store_as_it_was(store, tmp_path):
    """Also one that writes into the file, in both directions."""
    digest = digest_of(b"content")
    (tmp_path / "a").write_bytes(b"content")
    store.add_file(tmp_path / "a", digest)
    store.copy_to(digest, tmp_path / "b")
    for name in ("a", "b"):
        with (tmp_path / name).open("r+b") as file:
            file.write(b"CON")
    assert store.read(digest) == b"content"
    assert os.access(tmp_path / "b", os.W_OK)


@pytest.mark.parametrize("content", [None, b"other"])
def test_a_file_that_is_not_what_its_record_says_is_not_added(store, tmp_path, content):
    if content is not None:
        (tmp_path / "a").write_bytes(content)
    assert not store.add_file(tmp_path / "a", digest_of(b"content"))
    assert not store.has(digest_of(b"content"))
    assert not store.has(digest_of(b"other"))


@pytest.mark.parametrize("damage", ["cut", "bit", "empty", "gone"])
def test_a_damaged_content_never_comes_back_and_can_be_added_again(store, tmp_path, damage):
    content = random.Random(3).randbytes(1000)
    digest = store.add_bytes(content)
    path = store.path(digest)
    path.chmod(0o644)
    flipped = content[:500] + bytes([content[500] ^ 1]) + content[501:]
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes({"cut": content[:-1], "bit": flipped, "empty": b""}[damage])
    assert not store.copy_to(digest, tmp_path / "b")
    assert not (tmp_path / "b").exists()
    assert store.read(digest) is None
    assert not store.is_sound(digest)
    assert store.add_bytes(content) == digest
    assert store.is_sound(digest)


def test_writers_at_once_and_kills_in_mid_write_leave_whole_contents(store, tmp_path):
    """Two of them write the same contents: whoever is first, and whenever they die."""
    kills = random.Random(11)
    environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    for _ in range(3):
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", WRITER, store.root, tmp_path / f"place{number}", name],
                env=environment,
            )
            for number, name in enumerate("aab")
        ]
        begun = len(list(store.states.rglob("*.json")))
        while len(list(store.states.rglob("*.json"))) <= begun and begun < 100:
            assert all(writer.poll() is None for writer in writers)
            time.sleep(0.01)
        time.sleep(kills.uniform(0, 0.1))
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            writer.wait()
    contents = [path for path in store.contents.rglob("*") if path.is_file()]
    assert contents
    for path in contents:
        assert digest_of(path.read_bytes()) == path.parent.name + path.name
    states = list(store.states.rglob("*.json"))
    assert states
    assert all(any(path.name.startswith(state.stem[2:]) for path in contents) for state in states)


def test_one_who_removes_waits_for_those_who_write(store):
    with store.locked() as first, store.locked() as second:
        assert (first, second) == (True, True)
        with store.locked(alone=True, wait=False) as held:
            assert not held
    with store.locked(alone=True, wait=False) as held:
        assert held


def test_a_copy_has_the_digest_of_what_was_copied(tmp_path):
    content = random.Random(1).randbytes(3_000_001)
    (tmp_path / "a").write_bytes(content)
    assert copy_file(tmp_path / "a", tmp_path / "b") == digest_of(content)
    assert (tmp_path / "b").read_bytes() == content


def test_where_the_store_is(monkeypatch):
    monkeypatch.delenv("WOLLEMI_STORE", raising=False)
    assert store_folder() == Path(".wollemi/store")
    monkeypatch.setattr(Path, "cwd", lambda: Path("/var/reana/users/1/workflows/2"))
    assert store_folder() is None
    monkeypatch.setenv("WOLLEMI_STORE", "/group/store")
    assert store_folder() == Path("/group/store")
    monkeypatch.setenv("WOLLEMI_STORE", "off")
    assert store_folder() is None


@pytest.mark.parametrize("text", ["0", "-1", "many", "nan", "inf"])
def test_a_size_that_is_none(monkeypatch, text):
    monkeypatch.setenv("WOLLEMI_STORE_GB", text)
    with pytest.raises(WollemiError, match=f"'{text}' is not a size in GB"):
        limit_bytes()
    monkeypatch.setenv("WOLLEMI_STORE_GB", "0.5")
    assert limit_bytes() == 5e8
