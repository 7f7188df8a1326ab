"""In the place of sympy, for jobs: `vector` imports it wherever it is, which is 0.5 of the 1.35 s
of CPU time that a job of events needs to start. Tests have it, users do not.
"""

raise ImportError("sympy is no dependency")
