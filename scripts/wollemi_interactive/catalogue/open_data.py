"""Records of CERN Open Data: their files with sizes and checksums, from the API of the portal.

The JSON comes from https://opendata.cern.ch/api/records/<number>: files are in `files` or `_files`
of its `metadata`, or in lists of files, `_file_indices`; older records have such a list as a JSON
file (as read by cernopendata-client 0.4.0).
"""

import hashlib
import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wollemi.base.json_files import render_json
from wollemi.base.whole_files import write_whole
from wollemi.inputs.remote_ranges import UnreachableError, fetch_bytes
from wollemi_interactive.catalogue.models import RECORD_PATTERN
from wollemi_likelihood.base.caches import catalogue_folder
from wollemi_likelihood.base.errors import WollemiError

VARIABLE = "WOLLEMI_OPEN_DATA"
PORTAL = "https://opendata.cern.ch"
STORAGE = "root://eospublic.cern.ch/"  # the portal serves the same paths over https
_ADLER32 = re.compile(r"adler32:([0-9a-f]{8})")


@dataclass(frozen=True)
class RecordFile:
    """A ROOT file of a record: https address, bytes, and Adler-32 if the portal has it."""

    url: str
    size: int
    adler32: str = ""


@dataclass(frozen=True)
class Record:
    """A record of CERN Open Data.

    Args:
        number: Number on the portal.
        title: Title of the dataset.
        files: ROOT files.
        events: Number of events in all files; 0 if the portal does not know it.
        energy: Energy of the collisions, as written by the portal: `8TeV`.
        doi: DOI of the dataset.
        kind: Kind of events, `data` or `simulation`; empty if the portal does not state it.
    """

    number: int
    title: str
    files: tuple[RecordFile, ...]
    events: int = 0
    energy: str = ""
    doi: str = ""
    kind: str = ""

    @property
    def size(self) -> int:
        """Size of all files in bytes."""
        return sum(file.size for file in self.files)


def portal() -> str:
    """Address of the portal, or of a server with the same API."""
    return os.environ.get(VARIABLE, PORTAL).rstrip("/")


def record_number(name: str) -> int | None:
    """Number of a record from a name such as `opendata:12367`; None for other names."""
    found = re.match(RECORD_PATTERN, name)
    return int(found[1]) if found else None


def read_record(number: int) -> Record:
    """A record, from its local copy if there is one, otherwise from the portal.

    Raises:
        UnreachableError: The portal does not answer, and no local copy exists.
        WollemiError: The record does not exist, or has no readable ROOT files.
    """
    kept = kept_record(number)
    if kept is not None:
        return kept
    record = fetch_record(number)
    text = render_json(asdict(record))
    digest = hashlib.sha256(text.encode()).hexdigest()
    write_whole(_kept_file(number), render_json({"record": json.loads(text), "sha256": digest}))
    return record


def kept_record(number: int) -> Record | None:
    """The local copy of a record; None if it does not exist or is damaged."""
    try:
        kept = json.loads(_kept_file(number).read_text(encoding="utf-8"))
        value = kept["record"]
        if hashlib.sha256(render_json(value).encode()).hexdigest() != kept["sha256"]:
            return None
        return Record(**value | {"files": tuple(RecordFile(**file) for file in value["files"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _kept_file(number: int) -> Path:
    place = "" if portal() == PORTAL else hashlib.sha256(portal().encode()).hexdigest()[:8] + "_"
    return catalogue_folder() / f"opendata_{place}{number}.json"


def fetch_record(number: int) -> Record:
    """Request a record from the portal.

    Raises:
        UnreachableError: The portal does not answer.
        WollemiError: The record does not exist, or has no readable ROOT files.
    """
    document = _fetch_json(f"{portal()}/api/records/{number}", number)
    metadata = document.get("metadata") if isinstance(document, Mapping) else None
    if not isinstance(metadata, Mapping):
        raise WollemiError(
            f"opendata:{number}",
            f"{portal()} does not answer with a record",
            f"look at {portal()}/record/{number}",
        )
    listed = list(_listed_files(metadata, number))
    return Record(
        number,
        str(metadata.get("title") or f"record {number}"),
        tuple(_root_files(listed, number)),
        int((metadata.get("distribution") or {}).get("number_events") or 0),
        str((metadata.get("collision_information") or {}).get("energy") or ""),
        str(metadata.get("doi") or ""),
        _kind(metadata),
    )


def _kind(metadata: Mapping[str, Any]) -> str:
    types = (metadata.get("type") or {}).get("secondary") or ()
    return "simulation" if "Simulated" in types else "data" if "Collision" in types else ""


def _listed_files(metadata: Mapping[str, Any], number: int) -> Iterator[Mapping[str, Any]]:
    """All files that a record lists, directly and in its lists of files."""
    indices = metadata.get("_file_indices") or ()
    for file in metadata.get("files") or metadata.get("_files") or ():
        uri = str(file.get("uri", ""))
        if uri.endswith("_file_index.json") and not indices:
            name = uri.rpartition("/")[2]
            yield from _fetch_json(f"{portal()}/record/{number}/files/{name}", number)
        elif not re.search(r"_file_index\.(json|txt)$", uri):
            yield file
    for index in indices:
        yield from index.get("files") or ()


def _root_files(listed: Sequence[Mapping[str, Any]], number: int) -> Iterator[RecordFile]:
    """The ROOT files among the listed files.

    Raises:
        WollemiError: The record has no ROOT files, or they are on tape.
    """
    page = f"{portal()}/record/{number}"
    found = [file for file in listed if str(file.get("uri", "")).endswith(".root")]
    if not found:
        suffixes = sorted({Path(str(file.get("uri", ""))).suffix or "none" for file in listed})
        counted = f"{len(listed)} file{'' if len(listed) == 1 else 's'}"
        contents = f"{counted} ({', '.join(suffixes)})" if listed else "no files"
        raise WollemiError(
            f"opendata:{number}",
            f"has no ROOT files: it lists {contents}",
            f"take a record of the format NANOAOD, PHYSLITE or an ntuple; this one is {page}",
        )
    if any(file.get("availability") == "on demand" for file in found):
        raise WollemiError(
            f"opendata:{number}",
            "its files are on tape, and cannot be read before they are asked for",
            f"request them on {page}, and draw again when the page says that they are online",
        )
    for file in found:
        checksum = _ADLER32.fullmatch(str(file.get("checksum", "")))
        path = str(file["uri"]).replace(STORAGE, f"{portal()}/", 1)
        url = re.sub(r"(?<!:)//+", "/", path)
        yield RecordFile(url, int(file.get("size") or 0), checksum[1] if checksum else "")


def _fetch_json(url: str, number: int) -> Any:
    request = urllib.request.Request(url, headers={"Accept": "application/json"})
    try:
        _, body = fetch_bytes(request)
        return json.loads(body)
    except UnreachableError as error:
        problem = f"{url} {error.problem}"
        raise UnreachableError(f"opendata:{number}", problem, error.remedy) from None
    except ValueError as error:
        raise WollemiError(
            f"opendata:{number}", f"{url} answers with no JSON ({error})", "open it in a browser"
        ) from None
    except (WollemiError, urllib.error.HTTPError) as error:
        problem = error.problem if isinstance(error, WollemiError) else f"HTTP {error.code}"
        raise WollemiError(
            f"opendata:{number}",
            f"{url} {problem}",
            f"look for the number of the record on {portal()}",
        ) from None
