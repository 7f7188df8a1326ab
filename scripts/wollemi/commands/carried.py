"""Names of files in a wheel besides the programs and the package, copied by `wollemi new` and
`wollemi start`. No imports: the build of the wheel runs this file alone.
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
