"""No outside item is left out: the tests of each kind together look at the substance of every one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from tests.client import test_attribute_types as types
from tests.protocol import test_cosem_vectors as cosem
from tests.protocol import test_hdlc_frames as frames
from tests.protocol import test_iec62056_21_sign_on as sign_on
from tests.protocol import test_wrapper as wrapper

Vectors = Callable[[str], Any]
TESTS: Final[dict[str, Callable[[Vectors], None]]] = {
    "apdu": cosem.test_every_apdu_means_what_the_vectors_say,
    "axdr_data": cosem.test_every_value_means_what_the_vectors_say,
    "crypto": cosem.test_every_crypto_item,
    "session": cosem.test_every_apdu_of_the_recorded_sessions_is_understood,
    "hdlc_frame": frames.test_outside_frames,
    "hdlc_frame_bad_checksum": frames.test_outside_frames_with_a_bad_checksum,
    "wrapper": wrapper.test_outside_wrapper_packets,
    "iec62056_21": sign_on.test_outside_sign_on_lines,
    "attribute_type": types.test_every_outside_attribute_type_is_ours_or_shown_raw,
}
SUBSTANCE: Final = ("hex", "in", "steps", "one_of")


class Watched(dict[str, Any]):
    """An item that notes when its octets, inputs, steps or types are looked at."""

    def __init__(self, item: dict[str, Any], looked_at: set[str]) -> None:
        super().__init__(item)
        self._looked_at = looked_at

    def __getitem__(self, key: str) -> Any:
        if key in SUBSTANCE:
            self._looked_at.add(super().__getitem__("id"))
        return super().__getitem__(key)


def test_every_one_of_the_815_items_is_looked_at(vectors: Vectors) -> None:
    items = vectors("dlms.json")["vectors"]
    counts = Counter(item["kind"] for item in items)
    assert counts.keys() == TESTS.keys()
    handled = 0
    for kind, test in TESTS.items():
        looked_at: set[str] = set()
        watched = {"vectors": [Watched(item, looked_at) for item in items]}
        test(lambda _name, watched=watched: watched)  # type: ignore[misc]
        assert looked_at == {item["id"] for item in items if item["kind"] == kind}
        handled += len(looked_at)
    assert handled == sum(counts.values()) == len(items) == 815
