"""A REANA-like workflow engine without a cluster: Snakemake decides what runs, each job is one
shell command in a bare folder.

A program for the Python of any environment that has Snakemake 7, 8 or 9. It calls Snakemake as
REANA's engine does (`executor.py` and `runner.py` of reanahub/reana-workflow-engine-snakemake):
REANA 0.9 puts its executor in the place of the cluster executor of Snakemake 7, REANA 0.95
registers it as a plugin of Snakemake 8 or 9; in both no profile is read, the parameters of the
specification overwrite the configuration, only jobs with `shell:` are submitted, and the command is
`cd <workspace> && <command>`.

Stricter than REANA: the shell is `sh` (REANA: bash), the home folder cannot be written, and with
`--isolated` a job sees only its declared inputs and keeps only its declared outputs. With `--image`
each job has a container of its own, as in REANA.
"""

import argparse
import asyncio
import contextlib
import importlib.metadata
import json
import os
import sys
from pathlib import Path
from typing import Any

from reana_job import JOBS, OPTIONS, clock, describe, submit

VERSION = importlib.metadata.version("snakemake")
IS_SEVEN = VERSION.startswith("7.")
POLL_S = 0.1
# Groups may write, as in REANA: there a job's user is not the engine's, its group is.
UMASK = 0o002


if IS_SEVEN:
    import snakemake
    import snakemake.scheduler
    import snakemake.workflow
    from snakemake.executors import ClusterExecutor, GenericClusterExecutor
    from snakemake.resources import DefaultResources

    class SevenExecutor(GenericClusterExecutor):  # type: ignore[misc]
        """As REANAClusterExecutor of REANA 0.9."""

        def run(
            self,
            job: Any,
            callback: Any = None,
            submit_callback: Any = None,
            error_callback: Any = None,
        ) -> None:
            super()._run(job)
            try:
                running = submit(job)
            except Exception as error:
                print(f"{job.rule.name}: {error}", file=sys.stderr)
                error_callback(job)
                return
            self.workflow.persistence.started(job, external_jobid=running.number)
            with self.lock:
                self.active_jobs.append((running, job, callback, error_callback))

        def handle_job_success(self, job: Any) -> None:
            super(ClusterExecutor, self).handle_job_success(
                job, upload_remote=False, handle_log=False, handle_touch=True
            )

        async def _wait_for_jobs(self) -> None:
            while self.wait:
                with self.lock:
                    active, self.active_jobs = self.active_jobs, []
                results = [(item, item[0].poll()) for item in active]
                for (_, job, callback, error_callback), success in results:
                    if success is not None:
                        (callback if success else error_callback)(job)
                with self.lock:
                    self.active_jobs.extend(item for item, success in results if success is None)
                await asyncio.sleep(POLL_S)

    def run_workflow(parameters: dict[str, Any], plan: bool) -> tuple[bool, Any]:
        """Run, or only plan; whether that succeeded, and Snakemake's own jobs."""
        made: list[Any] = []
        start = snakemake.workflow.Workflow.__init__

        def noting(self: Any, *arguments: Any, **named: Any) -> None:
            start(self, *arguments, **named)
            made.append(self)

        snakemake.workflow.Workflow.__init__ = noting
        snakemake.scheduler.GenericClusterExecutor = SevenExecutor
        common = {
            "snakefile": str(OPTIONS.workspace / "Snakefile"),
            "config": parameters,
            "workdir": str(OPTIONS.workspace),
        }
        common |= {"keep_logger": True, "default_resources": DefaultResources(mode="bare")}
        if plan:
            return snakemake.snakemake(**common, dryrun=True, quiet=True), made[
                0
            ].persistence.dag.jobs
        success = snakemake.snakemake(
            **common, printshellcmds=True, cluster="reana", notemp=True, nodes=OPTIONS.jobs
        )
        # The report that REANA makes then needs the network in Snakemake 7, and fails no run.
        return success, []

