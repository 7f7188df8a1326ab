"""The luminosity of certified blocks: what is declared, and blocks that lack one."""

import json
from pathlib import Path

import pytest
from support.tiny.analysis import edit_analysis
from support.tiny.certified import certify, sum_luminosity
from support.tiny.steps import read_json


@pytest.fixture
def certified(tiny):
    return certify(tiny)


@pytest.mark.parametrize(("declared", "code"), [(0.1014, 0), (0.1005, 0), (0.1015, 2), (0.1004, 2)])
def test_a_declared_luminosity_may_be_rounded_but_not_wrong(certified, capsys, declared, code):
    edit_analysis(certified, lambda document: document.update(luminosity_ifb=declared))
    assert sum_luminosity() == code
    if code == 0:
        assert read_json("luminosity.json")["luminosity_ifb"] == [["", declared]]
    else:
        assert (
            f"luminosity_ifb: is {declared:g}, but the certified blocks have 0.10095 fb⁻¹"
            in capsys.readouterr().err
        )


def test_single_blocks_may_lack_a_luminosity_but_not_many(certified, capsys):
    Path("golden.json").write_text(json.dumps({"2012": [[1, 3], [6, 9]], "2014": [[1, 1]]}))
    assert sum_luminosity() == 2
    assert "lumi.csv: has no luminosity for 1 of 8 certified blocks" in capsys.readouterr().err
    rows = [
        f"2012:77,{block}:{block},time,STABLE BEAMS,4000,99,0.5,20,PXL" for block in range(50, 200)
    ]
    Path("lumi.csv").write_text("\n".join([Path("lumi.csv").read_text(), *rows]))
    Path("golden.json").write_text(json.dumps({"2012": [[50, 200]]}))
    assert sum_luminosity() == 0
    assert read_json("luminosity.json")["eras"][""]["blocks_without_luminosity"] == 1
