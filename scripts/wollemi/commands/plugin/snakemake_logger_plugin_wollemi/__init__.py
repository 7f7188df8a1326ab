"""The console of `wollemi run` as a Snakemake plugin: Snakemake finds logger plugins by the name of
their package.
"""

from wollemi.commands.console import LogHandler

__all__ = ["LogHandler"]
