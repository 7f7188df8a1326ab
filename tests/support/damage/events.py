"""Odd events in files that can be read, and datasets that are not what they should be; as
`support.damage.files`.
"""

from functools import partial
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

from support.damage.bytes import SIMULATION, events, write_nano
from support.events.skimmed_files import runs_of, write_skimmed
from support.tiny.events import write_root
from support.tiny.mistakes import Run, check_run, set_value, skim_run
from support.tiny.steps import RESULTS, fill, merge, number_of_parts, skim

DATA = Path("input/data.root")


def _merge_run(dataset: str = "dy_high", **earlier: Any) -> Run:
    """The merge of all parts of a dataset."""
    _process(dataset)
    return partial(merge, dataset, **earlier)


def _process(dataset: str) -> None:
    for part in range(number_of_parts(dataset)):
        assert skim(dataset, part) == fill(dataset, part) == 0


def _with(**changed: Any) -> Run:
    """The skim of simulated events with some branches changed."""
    write_root(SIMULATION, events() | changed)
    return skim_run()


def _changed(values: Any, places: list[int], value: float) -> Any:
    values = np.array(values)
    values[places] = value
    return values


def repeated_events() -> Run:
    """Events that a file has twice"""
    branches = events()
    write_root(
        SIMULATION,
        {name: ak.concatenate([values, values[100:130]]) for name, values in branches.items()},
    )
    return _merge_run()


def repeated_events_without_numbers() -> Run:
    """Events that a file without numbers of events has twice"""
    branches = {
        name: values
        for name, values in events().items()
        if name not in ("run", "luminosityBlock", "event")
    }
    write_root(
        SIMULATION,
        {name: ak.concatenate([values, values[100:130]]) for name, values in branches.items()},
    )
    return skim_run()


def negative_momentum() -> Run:
    """A transverse momentum below 0"""
    muons = events()["Muon"]
    pt = ak.where(ak.local_index(muons.pt, axis=0) == 33, -muons.pt, muons.pt)
    return _with(Muon=ak.with_field(muons, pt, "pt"))


def lepton_without_charge() -> Run:
    """A lepton without a charge"""
    muons = events()["Muon"]
    charge = ak.where(ak.local_index(muons.pt, axis=0) == 33, np.int32(0), muons.charge)
    return _with(Muon=ak.with_field(muons, charge, "charge"))


def copied_file() -> Run:
    """A file and its copy under another name"""
    Path("input/copy.root").write_bytes(Path("input/dy_low_2.root").read_bytes())
    set_value(
        "datasets",
        "dy_low",
        "files",
        value=["input/dy_low_1.root", "input/dy_low_2.root", "input/copy.root"],
    )
    return _merge_run("dy_low")


def same_event_in_two_datasets() -> Run:
    """Events of one collision in two datasets of the data"""
    branches = events(simulated=False)
    write_root(DATA, branches)
    write_root(Path("input/more.root"), {name: values[350:] for name, values in branches.items()})
    set_value("datasets", "data", value={"files": [str(DATA)]})
    set_value("datasets", "more", value={"files": ["input/more.root"]})
    set_value("samples", "data", "datasets", value=["data", "more"])
    _process("data")
    return _merge_run("more", earlier=[f"{RESULTS}/identifiers/data/0.parquet"])


def file_twice_in_a_list() -> Run:
    """A file that appears twice in the list of a dataset"""
    set_value(
        "datasets", "dy_high", "files", value=["input/dy_high_0.root", "input/./dy_high_0.root"]
    )
    return check_run


def file_in_two_datasets() -> Run:
    """A file that two datasets of a sample have"""
    set_value("datasets", "dy_low", "files", value=["input/dy_low_0.root", "input/dy_high_0.root"])
    return check_run


def infinite_weight() -> Run:
    """A weight that is infinite"""
    return _with(genWeight=_changed(events()["genWeight"], [5], np.inf))