else:
    from snakemake.api import SnakemakeApi
    from snakemake.settings import types as settings
    from snakemake_interface_common.exceptions import WorkflowError
    from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo
    from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor
    from snakemake_interface_executor_plugins.registry import ExecutorPluginRegistry
    from snakemake_interface_executor_plugins.settings import CommonSettings
    from snakemake_interface_report_plugins.registry import ReportPluginRegistry
    from snakemake_interface_report_plugins.settings import ReportSettingsBase

    common_settings = CommonSettings(
        non_local_exec=True,
        implies_no_shared_fs=False,
        job_deploy_sources=True,
        pass_default_storage_provider_args=True,
        pass_default_resources_args=True,
        pass_envvar_declarations_to_cmd=True,
        auto_deploy_default_storage_provider=False,
        init_seconds_before_status_checks=0,
    )

    CHECKS = settings.RemoteExecutionSettings(max_status_checks_per_second=100)

    class Executor(RemoteExecutor):  # type: ignore[misc]
        """As the executor of REANA 0.95."""

        def run_job(self, job: Any) -> None:
            running = submit(job)
            self.report_job_submission(
                SubmittedJobInfo(job=job, external_jobid=running.number, aux={"running": running})
            )

        async def check_active_jobs(self, active_jobs: list[Any]) -> Any:
            self.next_seconds_between_status_checks = POLL_S
            for active in active_jobs:
                success = active.aux["running"].poll()
                if success is None:
                    yield active
                else:
                    (self.report_job_success if success else self.report_job_error)(active)

        def cancel_jobs(self, active_jobs: list[Any]) -> None:
            for active in active_jobs:
                active.aux["running"].process.kill()

    def write_report(dag: Any) -> None:
        """Snakemake's report, which REANA makes after each run."""
        from snakemake.report import html_reporter

        registry = ReportPluginRegistry()
        registry.register_plugin("html", html_reporter)
        wanted = ReportSettingsBase()
        wanted.report_html_path, wanted.report_html_stylesheet_path = (
            OPTIONS.workspace / "report.html",
            None,
        )
        dag.create_report(
            reporter="html", report_settings=registry.get_plugin("html").get_settings(args=wanted)
        )

    def run_workflow(parameters: dict[str, Any], plan: bool) -> tuple[bool, Any]:
        """Run, or only plan; whether that succeeded, and Snakemake's own jobs."""
        ExecutorPluginRegistry().register_plugin("reana", sys.modules[__name__])
        with SnakemakeApi(settings.OutputSettings(printshellcmds=True)) as api:
            try:
                workflow = api.workflow(
                    resource_settings=settings.ResourceSettings(nodes=OPTIONS.jobs),
                    config_settings=settings.ConfigSettings(config=parameters),
                    storage_settings=settings.StorageSettings(),
                    storage_provider_settings={},
                    workflow_settings=settings.WorkflowSettings(),
                    deployment_settings=settings.DeploymentSettings(),
                    snakefile=OPTIONS.workspace / "Snakefile",
                    workdir=OPTIONS.workspace,
                )
                dag = workflow.dag(dag_settings=settings.DAGSettings())
                dag.execute_workflow(
                    executor="dryrun" if plan else "reana", remote_execution_settings=CHECKS
                )
                if plan:
                    return True, workflow._workflow.dag.jobs
                write_report(dag)
            except WorkflowError as error:
                api.print_exception(error)
                return False, []
        return True, []


def main() -> int:
    """Run a workspace's workflow, or write its plan."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("workspace", type=Path)
    parser.add_argument("result", type=Path, help="where to write what was run, as JSON")
    parser.add_argument(
        "--parameters", type=json.loads, default={}, help="parameters of the specification, as JSON"
    )
    parser.add_argument("--plan", action="store_true", help="write the jobs, run nothing")
    parser.add_argument("--path", default="", help="folder of the jobs' `python`")
    parser.add_argument(
        "--isolated", type=Path, help="where each job gets a folder with its declared inputs only"
    )
    parser.add_argument(
        "--image", help="run each job in a container of this image, instead of the one of its rule"
    )
    parser.add_argument("--broken", help="a rule whose image lacks its tools")
    parser.add_argument("--jobs", type=int, default=2, help="how many run at once")
    parser.parse_args(namespace=OPTIONS)
    os.umask(UMASK)
    started = clock()
    with contextlib.chdir(OPTIONS.workspace):
        success, planned = run_workflow(OPTIONS.parameters, OPTIONS.plan)
    jobs = [describe(job) for job in planned] if OPTIONS.plan else JOBS
    times = {"run_started_at": started, "run_finished_at": clock()}
    result = {
        "snakemake": VERSION,
        "status": "finished" if success else "failed",
        "progress": times,
        "jobs": jobs,
    }
    OPTIONS.result.write_text(json.dumps(result, indent=1), encoding="utf-8")
    return 0 if success else 1


if __name__ == "__main__":
    sys.exit(main())
