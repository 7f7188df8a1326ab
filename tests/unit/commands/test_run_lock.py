"""The lock of a run: who is refused, what the refusal names, and what a killed process leaves."""

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from support.project.paths import ROOT

from wollemi.commands.run_lock import FOLDER, SNAKEMAKE_LOCKS, run_lock
from wollemi_likelihood.base.errors import WollemiError

RUN = Path("results/zee")
HERE = {"process": os.getpid(), "host": socket.gethostname(), "since": "noon", "command": "x"}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@contextlib.contextmanager
def python(code):
    """A process that has printed its first line; it is killed at the end."""
    command = [sys.executable, "-c", textwrap.dedent(code)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        process.first = process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def holder(*, leaves=False):
    """A process that holds the lock, or that passes it on to a child that outlives it."""
    passed = "subprocess.Popen(['sleep', '60'], pass_fds=held, start_new_session=True)"
    return python(f"""
        import subprocess, sys, time
        from pathlib import Path
        from wollemi.commands.run_lock import run_lock
        sys.argv = ["wollemi", "run", "zee", "--cores", "3"]
        with run_lock(Path("results/zee")) as held:
            child = {passed if leaves else "None"}
            print(child and child.pid, flush=True)
            time.sleep(60)
    """)


def refused(run=RUN):
    with pytest.raises(WollemiError) as caught, run_lock(run):
        pass
    return str(caught.value)


def test_the_live_process_is_named():
    with holder() as process:
        text = refused()
        assert f"process {process.pid} on this machine" in text
        assert "`wollemi run zee --cores 3` has been running since 20" in text
        assert f"`kill {process.pid}`" in text
        with run_lock(Path("results/zmumu")):  # another analysis
            pass


def test_a_killed_process_locks_nothing():
    with holder() as process:
        process.kill()
        process.wait()
        with run_lock(RUN):
            pass


def test_jobs_that_outlive_their_run_hold_the_lock():
    with holder(leaves=True) as process:
        process.kill()
        process.wait()
        assert f"the run of process {process.pid} was killed, and its jobs are still" in refused()
        os.kill(int(process.first), signal.SIGKILL)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with contextlib.suppress(WollemiError), run_lock(RUN):
                return
        pytest.fail("the lock has outlived all processes")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (HERE, f"process {os.getpid()} on this machine"),
        ({**HERE, "host": "node7", "process": 12}, "process 12 on node7\n  → wait for its end, or"),
        *(
            (text, "another run is starting")
            for text in ("", "{", "[]", "{}", "null", '{"host":1}')
        ),
    ],
    ids=["this machine", "another machine", *(f"text {number}" for number in range(6))],
)
def test_any_content_is_refused_in_words(content, expected):
    FOLDER.mkdir(parents=True)
    path = FOLDER / RUN.name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert expected in refused()


def snakemake_locks(*runs):
    SNAKEMAKE_LOCKS.mkdir(parents=True)
    for place, run in enumerate(runs):
        (SNAKEMAKE_LOCKS / f"{place}.output.lock").write_text(f"files/a\nresults/{run}/fit.json\n")
    return SNAKEMAKE_LOCKS


def test_snakemake_s_locks_of_a_killed_run_are_removed_and_no_others():
    locks = snakemake_locks("zee", "zee_preview", "zmumu", "zee")
    FOLDER.mkdir(parents=True)
    (FOLDER / RUN.name).write_text(json.dumps(HERE))
    with run_lock(RUN):
        assert sorted(path.name[0] for path in locks.iterdir()) == ["1", "2"]
        assert json.loads((FOLDER / RUN.name).read_text())["process"] == os.getpid()
    assert (FOLDER / RUN.name).read_text() == ""


