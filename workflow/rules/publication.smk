"""What is given to others: named results, the likelihood, a submission to HEPData, an entry for RECAST."""

from wollemi.analysis.plain.publication import ARCHIVED, recast_examples

PUBLISHED = f"results/{RUN}/likelihood"
LIKELIHOOD = [f"{PUBLISHED}/{name}" for name in ("BkgOnly.json", "patchset.json", "cls.json", "README.md")] if LIMITS else []
# Products that named results are read from.
NAMED = sorted({f"results/{RUN}/{item['file']}" for item in DOCUMENT.get("results", {}).values()})
RESULTS = [f"results/{RUN}/results.json"] if NAMED else []
HEPDATA = [f"results/{RUN}/hepdata/submission.tar.gz"] if hepdata_texts(DOCUMENT) else []
CATALOGUE = f"results/{RUN}/recast"
EXAMPLES = [f"{CATALOGUE}/inputs/{name}.yaml" for name in (ARCHIVED, *recast_examples(DOCUMENT))]
RECAST = (
    [f"{CATALOGUE}/{name}" for name in ("recast.yml", "specs/workflow.yml", "specs/steps.yml", "README.md")] if LIMITS else []
)
# What `snakemake publish` asks for; the likelihood is made by every run.
PUBLICATION = [*LIKELIHOOD, *HEPDATA, *RECAST]

if LIKELIHOOD:

    rule write_likelihood:
        """The full likelihood: background-only workspace, patch set of all signals, and how to use them."""
        input:
            code=code("write_likelihood"),
            analysis=ancient(ANALYSIS_FILE),
            template="workflow/report/likelihood_readme.md.j2",
            workspaces=WORKSPACES,
        output:
            background=shown_file("likelihood/BkgOnly.json", "likelihood", "Likelihood"),
            patchset=shown_file("likelihood/patchset.json", "likelihood", "Likelihood"),
            cls=shown_file("likelihood/cls.json", "likelihood", "Likelihood"),
            readme=shown_file("likelihood/README.md", "likelihood", "Likelihood"),
            record=f"results/{RUN}/records/write_likelihood.json",
        log:
            f"results/{RUN}/logs/write_likelihood.log",
        conda:
            "../../envs/publication.yaml"
        container:
            IMAGE
        resources:
            **job_resources("write_likelihood"),
        params:
            **planned("write_likelihood"),
        shell:
            command("write_likelihood")


if RESULTS:

    rule write_results:
        """Single numbers of the products under the names that the analysis gives them."""
        input:
            code=code("write_results"),
            analysis=ancient(ANALYSIS_FILE),
            products=NAMED,
        output:
            results=f"results/{RUN}/results.json",
            record=f"results/{RUN}/records/write_results.json",
        log:
            f"results/{RUN}/logs/write_results.log",
        conda:
            "../../envs/publication.yaml"
        container:
            IMAGE
        resources:
            **job_resources("write_results"),
        params:
            **planned("write_results"),
        shell:
            command("write_results")


if HEPDATA:

    rule write_hepdata:
        """The results as a submission to HEPData."""
        input:
            code=code("write_hepdata"),
            analysis=ancient(ANALYSIS_FILE),
            cutflows=[f"results/{RUN}/cutflow/{dataset}.json" for dataset in sample_datasets(DOCUMENT)],
            histograms=[f"results/{RUN}/histograms/{dataset}.json" for dataset in sample_datasets(DOCUMENT, "data")],
            fit=[f"results/{RUN}/fit.json"] if HAS_MODEL else [],
            ranking=[f"results/{RUN}/ranking.json"] if HAS_MODEL else [],
            significances=[f"results/{RUN}/significances.json"] if HAS_MODEL else [],
            limits=LIMITS,
            cls=[f"{PUBLISHED}/cls.json"] if LIMITS else [],
            likelihood=LIKELIHOOD or (WORKSPACES if HAS_MODEL else []),
            plots=[name for name in PLOTS if name.endswith(".png")],
            luminosity=LUMINOSITY,
        output:
            submission=f"results/{RUN}/hepdata/submission.tar.gz",
            record=f"results/{RUN}/records/write_hepdata.json",
        log:
            f"results/{RUN}/logs/write_hepdata.log",
        conda:
            "../../envs/publication.yaml"
        container:
            IMAGE
        resources:
            **job_resources("write_hepdata"),
        params:
            **planned("write_hepdata"),
        shell:
            command("write_hepdata")


if RECAST:

    rule write_recast:
        """An entry in a catalogue of RECAST: new signals for an archive of the analysis."""
        input:
            code=code("write_recast"),
            analysis=ancient(ANALYSIS_FILE),
            citation="CITATION.cff",
            template="workflow/report/recast_readme.md.j2",
        output:
            entry=f"{CATALOGUE}/recast.yml",
            workflow=f"{CATALOGUE}/specs/workflow.yml",
            steps=f"{CATALOGUE}/specs/steps.yml",
            inputs=EXAMPLES,
            readme=f"{CATALOGUE}/README.md",
            record=f"results/{RUN}/records/write_recast.json",
        log:
            f"results/{RUN}/logs/write_recast.log",
        conda:
            "../../envs/publication.yaml"
        container:
            IMAGE
        resources:
            **job_resources("write_recast"),
        params:
            **planned("write_recast"),
            image=config["workflow_image"],
        shell:
            command("write_recast")
