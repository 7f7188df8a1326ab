"""The products of a run, and the programs that read them."""

from wollemi.analysis.plain.product_tables import ABOUT

JSON_READER = "any JSON reader"


def _described(*places: str) -> dict[str, tuple[str, str]]:
    """Descriptions from the models of products."""
    return {place.replace("**/", "").replace("*.json", "*"): ABOUT[place] for place in places}


# Path below the results (`*` at the end of a kind) → description, and programs that read it.
KINDS = {
    "index.html": ("summary page", "a web browser"),
    "overview.rst": ("the same without plots, for Snakemake's report", "snakemake --report"),
    **_described(*(place for place in ABOUT if "/" not in place)),
    "workspaces/*": (
        "statistical models, one per signal",
        "pyhf, cabinetry; HistFactory JSON readers such as RooFit's HS3",
    ),
    "likelihood/*": (
        "the model without signal, a patch for each signal, how to use them",
        "pyhf; see its README.md",
    ),
    "hepdata/*": (
        "submission to HEPData: tables, plots, likelihood (.tar.gz)",
        "a YAML reader; hepdata-validator",
    ),
    "simplified/*": (
        "simplified likelihood and efficiency maps, how to use them",
        "spey, SModelS; see its README.md",
    ),
    "recast/*": (
        "entry for RECAST, with its workflow and example inputs",
        "recast-atlas; see its README.md",
    ),
    "paper/*": (
        "figures and tables for a paper, and a document that shows them",
        "LaTeX; see its README.md",
    ),
    "tables/*": (
        "yields, cutflows, systematics, limits and others as CSV, Markdown and LaTeX",
        "pandas; a text editor; LaTeX",
    ),
    "plots/*": (
        "plots as PDF and PNG, and a JSON with every number drawn",
        "viewers; any JSON reader",
    ),
    "histograms/*": (
        "histograms of each dataset, normalized (UHI JSON), and of its parts (UHI zip)",
        "the Python packages uhi, hist",
    ),
    "events/*": (
        "events after the loose selection (Parquet)",
        "pandas, pyarrow, awkward, DuckDB, ROOT via Arrow",
    ),
    **_described(*(place for place in ABOUT if "*" in place)),
    "overlays/*": (
        "tables of others' limits, as they were fetched",
        "a YAML or JSON reader, pandas",
    ),
    "corrections/*": ("corrections, as they were fetched or measured", "correctionlib"),
    "published/*": ("published likelihood, as it was fetched", "pyhf"),
    "commands/*": ("files that commands of other frameworks made", "uproot, ROOT"),
    "files/*": ("production files (ROOT or CSV)", "uproot, ROOT; pandas"),
}
