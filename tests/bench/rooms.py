"""A house whose contestants run in this process: the same modules and words, without a start each."""

from __future__ import annotations

import json
import os
import runpy
import sys
from contextlib import redirect_stdout
from io import StringIO
from unittest.mock import patch

from bench.contestants import House


class InProcess(House):
    """For works at tiny sizes, where nobody looks at the clock."""

    def run(self, module, *arguments, **settings):
        said = StringIO()
        with (
            patch.object(sys, "argv", [module, *map(str, arguments)]),
            patch.dict(os.environ, settings),
            redirect_stdout(said),
        ):
            runpy.run_module(module, run_name="__main__", alter_sys=False)
        lines = said.getvalue().splitlines()
        return json.loads(lines[-1]) if lines else {}
