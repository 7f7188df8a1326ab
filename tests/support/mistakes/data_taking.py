"""Mistakes with triggers, certified luminosity blocks, and samples that share datasets."""

from functools import partial
from pathlib import Path

from support.tiny.mistakes import Run, set_value
from support.tiny.steps import RESULTS, run_step, skim


def _certify(
    blocks: str, header: str = "#run:fill,ls,recorded(/pb)", luminosity: float | None = None
) -> None:
    Path("golden.json").write_text(blocks)
    Path("lumi.csv").write_text(f"{header}\n2012:1,1:1,50\n2012:1,2:2,50\n")
    set_value("certified", value={"blocks": "golden.json", "luminosity": "lumi.csv"})
    set_value("luminosity_ifb", value=luminosity)


def empty_interval() -> Run:
    _certify('{"2012": [[1, 5], [9, 7]]}')
    return partial(skim, "data", certified="golden.json")


def _sum() -> int:
    return run_step(
        "sum_luminosity",
        blocks="golden.json",
        tables="lumi.csv",
        luminosity=f"{RESULTS}/luminosity.json",
    )


def instantaneous_luminosity() -> Run:
    _certify('{"2012": [[1, 2]]}', "#run:fill,ls,delivered(hz/ub),recorded(hz/ub)")
    return _sum


def another_luminosity() -> Run:
    _certify('{"2012": [[1, 2]]}', luminosity=0.11)
    return _sum


def missing_blocks_of_a_table() -> Run:
    _certify('{"2012": [[1, 2]], "2013": [[1, 9]]}')
    return _sum
