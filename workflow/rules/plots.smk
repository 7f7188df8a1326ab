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


if plan.has_model:

    rule plot_fit:
        """Each region after the fit, fitted or not, pulls, correlations."""
        input:
            code=code("plot_fit"),
            analysis=ancient(ANALYSIS_FILE),
            fit=f"results/{RUN}/fit.json",
            predictions=plan.product("predictions"),
            histograms=plan.histograms(plan.data_datasets),
            luminosity=plan.luminosity,
        output:
            pdf=plan.plots("pdf", plan.drawn_by("plot_fit")),
            png=[shown_plot(name, "fit", "Fit", plot=name) for name in plan.drawn_by("plot_fit")],
            json=plan.plots("json", plan.drawn_by("plot_fit")),
            record=f"results/{RUN}/records/plot_fit.json",
        log:
            f"results/{RUN}/logs/plot_fit.log",
        conda:
            environment("plot_fit")
        resources:
            **job_resources("plot_fit"),
        params:
            **planned("plot_fit"),
        shell:
            command("plot_fit")


if plan.has_model:

    rule plot_ranking:
        """Impacts of the parameters on the parameter of interest."""
        input:
            code=code("plot_ranking"),
            analysis=ancient(ANALYSIS_FILE),
            ranking=f"results/{RUN}/ranking.json",
            fit=f"results/{RUN}/fit.json",
            luminosity=plan.luminosity,
        output:
            pdf=plan.plots("pdf", plan.drawn_by("plot_ranking")),
            png=[
                shown_plot(name, "impacts", "Impacts", plot=name)
                for name in plan.drawn_by("plot_ranking")
            ],
            json=plan.plots("json", plan.drawn_by("plot_ranking")),
            record=f"results/{RUN}/records/plot_ranking.json",
        log:
            f"results/{RUN}/logs/plot_ranking.log",
        conda:
            environment("plot_ranking")
        resources:
            **job_resources("plot_ranking"),
        params:
            **planned("plot_ranking"),
        shell:
            command("plot_ranking")


if plan.product("limits"):

    rule plot_limits:
        """Upper limits of several signals, or CLs of one."""
        input:
            code=code("plot_limits"),
            analysis=ancient(ANALYSIS_FILE),
            limits=f"results/{RUN}/limits.json",
            overlays=[] if plan.drawn_by("plot_contour") else plan.overlays,
            luminosity=plan.luminosity,
        output:
            pdf=plan.plots("pdf", plan.drawn_by("plot_limits")),
            png=[
                shown_plot(name, "limits", "Limits", plot=name)
                for name in plan.drawn_by("plot_limits")
            ],
            json=plan.plots("json", plan.drawn_by("plot_limits")),
            record=f"results/{RUN}/records/plot_limits.json",
        log:
            f"results/{RUN}/logs/plot_limits.log",
        conda:
            environment("plot_limits")
        resources:
            **job_resources("plot_limits"),
        params:
            **planned("plot_limits"),
        shell:
            command("plot_limits")


if plan.drawn_by("plot_contour"):

    rule plot_contour:
        """Excluded region of a published grid of signals."""
        input:
            code=code("plot_contour"),
            analysis=ancient(ANALYSIS_FILE),
            limits=f"results/{RUN}/limits.json",
            imported=plan.imported,
            overlays=plan.overlays,
            luminosity=plan.luminosity,
        output:
            pdf=plan.plots("pdf", plan.drawn_by("plot_contour")),
            png=[
                shown_plot(name, "limits", "Limits", plot=name)
                for name in plan.drawn_by("plot_contour")
            ],
            json=plan.plots("json", plan.drawn_by("plot_contour")),
            record=f"results/{RUN}/records/plot_contour.json",
        log:
            f"results/{RUN}/logs/plot_contour.log",
        conda:
            environment("plot_contour")
        resources:
            **job_resources("plot_contour"),
        params:
            **planned("plot_contour"),
        shell:
            command("plot_contour")


if plan.product("discovery"):

    rule plot_discovery:
        """Local p-values of the signals."""
        input:
            code=code("plot_discovery"),
            analysis=ancient(ANALYSIS_FILE),
            discovery=f"results/{RUN}/discovery.json",
            luminosity=plan.luminosity,
        output:
            pdf=plan.plots("pdf", plan.drawn_by("plot_discovery")),
            png=[
                shown_plot(name, "discovery", "Limits", plot=name)
                for name in plan.drawn_by("plot_discovery")
            ],
            json=plan.plots("json", plan.drawn_by("plot_discovery")),
            record=f"results/{RUN}/records/plot_discovery.json",
        log:
            f"results/{RUN}/logs/plot_discovery.log",
        conda:
            environment("plot_discovery")
        resources:
            **job_resources("plot_discovery"),
        params:
            **planned("plot_discovery"),
        shell:
            command("plot_discovery")


if plan.product("extrapolation"):

    rule plot_extrapolation:
        """Expected limits and significances at other luminosities."""
        input:
            code=code("plot_extrapolation"),
            analysis=ancient(ANALYSIS_FILE),
            extrapolation=f"results/{RUN}/extrapolation.json",
        output:
            pdf=plan.plots("pdf", plan.drawn_by("plot_extrapolation")),
            png=[
                shown_plot(name, "extrapolation", "Limits", plot=name)
                for name in plan.drawn_by("plot_extrapolation")
            ],
            json=plan.plots("json", plan.drawn_by("plot_extrapolation")),
            record=f"results/{RUN}/records/plot_extrapolation.json",
        log:
            f"results/{RUN}/logs/plot_extrapolation.log",
        conda:
            environment("plot_extrapolation")
        resources:
            **job_resources("plot_extrapolation"),
        params:
            **planned("plot_extrapolation"),
        shell:
            command("plot_extrapolation")


