"""Opening archives: what is refused, and what is said about damage."""

import copy
import hashlib
import io
import json
import struct
import zipfile

import pytest

from wollemi.archive.reading.archive import (
    Archive,
    open_source,
    read_description,
    read_manifest,
    unpack,
)
from wollemi.archive.reading.checks import check_files, check_records
from wollemi.base.json_files import render_json
from wollemi.job.records import seal_record
from wollemi_likelihood.base.errors import WollemiError

CONFIG = {"analysis": "a", "max_events": 0}
DESCRIPTION = {
    "schema": "wollemi-archive-1",
    "wollemi": "0.1.0",
    "run": "a",
    "analysis": "a",
    "config": CONFIG,
    "production_files": "listed",
    "wheels": [],
    "python": "3.11.7",
}
PRODUCT = b'{"mu": 1}'


def sha(content):
    return hashlib.sha256(content).hexdigest()


def contents(description=DESCRIPTION, product=PRODUCT):
    """Files of a minimal archive."""
    record = seal_record({"inputs": {}, "outputs": {"results/a/fit.json": sha(product)}})
    files = {
        "archive.json": json.dumps(description).encode(),
        "results/a/fit.json": PRODUCT,
        "results/a/records/fit_model.json": render_json(record).encode(),
        **dict.fromkeys(
            ("production_files.json", "requirements.txt", "pyproject.toml", "Snakefile"), b"x"
        ),
    }
    return files | {
        "manifest-sha256.txt": "".join(
            f"{sha(files[name])}  {name}\n" for name in sorted(files)
        ).encode()
    }


def write_zip(path, files, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return path


def check(path):
    with open_source(path) as source:
        description, digests = read_description(path, source), read_manifest(path, source)
        check_files(path, source, digests)
    return description, digests


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_zip_and_folder(tmp_path, method):
    path, folder = write_zip(tmp_path / "a.zip", contents(), method), tmp_path / "folder"
    found = check(path)
    assert found[0] == DESCRIPTION
    with open_source(path) as source:
        unpack(source, source.names, folder)
    (folder / "notes.txt").write_text("mine")  # not listed: without effect
    assert check(folder) == found
    archive = Archive(folder, *found)
    check_records(folder, archive)
    assert archive.products() == {"results/a/fit.json": sha(PRODUCT)}


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("../evil", "unsafe name"),
        ("/etc/evil", "unsafe name"),
        ("a/../../evil", "unsafe name"),
        ("C:evil", "unsafe name"),
        ("a\\..\\evil", "unsafe name"),
        ("new\nline", "unsafe name"),
    ],
)
def test_unsafe_names(tmp_path, name, problem):
    with pytest.raises(WollemiError, match=problem):
        check(write_zip(tmp_path / "a.zip", contents() | {name: b""}))
    folder = tmp_path / "folder"  # where only the manifest could name it
    with open_source(write_zip(tmp_path / "b.zip", contents())) as source:
        unpack(source, source.names, folder)
    with (folder / "manifest-sha256.txt").open("a") as file:
        file.write(f"{sha(b'')}  {name}\n")
    with pytest.raises(WollemiError, match=r"unsafe name|is damaged"):
        check(folder)


