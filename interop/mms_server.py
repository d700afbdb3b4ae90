"""What our side answers to MMS clients: enough of ISO 9506 for identify and lists of names."""

from __future__ import annotations

import mms
from osisession import (
    ConnectIndication,
    DataIndication,
    Listener,
    PAbortIndication,
    ReleaseIndication,
    Session,
    UAbortIndication,
)

WAIT = 20.0
IDENTITY = mms.tlv(0xA2, mms.tlv(0x80, b"ours"), mms.tlv(0x81, b"osisession"), mms.tlv(0x82, b"0"))


def answer(listener: Listener) -> tuple[Session, ConnectIndication, list[str]]:
    """Accepts one session and answers until it ends; what was asked, in order."""
    session = listener.accept(WAIT)
    called = session.next_event(WAIT)
    assert isinstance(called, ConnectIndication), called
    session.connect_response(user_data=mms.connect_accept_ppdu())
    asked = []
    for event in session:
        match event:
            case DataIndication(user_data) if user_data == mms.CONCLUDE_REQUEST:
                session.data_request(mms.CONCLUDE_RESPONSE)
                asked.append("conclude")
            case DataIndication(user_data):
                tag, contents = mms.pdu(user_data)
                assert tag == 0xA0, f"not a confirmed request: {user_data.hex()}"
                invoke = mms.find(contents, 0x02)
                is_identify = contents.endswith(mms.IDENTIFY)
                service = IDENTITY if is_identify else mms.name_list("OURSLD0")
                session.data_request(mms.response(invoke, service))
                asked.append("identify" if is_identify else "names")
            case ReleaseIndication():
                session.release_response(mms.RELEASE_RESPONSE)
                asked.append("release")
            case UAbortIndication() | PAbortIndication():
                asked.append(type(event).__name__)
    return session, called, asked
