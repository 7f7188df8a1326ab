"""A static site of the results, with everything that is published: it stands after all that it gives to download."""

SITE_FOLDER = f"results/{RUN}/site"
SITE_PAGES = [
    "index",
    "regions",
    *(["fit", "limits", "systematics"] if HAS_MODEL else []),
    "data",
    "provenance",
    "downloads",
]
SITE_ASSETS = ["workflow/report/parts/style.css", "workflow/report/site/tables.js"]
# Whole folders: all that is made together with what `publish` names.
PUBLISHED_TOGETHER = [
    str(path)
    for rule in workflow.rules
    if not set(PUBLICATION).isdisjoint(map(str, rule.output))
    for path in rule.output
    if "/records/" not in path
]
DOWNLOADS = list(
    dict.fromkeys(
        [
            f"results/{RUN}/summary.json",
            *RESULTS,
            *STATISTICS,
            *PUBLISHED_TOGETHER,
            *PLOTS,
            *(f"results/{RUN}/histograms/{dataset}.json" for dataset in MODEL_DATASETS),
            *(f"results/{RUN}/cutflow/{dataset}.json" for dataset in DATASETS),
        ]
    )
)
# Of the jobs that made them all at once; those of single datasets are behind them.
SITE_RECORDS = [str(rule.output.record) for rule in workflow.rules if not set(DOWNLOADS).isdisjoint(map(str, rule.output))]


rule write_site:
    """Pages of the results for people who were not there."""
    input:
        code=code("write_site"),
        analysis=ancient(ANALYSIS_FILE),
        templates=[*(f"workflow/report/site/{name}.html.j2" for name in ["site", *SITE_PAGES]), *PAGE_PARTS],
        assets=SITE_ASSETS,
        summary=f"results/{RUN}/summary.json",
        limits=LIMITS,
        numbers=expand(f"results/{RUN}/plots/{{name}}.json", name=PLOT_NAMES),
        copied=DOWNLOADS,
        records=SITE_RECORDS,
    output:
        pages=expand(f"{SITE_FOLDER}/{{page}}.html", page=SITE_PAGES),
        copied_assets=[f"{SITE_FOLDER}/{path.rpartition('/')[2]}" for path in SITE_ASSETS],
        copies=[path.replace(f"results/{RUN}", SITE_FOLDER, 1) for path in DOWNLOADS],
        record=f"results/{RUN}/records/write_site.json",
    log:
        f"results/{RUN}/logs/write_site.log",
    conda:
        "../../envs/site.yaml"
    container:
        IMAGE
    resources:
        **job_resources("write_site"),
    params:
        **planned("write_site"),
        max_events=MAX_EVENTS,
    shell:
        command("write_site")


PUBLICATION += [path for path in rules.write_site.output if path != rules.write_site.output.record]
