"""The work of `wollemi datasets`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from wollemi.analysis.plain.addresses import public_url, split_address
from wollemi.analysis.plain.parts import listed_files
from wollemi.commands.programs import analysis_file, workflow_root
from wollemi.inputs.remote_ranges import is_remote
from wollemi.inputs.schemas import Layout
from wollemi.job.input_digests import input_digest
from wollemi.loading.load import read_analysis
from wollemi.loading.manifests import manifest_content
from wollemi_interactive.catalogue.checking import check_dataset
from wollemi_interactive.catalogue.fetching import WantedFile, fetch_files
from wollemi_interactive.catalogue.lookup import (
    Entry,
    catalogue_files,
    entry_of,
    matching,
    read_catalogues,
)
from wollemi_interactive.catalogue.open_data import kept_record, record_number
from wollemi_interactive.catalogue.sources import files_of_address, known_layout, wanted_files
from wollemi_likelihood.base.errors import WollemiError, counted
from wollemi_likelihood.base.nearest import did_you_mean

HEAD = ("name", "kind", "events", "size", "source", "title")
CHECKED = ("file", "site", "events", "size", "problem")
_UNKNOWN = "?"
_NOTHING = "nothing to fetch: its files are on this machine, or are made there"


def list_datasets(pattern: str, catalogue: Path | None, fetch: bool) -> None:
    """List datasets by name, or fetch the files of one; exits with code 2 for a user error."""
    try:
        entries = read_catalogues(catalogue_files(catalogue, workflow_root()))
        if fetch:
            files = files_of_address(pattern) or wanted_files(entry_of(entries, pattern))
            fetched = fetch_files(files)
            click.echo("\n".join(f"{path} (fetched)" for path in fetched.values()) or _NOTHING)
            click.echo("\n".join(files_section(fetched)) if fetched else "", nl=bool(fetched))
            return
        found = matching(entries, pattern)
        if not found:
            entry_of(entries, pattern)
    except WollemiError as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    click.echo("\n".join(table([HEAD, *map(row, found)])))
    if len(found) == 1:
        click.echo("\n".join(details(found[0])))


def check_files(name: str, analysis: str | None, catalogue: Path | None) -> None:
    """Open the files of a dataset, and print what is there; exits with code 1 if something is
    wrong, and with code 2 for a user error.
    """
    try:
        files, layout, may_repeat = (
            dataset_of(name, analysis) if analysis else named_dataset(name, catalogue)
        )
        checked, compared, repeated = check_dataset(files, layout, may_repeat)
    except WollemiError as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    if not files:
        click.echo(f"{name}: its files are made by the workflow: nothing to check")
        return
    rows = [
        (
            item.address.rpartition("/")[2],
            item.site,
            _UNKNOWN if item.events is None else f"{item.events:,}",
            _bytes(item.size),
            item.problem,
        )
        for item in checked
    ]
    bad = sum(bool(item.problem) for item in checked)
    once = f"no event appears twice ({counted(compared, 'event', ',')} compared)"
    places = f"{counted(len(files), 'file')} at {counted(len(checked), 'address')}"
    found = f"{places}: {counted(bad, 'problem') if bad else 'no problem'}"
    click.echo("\n".join([*table([CHECKED, *rows]), found, repeated or once]))
    if repeated or bad:
        raise SystemExit(1)


def named_dataset(
    name: str, catalogue: Path | None
) -> tuple[list[list[WantedFile]], Layout | None, bool]:
    """The files of a record, an address or a dataset of a catalogue, each with its one address, and
    the layout of its events if it is declared; see `dataset_of`.

    Raises:
        WollemiError: No catalogue contains the name, or its files are not known.
    """
    entries = read_catalogues(catalogue_files(catalogue, workflow_root()))
    listed = files_of_address(name)
    if listed:
        return [[file] for file in listed], None, False
    entry = entry_of(entries, name)
    return [[file] for file in wanted_files(entry)], known_layout(entry.dataset), False


def dataset_of(name: str, analysis: str) -> tuple[list[list[WantedFile]], Layout, bool]:
    """The addresses of each file of a dataset of an analysis, the layout of its events, and whether
    they may have equal numbers; files that the workflow makes are left out.

    Raises:
        WollemiError: The analysis has problems, or does not have the dataset.
    """
    known = read_analysis(analysis_file(analysis))
    datasets = known.plain["datasets"]
    if name not in datasets:
        problem = f"the analysis has no such dataset{did_you_mean(name, datasets)}"
        raise WollemiError(f"datasets.{name}", problem, f"it has {', '.join(datasets)}")
    dataset = datasets[name]
    manifest = dataset.get("manifest")
    files: list[Any] = listed_files(dataset, manifest_content(Path(manifest)) if manifest else None)
    entries: list[Any] = [{"path": file} if isinstance(file, str) else file for file in files]
    wanted = [
        [
            WantedFile(address, file.get("size", 0), file.get("sha256", ""))
            for address in (file.get("path") or file["url"], *file.get("replicas", ()))
        ]
        for file in entries
        if "path" in file or "url" in file
    ]
    return wanted, Layout.of(known.datasets[name]), bool(dataset.get("repeated_numbers"))


def files_section(fetched: Mapping[str, Path]) -> list[str]:
    """The key `files` of a dataset in an analysis file: URLs with sizes and checksums.

    Args:
        fetched: URL → its copy.
    """
    entries = (
        f'  - {{url: "{public_url(url)}", size: {path.stat().st_size}, '
        f"sha256: {input_digest(path)}}}"
        for url, path in fetched.items()
    )
    return ["in an analysis file:", "files:", *entries]


def row(entry: Entry) -> tuple[str, ...]:
    """The locally known properties of a dataset: name, kind, events, size, source and title."""
    dataset = entry.dataset
    number = record_number(dataset.record or "")
    record = kept_record(number) if number is not None else None
    events = dataset.events or (dataset.generate.events if dataset.generate else 0)
    events = events or (record.events if record else 0)
    sizes = [file.size if not isinstance(file, str) else None for file in dataset.files or ()]
    size = record.size if record else sum(s for s in sizes if s) if all(sizes) else 0
    source = dataset.record or ("generated" if dataset.generate else _files_text(entry))
    kind = dataset.kind if dataset.generate is None else "generated"
    count = f"{events:,}" if events else _UNKNOWN
    return entry.name, kind, count, _bytes(size), source, dataset.title


def details(entry: Entry) -> list[str]:
    """Further known properties of a dataset."""
    dataset = entry.dataset
    number = record_number(dataset.record or "")
    record = kept_record(number) if number is not None else None
    energy, section = dataset.center_of_mass_tev, dataset.cross_section_pb
    lines = [
        f"center of mass: {energy:g} TeV" if energy else "",
        f"cross section: {section:g} pb" if section else "",
        f"cite: {dataset.citation}" if dataset.citation else "",
        f"DOI: {record.doi}" if record and record.doi else "",
    ]
    return [f"  {line}" for line in lines if line]


def _files_text(entry: Entry) -> str:
    """Names of the machines that hold the files of a dataset."""
    paths = [file if isinstance(file, str) else file.path for file in entry.dataset.files or ()]
    hosts = {split_address(path).hostname if is_remote(path) else "this machine" for path in paths}
    return ", ".join(sorted(map(str, hosts)))


def _bytes(size: int) -> str:
    """A size in the largest unit that does not exceed it."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size} B" if size else _UNKNOWN


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines with columns of fixed width."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in rows
    ]
