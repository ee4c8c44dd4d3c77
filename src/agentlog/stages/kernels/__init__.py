"""Kernels: the loops over bytes, hashes and rows that are compiled to machine code.

Only the modules of this folder import numba and numpy at their top, and nobody imports them but inside a function, so that a process that
compares no texts never loads a compiler. They take and give arrays and know nothing of rows, stages or settings; what they compute is said
in the modules that call them.
"""
