"""What a mistake in a file of new signals looks like: where, what, what to do; exit code 2, and
nothing is left behind.

To add a case, add its content or a function to `support.archives.signal_mistakes`, or of a
published model to `support.archives.published_signal_mistakes`, and its message as
`tests/data/signal_errors/<case>.txt`.
"""

import re

import awkward as ak
import numpy as np
import pytest
from support.archives import published_signal_mistakes, signal_mistakes
from support.archives.archives import unpack
from support.archives.new_signals import new_signal, of_events, reinterpret
from support.archives.stored import change_archive
from support.project.paths import ROOT
from support.tiny.events import make_events, write_root
from support.tiny.mistakes import cases

from wollemi.inputs.tables import TABLES

CASES, PUBLISHED = (
    cases(module) | module.CONTENTS for module in (signal_mistakes, published_signal_mistakes)
)
GOLDEN = ROOT / "tests/data/signal_errors"
# A zip has a digest that a signal may name; one case of each way to give a signal has it, too.
OF_ZIP = (
    *("other_archive", "no_events", "efficiencies_of_nothing", "patch_of_other_bins"),
    *("published_events", "published_patch_of_other_bins"),
)
# Tables of events in the messages; a new format adds its suffix.
FORMATS = ".csv, .parquet, .pq"
PROGRESS = ("checking every file of the archive ...\n", "making the environment ...\n")


def message(text, folder):
    """Standard error without progress, and without what differs between runs."""
    for line in PROGRESS:
        text = text.replace(line, "")
    text = text.replace(", ".join(TABLES), FORMATS)
    return re.sub(r"[0-9a-f]{64}", "SHA256", text.replace(str(folder), "FOLDER"))


def test_each_case_has_its_message():
    assert {path.stem for path in GOLDEN.glob("*.txt")} == CASES.keys() | PUBLISHED.keys()
    assert CASES.keys() | PUBLISHED.keys() >= set(OF_ZIP)


def check_message(case, archive, folder, signals, capsys, *sources):
    """What the program says of signals, and that nothing is left behind."""
    folder.mkdir()
    signals = signals(folder, *sources) if callable(signals) else signals
    capsys.readouterr()
    assert reinterpret(archive, folder, signals) == 2
    assert message(capsys.readouterr().err, folder) == (GOLDEN / f"{case}.txt").read_text(
        encoding="utf-8"
    )
    assert not (folder / "work").exists()


@pytest.fixture(scope="module")
def unpacked(packed, tmp_path_factory):
    """The archive as a folder, which need not be unpacked by each case."""
    return unpack(packed, tmp_path_factory.mktemp("unpacked") / "tiny")


@pytest.fixture(scope="module")
def unpacked_published(packed_published, tmp_path_factory):
    """Likewise that of the published model."""
    return unpack(packed_published, tmp_path_factory.mktemp("unpacked_published") / "tiny")


@pytest.mark.parametrize("case", CASES)
def test_message(case, packed, unpacked, tmp_path, capsys):
    archive = packed if case in OF_ZIP else unpacked
    check_message(case, archive, tmp_path / "new", CASES[case], capsys, packed)


@pytest.mark.parametrize("case", PUBLISHED)
def test_message_of_a_published_model(case, packed_published, unpacked_published, tmp_path, capsys):
    archive = packed_published if case in OF_ZIP else unpacked_published
    check_message(case, archive, tmp_path / "new", PUBLISHED[case], capsys)


def test_no_event_is_selected(packed, tmp_path, capsys):
    """The check names the signal before anything runs."""
    events = make_events("signal_200", np.random.default_rng(3), 30)
    events["Muon"] = ak.with_field(events["Muon"], events["Muon"].pt / 100, "pt")
    write_root(tmp_path / "soft.root", events)
    assert (
        reinterpret(
            packed, tmp_path / "new", {"new": of_events(files=[str(tmp_path / "soft.root")])}
        )
        == 2
    )
    error = message(capsys.readouterr().err, tmp_path / "new")
    assert "samples.new: no event lies in a bin of the fitted regions" in error
    assert not (tmp_path / "new/work").exists()


def test_an_archive_of_another_format(packed, tmp_path, capsys):
    def newer(text):
        return text.replace(b'"schema": "wollemi-archive-1"', b'"schema": "wollemi-archive-2"')

    changed = change_archive(packed, tmp_path / "newer.zip", {"archive.json": newer})
    assert reinterpret(changed, tmp_path / "new", {"signal_200": new_signal()}) == 2
    assert "it was written by a newer Wollemi" in capsys.readouterr().err
    assert not (tmp_path / "new/work").exists()


def test_an_archive_of_before_published_likelihoods(stored, tmp_path, capsys):
    assert reinterpret(stored, tmp_path / "new", {"signal_200": new_signal()}) == 2
    error = capsys.readouterr().err
    assert (
        "this archive (tiny, by Wollemi 0.1.0) has no limits with their likelihood, which "
        "new signals need"
    ) in error
    assert not (tmp_path / "new/work").exists()


def test_a_damaged_archive(packed, tmp_path, capsys):
    def damage(content):
        return content[:-2] + b"7\n"

    name = "results/tiny/limits.json"
    changed = change_archive(packed, tmp_path / "damaged.zip", {name: damage}, redo_manifest=False)
    assert reinterpret(changed, tmp_path / "new", {"signal_200": new_signal()}) == 2
    error = capsys.readouterr().err
    assert name in error
    assert not (tmp_path / "new/work").exists()