def nan_momentum() -> Run:
    """A momentum that is not a number"""
    muons = events()["Muon"]
    pt = ak.where(ak.local_index(muons.pt, axis=0) == 33, np.float32(np.nan), muons.pt)
    return _with(Muon=ak.with_field(muons, pt, "pt"))


def nan_missing_momentum() -> Run:
    """A missing momentum that is not a number"""
    return _with(MET_pt=_changed(events()["MET_pt"], [7, 9], np.nan))


def mev_for_gev() -> Run:
    """Momenta in MeV, read as GeV"""
    muons = events()["Muon"]
    return _with(Muon=ak.with_field(muons, muons.pt * 1000, "pt"), MET_pt=events()["MET_pt"] * 1000)


def degrees_for_radians() -> Run:
    """Azimuths in degrees"""
    muons = events()["Muon"]
    return _with(Muon=ak.with_field(muons, muons.phi * (180 / np.pi), "phi"))


def mass_in_mev() -> Run:
    """Masses in MeV beside momenta in GeV"""
    muons = events()["Muon"]
    return _with(Muon=ak.with_field(muons, muons.mass * 1000, "mass"))


def momenta_in_tev() -> Run:
    """Momenta in TeV, read as GeV"""
    muons = events()["Muon"]
    return _with(Muon=ak.with_field(muons, muons.pt / 1000, "pt"))


def gev_for_mev() -> Run:
    """Momenta in GeV, declared to be in MeV"""
    write_root(SIMULATION, events(entries=2000))
    set_value("datasets", "dy_high", value={**_DY_HIGH, "schema": "ntuple", "energy_unit": "MeV"})
    return skim_run()


_DY_HIGH = {
    "files": [str(SIMULATION)],
    "tree": "Events",
    "weight": "genWeight",
    "cross_section_pb": 6.0,
}


def out_of_range() -> Run:
    """A value outside its declared range"""
    set_value("checks", value={"ranges": {"MET_phi": [-3.1416, 3.1416]}})
    return _with(MET_phi=_changed(events()["MET_phi"], [11], 3.5))


def wrong_run() -> Run:
    """Data of a run that cannot be among them"""
    write_root(DATA, events(simulated=False))
    set_value(
        "datasets",
        "data",
        value={"files": [str(DATA)], "checks": {"ranges": {"run": [190000, 209000]}}},
    )
    return skim_run("data")


def too_few_events() -> Run:
    """Fewer events than the dataset declares"""
    set_value("datasets", "dy_high", "entries", value=1501)
    return _merge_run()


def negative_sum_of_weights() -> Run:
    """A negative sum of weights"""
    write_root(SIMULATION, events() | {"genWeight": -np.ones(400, np.float32)})
    return _merge_run()


def no_simulated_events() -> Run:
    """Simulation without events"""
    write_root(SIMULATION, events(entries=0))
    return _merge_run()


def runs_of_fewer_events() -> Run:
    """NanoAOD with more events than its tree `Runs` says were produced"""
    branches = events()
    write_skimmed(SIMULATION, branches, runs_of(branches) | {"genEventCount": np.array([399])})
    return _merge_run()


def runs_of_other_events() -> Run:
    """NanoAOD whose events cannot be a part of those of its tree `Runs`"""
    branches = events()
    runs = runs_of(branches)
    write_skimmed(
        SIMULATION, branches, runs | {"genEventSumw": 2 * runs["genEventSumw"]}, slice(0, 380)
    )
    return _merge_run()


def skimmed_with_another_weight() -> Run:
    """Skimmed NanoAOD with a weight other than genWeight"""
    branches = events()
    write_skimmed(SIMULATION, branches, runs_of(branches), slice(0, 200))
    set_value("datasets", "dy_high", "weight", value="genWeight * Pileup_nTrueInt / 20")
    return _merge_run()


