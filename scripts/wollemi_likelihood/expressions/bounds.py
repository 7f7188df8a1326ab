"""Size limits of expressions; larger ones are refused. Standard library only."""

LONGEST_EXPRESSION = 10_000  # characters
DEEPEST = 100  # nested operations; a chain of `and` or `or` counts as one
MOST_USES = 1_000_000  # exclusive upper bound of the `use` of a random number
UNWEIGHTED = "none"  # `weight` of events that each count as 1; not an expression