def test_links_and_doubles(tmp_path):
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as file:
        file.writestr(link, "/etc/passwd")
    with pytest.raises(WollemiError, match="a link"):
        check(tmp_path / "link.zip")
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as file:
        file.writestr("a", "1")
        with pytest.warns(UserWarning, match="Duplicate"):
            file.writestr("a", "2")
    with pytest.raises(WollemiError, match="several files of one name"):
        check(tmp_path / "twice.zip")
    folder = tmp_path / "folder"
    with open_source(write_zip(tmp_path / "b.zip", contents())) as source:
        unpack(source, source.names, folder)
    (folder / "Snakefile").rename(tmp_path / "Snakefile")
    (folder / "Snakefile").symlink_to(tmp_path / "Snakefile")
    with pytest.raises(WollemiError, match="Snakefile is missing"):
        check(folder)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            {"schema": "wollemi-archive-2", "wollemi": "0.2.0"},
            r"written by a newer Wollemi \(0.2.0\)",
        ),
        ({"schema": "other-1"}, "is damaged"),
        ({"schema": "wollemi-archive-x"}, "is damaged"),
        ({"schema": None}, "is damaged"),
        ({"run": "../../etc"}, "is damaged"),
        ({"config": {"analysis": "a", "x": "1 --cores"}}, "is damaged"),
    ],
)
def test_other_descriptions(tmp_path, change, problem):
    with pytest.raises(WollemiError, match=problem):
        check(write_zip(tmp_path / "a.zip", contents(DESCRIPTION | change)))


def test_no_archives(tmp_path):
    with pytest.raises(WollemiError, match="does not exist"):
        check(tmp_path / "none.zip")
    (tmp_path / "text.zip").write_text("text")
    with pytest.raises(WollemiError, match="not a zip file"):
        check(tmp_path / "text.zip")
    with pytest.raises(WollemiError, match=r"not an archive of Wollemi: it has no archive\.json"):
        check(write_zip(tmp_path / "other.zip", {"a": b"1"}))
    with pytest.raises(WollemiError, match="not an archive of Wollemi"):
        check(tmp_path)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_every_changed_byte_is_found(tmp_path, method):
    """Or it is one of the clocks and version fields in the headers of a zip, and what is read is
    the same.
    """
    path = write_zip(tmp_path / "a.zip", contents(), method)
    data, good = path.read_bytes(), check(path)
    for position in range(0, len(data), 5):
        path.write_bytes(data[:position] + bytes([data[position] ^ 0x55]) + data[position + 1 :])
        try:
            assert check(path) == good, position
        except WollemiError:
            continue
    path.write_bytes(data[:-40])
    with pytest.raises(WollemiError, match="not a zip file"):
        check(path)


def test_damaged_and_missing_files_are_named(tmp_path):
    files = contents() | {"results/a/fit.json": b"{}", "Snakefile": b"y"}
    del files["requirements.txt"]
    with pytest.raises(WollemiError) as caught:
        check(write_zip(tmp_path / "a.zip", files))
    text = str(caught.value)
    assert "3 files are not as manifest-sha256.txt says" in text
    for line in (
        "results/a/fit.json has changed",
        "Snakefile has changed",
        "requirements.txt is missing",
    ):
        assert line in text


def test_a_manifest_must_list_what_is_needed(tmp_path):
    files = contents()
    lines = files["manifest-sha256.txt"].splitlines(keepends=True)
    files["manifest-sha256.txt"] = b"".join(line for line in lines if b"archive.json" not in line)
    with pytest.raises(WollemiError, match=r"archive\.json is not listed"):
        check(write_zip(tmp_path / "a.zip", files))
    with pytest.raises(WollemiError, match="line 1 is damaged"):
        check(write_zip(tmp_path / "b.zip", files | {"manifest-sha256.txt": b"no digest\n"}))


def test_products_must_be_what_the_records_tell_of(tmp_path):
    folder = tmp_path / "folder"
    with open_source(write_zip(tmp_path / "a.zip", contents(product=b"another"))) as source:
        unpack(source, source.names, folder)
    with pytest.raises(
        WollemiError,
        match=r"results/a/fit\.json is not what results/a/records/fit_model\.json tells of",
    ):
        check_records(folder, Archive(folder, *check(folder)))
    record = folder / "results/a/records/fit_model.json"
    record.write_text(record.read_text().replace("fit.json", "fat.json"))
    digests = check_digests(folder)
    with pytest.raises(WollemiError, match=r"fit_model\.json does not fit its own digest"):
        check_records(folder, Archive(folder, DESCRIPTION, digests))


def check_digests(folder):
    with open_source(folder) as source:
        return read_manifest(folder, source)


