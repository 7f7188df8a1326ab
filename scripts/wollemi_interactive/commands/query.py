"""The work of `wollemi query`."""

import json
import re
import time
from importlib.metadata import version
from pathlib import Path

import click

from wollemi.base.digests import file_digest
from wollemi.base.whole_files import whole_file
from wollemi.commands.programs import workflow_root
from wollemi.inputs.inspection import guess_layout
from wollemi.inputs.remote_files import RemoteFile
from wollemi.inputs.remote_ranges import is_remote
from wollemi.inputs.root_trees import Place
from wollemi.job.input_digests import input_digest
from wollemi_interactive.catalogue.lookup import catalogue_files, read_catalogues
from wollemi_interactive.catalogue.sources import wanted_files
from wollemi_interactive.commands.draw import open_named
from wollemi_interactive.queries.endpoint import answer_from_endpoint, endpoint_source
from wollemi_interactive.queries.files import answer_from_files, layout_of, weight_of
from wollemi_interactive.queries.kept_answers import (
    give_answer,
    keep_answer,
    kept_answer,
    question_digest,
)
from wollemi_interactive.queries.record import AskedFile, QueryRecord, record_path, write_record
from wollemi_interactive.queries.syntax import Query, QueryError, parse_query
from wollemi_likelihood.base.errors import WollemiError, counted

FILES = "files"
SERVICEX = "servicex"
_FILE = ".py"  # suffix of a query
_PACKAGES = ("awkward", "numpy", "uproot", "vector", "wollemi")


def answer_query(
    source: str,
    text: str,
    answer: Path,
    endpoint: str | None,
    weight: str,
    offline: bool,
    catalogue: Path | None,
) -> None:
    """Write the answer to a query and describe it; exits with code 2 for a user error."""
    started = time.perf_counter()
    try:
        if answer.suffix != ".parquet":
            raise WollemiError(str(answer), "has another suffix", "take .parquet")
        query = read_query(text)
        if endpoint is not None and weight:
            raise WollemiError("--weight", "an endpoint sums no weights", "leave it out")
        if endpoint is None:
            record, is_kept = _from_files(source, query, weight, offline, catalogue, answer)
        else:
            record, is_kept = _from_endpoint(source, query, endpoint, offline, catalogue, answer)
    except WollemiError as error:
        click.echo(str(_placed(error, text)), err=True)
        raise SystemExit(2) from None
    for line in _summary(answer, record, is_kept, time.perf_counter() - started):
        click.echo(line)


def _placed(error: WollemiError, text: str) -> WollemiError:
    """An error that names the file of the query, if it is in a file."""
    if not (isinstance(error, QueryError) and text.endswith(_FILE)):
        return error
    return WollemiError(error.where.replace("query", text, 1), error.problem, error.remedy)


def read_query(text: str) -> Query:
    """A query given as text or as the path of a file.

    Raises:
        WollemiError: The text is not a query, or the file cannot be read.
    """
    if not text.endswith(_FILE):
        return parse_query(text)
    try:
        return parse_query(Path(text).read_text(encoding="utf-8"), text)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise WollemiError(text, f"cannot be read ({reason})", "name a file with a query") from (
            error
        )


def _from_files(
    source: str, query: Query, named: str, offline: bool, catalogue: Path | None, answer: Path
) -> tuple[QueryRecord, bool]:
    """The record of an answer from files, and whether it was a kept answer."""
    found = open_named(source, {}, catalogue)
    paths = found.paths
    if answer.resolve() in [path.resolve() for path in paths if isinstance(path, Path)]:
        raise WollemiError(str(answer), "is a file that is asked", "name another answer")
    files = [_asked(path) for path in paths]
    wanted = named or found.weight
    # Before anything is opened: the answer for a remote file may be kept here.
    identities = [file.sha256 or _address(path) for file, path in zip(files, paths, strict=True)]
    digest = question_digest(query, found.layout, FILES, identities, wanted)
    if kept := kept_answer(digest):
        give_answer(*kept, answer)
        return kept[1], True
    _require_online(offline and any(not isinstance(path, Path) for path in paths), source)
    guessed = found.layout or guess_layout(*paths)
    layout = layout_of(query, guessed)
    weight = weight_of(paths, layout, wanted)
    with whole_file(answer) as partial:
        made = answer_from_files(query, paths, layout, weight, partial)
        record = QueryRecord(
            query=query.text,
            tree=layout.tree,
            asked=FILES,
            files=tuple(files),
            energy_unit=guessed.energy_unit,
            events=made.events,
            weight=weight or None,
            sum_of_weights=made.sum_of_weights,
            rows=made.rows,
            columns=made.columns,
            not_finite=made.not_finite,
            sha256=file_digest(partial),
            packages={name: version(name) for name in _PACKAGES},
        )
    _finish(digest, answer, record)
    return record, False


