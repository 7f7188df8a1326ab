"""For people: plots, and one page that summarizes the analysis."""

HAS_MODEL = "model" in DOCUMENT
FITTED_REGIONS = fitted_regions(DOCUMENT)
LIMIT_PLOTS = ["limits"] if LIMITS else []
FIT_PLOTS = [*(f"postfit_{name}" for name in FITTED_REGIONS), "pulls", "correlations"] if HAS_MODEL else []
SHOWN_SIGNALS = SIGNALS if len(SIGNALS) == 1 else as_list(DOCUMENT.get("plots", {}).get("show_signals")) or SIGNALS
RANKING_PLOTS = [f"ranking_{signal}" for signal in SHOWN_SIGNALS] if HAS_MODEL else []
REGION_PLOTS = {
    f"{name}_{variable}": {"region": name, "variable": variable}
    for name, region in REGIONS.items()
    for variable in [region["variable"], *as_list(region.get("monitor"))]
}
# In the order of the summary page.
PLOT_NAMES = [*LIMIT_PLOTS, *FIT_PLOTS, *RANKING_PLOTS, *REGION_PLOTS]
# What the pages share.
PAGE_PARTS = [f"workflow/report/parts/{name}" for name in ("frame.html.j2", "pieces.html.j2", "style.css")]
PLOTS = expand(f"results/{RUN}/plots/{{name}}.{{suffix}}", name=PLOT_NAMES, suffix=["pdf", "png", "json"])


rule plot_regions:
    """Each variable of each region before the fit."""
    input:
        code=code("plot_regions"),
        analysis=ancient(ANALYSIS_FILE),
        histograms=merged_histograms(MODEL_DATASETS),
        luminosity=LUMINOSITY,
    output:
        pdf=expand(f"results/{RUN}/plots/{{name}}.pdf", name=REGION_PLOTS),
        png=[shown_plot(name, "regions", "Before the fit", **labels) for name, labels in REGION_PLOTS.items()],
        json=expand(f"results/{RUN}/plots/{{name}}.json", name=REGION_PLOTS),
        record=f"results/{RUN}/records/plot_regions.json",
    log:
        f"results/{RUN}/logs/plot_regions.log",
    conda:
        "../../envs/plots.yaml"
    container:
        IMAGE
    resources:
        **job_resources("plot_regions"),
    params:
        **planned("plot_regions"),
    shell:
        command("plot_regions")


if HAS_MODEL:

    rule plot_fit:
        """Each fitted region after the fit, pulls, correlations."""
        input:
            code=code("plot_fit"),
            analysis=ancient(ANALYSIS_FILE),
            fit=f"results/{RUN}/fit.json",
            histograms=[f"results/{RUN}/histograms/{dataset}.json" for dataset in sample_datasets(DOCUMENT, "data")],
            luminosity=LUMINOSITY,
        output:
            pdf=expand(f"results/{RUN}/plots/{{name}}.pdf", name=FIT_PLOTS),
            png=[shown_plot(name, "fit", "Fit", plot=name) for name in FIT_PLOTS],
            json=expand(f"results/{RUN}/plots/{{name}}.json", name=FIT_PLOTS),
            record=f"results/{RUN}/records/plot_fit.json",
        log:
            f"results/{RUN}/logs/plot_fit.log",
        conda:
            "../../envs/plots.yaml"
        container:
            IMAGE
        resources:
            **job_resources("plot_fit"),
        params:
            **planned("plot_fit"),
        shell:
            command("plot_fit")


if HAS_MODEL:

    rule plot_ranking:
        """Impacts of the parameters on the parameter of interest."""
        input:
            code=code("plot_ranking"),
            analysis=ancient(ANALYSIS_FILE),
            ranking=f"results/{RUN}/ranking.json",
            fit=f"results/{RUN}/fit.json",
            luminosity=LUMINOSITY,
        output:
            pdf=expand(f"results/{RUN}/plots/{{name}}.pdf", name=RANKING_PLOTS),
            png=[shown_plot(name, "impacts", "Impacts", plot=name) for name in RANKING_PLOTS],
            json=expand(f"results/{RUN}/plots/{{name}}.json", name=RANKING_PLOTS),
            record=f"results/{RUN}/records/plot_ranking.json",
        log:
            f"results/{RUN}/logs/plot_ranking.log",
        conda:
            "../../envs/plots.yaml"
        container:
            IMAGE
        resources:
            **job_resources("plot_ranking"),
        params:
            **planned("plot_ranking"),
        shell:
            command("plot_ranking")


if LIMITS:

    rule plot_limits:
        """Upper limits of several signals, or CLs of one."""
        input:
            code=code("plot_limits"),
            analysis=ancient(ANALYSIS_FILE),
            limits=f"results/{RUN}/limits.json",
            luminosity=LUMINOSITY,
        output:
            pdf=expand(f"results/{RUN}/plots/{{name}}.pdf", name=LIMIT_PLOTS),
            png=[shown_plot(name, "limits", "Limits", plot=name) for name in LIMIT_PLOTS],
            json=expand(f"results/{RUN}/plots/{{name}}.json", name=LIMIT_PLOTS),
            record=f"results/{RUN}/records/plot_limits.json",
        log:
            f"results/{RUN}/logs/plot_limits.log",
        conda:
            "../../envs/plots.yaml"
        container:
            IMAGE
        resources:
            **job_resources("plot_limits"),
        params:
            **planned("plot_limits"),
        shell:
            command("plot_limits")


rule summarize_results:
    """One page, the same for Snakemake's report, and one file of numbers."""
    input:
        code=code("summarize_results"),
        analysis=ancient(ANALYSIS_FILE),
        templates=["workflow/report/summary.html.j2", "workflow/report/overview.rst.j2", *PAGE_PARTS],
        cutflows=[f"results/{RUN}/cutflow/{dataset}.json" for dataset in DATASETS],
        numbers=expand(f"results/{RUN}/plots/{{name}}.json", name=PLOT_NAMES),
        fit=[f"results/{RUN}/fit.json"] if HAS_MODEL else [],
        limits=LIMITS,
        significances=[f"results/{RUN}/significances.json"] if HAS_MODEL else [],
        model_check=COMPARISON,
        luminosity=LUMINOSITY,
    output:
        page=f"results/{RUN}/index.html",
        overview=f"results/{RUN}/overview.rst",
        summary=shown_file("summary.json", "numbers", "Numbers"),
        record=f"results/{RUN}/records/summarize_results.json",
    log:
        f"results/{RUN}/logs/summarize_results.log",
    conda:
        "../../envs/plots.yaml"
    container:
        IMAGE
    resources:
        **job_resources("summarize_results"),
    params:
        **planned("summarize_results"),
    shell:
        command("summarize_results")
