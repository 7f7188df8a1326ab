"""Production files available to a re-execution, and the products to start from if some are not.
Standard library only.
"""

import http.client
import urllib.request
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from wollemi.archive.reading.archive import Archive
from wollemi.base.archived_files import LIST
from wollemi.base.digests import file_digest
from wollemi_likelihood.base.errors import WollemiError

TIMEOUT_S = 10
Record = Mapping[str, Any]
FileId = tuple[str, str]  # name and SHA-256: names of files from outside may be equal


def unavailable_files(archive: Archive, reachable: Callable[[str], bool]) -> list[FileId]:
    """Name and SHA-256 of production files that are neither in the archive nor generated, nor with
    their content at their old place, nor at a reachable URL.

    Args:
        archive: Archive to be run again.
        reachable: Function that tests whether a URL can be reached.

    Raises:
        WollemiError: The archive does not list the production files.
    """
    try:
        datasets = archive.read_json(LIST)["datasets"]
        files = [
            file
            for rows in datasets.values()
            for file in rows
            if file["path"] is None and file["origin"] != "generated" and not _is_there(file)
        ]
        wanted = [
            (str(file["name"]), str(file["sha256"]), str(file["url"] or "")) for file in files
        ]
    except (LookupError, TypeError, AttributeError) as error:
        raise WollemiError(
            LIST,
            f"is not a list of production files ({error!r})",
            "copy or download the archive again",
        ) from None
    silent: set[str] = set()
    absent: list[FileId] = []
    for name, digest, url in wanted:
        host = url.partition("://")[2].partition("/")[0]
        if host and host not in silent and reachable(url):
            continue
        silent.add(host)
        absent.append((name, digest))
    return list(dict.fromkeys(absent))


def _is_there(file: Mapping[str, Any]) -> bool:
    """Whether a file that the analysis names by another path is still there, unchanged."""
    path = Path(file.get("given") or "")
    return path.is_file() and file_digest(path) == file["sha256"]


def answers(url: str) -> bool:
    """Whether a URL can be reached now."""
    if not url.startswith(("http://", "https://")):
        return False
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S):
            return True
    except (http.client.HTTPException, OSError, ValueError):  # also a malformed URL
        return False


def jobs_to_take_over(
    records: Mapping[str, Record], absent: Collection[FileId], present: Collection[str]
) -> list[str]:
    """Records of the jobs that cannot run, and of the jobs whose products they read.

    A job cannot run if it reads or fetches an unavailable file, or reads a product of such a job
    that is not in the archive. The jobs before it must not run either: they would remake the inputs
    of products that cannot be remade.

    Args:
        records: Content of the records by file.
        absent: Names in the records, and SHA-256, of unavailable files.
        present: Names of the files in the archive.
    """
    makers = {name: record for record, content in records.items() for name in content["outputs"]}
    lost = set(absent)
    blocked: set[str] = set()
    while found := {name for name in records.keys() - blocked if lost & _files_of(records[name])}:
        blocked |= found
        lost |= {
            item
            for name in found
            for item in records[name]["outputs"].items()
            if item[0] not in present
        }
    return sorted(with_ancestors(blocked, records, makers))


def _files_of(record: Record) -> set[tuple[str, str]]:
    return {*record["inputs"].items(), *record["outputs"].items()}


def with_ancestors(
    jobs: Iterable[str], records: Mapping[str, Record], makers: Mapping[str, str]
) -> set[str]:
    """Jobs and, recursively, the jobs whose products they read.

    Args:
        jobs: Records of the jobs.
        records: Content of the records by file.
        makers: Record of the job that made each product.
    """
    pending, found = list(jobs), set()
    while pending:
        job = pending.pop()
        if job not in found:
            found.add(job)
            pending += [makers[name] for name in records[job]["inputs"] if name in makers]
    return found
