"""A workspace of pyhf as HistFactory's XML and histograms, with the same likelihood in ROOT."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import numpy as np

from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Likelihood, Parameter

Json = Mapping[str, Any]

# Characters that ROOT allows in the names of its objects.
NAME = re.compile(r"\w+", re.ASCII)
SCHEMA = "HistFactorySchema.dtd"


@dataclass
class Histograms:
    """Histograms by their path in the file: events and their errors, each of shape (bins,)."""

    file: str
    content: dict[str, tuple[Floats, Floats]] = field(default_factory=dict)

    def add(
        self,
        folder: str,
        name: str,
        events: Sequence[float],
        errors: Sequence[float] | None = None,
    ) -> str:
        """Store a histogram.

        Returns:
            Name of the histogram; ROOT expects the folder in HistoPath.
        """
        values = np.asarray(events, np.float64)
        path = f"{folder}/{name}" if folder else name
        self.content[path] = values, np.asarray(0 * values if errors is None else errors)
        return name


def xml_of(workspace: Json, stem: str) -> tuple[dict[str, str], Histograms]:
    """Convert a workspace into HistFactory's XML.

    Args:
        workspace: Workspace of pyhf.
        stem: Stem of the file names.

    Returns:
        Text of each XML by name, the top-level XML last, and the histograms.

    Raises:
        WollemiError: HistFactory cannot express the workspace.
    """
    likelihoods = [
        Likelihood.from_workspace(workspace, item["name"]) for item in workspace["measurements"]
    ]
    _check_names(workspace)
    by_theory = _all_have_luminosity(workspace, likelihoods)
    histograms = Histograms(f"{stem}.root")
    observed = {item["name"]: item["data"] for item in workspace["observations"]}
    top, texts = Element("Combination", OutputFilePrefix=stem), {}
    for channel in workspace["channels"]:
        name = f"{stem}_{channel['name']}.xml"
        SubElement(top, "Input").text = name
        root = _channel(channel, observed[channel["name"]], likelihoods, by_theory, histograms)
        texts[name] = _text(root)
    names = _root_names(workspace)
    for likelihood, item in zip(likelihoods, workspace["measurements"], strict=True):
        top.append(_measurement(item["name"], likelihood, likelihoods[0], names, by_theory))
    texts[f"{stem}.xml"] = _text(top)
    return texts, histograms


def _text(root: Element) -> str:
    indent(root)
    return f"<!DOCTYPE {root.tag} SYSTEM '{SCHEMA}'>\n{tostring(root, encoding='unicode')}\n"


def _check_names(workspace: Json) -> None:
    names = []
    places: dict[tuple[str, str], set[str]] = {}
    for channel in workspace["channels"]:
        names.append(channel["name"])
        for sample in channel["samples"]:
            names.append(sample["name"])
            for item in sample["modifiers"]:
                names.append(item["name"])
                places.setdefault((item["type"], item["name"]), set()).add(channel["name"])
    for name in names:
        if not NAME.fullmatch(name):
            problem = f"ROOT takes only letters, digits and _ in names, and not '{name}'"
            raise WollemiError("workspace", problem, "rename it")
    for (kind, name), channels in places.items():
        if kind == "staterror" and len(channels) > 1:
            problem = f"staterror {name} is in several channels"
            raise WollemiError("workspace", problem, "HistFactory has one for each: rename them")


def _all_have_luminosity(workspace: Json, likelihoods: Sequence[Likelihood]) -> bool:
    """Whether the luminosity multiplies all samples; False if it is absent or without effect.

    Raises:
        WollemiError: The luminosity multiplies only some samples.
    """
    samples = [sample for channel in workspace["channels"] for sample in channel["samples"]]
    having = [any(item["type"] == "lumi" for item in sample["modifiers"]) for sample in samples]
    if all(having) or not any(having):
        return all(having)
    for likelihood in likelihoods:
        parameter = likelihood.parameters[likelihood.index["lumi"]]
        if not (parameter.fixed and parameter.init == 1):
            without = samples[having.index(False)]["name"]
            problem = f"the luminosity multiplies some samples, and not '{without}'"
            remedy = "ROOT multiplies all by it: give all of them lumi, or write it as normsys"
            raise WollemiError("workspace", problem, remedy)
    return False


def _channel(
    channel: Json,
    observed: Sequence[float],
    likelihoods: Sequence[Likelihood],
    by_theory: bool,
    histograms: Histograms,
) -> Element:
    name = channel["name"]
    root = Element("Channel", Name=name, InputFile=histograms.file, HistoPath="")
    SubElement(root, "Data", HistoName=histograms.add("", f"{name}_observed", observed))
    SubElement(root, "StatErrorConfig", RelErrorThreshold="0", ConstraintType="Gaussian")
    together = _statistics_name(channel)
    for sample in channel["samples"]:
        folder = f"{name}/{sample['name']}"
        errors = [item["data"] for item in sample["modifiers"] if item["name"] == together]
        nominal = histograms.add(folder, "nominal", sample["data"], *errors)
        element = SubElement(root, "Sample", Name=sample["name"], HistoName=nominal)
        element.set("HistoPath", folder)
        element.set("NormalizeByTheory", str(by_theory))
        for item in sample["modifiers"]:
            if item["name"] == together:
                SubElement(element, "StatError", Activate="True")
            elif item["type"] != "lumi":
                _add(element, item, sample["data"], folder, likelihoods, histograms)
    return root


def _statistics_name(channel: Json) -> str | None:
    """The staterror that becomes HistFactory's StatError: one shared by samples, or the only one.

    Raises:
        WollemiError: Two staterror parameters of a channel are each shared by samples.
    """
    found: dict[str, int] = {}
    for sample in channel["samples"]:
        for item in sample["modifiers"]:
            if item["type"] == "staterror":
                found[item["name"]] = found.get(item["name"], 0) + 1
    several = [name for name, samples in found.items() if samples > 1]
    if len(several) > 1:
        problem = f"staterror {several[0]} and {several[1]} each act on several samples"
        remedy = "HistFactory has one for the samples of a channel: leave one"
        raise WollemiError(f"channel {channel['name']}", problem, remedy)
    return several[0] if several else next(iter(found), None)


def _add(
    element: Element,
    item: Json,
    nominal: Sequence[float],
    folder: str,
    likelihoods: Sequence[Likelihood],
    histograms: Histograms,
) -> None:
    """Add a modifier that is neither the luminosity nor the channel's statistics."""
    name, kind, data = item["name"], item["type"], item["data"]
    if kind == "normfactor":
        found = [likelihood.parameters[likelihood.index[name]] for likelihood in likelihoods]
        if len({parameter.bounds for parameter in found}) > 1:
            problem = f"'{name}' has another range in another measurement"
            raise WollemiError("workspace", problem, "HistFactory has one: leave one measurement")
        low, high = found[0].bounds
        values = {"Val": found[0].init, "Low": low, "High": high}
        SubElement(element, "NormFactor", {"Name": name, **_numbers(values)})
    elif kind == "normsys":
        values = {"Low": data["lo"], "High": data["hi"]}
        SubElement(element, "OverallSys", {"Name": name, **_numbers(values)})
    elif kind == "histosys":
        down = histograms.add(folder, f"{name}_lo", data["lo_data"])
        up = histograms.add(folder, f"{name}_hi", data["hi_data"])
        made = SubElement(element, "HistoSys", Name=name, HistoNameLow=down, HistoNameHigh=up)
        # ROOT takes the paths from the sample; pyhf does not.
        made.attrib |= {"HistoPathLow": folder, "HistoPathHigh": folder}
    elif kind == "shapefactor":
        SubElement(element, "ShapeFactor", Name=name)
    else:
        events = np.asarray(nominal, np.float64)
        known = events != 0
        relative = np.where(known, data, 0) / np.where(known, events, 1)
        path = histograms.add(folder, f"{name}_relative", relative.tolist())
        constraint = "Poisson" if kind == "shapesys" else "Gaussian"
        made = SubElement(element, "ShapeSys", Name=name, HistoName=path, ConstraintType=constraint)
        made.set("HistoPath", folder)


