"""JSON Patch (RFC 6902), the format of a likelihood's patches."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import jsonpatch

from wollemi_likelihood.base.errors import WollemiError

_MOST_OPERATIONS = 10_000
_MOST_COPIED = 100_000  # values
_DEEPEST = 50
REMEDY = "make the patch from the BkgOnly.json of this archive"


def apply_patch(
    document: Any, operations: Sequence[Mapping[str, Any]], where: str, remedy: str = REMEDY
) -> Any:
    """Apply a patch to a copy of a document.

    Args:
        document: Plain values.
        operations: Operations of RFC 6902.
        where: Name of the patch, for errors.
        remedy: Remedy if the patch does not apply.

    Raises:
        WollemiError: The patch is invalid or does not apply to this document.
    """
    if len(operations) > _MOST_OPERATIONS:
        problem = f"has {len(operations):,} operations; at most {_MOST_OPERATIONS:,} are applied"
        raise WollemiError(where, problem, "a signal is one operation a channel")
    changed, left = copy.deepcopy(document), _MOST_COPIED
    for number, operation in enumerate(operations, 1):
        try:
            patch = jsonpatch.JsonPatch([operation])
            left -= _copied(changed, operation, left)
            if left < 0 or str(operation["path"]).count("/") > _DEEPEST:
                raise WollemiError(
                    where,
                    f"operation {number} copies too much, or too deep",
                    "write the sample out",
                )
            changed = patch.apply(changed, in_place=True)
        except (jsonpatch.InvalidJsonPatch, TypeError, AttributeError) as error:
            problem = f"operation {number} is none of JSON Patch (RFC 6902): {error}"
            raise WollemiError(
                where, problem, "correct it, or make the patch with jsonpatch or pyhf"
            ) from None
        except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as error:
            what = f"operation {number}, {operation['op']} '{operation['path']}', does not apply"
            raise WollemiError(where, f"{what}: {_reason(error)}", remedy) from None
    return changed


def _copied(document: Any, operation: Mapping[str, Any], most: int) -> int:
    """Number of values that an operation copies within the document. Copies can be copied again, so
    counting stops at the limit.
    """
    if operation["op"] != "copy":
        return 0
    try:
        waiting = [jsonpatch.JsonPointer(operation.get("from", "")).resolve(document)]
    except jsonpatch.JsonPointerException:
        return 0  # it does not apply
    count = 0
    while waiting and count <= most:
        value = waiting.pop()
        count += 1
        waiting += (
            value.values()
            if isinstance(value, Mapping)
            else value
            if isinstance(value, list)
            else ()
        )
    return count


def _reason(error: Exception) -> str:
    """The message without the part of the document that the library appends, possibly a complete
    likelihood.
    """
    return str(error).partition(" in ")[0]
