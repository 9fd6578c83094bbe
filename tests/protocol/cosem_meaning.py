"""Our APDUs and values in the shape in which the outside vectors state their meaning."""

from __future__ import annotations

from typing import Any

from hht.protocol.cosem import access, action, apdu, get, put
from hht.protocol.cosem.ciphered import Ciphered
from hht.protocol.cosem.codes import ActionResult, ApplicationContext, Conformance, DataAccessResult
from hht.protocol.cosem.data import CompactArray, Data, DataType, TypeDescription
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod, SelectiveAccess
from hht.protocol.cosem.obis import Obis

# Where the vectors spell a name in another way than we do
_CONFORMANCE = {
    Conformance.PRIORITY_MANAGEMENT: "PRIORITY_MGMT_SUPPORTED",
    Conformance.ATTRIBUTE0_WITH_GET: "ATTRIBUTE0_SUPPORTED_WITH_GET",
    Conformance.ATTRIBUTE0_WITH_SET: "ATTRIBUTE0_SUPPORTED_WITH_SET",
    Conformance.BLOCK_TRANSFER_WITH_GET: "BLOCK_TRANSFER_WITH_GET_OR_READ",
    Conformance.BLOCK_TRANSFER_WITH_SET: "BLOCK_TRANSFER_WITH_SET_OR_WRITE",
}


def _hex(octets: bytes | None) -> str | None:
    return None if octets is None else octets.hex()


def data(value: Data | None) -> Any:
    """A value."""
    if value is None:
        return None
    name = value.tag.name.lower()
    inner: Any = value.value
    if isinstance(inner, bytes):
        inner = inner.hex()
    elif isinstance(inner, tuple):
        inner = [data(item) for item in inner]
    elif isinstance(inner, CompactArray):
        inner = {
            "_": "CompactArray",
            "description": _description(inner.description),
            "items": [data(item) for item in inner.items],
        }
    return {"type": name, "value": inner}


def _description(description: TypeDescription) -> Any:
    array_of = None
    if description.tag is DataType.ARRAY:
        assert description.element is not None
        array_of = [description.count, _description(description.element)]
    return {
        "_": "TypeDescription",
        "tag": {"name": description.tag.name, "value": int(description.tag)},
        "array_of": array_of,
        "members": [_description(member) for member in description.members],
    }


def _dotted(obis: Obis) -> str:
    return ".".join(str(group) for group in bytes(obis))


def _attribute(attribute: CosemAttribute) -> Any:
    return {
        "_": "AttributeDescriptor",
        "class_id": attribute.class_id,
        "instance_id": _dotted(attribute.obis),
        "attribute_id": attribute.attribute,
    }


def _method(method: CosemMethod) -> Any:
    return {
        "_": "MethodDescriptor",
        "class_id": method.class_id,
        "instance_id": _dotted(method.obis),
        "method_id": method.method,
    }


def _access(access: SelectiveAccess | None) -> Any:
    if access is None:
        return None
    return {"_": "SelectiveAccess", "selector": access.selector, "parameters": data(access.parameters)}


def _result(result: DataAccessResult | ActionResult) -> Any:
    return int(result) if result.name.startswith("UNKNOWN") else {"name": result.name, "value": int(result)}


def _outcome(outcome: Any) -> Any:
    if isinstance(outcome, DataAccessResult):
        return {"_": "GetDataResult", "data": None, "error": _result(outcome)}
    return {"_": "GetDataResult", "data": data(outcome), "error": None}


def _conformance(block: Conformance) -> Any:
    flags = [flag for flag in Conformance if flag and flag in block]
    names = [_CONFORMANCE.get(flag, str(flag.name)) for flag in sorted(flags, reverse=True)]
    return {"bits": f"{int(block):06x}", "names": names}


def _context(context: ApplicationContext) -> Any:
    return {"name": context.name, "value": int(context)}


