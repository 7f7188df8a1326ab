"""Web pages of the results and of all publication material; made last."""

SITE_ASSETS = ["workflow/report/parts/style.css", "workflow/report/site/tables.js"]


rule write_site:
    """Pages of the results for readers outside the analysis."""
    input:
        code=code("write_site"),
        analysis=ancient(ANALYSIS_FILE),
        templates=[
            *(f"workflow/report/site/{name}.html.j2" for name in ["site", *plan.site_names]),
            *PAGE_PARTS,
        ],
        assets=SITE_ASSETS,
        summary=f"results/{RUN}/summary.json",
        limits=plan.product("limits"),
        numbers=plan.plots("json", plan.plot_names),
        copied=plan.downloads,
        records=plan.download_records,
    output:
        pages=plan.paths(f"site/{name}.html" for name in plan.site_names),
        copied_assets=plan.paths(f"site/{path.rpartition('/')[2]}" for path in SITE_ASSETS),
        copies=[path.replace(f"results/{RUN}", f"results/{RUN}/site", 1) for path in plan.downloads],
        record=f"results/{RUN}/records/write_site.json",
    log:
        f"results/{RUN}/logs/write_site.log",
    conda:
        environment("write_site")
    resources:
        **job_resources("write_site"),
    params:
        **planned("write_site"),
        max_events=MAX_EVENTS,
    shell:
        command("write_site")