def test_a_snakemake_of_another_start_is_refused():
    """Its lock of the kernel is on `.snakemake` (wollemi.job.start)."""
    snakemake_locks("zee")
    descriptor = os.open(".snakemake", os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        assert "Snakemake is running in this folder" in refused()
        with run_lock(Path("results/zmumu")):
            pass
    finally:
        os.close(descriptor)
    with run_lock(RUN):
        pass


def test_a_file_system_without_locks(monkeypatch):
    def flock(file, operation):
        raise OSError(95, "not supported")

    monkeypatch.setattr(fcntl, "flock", flock)
    with run_lock(RUN) as held, run_lock(RUN):
        assert held == ()


@pytest.mark.parametrize("own_session", [True, False])
def test_a_child_ends_with_its_parent(own_session):
    """Killed, so that the parent can do nothing; with the jobs of the child's session."""
    job = "['sh', '-c', 'sleep 60 & echo $!; wait']"
    with python(f"""
        import subprocess, time
        from wollemi.commands.programs import ending_with_this
        child = subprocess.Popen(
            {job}, stdout=subprocess.PIPE, text=True, start_new_session={own_session}
        )
        with ending_with_this(child, {own_session}):
            print(child.pid, child.stdout.readline(), flush=True)
            time.sleep(60)
    """) as parent:
        child, job = map(int, parent.first.split())
        parent.kill()
        parent.wait()
    deadline = time.monotonic() + 10
    ended = [child, job] if own_session else [child]
    while any(map(is_running, ended)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(map(is_running, ended))
    with contextlib.suppress(ProcessLookupError):
        os.kill(job, signal.SIGKILL)


def is_running(process):
    """Whether a process is there, and is not one that waits for its parent to read its end."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_signal_while_a_program_starts_ends_it():
    """The program signals its parent before anything else."""
    with python("""
        import sys
        from wollemi.commands.programs import _wait
        print(1, flush=True)
        sys.exit(_wait(["sh", "-c", "kill -TERM $PPID; exec sleep 60"], {}, own_session=False))
    """) as parent:
        assert parent.wait(10) == 128 + signal.SIGTERM


@pytest.mark.parametrize("signalled", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_parent_ends_a_program(signalled):
    with python("""
        import sys
        from wollemi.commands.programs import _wait
        code = "import time; print(1, flush=True); time.sleep(60)"
        sys.exit(_wait([sys.executable, "-c", code], {}, own_session=False))
    """) as parent:
        parent.send_signal(signalled)
        assert parent.wait(10) == 128 + signal.SIGTERM


STUCK = """
    import os, signal, subprocess, sys, time
    ignored = [signal.SIGINT, signal.SIGTERM]
    [signal.signal(number, signal.SIG_IGN) for number in ignored]
    job = subprocess.Popen(["sleep", "60"])  # inherits what is ignored
    print(os.getpid(), job.pid, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_snakemake_that_no_longer_reacts_is_ended_with_its_jobs(number):
    """As Snakemake 9 after a SIGTERM that finds its scheduler's lock held."""
    with python(f"""
        import signal, sys
        from wollemi.commands import programs
        signal.signal(signal.SIGINT, signal.default_int_handler)
        programs.CANCELLATION = programs.LAST = 0.5
        child = [sys.executable, "-c", {textwrap.dedent(STUCK)!r}]
        sys.exit(programs._wait(child, {{}}, own_session=True))
    """) as parent:
        stuck = list(map(int, parent.first.split()))
        parent.send_signal(number)
        expected = -number if number == signal.SIGKILL else 128 + signal.SIGKILL
        assert parent.wait(10) == expected
    deadline = time.monotonic() + 10
    while any(map(is_running, stuck)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(map(is_running, stuck))


def test_each_ctrl_c_goes_to_the_next_step_at_once():
    with python(f"""
        import signal, sys
        from wollemi.commands import programs
        signal.signal(signal.SIGINT, signal.default_int_handler)
        programs.CANCELLATION = programs.LAST = 60
        child = [sys.executable, "-c", {textwrap.dedent(STUCK)!r}]
        sys.exit(programs._wait(child, {{}}, own_session=True))
    """) as parent:
        for _ in range(3):
            parent.send_signal(signal.SIGINT)
            time.sleep(0.5)  # the first 0.25 s after it, Popen.wait still waits
        assert parent.wait(10) == 128 + signal.SIGKILL


SUBMITTING = """
    import os, signal, subprocess, sys, time
    seen = []
    signal.signal(signal.SIGTERM, lambda *_: seen.append("TERM"))
    job = subprocess.Popen(["sleep", "60"])
    print(os.getpid(), job.pid, flush=True)
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        job.wait(1)  # ended at once
        subprocess.run(["sh", "-c", "sleep 1; echo cancelled"], check=True)  # as scancel
        print(*seen, "done", flush=True)
"""


def test_jobs_are_cancelled_at_a_slow_batch_system():
    """Snakemake cancels them by a command, which no signal may end."""
    with python(f"""
        import signal, sys
        from wollemi.commands import programs
        signal.signal(signal.SIGINT, signal.default_int_handler)
        child = [sys.executable, "-c", {textwrap.dedent(SUBMITTING)!r}]
        sys.exit(programs._wait(child, {{}}, own_session=True))
    """) as parent:
        parent.send_signal(signal.SIGINT)
        assert parent.wait(20) == 0
        assert parent.stdout.read() == "cancelled\ndone\n"
