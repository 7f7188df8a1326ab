"""Snakemake's plan for an analysis and the files that planning reads, from a separate process."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wollemi_likelihood.base.errors import WollemiError

_START = """
import sys
sys.path.insert(0, "scripts")
from wollemi.reana.plan import describe_workflow
describe_workflow(*sys.argv[1:])
"""


@dataclass(frozen=True)
class Rule:
    """One rule as seen by REANA's engine.

    Args:
        name: Name of the rule.
        kind: `shell`, `script`, `notebook`, `wrapper` or `run`.
        container: Container image; empty without one.
        resources: Value by name of the resource.
        command: Shell command with its placeholders.
        paths: Inputs, outputs, logs and text parameters with their wildcards; for a function, its
            values for the jobs.
        functions: Sections among `input` and `params` with a function as a named value.
    """

    name: str
    kind: str
    container: str
    resources: dict[str, Any]
    command: str
    paths: tuple[str, ...]
    functions: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """All rules, and the jobs that make everything from nothing.

    Args:
        rules: Rules with a command.
        needed: Files that parsing or a job reads and no job makes, sorted.
        made: Outputs and logs of the jobs.
        products: Files requested by the default target.
    """

    rules: tuple[Rule, ...]
    needed: tuple[str, ...]
    made: frozenset[str]
    products: tuple[str, ...]


def plan_analysis(parameters: dict[str, Any]) -> Plan:
    """Ask Snakemake for its plan in the current folder.

    Args:
        parameters: Configuration passed by REANA.

    Raises:
        WollemiError: Snakemake fails; the message includes its output.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "plan.json"
        command = [sys.executable, "-c", _START, json.dumps(parameters), str(answer)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
        if not answer.is_file():
            lines = [line for line in done.stderr.splitlines() if line.strip()]
            problem = "Snakemake cannot plan the analysis:\n    " + "\n    ".join(lines[-12:])
            raise WollemiError(
                "Snakefile", problem, "fix this first: the other checks need the plan"
            )
        content = json.loads(answer.read_text(encoding="utf-8"))
    rules = [
        Rule(**{**rule, "paths": tuple(rule["paths"]), "functions": tuple(rule["functions"])})
        for rule in content["rules"]
    ]
    return Plan(
        tuple(rules),
        tuple(content["needed"]),
        frozenset(content["made"]),
        tuple(content["products"]),
    )


def describe_workflow(parameters: str, answer: str) -> None:
    """Plan like REANA's engine (`runner.py` of reanahub/reana-workflow-engine-snakemake), and write
    the plan.

    Args:
        parameters: Configuration as JSON.
        answer: Path of the JSON file to write.
    """
    opened: set[str] = set()
    sys.addaudithook(lambda event, values: opened.add(str(values[0])) if event == "open" else None)
    from snakemake.api import SnakemakeApi  # type: ignore[import-untyped]
    from snakemake.settings import types  # type: ignore[import-untyped]
    from snakemake.settings.enums import Quietness  # type: ignore[import-untyped]

    with SnakemakeApi(types.OutputSettings(quiet={Quietness.ALL})) as api:
        try:
            workflow_api = api.workflow(
                resource_settings=types.ResourceSettings(nodes=1),
                config_settings=types.ConfigSettings(config=json.loads(parameters)),
                snakefile=Path("Snakefile"),
                workdir=Path.cwd(),
            )
            workflow_api.dag(types.DAGSettings()).execute_workflow(executor="dryrun")
        except Exception as error:
            sys.exit(str(error))
        workflow: Any = workflow_api._workflow
    jobs = list(workflow.dag.jobs)
    made = {str(file) for job in jobs for file in (*job.output, *job.log)}
    read = {str(file) for job in jobs for file in job.input} | _project_files(opened)
    given: dict[str, dict[str, None]] = {}
    for job in jobs:
        given.setdefault(job.rule.name, {}).update(dict.fromkeys(map(str, job.input)))
    (target,) = [job for job in jobs if job.rule.name == workflow.default_target]
    content = {
        "rules": [
            _describe_rule(rule, list(given.get(rule.name, ())))
            for rule in workflow.rules
            if not rule.norun
        ],
        "needed": sorted(read - made),
        "made": sorted(made),
        "products": [str(file) for file in target.input],
    }
    Path(answer).write_text(json.dumps(content), encoding="utf-8")


def _project_files(opened: set[str]) -> set[str]:
    """Opened files of the project, without products, caches or installed packages."""
    root = os.getcwd()
    inside = {
        Path(os.path.relpath(path, root))
        for path in opened
        if os.path.abspath(path).startswith(root + os.sep)
    }
    others = {
        path for path in inside if path.parts[0] != "results" and not path.parts[0].startswith(".")
    }
    return {str(path) for path in others if path.suffix != ".pyc" and path.is_file()}


def _describe_rule(rule: Any, given: list[str]) -> dict[str, Any]:
    kinds = ("shell", "script", "notebook", "wrapper")
    values = [*rule.input, *rule.output, *rule.log, *rule.params]
    values += [given] if any(map(callable, rule.input)) else []
    return {
        "name": rule.name,
        "kind": next((kind for kind in kinds if getattr(rule, f"is_{kind}")), "run"),
        "container": rule.container_img if isinstance(rule.container_img, str) else "",
        "resources": {
            name: resource.value
            for name, resource in rule.resources.items()
            if not resource.is_evaluable()
        },
        "command": rule.shellcmd or "",
        "paths": [text for value in values for text in _texts(value)],
        "functions": [
            name
            for name in ("input", "params")
            if any(callable(value) for _, value in getattr(rule, name).items())
        ],
    }


def _texts(value: Any) -> list[str]:
    if isinstance(value, (list, tuple, set)):
        return [text for item in value for text in _texts(item)]
    return [str(value)] if isinstance(value, (str, os.PathLike)) else []