if plan.product("scans"):

    rule plot_scans:
        """Profile likelihoods of one parameter, contours of two."""
        input:
            code=code("plot_scans"),
            analysis=ancient(ANALYSIS_FILE),
            scans=f"results/{RUN}/scans.json",
            luminosity=plan.luminosity,
        output:
            pdf=plan.plots("pdf", plan.drawn_by("plot_scans")),
            png=[
                shown_plot(name, "scans", "Scans", plot=name)
                for name in plan.drawn_by("plot_scans")
            ],
            json=plan.plots("json", plan.drawn_by("plot_scans")),
            record=f"results/{RUN}/records/plot_scans.json",
        log:
            f"results/{RUN}/logs/plot_scans.log",
        conda:
            environment("plot_scans")
        resources:
            **job_resources("plot_scans"),
        params:
            **planned("plot_scans"),
        shell:
            command("plot_scans")


if plan.product("toy_fits"):

    rule plot_toys:
        """Pulls of fits of toys, and their bias."""
        input:
            code=code("plot_toys"),
            analysis=ancient(ANALYSIS_FILE),
            toy_fits=f"results/{RUN}/toy_fits.json",
            luminosity=plan.luminosity,
        output:
            pdf=plan.plots("pdf", plan.drawn_by("plot_toys")),
            png=[shown_plot(name, "toys", "Toys", plot=name) for name in plan.drawn_by("plot_toys")],
            json=plan.plots("json", plan.drawn_by("plot_toys")),
            record=f"results/{RUN}/records/plot_toys.json",
        log:
            f"results/{RUN}/logs/plot_toys.log",
        conda:
            environment("plot_toys")
        resources:
            **job_resources("plot_toys"),
        params:
            **planned("plot_toys"),
        shell:
            command("plot_toys")


if plan.product("intervals"):

    rule plot_intervals:
        """Test statistics of a parameter and their critical values."""
        input:
            code=code("plot_intervals"),
            analysis=ancient(ANALYSIS_FILE),
            intervals=f"results/{RUN}/intervals.json",
            luminosity=plan.luminosity,
        output:
            pdf=plan.plots("pdf", plan.drawn_by("plot_intervals")),
            png=[
                shown_plot(name, "intervals", "Intervals", plot=name)
                for name in plan.drawn_by("plot_intervals")
            ],
            json=plan.plots("json", plan.drawn_by("plot_intervals")),
            record=f"results/{RUN}/records/plot_intervals.json",
        log:
            f"results/{RUN}/logs/plot_intervals.log",
        conda:
            environment("plot_intervals")
        resources:
            **job_resources("plot_intervals"),
        params:
            **planned("plot_intervals"),
        shell:
            command("plot_intervals")


if plan.product("goodness"):

    rule plot_goodness:
        """Test statistics of toys and of the data."""
        input:
            code=code("plot_goodness"),
            analysis=ancient(ANALYSIS_FILE),
            goodness=f"results/{RUN}/goodness.json",
            luminosity=plan.luminosity,
        output:
            pdf=plan.plots("pdf", plan.drawn_by("plot_goodness")),
            png=[
                shown_plot(name, "goodness", "Fit", plot=name)
                for name in plan.drawn_by("plot_goodness")
            ],
            json=plan.plots("json", plan.drawn_by("plot_goodness")),
            record=f"results/{RUN}/records/plot_goodness.json",
        log:
            f"results/{RUN}/logs/plot_goodness.log",
        conda:
            environment("plot_goodness")
        resources:
            **job_resources("plot_goodness"),
        params:
            **planned("plot_goodness"),
        shell:
            command("plot_goodness")


if plan.product("uncertainties"):

    rule plot_uncertainties:
        """Contributions of sources to the uncertainty of the parameter of interest."""
        input:
            code=code("plot_uncertainties"),
            analysis=ancient(ANALYSIS_FILE),
            uncertainties=f"results/{RUN}/uncertainties.json",
            luminosity=plan.luminosity,
        output:
            pdf=plan.plots("pdf", plan.drawn_by("plot_uncertainties")),
            png=[
                shown_plot(name, "uncertainties", "Uncertainties", plot=name)
                for name in plan.drawn_by("plot_uncertainties")
            ],
            json=plan.plots("json", plan.drawn_by("plot_uncertainties")),
            record=f"results/{RUN}/records/plot_uncertainties.json",
        log:
            f"results/{RUN}/logs/plot_uncertainties.log",
        conda:
            environment("plot_uncertainties")
        resources:
            **job_resources("plot_uncertainties"),
        params:
            **planned("plot_uncertainties"),
        shell:
            command("plot_uncertainties")


rule summarize_results:
    """One page, the same for Snakemake's report, and one file of numbers."""
    input:
        ancient(plan.histogram_records(plan.shown_datasets)),
        code=code("summarize_results"),
        analysis=ancient(ANALYSIS_FILE),
        templates=[
            "workflow/report/summary.html.j2",
            "workflow/report/overview.rst.j2",
            *PAGE_PARTS,
        ],
        cutflows=plan.cutflows(plan.shown_datasets),
        numbers=plan.plots("json", plan.plot_names),
        fit=plan.product("fit"),
        predictions=plan.product("predictions"),
        limits=plan.product("limits"),
        extrapolation=plan.product("extrapolation"),
        scans=plan.product("scans"),
        goodness=plan.product("goodness"),
        uncertainties=plan.product("uncertainties"),
        region_limits=plan.product("region_limits"),
        discovery=plan.product("discovery"),
        intervals=plan.product("intervals"),
        toy_fits=plan.product("toy_fits"),
        significances=plan.product("significances"),
        imported=plan.imported,
        lint=plan.lint,
        model_check=plan.product("model_check"),
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
