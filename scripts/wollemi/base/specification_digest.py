"""The digest of a specification, which identifies the workspace that a patch set applies to."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def digest(specification: Mapping[str, Any], algorithm: str = "sha256") -> str:
    """Digest of a specification as in pyhf 0.7.6 (`pyhf.utils.digest`): of its JSON with sorted
    keys.
    """
    return hashlib.new(
        algorithm, json.dumps(specification, sort_keys=True, ensure_ascii=False).encode()
    ).hexdigest()
