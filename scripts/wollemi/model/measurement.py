"""The name of a measurement, with its marks and the codes of its interpolation."""

from wollemi.analysis.models.model import Model
from wollemi.histograms.histogram import notes
from wollemi.model.templates import Histograms
from wollemi.results.marks import BLINDED
from wollemi.statistics.interpolation import Interpolation


def measurement_name(analysis: str, histograms: Histograms, blinded: bool) -> str:
    """Name of the measurement, with marks that every later product repeats: [pseudo-data],
    [PREVIEW], [BLINDED].
    """
    noted = [notes(item) for dataset in histograms.values() for item in dataset.values()]
    marks = {"pseudo_data": "[pseudo-data]", "preview": "[PREVIEW]"}
    found = [mark for key, mark in marks.items() if any(item.get(key) for item in noted)]
    return " ".join([analysis, *found, *([f"[{BLINDED}]"] if blinded else [])])


def interpolation(model: Model) -> Interpolation:
    """The codes of a model."""
    codes = model.interpolation
    return Interpolation() if codes is None else Interpolation(codes.normsys, codes.histosys)
