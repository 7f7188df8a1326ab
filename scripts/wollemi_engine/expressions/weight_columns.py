"""The event-weight factor of a systematic that also changes objects or columns: a column that is 1
otherwise.
"""


def weight_column(name: str) -> str:
    """Name of the column, from the name of the systematic's histograms."""
    return f"{name}_weight"