def _from_endpoint(
    source: str,
    query: Query,
    endpoint: str,
    offline: bool,
    catalogue: Path | None,
    answer: Path,
) -> tuple[QueryRecord, bool]:
    """The record of an answer from an endpoint, and whether it was a kept answer."""
    asked = endpoint_source(source, _addresses(source, catalogue))
    names = [asked] if isinstance(asked, str) else asked
    files = [AskedFile(path=name, sha256=None) for name in names]
    digest = question_digest(query, None, SERVICEX, names, "")
    if kept := kept_answer(digest):
        give_answer(*kept, answer)
        return kept[1], True
    _require_online(offline, source)
    with whole_file(answer) as partial:
        made = answer_from_endpoint(query, asked, endpoint, partial)
        record = QueryRecord(
            query=query.text,
            tree=query.tree or None,
            asked=made.address,
            files=tuple(files),
            energy_unit=None,
            events=None,
            weight=None,
            sum_of_weights=None,
            rows=made.rows,
            columns=made.columns,
            not_finite=made.not_finite,
            sha256=file_digest(partial),
            packages={name: version(name) for name in (*_PACKAGES, SERVICEX)},
        )
    _finish(digest, answer, record)
    return record, False


def _addresses(source: str, catalogue: Path | None) -> list[str]:
    """Addresses of the files of a catalogue name, if the source is one."""
    entry = read_catalogues(catalogue_files(catalogue, workflow_root())).get(source)
    files = wanted_files(entry) if entry and entry.dataset.generate is None else []
    return [file.path for file in files if is_remote(file.path)]


def _asked(path: Place) -> AskedFile:
    digest = input_digest(path) if isinstance(path, Path) else None
    return AskedFile(path=str(path), sha256=digest)


def _address(path: Place) -> str:
    """Identity of a remote file: its address, declared size and checksum."""
    return f"{path} {path.expected} {path.checksum}" if isinstance(path, RemoteFile) else str(path)


def _finish(digest: str, answer: Path, record: QueryRecord) -> None:
    write_record(record_path(answer), record)
    keep_answer(digest, answer, record)


def _require_online(offline: bool, source: str) -> None:
    if offline:
        raise WollemiError(
            source,
            "is on another machine, and no answer to this query is kept",
            "ask once without --offline",
        )


def _summary(answer: Path, record: QueryRecord, is_kept: bool, seconds: float) -> list[str]:
    """Lines for the user: the content of the answer, the time it took, and the dataset to paste."""
    of = "" if record.events is None else f" of {counted(record.events, 'event', ',')}"
    way = "kept" if is_kept else f"from {record.asked}"
    lines = [
        f"{answer} (written): {counted(record.rows, 'row', ',')}{of}, {way}, {seconds:.1f} s",
        *(f"  {name}: {kind}{_bad(record, name)}" for name, kind in record.columns.items()),
    ]
    if record.energy_unit == "MeV":
        lines.append("branches are in MeV, as stored: divide by 1000 in the query")
    weight, known = record.weight, ""
    if weight in record.columns:
        total = f"sum_of_weights: {record.sum_of_weights!r}"
        known = f", weight: {weight}, {total}, cross_section_pb: 1.0"
    elif weight:
        hint = f"the answer has no weights: take '{weight}': e.{weight} along in each Select"
        lines += [f"{hint}, if they are not all equal"]
    return [*lines, "", "datasets:", f"  {_name(answer)}: {{files: [{_quoted(answer)}]{known}}}"]


def _bad(record: QueryRecord, column: str) -> str:
    count = record.not_finite.get(column, 0)
    return f", of which {count:,} are NaN or infinite" if count else ""


def _name(answer: Path) -> str:
    """Name for the dataset, made of letters, digits and underscores."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", answer.stem)
    return name if name[0].isalpha() else f"answer_{name}"


def _quoted(answer: Path) -> str:
    """The path inside YAML brackets: in quotes if it has special characters."""
    text = str(answer)
    return text if re.fullmatch(r"[\w./-]+", text) else json.dumps(text, ensure_ascii=False)
