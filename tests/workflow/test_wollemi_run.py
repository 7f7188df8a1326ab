"""`wollemi run` as a whole process: what it shows, how it fails, how Ctrl-C ends it."""

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time
from pathlib import Path

from support.project.paths import ROOT
from support.tiny.analysis import wollemi, wollemi_command, wollemi_environment

TARGET = "results/tiny/cutflow/dy_high/skim_0.json"
MIRROR = ("--config", "mirrors=mirror")
FETCHED = "results/tiny/files/data/data.root"


def test_each_job_has_a_line_and_the_results_stand_last(finished, finished_console):
    lines = finished_console.rstrip().splitlines()
    records = sum(1 for _ in (finished / "results/tiny/records").rglob("*.json"))
    jobs = [line for line in lines if re.match(r"\w+ +\d+\.\d s", line)]
    assert len(jobs) == records
    assert any(
        re.match(r"skim_events_dy_low +[\d.]+ s  dy_low: 200 events of dy_low_6.root", line)
        for line in jobs
    )
    *_, last, empty, costs = lines
    assert last == "open results/tiny/index.html"
    assert (empty, costs) == ("", "Where the time went: results/tiny/logs/costs.html")
    assert "excluded at 95 % CL" in "\n".join(lines[-6:])


def test_warnings_of_jobs_are_shown_once(finished, finished_console):
    logs = "".join(path.read_text() for path in (finished / "results/tiny/logs").rglob("*.log"))
    warnings = re.findall(r"^WARNING (.*)$", logs, re.MULTILINE)
    assert warnings
    assert all(finished_console.count(warning) == warnings.count(warning) for warning in warnings)


def test_the_console_is_small(finished, finished_console):
    """Snakemake's own words take more than 2 kB a job."""
    records = sum(1 for _ in (finished / "results/tiny/records").rglob("*.json"))
    assert len(finished_console.encode()) < 150 * records
    assert "code" not in finished_console


def test_nothing_to_be_done_where_everything_was_made_once(finished_copy):
    """Without results and without what Snakemake knew, as in another checkout."""
    shutil.rmtree(finished_copy / "results")
    shutil.rmtree(finished_copy / ".snakemake")
    done = wollemi(finished_copy, "run", "tiny", *MIRROR)
    assert done.returncode == 0
    assert "nothing to be done: all is up to date" in done.stdout
    assert re.search(r"^\d+ jobs came back from state \w+ \(", done.stdout, re.MULTILINE)
    assert len(done.stdout.splitlines()) <= 7


def test_a_failed_run_shows_the_program_s_message_once(project):
    (project / "input/dy_high_0.root").write_text("<html>Please log in</html>")
    done = wollemi(project, "run", "tiny", TARGET, *MIRROR)
    assert done.returncode == 1
    _, _, message = (
        (ROOT / "tests/data/errors/web_page.txt")
        .read_text(encoding="utf-8")
        .strip()
        .partition(": ")
    )
    first, *rest = message.splitlines()
    assert done.stdout.count(first) == 1
    assert all(line in done.stdout for line in rest)
    assert "log: results/tiny/logs/skim_events/dy_high_0.log" in done.stdout
    assert "Traceback" not in done.stdout
    assert len(done.stdout) < 1000


def test_verbose_is_snakemake_s_own(project):
    done = wollemi(project, "run", "tiny", FETCHED, "--verbose", *MIRROR)
    assert done.returncode == 0
    assert "Building DAG of jobs..." in done.stdout
    assert len(done.stdout) > 2000


def interrupted(project: Path, moment: str, arguments: list[str]) -> tuple[str, int, float]:
    """Text, exit code and seconds of a run in a terminal, where Ctrl-C is typed once a text has
    appeared.
    """
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(project)
        # As a shell does for what it starts in a terminal: tests that run in the background ignore
        # it, and so would this run.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        command = wollemi_command("run", "tiny", *arguments)
        os.execvpe(command[0], command, wollemi_environment(project) | {"TERM": "xterm"})
    text, typed = "", 0.0
    while True:
        if not select.select([terminal], [], [], 60)[0]:
            os.kill(pid, signal.SIGKILL)
            raise AssertionError(f"silent for a minute: {text}")
        try:
            text += os.read(terminal, 65536).decode(errors="replace")
        except OSError:  # so ends a terminal on Linux
            break
        if not typed and moment in text:
            typed = time.monotonic()
            os.write(terminal, b"\x03")
    assert typed, text
    seconds = time.monotonic() - typed
    return text, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seconds


def working_folder(link: Path) -> Path | None:
    """Of a process; none for one that has ended, or is not ours."""
    try:
        return link.readlink()
    except OSError:
        return None


def test_ctrl_c_ends_a_run_within_five_seconds(project):
    """In the middle of jobs, and no job outlives it; the next run goes on."""
    text, code, seconds = interrupted(project, "read_histograms_", [*MIRROR])
    assert code != 0, text
    assert seconds < 5
    assert "stopping: what is finished is kept" in text
    assert "Traceback" not in text
    assert processes_in(project) == []
    assert list((project / "results/tiny/histograms").glob("*.json"))
    done = wollemi(project, "run", "tiny", FETCHED, *MIRROR)
    assert done.returncode == 0, done.stdout


def processes_in(project: Path) -> list[Path]:
    return [path for path in Path("/proc").glob("[0-9]*/cwd") if working_folder(path) == project]


def test_jobs_end_with_a_killed_run_and_the_next_one_goes_on(project):
    """Only `wollemi` itself is killed, in the middle of jobs; Snakemake and its jobs follow."""
    with subprocess.Popen(
        wollemi_command("run", "tiny", *MIRROR),
        cwd=project,
        env=wollemi_environment(project),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as run:
        while run.poll() is None and not list(project.glob("results/tiny/logs/**/*.log")):
            time.sleep(0.05)
        second = wollemi(project, "run", "tiny", *MIRROR)
        assert second.returncode == 2
        assert f"process {run.pid} on this machine" in second.stdout
        assert len(second.stdout.splitlines()) == 2
        run.kill()
    deadline = time.monotonic() + 20
    while processes_in(project) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_in(project) == []
    done = wollemi(project, "run", "tiny", FETCHED, *MIRROR)
    assert done.returncode == 0, done.stdout
