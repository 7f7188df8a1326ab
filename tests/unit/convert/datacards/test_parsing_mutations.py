"""Datacards in which one word is another: a workspace, or an error in words."""

import json
import random

import pytest
from support.products.datacards import write_random_card

from wollemi_convert.datacards.reading import read_model
from wollemi_likelihood.base.errors import WollemiError

OTHERS = (
    *("nan", "inf", "-inf", "1e400", "-1e400", "9" * 400, "-1", "0", "0.", "1e308", "1_0"),
    *("-", "*", "[]", "[1,nan]", "@0", "text", "", "1/nan", "inf/1", "0/0", "1/", "/", "imax"),
)


@pytest.mark.parametrize("seed", range(2))
def test_each_kind_of_line_with_other_words(tmp_path, seed):
    path = write_random_card(tmp_path, seed)
    lines = path.read_text().splitlines()
    words = [(row, place) for row, line in enumerate(lines) for place in range(len(line.split()))]
    dice, messages = random.Random(seed), []
    for row, place in dice.sample(words, 40):
        for other in dice.sample(OTHERS, 4):
            found = lines[row].split()
            found[place] = other
            text = "\n".join([*lines[:row], " ".join(found), *lines[row + 1 :]])
            try:
                made = read_model(path, text, "125", (-5.0, 20.0), {})
                json.dumps(made, allow_nan=False)
            except WollemiError as error:
                messages.append(str(error))
    assert len(messages) > 50
    assert max(map(len, messages)) < 1000
