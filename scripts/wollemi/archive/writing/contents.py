"""Collect the files of an archive."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wollemi.analysis.plain.addresses import signed_addresses
from wollemi.archive.writing.crate import crate_metadata
from wollemi.archive.writing.files import (
    file_entries,
    other_inputs,
    production_list,
    result_files,
    workflow_files,
)
from wollemi.archive.writing.finished_run import FinishedRun
from wollemi.archive.writing.readme import archive_readme
from wollemi.archive.writing.requirements import collect_wheels, export_requirements, wheel_target
from wollemi.archive.writing.zip import Entry, entry_of_bytes, entry_of_file
from wollemi.base.citation import FILE, WORKFLOW_FILE, citation_text, workflow_file
from wollemi.base.json_files import render_json
from wollemi.loading.composition import composed_files
from wollemi_likelihood.base.errors import WollemiError

SCHEMA = "wollemi-archive-1"


def archive_entries(run: FinishedRun, production: bool, wheels: Path | None) -> dict[str, Entry]:
    """All files of an archive except its manifest, by name.

    Args:
        run: Run to archive.
        production: Whether production files are included.
        wheels: Empty folder for collecting wheels; None to leave them out.

    Raises:
        WollemiError: A file is missing or not available.
    """
    others = [*result_files(run.chain), *other_inputs(run.chain, run.production)]
    names = workflow_files(run.config["analysis"]) | {name: Path(name) for name in others}
    if production:
        names |= {file.archived: file.path for file in run.production}
    analysis = Path(f"config/analyses/{run.config['analysis']}/analysis.yaml")
    signed = signed_addresses(run.present.document(analysis.as_posix()))
    entries = file_entries(names, run.present) | unsigned_files(
        [analysis, *map(Path, composed_files(analysis))], signed
    )
    if run.about:
        entries[WORKFLOW_FILE] = entry_of_file(workflow_file())
    requirements = export_requirements()
    if wheels is not None:
        requirements = collect_wheels(requirements, wheels)
        entries |= {
            f"wheels/{path.name}": entry_of_file(path)
            for path in sorted((wheels / "wheels").iterdir())
        }
    description = describe_archive(run, production, wheels is not None)
    made = {
        "archive.json": render_json(description).encode(),
        "production_files.json": render_json(production_list(run.production, production)).encode(),
        "requirements.txt": requirements,
        "README.md": archive_readme(run, description),
        **({FILE: citation_text(run.citation).encode()} if run.about else {}),
    }
    entries |= {name: entry_of_bytes(content) for name, content in made.items()}
    return entries | {
        "ro-crate-metadata.json": entry_of_bytes(crate_metadata(run, description, entries))
    }


def unsigned_files(paths: Sequence[Path], signed: Mapping[str, str]) -> dict[str, Entry]:
    """Analysis files without the access tokens of signed URLs, if they contain any: the digests of
    their settings do not include them.

    Args:
        paths: Paths of the analysis file and the files it extends.
        signed: Signed address → the same address without its query.

    Raises:
        WollemiError: An address is written in a form that cannot be changed.
    """
    texts = {path: path.read_text(encoding="utf-8") for path in paths}
    for address, public in signed.items():
        if not any(address in text for text in texts.values()):
            problem = f"holds {public} with a query that gives access, which cannot be left out"
            raise WollemiError(
                paths[0].as_posix(), problem, "write this address in one line and without escapes"
            )
        texts = {path: text.replace(address, public) for path, text in texts.items()}
    found = {path.as_posix(): entry_of_bytes(text.encode()) for path, text in texts.items()}
    return found if signed else {}


def describe_archive(run: FinishedRun, production: bool, wheels: bool) -> dict[str, Any]:
    """Content of `archive.json`, sufficient to run the archive again."""
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {
        "schema": SCHEMA,
        "wollemi": project["version"],
        "analysis": run.config["analysis"],
        "run": Path(run.chain.run).name,
        "config": run.config,
        "production_files": "included" if production else "listed",
        "wheels": [wheel_target()] if wheels else [],
        "python": run.python,
    }
