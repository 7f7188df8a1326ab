"""The factor of the event weight that a systematic changes together with objects or columns: a
column that is 1 otherwise.
"""


def weight_column(name: str) -> str:
    """Name of the column, by that of the systematic's histograms."""
    return f"{name}_weight"
