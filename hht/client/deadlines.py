"""How long the terminal waits for what. Counted above the link; the link only moves bytes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Waiting times in seconds.

    IEC 62056-21: reaction 200 ms (20 ms where the maker's third letter is lower-case), at most 1500 ms; gap between
    characters at most 1500 ms (factbook ch. 7). HDLC: no answer for `response_s` after the last byte left means the
    frame or its answer is lost.
    """

    reaction_s: float = 1.5
    gap_s: float = 1.5
    confirmation_s: float = 0.6  # mode E confirmation after the acknowledge; some meters send none
    response_s: float = 2.0
    slack_s: float = 0.3  # transport: USB packets, TCP round trip
    sign_on_tries: int = 2

    def first_byte_s(self, sent: int, char_time_s: float) -> float:
        """Seconds until the first byte of an answer must be there after handing over `sent` bytes."""
        return sent * char_time_s + self.response_s + self.slack_s
