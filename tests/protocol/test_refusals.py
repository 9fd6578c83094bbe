"""Every code by which a meter can refuse: its error class, a stable code, a sentence of its own, what to do next."""

from __future__ import annotations

from itertools import product

import pytest

from hht.errors import HhtError
from hht.protocol.cosem.acse import Aare
from hht.protocol.cosem.action import ActionOutcome, ActionResponseNormal
from hht.protocol.cosem.client import CosemClient
from hht.protocol.cosem.codes import (
    ActionResult,
    ApplicationContext,
    AssociationResult,
    DataAccessResult,
    DiagnosticSource,
    ProviderDiagnostic,
    ServiceError,
    StateError,
    UserDiagnostic,
)
from hht.protocol.cosem.data import octets
from hht.protocol.cosem.errors import (
    AssociationRejected,
    CosemRefusal,
    DataAccessError,
    MethodError,
    ServiceRejected,
)
from hht.protocol.cosem.get import GetResponseNormal, GetResponseWithDatablock
from hht.protocol.cosem.initiate import ConfirmedServiceError, ExceptionResponse
from hht.protocol.cosem.put import SetResponseNormal
from hht.protocol.cosem.rejections import association_rejected, service_rejected
from hht.protocol.frames import ProtocolError
from tests.protocol.cosem_pair import ECHO, LOW, NAME, pair, request_for

UNKNOWN = 0x77  # in no table of the standard


def check(error: HhtError, kind: type[CosemRefusal]) -> tuple[str, str]:
    """The error's code and sentence; it is of that class alone, and says what to do."""
    assert type(error) is kind
    assert not isinstance(error, ProtocolError)
    assert error.code.startswith("cosem-")
    assert len(error.message.split()) >= 4
    assert error.remedy
    return error.code, error.message


def asked(how: str) -> tuple[CosemClient, int]:
    """A client that waits for the answer to a get, set or action; and the request's invoke-id."""
    both = pair(LOW)
    both.run(both.client.associate())
    ask = {
        "get": lambda: both.client.get(NAME),
        "set": lambda: both.client.set(NAME, octets(b"x")),
        "action": lambda: both.client.action(ECHO),
    }
    return both.client, ask[how]()[2]


def refusal(client: CosemClient, answer: bytes) -> HhtError:
    with pytest.raises(HhtError) as refused:
        client.receive(answer)
    return refused.value


def test_every_data_access_result() -> None:
    said = {}
    for result in [*DataAccessResult, DataAccessResult(UNKNOWN)]:
        if result is DataAccessResult.SUCCESS:
            continue
        found = set()
        for how, block in product(("get", "set"), (False, True)):
            client, invoke = asked(how)
            if how == "get":
                whole = GetResponseNormal(invoke, result)
                answer = GetResponseWithDatablock(invoke, True, 1, result).encode() if block else whole.encode()
            else:
                answer = SetResponseNormal(invoke, result).encode()
            error = refusal(client, answer)
            found.add((check(error, DataAccessError)[0], error.message))
            assert error.details["result"] == result.name
        (said[result],) = found
    codes = [code for code, _message in said.values()]
    assert len(set(codes)) == len(codes) == 16
    alike = {message for _code, message in said.values()}
    assert len(alike) == 14  # breaking off a get or a set says the same, and so does not knowing of either
    assert str(UNKNOWN) in said[DataAccessResult(UNKNOWN)][1]


def test_every_action_result() -> None:
    said = {}
    for result in [*ActionResult, ActionResult(UNKNOWN)]:
        if result is ActionResult.SUCCESS:
            continue
        client, invoke = asked("action")
        error = refusal(client, ActionResponseNormal(invoke, ActionOutcome(result)).encode())
        said[result] = check(error, MethodError)
        assert error.details["result"] == result.name
    assert len({code for code, _message in said.values()}) == len(said) == 13
    assert len({message for _code, message in said.values()}) == 13


def test_a_method_that_ran_and_whose_result_cannot_be_read() -> None:
    client, invoke = asked("action")
    outcome = ActionOutcome(ActionResult.SUCCESS, DataAccessResult.HARDWARE_FAULT)
    check(refusal(client, ActionResponseNormal(invoke, outcome).encode()), DataAccessError)


