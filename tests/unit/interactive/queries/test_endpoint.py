"""Queries of ServiceX, by its own client, of a server of this machine that speaks its API. The
client is not locked: `uv run --with servicex --group test pytest` and this path.
"""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from support.events.leptons import ZIPPED, lepton_events, write_leptons
from support.services.servicex import serving_servicex

from wollemi_interactive.queries import endpoint
from wollemi_interactive.queries.endpoint import answer_from_endpoint, endpoint_source
from wollemi_interactive.queries.syntax import parse_query
from wollemi_likelihood.base.errors import WollemiError

URL = "root://eos.example.org//store/zee_0.root"
needs_client = pytest.mark.usefixtures("client")


@pytest.fixture
def client():
    pytest.importorskip("servicex", reason="the client of ServiceX is not installed")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("WOLLEMI_CACHE", raising=False)
    monkeypatch.delenv("BEARER_TOKEN_FILE", raising=False)
    for number in (0, 1):
        write_leptons(tmp_path / f"zee_{number}.root", lepton_events(number, 400))
    return tmp_path


def write_credentials(url):
    endpoint = f"{{endpoint: '{url}', name: here}}"
    Path("servicex.yaml").write_text(f"api_endpoints: [{endpoint}]\ndefault_endpoint: here\n")


def query(*arguments):
    """The command, in a process of its own, since the client leaves connections open."""
    command = [sys.executable, "-m", "wollemi.commands.main", "query", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


@needs_client
def test_an_endpoint_answers_as_files_do(folder):
    files = {f"zee_{number}.root": folder / f"zee_{number}.root" for number in (0, 1)}
    with serving_servicex(files, folder) as server:
        write_credentials(server.url)
        found = query(URL, ZIPPED, "mass.parquet", "--endpoint", "default")
        assert found.returncode == 0, found.stderr
        (request,) = server.requests
    assert request["file-list"] == [URL]
    assert request["codegen"] == "uproot"
    assert "'Events'" in request["selection"]
    assert query("zee_0.root", ZIPPED, "local.parquet").returncode == 0
    remote, local = ak.from_parquet("mass.parquet"), ak.from_parquet("local.parquet")
    assert len(remote) == len(local) > 0
    assert np.allclose(remote.mass, local.mass, rtol=1e-4)  # it computes with float32
    record = json.loads(Path("mass.query.json").read_text())
    assert record["asked"] == server.url
    assert record["files"] == [{"path": URL, "sha256": None}]
    # The server is gone, and so may the client be.
    Path("servicex.yaml").unlink()
    content = Path("mass.parquet").read_bytes()
    kept = query(URL, ZIPPED, "kept.parquet", "--endpoint", "default", "--offline")
    assert "kept" in kept.stdout
    assert Path("kept.parquet").read_bytes() == content


@needs_client
def test_an_endpoint_that_does_not_know_the_user(folder):
    with serving_servicex({}, folder, is_known=False) as server:
        write_credentials(server.url)
        found = query(URL, ZIPPED, "mass.parquet", "--endpoint", "default")
    assert found.returncode == 2
    assert f"{server.url}: does not know you" in found.stderr
    assert "download servicex.yaml from your profile" in found.stderr
    assert not Path("mass.parquet").exists()


@needs_client
def test_no_credentials(folder):
    found = query(URL, ZIPPED, "mass.parquet", "--endpoint", "default")
    assert found.returncode == 2
    assert "there is no servicex.yaml with your credentials" in found.stderr
    assert "https://servicex.af.uchicago.edu" in found.stderr


@needs_client
def test_an_endpoint_that_is_not_named(folder):
    write_credentials("http://127.0.0.1:1")
    found = query(URL, ZIPPED, "mass.parquet", "--endpoint", "there")
    assert found.returncode == 2
    assert "servicex.yaml: has no endpoint 'there'" in found.stderr
    assert "name one of here" in found.stderr


def test_numbers_of_an_answer_that_are_none_are_counted(folder, monkeypatch):
    """In all files of the answer; the client is not asked."""
    files = []
    for number, values in enumerate(([[1.0, np.nan], []], [[np.inf], [2.0]])):
        files.append(f"part_{number}.parquet")
        ak.to_parquet(ak.zip({"pt": values, "n": [[1], [2, 3]]}, depth_limit=1), files[-1])
    monkeypatch.setattr(endpoint, "_deliver", lambda *_: files)
    monkeypatch.setattr(endpoint, "_address", lambda _: "https://servicex.example.org")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: True)
    found = answer_from_endpoint(parse_query(ZIPPED), [URL], "", Path("answer.parquet"))
    assert (found.rows, found.not_finite) == (4, {"pt": 2})


def test_no_client(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "servicex", None)
    with pytest.raises(WollemiError, match="the client of ServiceX is not installed"):
        answer_from_endpoint(parse_query(ZIPPED), [URL], "", Path("mass.parquet"))


@pytest.mark.parametrize(
    ("source", "asked"),
    [
        (URL, [URL]),
        ("opendata:12367", "opendata:12367"),
        ("mc23:mc23.zee", "mc23:mc23.zee"),
    ],
)
def test_what_an_endpoint_is_asked(source, asked):
    assert endpoint_source(source, []) == asked


def test_the_addresses_of_a_name():
    assert endpoint_source("zee", [URL, URL]) == [URL, URL]


def test_what_an_endpoint_cannot_read():
    with pytest.raises(WollemiError, match="is nothing that an endpoint can read"):
        endpoint_source("zee_0.root", [])
