"""XML of HistFactory whose attributes have other values: a workspace, or an error in words."""

import json
import random
from xml.etree import ElementTree

import pytest
from support.products.histfactory import write_random_xml

from wollemi_convert.histfactory.reading import read_model
from wollemi_likelihood.base.errors import WollemiError

OTHERS = (
    "",
    "text",
    "nan",
    "inf",
    "1e400",
    "-1e400",
    "9" * 400,
    "-1",
    "0",
    "1_0",
    "[]",
    "True",
    None,
)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The top-level XML of a model."""
    return write_random_xml(tmp_path_factory.mktemp("xml"), 3)


def attributes(path):
    """Places of the attributes of a file: number of the element, name."""
    for number, element in enumerate(ElementTree.parse(path).getroot().iter()):
        for name in element.attrib:
            yield number, name


def test_each_attribute_with_other_values(model):
    """One at a time, or none at all."""
    dice, messages = random.Random(1), []
    for path in sorted(model.parent.rglob("*.xml")):
        text = path.read_bytes()
        for number, name in list(attributes(path)):
            for other in dice.sample(OTHERS, 4):
                tree = ElementTree.parse(path)
                element = list(tree.getroot().iter())[number]
                if other is None:
                    del element.attrib[name]
                else:
                    element.set(name, other)
                tree.write(path)
                try:
                    json.dumps(read_model(model), allow_nan=False)
                except WollemiError as error:
                    messages.append(str(error))
                path.write_bytes(text)
    assert len(messages) > 100
    assert max(map(len, messages)) < 1000
