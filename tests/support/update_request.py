"""Reads what the Port Manager posts to a service, and holds it to the contract."""

import datetime
import json


class BadRequest(Exception):
    """The request is not what the contract says; the text is the answer's message."""


def json_object(text):
    try:
        value = json.loads(text)
    except ValueError as error:
        raise BadRequest(f"the body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise BadRequest("the body is not a JSON object")
    return value


def port_of(body, member):
    port = body.get(member)
    if type(port) is not int or not 1024 <= port <= 65535:
        raise BadRequest(f"{member} must be an integer in 1024-65535, not {port!r}")
    return port


def new_port_of(text):
    """The new port of an update-port request that keeps the contract in every member."""
    body = json_object(text)
    new_port = port_of(body, "new_port")
    port_of(body, "old_port")
    try:
        at = datetime.datetime.fromisoformat(body["timestamp"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadRequest("timestamp must be an RFC 3339 time") from error
    if at.tzinfo is None:
        raise BadRequest("timestamp must have a time zone")
    if body.get("source") != "port-manager":
        raise BadRequest('source must be "port-manager"')
    return new_port
