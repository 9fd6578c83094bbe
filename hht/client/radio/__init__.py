"""The terminal's end of the HAN, through a radio dongle over any link: survey, joining by a hub, messages to devices.

`host` speaks the dongle's API (`hht.protocol.znp`) over a `Link`; `dongle` asks what it is and has it look around;
`survey` makes figures of that; `joining` comes onto a hub's HAN in its hour; `tunnel` carries messages, whose octets
are not looked into. A dongle whose firmware has no key establishment still serves the survey.
"""

from __future__ import annotations
