"""XML of HistFactory: defaults as in ROOT, and what is refused."""

import re

import pytest
from support.products.histfactory import write_random_xml

from wollemi_convert.histfactory.document import HistogramName, HistoSys
from wollemi_convert.histfactory.parsing import find_file, read_document
from wollemi_likelihood.base.errors import WollemiError


def test_defaults_are_those_of_root(tmp_path):
    """Which pyhf.readxml does not have: luminosity for each sample, Gaussian ShapeSys, Poisson
    statistics above 5 %, folders of shifted histograms.
    """
    xml = write_random_xml(tmp_path, 1)
    channel = tmp_path / "config/channel0.xml"
    channel.write_text(
        """<Channel Name="SR" InputFile="data/main.root" HistoPath="region0">
        <Data HistoName="observed"/>
        <Sample Name="ttbar" HistoName="ttbar"><StatError Activate="True"/>
        <HistoSys Name="jes" HistoNameLow="dy" HistoNameHigh="signal" HistoPathHigh="other"/>
        <ShapeSys Name="fakes" HistoName="dy"/></Sample></Channel>"""
    )
    first = read_document(xml).channels[0]
    assert (first.threshold, first.constraint) == (0.05, "Poisson")
    (sample,) = first.samples
    assert sample.by_theory
    assert sample.statistics
    assert sample.errors is None
    shift, factors = sample.effects
    assert isinstance(shift, HistoSys)
    assert shift.low == HistogramName("data/main.root", "region0", "dy")
    assert shift.high.key == "other/signal"
    assert factors.constraint == "Gaussian"


def test_paths_are_those_of_where_histfactory_ran(tmp_path):
    xml = write_random_xml(tmp_path, 1)
    found = find_file("top", xml.parent, "data/main.root")
    assert found == tmp_path.resolve() / "data/main.root"
    assert find_file("top", xml.parent, str(found)) == found
    with pytest.raises(WollemiError, match=r"no file 'data/other\.root'"):
        find_file("top", xml.parent, "data/other.root")


MISTAKES = {
    "channel": ("top", "<Combination OutputFilePrefix", "<Channel Name", "it is a Channel, not a"),
    "function": (
        "top",
        "<Measurement",
        '<Function Name="a" Expression="b*c" Dependents="b,c"/><Measurement',
        "Combination: Function is not supported",
    ),
    "attribute": (
        "channel0",
        'Sample Name="dy" HistoName',
        'Sample Name="dy" HistName="dy" HistoName',
        "Sample dy: HistFactory knows no attribute 'HistName'; did you mean 'HistoName'?",
    ),
    "element": ("channel0", "<NormFactor", "<Norm", "Norm is not supported"),
    "number": ("channel0", 'Val="1"', 'Val="one"', "NormFactor mu: Val is 'one'"),
    "range": ("channel0", 'High="8"', 'High="-3"', "Val 1 is not between Low -2 and High -3"),
    "file": ("top", "channel1.xml", "channel2.xml", "there is no file 'config/channel2.xml'"),
    "data": ("channel0", '<Data HistoName="observed" />', "", "channel region0 has no Data"),
    "flag": ("top", 'Const="True"', 'Const="yes"', "Const is 'yes'"),
    "text": ("top", "</Combination>", "", "is not XML"),
    "name": ("channel0", ' HistoName="observed"', "", "it has no HistoName"),
    "nothing": ("top", "config/channel0.xml", " ", "Input names nothing"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(tmp_path, name):
    xml = write_random_xml(tmp_path, 2)
    file, old, new, problem = MISTAKES[name]
    path = xml.with_name(f"{file}.xml")
    text = path.read_text()
    assert old in text
    text = text.replace(old, new)
    if name == "channel":
        text = text.replace("</Combination>", "</Channel>")
    path.write_text(text.replace("</NormFactor>", ""))
    with pytest.raises(WollemiError, match=re.escape(problem)) as caught:
        read_document(xml)
    assert f"{file}.xml" in str(caught.value)
