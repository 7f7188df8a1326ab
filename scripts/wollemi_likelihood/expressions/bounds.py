"""How large an expression may be: larger ones are refused. Standard library only."""

LONGEST_EXPRESSION = 10_000  # characters
DEEPEST = 100  # nested operations; a chain of `and` or `or` is one
MOST_USES = 1_000_000  # exclusive upper bound on the `use` of a random number
UNWEIGHTED = "none"  # `weight` of events that each count as 1: not an expression