def meaning(message: apdu.Apdu) -> Any:
    """An APDU."""
    name = type(message).__name__
    if isinstance(message, get.GetRequest | get.GetResponse):
        return {"_": name, "invoke_id": message.invoke} | _get(message)
    if isinstance(message, put.SetRequest | put.SetResponse):
        return {"_": name, "invoke_id": message.invoke} | _set(message)
    if isinstance(message, action.ActionRequest | action.ActionResponse):
        return {"_": name, "invoke_id": message.invoke} | _action(message)
    return _other(message)


def _get(message: Any) -> Any:
    if isinstance(message, get.GetRequestNormal):
        return {"attribute": _attribute(message.attribute), "access": _access(message.access)}
    if isinstance(message, get.GetRequestNext):
        return {"block_number": message.block}
    if isinstance(message, get.GetRequestWithList):
        return {"items": [[_attribute(attribute), _access(access)] for attribute, access in message.items]}
    if isinstance(message, get.GetResponseNormal):
        return {"result": _outcome(message.result)}
    if isinstance(message, get.GetResponseWithList):
        return {"results": [_outcome(result) for result in message.results]}
    refused = isinstance(message.result, DataAccessResult)
    return {
        "last_block": message.last,
        "block_number": message.number,
        "raw_data": None if refused else message.result.hex(),
        "error": _result(message.result) if refused else None,
    }


def _block(block: Any) -> Any:
    return {"last_block": block.last, "block_number": block.number, "raw_data": block.raw.hex()}


def _set(message: Any) -> Any:
    if isinstance(message, put.SetRequestNormal):
        value = {"value": data(message.value)}  # type: ignore[arg-type]
        return {"attribute": _attribute(message.attribute), "access": _access(message.access)} | value
    if isinstance(message, put.SetRequestWithFirstDatablock):
        head = {"attribute": _attribute(message.attribute), "access": _access(message.access)}
        return head | _block(message.block)
    if isinstance(message, put.SetRequestWithDatablock):
        return _block(message.block)
    if isinstance(message, put.SetRequestWithList):
        pairs = zip(message.items, message.values, strict=True)
        return {"items": [[_attribute(a), _access(x), data(v)] for (a, x), v in pairs]}  # type: ignore[arg-type]
    if isinstance(message, put.SetRequestWithListAndFirstDatablock):
        return {"items": [[_attribute(a), _access(x)] for a, x in message.items]} | _block(message.block)
    parts: dict[str, Any] = {}
    if hasattr(message, "result"):
        parts["result"] = _result(message.result)
    if hasattr(message, "results"):
        parts["results"] = [_result(result) for result in message.results]
    if hasattr(message, "block"):
        parts["block_number"] = message.block
    return parts


def _action(message: Any) -> Any:
    if isinstance(message, action.ActionRequestNormal):
        return {"method": _method(message.method), "parameters": data(message.parameters)}  # type: ignore[arg-type]
    if isinstance(message, action.ActionRequestNextPblock | action.ActionResponseNextPblock):
        return {"block_number": message.block}
    if isinstance(message, action.ActionRequestWithList):
        pairs = zip(message.methods, message.parameters, strict=True)
        return {"items": [[_method(m), data(p)] for m, p in pairs]}  # type: ignore[arg-type]
    if isinstance(message, action.ActionRequestWithListAndFirstPblock):
        return {"methods": [_method(m) for m in message.methods]} | _block(message.block)
    if isinstance(message, action.ActionResponseNormal):
        result, returned = _action_outcome(message.outcome)
        return {"result": result, "return_data": returned}
    if isinstance(message, action.ActionResponseWithList):
        return {"results": [_action_outcome(outcome) for outcome in message.outcomes]}
    return _block(message.block)


def _action_outcome(outcome: action.ActionOutcome) -> Any:
    return [_result(outcome.result), None if outcome.returned is None else _outcome(outcome.returned)]


