"""What the end of a run repeats of the logs of its programs."""

import signal
from pathlib import Path

import pytest

from wollemi.job.messages import ended_by_signal, error_messages

LOG = "results/tiny/logs/skim_events/data_0.log"
# As Snakemake 9.27.1 reports a failed command.
FAILED = """RuleException:
CalledProcessError in file "workflow/rules/events.smk", line 35:
Command 'set -euo pipefail;
python scripts/skim_events.py \\
    --record results/tiny/records/skim_events/data_0.json \\
    --log {log}' {end}.
"""


def test_a_batch_job_has_a_log_of_its_own_beside_that_of_the_program(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WOLLEMI_CONSOLE", raising=False)
    log = Path("results/tiny/logs/skim_events/data_0.log")
    log.parent.mkdir(parents=True)
    log.write_text("INFO reading\nERROR a.root: is no ROOT file\n  → get it again\nDEBUG 1.0 s\n")
    Path("8.log").write_text("Error in rule skim_events_data:\n")
    # As Snakemake 9.27.1 says it of a job of Slurm.
    line = f"    log: {log}, {tmp_path}/8.log (check log file(s) for error details)\n"
    Path("snakemake.log").write_text(line * 3)
    assert error_messages(["snakemake.log"]).strip() == (
        "skim_events: a.root: is no ROOT file\n  → get it again"
    )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGXCPU])
def test_a_program_that_a_signal_ended_is_named(tmp_path, monkeypatch, number):
    """By the shell that runs it, or by the program in place of that shell."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WOLLEMI_CONSOLE", raising=False)
    for end in (f"returned non-zero exit status {128 + number}", f"died with {number!r}"):
        text = FAILED.format(log=LOG, end=end)
        assert ended_by_signal(text) == {LOG: number.name}
        Path("snakemake.log").write_text(f"{text}    log: {LOG} (check log file(s) for x)\n")
        assert number.name in error_messages(["snakemake.log"])


@pytest.mark.parametrize(
    "end", ["returned non-zero exit status 2", "returned non-zero exit status 1"]
)
def test_other_failures_name_no_signal(end):
    assert ended_by_signal(FAILED.format(log=LOG, end=end)) == {}
