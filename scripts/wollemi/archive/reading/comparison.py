"""Compare the products and records of a re-execution with the archived ones. Standard library
only.

Parquet, ROOT and zip files are compared by `compare_products.py`, with the packages of the
environment.
"""

import gzip
import io
import tarfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path, PurePosixPath
from typing import Any

from wollemi.archive.reading.archive import Archive, is_product
from wollemi.archive.reading.json_comparison import Verdict, compare_contents, differences
from wollemi.base.digests import file_digest
from wollemi.base.json_text import parse_json
from wollemi.job.records import is_record

IDENTICAL, EQUAL, DIFFERENT, MISSING, TAKEN_OVER = (
    "identical",
    "equal",
    "different",
    "missing",
    "taken over",
)
STATUSES = (IDENTICAL, EQUAL, DIFFERENT, MISSING, TAKEN_OVER)
TABLES = (".parquet", ".root", ".zip")
DRAWINGS = (".pdf", ".png")
ROUNDED = (".md", ".tex")  # tables; the CSV next to them has all digits
PACKED = ".tar.gz"
# Parts of a record that describe the machine's software rather than the work.
ENVIRONMENT = ("packages", "environment", "unseen")

Pair = tuple[Path, Path]
TableComparison = Callable[[Mapping[str, Pair]], Mapping[str, Verdict]]


@dataclass(frozen=True)
class Outcome:
    """Result of comparing a file of the re-execution with the archived one.

    Args:
        status: Status, one of `STATUSES`.
        text: First difference, or the largest deviation.
    """

    status: str
    text: str = ""


def outcomes_by_kind(outcomes: Mapping[str, Outcome]) -> dict[str, list[Outcome]]:
    """Outcomes of files by kind of product (its folder in the results, or the file itself).

    Args:
        outcomes: Outcome by path, `results/<run>/<kind>...`.
    """
    kinds: dict[str, list[Outcome]] = {}
    for name, outcome in outcomes.items():
        parts = name.split("/")
        # A product may also be outside the folder of results.
        kinds.setdefault(parts[2] if len(parts) > 2 else name, []).append(outcome)
    return kinds


@dataclass(frozen=True)
class Comparison:
    """Outcomes of all products and records.

    Args:
        products: Outcome by product.
        records: Outcome by record.
        environment: Differences of packages and environment files, `name: archived → now`.
    """

    products: Mapping[str, Outcome]
    records: Mapping[str, Outcome]
    environment: tuple[str, ...] = field(default=())

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """Outcome by file, products first."""
        return {**self.products, **self.records}

    @property
    def agrees(self) -> bool:
        """Whether no file is different or missing."""
        return not any(outcome.status in (DIFFERENT, MISSING) for outcome in self.outcomes.values())


def compare_run(
    archive: Archive,
    folder: Path,
    taken_over: Collection[str],
    absent: Collection[str],
    compare_tables: TableComparison,
) -> Comparison:
    """Compare all products and records.

    Args:
        archive: Archive with the expected files.
        folder: Working folder of the re-execution.
        taken_over: Files copied from the archive instead of being remade.
        absent: Production files that were not available.
        compare_tables: Comparison of pairs (archived, remade) of Parquet, ROOT and zip files.
    """
    expected = {name: digest for name, digest in archive.products().items() if name not in absent}
    products = {name: Outcome(TAKEN_OVER) for name in expected if name in taken_over}
    products |= {
        name: _by_digest(folder / name, digest)
        for name, digest in expected.items()
        if name not in products
    }
    unclear = [name for name, outcome in products.items() if outcome.status == DIFFERENT]
    products |= _by_content(archive, folder, unclear, compare_tables)
    products |= _drawings(archive.run, products)
    products |= _packed(archive, folder, products)
    products |= _pages(archive.run, products)
    extra = (
        name
        for name in _files(folder, archive.run)
        if is_product(name, archive.run) and name not in (*expected, *absent)
    )
    products |= {name: Outcome(DIFFERENT, "the archive has no such product") for name in extra}
    environment: dict[str, None] = {}
    records = _compare_records(archive, folder, taken_over, products, environment)
    return Comparison(dict(sorted(products.items())), records, tuple(environment))


