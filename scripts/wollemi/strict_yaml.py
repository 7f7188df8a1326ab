"""The one YAML loader, for the Snakefile and the programs: nothing is dropped or guessed silently.

Duplicate keys are an error (PyYAML keeps the last one), and `1e5` is a number (YAML 1.1 reads a string).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from wollemi.errors import WollemiError

_BaseLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FLOAT = re.compile(
    r"^[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+"
    r"|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?|\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
)


class _StrictLoader(_BaseLoader):  # type: ignore[misc]
    """Safe loader with unique keys and YAML 1.2 floats."""


def _construct_mapping(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: dict[Any, yaml.Mark] = {}
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key '{key}' stands twice (first in line {seen[key].line + 1})", key_node.start_mark
            )
        seen[key] = key_node.start_mark
    mapping: dict[Any, Any] = loader.construct_mapping(node, deep=True)
    return mapping


_StrictLoader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)
# Dates stay strings: no setting is a date, and a release such as 2016-01-01 should not change type.
_StrictLoader.yaml_implicit_resolvers = {
    first: [pair for pair in resolvers if pair[0] not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:float")]
    for first, resolvers in _BaseLoader.yaml_implicit_resolvers.items()
}
_StrictLoader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789."))


def load_yaml(path: str | Path) -> Any:
    """Read a YAML file strictly.

    Args:
        path: the file.

    Returns:
        Plain Python values.

    Raises:
        WollemiError: the file is missing, is no UTF-8 text, is no YAML, or has a key twice (with line and column).
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise WollemiError(str(path), f"cannot be read ({error.strerror})", "check the path") from error
    except UnicodeDecodeError as error:
        raise WollemiError(str(path), f"is no UTF-8 text (byte {error.start + 1})", "save it as UTF-8") from error
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 (a safe loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{path}, line {mark.line + 1}, column {mark.column + 1}" if mark else str(path)
        raise WollemiError(place, str(error.problem or error.context), "correct the YAML there") from error
    except yaml.reader.ReaderError as error:
        raise WollemiError(str(path), f"a character that YAML does not allow ({error.reason})", "remove it") from error
