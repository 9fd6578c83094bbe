"""DUIS, the DCC User Interface Specification (version 5.4): service requests and responses as XML, sans I/O.

A terminal reads the commands for local delivery that a supplier's desk got from the DCC, and makes the requests by
which the desk returns what devices answered and tells of hubs. It sends none of them itself: the desk does.
"""
