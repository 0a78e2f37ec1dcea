"""The CPU: loop nests to machine code through LLVM, library ops to NumPy."""
