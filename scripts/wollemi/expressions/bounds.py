"""How large an expression may be: what goes beyond is refused. Standard library only."""

LONGEST_EXPRESSION = 10_000  # characters
DEEPEST = 100  # operations within one another; a chain of `and` or `or` is one
MOST_USES = 1_000_000  # numbers that say what a random number is for are below
