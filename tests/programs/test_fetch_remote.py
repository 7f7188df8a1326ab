"""A dataset behind a real XRootD server and a real web server, from the address to its copy."""

import re
import subprocess
from pathlib import Path

import pytest
from support.project.paths import ROOT
from support.services.recipes import needs_recipes, service_folder, storage
from support.tiny.analysis import edit_analysis
from support.tiny.steps import RESULTS

XROOTD = "xrootd==6.2.1"  # as in docs/datasets.md
TARGET = f"{RESULTS}/files/data/data.root"

pytestmark = [pytest.mark.slow, needs_recipes]


@pytest.fixture(scope="module")
def servers(inputs):
    """Both servers, with the file and a damaged copy of it."""
    with service_folder() as folder:
        content = (inputs / "mirror/data.root").read_bytes()
        for name, bytes_ in (("good", content), ("bad", content[:-1] + b"?")):
            (folder / name).mkdir()
            (folder / name / "data.root").write_bytes(bytes_)
        with storage(folder) as addresses:
            yield addresses


def fetch(project, url, *replicas):
    """Make the copy by the workflow, with the package of XRootD, as the page on datasets has it."""
    edit_analysis(
        project,
        lambda document: document["datasets"]["data"]["files"][0].update(
            url=url, replicas=list(replicas)
        ),
    )
    command = ["uv", "run", "--quiet", "--no-sync", "--project", str(ROOT), "--with", XROOTD]
    command += ["wollemi", "run", "tiny", TARGET]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


def test_by_every_way_the_same_file(project, servers, monkeypatch, tmp_path):
    root, http = servers
    for number, url in enumerate(
        (f"{root}good/data.root", f"{http}good/data.root", f"{http}good/data.root")
    ):
        monkeypatch.setenv("WOLLEMI_CACHE", str(tmp_path / f"cache{number}"))
        done = fetch(project, url.replace("http:", "dav:") if number == 2 else url)
        assert done.returncode == 0, done.stdout + done.stderr
        target = project / TARGET
        assert target.read_bytes() == (project / "mirror/data.root").read_bytes()
        target.unlink()


def test_an_absent_and_a_damaged_replica(project, servers, monkeypatch, tmp_path):
    root, http = servers
    monkeypatch.setenv("WOLLEMI_CACHE", str(tmp_path / "cache"))
    done = fetch(project, f"{root}none/data.root", f"{root}bad/data.root", f"{http}bad/data.root")
    assert done.returncode == 1
    said = re.sub(r"\s+", " ", done.stdout + done.stderr)
    assert "none of its 3 addresses gives the file" in said
    assert "none/data.root: is not there" in said
    assert said.count("bad/data.root: wrong checksum") >= 2
    assert not (project / TARGET).exists()
    done = fetch(project, f"{root}none/data.root", f"{http}bad/data.root", f"{root}good/data.root")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (project / TARGET).read_bytes() == Path(project / "mirror/data.root").read_bytes()
