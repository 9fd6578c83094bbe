"""Plug-ins of third parties: signed archives, what they may register (`api`), how they are run and examined (`kit`).

A plug-in is code, and runs with this program's rights: nothing sandboxes it. So it comes signed by somebody whom a
person has accepted, is off until a person turns on just these octets, and is refused once one of them is another.
"""
