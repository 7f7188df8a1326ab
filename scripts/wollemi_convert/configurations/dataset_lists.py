"""Forms of lists of datasets: coffea's fileset, the definitions of PocketCoffea, the inputs of the
Analysis Grand Challenge, and datasets of order and columnflow as plain values.
"""

import gzip
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from wollemi.base.json_text import parse_json
from wollemi.base.yaml import parse_yaml
from wollemi_likelihood.base.errors import WollemiError

FORMS = AGC, POCKET, ORDER, COFFEA = "AGC", "PocketCoffea", "columnflow", "coffea"
NOMINAL = "nominal"
_FILE = re.compile(r"\.(root|parquet|csv)\b|[*?]")
_TREE_OF_FILE = re.compile(r"(?P<path>.+\.root):(?P<tree>[\w/]+)")


@dataclass(frozen=True)
class ListedFile:
    """A file of a list.

    Args:
        address: Path, pattern or URL.
        tree: Name of its tree; empty if the list does not give it.
        values: Further values of the file, such as the number of events.
    """

    address: str
    tree: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ListedDataset:
    """A dataset of a list.

    Args:
        name: Its name in the list.
        files: Its files.
        values: Everything else in the list: key → value.
    """

    name: str
    files: tuple[ListedFile, ...]
    values: Mapping[str, Any]


def list_text(path: Path) -> str:
    """Text of a list, which coffea also writes compressed.

    Raises:
        WollemiError: The file is not text.
    """
    content = path.read_bytes()
    try:
        content = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
        return content.decode("utf-8-sig")
    except (ValueError, OSError, EOFError):
        raise WollemiError(str(path), "is not a text file", "give a configuration") from None


def plain_values(where: str, text: str) -> Any:
    """Values of a list in JSON or YAML.

    Args:
        where: Name of the file, for errors.
        text: Its content.

    Raises:
        WollemiError: The text is neither JSON nor YAML.
    """
    if not text.lstrip().startswith(("{", "[")):
        return parse_yaml(where, text)
    try:
        return parse_json(text)
    except ValueError as error:
        raise WollemiError(where, f"is not JSON ({error})", "correct the JSON") from None


def is_list(form: str, text: str) -> bool:
    """Whether a text is a list of datasets of a form."""
    try:
        return form_of(plain_values("", text)) == form
    except WollemiError:
        return False


def form_of(content: Any) -> str:
    """Program whose list of datasets the values are; empty if they are none."""
    if isinstance(content, list):
        return ORDER if content and all(map(_is_file, content)) else ""
    if not isinstance(content, dict):
        return ""
    datasets = content.get("datasets")
    named = isinstance(datasets, list) and all(
        isinstance(i, dict) and "name" in i for i in datasets
    )
    if (named or isinstance(datasets, dict)) and any(map(_is_order, _items(content))):
        return ORDER
    fits = (form for form, is_of_form in _FORMS.items() if any(map(is_of_form, content.values())))
    return next(fits, "")


def _items(content: dict[str, Any]) -> list[Any]:
    datasets = content.get("datasets", content)
    return datasets if isinstance(datasets, list) else list(datasets.values())


def _is_file(item: Any) -> bool:
    return isinstance(item, str) and bool(_FILE.search(item))


def _listed_files(item: Any) -> Any:
    return item.get("files") if isinstance(item, dict) else None


def _has_files_with(item: Any, key: str) -> bool:
    files = _listed_files(item)
    return (
        isinstance(files, list)
        and bool(files)
        and all(isinstance(file, dict) and key in file for file in files)
    )


def _is_variations(item: Any) -> bool:
    """Whether this is an item of the Grand Challenge: variation → files with their events."""
    values = item.values() if isinstance(item, dict) else ()
    return bool(values) and all(_has_files_with(value, "path") for value in values)


def _is_definition(item: Any) -> bool:
    return _has_files_with(item, "das_names")


def _is_order(item: Any) -> bool:
    return isinstance(item, dict) and "files" not in item and bool(item.keys() & {"keys", "info"})