def _by_digest(path: Path, digest: str) -> Outcome:
    if not path.is_file():
        return Outcome(MISSING, "it was not made")
    return Outcome(IDENTICAL) if file_digest(path) == digest else Outcome(DIFFERENT)


def _files(folder: Path, run: str) -> Iterator[str]:
    return (
        path.relative_to(folder).as_posix()
        for path in sorted((folder / run).rglob("*"))
        if path.is_file()
    )


def _by_content(
    archive: Archive, folder: Path, names: Iterable[str], compare_tables: TableComparison
) -> Iterator[tuple[str, Outcome]]:
    """Outcomes of files with different bytes, except drawings."""
    pairs = {name: (archive.root / name, folder / name) for name in names}
    there = {
        name: pair
        for name, pair in pairs.items()
        if name in archive.digests and not name.endswith(DRAWINGS)
    }
    yield from (
        (name, Outcome(DIFFERENT, "other bytes; not in the archive"))
        for name in pairs.keys() - archive.digests.keys()
    )
    tables = {name: pair for name, pair in there.items() if name.endswith(TABLES)}
    verdicts = dict(compare_tables(tables)) if tables else {}
    for name, (then, now) in there.items():
        if name not in tables:
            verdicts[name] = compare_contents(
                name.removeprefix(f"{archive.run}/").removeprefix("site/"), then, now
            )
    yield from (
        (name, Outcome(EQUAL if verdict.equal else DIFFERENT, verdict.text))
        for name, verdict in verdicts.items()
    )


def _drawings(run: str, products: Mapping[str, Outcome]) -> Iterator[tuple[str, Outcome]]:
    """Outcomes of drawings and rounded tables, which agree if the numbers next to them do: bytes of
    drawings depend on fonts and libraries, rounded digits on tolerated differences.
    """
    for name, outcome in products.items():
        rounded = PurePosixPath(name).parent.name == "tables" and name.endswith(ROUNDED)
        if (
            outcome.status == DIFFERENT
            and name.startswith(f"{run}/")
            and (rounded or name.endswith(DRAWINGS))
        ):
            numbers = str(PurePosixPath(name).with_suffix(".csv" if rounded else ".json"))
            drawn = products.get(numbers, Outcome(MISSING)).status
            if drawn == EQUAL or (drawn == IDENTICAL and not rounded):
                yield (
                    name,
                    Outcome(
                        EQUAL,
                        f"other bytes; its numbers, in {PurePosixPath(numbers).name}, are {drawn}",
                    ),
                )
            else:
                yield (
                    name,
                    Outcome(
                        DIFFERENT,
                        f"other bytes; its numbers, in {PurePosixPath(numbers).name}, are {drawn}",
                    ),
                )


def _packed(
    archive: Archive, folder: Path, products: Mapping[str, Outcome]
) -> Iterator[tuple[str, Outcome]]:
    """Outcomes of packages, which agree if their inputs and the names of their files do: packed
    bytes depend on zlib and on the drawings inside.
    """
    inputs = {
        made: record["inputs"]
        for record in archive.records().values()
        for made in record["outputs"]
    }
    for name, outcome in products.items():
        if outcome.status == DIFFERENT and name.endswith(PACKED) and name in inputs:
            sources = [products[source].status for source in inputs[name] if source in products]
            sound = not {DIFFERENT, MISSING} & set(sources)
            if sound and _packed_names(archive.root / name) == _packed_names(folder / name) != []:
                yield (
                    name,
                    Outcome(
                        EQUAL,
                        "other bytes; it holds the same files, and what it was made from is equal",
                    ),
                )