def skimmed_in_part() -> Run:
    """Skimmed NanoAOD beside a file that does not tell whether it is"""
    branches = events()
    write_skimmed(SIMULATION, branches, runs_of(branches), slice(0, 200))
    more = {**branches, "luminosityBlock": branches["luminosityBlock"] + np.uint32(100)}
    write_skimmed(Path("input/more.root"), more, None)
    set_value("datasets", "dy_high", "files", value=[str(SIMULATION), "input/more.root"])
    return _merge_run()


def another_declared_sum() -> Run:
    """Skimmed NanoAOD and another declared sum of weights"""
    branches = events()
    write_skimmed(SIMULATION, branches, runs_of(branches), slice(0, 200))
    set_value("datasets", "dy_high", "sum_of_weights", value=200.0)
    return _merge_run()


def unknown_era() -> Run:
    """A dataset of an era without luminosity"""
    set_value("luminosity_ifb", value={"2016": 0.1})
    for name in ("dy_low", "dy_high", "dy_alternative", "signal_200", "signal_300"):
        set_value("datasets", name, "era", value="2017" if name == "dy_high" else "2016")
    return check_run


def too_many_lost_files() -> Run:
    """More unusable files of a simulated dataset than it tolerates"""
    set_value("datasets", "dy_low", "tolerate", value="20%")
    Path("input/dy_low_1.root").write_bytes(b"")
    Path("input/dy_low_5.root").unlink()
    return _merge_run("dy_low")


def lost_file_by_default() -> Run:
    """One unusable file of a dataset that declares no tolerance"""
    Path("input/dy_low_1.root").write_bytes(b"")
    return skim_run("dy_low")


def tolerant_data() -> Run:
    """Data that declare a tolerance"""
    set_value("datasets", "data", "tolerate", value="2%")
    return check_run


def lost_file_of_data() -> Run:
    """One unusable file of the data"""
    files = [f"input/data_{index}.root" for index in range(3)]
    for index, file in enumerate(files):
        branches = events(index, simulated=False) | {
            "luminosityBlock": np.full(400, index, np.uint32)
        }
        write_nano(Path(file), branches, "zlib")
    Path(files[1]).write_bytes(Path(files[1]).read_bytes()[:-1])
    set_value("datasets", "data", value={"files": files, "files_per_job": 3})
    return skim_run("data")


def shared_files_that_may_be_lost() -> Run:
    """Jobs that share files which may be left out"""
    set_value("datasets", "dy_high", value={**_DY_HIGH, "jobs_per_file": 2, "tolerate": "2%"})
    return check_run


def shared_files_of_several() -> Run:
    """Jobs that share files, and files that share a job"""
    set_value("datasets", "dy_low", "jobs_per_file", value=2)
    return check_run


def shared_histograms() -> Run:
    """Jobs that share a file of histograms"""
    set_value("datasets", "signal_300", "jobs_per_file", value=2)
    return check_run


def shared_file_without_numbers() -> Run:
    """A file without numbers of events that jobs share"""
    branches = events()
    for name in ("run", "luminosityBlock", "event"):
        del branches[name]
    write_root(SIMULATION, branches)
    set_value("datasets", "dy_high", "jobs_per_file", value=2)
    return skim_run()


def shared_file_that_changes() -> Run:
    """A file that changes between the jobs that share it"""
    set_value("datasets", "dy_high", "jobs_per_file", value=2)
    write_root(SIMULATION, events())
    assert skim("dy_high") == fill("dy_high") == 0
    write_root(SIMULATION, events(entries=380))
    assert skim("dy_high", 1) == fill("dy_high", 1) == 0
    return lambda: merge("dy_high")


def shared_data_without_events() -> Run:
    """Data without events that jobs share"""
    write_root(DATA, events(entries=0, simulated=False))
    set_value("datasets", "data", value={"files": [str(DATA)], "jobs_per_file": 2})
    return _merge_run("data")


def repeated_events_of_a_shared_file() -> Run:
    """Events that a file has twice, read by two jobs"""
    set_value("datasets", "dy_high", "jobs_per_file", value=2)
    return repeated_events()
