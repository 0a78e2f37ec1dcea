"""
A pytest plugin: each op of a dialect, in each column of `letgrad conform`, as a test.

    pytest --conform my_package.dialect --conform-cases 8

Without the option, the plugin does nothing and imports nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from xdsl.ir import Operation

    from .conform import Conformance


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("letgrad")
    group.addoption(
        "--conform",
        action="append",
        default=[],
        metavar="MODULE",
        help="test the ops of this dialect, or of the dialects of this Python module",
    )
    group.addoption(
        "--conform-cases", type=int, default=8, metavar="N", help="instances of each op (8)"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    names = config.getoption("--conform")
    if not names:
        return
    from ...passes.rewriting.diagnostics import LetgradError
    from .. import opt
    from . import conform

    context = opt.LetgradOptMain([]).ctx
    kit = conform.Conformance(context, cases=int(config.getoption("--conform-cases") or 8))
    try:
        ops = [op for name in names for op in conform.dialect_ops(context, name)]
    except LetgradError as error:
        raise pytest.UsageError(str(error)) from error
    for op in ops:
        for column in conform.COLUMNS:
            items.append(
                ConformItem.from_parent(
                    session, name=f"conform[{op.name}-{column}]", kit=kit, op=op, column=column
                )
            )


class ConformItem(pytest.Item):
    """One op in one column. The test is skipped if there is no rule."""

    def __init__(self, *, kit: Conformance, op: type[Operation], column: str, **kwargs: Any):
        super().__init__(**kwargs)
        self.kit, self.op, self.column = kit, op, column

    def runtest(self) -> None:
        from . import conform

        cell = self.kit.cell(self.op, self.column)
        if cell.status == conform.FAIL:
            raise conform.Failure(f"seed {cell.seed}: {cell.reason}\n{cell.program}")
        if cell.status in (conform.NONE, conform.NEVER):
            pytest.skip(f"{cell.status}: {cell.reason}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        from . import conform

        if isinstance(excinfo.value, conform.Failure):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[str, None, str]:
        return self.op.__module__, None, self.name
