"""Captions and sources of figures and tables, and the document that shows them."""

from wollemi.base.absence import absent_model
from wollemi_likelihood.base.errors import WollemiError
from wollemi_publish.paper import (
    Entry,
    by_folder,
    figure_caption,
    made_by,
    paper_document,
    table_caption,
)

LIMITS = {"observed_limit": 1.0}


def test_marks_are_in_captions():
    assert figure_caption(LIMITS | {"marks": []}) == "Upper limits"
    assert figure_caption(LIMITS | {"marks": ["pseudo-data", "BLINDED"]}) == (
        "Upper limits [pseudo-data] [BLINDED]"
    )


def test_a_plot_that_needs_a_model_says_why_there_is_none():
    error = WollemiError("regions.sr", "no background sample has events there", "loosen it")
    assert figure_caption(absent_model(error)) == (
        "regions.sr: no background sample has events there"
    )


def test_the_caption_of_a_table_is_what_is_above_it():
    assert table_caption("Limits; of all\n\n| a |\n| --- |\n") == "Limits; of all"


def test_many_files_of_a_folder_are_one():
    few = [f"workspaces/{name}.json" for name in "abcd"]
    assert by_folder(["fit.json", *few]) == ["fit.json", *few]
    assert by_folder([*few, "workspaces/e.json", "a.json", "b.json"]) == [
        *("a.json", "b.json", "workspaces/*")
    ]
    assert by_folder([f"{letter}.json" for letter in "abcdef"])[0] == "a.json"


def test_what_a_product_is_made_of():
    record = {
        "program": "scripts/plot_fit.py",
        "analysis": "config/a.yaml",
        "inputs": {"results/a/fit.json": "0", "config/a.yaml": "1"},
        "outputs": {"results/a/plots/pulls.pdf": "2", "results/a/plots/pulls.json": "3"},
    }
    assert made_by([record], "results/a") == dict.fromkeys(
        record["outputs"], ("plot_fit", ["fit.json"])
    )


def test_texts_of_the_analysis_are_no_commands():
    figure = Entry("limits", "100 % of $m_{Z}$ \\input{x}", "plot_limits", ())
    text = paper_document("A & B", [figure], [Entry("yields", "not here", "write_tables", ())])
    assert "A \\& B" in text
    assert "100 \\% of m\\textsubscript{Z} \\textbackslash{}input\\{x\\}" in text
    assert "\\input{tables/yields}" in text
    assert "not here" not in text
