"""
Rolling: a program that repeats itself becomes a loop again.

`repeats` finds the repeats in a sequence of numbers, `sequences` makes such a sequence of a block,
`turns` compares the operands of the turns of a repeat, and `loops` writes the loop.
"""
