"""Systematics of a fit as entries of an analysis file."""

from collections.abc import Iterator, Mapping
from typing import Any

from wollemi.analysis.plain.histogram_paths import Histogram, varied
from wollemi_convert.configurations.expressions import ratio
from wollemi_convert.configurations.fit import Fit, Place, Side, Source

Effects = Mapping[Place, tuple[Side, Side]]
_SIDES = (("up", 0), ("down", 1))
MIRRORED = "symmetrize"


class _UnsayableError(Exception):
    """A systematic without an equivalent."""


def systematics(fit: Fit) -> dict[str, Any]:
    """Section `systematics` of a fit, with notes on those that have no equivalent."""
    made: dict[str, Any] = {}
    for name, item in fit.systematics.items():
        fitted = [place for place in fit.sources if place[1] in fit.fitted]
        effects = {place: item.effects[place] for place in fitted if place in item.effects}
        try:
            if item.problem or not effects:
                raise _UnsayableError(item.problem or "acts on no sample in a region of the fit")
            where = _where(fit, effects)
            entry = _entry(fit, name, effects)
        except _UnsayableError as error:
            fit.notes.lacks(f"systematic '{name}' is left out", str(error))
            continue
        made[name] = entry | where | (item.treatment if entry["kind"] != "normalization" else {})
    return made


def _where(fit: Fit, effects: Effects) -> dict[str, list[str]]:
    """Samples, and regions unless all, of effects on each of the samples in each of the regions."""
    samples = list(dict.fromkeys(sample for sample, _ in effects))
    regions = [name for name in fit.fitted if any(name == region for _, region in effects)]
    expected = {place for place in fit.sources if place[0] in samples and place[1] in regions}
    if expected != {*effects}:
        raise _UnsayableError("it acts on some of its samples in fewer regions than on others")
    return {"samples": samples} | ({} if regions == fit.fitted else {"regions": regions})


def _entry(fit: Fit, name: str, effects: Effects) -> dict[str, Any]:
    sides = [side for both in effects.values() for side in both]
    if any(isinstance(side, float) for side in sides):
        found: dict[str, tuple[Side, Side]] = {}
        for (sample, _), both in effects.items():
            if found.setdefault(sample, both) != both:
                raise _UnsayableError("its sizes, or its kinds, differ between regions")
        if not all(isinstance(side, float) and side > 0 for side in sides):
            raise _UnsayableError("a factor on the yield must be above 0")
        by_sample = {
            key: {sample: both[index] for sample, both in found.items()} for key, index in _SIDES
        }
        return {"kind": "normalization"} | {
            key: values if len({*values.values()}) > 1 else next(iter(values.values()))
            for key, values in by_sample.items()
        }
    changed = {
        key
        for _, index in _SIDES
        for *_, nominal, source in _pairs(fit, effects, index)
        for key in Source._fields
        if getattr(nominal, key) != getattr(source, key)
    }
    if changed & {"selection", "variable"}:
        text = f"it changes the {' and the '.join(sorted(changed))}; see kind: column and object"
        raise _UnsayableError(text)
    patterns = {key: _pattern(fit, effects, index) for key, index in _SIDES}
    if not any(source.tree for source in fit.sources.values()) and all(patterns.values()):
        return {"kind": "histogram", **patterns}
    return _weight(fit, effects) if changed <= {"weight"} else _datasets(fit, name, effects)


def _pairs(fit: Fit, effects: Effects, index: int) -> Iterator[tuple[str, str, Source, Source]]:
    """Sample, region, nominal and varied source, unless a side is a mirror image."""
    for (sample, region), sides in effects.items():
        side = sides[index]
        if isinstance(side, Source):
            yield sample, region, fit.sources[sample, region], side


def _weight(fit: Fit, effects: Effects) -> dict[str, Any]:
    made = {"kind": "weight"}
    for key, index in _SIDES:
        found = {ratio(new.weight, old.weight) for *_, old, new in _pairs(fit, effects, index)}
        if len(found) > 1:
            raise _UnsayableError("its weights differ between samples or regions")
        made[key] = found.pop() if found else MIRRORED
    return made


def _datasets(fit: Fit, name: str, effects: Effects) -> dict[str, Any]:
    samples = {sample for sample, _ in effects}
    if len(samples) > 1:
        raise _UnsayableError(
            f"it has other files or histograms for several samples ({', '.join(sorted(samples))}), "
            "whose paths do not follow from the nominal ones; kind: dataset replaces one sample"
        )
    (sample,) = samples
    made = {"kind": "dataset"}
    for key, index in _SIDES:
        found = {region: source for _, region, _, source in _pairs(fit, effects, index)}
        made[key] = fit.dataset(f"{sample}_{name}_{key}", found) if found else MIRRORED
    return made


def _pattern(fit: Fit, effects: Effects, index: int) -> str | None:
    """Path of the histograms of a side, with placeholders, that is right for all samples."""
    places = []
    for sample, region, old, new in _pairs(fit, effects, index):
        if (len(old.files), len(old.histograms)) != (len(new.files), len(new.histograms)):
            return None
        pairs = [
            [Histogram(file, path) for file in source.files for path in source.histograms]
            for source in (old, new)
        ]
        dataset = fit.dataset(sample, fit.of(sample))
        places += [(region, dataset, *pair) for pair in zip(*pairs, strict=True)]
    if not places:
        return MIRRORED
    region, dataset, old, new = places[0]
    folder, _, last = old.path.rpartition("/")
    shared = {"region": region, "dataset": dataset}
    within = {**shared, "name": last, "folder": folder, "histogram": old.path}
    files = _spellings(new.file, {**shared, "file": old.file.removesuffix(".root")})
    paths = _spellings(new.path, within)
    candidates = [*paths, *(f"{file}:{path}" for path in paths for file in files)]
    for text in candidates:
        if all(varied({"up": text}, "up", old, at, of) == new for at, of, old, new in places):
            return text
    return None


def _spellings(text: str, values: Mapping[str, str]) -> list[str]:
    """A text in which some of the values are replaced by their placeholders, last ones first."""
    found = [text]
    for name, value in values.items():
        found = [
            *(one.replace(value, f"{{{name}}}") for one in found if value and value in one),
            *found,
        ]
    return found
