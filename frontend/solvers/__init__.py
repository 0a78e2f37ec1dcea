"""
Solutions of equations: fixed points, roots, linear systems and initial value problems, with the
derivatives that their equations give.
"""
