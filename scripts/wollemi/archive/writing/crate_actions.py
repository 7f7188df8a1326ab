"""The run in the metadata of an archive: one action per record, the workflow's action, and the
orchestration.

Terms follow Provenance Run Crate 0.5: a program is a tool, a HowToStep is its place in the
workflow, a ControlAction is the step that led to one job.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.rocrate import ROCrate

from wollemi.archive.writing.crate_parameters import add_parameters, file_entity, one_or_many
from wollemi.archive.writing.finished_run import FinishedRun
from wollemi.provenance.chain import Job

COMPLETED = "http://schema.org/CompletedActionStatus"
Files = Mapping[str, Entity]


def add_actions(
    crate: ROCrate, run: FinishedRun, files: Files, workflow: Entity, agents: Sequence[Entity]
) -> None:
    """Describe the run.

    Args:
        crate: Crate of the archive.
        run: Run to archive.
        files: Entity by name in the records.
        workflow: Entity of the Snakefile.
        agents: Entities of the responsible people.
    """
    steps = _add_steps(crate, run, files, workflow)
    actions, controls = [], []
    for job in run.chain.jobs.values():
        action = _add(crate, f"#{job.record}", _job_properties(crate, job, files, agents))
        step = steps[str(job.content["program"])]
        names = {
            "@type": "ControlAction",
            "name": f"orchestrate {job.name}",
            "instrument": step,
            "object": action,
        }
        controls.append(
            _add(crate, f"#orchestrate/{job.record}", names | {"actionStatus": COMPLETED})
        )
        actions.append(action)
    inputs, outputs = add_parameters(crate, run, files, workflow)
    whole = _add(
        crate,
        f"#{run.chain.run}",
        {
            "@type": "CreateAction",
            "name": f"Run of the workflow: {run.config['analysis']}",
            "description": (
                "snakemake --config "
                f"{' '.join(f'{key}={value}' for key, value in run.config.items())}"
            ),
            "instrument": workflow,
            "object": inputs,
            "result": outputs,
            "agent": agents[0],
            "actionStatus": COMPLETED,
        },
    )
    _add_engine(crate, whole, controls, agents)
    crate.root_dataset["mentions"] = [whole, *actions]


def _add(crate: ROCrate, identifier: str, properties: Mapping[str, Any]) -> Entity:
    return crate.add(ContextEntity(crate, identifier, properties=dict(properties)))


def _add_steps(
    crate: ROCrate, run: FinishedRun, files: Files, workflow: Entity
) -> dict[str, Entity]:
    """Step by program, in the order of the chain."""
    programs = list(dict.fromkeys(str(job.content["program"]) for job in run.chain.jobs.values()))
    steps = {}
    for position, program in enumerate(programs):
        name = Path(program).stem
        properties = {
            "@type": "HowToStep",
            "name": name,
            "position": str(position),
            "workExample": files[program],
        }
        steps[program] = _add(crate, f"Snakefile#{name}", properties)
    workflow["step"] = list(steps.values())
    return steps


def _job_properties(
    crate: ROCrate, job: Job, files: Files, agents: Sequence[Entity]
) -> dict[str, Any]:
    content = job.content
    read = [file_entity(files, name, digest) for name, digest in job.inputs.items()]
    read += [files[content["analysis"]]] if "analysis" in content else []
    made = [file_entity(files, name, digest) for name, digest in job.outputs.items()]
    options = [
        _add(
            crate,
            f"#{job.record}/{key}",
            {"@type": "PropertyValue", "name": key, "value": _text(value)},
        )
        for key, value in sorted(content["options"].items())
    ]
    return {
        "@type": "CreateAction",
        "name": job.name,
        "description": f"Job of {content['program']}; its record is {job.record}",
        "instrument": files[str(content["program"])],
        "object": one_or_many([*read, *options]),
        "result": one_or_many(made),
        "agent": agents[0],
        "actionStatus": COMPLETED,
        "subjectOf": files[job.record],
    }


def _text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _add_engine(
    crate: ROCrate, whole: Entity, controls: Iterable[Entity], agents: Sequence[Entity]
) -> None:
    version = snakemake_version()
    identifier = f"https://github.com/snakemake/snakemake/tree/v{version}"
    about = {
        "@type": "SoftwareApplication",
        "name": "Snakemake",
        "softwareVersion": version,
        "url": identifier,
    }
    engine = _add(crate, identifier, about)
    properties = {
        "@type": "OrganizeAction",
        "name": "Run of Snakemake",
        "instrument": engine,
        "object": list(controls),
        "result": whole,
        "agent": agents[0],
        "actionStatus": COMPLETED,
    }
    _add(crate, "#snakemake", properties)


def snakemake_version() -> str:
    """The locked version of Snakemake."""
    lock = tomllib.loads(Path("uv.lock").read_text(encoding="utf-8"))
    return next(str(item["version"]) for item in lock["package"] if item["name"] == "snakemake")
