"""
Control flow that a program keeps: loops over rows and numbers (`scan`, `fold`, `while_loop`,
`fori_loop`), prefixes under an associative function, choices (`cond`, `switch`), and what the
gradient of a loop may keep in memory.
"""
