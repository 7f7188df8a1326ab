"""What the products of a run are, and what reads them."""

JSON_READER = "any JSON reader"
# Path below the results (`*` ends a kind) → what it is, and what reads it.
KINDS = {
    "index.html": ("summary page", "a web browser"),
    "overview.rst": ("the same without plots, for Snakemake's report", "snakemake --report"),
    "results.json": ("named results: single numbers, with where each stands", JSON_READER),
    "summary.json": ("numbers of the summary page", JSON_READER),
    "limits.json": ("upper limits and curves of CLs", "pandas, any JSON reader"),
    "significances.json": ("observed and expected significances", JSON_READER),
    "ranking.json": ("impacts of the parameters", JSON_READER),
    "model_check.json": ("-2 ln L of each model at some points, ours and pyhf's", JSON_READER),
    "fit.json": ("parameters, errors, correlations", "pandas, any JSON reader"),
    "workspaces/*": ("statistical models, one per signal", "pyhf, cabinetry; HistFactory JSON readers such as RooFit's HS3"),
    "likelihood/*": ("the model without signal, a patch for each signal, how to use them", "pyhf; see its README.md"),
    "hepdata/*": ("submission to HEPData: tables, plots, likelihood (.tar.gz)", "a YAML reader; hepdata-validator"),
    "simplified/*": ("simplified likelihood and efficiency maps, how to use them", "spey, SModelS; see its README.md"),
    "recast/*": ("entry for RECAST, with its workflow and example inputs", "recast-atlas; see its README.md"),
    "plots/*": ("plots as PDF and PNG, and a JSON with every number drawn", "viewers; any JSON reader"),
    "histograms/*": ("histograms of each dataset, normalized (UHI)", "the Python packages uhi, hist"),
    "cutflow/*": ("cutflows", JSON_READER),
    "events/*": ("events after the loose selection (Parquet)", "pandas, pyarrow, awkward, DuckDB, ROOT via Arrow"),
    "parts/*": ("how datasets were divided into jobs", JSON_READER),
    "files/*": ("production files (ROOT or CSV)", "uproot, ROOT; pandas"),
    "records/*": ("record of each job", JSON_READER),
}
