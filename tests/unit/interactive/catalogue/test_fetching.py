"""The identity of a file is its content: whatever its names, addresses and copies, the declared
bytes are read.
"""

import hashlib
import zlib
from pathlib import Path

import numpy as np
import pytest
from support.project.seeds import slow_but
from support.services.portal import serving_portal

from wollemi.analysis.models.datasets import RemoteFile as PublicFile
from wollemi.inputs.download import fetch
from wollemi.inputs.remote_files import remote_bytes
from wollemi_interactive.catalogue.fetching import fetch_files, intact_copy
from wollemi_interactive.catalogue.lookup import Entry
from wollemi_interactive.catalogue.models import KnownDataset
from wollemi_interactive.catalogue.sources import open_source, wanted_files
from wollemi_likelihood.base.errors import WollemiError

PATHS = ("/a/x.root", "/b/x.root", "/b/y.root", "/x.root", "/c/x.parquet")
DECLARED = ((), ("size",), ("sha256",), ("adler32",), ("size", "sha256", "adler32"))


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WOLLEMI_CACHE", str(tmp_path / "cache"))
    remote_bytes.cache_clear()
    return tmp_path / "cache"


def facts(content, keys):
    known = {
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "adler32": f"{zlib.adler32(content):08x}",
    }
    return {key: known[key] for key in keys}


def entry(files, folder="."):
    own = {"title": "Drell–Yan", "kind": "simulation", "files": files}
    return Entry("dy", KnownDataset.model_validate(own), Path(folder))


def read_bytes(place):
    return place.read_bytes() if isinstance(place, Path) else place.read(0, place.size)


def damaged(path, rng):
    """A copy that somebody has edited, cut or removed."""
    content = path.read_bytes()
    path.unlink()
    if way := rng.integers(0, 3):
        path.write_bytes(content[:-1] if way == 1 else b"Root" + content[4:])


@pytest.mark.parametrize("seed", slow_but(range(4), range(30)))
def test_what_is_read_is_what_the_catalogue_means(seed, cache):
    """Catalogues that change: files with one name in several folders, entries that point to other
    bytes or declare other facts, copies that are damaged.
    """
    rng = np.random.default_rng(seed)
    for _ in range(4):
        content = {path: b"root" + rng.bytes(rng.integers(1, 40)) for path in PATHS}
        if rng.random() < 0.3:  # one content under two names
            content["/b/y.root"] = content["/a/x.root"]
        chosen = [path for path in PATHS if rng.random() < 0.7] or ["/x.root"]
        with serving_portal({}, content) as server:  # another port: other addresses
            keys = [DECLARED[rng.integers(len(DECLARED))] for _ in chosen]
            known = entry(
                [
                    {"path": f"{server.url}{path}", **facts(content[path], own)}
                    for path, own in zip(chosen, keys, strict=True)
                ]
            )
            if rng.random() < 0.7:
                copies = [*fetch_files(wanted_files(known)).values()]
                assert [path.read_bytes() for path in copies] == [content[path] for path in chosen]
                if rng.random() < 0.5:
                    damaged(copies[rng.integers(len(copies))], rng)
            found = [read_bytes(place) for place in open_source(known).paths]
            assert found == [content[path] for path in chosen]


@pytest.mark.parametrize("keys", DECLARED[1:])
def test_an_entry_that_means_other_bytes_at_the_same_address(keys):
    """Only what is declared can tell; the address alone says nothing."""
    old, new = b"root old", b"root newer"
    files = {"/x.root": old}
    with serving_portal({}, files) as server:
        url = f"{server.url}/x.root"
        (first,) = fetch_files(wanted_files(entry([{"path": url, **facts(old, keys)}]))).values()
        files["/x.root"] = new
        meant = wanted_files(entry([{"path": url, **facts(new, keys)}]))
        assert intact_copy(meant[0]) is None
        (second,) = fetch_files(meant).values()
    assert (first.read_bytes(), second.read_bytes()) == (old, new)


@pytest.mark.parametrize("keys", DECLARED[1:])
def test_a_local_file_is_compared_with_what_is_declared(tmp_path, keys):
    path = tmp_path / "x.root"
    path.write_bytes(b"root 1")
    known = entry([{"path": "x.root", **facts(b"root 1", keys)}], tmp_path)
    assert open_source(known).paths == [path]
    for other in (b"root", b"root 2"):
        path.write_bytes(other)
        if keys == ("size",) and len(other) == 6:
            continue
        with pytest.raises(WollemiError, match="wrong content"):
            open_source(known)


def test_a_local_file_is_never_a_fetched_one(tmp_path):
    with serving_portal({}, {"/x.root": b"root far"}) as server:
        fetch_files(wanted_files(entry([f"{server.url}/x.root"])))
    (tmp_path / "x.root").write_bytes(b"root here")
    assert open_source(entry(["x.root"], tmp_path)).paths == [tmp_path / "x.root"]


def test_runs_and_names_share_one_cache(tmp_path, cache):
    content = b"root 1"
    own = facts(content, ("size", "sha256"))
    with serving_portal({}, {"/a/x.root": content, "/b/x.root": b"root 2"}) as server:
        url = f"{server.url}/a/x.root"
        (copy,) = fetch_files(wanted_files(entry([{"path": url, **own}]))).values()
    # The server is gone. Another name of the same content is the same file to a catalogue.
    public = PublicFile(url=url, **own)
    fetch([], public, tmp_path / "from_the_cache.root")
    assert (tmp_path / "from_the_cache.root").read_bytes() == content
    other = wanted_files(entry([{"path": "https://example.org/z.root", **own}]))
    assert [*fetch_files(other).values()] == [copy]


def test_a_run_keeps_what_it_downloads_for_a_name(tmp_path, monkeypatch):
    content = b"root 1"
    own = facts(content, ("size", "sha256"))
    target = tmp_path / "run.root"
    with serving_portal({}, {"/x.root": content}, ranges=False) as server:
        public = PublicFile(url=f"{server.url}/x.root", **own)
        fetch([], public, target)
    wanted = wanted_files(entry([{"path": public.url, **own}]))
    copy = intact_copy(wanted[0])
    assert copy is not None
    assert copy.stat().st_ino == target.stat().st_ino  # no second copy on the disk
    target.write_bytes(b"edited")  # and the same bytes: an edit of one is noticed
    assert intact_copy(wanted[0]) is None
