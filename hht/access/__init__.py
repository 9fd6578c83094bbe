"""Who works at a terminal and what each may do: people, roles, acts. It knows no store, no visit and no window.

roles.py       acts and roles as the catalogue has them
person.py      a person, whether they may, and the refusal that names who may
"""
