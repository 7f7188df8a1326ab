"""Fit, MINOS, profile and limit of a HistFactory model by RooFit and RooStats.

A program for any Python that has ROOT: `root_inference.py combination.xml found.json`, with the
points of the profile on stdin.
"""

import json
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

LEVEL = 0.95
# Bisections of the interval of the limit: 1e-6 of it.
BISECTIONS = 20


def read_measurement(root: Any, xml: str) -> Any:
    """The measurement of an XML of pyhf: the wheel of ROOT comes without its parser.

    The MC statistics get the Gaussian constraints of pyhf, where HistFactory takes Poisson ones by
    default.

    Args:
        root: the module.
        xml: path of the combination.
    """
    combination = ElementTree.parse(xml).getroot()
    settings = combination.find("Measurement")
    measurement = root.RooStats.HistFactory.Measurement(settings.get("Name"), "")
    measurement.SetOutputFilePrefix(combination.get("OutputFilePrefix"))
    measurement.SetPOI(settings.findtext("POI"))
    measurement.SetLumi(float(settings.get("Lumi")))
    measurement.SetLumiRelErr(float(settings.get("LumiRelErr")))
    for path in combination.findall("Input"):
        measurement.AddChannel(read_channel(root, ElementTree.parse(path.text).getroot()))
    measurement.CollectHistograms()
    return measurement


def read_channel(root: Any, element: Any) -> Any:
    """A channel with its data and samples."""
    factory, file = root.RooStats.HistFactory, element.get("InputFile")
    channel = factory.Channel(element.get("Name"))
    channel.SetData(element.find("Data").get("HistoName"), file)
    channel.SetStatErrorConfig(0.0, "Gaussian")
    for item in element.findall("Sample"):
        sample = factory.Sample(item.get("Name"), item.get("HistoName"), file)
        sample.SetNormalizeByTheory(item.get("NormalizeByTheory") == "True")
        for modifier in item:
            add_modifier(root, sample, modifier.tag, dict(modifier.attrib), file)
        channel.AddSample(sample)
    return channel


def add_modifier(root: Any, sample: Any, kind: str, of: dict[str, str], file: str) -> None:
    """What changes the yields of a sample.

    Args:
        root: the module.
        sample: to change.
        kind: tag of the modifier.
        of: its attributes.
        file: with its histograms.
    """
    if kind == "OverallSys":
        sample.AddOverallSys(of["Name"], float(of["Low"]), float(of["High"]))
    elif kind == "NormFactor":
        sample.AddNormFactor(of["Name"], float(of["Val"]), float(of["Low"]), float(of["High"]))
    elif kind == "HistoSys":
        low, high = of["HistoNameLow"], of["HistoNameHigh"]
        sample.AddHistoSys(of["Name"], low, file, "", high, file, "")
    elif kind == "StatError":
        sample.ActivateStatError(of["HistoName"], file)
    elif kind == "ShapeSys":
        poisson = root.RooStats.HistFactory.Constraint.Poisson
        sample.AddShapeSys(of["Name"], poisson, of["HistoName"], file)
    elif kind == "ShapeFactor":
        sample.AddShapeFactor(of["Name"])
    else:
        raise ValueError(kind)


def minimizer(root: Any, model: Any, data: Any) -> Any:
    """The likelihood, and MINUIT 2 for it with a tolerance that hides no difference."""
    options = [
        root.RooFit.Constrain(model.GetNuisanceParameters()),
        root.RooFit.GlobalObservables(model.GetGlobalObservables()),
        root.RooFit.Offset("initial"),
    ]
    likelihood = model.GetPdf().createNLL(data, *options)
    found = root.RooMinimizer(likelihood)
    found.setPrintLevel(-1)
    found.setStrategy(2)
    found.setEps(1e-4)
    return likelihood, found


def errors_and_profile(root: Any, model: Any, data: Any, points: list[float]) -> dict[str, Any]:
    """Best fit with errors, and the rise of -2 ln L at the points.

    Args:
        root: the module.
        model: of RooStats.
        data: to fit.
        points: of the parameter of interest.
    """
    likelihood, search = minimizer(root, model, data)
    poi = model.GetParametersOfInterest().first()
    search.minimize("Minuit2", "migrad")
    search.hesse()
    result = search.save()
    variances = result.covarianceMatrix()
    # `getError` adds what MINUIT's transformation of bounded parameters bends
    fitted = {
        parameter.GetName(): [parameter.getVal(), variances[place][place] ** 0.5]
        for place, parameter in enumerate(result.floatParsFinal())
    }
    lowest = likelihood.getVal()
    search.minos(root.RooArgSet(poi))
    sides = [poi.getErrorLo(), poi.getErrorHi()]
    rises = []
    poi.setConstant(True)
    for point in points:
        poi.setVal(point)
        search.minimize("Minuit2", "migrad")
        rises.append(2 * (likelihood.getVal() - lowest))
    poi.setConstant(False)
    return {"parameters": fitted, "minos": sides, "rises": rises}


def cls_at(root: Any, model: Any, data: Any, strength: float) -> list[float]:
    """CLs of RooStats' AsymptoticCalculator, q̃: observed, and expected at -2 ... +2σ."""
    poi = model.GetParametersOfInterest().first()
    both = []
    for value in (strength, 0.0):
        hypothesis = model.Clone(f"at_{value}")
        poi.setVal(value)
        hypothesis.SetSnapshot(root.RooArgSet(poi))
        both.append(hypothesis)
    calculator = root.RooStats.AsymptoticCalculator(data, both[1], both[0])
    calculator.SetOneSided(True)
    calculator.SetQTilde(True)
    result = calculator.GetHypoTest()
    result.SetBackgroundAsAlt(True)
    null, alternative = result.NullPValue(), result.AlternatePValue()
    expected = [
        calculator.GetExpectedPValues(null, alternative, sigma, True, True)
        for sigma in (-2, -1, 0, 1, 2)
    ]
    return [result.CLs(), *expected]


def upper_limit(root: Any, model: Any, data: Any, place: int) -> float:
    """Where CLs falls below 1 - LEVEL within the bounds, by bisection.

    Args:
        place: 0 for the observed limit, then those expected at -2 ... +2σ.
    """
    poi = model.GetParametersOfInterest().first()
    low, high = 0.0, poi.getMax()
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        above = cls_at(root, model, data, middle)[place] > 1 - LEVEL
        low, high = (middle, high) if above else (low, middle)
    return 0.5 * (low + high)


def main() -> None:
    import ROOT

    xml, target = sys.argv[1:]
    points = json.load(sys.stdin)
    ROOT.RooMsgService.instance().setGlobalKillBelow(ROOT.RooFit.ERROR)
    ROOT.RooStats.AsymptoticCalculator.SetPrintLevel(-1)
    ROOT.Math.MinimizerOptions.SetDefaultMinimizer("Minuit2")
    ROOT.Math.MinimizerOptions.SetDefaultTolerance(1e-4)
    # it keeps the model and the data
    space = ROOT.RooStats.HistFactory.MakeModelAndMeasurementFast(read_measurement(ROOT, xml))
    model, data = space.obj("ModelConfig"), space.data("obsData")
    found = errors_and_profile(ROOT, model, data, points)
    found["limits"] = [upper_limit(ROOT, model, data, place) for place in (0, 3)]
    Path(target).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
