"""The fault visit's reasoning: what was observed goes in, a verdict by fault domain comes out. Pure: no I/O, no model.

knowledge.py   symptoms, looks, readings, causes, exclusions: data (``resources/catalogue/diagnosis*.toml``), checked
evidence.py    what was read, when, and in which frames of which link's trace
reasoning.py   how likely each cause is by the evidence, and which causes a passed test excludes
next_look.py   which look separates what is left at the least cost
verdict.py     what is said in the end; it cannot name a cause that a passed test excludes
course.py      one diagnosis from the symptom to the verdict, within its time box
"""
