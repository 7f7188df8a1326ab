"""One of several objects that have the same name in a ROOT file."""

from typing import Any


def as_root_reads(file: Any, path: str) -> Any:
    """The object that `TFile::Get` of ROOT returns: the first one of its name in the directory.

    ROOT writes the latest object before older ones, so it is the one with the highest cycle.
    uproot writes it behind them: ROOT then reads the oldest one, and uproot the latest.

    Args:
        file: ROOT file, opened by uproot.
        path: Folders and name of the object, with its cycle (`name;2`) or without.

    Returns:
        The object, as uproot reads it.

    Raises:
        uproot.KeyInFileError: The object does not exist.
    """
    key = file.key(path)
    if key.fCycle > 1 and ";" not in path:
        names = key.parent.keys(recursive=False)  # in the order of the directory
        key = key.parent.key(next(name for name in names if name.rpartition(";")[0] == key.fName))
    return key.get()
