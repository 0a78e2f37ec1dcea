"""
Views of traced arrays, and writes to them. A storage stands for the memory of an array; a chain of
steps says which part of the memory a view shows; a write replaces this part.
"""