def _numbers(values: Mapping[str, float]) -> dict[str, str]:
    return {key: repr(float(value)) for key, value in values.items()}


def _root_names(workspace: Json) -> dict[str, str]:
    """Parameter without its bin → its name in ROOT."""
    names = {}
    for channel in workspace["channels"]:
        together = _statistics_name(channel)
        for sample in channel["samples"]:
            for item in sample["modifiers"]:
                name, kind = item["name"], item["type"]
                if kind in ("normsys", "histosys"):
                    names[name] = f"alpha_{name}"
                elif kind in ("normfactor", "lumi"):
                    names[name] = "Lumi" if kind == "lumi" else name
                else:
                    stat = f"stat_{channel['name']}" if name == together else name
                    names[name] = f"gamma_{stat}"
    return names


def _measurement(
    name: str,
    likelihood: Likelihood,
    first: Likelihood,
    names: Mapping[str, str],
    by_theory: bool,
) -> Element:
    where = f"measurement {name}"
    if not likelihood.poi:
        raise WollemiError(where, "it has no parameter of interest", "HistFactory needs one")
    nominal, width = 1.0, 0.1
    if by_theory:
        parameter = likelihood.parameters[likelihood.index["lumi"]]
        nominal, width = parameter.nominal, parameter.width or width
    # ROOT would use special characters of a name, such as [pseudo-data], in names of files
    element = Element("Measurement", Name=re.sub(r"\W", "_", name), ExportOnly="True")
    for key, value in _numbers({"Lumi": nominal, "LumiRelErr": width / nominal}).items():
        element.set(key, value)
    SubElement(element, "POI").text = names[likelihood.poi]
    fixed = [] if by_theory else ["Lumi"]
    bins: dict[str, list[bool]] = {}
    for place, item in enumerate(likelihood.parameters):
        label, bracket, _ = item.name.partition("[")
        root_name = names[label]
        _check_constraint(where, item, root_name)
        if bracket:
            bins.setdefault(root_name, []).append(item.fixed)
            continue
        if item.fixed and root_name not in fixed:
            fixed.append(root_name)
        usual = {"Lumi": nominal}.get(root_name, 0.0 if root_name != label else None)
        usual = first.parameters[place].init if usual is None else usual
        if item.init != usual:
            SubElement(element, "ParamSetting", Val=repr(float(item.init))).text = root_name
    # bins without uncertainty are constant anyway
    fixed += [
        f"{root_name}_bin_{place}"
        for root_name, held in bins.items()
        if all(held)
        for place in range(len(held))
    ]
    if fixed:
        SubElement(element, "ParamSetting", Const="True").text = " ".join(fixed)
    return element


def _check_constraint(where: str, item: Parameter, root_name: str) -> None:
    if root_name.startswith("alpha_") and (item.nominal, item.width) != (0, 1):
        problem = f"'{item.name}' is constrained to {item.nominal:g} ± {item.width:g}"
        raise WollemiError(where, problem, "HistFactory has 0 ± 1 only")
    if root_name.startswith("gamma_") and item.fixed and item.init != 1:
        problem = f"'{item.name}' is held at {item.init:g}"
        raise WollemiError(where, problem, "HistFactory holds factors of bins at 1")
