"""Every corrupt or odd input is found, by exit code 2 and a message that names it; nothing half
written stays.

To add a case: `tests/support/damage/inputs.py`.
"""

import os

import pytest
from support.damage.inputs import (
    CASES,
    END,
    GOLDEN,
    OTHER_GOLDEN,
    OTHERS,
    PAGE,
    START,
    last_error,
    normalized,
    table,
)


def files(folder):
    return {
        path
        for path in folder.rglob("*")
        if path.is_file() and "logs" not in path.parts and path.suffix != ".pyc"
    }


def test_each_case_has_its_message():
    assert {path.stem for path in GOLDEN.glob("*.txt")} == CASES.keys()
    assert OTHERS.keys() <= {path.stem for path in OTHER_GOLDEN.glob("*.txt")}
    assert len(CASES) + len(OTHERS) >= 40


def test_the_page_has_the_table():
    """The messages of the page are those that the programs give."""
    assert PAGE.read_text(encoding="utf-8").partition(START)[2].partition(END)[0].strip(
        "\n"
    ) == table().strip("\n")


@pytest.mark.parametrize("case", CASES)
def test_it_is_found(case, tiny, capsys):
    run = CASES[case]()
    before = files(tiny)
    capsys.readouterr()
    assert run() == 2
    message = capsys.readouterr().err
    assert normalized(last_error(message)) == (GOLDEN / f"{case}.txt").read_text(encoding="utf-8")
    assert str(tiny) not in message
    assert files(tiny) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tiny, capsys):
    from support.tiny.mistakes import skim_run

    run = skim_run()
    (tiny / "input/dy_high_0.root").chmod(0)
    assert run() == 2
    assert "input/dy_high_0.root: this input file may not be read" in capsys.readouterr().err
