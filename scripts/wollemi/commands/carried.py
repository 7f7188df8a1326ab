"""What a wheel carries beside the programs and the package, and `wollemi new` and `wollemi start`
copy. No imports: the build of the wheel runs this file alone.
"""

WORKFLOW = (
    "CITATION.cff",
    "LICENSE",
    "README.md",
    "Snakefile",
    "config",
    "containers",
    "envs",
    "profiles",
    "pyproject.toml",
    "uv.lock",
    "workflow",
)
