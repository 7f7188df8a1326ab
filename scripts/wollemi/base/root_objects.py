"""Choice among several objects with the same name in a ROOT file."""

from typing import Any


def as_root_reads(file: Any, path: str) -> Any:
    """The object that ROOT's `TFile::Get` returns: the first one with its name in the directory.

    ROOT writes the latest object before older ones, so the first has the highest cycle. uproot
    appends it: ROOT then reads the oldest object, and uproot the latest.

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
