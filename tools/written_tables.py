"""
Elements of constants in the spellings of MLIR that xDSL does not read: `sparse<…>`, and the blobs
of `dense_resource<…>`, which stand behind the program. Both become `dense<…>`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from xdsl.dialect_interfaces.op_asm import OpAsmDialectInterface
from xdsl.dialects.builtin import (
    BytesAttr,
    DenseIntOrFPElementsAttr,
    DenseResourceAttr,
    TensorType,
    i1,
)
from xdsl.ir import Attribute, Operation
from xdsl.parser import Parser
from xdsl.utils.mlir_lexer import MLIRTokenKind

from ..passes.rewriting.diagnostics import LetgradError

ALIGNMENT_BYTES = 4
"""A blob begins with its alignment, which is a number of so many bytes."""


class TablesParser(Parser):
    """xDSL's parser, which reads tables of more kinds."""

    _blobs: dict[str, str]
    """The blobs of the program by their names, as hexadecimal texts."""

    def numbers_as_bits(
        self, table: DenseIntOrFPElementsAttr, numbers: list[Any]
    ) -> DenseIntOrFPElementsAttr:
        """The table, in which a float that is spelled in hexadecimal has the bits of the text."""
        raise NotImplementedError

    def reading_numbers(self, read: Callable[[], Any]) -> tuple[Any, list[Any]]:
        """What `read` gives, and the spellings of the numbers that it reads."""
        raise NotImplementedError

    def _parse_optional_builtin_parametrized_attr(self) -> Attribute | None:
        token = self._current_token
        if token.kind == MLIRTokenKind.BARE_IDENT and token.text == "sparse":
            self._consume_token(MLIRTokenKind.BARE_IDENT)
            return self._parse_sparse()
        return super()._parse_optional_builtin_parametrized_attr()

    def _parse_sparse(self) -> DenseIntOrFPElementsAttr:
        """`sparse<[[0, 1], [2, 0]], [1.0, 2.0]> : tensor<3x2xf32>`; all other elements are 0."""
        at = self._current_token.span
        self.parse_punctuation("<", " in sparse attribute")
        places, shape, values, count, numbers = [], [0], [], [0], []
        if self.parse_optional_punctuation(">") is None:
            places, shape = self._parse_tensor_literal()
            self.parse_punctuation(",", " in sparse attribute")
            (values, count), numbers = self.reading_numbers(self._parse_tensor_literal)
            self.parse_punctuation(">", " in sparse attribute")
        self.parse_punctuation(":", " in sparse attribute")
        type: Any = self._parse_dense_literal_type()
        sizes = list(type.get_shape())
        indices = [place.to_int(self, False, False) for place in places]
        rank = len(sizes)
        if not shape or (len(shape) == 1 and rank == 1):
            shape = [len(indices) if rank else 0, rank]  # one number is the place for rank 1
        number = shape[0]
        if number and (len(shape) != 2 or shape[1] != rank):
            self.raise_error(f"the places have the shape {shape}, and {type} has {rank} sizes", at)
        if count and count != [number]:
            self.raise_error(f"there are {number} places, and values of the shape {count}", at)
        rows = [indices[k * rank : (k + 1) * rank] for k in range(number)]
        for row in rows:
            if any(not 0 <= i < n for i, n in zip(row, sizes)):
                self.raise_error(f"the place {row} is outside of {type}", at)
        element = type.element_type
        width = element.compile_time_size
        data = bytearray(width * math.prod(sizes))
        if values:
            listed = TensorType(element, [len(values)])
            given: Any = [value.to_type(self, element) for value in values]
            table: Any = DenseIntOrFPElementsAttr.from_list(listed, given)
            found = self.numbers_as_bits(table, numbers).data.data
            for k, row in enumerate(rows):
                place = 0
                for i, n in zip(row, sizes):
                    place = place * n + i
                spelled = found if not count else found[k * width : (k + 1) * width]
                data[place * width : (place + 1) * width] = spelled
        return DenseIntOrFPElementsAttr(type, BytesAttr(bytes(data)))

    # Blobs.

    def _parse_dialect_resource_handle(
        self, dialect_name: str, interface: OpAsmDialectInterface
    ) -> str:
        # xDSL keeps blobs in the dialect, where those of another program may have the same names.
        if dialect_name != "builtin":
            return super()._parse_dialect_resource_handle(dialect_name, interface)
        text = self.parse_optional_str_literal()
        return text if text is not None else self.parse_identifier(" for resource handle")

    def _parse_resource(self, dialect_name: str, interface: OpAsmDialectInterface) -> None:
        if dialect_name != "builtin":
            super()._parse_resource(dialect_name, interface)
            return
        key = self._parse_dialect_resource_handle(dialect_name, interface)
        self.parse_punctuation(":")
        self._blobs[key] = self.parse_str_literal()

    def _parse_external_resources(self) -> None:
        # Notes for the tool that wrote the program, such as how to run it again.
        self._parse_ignored()

    def _parse_ignored(self) -> None:
        if self._current_token.kind == MLIRTokenKind.L_BRACE:
            self.parse_comma_separated_list(self.Delimiter.BRACES, self._parse_ignored_entry)
            return
        self._consume_token()

    def _parse_ignored_entry(self) -> None:
        if self.parse_optional_str_literal() is None:
            self.parse_identifier()
        self.parse_punctuation(":")
        self._parse_ignored()

    def read_blobs(self, module: Operation) -> None:
        """
        Put the elements of `dense_resource<…>` into the program, where there are blobs for them.

        Errors: `LetgradError` at an op whose blob has other bytes than its type.
        """
        if not self._blobs:
            return
        for op in module.walk():
            for entries in (op.properties, op.attributes):
                for name, value in entries.items():
                    if isinstance(value, DenseResourceAttr):
                        entries[name] = self._elements(op, value)

    def _elements(self, op: Operation, value: DenseResourceAttr) -> Attribute:
        name = value.resource_handle.data
        text = self._blobs.get(name)
        type: Any = value.type
        if text is None:
            return value
        try:
            data = bytes.fromhex(text.removeprefix("0x"))[ALIGNMENT_BYTES:]
        except ValueError:
            raise LetgradError(
                f"the blob of dense_resource<{name}> is no text of bytes", op
            ) from None
        wanted = type.element_type.compile_time_size * math.prod(type.get_shape())
        if len(data) != wanted:
            count = f"{len(data)} bytes, and {type} has {wanted}"
            raise LetgradError(f"the blob of dense_resource<{name}> has {count}", op)
        return with_bytes_of_xdsl(DenseIntOrFPElementsAttr(type, BytesAttr(data)))


def with_bytes_of_xdsl(table: DenseIntOrFPElementsAttr) -> DenseIntOrFPElementsAttr:
    """
    The table with 0xFF for each true. In a hexadecimal string MLIR writes 0x01 for true; xDSL keeps
    the bytes of the string, but has 0xFF for a true that is written as a word.
    """
    if table.get_element_type() != i1:
        return table
    data = bytes(0xFF if byte else 0 for byte in table.data.data)
    return DenseIntOrFPElementsAttr(table.type, BytesAttr(data))
