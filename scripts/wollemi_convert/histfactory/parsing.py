"""Parse HistFactory's XML, with the defaults of ROOT's ConfigParser, which differ from those in the
DTD and in pyhf.readxml. Unknown elements and attributes raise an error.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

from wollemi.base.numbers import text_number
from wollemi.base.whole_files import is_file
from wollemi_convert.histfactory.document import (
    GAUSSIAN,
    POISSON,
    Channel,
    Document,
    Effect,
    HistogramName,
    HistoSys,
    Measurement,
    NormFactor,
    OverallSys,
    Sample,
    ShapeFactor,
    ShapeSys,
)
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean

LOGGER = logging.getLogger("wollemi")

Element = ElementTree.Element

_HISTOGRAM = frozenset({"InputFile", "HistoPath", "HistoName"})
_SIDES = frozenset(
    f"Histo{part}{side}" for part in ("File", "Path", "Name") for side in ("Low", "High")
)
# Element → its allowed attributes.
ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "Combination": frozenset({"OutputFilePrefix", "Mode"}),
    "Input": frozenset(),
    "Measurement": frozenset(
        {"Name", "Lumi", "LumiRelErr", "BinLow", "BinHigh", "Mode", "ExportOnly"}
    ),
    "POI": frozenset(),
    "ParamSetting": frozenset({"Val", "Const"}),
    "ConstraintTerm": frozenset({"Type", "RelativeUncertainty"}),
    "Asimov": frozenset({"Name", "FixParams"}),
    "Channel": _HISTOGRAM | {"Name"},
    "Data": _HISTOGRAM | {"Name"},
    "StatErrorConfig": frozenset({"RelErrorThreshold", "ConstraintType"}),
    "Sample": _HISTOGRAM | {"Name", "NormalizeByTheory"},
    "NormFactor": frozenset({"Name", "Val", "Low", "High", "Const"}),
    "OverallSys": frozenset({"Name", "Low", "High"}),
    "HistoSys": _SIDES | {"Name"},
    "ShapeSys": _HISTOGRAM | {"Name", "ConstraintType"},
    "ShapeFactor": _HISTOGRAM | {"Name", "Const"},
    "StatError": _HISTOGRAM | {"Activate"},
}
# Element → its allowed child elements.
CHILDREN: Mapping[str, frozenset[str]] = {
    "Combination": frozenset({"Input", "Measurement"}),
    "Measurement": frozenset({"POI", "ParamSetting", "ConstraintTerm", "Asimov"}),
    "Channel": frozenset({"Data", "StatErrorConfig", "Sample"}),
    "Sample": frozenset(
        {"NormFactor", "OverallSys", "HistoSys", "ShapeSys", "ShapeFactor", "StatError"}
    ),
}
# Elements that pyhf's workspaces cannot express.
REFUSED = {
    "Function": "a factor that is an expression of others is not supported: write it as NormFactor",
    "HistoFactor": "HistFactory itself does not support it yet: write it as HistoSys",
}
CONSTRAINTS = {"Gaussian": GAUSSIAN, "Gauss": GAUSSIAN, "Poisson": POISSON, "Pois": POISSON}
# Defaults of ROOT.
THRESHOLD = 0.05
LUMINOSITY_ERROR = 0.1


def read_document(
    path: Path, check: Callable[[Sequence[Path]], None] = lambda files: None
) -> Document:
    """Read a top-level XML and the channels it refers to.

    Args:
        path: Path of the top-level XML.
        check: Function that raises an error for files that must not be read; called before reading.

    Raises:
        WollemiError: A file is missing, is not HistFactory XML, or uses a construct that pyhf's
            workspaces cannot express.
    """
    root = _root(path, "Combination")
    inputs = [_text(path, item) for item in root.iter("Input")]
    measurements = [_measurement(str(path), item) for item in root.iter("Measurement")]
    for kind, found in (("Input", inputs), ("Measurement", measurements)):
        if not found:
            raise WollemiError(str(path), f"it has no {kind}", "name the top-level XML")
    files = [find_file(str(path), path.parent, name) for name in inputs]
    check(files)
    channels = [_channel(file) for file in files]
    names = [item.name for item in channels]
    repeated = [name for name in names if names.count(name) > 1]
    if repeated:
        problem = f"two channels are called '{repeated[0]}'"
        raise WollemiError(str(path), problem, "give each channel its own name")
    return Document(channels, measurements)


def find_file(where: str, folder: Path, name: str) -> Path:
    """Find a file named in an XML, relative to the folder where HistFactory was run: the folder of
    the top-level XML or one above it.

    Args:
        where: Place of the name, for error messages.
        folder: Folder of the top-level XML.
        name: Path as written in the XML.

    Raises:
        WollemiError: The file does not exist.
    """
    folder = folder.resolve()
    for base in (folder, *folder.parents):
        if is_file(base / name):
            return base / name
    problem = f"there is no file '{name}' in {folder} or a folder above it"
    raise WollemiError(where, problem, "correct the path, or put the file there")


def _root(path: Path, kind: str) -> Element:
    """The root of a file after checking all its elements and attributes."""
    try:
        # expat limits the expansion of entities; ElementTree fetches no external ones
        root = ElementTree.parse(path).getroot()  # noqa: S314
    except (OSError, ElementTree.ParseError, ValueError, LookupError) as error:
        raise WollemiError(str(path), f"is not XML: {error}", "write it again") from error
    if root.tag != kind:
        remedy = "name the top-level XML" if kind == "Combination" else f"name the XML of a {kind}"
        raise WollemiError(str(path), f"it is a {root.tag}, not a {kind}", remedy)
    _check(str(path), root)
    return root


def _check(where: str, element: Element) -> None:
    where = _place(where, element)
    known = ATTRIBUTES[element.tag]
    for name in element.attrib:
        if name not in known:
            problem = f"HistFactory knows no attribute '{name}'{did_you_mean(name, known)}"
            raise WollemiError(where, problem, f"it has {', '.join(sorted(known)) or 'none'}")
    for child in element:
        inner = CHILDREN.get(element.tag, frozenset())
        if child.tag not in inner:
            problem = f"{child.tag} is not supported{did_you_mean(str(child.tag), inner)}"
            remedy = REFUSED.get(child.tag, f"use {', '.join(sorted(inner)) or 'none'}")
            raise WollemiError(where, problem, remedy)
        _check(where, child)


def _place(where: str, element: Element) -> str:
    """Location of an element, such as `file, Sample ttbar, HistoSys jes`."""
    name = element.get("Name")
    return f"{where}, {element.tag} {name}" if name else f"{where}, {element.tag}"


def _channel(path: Path) -> Channel:
    root = _root(path, "Channel")
    where = str(path)
    file, folder = root.get("InputFile", ""), root.get("HistoPath", "")
    if not root.get("Name"):
        raise WollemiError(where, "the channel has no Name", "give it one")
    data = root.findall("Data")
    if not data:
        problem = f"channel {root.get('Name')} has no Data, for which HistFactory takes Asimov data"
        raise WollemiError(where, problem, "add a histogram of data, or of the expectation")
    if len(data) > 1:
        LOGGER.warning("%s: only the first of %d Data is taken", where, len(data))
    configuration = root.findall("StatErrorConfig")[-1:]
    settings = configuration[0] if configuration else Element("StatErrorConfig")
    return Channel(
        name=root.get("Name", ""),
        data=_histogram(where, data[0], file, folder),
        threshold=_number(where, settings, "RelErrorThreshold", THRESHOLD),
        constraint=_constraint(where, settings, POISSON),
        samples=[_sample(where, item, file, folder) for item in root.findall("Sample")],
    )


def _sample(where: str, element: Element, file: str, folder: str) -> Sample:
    place = _place(where, element)
    histogram = _histogram(place, element, file, folder)
    statistics = [item for item in element.findall("StatError") if _flag(place, item, "Activate")]
    errors = None
    if statistics and statistics[-1].get("HistoName"):
        errors = _histogram(place, statistics[-1], histogram.file, histogram.folder)
    if not element.get("Name"):
        raise WollemiError(place, "the sample has no Name", "give it one")
    return Sample(
        name=element.get("Name", ""),
        histogram=histogram,
        by_theory=_flag(place, element, "NormalizeByTheory", default=True),
        statistics=bool(statistics),
        errors=errors,
        effects=[
            _effect(_place(place, item), item, histogram)
            for item in element
            if item.tag != "StatError"
        ],
    )


def _effect(where: str, element: Element, of: HistogramName) -> Effect:
    """A modifier; by default its histograms are in the file and folder of the sample."""
    name = element.get("Name")
    if not name:
        raise WollemiError(where, "it has no Name", "give it one")
    if element.tag == "NormFactor":
        return _norm_factor(where, element, name)
    if element.tag == "OverallSys":
        low, high = (_number(where, element, side) for side in ("Low", "High"))
        return OverallSys(name, low, high)
    if element.tag == "HistoSys":
        return HistoSys(name, _side(where, element, "Low", of), _side(where, element, "High", of))
    if element.tag == "ShapeSys":
        errors = _histogram(where, element, of.file, of.folder)
        return ShapeSys(name, errors, _constraint(where, element, GAUSSIAN))
    initial = None
    if element.get("HistoName"):
        initial = _histogram(where, element, of.file, of.folder)
    return ShapeFactor(name, initial, _flag(where, element, "Const"))


def _norm_factor(where: str, element: Element, name: str) -> NormFactor:
    initial, low, high = (_number(where, element, key) for key in ("Val", "Low", "High"))
    if not low < high or not low <= initial <= high:
        problem = f"Val {initial:g} is not between Low {low:g} and High {high:g}"
        raise WollemiError(where, problem, "correct them")
    return NormFactor(name, initial, (low, high), _flag(where, element, "Const"))


def _side(where: str, element: Element, side: str, of: HistogramName) -> HistogramName:
    return _named(
        where,
        HistogramName(
            element.get(f"HistoFile{side}", of.file),
            element.get(f"HistoPath{side}", of.folder),
            element.get(f"HistoName{side}", ""),
        ),
        f"HistoName{side}",
    )


def _histogram(where: str, element: Element, file: str, folder: str) -> HistogramName:
    """Path of an element's histogram; file and folder are inherited from the enclosing element."""
    name = HistogramName(
        element.get("InputFile", file),
        element.get("HistoPath", folder),
        element.get("HistoName", ""),
    )
    return _named(where, name, "HistoName")


