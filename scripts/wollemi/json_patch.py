"""JSON Patch (RFC 6902): what a patch of a likelihood is written in."""

from collections.abc import Mapping, Sequence
from typing import Any

import jsonpatch

from wollemi.errors import WollemiError

REMEDY = "make the patch from the BkgOnly.json of this archive"


def apply_patch(document: Any, operations: Sequence[Mapping[str, Any]], where: str) -> Any:
    """A document with a patch applied; the document itself stays as it is.

    Args:
        document: plain values.
        operations: of RFC 6902.
        where: the patch, for errors.

    Raises:
        WollemiError: it is no patch, or does not apply to this document.
    """
    changed = document
    for number, operation in enumerate(operations, 1):
        try:
            changed = jsonpatch.JsonPatch([operation]).apply(changed)
        except (jsonpatch.InvalidJsonPatch, TypeError, AttributeError) as error:
            problem = f"operation {number} is none of JSON Patch (RFC 6902): {error}"
            raise WollemiError(where, problem, "correct it, or make the patch with jsonpatch or pyhf") from None
        except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as error:
            what = f"operation {number}, {operation['op']} '{operation['path']}', does not apply"
            raise WollemiError(where, f"{what}: {_reason(error)}", REMEDY) from None
    return changed


def _reason(error: Exception) -> str:
    """Without the part of the document that the library prints behind it, which can be all of a likelihood."""
    return str(error).partition(" in ")[0]