def _packed_names(path: Path) -> list[str]:
    """Names of the files in a packed product; empty if it is damaged or missing."""
    try:
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(path.read_bytes()))) as tar:
            return tar.getnames()
    except (OSError, tarfile.TarError, EOFError, zlib.error):
        return []


def _pages(run: str, products: Mapping[str, Outcome]) -> Iterator[tuple[str, Outcome]]:
    """Outcomes of the site's pages, which agree if all other products do: pages contain versions
    and checksums, and their content is compared separately.
    """
    pages = {
        name for name in products if name.startswith(f"{run}/site/") and name.endswith(".html")
    }
    others = (outcome.status for name, outcome in products.items() if name not in pages)
    if not {DIFFERENT, MISSING}.isdisjoint(others):
        return
    for name in pages:
        if products[name].status == DIFFERENT:
            yield name, Outcome(EQUAL, "other bytes; what it shows is compared itself")


def _compare_records(
    archive: Archive,
    folder: Path,
    taken_over: Collection[str],
    products: Mapping[str, Outcome],
    environment: dict[str, None],
) -> dict[str, Outcome]:
    """Outcome by record. A record read by a job is compared before that job's own record, because
    its outcome counts like a product's.
    """
    records = archive.records()
    outcomes: dict[str, Outcome] = {}
    for name in _readers_last(records):
        if name in taken_over:
            outcomes[name] = Outcome(TAKEN_OVER)
        elif not (folder / name).is_file():
            outcomes[name] = Outcome(MISSING, "it was not made")
        elif file_digest(folder / name) == archive.digests[name]:
            outcomes[name] = Outcome(IDENTICAL)
        else:
            outcomes[name] = _compare_with_file(
                records[name], folder / name, {**products, **outcomes}, environment
            )
    return dict(sorted(outcomes.items()))


def _compare_with_file(
    then: Mapping[str, Any],
    path: Path,
    products: Mapping[str, Outcome],
    environment: dict[str, None],
) -> Outcome:
    """Compare a record with the record in a file, possibly written by another program."""
    try:
        now = parse_json(path.read_bytes())
    except ValueError:
        now = None
    if not is_record(now):
        return Outcome(DIFFERENT, "it is not a record")
    return compare_record(then, now, products, environment)


def _readers_last(records: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Records, each after the records read by its job."""
    graph = {
        name: record.get("inputs", {}).keys() & records.keys()
        for name, record in sorted(records.items())
    }
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError:  # does not happen in a run
        return sorted(records)


def compare_record(
    then: Mapping[str, Any],
    now: Mapping[str, Any],
    products: Mapping[str, Outcome],
    environment: dict[str, None],
) -> Outcome:
    """Compare two records: everything except the digests of equal products and records, and the
    environment.

    Args:
        then: Archived record.
        now: Record of the re-execution.
        products: Outcomes of the products, and of the records read by the job.
        environment: Dictionary that receives differences of the environment as its keys.
    """
    tolerated = []
    # The environment first: it is reported for different records as well.
    for part in sorted(
        (then.keys() | now.keys()) - {"digest"}, key=lambda part: (part not in ENVIRONMENT, part)
    ):
        for difference in differences(then.get(part, {}), now.get(part, {})):
            text = f"{difference.path}: {difference.then} → {difference.now}"
            outcome = products.get(difference.path, Outcome(DIFFERENT))
            if part in ENVIRONMENT:
                environment[text if part == "packages" else f"{difference.path} has changed"] = None
                tolerated.append(part)
            elif part in ("inputs", "outputs") and outcome.status == EQUAL:
                tolerated.append("digests of equal products")
            else:
                return Outcome(
                    DIFFERENT,
                    f"{part}: {difference.path}"
                    if part in ("inputs", "outputs")
                    else f"{part}.{text}",
                )
    return Outcome(
        EQUAL,
        f"other {', '.join(dict.fromkeys(tolerated))}"
        if tolerated
        else "other bytes, same content",
    )