def _is_fileset(item: Any) -> bool:
    files = item if _listed_files(item) is None else item["files"]
    return isinstance(files, list | dict) and bool(files) and all(map(_is_file, files))


_FORMS = {AGC: _is_variations, POCKET: _is_definition, ORDER: _is_order, COFFEA: _is_fileset}


def listed_datasets(path: Path, content: Any) -> tuple[list[ListedDataset], dict[str, Any]]:
    """Datasets of a list, and the values beside them.

    Args:
        path: Path of the list.
        content: Its values, of a known form.

    Raises:
        WollemiError: The list does not contain the files.
    """
    form = form_of(content)
    if isinstance(content, list) or (form == ORDER and "datasets" in content):
        return list(_ordered(path, content)), {}
    fits = _FORMS[form] if form != COFFEA else _is_dataset
    own = {name: item for name, item in content.items() if fits(item)}
    read = {AGC: _challenge, POCKET: _defined, ORDER: _ordered, COFFEA: _fileset}[form]
    return list(read(path, own)), without(content, *own)


def _is_dataset(item: Any) -> bool:
    """Whether an item of a fileset is a dataset, perhaps without files."""
    return _is_fileset(item) or item == [] or isinstance(_listed_files(item), list | dict)


def _fileset(path: Path, content: dict[str, Any]) -> Iterator[ListedDataset]:
    """Datasets of coffea: name → files, or name → files, metadata and tree."""
    for name, item in content.items():
        given = {"files": item} if _listed_files(item) is None else item
        values = {key: value for key, value in given.items() if key not in ("files", "metadata")}
        metadata = given.get("metadata") or {}
        if not isinstance(metadata, dict):
            raise WollemiError(str(path), f"{name}.metadata is not a mapping", "correct the list")
        yield ListedDataset(name, tuple(_files(path, name, given["files"])), values | metadata)


def _files(path: Path, name: str, files: Any) -> Iterator[ListedFile]:
    """Files as uproot accepts them: paths, `path:tree`, path → tree, path → values."""
    for address in files:
        value = files[address] if isinstance(files, dict) else None
        if not isinstance(address, str) or not isinstance(value, dict | str | None):
            raise WollemiError(str(path), f"{name}.files has no path in {address}", "correct it")
        found = _TREE_OF_FILE.fullmatch(address)
        if isinstance(value, dict):
            yield ListedFile(
                address, str(value.get("object_path") or ""), without(value, "object_path")
            )
        elif found and value is None:
            yield ListedFile(found["path"], found["tree"])
        else:
            yield ListedFile(address, value or "")


