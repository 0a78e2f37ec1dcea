"""Pages that show what passes make of a program."""
