"""What the end of a run repeats of the logs of its programs."""

from pathlib import Path

from wollemi.job.messages import error_messages


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