def _named(where: str, name: HistogramName, key: str) -> HistogramName:
    for value, missing in ((name.file, "InputFile"), (name.name, key)):
        if not value:
            raise WollemiError(where, f"it has no {missing}", "add it, here or for what it is in")
    return name


def _measurement(where: str, element: Element) -> Measurement:
    place = _place(where, element)
    values: dict[str, float] = {}
    fixed: set[str] = set()
    for setting in element.findall("ParamSetting"):
        names = (setting.text or "").split()
        if setting.get("Val") is not None:
            values |= dict.fromkeys(names, _number(place, setting, "Val"))
        if _flag(place, setting, "Const"):
            fixed |= set(names)
    if not element.get("Name"):
        raise WollemiError(place, "it has no Name", "give it one")
    return Measurement(
        name=element.get("Name", ""),
        pois=[name for item in element.findall("POI") for name in (item.text or "").split()],
        luminosity=_number(place, element, "Lumi", 1.0),
        error=_number(place, element, "LumiRelErr", LUMINOSITY_ERROR),
        values=values,
        fixed=frozenset(fixed),
        constraints={
            name: item.get("Type", "")
            for item in element.findall("ConstraintTerm")
            for name in (item.text or "").split()
        },
    )


def _text(path: Path, element: Element) -> str:
    text = (element.text or "").strip()
    if not text:
        raise WollemiError(str(path), f"{element.tag} names nothing", "name a file, or take it out")
    return text


def _constraint(where: str, element: Element, default: str) -> str:
    given = element.get("ConstraintType")
    if given is None:
        return default
    if given not in CONSTRAINTS:
        problem = f"ConstraintType is '{given}'"
        raise WollemiError(where, problem, "write Gaussian or Poisson")
    return CONSTRAINTS[given]


def _flag(where: str, element: Element, key: str, default: bool = False) -> bool:
    given = element.get(key)
    if given is None:
        return default
    if given.lower() not in ("true", "false"):
        raise WollemiError(where, f"{key} is '{given}'", "write True or False")
    return given.lower() == "true"


def _number(where: str, element: Element, key: str, default: float | None = None) -> float:
    given = element.get(key)
    if given is None and default is not None:
        return default
    if given is None:
        raise WollemiError(where, f"it has no {key}", "write a number")
    return text_number(where, key, given.strip())
