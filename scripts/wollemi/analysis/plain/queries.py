"""Which signals, fitted regions and datasets an analysis has, and which systematics act on them.

Standard library only, on the plain YAML values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Document = Mapping[str, Any]


def as_list(value: Any) -> list[str]:
    """A name or a list of names as a list."""
    return [value] if isinstance(value, str) else list(value or ())


def signal_samples(document: Document) -> list[str]:
    """Names of the signal samples, in the order of the file."""
    return [name for name, sample in document["samples"].items() if sample["role"] == "signal"]


def fitted_regions(document: Document) -> list[str]:
    """Regions that enter the fit, in the order of the file."""
    return [name for name, region in document["regions"].items() if region.get("role") != "validation"]


def sample_datasets(document: Document, role: str | None = None) -> list[str]:
    """Datasets of the samples (of one role), in the order of the file, without repetition."""
    samples = document.get("samples", {}).values()
    names = (name for s in samples if role in (None, s.get("role")) for name in as_list(s.get("datasets")))
    return list(dict.fromkeys(names))


def alternative_datasets(document: Document) -> list[str]:
    """Datasets that replace a sample in a systematic of kind `dataset`."""
    systematics = [s for s in document.get("systematics", {}).values() if s.get("kind") == "dataset"]
    sides = (s.get(side) for s in systematics for side in ("up", "down"))
    names = (name for side in sides for name in as_list(side) if name != "symmetrize")
    return list(dict.fromkeys(names))


def used_datasets(document: Document) -> list[str]:
    """Every dataset that a sample, a systematic or pseudo-data refers to: what has to be made."""
    names = [*sample_datasets(document), *alternative_datasets(document)]
    for name in names:
        draw = document["datasets"].get(name, {}).get("draw")
        names += [source for source in as_list((draw or {}).get("datasets")) if source not in names]
    return list(dict.fromkeys(names))


def acting_systematics(document: Document, dataset: str, *kinds: str) -> dict[str, Any]:
    """Systematics of some kinds that change the events of a dataset, by the names of their histograms.

    What tells only where they enter the model is left out: events do not depend on it.

    Args:
        document: the analysis.
        dataset: name of the dataset.
        kinds: `object`, `column`, `weight`.
    """
    era = dataset_era(document, dataset)
    acting = written_systematics(document, dataset, *kinds)
    return {systematic.get("variation", name): _in_era(systematic, era) for name, systematic in acting.items()}


def written_systematics(document: Document, dataset: str, *kinds: str) -> dict[str, Any]:
    """The same by their names in the analysis, as they stand there."""
    samples, era = document.get("samples", {}), dataset_era(document, dataset)
    own = {name for name, sample in samples.items() if dataset in as_list(sample.get("datasets"))}
    return {
        name: systematic
        for name, systematic in document.get("systematics", {}).items()
        if systematic.get("kind") in kinds and own & set(as_list(systematic.get("samples"))) and acts_in_era(systematic, era)
    }


def _in_era(systematic: Mapping[str, Any], era: str | None) -> dict[str, Any]:
    sides = {side: side_in_era(systematic, side, era) for side in ("up", "down") if side in systematic}
    return {key: value for key, value in {**systematic, **sides}.items() if key not in ("regions", "variation")}


def dataset_era(document: Document, dataset: str) -> str | None:
    """Era of a dataset, if it has one."""
    era = (document["datasets"].get(dataset) or {}).get("era")
    return None if era is None else str(era)


def acts_in_era(systematic: Mapping[str, Any], era: str | None) -> bool:
    """Whether a systematic acts on the events of an era."""
    eras = acting_eras(systematic)
    return eras is None or era in eras


def acting_eras(systematic: Mapping[str, Any]) -> list[str] | None:
    """Eras to which a systematic is restricted, by the key `eras` or by values for some eras only; none: every era."""
    if systematic.get("eras"):
        return [str(era) for era in systematic["eras"]]
    return list(systematic["up"]) if _by_era(systematic, "up") else None


def side_in_era(systematic: Mapping[str, Any], side: str, era: str | None) -> Any:
    """A side of a systematic, its value for an era where there is one for each era."""
    return systematic[side][era] if _by_era(systematic, side) else systematic[side]


def side_place(name: str, systematic: Mapping[str, Any], side: str, era: str | None) -> str:
    """Where a side of a systematic stands in the analysis file, for the datasets of an era."""
    return f"systematics.{name}.{side}{f'.{era}' if _by_era(systematic, side) else ''}"


def _by_era(systematic: Mapping[str, Any], side: str) -> bool:
    return systematic["kind"] in ("normalization", "weight") and isinstance(systematic[side], Mapping)
