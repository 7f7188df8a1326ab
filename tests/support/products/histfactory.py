"""Random HistFactory models as XML and ROOT files, with the forms that the XML may have."""

from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement

import hist
import numpy as np
import uproot

SAMPLES = ("signal", "ttbar", "dy")


def write_random_xml(folder: Path, seed: int, scale: float = 1) -> Path:
    """A combination in `config/`, and its histograms in `data/`; HistFactory is run in `folder`.

    Args:
        folder: for all files.
        seed: of the numbers. Odd ones have a luminosity with uncertainty; in others some samples
            are only multiplied by it.
        scale: of the events; a bin of a sample has 20 to 80 times as many.
    """
    random = np.random.default_rng(seed)
    for name in ("config", "data"):
        (folder / name).mkdir()
    combination = Element("Combination", OutputFilePrefix="results/model")
    with (
        uproot.recreate(folder / "data/main.root") as main,
        uproot.recreate(folder / "data/shifts.root") as shifts,
    ):
        for number, bins in enumerate((4, 1)):
            root = _channel(random, (number, seed, scale), bins, main, shifts)
            path = f"config/channel{number}.xml"
            SubElement(combination, "Input").text = path
            ElementTree(root).write(folder / path)
    uncertain = seed % 2 == 1
    measurement = SubElement(
        combination,
        "Measurement",
        Name="main",
        Lumi="1.02" if uncertain else "1.5",
        LumiRelErr="0.03",
    )
    SubElement(measurement, "POI").text = "mu"
    if not uncertain:
        SubElement(measurement, "ParamSetting", Const="True").text = "Lumi"
    SubElement(measurement, "ParamSetting", Const="True", Val="0.4").text = " alpha_held\n "
    SubElement(measurement, "ParamSetting", Val="0.3").text = "alpha_jes"
    ElementTree(combination).write(folder / "config/top.xml")
    return folder / "config/top.xml"


def histogram(events: np.ndarray, errors: np.ndarray | None = None) -> hist.Hist:
    made = hist.Hist(hist.axis.Regular(len(events), 0, 1), storage=hist.storage.Weight())
    made.view().value = events
    made.view().variance = 0 if errors is None else errors**2
    return made


def _channel(random, numbers, bins, main, shifts):
    number, seed, scale = numbers
    folder, total = f"region{number}", np.zeros(bins)
    root = Element("Channel", Name=folder, InputFile="data/main.root", HistoPath=folder)
    SubElement(root, "Data", HistoName="observed")
    form = random.integers(4)
    if form:
        settings = {"ConstraintType": ["", "Gaussian", "Poisson", "Pois"][form]}
        if random.integers(2):
            settings["RelErrorThreshold"] = "0.04"
        SubElement(root, "StatErrorConfig", **settings)
    # only the one in the folder is meant
    main["signal"] = histogram(np.full(bins, 1e6))
    for place, name in enumerate(SAMPLES):
        events = scale * random.uniform(20, 80, bins)
        total += events
        main[f"{folder}/{name}"] = histogram(events, events * random.uniform(0.02, 0.12, bins))
        sample = SubElement(root, "Sample", Name=name, HistoName=name)
        if seed % 2 == 0 and random.integers(2):
            sample.set("NormalizeByTheory", "False")
        _effects(random, sample, f"{folder}_{name}", place, events, (main, folder), shifts)
    main[f"{folder}/observed"] = histogram(random.poisson(total).astype(float))
    return root


def _effects(random, sample, label, place, events, main, shifts):
    bins = len(events)
    if place == 0:
        SubElement(sample, "NormFactor", Name="mu", Val="1", Low="-2", High="8")
    if place == 1 and random.integers(2):
        SubElement(sample, "NormFactor", Name="k", Val="1.1", Low="0", High="5")
    if random.integers(3):
        own = random.integers(2)
        attributes = {"HistoName": f"{label}_errors"} if own else {}
        SubElement(sample, "StatError", Activate="True", **attributes)
        if own:
            file, folder = main
            file[f"{folder}/{label}_errors"] = histogram(random.uniform(0.02, 0.12, bins))
    for name in ("xsec", "held", f"norm_{label}"):
        if random.integers(2):
            low, high = random.uniform(0.8, 0.97), random.uniform(1.02, 1.2)
            SubElement(sample, "OverallSys", Name=name, Low=repr(low), High=repr(high))
    for side in ("up", "down"):
        shifts[f"moved/{label}_{side}"] = histogram(events * random.uniform(0.8, 1.2, bins))
    named = {"HistoNameLow": f"{label}_down", "HistoNameHigh": f"{label}_up"}
    files = {f"HistoFile{side}": "data/shifts.root" for side in ("Low", "High")}
    paths = {f"HistoPath{side}": "moved" for side in ("Low", "High")}
    SubElement(sample, "HistoSys", Name="jes", **named, **files, **paths)
    if random.integers(2):
        kind = [{}, {"ConstraintType": "Poisson"}, {"ConstraintType": "Gaussian"}]
        name = f"fakes_{label}"
        shifts[f"{name}_errors"] = histogram(random.uniform(0.05, 0.3, bins))
        more = {"InputFile": "data/shifts.root", "HistoPath": "", "HistoName": f"{name}_errors"}
        SubElement(sample, "ShapeSys", Name=name, **more, **kind[random.integers(3)])
    if place == 2 and random.integers(4) == 0:
        SubElement(sample, "ShapeFactor", Name=f"free_{label}")
