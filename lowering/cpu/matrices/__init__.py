"""Products and factorizations of matrices: code of letgrad's own, and calls of BLAS and LAPACK."""
