"""The ports of autograd's example programs; see `autograd_examples.py`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from . import autograd_examples

EXAMPLES = os.environ.get("AUTOGRAD_EXAMPLES", "")
"""The folder of the examples, from the source distribution of autograd."""


def test_a_port_changes_imports_and_names_a_text_that_is_not_there():
    text = "import autograd.numpy as np\nfrom autograd import grad\ngrad(f, argnum=1)\n"
    ported = autograd_examples.port(text, [("f, ", "g, "), (r"re:import \w+\.", "import lg.")])
    assert ported == "import lg.numpy as np\nfrom helpers import grad\ngrad(g, argnums=1)\n"
    with pytest.raises(ValueError, match="no text 'defvjp'"):
        autograd_examples.port(text, [("defvjp", "")])


def test_the_helpers_of_the_ports_are_right_python():
    compile(autograd_examples.HELPERS, "helpers.py", "exec")
    assert len(autograd_examples.EDITS) == 29


@pytest.mark.slow
@pytest.mark.skipif(not Path(EXAMPLES, "data.py").exists(), reason="AUTOGRAD_EXAMPLES is not set")
@pytest.mark.parametrize("name", autograd_examples.EDITS)
def test_the_gradient_of_an_example(name: str):
    assert autograd_examples.main([EXAMPLES, name]) == 0
