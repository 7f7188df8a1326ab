"""The container image of the configuration, as described in the metadata of an archive."""

from pathlib import Path
from typing import Any

from wollemi.base.yaml import load_yaml

_KINDS = {"docker": "DockerImage", "oras": "SIFImage", "library": "SIFImage"}


def configured_image() -> str | None:
    """`image` of `config/config.yaml`, or None."""
    return load_yaml(Path("config/config.yaml")).get("image") or None


def image_properties(reference: str) -> dict[str, Any]:
    """Properties of a ContainerImage of the Workflow Run vocabulary.

    Args:
        reference: Address, such as `docker://images.org/owner/name:tag@sha256:...`, or path of a
            SIF file.

    Returns:
        Kind, registry, name, tag and digest, as given by the reference.
    """
    scheme, separator, rest = reference.rpartition("://")
    kind = _KINDS.get(scheme, "DockerImage") if separator else "SIFImage"
    properties = {
        "@type": "ContainerImage",
        "additionalType": {"@id": f"https://w3id.org/ro/terms/workflow-run#{kind}"},
    }
    if not separator:
        return properties | {"name": Path(reference).name}
    path, _, digest = rest.partition("@sha256:")
    first, slash, others = path.partition("/")
    # As in the grammar of the distribution project: a registry has a dot or a port, or is
    # localhost.
    is_registry = bool(slash) and ("." in first or ":" in first or first == "localhost")
    registry, name = (first, others) if is_registry else ("docker.io", path)
    name, _, tag = name.partition(":")
    found = {"registry": registry, "name": name, "tag": tag, "sha256": digest}
    return properties | {key: text for key, text in found.items() if text}
