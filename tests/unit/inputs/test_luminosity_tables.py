"""Tables of luminosity by block, and the luminosity of certified blocks."""

from fractions import Fraction

import pytest

from wollemi.inputs.luminosity_blocks import parse_blocks
from wollemi.inputs.luminosity_tables import certified_luminosity, read_table
from wollemi_likelihood.base.errors import WollemiError

# As brilcalc 3.7 writes it.
TABLE = """#Data tag : 22v1 , Norm tag: None
#run:fill,ls,time,beamstatus,E(GeV),delivered({unit}),recorded({unit}),avgpu,source
315257:6638,1:1,04/24/18 00:01:15,STABLE BEAMS,6500,{0},{0},20.1,DT
315257:6638,2:2,04/24/18 00:01:38,STABLE BEAMS,6500,{1},{1},20.0,DT
315257:6638,3:0,04/24/18 00:02:01,STABLE BEAMS,6500,5.0,0.0,19.9,DT
315257:6638,4:0,04/24/18 00:02:24,STABLE BEAMS,6500,5.0,0.0,19.9,DT
315259:6639,1:1,04/24/18 02:01:15,STABLE BEAMS,6500,{2},{2},20.1,PXL
#Summary:
#nfill,nrun,nls,ncms,totdelivered({unit}),totrecorded({unit})
#2,2,4,3,1.0,1.0
"""
VALUES = (101.1, 99.7, 0.3)
CERTIFIED = parse_blocks({"315257": [[1, 1], [3, 3]], "315259": [[1, 4]]}, "golden")


def table(tmp_path, text):
    (tmp_path / "lumi.csv").write_text(text)
    return read_table(tmp_path / "lumi.csv")


@pytest.mark.parametrize(("unit", "power"), [("/ub", 9), ("/nb", 6), ("/pb", 3), ("/fb", 0)])
def test_the_sum_in_the_unit_of_the_header(tmp_path, unit, power):
    found = certified_luminosity(table(tmp_path, TABLE.format(*VALUES, unit=unit)), CERTIFIED)
    exact = (Fraction(101.1) + Fraction(0.3)) / 10**power
    assert found["luminosity_ifb"] == pytest.approx(float(exact), rel=1e-15)
    # Of the six blocks the table lacks 315257:3 (block 0 in it is none of the experiment) and
    # 315259:2 to 4.
    assert (found["certified_blocks"], found["blocks_without_luminosity"]) == (6, 4)


def test_the_older_form(tmp_path):
    text = (
        "Run:Fill,LS,Beam "
        "Status,E(GeV),Delivered(/ub),Recorded(/ub),avgPU\n315257:6638,1:1,STABLE "
        "BEAMS,4000,3e9,2e9,1.0\n"
    )
    found = certified_luminosity(table(tmp_path, text), CERTIFIED)
    assert found["luminosity_ifb"] == 2.0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            TABLE.format(*VALUES, unit="hz/ub"),
            "the recorded luminosity is in 'hz/ub', which is not one of /fb, /pb",
        ),
        (
            TABLE.format(*VALUES, unit="/ub").replace("recorded", "recordedd"),
            "has no column 'recorded'",
        ),
        ("a,b\n1,2\n", "has no line that names the columns"),
        (TABLE.format(*VALUES, unit="/ub").partition("315257")[0], "has no luminosity block"),
        (
            TABLE.format(*VALUES, unit="/ub").replace("2:2", "1:1"),
            "block 1 of run 315257 appears twice",
        ),
        (TABLE.format("x", 1, 2, unit="/ub"), "line 3: '315257:6638,1:1"),
        (
            TABLE.format("nan", 1, 2, unit="/ub"),
            "line 3: run 315257, block 1, luminosity nan are impossible",
        ),
        (
            TABLE.format(1, -1, 2, unit="/ub"),
            "line 4: run 315257, block 2, luminosity -1.0 are impossible",
        ),
        (
            "#run:fill,ls,recorded(/ub)\n315257:6638\n",
            "line 2: '315257:6638' has no run, block and luminosity",
        ),
    ],
)
def test_malformed_tables(tmp_path, text, problem):
    with pytest.raises(WollemiError) as raised:
        table(tmp_path, text)
    assert problem in str(raised.value)
