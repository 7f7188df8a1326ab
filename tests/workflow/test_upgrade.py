"""`wollemi upgrade`: the effect of another version on the results of a repository, shown before it
changes them.
"""

import hashlib
import json
import shutil
import subprocess
import sys

import pytest
from support.events.layouts import write_flat, write_physlite
from support.project.own_repository import LAST, OwnRepository, copied_files, last_version
from support.project.paths import ROOT

PROFILE = "profiles/default/config.yaml"
SECTIONS = ("--cross-section", "background.root=2", "--cross-section", "signal.root=0.3")
ISOLATE = ("unshare", "--net", "--map-root-user")


def write_files(layout, folder, tiny):
    """A background and a signal."""
    background, signal = (folder / f"{name}.root" for name in ("background", "signal"))
    if layout == "nanoaod":
        inputs = copied_files(
            folder, tiny / "input/dy_high_0.root", tiny / "input/signal_200_0.root"
        )
        inputs[0].rename(background)
        inputs[1].rename(signal)
    elif layout == "physlite":
        write_physlite(background)
        write_physlite(signal, harder=2)
    else:
        write_flat(background, 80, 40)
        write_flat(signal)
    return background, signal


@pytest.fixture
def make(tmp_path, tiny):
    """Makes a repository with the last version, on files of a layout."""

    def made(layout):
        files = write_files(layout, tmp_path, tiny)
        scripts = last_version(tmp_path / "last") / "scripts"
        return OwnRepository(
            tmp_path, *files, *SECTIONS, "--signal", "signal.root", scripts=scripts
        )

    return made


def digests(folder):
    """Every product of a run, but for the logs."""
    paths = [path for path in folder.rglob("*") if path.is_file() and "logs" not in path.parts]
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def observed(own):
    (limit,) = json.loads((own.folder / "results/own/limits.json").read_text())["limits"].values()
    return limit["observed"]


def test_without_results_it_is_only_a_commit(make):
    own = make("flat")
    with (own.folder / PROFILE).open("a") as file:
        file.write("printshellcmds: true\n")
    own.commit("Show commands")
    before = own.run("git", "rev-parse", "HEAD")
    said = own.wollemi("upgrade", "--from", ROOT)
    assert said.startswith("Wollemi 0.1.9 → Wollemi 0.2.0")
    assert f"files of the workflow: 1 removed, {len(LAST)} changed\n" in said
    assert f"local change kept: {PROFILE}\n" in said
    assert "Nothing has changed yet" in said
    assert own.run("git", "rev-parse", "HEAD") == before
    own.wollemi("upgrade", "--from", ROOT, "--apply")
    assert own.run("git", "rev-parse", "HEAD~1") == before
    assert own.run("git", "status", "--porcelain") == ""
    assert not (own.folder / "scripts/wollemi/plots/gone.py").exists()
    assert (own.folder / "scripts/compute_limits.py").read_text() == (
        ROOT / "scripts/compute_limits.py"
    ).read_text()
    assert "printshellcmds: true" in (own.folder / PROFILE).read_text()
    assert "nothing to upgrade" in own.wollemi("upgrade", "--from", ROOT)


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["nanoaod", "physlite", "flat"])
def test_to_the_limit_archived_reexecuted_and_upgraded(make, layout, tmp_path):
    """A repository's life, without an edit by hand."""
    own = make(layout)
    own.wollemi("run", "own")
    then = observed(own)
    assert then > 0
    archive = tmp_path / "own.zip"
    own.wollemi("archive", "own", "--to", archive, "--production-files")
    isolated = ISOLATE if can_be_isolated() else ()
    program, work = ROOT / "scripts/reexecute_archive.py", tmp_path / "work"
    environment = ("--environment", sys.prefix)
    said = own.run(*isolated, sys.executable, program, archive, "--work", work, *environment)
    # Production files are in the archive: they are read from there.
    assert said.splitlines()[-1].startswith("results/own: every product is identical or equal")

    before, head = digests(own.folder / "results/own"), own.run("git", "rev-parse", "HEAD")
    said = own.wollemi("upgrade", "--from", ROOT)
    assert "stale: scripts/compute_limits.py has changed" in said
    assert "stale: scripts/wollemi/plots/parameters.py has changed" in said
    jobs = int(said.rpartition("own: ")[2].partition(" job")[0])
    assert 3 <= jobs < len(list((own.folder / "results/own/records").rglob("*.json")))
    page = tmp_path / "changes.html"
    said = own.wollemi("upgrade", "--from", ROOT, "--run", "--page", page)
    assert "What differs is code (" in said
    assert "scripts/compute_limits.py" in said
    assert "| limit: signal, observed |" in said
    assert "SHA-256" not in said
    assert page.is_file()
    assert digests(own.folder / "results/own") == before, "nothing has changed here"
    assert own.run("git", "rev-parse", "HEAD") == head

    own.wollemi("upgrade", "--from", ROOT, "--apply")
    assert "nothing to be done" in own.wollemi("run", "own"), "all of it was made in the copy"
    assert observed(own) > then, "at 95 %, no more at 90 %"
    own.wollemi("verify", "own")


def can_be_isolated():
    """Whether the network can be taken away from a process."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*ISOLATE, "true"], check=False, capture_output=True).returncode == 0
