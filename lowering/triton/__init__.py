"""GPUs: loop nests to Triton kernels in a Python file, with a launcher over torch tensors."""
