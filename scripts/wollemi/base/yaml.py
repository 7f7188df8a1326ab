"""The only YAML loader, for the Snakefile and the programs: nothing is dropped or guessed silently.

Keys are the text in the file, and unique as such (PyYAML keeps the last of two equal keys, and
JSON makes 2012 and "2012" equal). `1e5` is a number (YAML 1.1 reads a string), `1:30` and `010` are
not (YAML 1.1 reads 90 and 8), and all numbers are finite. The size of expanded aliases and the
depth of nested values are limited: a small file never becomes a large document.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from wollemi_likelihood.base.errors import WollemiError

if TYPE_CHECKING:
    Document = Mapping[str, Any]  # content of a file, or a part of it, as written

_BaseLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_FLOAT = re.compile(
    r"^[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+"
    r"|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?|\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
)
_INTEGER = re.compile(r"^[-+]?(?:0|[1-9][0-9_]*)$")
# Dates remain strings: no setting is a date, and a release such as 2016-01-01 must not change type.
_RESOLVED = ("bool", "null", "merge")
_KEYS = tuple(_TAG + kind for kind in ("str", "int", "float"))
_LARGEST_FILE = 8_000_000  # bytes
_DEEPEST = 60
_LARGEST_COPY = 100_000  # values that aliases may add
_LONGEST_INTEGER = 18  # digits


class _StrictLoader(_BaseLoader):  # type: ignore[misc]
    """Safe loader with unique keys, the numbers of YAML 1.2, and only JSON types."""


def _error(problem: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


def _construct_mapping(loader: Any, node: yaml.Node) -> dict[str, Any]:
    if not isinstance(node, yaml.MappingNode):
        raise _error("is not a mapping", node)
    seen: dict[str, yaml.Mark] = {}
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = _key(key_node)
        if key in seen:
            raise _error(
                f"the key '{key}' appears twice (first in line {seen[key].line + 1})", key_node
            )
        seen[key] = key_node.start_mark
        mapping[key] = loader.construct_object(value_node, deep=True)
    return mapping


def _key(node: yaml.Node) -> str:
    """Key as written."""
    if not isinstance(node, yaml.ScalarNode):
        raise _error("a key is text, not a list or a mapping", node)
    if node.tag == _TAG + "merge":
        raise _error("merging with '<<' hides what a mapping holds; write its keys out", node)
    if node.tag not in _KEYS:
        raise _error(f"as a key, '{node.value}' is not text in YAML; put it in quotes", node)
    return str(node.value)


def _construct_bool(loader: Any, node: yaml.ScalarNode) -> bool:
    value = _BaseLoader.bool_values.get(str(node.value).lower())
    if value is None:
        raise _error(f"'{str(node.value)[:30]}' is neither true nor false", node)
    return bool(value)


def _construct_null(loader: Any, node: yaml.ScalarNode) -> None:
    if str(node.value).lower() not in ("", "~", "null"):
        raise _error(f"'{str(node.value)[:30]}' is not null", node)


def _construct_integer(loader: Any, node: yaml.ScalarNode) -> int:
    text = str(node.value).replace("_", "")
    if not _INTEGER.match(text):
        raise _error(f"'{text[:30]}' is not a whole number", node)
    if len(text.lstrip("+-")) > _LONGEST_INTEGER:
        raise _error(
            f"a number of {len(text.lstrip('+-'))} digits; at most {_LONGEST_INTEGER} are read",
            node,
        )
    return int(text)


def _construct_float(loader: Any, node: yaml.ScalarNode) -> float:
    text = str(node.value).replace("_", "")
    if not _FLOAT.match(text) or not math.isfinite(float(re.sub(r"\.(?=[in])", "", text.lower()))):
        raise _error(f"'{text[:30]}' is not a finite number", node)
    return float(text)


def _refuse_tag(loader: Any, node: yaml.Node) -> Any:
    raise _error(
        f"the tag {node.tag.replace(_TAG, '!!')} is not read; write text, numbers, lists "
        "and mappings",
        node,
    )


_StrictLoader.yaml_constructors = {
    **{_TAG + kind: _BaseLoader.yaml_constructors[_TAG + kind] for kind in ("str", "seq")},
    _TAG + "null": _construct_null,
    _TAG + "bool": _construct_bool,
    _TAG + "map": _construct_mapping,
    _TAG + "int": _construct_integer,
    _TAG + "float": _construct_float,
    None: _refuse_tag,
}
_StrictLoader.yaml_implicit_resolvers = {
    first: [pair for pair in resolvers if pair[0].replace(_TAG, "") in _RESOLVED]
    for first, resolvers in _BaseLoader.yaml_implicit_resolvers.items()
}
_StrictLoader.add_implicit_resolver(_TAG + "int", _INTEGER, list("-+0123456789"))
_StrictLoader.add_implicit_resolver(_TAG + "float", _FLOAT, list("-+0123456789."))


def load_yaml(path: str | Path) -> Any:
    """Read a YAML file strictly.

    Args:
        path: Path of the file.

    Returns:
        Plain values, as in JSON, with text keys.

    Raises:
        WollemiError: The file is missing, is not UTF-8 text or YAML, has a duplicate key, or
            contains values that are not plain (with line and column).
    """
    return parse_yaml(str(path), _read(path))


def parse_yaml(where: str, text: str) -> Any:
    """Read YAML from the text of a file.

    Args:
        where: Name of the file, for errors.
        text: Content of the file.

    Raises:
        WollemiError: The text is invalid; see `load_yaml`.
    """
    try:
        return _load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{where}, line {mark.line + 1}, column {mark.column + 1}" if mark else where
        raise WollemiError(
            place, str(error.problem or error.context), "correct the YAML there"
        ) from error
    except yaml.reader.ReaderError as error:
        raise WollemiError(
            where, f"a character that YAML does not allow ({error.reason})", "remove it"
        ) from error
    except RecursionError as error:  # from PyYAML without its C library
        raise WollemiError(
            where, f"nests deeper than {_DEEPEST} levels", "write it flatter"
        ) from error


def _read(path: str | Path) -> str:
    try:
        size = Path(path).stat().st_size
        if size > _LARGEST_FILE:
            remedy = "name many files by a manifest: see make_manifest"
            raise WollemiError(
                str(path), f"has {size:,} bytes; at most {_LARGEST_FILE:,} are read", remedy
            )
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise WollemiError(
            str(path), f"cannot be read ({error.strerror})", "check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise WollemiError(
            str(path), f"is not UTF-8 text (byte {error.start + 1})", "save it as UTF-8"
        ) from error
    except ValueError as error:  # a zero byte
        raise WollemiError(repr(path), "is not a path", "check the path") from error


def _load(text: str) -> Any:
    loader = _StrictLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _check_size(node)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _check_size(root: yaml.Node) -> None:
    """Refuse a document that becomes too large or too deep when its aliases are expanded; each node
    is visited once.
    """
    sizes: dict[int, tuple[int, int]] = {}
    entered: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting[-1]
        below = [] if isinstance(node, yaml.ScalarNode) else _children(node)
        new = [child for child in below if id(child) not in sizes]
        if new and id(node) not in entered:
            entered.add(id(node))
            waiting += new
            continue
        if new:
            raise _error("an alias inside of what it stands for", node)
        waiting.pop()
        depth = 1 + max((sizes[id(child)][1] for child in below), default=0)
        sizes[id(node)] = 1 + sum(sizes[id(child)][0] for child in below), depth
        if depth > _DEEPEST:
            raise _error(f"nests deeper than {_DEEPEST} levels", node)
    total = sizes[id(root)][0]
    if total > len(sizes) + _LARGEST_COPY:
        raise _error(
            f"its {len(sizes):,} values become {_shown(total)} when the aliases are written out",
            root,
        )


def _children(node: Any) -> list[yaml.Node]:
    return (
        [part for item in node.value for part in item]
        if isinstance(node, yaml.MappingNode)
        else list(node.value)
    )


def _shown(number: int) -> str:
    return f"{number:,}" if number < 10**12 else "more than 10^12"
