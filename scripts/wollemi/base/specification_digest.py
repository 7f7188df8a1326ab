"""The digest of a specification, by which a patch set identifies what it applies to."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def digest(specification: Mapping[str, Any], algorithm: str = "sha256") -> str:
    """Digest of a specification, computed like in pyhf 0.7.6 from its JSON with sorted keys
    (`pyhf.utils.digest`).
    """
    return hashlib.new(
        algorithm, json.dumps(specification, sort_keys=True, ensure_ascii=False).encode()
    ).hexdigest()
