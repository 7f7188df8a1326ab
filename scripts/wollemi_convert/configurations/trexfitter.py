"""TRExFitter's configuration as an analysis."""

import re
from math import prod
from pathlib import Path
from typing import Any

from wollemi_convert.configurations.document import imported
from wollemi_convert.configurations.expressions import ROOT, is_condition, joined, terms
from wollemi_convert.configurations.fit import Fit, Side, Source, Systematic
from wollemi_convert.configurations.imported import Imported
from wollemi_convert.configurations.notes import Block, Notes
from wollemi_convert.configurations.trexfitter_blocks import (
    COSMETIC,
    OF_EVENTS,
    OF_HISTOGRAMS,
    REASONS,
    numbers,
    read_blocks,
)

_READ = ("Job", "Fit", "Limit", "Significance", "Region", "Sample", "NormFactor", "ShapeFactor")
_BY_HAND = "write the analysis by hand: docs/signal_models.md"
_METHODS = {"TWOSIDED": "two_sided", "ABSMEAN": "absolute_mean", "MAXIMUM": "maximum"}


def recognizes(text: str) -> bool:
    """Whether a text looks like a configuration of TRExFitter."""
    heads = re.findall(r"^(Job|MultiFit|Fit|Region|Sample) *: *[\"\w]", text, re.MULTILINE)
    return len({*heads}) > 1 and bool({"Job", "MultiFit"} & {*heads})


def read(path: Path) -> Imported:
    """The analysis of a configuration.

    Args:
        path: Path of the configuration.

    Raises:
        WollemiError: The configuration cannot become an analysis.
    """
    return _Reader(path).read()


