"""What the console of `wollemi run` says of jobs, from their logs and Snakemake's events."""

import io
import logging
from types import SimpleNamespace

import pytest
from rich.console import Console
from snakemake.exceptions import LockException
from snakemake_interface_logger_plugins.common import LogEvent

from wollemi.commands.console import Findings, LogHandler, PlainHandler, read_findings, show_jobs


@pytest.fixture
def handler():
    made = LogHandler(SimpleNamespace(nocolor=True, dryrun=False), None)
    made._console = Console(file=io.StringIO(), soft_wrap=True)
    yield made
    made.close()


def said(handler):
    return handler._console.file.getvalue()


def tell(handler, event=None, level=logging.INFO, text="", **values):
    record = logging.LogRecord("snakemake", level, "", 0, text, None, None)
    vars(record).update(values | ({"event": event} if event else {}))
    handler.handle(record)


def start(handler, log, name="fit_model"):
    tell(handler, LogEvent.JOB_INFO, rule_name=name, jobid=1, log=[str(log)], output=[])


def test_a_message_goes_on_in_lines_that_begin_with_a_space(tmp_path):
    log = tmp_path / "fit.log"
    log.write_text(
        "DEBUG all\n  of it\nINFO mu = 1\nWARNING odd\n  → look\nERROR bad: why\n  → "
        "mend\nINFO last\n"
    )
    assert read_findings([log, tmp_path / "none.log"]) == Findings(
        ("mu = 1", "last"), ("odd\n  → look",), ("bad: why\n  → mend",)
    )


def test_a_finished_job_says_what_it_found_and_warns(handler, tmp_path):
    log = tmp_path / "fit.log"
    log.write_text("INFO begun\nWARNING 3 bins are empty\nINFO mu = 1.0\n")
    start(handler, log)
    tell(handler, LogEvent.JOB_FINISHED, job_id=1)
    first, second = said(handler).splitlines()
    assert first.split() == ["fit_model", "0.0", "s", "mu", "=", "1.0"]
    assert second == "  warning: 3 bins are empty"


def test_a_failed_job_says_its_message_once(handler, tmp_path):
    log = tmp_path / "fit.log"
    log.write_text("ERROR a.yaml: no bins\n  → add some\n")
    start(handler, log)
    tell(handler, LogEvent.ERROR, logging.ERROR, "RuleException:\nCalledProcessError in file …")
    tell(handler, LogEvent.JOB_ERROR, rule_name="fit_model", jobid=1, log=[str(log)])
    tell(
        handler,
        None,
        logging.ERROR,
        "Exiting because a job execution failed. Look above for error messages",
    )
    tell(
        handler,
        LogEvent.ERROR,
        logging.ERROR,
        "WorkflowError:\nAt least one job did not complete successfully.",
    )
    assert said(handler) == f"fit_model failed\n  a.yaml: no bins\n  → add some\n  log: {log}\n"


def test_a_job_that_was_killed_for_its_memory_says_so(handler, tmp_path):
    log = tmp_path / "fit.log"
    start(handler, log)
    text = (
        f"RuleException:\nCommand 'python fit_model.py --log {log}' died with <Signals.SIGKILL: 9>."
    )
    tell(handler, LogEvent.ERROR, logging.ERROR, text)
    tell(handler, LogEvent.JOB_ERROR, rule_name="fit_model", jobid=1, log=[str(log)])
    assert said(handler).splitlines() == [
        "fit_model failed",
        "  it was killed (SIGKILL), as the system does where memory is used up",
        "  → run fewer jobs at once (--cores), or take a machine with more memory",
        f"  log: {log}",
    ]


def test_another_run_in_the_folder_is_told_in_words(handler):
    tell(handler, LogEvent.ERROR, logging.ERROR, f"LockException:\n{LockException()}")
    assert "--unlock" not in said(handler)
    assert "wait for its end, and run again" in said(handler)


def test_of_a_failed_group_only_jobs_with_a_message_are_named(handler, tmp_path):
    """Snakemake reports each job of the group, as it does those that never began."""
    logs = {name: tmp_path / f"{name}.log" for name in ("skim_events_a", "skim_events_b")}
    logs["skim_events_b"].write_text("ERROR b.root: no tree\n")
    tell(handler, LogEvent.GROUP_ERROR, logging.ERROR, "Error in group parts", groupid="parts")
    for number, (name, log) in enumerate(logs.items()):
        job = {"rule_name": name, "jobid": number, "log": [str(log)], "indent": True}
        tell(handler, LogEvent.JOB_ERROR, logging.ERROR, **job)
    assert said(handler) == (
        "Error in group parts\n  → `wollemi diagnose` says why\n"
        f"skim_events_b failed\n  b.root: no tree\n  log: {logs['skim_events_b']}\n"
    )


