"""The present files, settings, code and packages, each read once for comparison with records."""

from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from wollemi.analysis.plain.commands import command_paths, commands
from wollemi.analysis.plain.overlays import overlay_paths
from wollemi.analysis.plain.parts import PART_FILES, file_path, is_made
from wollemi.analysis.plain.published import published_paths
from wollemi.analysis.plain.sections import section_digests, select_sections
from wollemi.analysis.view import view_of
from wollemi.base.archived_files import archived_files, present_path
from wollemi.base.digests import file_digest
from wollemi.base.whole_files import is_file
from wollemi.job.records import installed_packages
from wollemi.job.source_code import file_code_digest, literal_constant, step_digests
from wollemi.loading.load import read_analysis
from wollemi.loading.manifests import read_parts


class PresentState:
    """The present working folder. Names are relative to it, as in the records."""

    def __init__(self) -> None:
        # Each instance has its own cache: a new instance reads again.
        self.digest = cache(self._digest)
        self.document = cache(self._document)
        self.code = cache(self._code)
        self.declared_sections = cache(self._declared_sections)
        self.parts = cache(self._parts)
        self.files_outside = cache(self._files_outside)

    @cached_property
    def left_out(self) -> frozenset[tuple[str, str]]:
        """Name and digest of production files that an archive does not hold."""
        return archived_files().left_out

    @cached_property
    def packages(self) -> dict[str, str]:
        """Version by distribution of the packages installed for this Python."""
        return installed_packages()

    def _digest(self, name: str) -> str | None:
        path = Path(name)
        return file_digest(path) if path.is_file() else None

    def _document(self, analysis: str) -> Mapping[str, Any]:
        """The analysis file as plain values; raise a WollemiError if it is missing or has
        problems.
        """
        return read_analysis(Path(analysis)).plain

    def _code(self, program: str) -> dict[str, str | None] | None:
        """Digest by code file, for the files that determine the products of a program; None if a
        file is missing or not text.
        """
        try:
            return {**step_digests(program)}
        except (OSError, ValueError):
            return None

    def code_digest(self, name: str) -> str | None:
        """Digest of a code file; None if it is missing or not text."""
        try:
            return file_code_digest(name)
        except (OSError, ValueError):
            return None

    def _declared_sections(self, program: str) -> tuple[str, ...] | None:
        try:
            return tuple(literal_constant(program, "SECTIONS"))
        except (OSError, SyntaxError, ValueError, KeyError, TypeError):
            return None

    def input_digest(self, name: str, recorded: str, analysis: str | None) -> str | None:
        """Digest of an input that no job makes.

        Args:
            name: Recorded name; for a file outside the working folder the last part of its path.
            recorded: Recorded digest, which selects the file if several have the name.
            analysis: Path of the analysis file, which gives the paths of files outside.
        """
        found = self.digest(name)
        if found is not None or "/" in name or analysis is None:
            return found
        paths = self.files_outside(analysis).get(name, ())
        digests = {self.digest(path) for path in paths} - {None}
        return recorded if recorded in digests else next(iter(digests), None)

    def _files_outside(self, analysis: str) -> dict[str, list[str]]:
        """Paths in an analysis and its manifests, by their last part."""
        found: dict[str, list[str]] = {}
        for name, dataset in self.document(analysis)["datasets"].items():
            manifest = dataset.get("manifest")
            divided = self.parts(analysis, name) if manifest is None or is_file(manifest) else []
            files = [file for part in divided for file in part["files"] if not is_made(file)]
            paths = [file_path(file, "") for file in files] + ([manifest] if manifest else [])
            for path in paths:
                found.setdefault(Path(path).name, []).append(present_path(path))
        document = self.document(analysis)
        view = view_of(document)
        for _, path in (*published_paths(view), *overlay_paths(view), *command_paths(document)):
            found.setdefault(Path(path).name, []).append(path)
        return found

    def _parts(self, analysis: str, dataset: str) -> list[dict[str, Any]]:
        """Manifest entries of the files in each part of a dataset."""
        return read_parts(self.document(analysis)["datasets"][dataset])

    def settings(self, record: Mapping[str, Any]) -> dict[str, str] | None:
        """Digest by section as the job of a record would find it now; None if its dataset, part or
        command no longer exists.

        Args:
            record: Record of a job that read the analysis file.
        """
        analysis, options = record["analysis"], record["options"]
        document, dataset = self.document(analysis), options.get("dataset")
        if dataset is not None and dataset not in document["datasets"]:
            return None
        command = options.get("command")
        if command is not None and command not in commands(document):
            return None
        sections = self.declared_sections(record["program"]) or tuple(record["settings"])
        if PART_FILES not in sections:
            return section_digests(select_sections(document, sections, dataset, command=command))
        manifest = document["datasets"][dataset].get("manifest")
        if manifest is not None and not is_file(manifest):
            # A lost production file changes no product either; the merge reports it.
            kept = {PART_FILES: record["settings"].get(PART_FILES, "")}
            return section_digests(select_sections(document, sections, dataset)) | kept
        parts, number = self.parts(analysis, dataset), options["part"]
        if number >= len(parts):
            return None
        return section_digests(select_sections(document, sections, dataset, parts[number]))
