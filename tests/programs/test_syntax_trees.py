"""letgrad's walks over syntax trees, against those of `ast`."""

from __future__ import annotations

import ast
import inspect

from letgrad.frontend.programs import function_source, liveness, rewrite


def test_walks_and_copies_are_those_of_ast() -> None:
    for module in (rewrite, function_source):
        tree = ast.parse(inspect.getsource(module))
        expected = [n for n in ast.walk(tree) if not isinstance(n, ast.expr_context)]
        assert function_source.walk(tree) == expected
        copy = function_source.copied(tree)
        assert ast.dump(copy, include_attributes=True) == ast.dump(tree, include_attributes=True)
        assert not set(function_source.walk(copy)) & set(expected)


def test_liveness_reads_each_statement_once(monkeypatch) -> None:
    """A loop around a statement looks at it until nothing changes, and so do the loops around."""
    depth = 6
    lines = ["def f(x):"]
    lines += [f"{'    ' * (k + 1)}for i{k} in x:" for k in range(depth)]
    lines.append(f"{'    ' * (depth + 1)}x = x + y")
    node = ast.parse("\n".join(lines)).body[0]
    assert isinstance(node, ast.FunctionDef)
    read: list[ast.AST | None] = []
    reads = liveness.reads

    def counted(part: ast.AST | None) -> frozenset[str]:
        read.append(part)
        return reads(part)

    monkeypatch.setattr(liveness, "reads", counted)
    found = liveness.Liveness.of(node)
    assert found.head[node.body[0]] == {"x", "y"}
    assert len(read) == len(set(read))


def test_the_source_of_a_function_is_read_without_a_look_at_all_modules(monkeypatch) -> None:
    """`inspect` resolves the files of all modules first, which takes long after large imports."""
    monkeypatch.delattr(inspect, "findsource")
    node = function_source.function_node(test_walks_and_copies_are_those_of_ast)
    assert isinstance(node, ast.FunctionDef) and node.name.startswith("test_walks")
