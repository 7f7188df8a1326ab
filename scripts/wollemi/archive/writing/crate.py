"""RO-Crate metadata of an archive: type, origin and inputs of each file.

Profile: Provenance Run Crate 0.5, https://w3id.org/ro/wfrun/provenance/0.5, on RO-Crate 1.1. It
contains no times: they do not matter after the run, and equal results must give equal archives.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from rocrate.model.computerlanguage import snakemake
from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.rocrate import ROCrate

from wollemi.archive.writing.citation import add_citation
from wollemi.archive.writing.crate_actions import add_actions, snakemake_version
from wollemi.archive.writing.crate_parameters import listed_name
from wollemi.archive.writing.finished_run import FinishedRun
from wollemi.archive.writing.images import configured_image, image_properties
from wollemi.archive.writing.zip import Entry
from wollemi.base.citation import read_citation, workflow_file
from wollemi.base.json_files import render_json

# Terms from https://w3id.org/ro/terms/workflow-run/context, written out so that readers need fewer
# documents.
TERMS = {
    term: f"https://w3id.org/ro/terms/workflow-run#{term}"
    for term in ("ContainerImage", "registry", "sha256", "tag")
}
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/provenance/0.5": ("Provenance Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
BIOSCHEMAS = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
WORKFLOW_TYPES = ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"]


def crate_metadata(
    run: FinishedRun, description: Mapping[str, Any], entries: Mapping[str, Entry]
) -> bytes:
    """Content of `ro-crate-metadata.json`.

    Args:
        run: Run to archive.
        description: Content of `archive.json`.
        entries: Files of the archive except this file and the manifest.
    """
    crate = ROCrate(version="1.1")
    crate.metadata.extra_terms.update(TERMS)
    crate.metadata["conformsTo"] = [
        {"@id": "https://w3id.org/ro/crate/1.1"},
        {"@id": list(PROFILES)[-1]},
    ]
    for url, (name, version) in PROFILES.items():
        _context(crate, url, {"@type": "CreativeWork", "name": name, "version": version})
    files = add_files(crate, run, entries)
    authors = add_citation(crate, read_citation(workflow_file()), run.citation, files, run.about)
    workflow = _describe_workflow(crate, run, description, files)
    crate.root_dataset["conformsTo"] = [{"@id": url} for url in PROFILES]
    crate.root_dataset["name"] = f"{run.summary['title']} ({description['run']})"
    crate.root_dataset["description"] = "\n".join(
        [run.summary["description"].strip(), *run.summary["headline"]]
    ).strip()
    crate.root_dataset["mainEntity"] = workflow
    add_actions(crate, run, files, workflow, authors)
    files["README.md"]["about"] = crate.root_dataset
    return render_json(crate.metadata.generate()).encode()


def _context(crate: ROCrate, identifier: str, properties: Mapping[str, Any]) -> Entity:
    return crate.add(ContextEntity(crate, identifier, properties=dict(properties)))


def add_files(crate: ROCrate, run: FinishedRun, entries: Mapping[str, Entry]) -> dict[str, Entity]:
    """Add an entity for each file of the archive, and for each production file that is only listed.

    Args:
        crate: Crate of the archive.
        run: Run to archive.
        entries: Files of the archive.

    Returns:
        Entity by name in the archive, and of each production file by its `listed_name`.
    """
    types = {
        "Snakefile": WORKFLOW_TYPES,
        **{name: ["File", "SoftwareSourceCode"] for name in programs_of(run)},
    }
    files = {}
    for name in sorted(entries):
        properties = {
            "@type": types.get(name, "File"),
            "name": name,
            **_content(entries[name].size, entries[name].sha256),
            **encoding_format(name),
        }
        files[name] = crate.add_file(dest_path=name, properties=properties)
    for file in run.production:
        key = listed_name(file.name, file.sha256)
        if file.archived in files:
            files[key] = files[file.archived]
        elif key not in files:
            properties = {
                "name": file.name,
                **_content(file.size, file.sha256),
                **encoding_format(file.name),
            }
            files[key] = _listed_file(
                crate,
                file.url or f"#production/{file.sha256}/{PurePosixPath(file.name).name}",
                properties,
            )
    return files


def programs_of(run: FinishedRun) -> list[str]:
    """Programs that ran, sorted."""
    return sorted({str(job.content["program"]) for job in run.chain.jobs.values()})


def _listed_file(crate: ROCrate, identifier: str, properties: Mapping[str, Any]) -> Entity:
    """A file that is not in the archive: given by its public URL, or only by a name."""
    if "://" in identifier:
        return crate.add_file(
            identifier, validate_url=False, fetch_remote=False, properties=dict(properties)
        )
    return _context(crate, identifier, {"@type": "File", **properties})


def _content(size: int, sha256: str) -> dict[str, str]:
    return {"contentSize": str(size), "sha256": sha256}


def _describe_workflow(
    crate: ROCrate, run: FinishedRun, description: Mapping[str, Any], files: Mapping[str, Entity]
) -> Entity:
    """The Snakefile with its language, programs and containers."""
    language = crate.add(snakemake(crate, snakemake_version()))
    workflow = files["Snakefile"]
    workflow["name"] = f"Wollemi: {run.config['analysis']}"
    workflow["version"] = description["wollemi"]
    workflow["programmingLanguage"] = language
    workflow["conformsTo"] = _context(
        crate, BIOSCHEMAS, {"@type": "CreativeWork", "name": "Bioschemas ComputationalWorkflow"}
    )
    image = configured_image()
    if image is not None:
        workflow["softwareRequirements"] = _context(crate, image, image_properties(image))
    programs = programs_of(run)
    for program in programs:
        files[program]["version"] = description["wollemi"]
    workflow["hasPart"] = [files[program] for program in programs]
    return workflow


# Suffix → media type; also the PRONOM entry or the specification, if it exists.
_TYPES: dict[str, str] = {
    ".cff": "application/yaml",
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".lock": "application/toml",
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".py": "text/x-python",
    ".root": "application/x-root",
    ".toml": "application/toml",
    ".txt": "text/plain",
    ".whl": "application/zip",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".zip": "application/zip",
}


def encoding_format(name: str) -> dict[str, Any]:
    """The property `encodingFormat` of a file; a name without a known suffix is text."""
    return {"encodingFormat": _TYPES.get(PurePosixPath(name).suffix, "text/plain")}
