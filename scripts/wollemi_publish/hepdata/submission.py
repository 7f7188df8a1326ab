"""A HEPData submission as files: written with hepdata_lib, checked with hepdata-validator, packed
reproducibly.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import warnings
from collections.abc import Mapping, Sequence
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hepdata_lib import Submission, Table, Uncertainty, Variable
from hepdata_validator.full_submission_validator import FullSubmissionValidator
from PIL import Image

from wollemi_likelihood.base.errors import WollemiError, listed
from wollemi_publish.hepdata.columns import Column, Content, Error, with_qualifiers

if TYPE_CHECKING:
    from wollemi.analysis.models.about import About

THUMBNAIL = (240, 179)  # largest size in pixels, as in hepdata_lib
_EVERY_DIGIT = 17  # numbers are already rounded
_SHOWN = 20


@dataclass(frozen=True)
class PublishedTable:
    """A table with its texts, pictures and qualifiers.

    Args:
        title: Name of the table; hepdata_lib derives the file name from it.
        description: Description for readers.
        location: Place in the publication; may be empty.
        keywords: Values by keyword: `observables`, `reactions`, `phrases`, `cmenergies`.
        content: Columns of the table.
        images: Pictures, as PNG files.
        qualifiers: Qualifiers of all columns: `name`, `value` and `units`.
    """

    title: str
    description: str
    location: str
    keywords: Mapping[str, Sequence[str | float]]
    content: Content
    images: Sequence[Path]
    qualifiers: Sequence[dict[str, Any]]


def pack(files: Mapping[str, bytes]) -> bytes:
    """A gzipped tar whose bytes depend only on the names and contents of the files.

    Args:
        files: Content by file name.
    """
    packed = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size = len(files[name])
            tar.addfile(entry, io.BytesIO(files[name]))
    return packed.getvalue()


def write_submission(
    scratch: Path,
    abstract: str,
    tables: Sequence[PublishedTable],
    resources: Sequence[Mapping[str, Any]],
    inspire: int | None,
    about: About | None = None,
) -> Path:
    """Write the files of a submission.

    Args:
        scratch: Empty folder for the files and for thumbnails.
        abstract: Abstract of the record.
        tables: Tables in order.
        resources: Additional resources of the record: `path`, `description` and `file_type`.
        inspire: Number of the INSPIRE record; None if it does not exist.
        about: License of the tables, DOI and related works; None for HEPData's license, CC0.

    Returns:
        Folder of the files.
    """
    submission = Submission()
    if about:
        # hepdata_lib would declare CC0 for the whole submission.
        submission.get_license = lambda: spdx_license(about)
    submission.comment = abstract
    for item in resources:
        path = str(Path(item["path"]).absolute())
        submission.add_additional_resource(
            item["description"], path, copy_file=True, file_type=item["file_type"]
        )
    for description, address in works(about) if about else ():
        submission.add_additional_resource(description, address)
    if inspire is not None:
        submission.add_record_id(inspire, "inspire")
    for table in tables:
        made = _table(table, scratch.absolute())
        if about:
            made.add_data_license(**spdx_license(about))
        submission.add_table(made)
    # hepdata_lib's own tar contains the time; it stays in the working folder.
    with chdir(scratch):
        submission.create_files("files", validate=False)
    return scratch / "files"


def spdx_license(about: About) -> dict[str, str]:
    """License of the data, with its page."""
    return {"name": about.license, "url": f"https://spdx.org/licenses/{about.license}"}


def works(about: About) -> list[tuple[str, str]]:
    """Description and URL of the archive, if it has a DOI, and of related works."""
    archive = [("Archive of the analysis", about.doi)] if about.doi else []
    related = [(f"{item.title} ({item.authors})", item.address) for item in about.related]
    return [
        (text, address if "://" in address else f"https://doi.org/{address}")
        for text, address in (*archive, *related)
    ]


def _table(table: PublishedTable, scratch: Path) -> Table:
    made = Table(table.title)
    made.description, made.location = table.description, table.location
    made.keywords = {name: list(values) for name, values in table.keywords.items()}
    for column in table.content.independent:
        made.add_variable(_variable(column, []))
    for column, own in with_qualifiers(table.content, table.qualifiers):
        made.add_variable(_variable(column, own))
    for image in table.images:
        thumbnail = scratch / f"thumb_{image.name}"
        write_thumbnail(image, thumbnail)
        made.add_additional_resource("Image file", str(image.absolute()), copy_file=True)
        made.add_additional_resource("Thumbnail image file", str(thumbnail), copy_file=True)
    return made


def _variable(column: Column, qualifiers: Sequence[Mapping[str, Any]]) -> Variable:
    binned = isinstance(column.values[0], tuple) if column.values else False
    made = Variable(
        column.name,
        is_independent=not qualifiers,
        is_binned=binned,
        units=column.unit,
        values=list(column.values),
        zero_uncertainties_warning=False,
    )
    made.digits = _EVERY_DIGIT
    for item in qualifiers:
        made.add_qualifier(item["name"], item["value"], item.get("units", ""))
    for error in column.errors:
        made.add_uncertainty(_uncertainty(error))
    return made


def _uncertainty(error: Error) -> Uncertainty:
    """Convert an uncertainty. In rows of zeros and missing values hepdata_lib leaves it out."""
    pairs = any(isinstance(value, tuple) for value in error.values)
    made = Uncertainty(error.label, is_symmetric=not pairs)
    made.values = (
        [(0.0, 0.0) if value is None else value for value in error.values]
        if pairs
        else list(error.values)
    )
    return made


def write_thumbnail(source: Path, target: Path) -> None:
    """Write a small picture of a plot, like hepdata_lib's with ImageMagick.

    Args:
        source: Path of the PNG.
        target: Path of the PNG to write.
    """
    with Image.open(source) as image:
        small = image.convert("RGB")
        small.thumbnail(THUMBNAIL)
        small.save(target, format="PNG", optimize=False)


def validate_submission(folder: Path) -> None:
    """Check the files as hepdata.net does after an upload.

    Args:
        folder: Folder of the files.

    Raises:
        WollemiError: The files are not valid.
    """
    validator = FullSubmissionValidator()
    with warnings.catch_warnings():
        # hepdata-validator 0.3.6 leaves files to the garbage collector
        warnings.simplefilter("ignore", ResourceWarning)
        valid = validator.validate(directory=str(folder))
    if not valid:
        found = [
            f"{Path(name).name}: {item.message}"
            for name, items in validator.get_messages().items()
            for item in items
        ]
        remedy = "correct publication.hepdata in the analysis file"
        raise WollemiError(
            "the HEPData submission", f"hepdata-validator refuses it{listed(found, _SHOWN)}", remedy
        )
