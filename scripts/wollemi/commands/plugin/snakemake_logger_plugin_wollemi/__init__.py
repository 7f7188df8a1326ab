"""The console of `wollemi run`, where Snakemake looks for it: it finds logger plugins by the name
of their package.
"""

from wollemi.commands.console import LogHandler

__all__ = ["LogHandler"]