def test_a_source_reads_bytes(tmp_path):
    with (
        open_source(write_zip(tmp_path / "a.zip", contents())) as source,
        source.open("Snakefile") as file,
    ):
        assert isinstance(file, io.BufferedIOBase)
        assert file.read() == b"x"


NO_RECORDS = [
    b"{",
    b"\xff",
    b"[NaN]",
    b"[" * 100_000,
    b"5",
    b'{"outputs": []}',
    b'{"inputs": {}, "outputs": 5}',
]


@pytest.mark.parametrize("content", NO_RECORDS)
def test_a_record_that_is_none(tmp_path, content):
    """A manifest that fits says only that nobody changed it since."""
    name = "results/a/records/fit_model.json"
    files = contents() | {name: content}
    del files["manifest-sha256.txt"]
    files["manifest-sha256.txt"] = "".join(
        f"{sha(files[key])}  {key}\n" for key in sorted(files)
    ).encode()
    with open_source(write_zip(tmp_path / "a.zip", files)) as source:
        unpack(source, source.names, tmp_path / "folder")
    archive = Archive(tmp_path / "folder", *check(tmp_path / "a.zip"))
    with pytest.raises(WollemiError, match=rf"{name}(: this file is not JSON| is not a record)"):
        check_records(tmp_path, archive)


def bomb(folder, size, **changes):
    """A zip with a file of zeros, packed to a thousandth."""
    path = folder / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        with file.open("zeros", "w") as target:
            for _ in range(size // (1 << 20)):
                target.write(bytes(1 << 20))
        for name, content in (contents() | changes).items():
            file.writestr(name, content)
    return path


@pytest.fixture(scope="module")
def packed_zeros(tmp_path_factory):
    return bomb(tmp_path_factory.mktemp("bomb"), 200 << 20)


def test_a_small_zip_that_becomes_large(packed_zeros):
    said = r"its 20\d,\d{3} bytes would become 209,7\d\d,\d{3}"
    with pytest.raises(WollemiError, match=said), open_source(packed_zeros):
        pytest.fail("nothing of it is read")


def test_a_zip_that_says_less_than_it_holds(packed_zeros, tmp_path):
    """The declared size is what is read, whatever is packed there: a checksum then tells."""
    content = packed_zeros.read_bytes()
    declared = struct.pack("<I", 200 << 20)
    assert content.count(declared) == 2  # of the file, and in the directory
    path = tmp_path / "a.zip"
    path.write_bytes(content.replace(declared, struct.pack("<I", 1000)))
    with open_source(path) as source, pytest.raises(zipfile.BadZipFile, match="Bad CRC-32"):
        unpack(source, ["zeros"], tmp_path / "folder")
    assert (tmp_path / "folder/zeros").stat().st_size <= 1000


def test_files_of_a_zip_that_overlap(tmp_path):
    """Many entries of the directory that share their bytes become large without any compression."""
    path = write_zip(tmp_path / "a.zip", {"a": bytes(300_000)})
    with zipfile.ZipFile(path, "a") as file:
        (first,) = file.infolist()
        for number in range(20):
            other = copy.copy(first)
            other.filename = f"b{number}"
            file.filelist.append(other)
            file._didModify = True
    with pytest.raises(WollemiError, match="its files overlap"), open_source(path):
        pass


@pytest.mark.parametrize("name", ["archive.json", "manifest-sha256.txt"])
def test_what_is_small_in_every_archive(tmp_path, name, monkeypatch):
    monkeypatch.setattr("wollemi.archive.reading.archive._LARGEST_DESCRIPTION", 1000)
    monkeypatch.setattr("wollemi.archive.reading.archive._LARGEST_MANIFEST", 1000)
    with pytest.raises(WollemiError, match=f"{name}: it is damaged"):
        check(write_zip(tmp_path / "a.zip", contents() | {name: b" " * 1001 + contents()[name]}))
