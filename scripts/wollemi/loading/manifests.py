"""Reading manifests, which `make_manifest` writes and the key `manifest` of a dataset refers to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.parts import divided_files
from wollemi.loading.manifest_problems import manifest_contradiction
from wollemi_likelihood.base.errors import WollemiError

if TYPE_CHECKING:
    from wollemi.analysis.models.manifests import Manifest

JSON_ERRORS = (json.JSONDecodeError, UnicodeDecodeError, RecursionError)
REMEDY = "make it again with make_manifest"


def read_manifest(path: Path) -> Manifest:
    """Read a manifest.

    Raises:
        WollemiError: The manifest is missing or invalid.
    """
    from wollemi.analysis.models.manifests import Manifest

    return Manifest.model_validate(manifest_content(path))


def read_parts(dataset: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The parts of a dataset, from its manifest if it has one (see `divided_files`).

    Args:
        dataset: Settings of the dataset, as plain values.

    Raises:
        WollemiError: The manifest is missing or invalid.
    """
    manifest = dataset.get("manifest")
    return divided_files(dataset, None if manifest is None else manifest_content(Path(manifest)))


def manifest_content(path: Path) -> dict[str, Any]:
    """A manifest as plain values, as in the file: digests are computed from these.

    Raises:
        WollemiError: The manifest is missing or invalid.
    """
    # As in `wollemi.loading.load`: most jobs do not need them.
    from pydantic import ValidationError

    from wollemi.analysis.models.manifests import Manifest
    from wollemi.analysis.models.problems import describe_problems

    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
        Manifest.model_validate(content)
    except FileNotFoundError:
        raise WollemiError(
            str(path),
            "this manifest does not exist",
            "make it with make_manifest, or correct the path",
        ) from None
    except JSON_ERRORS as error:
        raise WollemiError(str(path), f"is not a manifest: not JSON ({error})", REMEDY) from None
    except ValidationError as error:
        problem = f"is not a manifest: {describe_problems(error.errors(), {}, Manifest)[0]}"
        raise WollemiError(str(path), problem, REMEDY) from None
    problem = manifest_contradiction(content)
    if problem:
        raise WollemiError(str(path), problem, REMEDY)
    return content
