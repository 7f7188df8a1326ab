"""Wollemi: from production files to limits. README.md has the picture."""


configfile: "config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/products.smk"
include: "workflow/rules/inputs.smk"
include: "workflow/rules/events.smk"
include: "workflow/rules/histograms.smk"
include: "workflow/rules/statistics.smk"
include: "workflow/rules/plots.smk"
include: "workflow/rules/publication.smk"
include: "workflow/rules/simplified.smk"
include: "workflow/rules/site.smk"


report: f"results/{RUN}/overview.rst"


rule all:
    """The whole analysis."""
    default_target: True
    input:
        expand(f"results/{RUN}/histograms/{{dataset}}.json", dataset=MODEL_DATASETS),
        STATISTICS,
        PLOTS,
        MODEL_CHECK,
        # A preview has nothing to publish.
        [] if MAX_EVENTS else [*LIKELIHOOD, *RESULTS],
        f"results/{RUN}/summary.json",
        f"results/{RUN}/index.html",


rule publish:
    """All of it, and what a publication gives to others."""
    input:
        rules.all.input,
        PUBLICATION,


onsuccess:
    print(headline(RUN))


onerror:
    # One file under Snakemake 7, a list under 9.
    print(error_messages(as_list(log)))