def _other(message: Any) -> Any:
    if isinstance(message, apdu.Aarq):
        return {
            "_": "AARQ",
            "application_context": _context(message.context),
            "user_information": message.user_information.hex(),
            "mechanism": message.mechanism,
            "calling_authentication_value": _hex(message.authentication),
            "calling_ap_title": _hex(message.client_title),
            "calling_ae_qualifier": _hex(message.qualifier),
        }
    if isinstance(message, apdu.Aare):
        return {
            "_": "AARE",
            "application_context": _context(message.context),
            "result": message.result,
            "diagnostic_source": message.source,
            "diagnostic": message.diagnostic,
            "responding_ap_title": _hex(message.server_title),
            "responding_ae_qualifier": _hex(message.qualifier),
            "mechanism": message.mechanism,
            "responding_authentication_value": _hex(message.authentication),
            "user_information": message.user_information.hex(),
        }
    if isinstance(message, apdu.Rlrq | apdu.Rlre):
        name = type(message).__name__.upper()
        return {"_": name, "reason": message.reason, "user_information": message.user_information.hex()}
    if isinstance(message, Ciphered):
        return _ciphered(message)
    if isinstance(message, apdu.AccessRequest):
        return _access_head(message) | {"_": "AccessRequest", "specifications": _access_items(message.items)}
    if isinstance(message, apdu.AccessResponse):
        pairs = zip(message.kinds, message.results, strict=True)
        results = [{"_": "AccessResponse" + _ACCESS[kind], "result": _result(result)} for kind, result in pairs]
        items = None if message.items is None else _access_items(message.items)
        return _access_head(message) | {"_": "AccessResponse", "specifications": items, "results": results}
    if isinstance(message, apdu.GeneralBlock):
        return {
            "_": "GbtBlock",
            "last": message.last,
            "streaming": message.streaming,
            "window": message.window,
            "block_number": message.number,
            "block_number_ack": message.acknowledged,
            "data": message.raw.hex(),
        }
    return _initiate(message)


_ACCESS = {access.GET: "Get", access.SET: "Set", access.ACTION: "Action"}


def _access_head(message: Any) -> dict[str, Any]:
    return {
        "long_invoke_id": message.long_invoke,
        "date_time": message.date_time.hex() or None,
        "data": [data(value) for value in message.data],
    }


def _access_items(items: tuple[access.AccessItem, ...]) -> Any:
    found = []
    for item in items:
        name = "AccessRequest" + _ACCESS[access.kind_of(item)]
        if isinstance(item, access.AccessAction):
            found.append({"_": name, "method": _method(item.method)})
        elif item.access is None:
            found.append({"_": name, "attribute": _attribute(item.attribute)})
        else:
            name += "WithSelection"
            found.append({"_": name, "attribute": _attribute(item.attribute), "access": _access(item.access)})
    return found


def _ciphered(message: Ciphered) -> Any:
    title = {} if message.title is None else {"system_title": message.title.hex()}
    return (
        {"_": "ciphered", "tag": f"{message.tag:02x}"}
        | title
        | {
            "security_control": f"{message.control:02x}",
            "suite": message.suite,
            "authenticated": message.authenticated,
            "encrypted": message.encrypted,
            "broadcast_key": bool(message.control & 0x40),
            "invocation_counter": message.counter,
            "ciphertext": message.text.hex(),
            "tag_bytes": message.body[len(message.text) :].hex(),
        }
    )


def _initiate(message: Any) -> Any:
    if isinstance(message, apdu.ExceptionResponse):
        parts = {"state_error": message.state, "service_error": message.service}
        return {"_": "ExceptionResponse"} | parts | {"invocation_counter": message.invocation_counter}
    if isinstance(message, apdu.DataNotification):
        return {
            "_": "DataNotification",
            "long_invoke_id": message.long_invoke,
            "body": data(message.body),
            "date_time": message.date_time.hex() or None,
            "date_time_tagged": message.tagged,
        }
    if isinstance(message, apdu.EventNotification):
        return {"_": "EventNotificationRequest", "attribute": _attribute(message.attribute)} | {
            "value": data(message.value),
            "time": _hex(message.time),
        }
    common = {
        "_": type(message).__name__,
        "conformance": _conformance(message.conformance),
        "max_receive_pdu_size": message.max_pdu,
        "dlms_version": message.version,
        "quality_of_service": message.quality_of_service,
    }
    if isinstance(message, apdu.InitiateRequest):
        extra = {"dedicated_key": _hex(message.dedicated_key), "response_allowed": message.response_allowed}
        return common | extra
    return common | {"vaa_name": message.vaa_name}
