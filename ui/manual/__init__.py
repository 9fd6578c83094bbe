"""The manual, made from what the program itself reads: walkthroughs and their help, catalogues, schemas, the command
line's own parser, premises, faults and guides (`make manual`). No Qt."""