def test_errors_of_snakemake_itself_are_shown_and_its_other_words_are_not(handler):
    tell(handler, LogEvent.ERROR, logging.ERROR, "MissingInputException in rule a")
    tell(handler, text="Building DAG of jobs...")
    tell(handler, text="Nothing to be done (all requested files are present and up to date).")
    assert (
        said(handler) == "MissingInputException in rule a\nnothing to be done: all is up to date\n"
    )


def test_jobs_that_a_signal_ends_have_no_message(handler, tmp_path):
    start(handler, tmp_path / "fit.log")
    tell(handler, text="Terminating processes on user request, this might take some time.")
    tell(handler, LogEvent.JOB_ERROR, logging.ERROR, rule_name="fit_model", jobid=1, log=[])
    assert said(handler) == "stopping: what is finished is kept, and the same command continues\n"


@pytest.mark.parametrize(("total", "text"), [(1, "1 job\n"), (37, "37 jobs\n")])
def test_how_many_jobs(handler, total, text):
    tell(handler, LogEvent.RUN_INFO, stats={"total": total})
    assert said(handler) == text


@pytest.fixture
def snakemake_s(monkeypatch):
    """Snakemake's logger, with its own console on a text."""
    monkeypatch.setenv("WOLLEMI_CONSOLE", "")
    logger = logging.getLogger("snakemake.logging")
    own = logging.StreamHandler(io.StringIO())
    own.name = "DefaultStreamHandler"
    monkeypatch.setattr(logger, "handlers", [own])
    monkeypatch.setattr(logger, "level", logging.INFO)
    return logger, own.stream


def output_settings(**values):
    return SimpleNamespace(nocolor=True, dryrun=True, stdout=True, **values)


def test_a_plain_snakemake_keeps_its_words_but_those_of_jobs(snakemake_s, capsys, tmp_path):
    logger, own = snakemake_s
    show_jobs(output_settings())
    plan = {"event": LogEvent.RUN_INFO, "stats": {"total": 2}}
    logger.info("Job stats: ...", extra=plan)
    job = {"rule_name": "fit_model", "jobid": 1, "log": [], "output": ["fit.json"]}
    logger.info("rule fit_model: ...", extra={"event": LogEvent.JOB_INFO, **job})
    logger.info("Select jobs to execute...")
    logger.info(
        "1 of 2 steps (50%) done", extra={"event": LogEvent.PROGRESS, "done": 1, "total": 2}
    )
    logger.info("Job stats: ...", extra=plan)
    logger.info("This was a dry-run.")
    assert own.getvalue() == "This was a dry-run.\n"
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["2", "jobs"],
        ["fit_model", "fit.json"],
    ]


@pytest.mark.parametrize("option", ["quiet", "verbose", "printshellcmds", "debug_dag"])
def test_a_snakemake_that_is_asked_for_other_words_has_its_own(snakemake_s, option):
    logger, own = snakemake_s
    show_jobs(output_settings(**{option: True}))
    assert not any(isinstance(handler, PlainHandler) for handler in logger.handlers)
    logger.info("rule fit_model", extra={"event": LogEvent.JOB_INFO})
    assert own.getvalue() == "rule fit_model\n"


def test_a_plain_snakemake_names_failed_jobs_of_a_group_that_began(snakemake_s, capsys, tmp_path):
    """With all their logs, that of the batch system too; messages come at the end."""
    logger, own = snakemake_s
    show_jobs(output_settings())
    log, batch_log = tmp_path / "a.log", tmp_path / "8.log"
    log.write_text("ERROR a.root: no tree\n")
    for name, logs in (
        ("skim_events_a", [log, batch_log]),
        ("skim_events_b", [tmp_path / "b.log"]),
    ):
        job = {"rule_name": name, "jobid": 1, "log": list(map(str, logs)), "indent": True}
        logger.error("Error in rule", extra={"event": LogEvent.JOB_ERROR, **job})
    assert own.getvalue() == ""
    assert capsys.readouterr().out == (f"skim_events_a failed\n  log: {log}\n  log: {batch_log}\n")
