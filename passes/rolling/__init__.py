"""
Rolling: a program that repeats itself becomes a loop again.

`repeats` finds the repeats in a sequence of numbers, `sequences` makes such a sequence of a block,
`alike_turns` compares the operands of the turns of a repeat, and `loop_writer` writes the loop.
"""
