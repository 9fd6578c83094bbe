"""The emulated other end of the HAN side: a dongle that speaks ZNP, what its aerial hears, and a hub's radio end.

`air` is what can be heard in a premises, `hub_end` how a hub answers a terminal, `dongle` the dongle itself over the
API's frames, `dongle_port` the same on an event loop. Agreed keys are a stand-in: the two emulated ends know from the
model whether they agree (trust, install code), no curve is computed and nothing in the emulated air is sealed. GBCS
messages are octets here: what a device makes of them says a `ReadMessage` (see `hub_end`).
"""

from __future__ import annotations
