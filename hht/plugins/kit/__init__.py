"""The conformance kit of plug-ins: what holds for each of them, examined row by row over the bytes of its own emulator.

A row that fails says what was done to which octets. A plug-in that passes is well-behaved; that it means well nobody
can examine.
"""
