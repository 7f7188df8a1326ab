"""Values of a dataset in a list: no key is lost, and no contradiction is decided."""

import json
from pathlib import Path

import numpy as np
import pytest

from wollemi_convert.configurations.dataset_values import MEANINGS, ListNotes, Values
from wollemi_convert.configurations.filesets import read_fileset
from wollemi_likelihood.base.errors import WollemiError

READ = {
    **{"xsec": 2.5, "kfactor": 1.2, "filter_eff": 0.5, "isMC": "True", "datatype": "mc"},
    **{"das_names": "['/a/b/NANOAODSIM']", "size": "12", "year": 2018, "sample": "dy"},
    **{
        "uuid": "a-b",
        "steps": [[0, 1500]],
        "num_entries": 1500,
        "form": None,
        "treename": "Events",
    },
}
OF_FILES = ("uuid", "steps", "num_entries", "size")


def spelled(random, key):
    """A key in another spelling."""
    text = key.replace("_", random.choice(["_", "-", " "]))
    return random.choice([text, text.upper(), text.title()])


@pytest.mark.parametrize("seed", range(12))
def test_no_key_is_lost(tiny, tmp_path, seed):
    """Unknown keys at every level of generated filesets are named, known ones are not."""
    random, numbers = np.random.default_rng(seed), iter(range(100))
    unknown = []

    def values(known):
        chosen = random.choice(known, random.integers(len(known)), replace=False)
        found = {spelled(random, key): READ[key] for key in map(str, chosen)}
        for _ in range(random.integers(3)):
            unknown.append(f"{random.choice(['hlt', 'x sec', 'k_fac', 'is'])}_{next(numbers)}")
            found[unknown[-1]] = [1, "a", None, {"b": 2}][random.integers(4)]
        return found

    files = {str(tiny / "input/dy_high_0.root"): {"object_path": "Events"} | values(OF_FILES)}
    content = {}
    for number in range(random.integers(1, 4)):
        own = values(("form", "treename"))
        content[f"dy_{number}"] = {"files": files, "metadata": values([*READ][:9]), **own}
    if random.random() < 0.5:
        unknown.append("version")
        content["version"] = "2"
    path = tmp_path / "fileset.json"
    path.write_text(json.dumps(content))
    unsaid = read_fileset(path).unsaid
    assert sorted(line.split(" of ")[0].split(":")[0] for line in unsaid) == sorted(set(unknown))


def test_each_word_has_one_meaning():
    words = " ".join(MEANINGS.values()).split()
    assert len(words) == len(set(words))


def values(**found):
    return Values(ListNotes(Path("fileset.json"), []), "dy", found)


def test_numbers_and_flags_are_read_from_text():
    found = values(xsec=" 6025.2 ", K_Factor=1.1, br="0.5", isMC="True", nevts=None)
    assert found.number("cross section") == 6025.2
    assert found.factors() == {"K_Factor": 1.1, "br": 0.5}
    assert found.flag("simulation") == ("isMC", True)
    assert found.number("events") is None


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (
            lambda: values(xsec=2, cross_section=3).one("cross section"),
            "xsec and cross_section dif",
        ),
        (lambda: values(kfactor=2, k_factor=2).factors(), "kfactor and k_factor are the same fact"),
        (lambda: values(isMC="maybe").flag("simulation"), "isMC is 'maybe', neither true nor fal"),
        (lambda: values(xsec="6 nb").number("cross section"), r"dy: xsec is '6 nb', not a number"),
        (lambda: values(xsec=[1]).number("cross section"), r"xsec is \[1\], not a number"),
    ],
)
def test_contradictions_are_refused(read, message):
    with pytest.raises(WollemiError, match=message):
        read()
