"""Texts that are more than text to something that may read them, and the places of an analysis file
where any text may stand.
"""

import copy
from typing import Any

TEXTS = [
    "{% endraw %}{{ 6 * 7000003 }}",
    "{%- endraw -%}{{ cycler.__init__.__globals__.os.mkdir(lipsum.__name__) }}{% raw %}",
    "{%endraw%}{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "{%+ endraw +%}{{ 1 / 0 }}",
    "a {%\n  endraw\n%} {{ snakemake.config }}",
    "{% raw %} {{ nested }}",
    "{{ 6 * 7000003 }} {# hidden #}",
    "# endraw",
    "<script>alert(1)</script>",
    "</title></style></h1><img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "' onmouseover='alert(1)",
    "&lt;b&gt; &amp; &#60;b&#62;",
    "<!-- comment",
    "]]> <![CDATA[ x",
    "[here](javascript:alert(1)) ![x](y)",
    "[a][b]\n\n[b]: javascript:alert(1)",
    "`code` ``two`` ``` three",
    "**bold** __bold__ *i* _i_ ~~gone~~ snake_case_name",
    "text\n\n.. raw:: html\n\n   <b>x</b>",
    ".. include:: /etc/passwd",
    "|s| :math:`x` *e* `link <javascript:alert(1)>`_",
    (
        "title\n=====\n\n- item\n+ item\n* item\n1. one\n2) two\n> quote\n# head\n| a | b "
        "|\n|---|---|\n| 1 | 2 |"
    ),
    "    four spaces\n\tand a tab",
    "```\nfence\n```\n~~~\nfence",
    "key: value\n- !!python/object/apply:os.system [x]\n---\n...",
    "&anchor *alias %TAG @at",
    "=cmd|' /C calc'!A0",
    "$(touch pwned) `touch pwned` ; touch pwned",
    "%s %(x)d {0} {workdir} {x!r}",
    "../../../etc/passwd",
    "back\\slash \\input{/etc/passwd} \\* \\`",
    "at https://host/<b>?a=1&b=2#c",
    "$x < y & z$ and $_<_>^&$",
    "µ → ee, tt̄ √s = 13 TeV, 5 < 6 && 7 > 3",
    "{{ config }} {{ self.__init__.__globals__ }}",
    "\u3000 wide \u2003 spaces",
    "Ω\u0303\u0341 with marks",
    "👍 \U0001f4a9",
    "a\u2028b\u00a0c",
]


def with_text(document: dict[str, Any], text: str) -> dict[str, Any]:
    """An analysis with this text wherever it may have any: in the example analysis, every place of
    its pages.
    """
    changed = copy.deepcopy(document)
    changed |= {"title": text, "description": text}
    plots = changed["plots"]
    plots |= {"experiment": text, "data_label": text, "limit_x": {"label": text}}
    plots["regions"] = dict.fromkeys(changed["regions"], text)
    for style in plots["samples"].values():
        style["label"] = text
    for variable in changed["variables"].values():
        variable |= {"label": text, "unit": text}
    for dataset in changed["datasets"].values():
        dataset["record"] = text
    return changed
