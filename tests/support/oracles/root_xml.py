"""-2 ln L of HistFactory models at some points, by ROOT from their XML.

A program for any Python that has ROOT: `root_xml.py found.json`, with a list of models on stdin:
the folder where the paths in the XML begin, the XML, the measurement, and points, parameter →
value. The wheel of ROOT comes without the parser of the XML (ConfigParser.cxx); this one has its
defaults.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree


def read_measurement(root: Any, xml: str, name: str) -> Any:
    """A measurement with its channels.

    Args:
        root: the module.
        xml: path of the combination.
        name: of the measurement.
    """
    combination = ElementTree.parse(xml).getroot()
    settings = next(item for item in combination.iter("Measurement") if item.get("Name") == name)
    measurement = root.RooStats.HistFactory.Measurement(name, "")
    measurement.SetOutputFilePrefix(str(Path("made").absolute()))
    measurement.SetPOI(settings.findtext("POI").split()[0])
    measurement.SetLumi(float(settings.get("Lumi", "1")))
    measurement.SetLumiRelErr(float(settings.get("LumiRelErr", "0.1")))
    for item in settings.iter("ParamSetting"):
        for parameter in item.text.split():
            if item.get("Const") == "True":
                measurement.AddConstantParam(parameter)
            if item.get("Val"):
                measurement.SetParamValue(parameter, float(item.get("Val")))
    for item in combination.iter("Input"):
        measurement.AddChannel(read_channel(root, ElementTree.parse(item.text.strip()).getroot()))
    measurement.CollectHistograms()
    return measurement


def place(element: Any, file: str, path: str) -> tuple[str, str, str]:
    return element.get("HistoName"), element.get("InputFile", file), element.get("HistoPath", path)


def read_channel(root: Any, element: Any) -> Any:
    file, path = element.get("InputFile", ""), element.get("HistoPath", "")
    channel = root.RooStats.HistFactory.Channel(element.get("Name"))
    channel.SetData(*place(element.find("Data"), file, path))
    threshold, constraint = 0.05, "Poisson"
    for item in element.iter("StatErrorConfig"):
        threshold = float(item.get("RelErrorThreshold", "0.05"))
        constraint = item.get("ConstraintType", "Poisson")
    channel.SetStatErrorConfig(threshold, constraint)
    for item in element.iter("Sample"):
        name, own_file, own_path = place(item, file, path)
        sample = root.RooStats.HistFactory.Sample(item.get("Name"), name, own_file, own_path)
        sample.SetNormalizeByTheory(item.get("NormalizeByTheory", "True") == "True")
        for modifier in item:
            add_modifier(root, sample, modifier, own_file, own_path)
        channel.AddSample(sample)
    return channel


def add_modifier(root: Any, sample: Any, of: Any, file: str, path: str) -> None:
    factory, name = root.RooStats.HistFactory, of.get("Name")
    if of.tag == "OverallSys":
        sample.AddOverallSys(name, float(of.get("Low")), float(of.get("High")))
    elif of.tag == "NormFactor":
        sample.AddNormFactor(name, *(float(of.get(key)) for key in ("Val", "Low", "High")))
    elif of.tag == "HistoSys":
        sides = [
            value
            for side in ("Low", "High")
            for value in (
                of.get(f"HistoName{side}"),
                of.get(f"HistoFile{side}", file),
                of.get(f"HistoPath{side}", path),
            )
        ]
        sample.AddHistoSys(name, *sides)
    elif of.tag == "StatError":
        if of.get("Activate") == "True":
            sample.ActivateStatError(*(place(of, file, path) if of.get("HistoName") else ()))
    elif of.tag == "ShapeSys":
        kind = getattr(factory.Constraint, of.get("ConstraintType", "Gaussian"))
        sample.AddShapeSys(name, kind, *place(of, file, path))
    elif of.tag == "ShapeFactor":
        sample.AddShapeFactor(name)
    else:
        raise ValueError(of.tag)


def values_at(root: Any, model: Any) -> dict[str, Any]:
    """-2 ln L at the points of a model, and which parameters float; others stay as they are."""
    os.chdir(model["folder"])
    measurement = read_measurement(root, model["xml"], model["measurement"])
    space = root.RooStats.HistFactory.MakeModelAndMeasurementFast(measurement)
    config, data = space.obj("ModelConfig"), space.data("obsData")
    # ROOT's sum over the categories of a simultaneous density is 1e-5 off for some of these models,
    # whose expected events are the same to 1e-14: so each channel, and each constraint once
    category = config.GetPdf().indexCat()
    regions = []
    for part in data.split(category):
        density = space.pdf(f"{part.GetName()}_model")
        regions.append(density.createNLL(part, Extended=True))
    constraints = [
        item for item in space.allPdfs() if item.GetName().lower().endswith("constraint")
    ]
    parameters = config.GetPdf().getParameters(data)
    floating = [item.GetName() for item in parameters if not item.isConstant()]
    found = []
    for point in model["points"]:
        for parameter in floating:
            space.var(parameter).setVal(point[parameter])
        terms = sum(item.getLogVal() for item in constraints)
        found.append(2 * sum(region.getVal() for region in regions) - 2 * terms)
    return {"values": found, "floating": floating}


def main() -> None:
    """Write what is found."""
    import ROOT

    models = json.load(sys.stdin)
    ROOT.RooMsgService.instance().setGlobalKillBelow(ROOT.RooFit.ERROR)
    found = [values_at(ROOT, model) for model in models]
    Path(sys.argv[1]).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
