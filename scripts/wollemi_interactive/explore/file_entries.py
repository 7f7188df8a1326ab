"""Entries added to an analysis file as text; everything else, including comments, is unchanged."""

from typing import Any

import yaml

from wollemi_likelihood.base.errors import WollemiError


def with_entry(text: str, section: str, item: str, where: str) -> str:
    """An analysis file with an additional entry.

    Args:
        text: Text of the file.
        section: Section to which the entry belongs.
        item: Entry, on one line.
        where: Path of the file, for error messages.

    Raises:
        WollemiError: The file has no place for the entry.
    """
    found = _value(yaml.compose(text, Loader=yaml.SafeLoader), section)
    if found is None:
        return text.rstrip("\n") + f"\n\n{section}:\n  {item}\n"
    if not isinstance(found, yaml.MappingNode) or not found.value:
        remedy = f"write there {item}"
        raise WollemiError(f"{where}: {section}", f"is not a mapping of {section}", remedy)
    return _appended(text, found, item)


def with_monitored(text: str, region: str, variable: str, where: str) -> str:
    """An analysis file in which a region monitors another variable.

    Args:
        text: Text of the file.
        region: Name of the region.
        variable: Name of the variable.
        where: Path of the file, for error messages.

    Raises:
        WollemiError: The region is not written out in this file.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    entry = _value(_value(root, "regions"), region)
    if not isinstance(entry, yaml.MappingNode) or not entry.value:
        problem = "is not written out in this file"
        raise WollemiError(
            f"{where}: regions.{region}", problem, f"add {variable} to its `monitor` by hand"
        )
    monitored = _value(entry, "monitor")
    if monitored is None:
        return _appended(text, entry, f"monitor: [{variable}]")
    if isinstance(monitored, yaml.SequenceNode) and monitored.value:
        last = monitored.value[-1]
        if monitored.flow_style:
            return _inserted(text, _end(last), f", {variable}")
        indent = " " * monitored.start_mark.column
        return _inserted(text, _line_end(text, last), f"\n{indent}- {variable}")
    start, end = monitored.start_mark.index, monitored.end_mark.index
    names = [text[start:end]] if isinstance(monitored, yaml.ScalarNode) else []
    return f"{text[:start]}[{', '.join([*names, variable])}]{text[end:]}"


def _value(node: Any, key: str) -> yaml.Node | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((value for name, value in pairs if name.value == key), None)


def _appended(text: str, mapping: yaml.MappingNode, item: str) -> str:
    """A text with an item appended to a non-empty mapping."""
    (first, _), (_, last) = mapping.value[0], mapping.value[-1]
    if mapping.flow_style:
        return _inserted(text, _end(last), f", {item}")
    indent = " " * first.start_mark.column
    return _inserted(text, _line_end(text, last), f"\n{indent}{item}")


def _inserted(text: str, place: int, more: str) -> str:
    return text[:place] + more + text[place:]


def _line_end(text: str, node: yaml.Node) -> int:
    """Position of the end of a value's last line."""
    end = text.find("\n", len(text[: _end(node)].rstrip()))
    return len(text) if end < 0 else end


def _end(node: yaml.Node) -> int:
    """Position of the end of a value; for a block, the end of its last line."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return _end(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _end(node.value[-1])
    return int(node.end_mark.index)
