"""The work of `wollemi datasets`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from wollemi.analysis.plain.addresses import public_url, split_address
from wollemi.commands.programs import workflow_root
from wollemi.inputs.remote_ranges import is_remote
from wollemi.job.input_digests import input_digest
from wollemi_interactive.catalogue.fetching import fetch_files
from wollemi_interactive.catalogue.lookup import (
    Entry,
    catalogue_files,
    entry_of,
    matching,
    read_catalogues,
)
from wollemi_interactive.catalogue.open_data import kept_record, record_number
from wollemi_interactive.catalogue.sources import files_of_address, wanted_files
from wollemi_likelihood.base.errors import WollemiError

HEAD = ("name", "kind", "events", "size", "source", "title")
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
