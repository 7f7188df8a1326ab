"""Inputs and outputs of the whole workflow, as the parameters of a Workflow Run Crate."""

from collections.abc import Mapping, Sequence

from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.rocrate import ROCrate

from wollemi.archive.writing.files import result_files
from wollemi.archive.writing.finished_run import FinishedRun

Files = Mapping[str, Entity]


def add_parameters(
    crate: ROCrate, run: FinishedRun, files: Files, workflow: Entity
) -> tuple[list[Entity], list[Entity]]:
    """Describe the parameters of the workflow.

    Args:
        crate: Crate of the archive.
        run: Run to archive.
        files: Entity by name in the records.
        workflow: Entity of the Snakefile.

    Returns:
        Inputs and results of the run.
    """
    analysis = files[f"config/analyses/{run.config['analysis']}/analysis.yaml"]
    value = {"@type": "PropertyValue", "name": "max_events", "value": str(run.config["max_events"])}
    events = crate.add(ContextEntity(crate, f"#{run.chain.run}/max_events", properties=value))
    production = list(
        dict.fromkeys(file_entity(files, file.name, file.sha256) for file in run.production)
    )
    inputs = {"analysis": [analysis], "max_events": [events], "production_files": production}
    outputs = output_kinds(run, files)
    workflow["input"] = [
        _parameter(crate, "input", name, entities) for name, entities in inputs.items() if entities
    ]
    workflow["output"] = [
        _parameter(crate, "output", name, entities) for name, entities in outputs.items()
    ]
    return [item for group in inputs.values() for item in group], [
        item for group in outputs.values() for item in group
    ]


def output_kinds(run: FinishedRun, files: Files) -> dict[str, list[Entity]]:
    """Files by kind of product (the first part of the path below the results). Records are left
    out, because they describe products.
    """
    kinds: dict[str, list[Entity]] = {}
    for name in result_files(run.chain):
        kind = name.removeprefix(f"{run.chain.run}/").partition("/")[0]
        if kind != "records":
            kinds.setdefault(kind, []).append(files[name])
    return kinds


def _parameter(crate: ROCrate, side: str, name: str, entities: Sequence[Entity]) -> Entity:
    single = entities[0].type == "PropertyValue"
    parameter = crate.add(
        ContextEntity(
            crate,
            f"#{side}/{name}",
            properties={
                "@type": "FormalParameter",
                "conformsTo": {
                    "@id": "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"
                },
                "name": name,
                "additionalType": "Integer" if single else "File",
                "multipleValues": str(len(entities) > 1),
                "workExample": one_or_many(entities),
            },
        )
    )
    for entity in entities:
        entity["exampleOfWork"] = parameter
    return parameter


def listed_name(name: str, sha256: str) -> str:
    """Key of a production file: files from outside may have the same name."""
    return f"{name} {sha256}"


def file_entity(files: Files, name: str, sha256: str) -> Entity:
    """The entity of a file of the records, in the archive or only listed."""
    return files.get(name) or files[listed_name(name, sha256)]


def one_or_many(entities: Sequence[Entity]) -> Entity | list[Entity]:
    """The entities; a single entity without a list, as RO-Crate requires."""
    return entities[0] if len(entities) == 1 else list(entities)