def without(values: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """Values without some keys."""
    return {key: value for key, value in values.items() if key not in keys}


def _challenge(path: Path, content: dict[str, Any]) -> Iterator[ListedDataset]:
    """Datasets of the Grand Challenge: process → variation → files with their events."""
    for process, variations in content.items():
        for variation, item in variations.items():
            files = (ListedFile(file["path"], "", without(file, "path")) for file in item["files"])
            name = process if variation == NOMINAL else f"{process}_{variation}"
            values = {"process": process, "variation": variation, **without(item, "files")}
            yield ListedDataset(name, tuple(files), values)


def _defined(path: Path, content: dict[str, Any]) -> Iterator[ListedDataset]:
    """Datasets of PocketCoffea's definitions, from the lists that it has made from them."""
    for label, item in content.items():
        output = str(item.get("json_output", ""))
        lists = [output.replace(".json", f"{kind}.json") for kind in ("_local", "", "_redirector")]
        folders = (Path(), path.parent, path.parent.parent)
        made = next((f / name for name in lists for f in folders if (f / name).is_file()), None)
        if not output or made is None:
            problem = (
                f"{label} is defined by names in DAS, and {output or 'json_output'} is missing"
            )
            remedy = f"make it with `pocket-coffea build-datasets --cfg {path.name}`"
            raise WollemiError(str(path), problem, remedy)
        filled = plain_values(str(made), made.read_text(encoding="utf-8"))
        names = [_pocket_name(label, file.get("metadata", {})) for file in item["files"]]
        missing = [name for name in names if name not in filled]
        if missing:
            remedy = "repeat `pocket-coffea build-datasets`"
            raise WollemiError(str(made), f"does not contain the dataset {missing[0]}", remedy)
        yield from _fileset(made, {name: filled[name] for name in names})


def _pocket_name(label: str, metadata: Mapping[str, Any]) -> str:
    """Name of a dataset in a list that PocketCoffea makes: label, part, year and era of data."""
    parts = [label, *(str(metadata[key]) for key in ("part", "year") if key in metadata)]
    era = [] if metadata.get("isMC", True) else [f"Era{metadata.get('era')}"]
    return "_".join([*parts, *era])


def _ordered(path: Path, content: Any) -> Iterator[ListedDataset]:
    """Datasets as the arguments of order's `Dataset`, or the files of one dataset, as columnflow's
    `GetDatasetLFNs` writes them.
    """
    if isinstance(content, list):  # in a folder of the dataset and the shift
        folders = [folder.name for folder in path.absolute().parents]
        name = folders[1] if folders[0] == NOMINAL else path.stem
        yield ListedDataset(name, tuple(_files(path, name, content)), {})
        return
    beside = without(content, "datasets") if "datasets" in content else {}
    datasets = content.get("datasets", content)
    if isinstance(datasets, list):
        datasets = {str(item["name"]): item for item in datasets}
    for name, item in datasets.items():
        values = {"is_data": False, **beside, **without(item, "info", "keys", "name")}
        for shift, info in (item.get("info") or {NOMINAL: item}).items():
            keys = info.get("keys") or []
            keys = [keys] if isinstance(keys, str) else keys
            own = {"process": name, "variation": shift} | without(info, "keys", "name")
            label = name if shift == NOMINAL else f"{name}_{shift}"
            yield ListedDataset(label, tuple(_files(path, label, keys)), values | own)


def local_files(path: Path, addresses: Collection[str]) -> dict[str, list[str]]:
    """Address → absolute paths of the file on this machine, or of the files of a pattern.

    A remote file may have a copy next to the list: at the end of its path, such as `mc/a.root`.

    Raises:
        WollemiError: Two addresses have the same copy.
    """
    found = {address: _existing(path.parent, address) for address in addresses}
    copies = {a: _copy(path.parent, a) for a in addresses if not found[a]}
    counts = Counter(copy for copy in copies.values() if copy)
    for address, copy in copies.items():
        if counts[copy] > 1:
            problem = f"{copy} may be a copy of {counts[copy]} files, such as {address}"
            raise WollemiError(str(path), problem, "put the copies into folders as in their paths")
        found[address] = [copy] if copy else []
    return found


def _existing(folder: Path, address: str) -> list[str]:
    """Files of a path, a `file://` address or a pattern, from the current folder or the list's."""
    if "://" in address and not address.startswith("file://"):
        return []
    for base in (Path.cwd(), folder.absolute()):
        place = base / address.removeprefix("file://")
        if place.is_file():
            return [str(place)]
        if files := sorted(Path(place.anchor).glob(str(place.relative_to(place.anchor)))):
            return [str(file) for file in files]
    return []


def _copy(folder: Path, address: str) -> str:
    """Copy of a file below a folder, under the end of its path; empty if there is none."""
    parts = [part for part in PurePosixPath(urlsplit(address).path).parts if part.strip("/")]
    ends = (folder.absolute().joinpath(*parts[first:]) for first in range(len(parts)))
    return next((str(end) for end in ends if ".." not in parts and end.is_file()), "")


def remote_file(file: ListedFile) -> dict[str, Any] | None:
    """A public file as an analysis file has it; None if the list does not give size and SHA-256."""
    values = {key.lower(): value for key, value in file.values.items()}
    if not file.address.startswith(("http://", "https://")) or not {"size", "sha256"} <= {*values}:
        return None
    return {"url": file.address, "size": values["size"], "sha256": values["sha256"]}
