"""What was made once is not made again: edits and reverts, several checkouts at once, kills."""

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import verify_results
from support.tiny.analysis import (
    ANALYSIS,
    digests,
    edit_analysis,
    environment,
    snakemake_command,
    wollemi,
)
from support.tiny.edits import code_added, line_added, other_file, setting

from wollemi.history.reuse import find_reuse
from wollemi.history.states import read_states
from wollemi.history.store import Store
from wollemi.provenance.present_state import PresentState
from wollemi.provenance.verify import verify_run

RUN = Path("results/tiny")
MIRROR = ("--config", "mirrors=mirror")
NOTHING = "nothing to be done: all is up to date"
EDITS = {
    ANALYSIS: setting("skim", "selection", value="count(muon) == 2 and muon[0].pt > 31"),
    "scripts/wollemi/histograms/normalization.py": code_added(
        "scripts/wollemi/histograms/normalization.py"
    ),
    "config/analyses/tiny/hooks.py": line_added("config/analyses/tiny/hooks.py"),
    "input/dy_high_0.root": other_file,
    "envs/plots.yaml": line_added("envs/plots.yaml"),
}


def test_what_comes_back_is_what_verify_results_calls_intact(finished_copy, monkeypatch):
    """After an edit of each kind exactly the other jobs; after its revert all of them."""
    monkeypatch.chdir(finished_copy)
    states = read_states(Store(Path(".wollemi/store")), "tiny")
    everything = find_reuse(RUN.as_posix(), states, PresentState()).valid
    assert everything.keys() == verify_run(RUN, PresentState()).jobs.keys()
    for name, edit in EDITS.items():
        before = Path(name).read_bytes()
        edit(finished_copy)
        jobs = verify_run(RUN, PresentState()).jobs
        intact = {record for record, job in jobs.items() if not job.to_redo}
        assert find_reuse(RUN.as_posix(), states, PresentState()).valid.keys() == intact
        assert 0 < len(intact) < len(everything)
        Path(name).write_bytes(before)
    reuse = find_reuse(RUN.as_posix(), states, PresentState())
    assert (reuse.valid.keys(), reuse.missing) == (everything.keys(), [])


def titled(project, title):
    edit_analysis(project, lambda document: document.update(title=title))


def run(project):
    """Run to the end; what the console says."""
    done = wollemi(project, "run", "tiny", *MIRROR)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.slow
def test_an_edit_and_its_revert_run_no_job_and_three_states_come_back(finished_copy, monkeypatch):
    monkeypatch.chdir(finished_copy)
    made = {"A tiny search": digests(finished_copy)}
    for title in ("Another", "A third"):
        titled(finished_copy, title)
        assert NOTHING not in run(finished_copy)
        made[title] = digests(finished_copy)
    for title, expected in made.items():
        titled(finished_copy, title)
        assert NOTHING in run(finished_copy)
        assert digests(finished_copy) == expected
    names = [state.name for state in read_states(Store(Path(".wollemi/store")), "tiny")]
    assert len(names) == 3
    for name, expected in zip(names, made.values(), strict=True):
        assert wollemi(finished_copy, "restore", name).returncode == 0
        assert digests(finished_copy) == expected
        assert verify_results.main([RUN.as_posix()]) == 0
        assert NOTHING in run(finished_copy)


def open_files(process, folder):
    """Files of a folder, or this file, that a process has open."""
    found = []
    with contextlib.suppress(OSError):  # it has ended
        for link in Path(f"/proc/{process.pid}/fd").iterdir():
            with contextlib.suppress(OSError):  # closed since
                found.append(link.readlink())
    return [path for path in found if path.is_relative_to(folder)]


def stop(process):
    """Stop a process, and wait until it stands still, or has ended."""
    process.send_signal(signal.SIGSTOP)
    status = Path(f"/proc/{process.pid}/stat")
    while status.read_text().rpartition(")")[2].split()[0] not in "TZ":
        time.sleep(0.0001)


def stopped_in_mid_write(process, folder, contents):
    """Stop a process, which goes on in short steps, where it has half a file of a folder written;
    its path and its content.

    Args:
        process: the process.
        folder: where it writes.
        contents: what whole files have.
    """
    while process.poll() is None:
        stop(process)
        for path in open_files(process, folder):
            half = path.read_bytes()
            if any(whole.startswith(half) and whole != half for whole in contents):
                return path, half
        process.send_signal(signal.SIGCONT)
        time.sleep(0.0005)
    return pytest.fail("the run has ended, and was not met while it had half a file written")


def killed_in_mid_write(process, project, store, others):
    """Let runs end together, but for one that is killed while it keeps what it has made.

    Nobody writes into a store that is locked: all of them wait there first.
    """
    with store.locked(alone=True):
        while not all(open_files(run, store.root / "lock") for run in (process, *others)):
            assert all(run.poll() is None for run in (process, *others))
            time.sleep(0.05)
        assert not list(store.partial.glob("*"))
        made = (path for path in (project / RUN).rglob("*") if path.is_file())
        contents = {path.read_bytes() for path in made}
        stop(process)
    path, half = stopped_in_mid_write(process, store.partial, contents)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert path.read_bytes() == half
    assert [run.wait() for run in others] == [0] * len(others)


@pytest.mark.slow
def test_two_checkouts_at_once_share_a_store_also_when_one_is_killed(
    tmp_path, finished, monkeypatch
):
    """The one that is killed while it keeps its products has made them all, and leaves neither a
    state nor half a content; what it makes next is kept.
    """
    monkeypatch.setenv("WOLLEMI_STORE", str(tmp_path / "store"))
    store = Store(Path(shutil.copytree(finished / ".wollemi/store", tmp_path / "store")))
    projects = [Path(shutil.copytree(finished, tmp_path / name)) for name in ("one", "two")]
    for project, title in zip(projects, ("One", "Two"), strict=True):
        shutil.rmtree(project / "results")
        shutil.rmtree(project / ".snakemake")
        titled(project, title)
        reuse = [sys.executable, "scripts/manage_history.py", "reuse", RUN.as_posix()]
        subprocess.run(reuse, cwd=project, check=True)
    shutil.rmtree(store.root)  # so that both have much to write
    store.root.mkdir()
    runs = [
        subprocess.Popen(
            snakemake_command(),
            cwd=project,
            env=environment(),
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for project in projects
    ]
    killed_in_mid_write(runs[0], projects[0], store, runs[1:])
    assert len(read_states(store, "tiny")) == 1
    assert NOTHING in run(projects[0])
    (projects[0] / RUN / "index.html").unlink()
    assert NOTHING not in run(projects[0])
    assert len(read_states(store, "tiny")) == 2
    titled(projects[0], "Two")
    assert NOTHING in run(projects[0])
    assert digests(projects[0]) == digests(projects[1])
    titled(projects[1], "One")
    assert NOTHING in run(projects[1])
    for project in projects:
        monkeypatch.chdir(project)
        assert verify_results.main([RUN.as_posix()]) == 0
    contents = [path for path in store.contents.rglob("*") if path.is_file()]
    for path in contents:
        assert path.parent.name + path.name == hashlib.sha256(path.read_bytes()).hexdigest()
