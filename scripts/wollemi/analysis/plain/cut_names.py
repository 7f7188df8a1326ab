"""Names of the cuts that select a dataset's events, as lines of its cutflow, in their order: before
the cuts of the skim.
"""

SLICE = "slice of the dataset"
SELECTION = "selection of the dataset"
TRIGGER = "trigger of the dataset"
