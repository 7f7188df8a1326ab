"""Lists of datasets as the datasets and samples of an analysis: files, data or simulation, cross
sections. `wollemi new` looks at their events for everything else.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from wollemi.inputs.event_files import count_entries
from wollemi.inputs.inspection import file_weights, guess_layout
from wollemi_convert.configurations.dataset_lists import (
    AGC,
    NOMINAL,
    ListedDataset,
    form_of,
    list_text,
    listed_datasets,
    local_files,
    plain_values,
    remote_file,
)
from wollemi_convert.configurations.dataset_values import ListNotes, Values, plain_key
from wollemi_convert.configurations.imported import Imported
from wollemi_likelihood.base.errors import WollemiError, counted

DATA, BACKGROUND, SIGNAL = "data", "background", "signal"
OF_FILES = ("events", "steps", "ignored")  # meanings of the values of a file
DIGITS = 1e-5  # of sums of weights, which other programs may compute in single precision
_KINDS = {"data": DATA} | dict.fromkeys(("mc", "sim", "simulation", "background"), BACKGROUND)
_SIDE = re.compile(r"(?P<name>.+?)_?(?P<side>up|down)", re.IGNORECASE)
_COPY = "copy them next to the list, and repeat the command"


@dataclass
class Found:
    """A dataset with files on this machine.

    Args:
        keys: Its keys in the analysis file.
        role: Role of its sample; empty if the list does not decide.
        sample: Name of its sample.
        variation: Name of the variation that it simulates.
        year: Year of data taking; empty if unknown.
    """

    keys: dict[str, Any]
    role: str
    sample: str
    variation: str
    year: str


def read_fileset(path: Path) -> Imported:
    """Read a list of datasets.

    Args:
        path: Path of the list.

    Returns:
        Sections `datasets`, `samples` (without a `role` if the list does not decide) and
        `systematics`; the events are needed for all others.

    Raises:
        WollemiError: The list contradicts itself, or none of its files is on this machine.
    """
    content = plain_values(str(path), list_text(path))
    listed, beside = listed_datasets(path, content)
    notes = ListNotes(path, beside)
    if form_of(content) == AGC:
        notes.lacks("weights", "the Grand Challenge counts each event as 1, as --weight none does")
    copies = local_files(path, [file.address for item in listed for file in item.files])
    found: dict[str, Found] = {}
    for item in listed:
        name = notes.name("datasets", item.name)
        if dataset := _dataset(item, name, copies, Values(notes, item.name, item.values)):
            found[name] = dataset
    if not found:
        problem = f"none of its {counted(len(copies), 'file')} is on this machine"
        raise WollemiError(str(path), problem, _COPY.replace("them", "at least one per dataset"))
    _name_eras(found, notes)
    systematics = _variations(found, notes)
    document = {"datasets": {name: own.keys for name, own in found.items()}}
    document |= {"samples": _samples(found, notes)}
    document |= {"systematics": systematics} if systematics else {}
    kept = {f"imported/{path.name}": path}
    return Imported(document, notes.comments, notes.unsaid_lines(), kept)


def _samples(found: Mapping[str, Found], notes: ListNotes) -> dict[str, Any]:
    """Samples of nominal datasets, with a role if the list gives it for any of these."""
    samples: dict[str, Any] = {}
    for name, own in found.items():
        if own.variation != NOMINAL:
            continue
        label = DATA if own.role == DATA else own.sample
        sample = samples.setdefault(label, {"datasets": []})
        sample["datasets"].append(name)
        if own.role and sample.setdefault("role", own.role) != own.role:
            problem = f"is {own.role}, but other datasets of its sample are {sample['role']}"
            raise notes.error(name, problem, "correct the list")
    for sample in samples.values():
        for name in sample["datasets"] if "role" in sample else ():
            if not found[name].role:
                line = f"{sample['role']} like the rest of its sample"
                notes.comments[f"datasets.{name}"] = line
    return samples


def _dataset(
    listed: ListedDataset, name: str, copies: Mapping[str, list[str]], values: Values
) -> Found | None:
    """A dataset by its values in the list; None if none of its files is on this machine."""
    notes, place = values.notes, f"datasets.{name}"
    files = [(f, Values(notes, listed.name, f.values, OF_FILES)) for f in listed.files]
    here = [(file, item) for file, item in files if copies[file.address]]
    away = [f.address for f, _ in files if not copies[f.address] and not remote_file(f)]
    trees = sorted(({file.tree for file in listed.files} | {values.text("tree")}) - {""})
    if len(trees) > 1:
        raise values.error(f"has the trees {' and '.join(trees)}; a dataset has one")
    if away or not here:
        _note_absent(values, away, len(files))
    if not here:
        return None
    keys: dict[str, Any] = {"files": []}
    for file, _ in files:
        remote: Any = remote_file(file)
        keys["files"] += copies[file.address] or ([remote] if remote else [])
    keys |= dict(zip(["tree"], trees, strict=False))
    role, reason = _role(values)
    renamed = notes.comments.get(place)
    notes.comments[place] = f"{reason}; {renamed}" if renamed else reason
    if role == DATA:
        unused = values.one("cross section")[0]
        notes.comments[place] += f"; its {unused} is not used" if unused else ""
    else:
        keys |= _normalization(values, place)
    is_complete = len(here) == len(files)
    keys |= _compared(place, keys, role, values, [item for _, item in here], is_complete)
    sample = values.text("sample") or values.text("process") or name
    variation = values.text("variation") or NOMINAL
    sample = notes.name("samples", sample)
    return Found(keys, role, sample, variation, values.text("year"))


def _note_absent(values: Values, addresses: Sequence[str], number: int) -> None:
    if not addresses:
        values.unsaid("left out, as none of its files can be looked at here")
        return
    part = "left out" if len(addresses) == number else "incomplete"
    first = f"such as {PurePosixPath(addresses[0]).name}"
    files = f"{len(addresses)} of {counted(number, 'file')}"
    values.unsaid(f"{part}, as {files} are not on this machine, {first}; {_COPY}")


def _role(values: Values) -> tuple[str, str]:
    """Role of a dataset, empty if the list does not decide, and the reason."""
    found: dict[str, str] = {}
    for meaning, roles in (("data", (BACKGROUND, DATA)), ("simulation", (DATA, BACKGROUND))):
        key, flag = values.flag(meaning)
        if flag is not None:
            found[f"{key}: {flag}"] = roles[flag]
    key, kind = values.one("kind")
    if kind is not None and plain_key(str(kind)) in _KINDS:
        found[f"{key}: {kind}"] = _KINDS[plain_key(str(kind))]
    elif kind is not None:
        values.unknown(f"{key}: {kind}")
    signal, is_signal = values.flag("signal")
    if is_signal:
        found[f"{signal}: {is_signal}"] = BACKGROUND
    if not found and (values.number("cross section") or 0) > 0:
        found["{}: {}".format(*values.one("cross section"))] = BACKGROUND
    if not found:
        return "", "data or simulation: the list does not say"
    if len(set(found.values())) > 1:
        raise values.error(f"contradicts itself: {' and '.join(found)}")
    said, role = f"({', '.join(found)} in the list)", next(iter(found.values()))
    if role == DATA:
        return DATA, f"data {said}"
    return SIGNAL if is_signal else BACKGROUND, f"simulation {said}"


def _normalization(values: Values, place: str) -> dict[str, float]:
    """Cross section and its factor."""
    found: dict[str, float] = {}
    (key, _), section = values.one("cross section"), values.number("cross section")
    if section is not None and section > 0:
        found["cross_section_pb"] = section
    elif section is not None:
        values.unsaid(f"{key} is {section:g}; give a cross section above 0")
    factors = values.factors()
    if factors:
        found["scale_factor"] = math.prod(factors.values())
        text = " × ".join(f"{key} {factor:.15g}" for key, factor in factors.items())
        values.notes.comments[f"{place}.scale_factor"] = f"{text}, multiplies the cross section"
    if found.get("scale_factor", 1) <= 0:
        raise values.error(f"the product of {', '.join(factors)} is not above 0")
    return found


def _compared(
    place: str,
    keys: Mapping[str, Any],
    role: str,
    values: Values,
    files: Sequence[Values],
    is_complete: bool,
) -> dict[str, float]:
    """Note differences between the list and its files; the sum of weights before a skim as a key.

    Args:
        place: Path of the dataset in the analysis file.
        keys: Its keys there.
        role: Role of its sample.
        values: Values of the dataset in the list.
        files: Values of the files on this machine.
        is_complete: Whether these are all files.
    """
    paths = [Path(path) for path in keys["files"] if isinstance(path, str)]
    layout = guess_layout(*paths, tree=keys.get("tree", ""))
    each = [item.number("events") for item in files]
    numbers = {
        None if None in each else sum(number or 0 for number in each),
        values.number("events") if is_complete else None,
    }
    if numbers - {None}:
        _compare_events(numbers, sum(count_entries(path, layout) for path in paths), values)
    for item, number in zip(files, each, strict=True):
        steps = item.one("steps")[1]
        chosen = sum(stop - start for start, stop in steps or ())
        if steps and number is not None and chosen < number:
            values.unsaid(f"the steps are {chosen} of {number:.0f} events of a file; all are read")
    (key, _), declared = values.one("weights"), values.number("weights")
    if role == DATA or declared is None:
        return {}
    if values.flag("skim")[1]:
        values.notes.comments[f"{place}.sum_of_weights"] = f"before the skim, as {key} of the list"
        return {"sum_of_weights": declared}
    if not is_complete:
        values.unsaid(f"the sum of weights of all files, {declared:.9g}, is not compared")
        return {}
    sums: dict[str, float] = {}
    for path in paths:
        for found in file_weights(path, layout):
            sums[found.expression] = sums.get(found.expression, 0.0) + found.total
    if not any(math.isclose(declared, total, rel_tol=DIGITS) for total in sums.values()):
        line = ", ".join(f"{text} {total:.9g}" for text, total in sums.items()) or "no weights"
        problem = f"the sum of weights is {declared:.9g} in the list, but in the files: {line}"
        values.unsaid(f"{problem}; if they are skimmed, write sum_of_weights: {declared:.15g}")
    return {}


def _compare_events(numbers: set[float | None], events: int, values: Values) -> None:
    for number in numbers:
        if number is not None and number >= 0 and number != events:
            problem = f"the list has {counted(number, 'event', '.0f')}, the files have {events}"
            values.unsaid(f"{problem}; check which is complete")


def _name_eras(found: Mapping[str, Found], notes: ListNotes) -> None:
    """Give the datasets eras if there is more than one year."""
    years = sorted({item.year for item in found.values()} - {""})
    if len(years) == 1:
        notes.comments["luminosity_ifb"] = f"of {years[0]}, the year of all datasets"
    if len(years) < 2:
        return
    for name, item in found.items():
        if not item.year:
            problem = f"has no year, but others are of {' and '.join(years)}"
            raise notes.error(name, problem, "add its year")
        item.keys["era"] = item.year


def _variations(found: dict[str, Found], notes: ListNotes) -> dict[str, Any]:
    """Systematics from datasets that simulate a variation; a dataset without a nominal one is
    removed.
    """
    nominal = {item.sample for item in found.values() if item.variation == NOMINAL}
    sides: dict[tuple[str, str], dict[str, list[str]]] = {}
    for name, item in [pair for pair in found.items() if pair[1].variation != NOMINAL]:
        if item.sample not in nominal:
            reason = f"a variation of {item.sample}, which has no nominal dataset"
            notes.lacks(name, f"left out as {reason}; add one")
            del found[name]
            continue
        side = _SIDE.fullmatch(item.variation)
        key, label = (side["name"], side["side"].lower()) if side else (item.variation, "up")
        sides.setdefault((item.sample, key), {}).setdefault(label, []).append(name)
    systematics = {}
    for (sample, key), names in sides.items():
        label, both = notes.name("systematics", f"{sample}_{key}"), list(names.values())
        up, down = (names["up"], names["down"]) if len(both) > 1 else (both[0], "symmetrize")
        own = {"kind": "dataset", "up": up, "down": down, "samples": [sample]}
        systematics[label] = own
        if len(both) == 1:
            notes.comments[f"systematics.{label}"] = "one side; the other is mirrored"
    return systematics
