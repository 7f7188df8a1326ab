"""Plots, and one page that summarizes the analysis (index.html)."""


rule plot_regions:
    """Each variable of each region before the fit, and shapes of samples."""
    input:
        ancient(plan.histogram_records(plan.model_datasets)),
        code=code("plot_regions"),
        analysis=ancient(ANALYSIS_FILE),
        histograms=plan.merged_histograms(plan.model_datasets),
        luminosity=plan.luminosity,
    output:
        pdf=plan.plots("pdf", plan.histogram_plots),
        png=[
            *(
                shown_plot(name, "regions", "Before the fit", **labels)
                for name, labels in {**plan.region_plots, **plan.group_plots}.items()
            ),
            *(
                shown_plot(name, "regions", "Eras", **labels)
                for name, labels in plan.era_plots.items()
            ),
            *(
                shown_plot(name, "planes", "Two variables", **labels)
                for name, labels in plan.plane_plots.items()
            ),
            *(
                shown_plot(name, "shapes", "Shapes", **labels)
                for name, labels in plan.shape_plots.items()
            ),
            *(
                shown_plot(name, "efficiencies", "Efficiencies of cuts", **labels)
                for name, labels in plan.efficiency_plots.items()
            ),
        ],
        json=plan.plots("json", plan.histogram_plots),
        record=f"results/{RUN}/records/plot_regions.json",
    log:
        f"results/{RUN}/logs/plot_regions.log",
    conda:
        environment("plot_regions")
    resources:
        **job_resources("plot_regions"),
    params:
        **planned("plot_regions"),
    shell:
        command("plot_regions")


if plan.correction_plots:

    rule plot_corrections:
        """Corrections that are measured: efficiencies, scale factors, fake rates, pile-up."""
        input:
            code=code("plot_corrections"),
            analysis=ancient(ANALYSIS_FILE),
            maps=plan.correction_maps,
            luminosity=plan.luminosity,
        output:
            pdf=plan.plots("pdf", plan.correction_plots),
            png=[
                shown_plot(name, "corrections", "Corrections", correction=correction)
                for name, correction in plan.correction_plots.items()
            ],
            json=plan.plots("json", plan.correction_plots),
            record=f"results/{RUN}/records/plot_corrections.json",
        log:
            f"results/{RUN}/logs/plot_corrections.log",
        conda:
            environment("plot_corrections")
        resources:
            **job_resources("plot_corrections"),
        params:
            **planned("plot_corrections"),
        shell:
            command("plot_corrections")


if plan.template_plots:

    rule plot_templates:
        """Templates at ±1σ beside the nominal ones, of chosen systematics."""
        input:
            ancient(plan.histogram_records(plan.simulated_datasets)),
            code=code("plot_templates"),
            analysis=ancient(ANALYSIS_FILE),
            histograms=plan.merged_histograms(plan.simulated_datasets),
            luminosity=plan.luminosity,
        output:
            pdf=plan.plots("pdf", plan.template_plots),
            png=[
                shown_plot(name, "templates", "Templates", plot=name)
                for name in plan.template_plots
            ],
            json=plan.plots("json", plan.template_plots),
            record=f"results/{RUN}/records/plot_templates.json",
        log:
            f"results/{RUN}/logs/plot_templates.log",
        conda:
            environment("plot_templates")
        resources:
            **job_resources("plot_templates"),
        params:
            **planned("plot_templates"),
        shell:
            command("plot_templates")


# Program → its caption and heading in Snakemake's report.
SHOWN = {
    "plot_fit": ("fit", "Fit"),
    "plot_ranking": ("impacts", "Impacts"),
    "plot_limits": ("limits", "Limits"),
    "plot_contour": ("limits", "Limits"),
    "plot_discovery": ("discovery", "Limits"),
    "plot_extrapolation": ("extrapolation", "Limits"),
    "plot_scans": ("scans", "Scans"),
    "plot_toys": ("toys", "Toys"),
    "plot_intervals": ("intervals", "Intervals"),
    "plot_goodness": ("goodness", "Fit"),
    "plot_uncertainties": ("uncertainties", "Uncertainties"),
}
# Program → its inputs in addition to the product and the luminosity; extrapolated results name their own luminosities.
DRAWN_WITH = {
    "plot_fit": {
        "predictions": plan.product("predictions"),
        "histograms": plan.histograms(plan.data_datasets),
    },
    "plot_ranking": {"fit": plan.path("fit.json")},
    "plot_limits": {"overlays": [] if plan.drawn_by("plot_contour") else plan.overlays},
    "plot_contour": {"imported": plan.imported, "overlays": plan.overlays},
}
DRAWN = {entry.program: entry.product for entry in PLOTS if plan.drawn_by(entry.program)}

# Named `rule`: Snakemake evaluates `shell` again when a job runs, with the name of its rule.
for rule, product in DRAWN.items():

    rule:
        name:
            rule
        input:
            **{product: plan.path(f"{product}.json")},
            **DRAWN_WITH.get(rule, {}),
            code=code(rule),
            analysis=ancient(ANALYSIS_FILE),
            luminosity=[] if product == "extrapolation" else plan.luminosity,
        output:
            pdf=plan.plots("pdf", plan.drawn_by(rule)),
            png=[shown_plot(name, *SHOWN[rule], plot=name) for name in plan.drawn_by(rule)],
            json=plan.plots("json", plan.drawn_by(rule)),
            record=f"results/{RUN}/records/{rule}.json",
        log:
            f"results/{RUN}/logs/{rule}.log",
        conda:
            environment(rule)
        resources:
            **job_resources(rule),
        params:
            **planned(rule),
        shell:
            command(rule)


rule summarize_results:
    """One page, the same for Snakemake's report, and one file of numbers."""
    input:
        ancient(plan.histogram_records(plan.shown_datasets)),
        **values.model_inputs("summarize_results"),
        code=code("summarize_results"),
        analysis=ancient(ANALYSIS_FILE),
        templates=[
            "workflow/report/summary.html.j2",
            "workflow/report/overview.rst.j2",
            *PAGE_PARTS,
        ],
        cutflows=plan.cutflows(plan.shown_datasets),
        numbers=plan.plots("json", plan.plot_names),
        results=[path for item in PRODUCTS if item.line for path in plan.product(item.name)],
        imported=plan.imported,
        lint=plan.lint,
        luminosity=plan.luminosity,
    output:
        page=f"results/{RUN}/index.html",
        overview=f"results/{RUN}/overview.rst",
        summary=shown_file("summary.json", "numbers", "Numbers"),
        record=f"results/{RUN}/records/summarize_results.json",
    log:
        f"results/{RUN}/logs/summarize_results.log",
    conda:
        environment("summarize_results")
    resources:
        **job_resources("summarize_results"),
    params:
        **planned("summarize_results"),
    shell:
        command("summarize_results")