def test_every_exception_response() -> None:
    said = {}
    for state, service in product(StateError, [*ServiceError, ServiceError(UNKNOWN)]):
        client, _invoke = asked("get")
        error = refusal(client, ExceptionResponse(state, service).encode())
        said[state, service] = check(error, ServiceRejected)
        assert (error.details["state"], error.details["service"]) == (state.name, service.name)
    codes = {service: said[StateError.SERVICE_NOT_ALLOWED, service][0] for service in ServiceError}
    assert len(set(codes.values())) == len(ServiceError) == 6
    assert len({message for _code, message in said.values()}) == 8  # an unknown service is told apart


def test_every_confirmed_service_error() -> None:
    known = {0: 7, 1: 5, 2: 5, 3: 3, 4: 4, 5: 5, 6: 5, 7: 8, 8: 1, 9: 5, 10: 1}
    said = {}
    for kind, count in known.items():
        for value in range(count + 1):  # and one that the standard does not have
            client, _invoke = asked("get")
            error = refusal(client, ConfirmedServiceError(5, kind, value).encode())
            said[kind, value] = check(error, ServiceRejected)
            assert (error.details["kind"], error.details["value"]) == (kind, value)
    assert len({message for _code, message in said.values()}) == len(said)
    assert check(service_rejected(ConfirmedServiceError(1, UNKNOWN, 0)), ServiceRejected)[0] == "cosem-service-error"


def rejected(
    result: AssociationResult, source: DiagnosticSource, diagnostic: int, information: bytes = b""
) -> tuple[str, str]:
    """Code and sentence of a refused AARQ."""
    client = CosemClient(request_for(LOW))
    client.associate()
    aare = Aare(ApplicationContext.LN, result, source, UserDiagnostic(diagnostic), information)
    return check(refusal(client, aare.encode()), AssociationRejected)


def test_every_diagnostic_of_a_refused_association() -> None:
    permanent, user = AssociationResult.REJECTED_PERMANENT, DiagnosticSource.SERVICE_USER
    said = {number: rejected(permanent, user, number) for number in (*range(15), UNKNOWN)}
    assert len({message for _code, message in said.values()}) == len(said) - 1  # no reason, and none given
    provider = {n: rejected(permanent, DiagnosticSource.SERVICE_PROVIDER, n) for n in (*ProviderDiagnostic, UNKNOWN)}
    assert {code for code, _message in provider.values()} == {"cosem-provider-refused"}
    assert len({message for _code, message in provider.values()}) == 4
    assert not {message for _code, message in provider.values()} & {message for _code, message in said.values()}
    for number in (11, 12, 13, 14):
        assert said[number][0] == "cosem-authentication-failure"


def test_a_refusal_for_now_is_told_from_one_for_good() -> None:
    user = DiagnosticSource.SERVICE_USER
    transient = AssociationResult.REJECTED_TRANSIENT
    assert rejected(transient, user, UserDiagnostic.NO_REASON_GIVEN)[0] == "cosem-association-transient"
    wrong = rejected(transient, user, UserDiagnostic.AUTHENTICATION_FAILURE)[0]
    assert wrong == "cosem-authentication-failure"  # waiting does not help against a wrong password
    assert association_rejected(None).code == "cosem-authentication-failure"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (0, "cosem-service-error"),
        (1, "cosem-version-refused"),
        (2, "cosem-conformance-refused"),
        (3, "cosem-pdu-refused"),
        (4, "cosem-client-refused"),
    ],
)
def test_a_refusal_with_an_initiate_error_says_which(value: int, code: str) -> None:
    information = ConfirmedServiceError(1, 6, value).encode()
    permanent, user = AssociationResult.REJECTED_PERMANENT, DiagnosticSource.SERVICE_USER
    assert rejected(permanent, user, UserDiagnostic.NO_REASON_GIVEN, information)[0] == code
    assert rejected(permanent, user, UserDiagnostic.NO_REASON_GIVEN, information[:2])[0] == "cosem-client-refused"
    accepted = AssociationResult.ACCEPTED
    assert rejected(accepted, user, UserDiagnostic.NULL, information)[0] == code
