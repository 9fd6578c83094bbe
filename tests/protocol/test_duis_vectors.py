"""Outside DUIS documents: read as they were parsed elsewhere, verified as they were verified elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509

from hht.protocol.duis import signature, values
from hht.protocol.duis.bodies import OtherBody, ReturnLocalCommandResponse
from hht.protocol.duis.errors import DuisError, SignatureRefused
from hht.protocol.duis.pairing import belongs
from hht.protocol.duis.request import Request, read_request
from hht.protocol.duis.response import GbcsPayload, OtherContent, Response, read_response, response_of
from hht.protocol.duis.services import CommandVariant
from hht.protocol.gbcs.envelope import parse
from tests.protocol.gbcs_vectors import of_kind


def requests(vectors: Any) -> Iterable[tuple[dict[str, Any], Request]]:
    for item in of_kind(vectors, "duis_request"):
        if item["xsd_valid"]:
            yield item, read_request(item["xml"].encode())


def certificates(vectors: Any) -> list[x509.Certificate]:
    held = vectors("gbcs.json")["xmldsig_certificates"]
    return [x509.load_der_x509_certificate(base64.b64decode(row["certificate_der_b64"])) for row in held]


def verified(vectors: Any, item: dict[str, Any], octets: bytes) -> Response:
    """What its signature covers, at a time when the certificate that the data names for it was valid."""
    named = (item.get("xmldsig") or {}).get("serial")
    valid = [one.not_valid_before_utc for one in certificates(vectors) if str(one.serial_number) == named]
    when = valid[0] + timedelta(days=1) if valid else datetime(2023, 1, 1, tzinfo=UTC)
    return response_of(signature.verify(octets, certificates(vectors), when).document)


def test_every_sound_request_is_read_and_says_what_it_says_elsewhere(vectors: Any) -> None:
    count = 0
    for item, request in requests(vectors):
        count += 1
        assert request.schema_version.startswith("5")
        if item.get("command_variant") is not None:
            assert int(request.variant) == item["command_variant"]
        if item.get("service_reference_variant"):
            assert request.service == item["service_reference_variant"]
    assert count == 149


def test_an_unsound_request_is_refused_by_line(vectors: Any) -> None:
    unsound = [item for item in of_kind(vectors, "duis_request") if not item["xsd_valid"]]
    assert len(unsound) == 1
    with pytest.raises(DuisError, match="Line 4: RequestID is expected here; ReqxuestID was found"):
        read_request(unsound[0]["xml"].encode())


def test_requests_pair_with_their_messages_and_with_no_others(vectors: Any) -> None:
    by_name = {item["id"]: item for item in of_kind(vectors, "gbcs_message")}
    paired, strangers = 0, 0
    some = parse(bytes.fromhex(next(iter(by_name.values()))["hex"]))
    for item, request in requests(vectors):
        fits = item.get("gbcs_header_matches_request_id") or item.get("gbcs_supplementary_matches_request_id")
        for names in (item.get("gbcs") or {}).values():
            for name in [names] if isinstance(names, str) else names:
                message = parse(bytes.fromhex(by_name[name]["hex"]))
                paired += bool(fits)
                assert not fits or belongs(message, request.name)
                strangers += not belongs(some._replace(counter=message.counter ^ 0x5A5A), request.name)
    assert paired > 150
    assert strangers > 150


def test_what_a_device_answered_on_site_goes_home_octet_for_octet(vectors: Any) -> None:
    found = [(item, request) for item, request in requests(vectors) if request.service == "8.13"]
    assert found
    for item, request in found:
        assert isinstance(request.body, ReturnLocalCommandResponse)
        assert request.variant is CommandVariant.NON_DEVICE
        assert values.written_octets(request.body.response) in "".join(item["xml"].split())
        again = read_request(request.to_xml())
        assert again == Request(request.name, request.variant, "8.13", request.body, schema_version="5.4")


def test_bodies_with_fields_of_ours_are_written_as_they_were_read(vectors: Any) -> None:
    own = [request for _item, request in requests(vectors) if not isinstance(request.body, OtherBody)]
    assert {request.service for request in own} >= {"8.13", "8.14.2", "8.14.4"}
    for request in own:
        assert read_request(request.to_xml()).body == request.body


def test_responses_are_read(vectors: Any) -> None:
    read: dict[str, Response] = {}
    for item in of_kind(vectors, "duis_response"):
        if item["xsd_valid"]:
            read[item["id"].rpartition("/")[2]] = read_response(item["xml"].encode())
        else:
            with pytest.raises(DuisError):
                read_response(item["xml"].encode())
    assert isinstance(read["readfw-response.xml"].content, GbcsPayload)
    message = parse(read["readfw-response.xml"].content.octets)
    request = read["readfw-response.xml"].request
    assert request is not None
    assert belongs(message, request)
    assert isinstance(read["read-inventory-response-4g.xml"].content, OtherContent)


def test_signatures_hold_or_fail_as_they_do_elsewhere(vectors: Any) -> None:
    held, failed = 0, 0
    for item in of_kind(vectors, "duis_response") + of_kind(vectors, "duis_request"):
        known = item.get("xmldsig")
        octets = item["xml"].encode()
        if known and known["digest_ok"] and known["sig_ok"]:
            assert verified(vectors, item, octets).content == read_response(octets).content
            held += 1
        else:
            with pytest.raises(SignatureRefused):
                verified(vectors, item, octets)
            failed += 1
    assert (held, failed) == (5, 153)


def test_a_changed_document_is_refused_wherever_it_was_changed(vectors: Any) -> None:
    item = next(i for i in of_kind(vectors, "duis_response") if i["id"].endswith("resources/readfw-response.xml"))
    octets = item["xml"].encode()
    whole = verified(vectors, item, octets)
    for at in range(60, len(octets), 31):
        changed = octets[:at] + bytes([octets[at] ^ 0x01]) + octets[at + 1 :]
        try:
            found = verified(vectors, item, changed)
        except DuisError:
            continue
        assert found == whole  # what is not covered says nothing: blanks in a signature, the issuer's spelling


def test_a_signature_of_an_expired_certificate_is_refused(vectors: Any) -> None:
    item = next(i for i in of_kind(vectors, "duis_response") if i["id"].endswith("main/resources/message.xml"))
    with pytest.raises(SignatureRefused) as refused:
        signature.verify(item["xml"].encode(), certificates(vectors), datetime(2040, 1, 1, tzinfo=UTC))
    assert refused.value.code == "duis-signer-expired"
