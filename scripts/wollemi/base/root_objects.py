"""One of several objects that have the same name in a ROOT file."""

from typing import Any


def as_root_reads(file: Any, path: str) -> Any:
    """The object that `TFile::Get` of ROOT returns: the first one of its name in the directory.

    ROOT writes the latest object before older ones, so it is the one with the highest cycle.
    uproot writes it behind them: ROOT then reads the oldest one, and uproot the latest.

    Args:
        file: ROOT file, opened by uproot.
        path: Folders and name; a cycle (`name;2`) is that of the object.

    Returns:
        The object, as uproot reads it.

    Raises:
        uproot.KeyInFileError: There is none.
    """
    key = file.key(path)
    if key.fCycle > 1 and ";" not in path:
        names = key.parent.keys(recursive=False)  # in the order of the directory
        key = key.parent.key(next(name for name in names if name.rpartition(";")[0] == key.fName))
    return key.get()
