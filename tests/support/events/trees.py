"""ROOT files with one small tree."""

import awkward as ak
import numpy as np
import uproot


def write_root(path, value=3.0, tree="Events"):
    """A tree with one value that a test may change."""
    with uproot.recreate(path) as file:
        events = {
            "Muon": ak.zip({"pt": ak.values_astype(ak.Array([[1, 2], [], [value]]), np.float32)}),
            "met": np.arange(3.0),
        }
        file.mktree(tree, {name: ak.type(value).content for name, value in events.items()})
        file[tree].extend(events)
    return path