class _Reader:
    def __init__(self, path: Path) -> None:
        self.notes = Notes(path, ROOT)
        self.blocks = read_blocks(self.notes, path.read_text(encoding="utf-8-sig"))
        empty = [Block(self.notes, "", "", {})]
        self.job, self.options, self.limit, self.significance = (
            self.blocks.get(kind, empty)[0] for kind in _READ[:4]
        )
        self.is_events = self.job.word("ReadFrom", "HIST").startswith("NTUP")
        self.prefix = "Ntuple" if self.is_events else "Histo"
        self.refuse()
        self.regions, self.samples = self.named("Region"), self.named("Sample")
        self.role = {name: one.word("Type", "BACKGROUND") for name, one in self.samples.items()}
        self.fit = Fit(self.notes, {"title": str(self.job.get("Label") or self.job.name)})
        for key, label in (("center_of_mass_tev", "CmeLabel"), ("luminosity_ifb", "LumiLabel")):
            number = re.match(r"[\d.]+", str(self.job.get(label, "")))
            self.fit.head |= {key: float(number[0])} if number else {}
        self.notes.start_from(
            file
            for sample in self.samples.values()
            for region in self.regions.values()
            for file, _ in self.paths(sample, region)
        )

    def named(self, kind: str) -> dict[str, Block]:
        """Blocks of a kind by their names in the analysis."""
        blocks, section = self.blocks.get(kind, []), f"{kind.lower()}s"
        found = {self.notes.name(section, block.name): block for block in blocks}
        if len(found) < len(blocks):
            raise self.notes.error(section, "use a name twice", "give each block its own name")
        return found

    def refuse(self) -> None:
        """Raise an error for fits of other kinds."""
        samples = self.blocks.get("Sample", [])
        unfolding = any(kind.startswith(("Unfold", "Truth")) for kind in self.blocks)
        for part, is_given, remedy in (
            ("MultiFit", "Job" not in self.blocks, "import each of its fits"),
            ("unfolding", unfolding or self.options.word("FitType") == "UNFOLDING", _BY_HAND),
            ("Morphing", any(block.get("Morphing") for block in samples), _BY_HAND),
            ("ReplacementFile", self.job.get("ReplacementFile"), "replace its texts"),
        ):
            if is_given:
                raise self.notes.error(part, "is not imported", remedy)

    def paths(
        self, sample: Block, region: Block, change: Block | None = None, side: str = ""
    ) -> list[tuple[str, str]]:
        """Files, and names of the tree or TH1: as a systematic says, else sample, region or job."""
        parts = []
        for part in ("Path", "File", "Name"):
            key = f"{self.prefix}{part}"
            given = (
                [change.values(f"{key}s{side}") or change.values(f"{key}{side}")] if change else []
            )
            given += [
                one.values(f"{key}s") or one.values(key) for one in (sample, region, self.job)
            ]
            ends = [
                one.values(f"{key}Suffs") or one.values(f"{key}Suff") for one in (region, sample)
            ]
            ends += [
                change.values(f"{key}Suf{side}") if change else self.job.values(f"{key}Nominal")
            ]
            texts = next((one for one in given if one), [""])
            for end in ends:
                texts = [f"{text}{suffix}" for text in texts for suffix in end or [""]]
            parts.append(texts)
        folders, files, names = parts
        return [(f"{a}/{b}.root", c) for a in folders for b in files for c in names]

    def source(self, name: str, region: str, change: Block | None = None, side: str = "") -> Source:
        """Events or histograms of a sample in a region, nominal or for a side of a systematic."""
        sample, block, is_data = self.samples[name], self.regions[region], self.role[name] == "DATA"
        paths = self.paths(sample, block, change, side)
        found = tuple(
            one for file in dict.fromkeys(f for f, _ in paths) for one in self.notes.files(file)
        )
        inside = tuple(dict.fromkeys(one for _, one in paths))
        is_scaled = sample.flag("NormalizedByTheory", True) and not is_data
        scale = prod(map(float, sample.values("LumiScale") + [self.job.get("Lumi", 1)] * is_scaled))
        if (is_data or not self.is_events) and scale != 1:
            problem, remedy = f"is scaled by {scale:g}", "scale it, and remove Lumi and LumiScale"
            raise self.notes.error(sample.title, problem, remedy)
        if not self.is_events:
            return Source(found, histograms=inside)
        if len(inside) > 1:
            raise self.notes.error(sample.title, "has several trees", "merge them")
        weight = [
            self.job.expression("MCweight") if is_scaled else "",
            block.expression("MCweight"),
        ]
        other = change.expression(f"Weight{side}") if change else ""
        weight += [other] if other else [sample.expression("MCweight")]
        weight += [change.expression(f"WeightSuf{side}")] if change and not other else []
        weight += [f"{scale:.15g}"] if scale != 1 else []
        kept = () if is_data else tuple(one for one in weight if one)
        return Source(found, inside[0], kept, joined(self.selection(sample), "and"))

    def selection(self, block: Block) -> list[str]:
        text = block.expression("Selection")
        if text and not is_condition(text):
            reason = "its value multiplies the weight there; here it is true unless 0"
            self.notes.lacks(f"{block.title}, Selection", reason)
        return terms(text)

    def places(self, block: Block) -> tuple[list[str], list[str]]:
        """Samples and regions that a block acts on."""
        known = self.samples | self.regions
        excluded = block.chosen("Exclude", known) if block.values("Exclude") else []
        samples = [one for one in block.chosen("Samples", self.samples) if one not in excluded]
        return samples, [
            one for one in block.chosen("Regions", self.regions) if one not in excluded
        ]

    def read(self) -> Imported:
        fit, is_statistical = self.fit, self.job.flag("StatOnly")
        kept = [name for name, role in self.role.items() if role != "GHOST"]
        fit.data = [name for name in kept if self.role[name] == "DATA"]
        for name in kept:
            for region in self.places(self.samples[name])[1]:
                fit.sources[name, region] = self.source(name, region)
        for name, block in self.regions.items():
            fit.regions[name] = self.region(name, block)
        self.read_factors()
        self.read_model(is_statistical)
        ignored = COSMETIC | (OF_HISTOGRAMS if self.is_events else OF_EVENTS)
        for block in self.blocks.pop("Systematic", []):
            if is_statistical:
                self.notes.lacks(block.title, "is left out, as in TRExFitter (StatOnly)")
            else:
                self.systematic(block, ignored)
        for kind, blocks in self.blocks.items():
            for block in blocks:
                is_ghost = kind == "Sample" and block.word("Type") == "GHOST"
                block.finish(block.options if is_ghost else ignored, REASONS)
                if kind not in _READ:
                    self.notes.lacks(block.title, "is not read")
        return imported(fit)

    def region(self, name: str, block: Block) -> dict[str, Any]:
        fit, binning = self.fit, block.values("Binning")
        title = re.fullmatch(
            r"([^#_^{}$]*?) *(?:\[([\w/]+)\])?", str(block.get("VariableTitle", ""))
        )
        content: dict[str, Any] = {"expression": (block.values("HistoName") or ["1"])[0]}
        if binning[:1] == ["AutoBin"]:
            text = (
                "its edges are in TRExFitter's log ('Your final binning'): give them as edges of "
            )
            self.notes.lacks(f"{block.title}, Binning {binning}", f"{text}the variable")
            binning = []
        given, coarse = ([*map(float, one)] for one in (binning, block.values("Rebinning")))
        if self.is_events:
            text, number, *ends = [*block.values("Variable"), "1", "0", "0", "1"][:4]
            content["expression"] = self.notes.expression(f"{block.title}, Variable", text)
            low, high = map(float, ends)
            content |= {"edges": given} if given else {"bins": [int(number), low, high]}
            width = (high - low) / max(int(number), 1)
            edges = given or [low + width * place for place in range(int(number) + 1)]
        else:
            content["expression"] = "1" if "/" in content["expression"] else content["expression"]
            content["edges"] = edges = fit.edges(name)
            coarse = coarse or given
        coarse = coarse or edges[:: int(block.get("Rebin", 1))]
        if coarse != edges:
            fit.model.setdefault("fit_edges", {})[name] = coarse
        content |= zip(("label", "unit"), title.groups("") if title else (), strict=False)
        content["merge_flow"] = self.job.flag("MergeUnderOverFlow", self.is_events)
        if content["merge_flow"] and (coarse[0], coarse[-1]) != (edges[0], edges[-1]):
            self.notes.lacks(
                block.title, "events outside of its new bins are in the end bins there"
            )
        variable = fit.variable(name, content)
        selection = joined([*self.selection(self.job), *self.selection(block)], "and") or "1 > 0"
        return {"selection": selection, "variable": variable, "role": self.type(name, block)}

    def type(self, name: str, block: Block) -> str:
        """Role of a region, with notes on its blinding."""
        role, fitted = block.word("Type", "SIGNAL").lower(), self.options.values("FitRegion")
        blind = [self.options.flag("FitBlind"), self.limit.flag("LimitBlind")]
        blind += [self.significance.flag("SignificanceBlind"), block.word("DataType") == "ASIMOV"]
        signal = [self.job.flag("BlindSRs"), self.job.get("BlindingThreshold") is not None]
        if self.fit.data and (any(blind) or (role == "signal" and any(signal))):
            self.fit.tail.setdefault("blinding", {"regions": []})["regions"].append(name)
            self.notes.lacks(f"{block.title}, blinding", "here its data are hidden in all results")
        everything = not fitted or fitted == ["CRSR"]
        left_out = role == "signal" if fitted == ["CRONLY"] else block.name not in fitted
        return "validation" if left_out and not everything else role

    def read_factors(self) -> None:
        fit, needed, fixed = self.fit, "", dict[str, float]()
        for name, block in self.named("NormFactor").items():
            self.factor(
                name,
                *self.places(block),
                [block.get("Nominal", 1), block.get("Min", 0), block.get("Max", 10)],
            )
            fixed |= {name: fit.factors[name]["nominal"]} if block.flag("Constant") else {}
            text, _, parameters = str(block.get("Expression", "")).partition(":")
            if text:
                needed += parameters
                samples = fit.factors.pop(name)["samples"]
                entry = {"expression": self.notes.expression(block.title, text), "samples": samples}
                fit.model.setdefault("factors", {})[name] = entry
        for name, values in re.findall(r"(\w+)\[([^\]]*)\]", needed):
            if name not in fit.factors:
                self.factor(name, [], [*self.regions], values.split(","))
        for name, block in self.samples.items():
            for key, *values in [block.values("NormFactor")] if block.values("NormFactor") else []:
                self.factor(self.notes.name("normfactors", key), [name], [*fit.of(name)], values)
                fixed |= {key: float(values[0])} if values[3:] == ["TRUE"] else {}
        for name, block in self.named("ShapeFactor").items():
            samples, regions = self.places(block)
            regions = [one for one in regions if one in fit.fitted]
            entry = {
                "samples": [one for one in samples if one in fit.simulated],
                "regions": regions,
            }
            fit.model.setdefault("shape_factors", {})[name] = entry
        for name in [name for name, item in fit.factors.items() if not item["samples"]]:
            if f"{name}[" not in needed:
                self.notes.lacks(f"NormFactor '{name}'", "acts on no sample")
                del fit.factors[name]
        fit.model["fixed"] = fixed | numbers(self.options.values("FixNPs"))
        for poi in self.job.values("POI"):
            fit.pois += [poi] if poi in fit.factors else []
            if poi not in fit.factors:
                self.notes.lacks(f"Job, POI '{poi}'", "scales no sample here")

    def factor(self, name: str, samples: list[str], regions: list[str], values: list[Any]) -> None:
        item = self.fit.factor(name, samples, regions)
        if len(values) > 2:
            item |= {"nominal": float(values[0]), "bounds": [float(values[1]), float(values[2])]}

    def read_model(self, is_statistical: bool) -> None:
        fit, job = self.fit, self.job
        threshold = "NONE" if is_statistical else job.word("MCstatThreshold", "0")
        if threshold != "NONE":
            fit.statistics = [
                one for one in fit.simulated if self.samples[one].flag("UseMCstat", True)
            ]
            fit.model |= {"mc_statistics_threshold": float(threshold)} if float(threshold) else {}
        if job.word("MCstatConstraint", "POISSON") != "GAUSSIAN" and fit.statistics:
            text = "factors of bins have Gaussian constraints here (model.mc_statistics_constraint)"
            self.notes.lacks("Job, MCstatConstraint POISSON", text)
        norm, shape = (float(job.get(f"SystPruning{one}", 0)) for one in ("Norm", "Shape"))
        fit.model |= {"prune_below": {"norm": norm, "shape": shape}} if norm or shape else {}
        asimov = numbers(self.options.values("POIAsimov") + self.options.values("NPValues"))
        asimov |= dict.fromkeys(fit.pois, asimov.pop("")) if "" in asimov else {}
        asimov = {one: value for one, value in asimov.items() if value != 1 or one not in fit.pois}
        fit.model |= {"asimov": asimov} if asimov else {}
        if self.options.word("FitType", "SPLUSB") == "BONLY":
            self.notes.lacks("Fit, FitType BONLY", "both fits run; see background_only in fit.json")
        level = float(self.limit.get("ConfidenceLevel", 0.95))
        fit.tail["limits"] = {"level": level} if fit.pois and level != 0.95 else {}
        if self.limit.word("LimitType", "ASYMPTOTIC") != "ASYMPTOTIC":
            self.notes.lacks("Limit, LimitType", "limits are asymptotic here; see limits.toys")
        self.notes.comments["model"] = "TRExFitter sets bins at or below 0 to 10⁻⁶; here they are 0"

    def systematic(self, block: Block, ignored: set[str]) -> None:
        fit, kind = self.fit, block.word("Type", "HISTO")
        (samples, regions), split = self.places(block), block.word("Decorrelate")
        name = self.notes.name("systematics", str(block.get("NuisanceParameter") or block.name))
        pattern = rf"({self.prefix}|Weight)\w*"
        has = {
            side: any(re.fullmatch(f"{pattern}{side}", key) for key in block.options)
            for side in ("Up", "Down")
        }
        treatment, is_mirrored = self.treatment(block, has)
        without = [pair.split(":") for pair in block.values("ExcludeRegionSample")]
        groups: dict[str, Systematic] = {}
        for sample, region in fit.sources:
            uses = sample in fit.simulated and self.samples[sample].flag("UseSystematics", True)
            if (
                not uses
                or sample not in samples
                or region not in regions
                or [region, sample] in without
            ):
                continue
            sides: list[Side] = [1 + float(block.get(f"Overall{side}", 0)) for side in has]
            if kind != "OVERALL":
                sides = [
                    self.source(sample, region, block, side)
                    if has[side]
                    else fit.sources[sample, region]
                    for side in has
                ]
            end = {"REGION": f"_{region}", "SAMPLE": f"_{sample}"}.get(split, "")
            effects = groups.setdefault(f"{name}{end}", Systematic({}, treatment)).effects
            effects[sample, region] = sides[0], None if is_mirrored else sides[1]
        lost = {".*": "has no equivalent, and the systematic is left out"}
        unread = bool(groups) and block.finish(ignored, lost)
        known = kind == "OVERALL" or (kind == "HISTO" and any(has.values()))
        known &= block.word("Symmetrisation") in ("", "ONESIDED", *_METHODS)
        for one, item in (groups or {name: Systematic({})}).items():
            if unread or not known or split not in ("", "REGION", "SAMPLE"):
                item.problem = f"its keys, its type {kind}, or its sides have no equivalent"
            fit.add(one, item)

    def treatment(self, block: Block, has: dict[str, bool]) -> tuple[dict[str, Any], bool]:
        """Smoothing and symmetrization, and whether the lower side mirrors the upper one."""
        made: dict[str, Any] = {}
        changes, given = int(float(block.get("Smoothing", 0))) // 10, block.word("Symmetrisation")
        option = block.word("SmoothingOption") or self.job.word("SmoothingOption", "MAXVARIATION")
        if changes and option == "MAXVARIATION":
            more = {"slope_changes": changes} if changes != 4 else {}
            made["smoothing"] = {"method": "max_variation"} | more
        elif changes:
            self.notes.lacks(f"{block.title}, Smoothing", f"not smoothed: {option} is unknown here")
        if given and not self.job.flag("AlternativeShapeHistFactory"):
            text = (
                "yield and shape are mirrored separately here (AlternativeShapeHistFactory: TRUE)"
            )
            self.notes.lacks("Symmetrisation", text)
        is_mirrored = given == "ONESIDED" and has["Up"] and not has["Down"]
        if given and not is_mirrored:
            made["symmetrization"] = _METHODS.get(given, "one_sided")
        return made, is_mirrored
