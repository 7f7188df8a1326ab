"""Failed jobs in logs of Snakemake 9.27: on this machine, and as a group of a batch system."""

import pytest

from wollemi_interactive.failures.failed_jobs import latest_run, read_run

COMMAND = """
python scripts/skim_events.py \\
    --analysis config/analyses/tiny/analysis.yaml \\
    --dataset dy_high \\
    --part 0 \\
    --corrections  \\
    --events results/tiny/events/dy_high/0.parquet \\
    --log results/tiny/logs/skim_events/dy_high_0.log"""
LOCAL = f"""Building DAG of jobs...
[Thu Dec  3 14:35:14 2026]
localrule skim_events_dy_high:
    input: input/dy_high_0.root
    output: results/tiny/events/dy_high/0.parquet
RuleException:
CalledProcessError in file "/project/workflow/rules/histograms.smk", line 60:
Command 'set -euo pipefail;  {COMMAND}' died with <Signals.SIGKILL: 9>.
[Thu Dec  3 14:35:15 2026]
Error in rule skim_events_dy_high:
    message: None
    jobid: 7
    input: input/dy_high_0.root, scripts/skim_events.py
    output: results/tiny/events/dy_high/0.parquet, results/tiny/records/a.json
    log: results/tiny/logs/skim_events/dy_high_0.log (check log file(s) for error details)
    shell:
        {COMMAND}
        (command exited with non-zero exit code)
Exiting because a job execution failed. Look above for error messages
Complete log(s): /project/.snakemake/log/2026-12-03T143514.528091.snakemake.log
WorkflowError:
At least one job did not complete successfully.
"""
BATCH_LOG = "/project/.snakemake/slurm_logs/group_parts_skim_events_dy_high/12.log"
SUBMITTED = "Job 5e28 submitted to HTCondor Cluster ID {} with batch name parts_{}-5e28"
GROUP = f"""{{submitted}}
[Thu Dec  3 14:36:57 2026]
    message: Error in group parts
{{log}}    jobs:
        rule skim_events_dy_high:
            jobid: 0
            output: results/tiny/events/dy_high/0.parquet
            log: results/tiny/logs/skim_events/dy_high_0.log (check log file(s) for error details)
    [Thu Dec  3 14:36:57 2026]
    Error in rule skim_events_dy_high:
        message: None
        jobid: 0
        output: results/tiny/events/dy_high/0.parquet
        log: results/tiny/logs/skim_events/dy_high_0.log (check log file(s) for error details)
        shell:
        {COMMAND.replace(chr(10), chr(10) + "    ")}
            (command exited with non-zero exit code)
Exiting because a job execution failed. Look above for error messages
Complete log(s): /project/.snakemake/log/a.snakemake.log
"""


def test_a_job_on_this_machine(tmp_path):
    run = read_run(tmp_path, LOCAL)
    (job,) = run.failed
    assert (job.rule, job.time) == ("skim_events_dy_high", "Thu Dec  3 14:35:15 2026")
    assert job.outputs == ("results/tiny/events/dy_high/0.parquet", "results/tiny/records/a.json")
    assert job.logs == ("results/tiny/logs/skim_events/dy_high_0.log",)
    assert job.command == COMMAND.strip()
    assert (job.option("dataset"), job.option("part"), job.option("corrections")) == (
        "dy_high",
        "0",
        "",
    )
    assert (job.ended_by, job.batch_id, job.message) == ("SIGKILL", "", "")
    assert (run.is_whole, run.is_stopped, run.problem) == (True, False, "")


def test_a_group_of_slurm_has_the_log_of_its_batch_job(tmp_path):
    text = GROUP.format(submitted="", log=f"    log: {BATCH_LOG} (check log file(s) for …)\n")
    (job,) = read_run(tmp_path, text).failed
    assert job.logs == ("results/tiny/logs/skim_events/dy_high_0.log", BATCH_LOG)
    assert job.option("dataset") == "dy_high"
    assert job.ended_by == ""


def test_a_group_of_htcondor_has_the_number_of_its_last_attempt(tmp_path):
    names = ((4, "skim_events_other"), (5, job := "skim_events_dy_high"), (7, job), (8, "fit"))
    submitted = "\n".join(SUBMITTED.format(*name) for name in names)
    (job,) = read_run(tmp_path, GROUP.format(submitted=submitted, log="")).failed
    assert job.batch_id == "7"


@pytest.mark.parametrize(
    ("text", "whole", "stopped", "problem"),
    [
        ("Nothing to be done (all requested files are present).\n", True, False, ""),
        ("Finished jobid: 3\n", False, False, ""),
        ("Terminating processes on user request, this might take some time.\n", False, True, ""),
        (
            "MissingInputException in rule a in file b, line 4:\n    input/a.root\n",
            False,
            False,
            "MissingInputException in rule a in file b, line 4:\n    input/a.root",
        ),
    ],
)
def test_a_run_without_a_failed_job(tmp_path, text, whole, stopped, problem):
    run = read_run(tmp_path, text)
    assert run.failed == ()
    assert (run.is_whole, run.is_stopped, run.problem) == (whole, stopped, problem)


def test_the_last_run_of_an_analysis_counts(tmp_path):
    for place, name in enumerate(["tiny", "tiny", "tiny_two", "other"]):
        text = f"Command: snakemake --config analysis={name}\nresults/{name}/fit.json\n"
        (tmp_path / f"2026-12-0{place + 1}T10.snakemake.log").write_text(text)
    assert latest_run("tiny", tmp_path).path.name.startswith("2026-12-02")
    assert latest_run("two", tmp_path) is None
    assert latest_run("tiny", tmp_path / "nowhere") is None
