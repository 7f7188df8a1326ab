"""Inputs of a hook besides its arguments, from its text."""

import datetime
import os
import random
import time

import numpy as np
import pytest
from support.project.paths import ROOT

from wollemi.analysis.hook_sources import hook_problems

CLOCK, RANDOM, MACHINE = "the clock", "without the seed", "between machines"
REFUSED = {
    "import time\ntime.time()": CLOCK,
    "import time as t\nt.perf_counter()": CLOCK,
    "from time import time": CLOCK,
    "from time import monotonic as now\nnow()": CLOCK,
    "import datetime\ndatetime.datetime.now()": CLOCK,
    "from datetime import datetime\nf = datetime.utcnow": CLOCK,
    "from datetime import date as day\nday.today()": CLOCK,
    "import numpy as np\nnp.datetime64('now')": CLOCK,
    "import random\nrandom.gauss(0, 1)": RANDOM,
    "from random import shuffle": RANDOM,
    "import numpy as np\nnp.random.normal(0, 1, 10)": RANDOM,
    "import numpy.random\nnumpy.random.seed(1)": RANDOM,
    "from numpy import random as r\nr.uniform()": RANDOM,
    "from numpy.random import rand": RANDOM,
    "import numpy as np\nnp.random.default_rng()": RANDOM,
    "import numpy as np\nnp.random.default_rng(None)": RANDOM,
    "from numpy.random import default_rng\ndefault_rng()": RANDOM,
    "import random\nrandom.SystemRandom(1)": RANDOM,
    "from scipy.stats import norm\nnorm.rvs(size=3)": RANDOM,
    "import os\nos.urandom(3)": RANDOM,
    "import uuid\nuuid.uuid4()": RANDOM,
    "import os\nos.environ['SHIFT']": MACHINE,
    "from os import environ": MACHINE,
    "from os import getenv as get\nget('SHIFT')": MACHINE,
    "import platform\nplatform.node()": MACHINE,
    "def f(:": "is not valid Python",
}
ALLOWED = (
    (
        "import numpy as np\ndef f(random: np.random.Generator, events):\n    return {'x': "
        "random.normal(0, 1, events)}"
    ),
    "import numpy as np\nnp.random.Generator(np.random.PCG64(3)).normal()",
    "import numpy as np\nnp.random.default_rng(seed=3)",
    "from numpy.random import default_rng\ndefault_rng([1, 2])",
    "import random\nrandom.Random(5).gauss(0, 1)",
    "from scipy.stats import norm\nnorm.rvs(size=3, random_state=1)",
    "import datetime\ndatetime.timedelta(days=1)",
    "import numpy as np\nnp.datetime64('2012-01-01')",
    "import os\nos.path.join('a', 'b')",
    "def f(time, random, environ):\n    return time.time + random.gauss + environ['x']",
)


def problems(tmp_path, text):
    path = tmp_path / "hooks.py"
    path.write_text(f'"""Hooks."""\n\n{text}\n')
    return hook_problems(path)


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_seen(text, tmp_path):
    found = problems(tmp_path, text)
    assert found
    assert all(REFUSED[text] in line for line in found)
    assert found[-1].startswith(f"{tmp_path}/hooks.py, line {2 + len(text.splitlines())}: ")


@pytest.mark.parametrize("text", ALLOWED)
def test_what_depends_on_its_arguments_alone(text, tmp_path):
    assert problems(tmp_path, text) == []


FUNCTIONS = [
    ("random", random),
    ("numpy.random", np.random),
    ("time", time),
    ("datetime.datetime", datetime.datetime),
    ("os", os),
]
GIVEN = {
    "datetime": {"now", "utcnow", "today"},
    "os": {"environ", "environb", "getenv", "getenvb", "getpid", "uname", "urandom"},
}
HARMLESS = {"Generator", "BitGenerator", "strptime", "struct_time"}


def test_every_name_of_these_modules(tmp_path):
    """By its own `import`, by `from` and under another name: all are seen, and nothing else."""
    for module, content in FUNCTIONS:
        root, last = module.partition(".")[0], module.rpartition(".")[2]
        names = [
            name
            for name in dir(content)
            if not name.startswith("_") and callable(getattr(content, name))
        ]
        seen = GIVEN.get(last, set(names) - HARMLESS)
        for name in names if last in GIVEN else seen:
            for text in (
                f"import {root}\n{module}.{name}",
                f"import {root} as other\nother{module.removeprefix(root)}.{name}",
            ):
                found = problems(tmp_path, text)
                assert bool(found) == (
                    name in seen or name in {"getlogin", "cpu_count", "getcwd"}
                ), (text, found)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "config/analyses").glob("*/*.py")), ids=lambda path: path.parent.name
)
def test_the_shipped_hooks(path):
    assert hook_problems(path) == []
