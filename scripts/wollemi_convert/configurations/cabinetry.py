"""cabinetry's configuration as an analysis."""

import re
from pathlib import Path
from typing import Any

from wollemi.base.yaml import load_yaml
from wollemi_convert.configurations.document import imported
from wollemi_convert.configurations.expressions import UPROOT, joined, terms
from wollemi_convert.configurations.fit import Fit, Source, Systematic
from wollemi_convert.configurations.imported import Imported
from wollemi_convert.configurations.notes import Block, Notes

# cabinetry reads these for one kind of input only.
_OF_EVENTS = ("Tree", "Weight", "Variable", "Filter", "Binning")
_OF_HISTOGRAMS = ("VariationPath",)


def recognizes(text: str) -> bool:
    """Whether a text looks like a configuration of cabinetry."""
    keys = ("General", "Regions", "Samples", "NormFactors")
    return all(re.search(rf"^{key}\s*:", text, re.MULTILINE) for key in keys)


def read(path: Path) -> Imported:
    """The analysis of a configuration.

    Args:
        path: Path of the configuration.

    Raises:
        WollemiError: The configuration cannot be read, or cannot become an analysis.
    """
    return _Reader(path, load_yaml(path)).read()


class _Reader:
    def __init__(self, path: Path, content: Any) -> None:
        self.notes = Notes(path, UPROOT)
        self.blocks: list[Block] = []
        self.nothing = Block(self.notes, "", "", {})
        top = self.block("configuration", "", content)
        self.general = self.block("General", "", top.get("General", {}))
        self.regions = self.named("Region", "regions", top)
        self.samples = self.named("Sample", "samples", top)
        self.factors = self.named("NormFactor", "model.free_normalizations", top)
        self.systematics = self.named("Systematic", "systematics", top)
        self.is_events = all(item.get("Tree") for item in self.samples.values())
        self.notes.start_from(
            self.path(region.get("RegionPath"), path).partition(":")[0]
            for region in self.regions.values()
            for sample in self.samples.values()
            for path in sample.values("SamplePath") or [None]
        )
        self.fit = Fit(self.notes, {"title": str(self.general.get("Measurement", ""))})

    def block(self, kind: str, name: str, options: Any) -> Block:
        self.blocks.append(Block(self.notes, kind, name, options))
        return self.blocks[-1]

    def named(self, kind: str, section: str, top: Block) -> dict[str, Block]:
        found: dict[str, Block] = {}
        for item in top.values(f"{kind}s"):
            block = self.block(kind, "", item)
            block.name = str(block.get("Name", ""))
            block.title = f"{kind} '{block.name}'"
            found[self.notes.name(section, block.name)] = block
        return found

    def path(self, region: Any, sample: Any, variation: Any = None) -> str:
        path = str(self.general.get("InputPath", ""))
        values = {"RegionPath": region, "SamplePath": sample}
        values["VariationPath"] = variation or self.general.get("VariationPath", "")
        for key, value in values.items():
            if value is None and f"{{{key}}}" in path:
                raise self.notes.error("InputPath", f"a region or sample has no {key}", "add it")
            path = path.replace(f"{{{key}}}", str(value))
        return path

    def read(self) -> Imported:
        fit = self.fit
        for name, block in self.samples.items():
            fit.data += [name] if block.flag("Data") else []
            fit.statistics += [] if name in fit.data or block.flag("DisableStaterror") else [name]
            for region in block.chosen("Regions", self.regions):
                fit.sources[name, region] = self.source(block, region)
            if name in fit.data and block.get("Weight") is not None:
                self.notes.lacks(f"{block.title}, Weight", "data are not weighted here")
        if len(fit.data) != 1:
            raise self.notes.error("Samples", f"has {len(fit.data)} samples of data", "give one")
        for name, block in self.regions.items():
            content: dict[str, Any] = {"expression": block.expression("Variable") or "1"}
            content["edges"] = block.values("Binning") if self.is_events else fit.edges(name)
            selection = block.expression("Filter") if self.is_events else ""
            fit.regions[name] = {
                "selection": selection or "1 > 0",
                "variable": fit.variable(name, content),
                "role": "signal",
            }
        self.read_factors()
        for name, block in self.systematics.items():
            self.systematic(str(block.get("ModifierName") or name), block)
        ignored = _OF_HISTOGRAMS if self.is_events else _OF_EVENTS
        for block in self.blocks:
            block.finish((*ignored, "HistogramFolder"), {})
        return imported(fit)

    def source(self, sample: Block, region: str, side: Block | None = None) -> Source:
        """Events or histograms of a sample in a region, nominal or for a side of a systematic."""
        block, own = self.regions[region], side or self.nothing
        files = own.values("SamplePath") or sample.values("SamplePath") or [None]
        place = own.get("RegionPath") or block.get("RegionPath")
        if not self.is_events:
            path = self.path(place, files[0], own.get("VariationPath"))
            file, _, histogram = path.rpartition(":")
            return Source(self.notes.files(file), histograms=(histogram,))
        found = [one for file in files for one in self.notes.files(self.path(place, file))]
        weight = own.expression("Weight") or sample.expression("Weight")
        inside = own.expression("Filter") or sample.expression("Filter")
        common = terms(block.expression("Filter"))
        if inside and not {*common} <= {*terms(inside)}:
            text = f"replaces the filter of {block.title} there; here both apply"
            self.notes.lacks(f"{sample.title}, Filter", text)
        return Source(
            tuple(found),
            str(own.get("Tree") or sample.get("Tree")),
            (weight,) if weight else (),
            joined((term for term in terms(inside) if term not in common), "and"),
            own.expression("Variable") or block.expression("Variable"),
        )

    def read_factors(self) -> None:
        fit = self.fit
        held = [self.block("General, Fixed", "", item) for item in self.general.values("Fixed")]
        fixed = {str(item.get("Name")): float(item.get("Value", 0)) for item in held}
        names = {block.name: name for name, block in (self.systematics | self.factors).items()}
        for name, block in self.factors.items():
            samples, regions = (
                block.chosen("Samples", self.samples),
                block.chosen("Regions", self.regions),
            )
            item = fit.factor(name, samples, regions)
            item["bounds"] = [float(bound) for bound in block.values("Bounds") or (0, 10)]
            item["nominal"] = float(block.get("Nominal", fixed.get(block.name, 1)))
            if fixed.get(block.name, item["nominal"]) != item["nominal"]:
                fixed[block.name] = item["nominal"]
                text = f"cabinetry fixes it at Nominal, {item['nominal']:g}, and so does this file"
                self.notes.lacks(f"General, Fixed '{block.name}'", text)
        fit.model["fixed"] = {names.get(name, name): value for name, value in fixed.items()}
        fit.model["floor_negative_bins"] = "keep"
        self.notes.comments["model.floor_negative_bins"] = "as in cabinetry"
        poi = self.general.get("POI")
        fit.pois = [name for name, block in self.factors.items() if block.name == poi]
        if poi and not fit.pois:
            self.notes.lacks(f"General, POI '{poi}'", "is not a NormFactor")

    def systematic(self, name: str, block: Block) -> None:
        up, down = (
            self.block(f"{block.title}, {side}", "", block.get(side, {})) for side in ("Up", "Down")
        )
        mirrored = up.flag("Symmetrize"), down.flag("Symmetrize")
        item = Systematic({}, self.smoothing(block))
        kind = block.get("Type")
        if kind not in ("Normalization", "NormPlusShape") or all(mirrored):
            item.problem = f"its type '{kind}', or its sides, are unknown"
        if mirrored[0]:
            item.treatment["symmetrization"] = "one_sided"
            text = "mirrored before yield and shape are separated: second-order differences"
            self.notes.lacks(f"{block.title}, Up Symmetrize", text)
        samples, regions = (
            block.chosen("Samples", self.samples),
            block.chosen("Regions", self.regions),
        )
        for (sample, region), nominal in self.fit.sources.items():
            if sample not in samples or region not in regions or sample in self.fit.data:
                continue
            if kind == "Normalization":
                sizes = [1.0 + float(side.get("Normalization", 0)) for side in (up, down)]
                item.effects[sample, region] = sizes[0], sizes[1]
                continue
            sides = [self.source(self.samples[sample], region, side) for side in (up, down)]
            # A mirrored upper side is the image of the lower one.
            first = nominal if mirrored[0] else sides[0]
            item.effects[sample, region] = first, None if mirrored[1] else sides[1]
        self.fit.add(self.notes.name("systematics", name), item)

    def smoothing(self, block: Block) -> dict[str, Any]:
        if not block.get("Smoothing"):
            return {}
        smoothing = self.block(f"{block.title}, Smoothing", "", block.get("Smoothing"))
        everywhere = all(
            {*block.chosen(key, known)} <= {*smoothing.chosen(key, known)}
            for key, known in (("Samples", self.samples), ("Regions", self.regions))
        )
        if smoothing.get("Algorithm") == "353QH, twice" and everywhere:
            return {"smoothing": {"method": "353QH"}}
        self.notes.lacks(smoothing.title, "not smoothed: unknown algorithm, or only some templates")
        return {}
