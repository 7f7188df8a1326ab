"""What an import tells of a combination of several analyses."""

from collections.abc import Mapping, Sequence

from wollemi.results.imported import Imported, ImportedModel

TEXTS = dict.fromkeys(("source", "sha256", "digest", "measurement"), "")
MODEL = ImportedModel(**TEXTS, form="JSON", files={})


def imported(
    combined: Mapping[str, ImportedModel], shared: Mapping[str, Sequence[str]]
) -> Imported:
    """A combination of these models, with these shared parameters."""
    numbers = {"poi": "mu", "parameters": 4, "regions": {}, "samples": (), "axes": ()}
    return Imported(**TEXTS, **numbers, signals={}, combined=combined, shared=shared)
