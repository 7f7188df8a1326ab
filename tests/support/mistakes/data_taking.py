"""Mistakes with triggers, certified luminosity blocks, and samples that share datasets."""

from collections.abc import Callable
from functools import partial
from inspect import isfunction
from pathlib import Path

from support.tiny.mistakes import Run, check_run, set_value
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


def certified_eras() -> Run:
    """Data without an era, an era without certificate, luminosities of eras beside one number,
    files that are not there.
    """
    set_value("datasets", "other", value={"files": ["mirror/data.root"], "era": 2017})
    set_value("samples", "data", "datasets", value=["data", "other"])
    set_value(
        "certified", value={2016: {"blocks": "golden.json", "luminosity": "lumi.csv"}, 2018: None}
    )
    return check_run


def missing_certificate() -> Run:
    set_value("certified", value={"blocks": "golden.json", "luminosity": "lumi.csv"})
    return check_run


def triggers() -> Run:
    paths = {"HLT_Mu40": {"eras": [2012], "prescale": {2011: 5}}, "HLT_Mu24": {"prescale": 0.5}}
    set_value("triggers", value={"mu": {"paths": paths}, "mt": {"pahts": {}}})
    return check_run


def triggers_of_datasets() -> Run:
    for dataset in ("data", "dy_low"):
        set_value("datasets", dataset, "era", value=2012)
    set_value("datasets", "data", "not_trigger", value="mus")
    set_value("datasets", "dy_low", "not_trigger", value="mu")
    paths = {"HLT_Mu40": {"eras": [2011, 2012]}, "HLT_Mu24": {"prescale": 2}}
    set_value(
        "triggers",
        value={
            "mu": {"paths": paths},
            "mt": {"paths": {"HLT_Mu24": {}, "HLT_Mu17": {"eras": [2011]}}},
        },
    )
    return check_run


def prescaled_triggers() -> Run:
    set_value("triggers", value={"mu": {"paths": {"HLT_Mu40": {"prescale": 10}}}})
    set_value("datasets", "dy_low", "trigger", value="mu")
    set_value("regions", "peak", "selection", value="60 < dimuon_mass < 120 and HLT_Mu40")
    return check_run


def split_samples() -> Run:
    """A name that is not there, objects that a systematic changes, a sample that takes the whole
    dataset as well, and datasets without events.
    """
    set_value("samples", "dy", "selection", value="Pileup_nTrueInts > 20")
    set_value("samples", "whole", value={"role": "background", "datasets": "dy_high"})
    set_value("samples", "signal_200", "selection", value="count(muon) == 2")
    set_value("samples", "signal_300", "selection", value="MET_pt > 20")
    set_value("samples", "data", "selection", value="MET_pt > 20")
    return check_run


def stitched() -> Run:
    """A dataset that is not there, one that is named twice, another cross section."""
    slices = {
        "low": {"selection": "MET_pt < 20", "datasets": ["dy_lows", "dy_high"]},
        "high": {"selection": "MET_pt > 20", "datasets": "dy_high"},
    }
    set_value("datasets", "dy_alternative", "stitch", value=slices)
    return check_run


CASES: dict[str, Callable[[], Run]] = {
    name: item
    for name, item in list(vars().items())
    if isfunction(item) and item.__module__ == __name__ and name[0] != "_"
}
