/**
 * @file
 *
 * osisession.h - the OSI session layer (X.215, X.225) over RFC 1006, memory, or a transport of your own.
 *
 * Generated from the library's sources: do not edit.
 *
 * Handles. An osisession_endpoint, _listener, _session, _tls, osisession_scp_..., osisession_zip_..., osisession_rpc_..., osisession_journal, osisession_durable_node or osisession_dialogue pointer is a key and never an address: the library
 * looks it up and never dereferences it. NULL, a value that never was a handle, a handle of another kind and one that was freed each
 * have a status of their own, and do no harm. Each is made by one function and ended by its ..._free; no other
 * call ends or consumes an argument.
 *
 * Statuses. Every call that can fail returns an int32_t: OSISESSION_OK, or a negative number by range (argument -1xx, handle
 * -2xx, not now -3xx, limit -4xx, transport -5xx, peer -6xx, time over, nothing there or closed -7xx, loader -8xx, internal
 * -9xx). "Errors: those of the handle" means -2xx. OSISESSION_E_INTERNAL is possible everywhere and not repeated.
 * Out-parameters are written on success only, except `error` (written on failure only) and `needed`.
 *
 * Structs. Those that begin with `struct_size` are set to zero and sized by OSISESSION_INIT(&it); zero is always the default.
 *
 * Memory. Everything that is passed in is copied before the call returns, but for the memory that is lent to
 * osisession_data_request_lent. What comes out belongs to the library and lives as
 * long as is said there; free() never touches it.
 *
 * Threads. Every function may be called from any thread at any time, on the same handles too. Nothing is locked while
 * a callback runs, so a callback may call anything. No function blocks, except those with `timeout_ms`, and the resolution
 * of host names. From a signal handler only osisession_endpoint_wake may be called.
 *
 * Processes. In the child of a fork of a process with endpoints every call on a handle returns OSISESSION_E_FORKED; call
 * exec or _exit there. The library is never unloaded, also not by dlclose. At the end of the process nothing is waited for.
 *
 * Texts are UTF-8 and end with NUL.
 */

#ifndef OSISESSION_H
#define OSISESSION_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/**
 * Success.
 */
#define OSISESSION_OK 0

/**
 * Argument: a pointer that is needed is NULL, or is NULL although its length is not 0.
 */
#define OSISESSION_E_NULL (-100)

/**
 * Argument: `struct_size` is 0 or too small (see OSISESSION_INIT), or the struct has fields set that this version of the
 * library does not know.
 */
#define OSISESSION_E_STRUCT_SIZE (-101)

/**
 * Argument: a value that can never be right; nothing was sent and nothing changed.
 */
#define OSISESSION_E_INVALID (-102)

/**
 * Argument: a length is larger than any object can be.
 */
#define OSISESSION_E_LENGTH (-103)

/**
 * Argument: the buffer is too small; the octets needed were written.
 */
#define OSISESSION_E_BUFFER_TOO_SMALL (-104)

/**
 * Argument: the event or transport request still owns octets from before; free it first.
 */
#define OSISESSION_E_NOT_FREED (-105)

/**
 * Handle: NULL.
 */
#define OSISESSION_E_NULL_HANDLE (-200)

/**
 * Handle: the value never was a handle of this library.
 */
#define OSISESSION_E_FOREIGN_HANDLE (-201)

/**
 * Handle: of another kind, such as a listener where a session is needed.
 */
#define OSISESSION_E_WRONG_KIND (-202)

/**
 * Handle: it was freed.
 */
#define OSISESSION_E_STALE (-203)

/**
 * The process is the child of a fork of a process that had endpoints: it cannot use the library until it calls exec.
 */
#define OSISESSION_E_FORKED (-204)

/**
 * Not now: not allowed in this state or without this token; nothing was sent and nothing changed (X.225 A.4.1.1).
 */
#define OSISESSION_E_REFUSED (-300)

/**
 * Not on this session: the call is for sessions over the caller's own transport.
 */
#define OSISESSION_E_NO_TRANSPORT_PORT (-301)

/**
 * Limit: a configured limit was reached.
 */
#define OSISESSION_E_LIMIT (-400)

/**
 * Limit: too many objects are alive in this process.
 */
#define OSISESSION_E_TOO_MANY (-401)

/**
 * Transport: refused, lost, or not to be reached.
 */
#define OSISESSION_E_TRANSPORT (-500)

/**
 * Peer: it rejected, aborted, or broke the protocol.
 */
#define OSISESSION_E_PEER (-600)

/**
 * The time of a wait was over.
 */
#define OSISESSION_E_TIMED_OUT (-700)

/**
 * Nothing is there now, or the send queue is full. Waiting, or trying again later, helps.
 */
#define OSISESSION_E_WOULD_BLOCK (-701)

/**
 * The session is over and its last event was taken, or the session, listener or endpoint is closed.
 */
#define OSISESSION_E_CLOSED (-702)

/**
 * Loader (osisession_dl.h): no library is loaded, or the file cannot be.
 */
#define OSISESSION_E_NOT_LOADED (-800)

/**
 * Loader: the library that is loaded is older than the program's header and has no such function.
 */
#define OSISESSION_E_UNSUPPORTED (-801)

/**
 * Internal: a fault of this library. The object concerned is closed; others go on.
 */
#define OSISESSION_E_INTERNAL (-900)

/**
 * Layer: the caller's use of this library.
 */
#define OSISESSION_LAYER_API 0

/**
 * Layer: the session protocol (X.225).
 */
#define OSISESSION_LAYER_SESSION 1

/**
 * Layer: the transport protocol (X.224 class 0).
 */
#define OSISESSION_LAYER_TRANSPORT 2

/**
 * Layer: framing over TCP (RFC 1006 TPKT).
 */
#define OSISESSION_LAYER_TPKT 3

/**
 * Layer: the network below, TCP or the caller's own transport.
 */
#define OSISESSION_LAYER_NETWORK 4

/**
 * Kind: none, or one that this header does not know.
 */
#define OSISESSION_KIND_NONE 0

/**
 * Kind: the caller's mistake.
 */
#define OSISESSION_KIND_INVALID 1

/**
 * Kind: not allowed in this state or without this token.
 */
#define OSISESSION_KIND_REFUSED 2

/**
 * Kind: the peer's doing.
 */
#define OSISESSION_KIND_PEER 3

/**
 * Kind: a limit was reached.
 */
#define OSISESSION_KIND_LIMIT 4

/**
 * Kind: the transport failed.
 */
#define OSISESSION_KIND_TRANSPORT 5

/**
 * Kind: closed.
 */
#define OSISESSION_KIND_CLOSED 6

/**
 * Kind: a time was over.
 */
#define OSISESSION_KIND_TIMED_OUT 7

/**
 * Kind: not now, but later.
 */
#define OSISESSION_KIND_WOULD_BLOCK 8

/**
 * Kind: a fault of this library.
 */
#define OSISESSION_KIND_INTERNAL 9

/**
 * TLS 1.2 (RFC 5246), by the number on the wire.
 */
#define OSISESSION_TLS_1_2 771

/**
 * TLS 1.3 (RFC 8446).
 */
#define OSISESSION_TLS_1_3 772

/**
 * TLS flag: a listener takes callers without a certificate. Without it authentication is mutual (IEC 62351-3).
 */
#define OSISESSION_TLS_NO_CLIENT_CERTIFICATE 1

/**
 * TLS flag: no connection begins where an earlier one was.
 */
#define OSISESSION_TLS_NO_RESUMPTION 2

/**
 * TLS flag: a peer whose certificate is covered by none of the revocation lists is accepted.
 */
#define OSISESSION_TLS_ALLOW_UNKNOWN_REVOCATION 4

/**
 * TLS info flag: an earlier session was resumed.
 */
#define OSISESSION_TLS_RESUMED 1

/**
 * Functional unit half-duplex: the data token says who may send. Numbers of functional units are the bits of Session
 * User Requirements (X.225 8.3.1, PI 20).
 */
#define OSISESSION_FU_HALF_DUPLEX 1

/**
 * Functional unit duplex.
 */
#define OSISESSION_FU_DUPLEX 2

/**
 * Functional unit expedited data.
 */
#define OSISESSION_FU_EXPEDITED_DATA 4

/**
 * Functional unit minor synchronize.
 */
#define OSISESSION_FU_MINOR_SYNC 8

/**
 * Functional unit major synchronize.
 */
#define OSISESSION_FU_MAJOR_SYNC 16

/**
 * Functional unit resynchronize.
 */
#define OSISESSION_FU_RESYNCHRONIZE 32

/**
 * Functional unit activity management.
 */
#define OSISESSION_FU_ACTIVITY_MANAGEMENT 64

/**
 * Functional unit negotiated release.
 */
#define OSISESSION_FU_NEGOTIATED_RELEASE 128

/**
 * Functional unit capability data exchange.
 */
#define OSISESSION_FU_CAPABILITY_DATA 256

/**
 * Functional unit exceptions.
 */
#define OSISESSION_FU_EXCEPTIONS 512

/**
 * Functional unit typed data.
 */
#define OSISESSION_FU_TYPED_DATA 1024

/**
 * Functional unit symmetric synchronize.
 */
#define OSISESSION_FU_SYMMETRIC_SYNC 2048

/**
 * Functional unit data separation.
 */
#define OSISESSION_FU_DATA_SEPARATION 4096

/**
 * The data token. Numbers of tokens are the bits of the Token Item (X.225 8.3.16, PI 16).
 */
#define OSISESSION_TOKEN_DATA 1

/**
 * The synchronize-minor token.
 */
#define OSISESSION_TOKEN_SYNCHRONIZE_MINOR 4

/**
 * The major/activity token.
 */
#define OSISESSION_TOKEN_MAJOR_ACTIVITY 16

/**
 * The release token.
 */
#define OSISESSION_TOKEN_RELEASE 64

/**
 * The token starts with the side that sends CONNECT or RESYNCHRONIZE (X.225 8.3.1, PI 26).
 */
#define OSISESSION_SIDE_REQUESTOR 0

/**
 * The token starts with the side that answers.
 */
#define OSISESSION_SIDE_ACCEPTOR 1

/**
 * The user of the side that answers chooses.
 */
#define OSISESSION_SIDE_ACCEPTOR_CHOOSES 2

/**
 * Protocol version 1 (X.225 8.3.1, PI 22).
 */
#define OSISESSION_VERSION_1 1

/**
 * Protocol version 2: user data without limit, segmentation of every SPDU.
 */
#define OSISESSION_VERSION_2 2

/**
 * `initial_serial_number`, or `serial_number` of an event, is there.
 */
#define OSISESSION_HAS_SERIAL_NUMBER 1

/**
 * `second_initial_serial_number`, or `second_serial_number`, is there.
 */
#define OSISESSION_HAS_SECOND_SERIAL_NUMBER 2

/**
 * `functional_units` of a rejection are there.
 */
#define OSISESSION_HAS_FUNCTIONAL_UNITS 4

/**
 * `resync_type` is there.
 */
#define OSISESSION_HAS_RESYNC 8

/**
 * `second_resync_type` is there (symmetric synchronize).
 */
#define OSISESSION_HAS_SECOND_RESYNC 16

/**
 * `old_connection` is there.
 */
#define OSISESSION_HAS_OLD_CONNECTION 32

/**
 * `reason` is there.
 */
#define OSISESSION_HAS_REASON 64

/**
 * Resync Type restart: go back to a point that was used before (X.225 8.3.24, PI 27).
 */
#define OSISESSION_RESYNC_RESTART 0

/**
 * Resync Type abandon: give up what is under way, go on with an unused number.
 */
#define OSISESSION_RESYNC_ABANDON 1

/**
 * Resync Type set: go on with any number.
 */
#define OSISESSION_RESYNC_SET 2

/**
 * Session flag: refuse what real stacks send but the standard forbids.
 */
#define OSISESSION_SESSION_STRICT 1

/**
 * Session flag: keep trace records for `osisession_session_next_trace`.
 */
#define OSISESSION_SESSION_TRACE 2

/**
 * Session flag: agree to the transport expedited flow (RFC 1006 5).
 */
#define OSISESSION_SESSION_TRANSPORT_EXPEDITED 4

/**
 * Session flag: offer and accept reuse of the transport connection (X.225 6.2.4).
 */
#define OSISESSION_SESSION_REUSE_TRANSPORT 8

/**
 * Session flag: SSDUs that are longer than a TPDU are indicated in pieces as they come (OSISESSION_EVENT_MORE).
 */
#define OSISESSION_SESSION_PIECES 16

/**
 * Connect flag: ask for the transport expedited flow (X.215 extended control). Implied by the expedited data unit.
 */
#define OSISESSION_CONNECT_EXTENDED_CONTROL 1

/**
 * Connect flag: do not say that extended concatenation can be received here.
 */
#define OSISESSION_CONNECT_NO_EXTENDED_CONCATENATION 2

/**
 * Profile: MMS (ISO 9506) as substations use it (IEC 61850-8-1). Duplex, version 2, T- and session selectors 00 01.
 */
#define OSISESSION_PROFILE_MMS 1

/**
 * Profile: TASE.2, called ICCP (IEC 60870-6), MMS between control centres. As MMS; selectors are agreed between two sites.
 */
#define OSISESSION_PROFILE_ICCP 2

/**
 * Profile: message transfer and other users of RTSE (X.218, X.410). Half-duplex, minor synchronize, activity management,
 * exceptions; both versions.
 */
#define OSISESSION_PROFILE_X400 3

/**
 * Profile: by the standards alone, nothing is forgiven (OSISESSION_SESSION_STRICT).
 */
#define OSISESSION_PROFILE_STRICT 4

/**
 * No event.
 */
#define OSISESSION_EVENT_NONE 0

/**
 * S-CONNECT indication: `calling_selector`, `called_selector`, `connection_identifier`, `functional_units`, `versions`
 * (the one that an acceptance would select), serial numbers if present, `upper_limit_serial_number`, `token_sides`,
 * TSDU sizes, `flags`, `user_data`. Answer with `osisession_connect_response` or `osisession_connect_response_negative`.
 */
#define OSISESSION_CONNECT_INDICATION 1

/**
 * S-CONNECT confirm, accepted: the same as selected; `called_selector` is the responding selector.
 */
#define OSISESSION_CONNECT_CONFIRM 2

/**
 * S-CONNECT confirm, rejected: `reason` (OSISESSION_REFUSE_...), `connection_identifier`, `functional_units` if present,
 * `versions` that the responder implements (0: not said), `user_data`, `error`. The session is over.
 */
#define OSISESSION_CONNECT_CONFIRM_NEGATIVE 3

/**
 * S-DATA indication: `user_data`.
 */
#define OSISESSION_DATA_INDICATION 4

/**
 * S-EXPEDITED-DATA indication: `user_data`.
 */
#define OSISESSION_EXPEDITED_DATA_INDICATION 5

/**
 * S-TYPED-DATA indication: `user_data`.
 */
#define OSISESSION_TYPED_DATA_INDICATION 6

/**
 * S-CAPABILITY-DATA indication: `user_data`. Answer with `osisession_capability_data_response`.
 */
#define OSISESSION_CAPABILITY_DATA_INDICATION 7

/**
 * S-CAPABILITY-DATA confirm: `user_data`.
 */
#define OSISESSION_CAPABILITY_DATA_CONFIRM 8

/**
 * S-TOKEN-GIVE indication: `tokens` are now here; `user_data`.
 */
#define OSISESSION_TOKEN_GIVE_INDICATION 9

/**
 * S-TOKEN-PLEASE indication: the peer asks for `tokens`; `user_data`.
 */
#define OSISESSION_TOKEN_PLEASE_INDICATION 10

/**
 * S-CONTROL-GIVE indication: all available tokens are now here; `user_data`.
 */
#define OSISESSION_CONTROL_GIVE_INDICATION 11

/**
 * S-SYNC-MINOR indication: `serial_number`, `flags` (EXPLICIT, DATA_SEPARATION), `user_data`. Answer with
 * `osisession_sync_minor_response` if explicit.
 */
#define OSISESSION_SYNC_MINOR_INDICATION 12

/**
 * S-SYNC-MINOR confirm: every point up to `serial_number` is confirmed; `user_data`.
 */
#define OSISESSION_SYNC_MINOR_CONFIRM 13

/**
 * S-SYNC-MAJOR indication: `serial_number`, `user_data`. Answer with `osisession_sync_major_response`.
 */
#define OSISESSION_SYNC_MAJOR_INDICATION 14

/**
 * S-SYNC-MAJOR confirm: `second_serial_number` if present (symmetric synchronize), `user_data`.
 */
#define OSISESSION_SYNC_MAJOR_CONFIRM 15

/**
 * S-RESYNCHRONIZE indication: `resync_type`, `serial_number`, their second ones, as present; `token_sides`, `user_data`.
 * Answer with `osisession_resynchronize_response`.
 */
#define OSISESSION_RESYNCHRONIZE_INDICATION 16

/**
 * S-RESYNCHRONIZE confirm: the same fields.
 */
#define OSISESSION_RESYNCHRONIZE_CONFIRM 17

/**
 * S-P-EXCEPTION-REPORT indication: `error` if it is known.
 */
#define OSISESSION_P_EXCEPTION_REPORT_INDICATION 18

/**
 * S-U-EXCEPTION-REPORT indication: `reason` (OSISESSION_EXCEPTION_...), `user_data`.
 */
#define OSISESSION_U_EXCEPTION_REPORT_INDICATION 19

/**
 * S-ACTIVITY-START indication: `activity_identifier`, `user_data`.
 */
#define OSISESSION_ACTIVITY_START_INDICATION 20

/**
 * S-ACTIVITY-RESUME indication: `activity_identifier`, `old_activity_identifier`, `serial_number`,
 * `second_serial_number` and `old_connection` if present, `user_data`.
 */
#define OSISESSION_ACTIVITY_RESUME_INDICATION 21

/**
 * S-ACTIVITY-INTERRUPT indication: `reason` if present, `user_data`. Answer with
 * `osisession_activity_interrupt_response`.
 */
#define OSISESSION_ACTIVITY_INTERRUPT_INDICATION 22

/**
 * S-ACTIVITY-INTERRUPT confirm: `user_data`.
 */
#define OSISESSION_ACTIVITY_INTERRUPT_CONFIRM 23

/**
 * S-ACTIVITY-DISCARD indication: `reason` if present, `user_data`. Answer with `osisession_activity_discard_response`.
 */
#define OSISESSION_ACTIVITY_DISCARD_INDICATION 24

/**
 * S-ACTIVITY-DISCARD confirm: `user_data`.
 */
#define OSISESSION_ACTIVITY_DISCARD_CONFIRM 25

/**
 * S-ACTIVITY-END indication: `serial_number`, `user_data`. Answer with `osisession_activity_end_response`.
 */
#define OSISESSION_ACTIVITY_END_INDICATION 26

/**
 * S-ACTIVITY-END confirm: `second_serial_number` if present (symmetric synchronize), `user_data`.
 */
#define OSISESSION_ACTIVITY_END_CONFIRM 27

/**
 * S-RELEASE indication: `user_data`. Answer with `osisession_release_response` or, under negotiated release,
 * `osisession_release_response_negative`.
 */
#define OSISESSION_RELEASE_INDICATION 28

/**
 * S-RELEASE confirm, affirmative: `user_data`. The session is over.
 */
#define OSISESSION_RELEASE_CONFIRM 29

/**
 * S-RELEASE confirm, negative: `user_data`. The session goes on.
 */
#define OSISESSION_RELEASE_CONFIRM_NEGATIVE 30

/**
 * S-U-ABORT indication: `user_data`. The session is over.
 */
#define OSISESSION_U_ABORT_INDICATION 31

/**
 * S-P-ABORT indication: `reason` (OSISESSION_P_ABORT_...), `error` if it is known. The session is over.
 */
#define OSISESSION_P_ABORT_INDICATION 32

/**
 * Event flag: the peer wants an explicit confirmation.
 */
#define OSISESSION_EVENT_EXPLICIT 1

/**
 * Event flag: data separation.
 */
#define OSISESSION_EVENT_DATA_SEPARATION 2

/**
 * Event flag: the transport expedited flow is available.
 */
#define OSISESSION_EVENT_TRANSPORT_EXPEDITED 4

/**
 * Event flag: the peer can receive extended concatenation.
 */
#define OSISESSION_EVENT_EXTENDED_CONCATENATION 8

/**
 * Event flag: a piece of an SSDU; the next indication of the same type has more of it (OSISESSION_SESSION_PIECES). Should something
 * come in between that purges data (resynchronization, interruption, discard, exception, abort), the rest does not come.
 */
#define OSISESSION_EVENT_MORE 16

/**
 * S-P-ABORT reason: the transport connection is gone or never came up (X.215 S-P-ABORT).
 */
#define OSISESSION_P_ABORT_TRANSPORT_DISCONNECT 0

/**
 * S-P-ABORT reason: protocol error, found here or reported by the peer.
 */
#define OSISESSION_P_ABORT_PROTOCOL_ERROR 1

/**
 * S-P-ABORT reason: the peer gave none.
 */
#define OSISESSION_P_ABORT_UNDEFINED 2

/**
 * S-P-ABORT reason: a restriction of this implementation or of the peer's.
 */
#define OSISESSION_P_ABORT_IMPLEMENTATION_RESTRICTION 3

/**
 * Rejected by the called SS-user, reason not specified (X.225 8.3.5, PI 50).
 */
#define OSISESSION_REFUSE_USER 0

/**
 * Rejected by the called SS-user, temporary congestion.
 */
#define OSISESSION_REFUSE_USER_CONGESTION 1

/**
 * Rejected by the called SS-user, see the user data.
 */
#define OSISESSION_REFUSE_USER_DATA 2

/**
 * Session selector unknown.
 */
#define OSISESSION_REFUSE_SELECTOR_UNKNOWN 129

/**
 * SS-user not attached to the SSAP.
 */
#define OSISESSION_REFUSE_USER_NOT_ATTACHED 130

/**
 * SPM congestion at connect time.
 */
#define OSISESSION_REFUSE_CONGESTION 131

/**
 * Proposed protocol versions not supported.
 */
#define OSISESSION_REFUSE_VERSIONS 132

/**
 * Rejected by the SPM, reason not specified.
 */
#define OSISESSION_REFUSE_SPM 133

/**
 * Rejected by the SPM, implementation restriction.
 */
#define OSISESSION_REFUSE_RESTRICTION 134

/**
 * Exception reason: non-specific error (X.225 8.3.28, PI 50).
 */
#define OSISESSION_EXCEPTION_NON_SPECIFIC 0

/**
 * Exception reason: SS-user receiving ability jeopardized.
 */
#define OSISESSION_EXCEPTION_RECEIVING_ABILITY_JEOPARDIZED 1

/**
 * Exception reason: sequence error.
 */
#define OSISESSION_EXCEPTION_SEQUENCE_ERROR 3

/**
 * Exception reason: local SS-user error.
 */
#define OSISESSION_EXCEPTION_LOCAL_USER_ERROR 5

/**
 * Exception reason: unrecoverable procedural error.
 */
#define OSISESSION_EXCEPTION_UNRECOVERABLE_PROCEDURAL_ERROR 6

/**
 * Exception reason: demand data token.
 */
#define OSISESSION_EXCEPTION_DEMAND_DATA_TOKEN 128

/**
 * Version of the function table that this header describes (see `osisession_get_api`).
 */
#define OSISESSION_API_VERSION 1

/**
 * The TSDU came, or the SPDU goes, on the transport expedited flow.
 */
#define OSISESSION_SPDU_EXPEDITED 1

/**
 * Refuse all that the standard calls invalid.
 */
#define OSISESSION_SPDU_STRICT 2

/**
 * Symmetric synchronize is selected.
 */
#define OSISESSION_SPDU_SYMMETRIC 4

/**
 * Symmetric synchronize is not selected. Without either flag it is not known, when reading.
 */
#define OSISESSION_SPDU_NOT_SYMMETRIC 8

/**
 * Data carries an Enclosure Item: a maximum TSDU size was selected.
 */
#define OSISESSION_SPDU_SEGMENTING 16

/**
 * Data carries none. Without either flag it is not known.
 */
#define OSISESSION_SPDU_NOT_SEGMENTING 32

/**
 * Extended concatenation was not agreed.
 */
#define OSISESSION_SPDU_NOT_EXTENDED 64

/**
 * Checked against every rule of X.225 8.3, in canonical order.
 */
#define OSISESSION_ENCODE_CHECKED 0

/**
 * Not checked, in canonical order. More than 65535 octets of parameters, or of one value, get the length indicator 65535.
 */
#define OSISESSION_ENCODE_UNCHECKED 1

/**
 * The same in the order given: for deliberately wrong SPDUs.
 */
#define OSISESSION_ENCODE_AS_GIVEN 2

/**
 * Endpoint flag: remember the last packets of each session, for reports (`osisession_session_report`): 8 in each direction, 1,024
 * octets of each at most, of the last 256 sessions. User data is in them. It costs a copy of what passes.
 */
#define OSISESSION_ENDPOINT_WITNESS 1

/**
 * Log level: a fault of this library.
 */
#define OSISESSION_LOG_ERROR 1

/**
 * Log level: a peer's violation, a connection lost, a caller refused.
 */
#define OSISESSION_LOG_WARNING 2

/**
 * Log level: session connections up, released, aborted by a user.
 */
#define OSISESSION_LOG_INFO 3

/**
 * Log level: network connections, TLS, requests that were refused.
 */
#define OSISESSION_LOG_DEBUG 4

/**
 * Log level: every primitive.
 */
#define OSISESSION_LOG_TRACE 5

/**
 * Properties flag: this side sent CONNECT.
 */
#define OSISESSION_PROPERTY_INITIATOR 1

/**
 * Properties flag: the session is over.
 */
#define OSISESSION_PROPERTY_OVER 2

/**
 * Properties flag: the transport expedited flow is available (TEXP).
 */
#define OSISESSION_PROPERTY_TRANSPORT_EXPEDITED 4

/**
 * Properties flag: extended concatenation may be sent to the peer.
 */
#define OSISESSION_PROPERTY_EXTENDED_CONCATENATION 8

/**
 * Properties flag: an activity is in progress (Vact).
 */
#define OSISESSION_PROPERTY_ACTIVITY 16

/**
 * Nothing is known to have failed.
 */
#define OSISESSION_CAUSE_NONE 0

/**
 * The name has no address. ("name-unknown")
 */
#define OSISESSION_CAUSE_NAME_UNKNOWN 100

/**
 * TCP: nobody listens at this port. ("tcp-refused")
 */
#define OSISESSION_CAUSE_TCP_REFUSED 101

/**
 * TCP: the host or its network cannot be reached. ("tcp-unreachable")
 */
#define OSISESSION_CAUSE_TCP_UNREACHABLE 102

/**
 * TCP: no answer at all. ("tcp-timeout")
 */
#define OSISESSION_CAUSE_TCP_TIMEOUT 103

/**
 * TCP: a reset. ("tcp-reset")
 */
#define OSISESSION_CAUSE_TCP_RESET 104

/**
 * We speak TLS, the peer answers with plain TPKT; or the other way round, seen by a listener with TLS. ("tls-to-plain")
 */
#define OSISESSION_CAUSE_TLS_TO_PLAIN 200

/**
 * We speak TLS, the connection is closed during the handshake. ("tls-closed")
 */
#define OSISESSION_CAUSE_TLS_CLOSED 201

/**
 * We speak TLS, and no answer comes during the handshake. ("tls-silence")
 */
#define OSISESSION_CAUSE_TLS_SILENCE 202

/**
 * The peer sent a TLS alert. ("tls-alert")
 */
#define OSISESSION_CAUSE_TLS_ALERT 203

/**
 * The peer's certificate is not accepted here. ("tls-certificate")
 */
#define OSISESSION_CAUSE_TLS_CERTIFICATE 204

/**
 * No common version, suite or group. ("tls-nothing-in-common")
 */
#define OSISESSION_CAUSE_TLS_NOTHING_IN_COMMON 205

/**
 * What the peer sends during the handshake is no TLS at all. ("tls-no-record")
 */
#define OSISESSION_CAUSE_TLS_NO_RECORD 206

/**
 * The end of TCP without the end of TLS. ("tls-truncated")
 */
#define OSISESSION_CAUSE_TLS_TRUNCATED 207

/**
 * TLS failed otherwise. ("tls-other")
 */
#define OSISESSION_CAUSE_TLS_OTHER 208

/**
 * We speak plain TPKT, the peer TLS. ("plain-to-tls")
 */
#define OSISESSION_CAUSE_PLAIN_TO_TLS 300

/**
 * The peer speaks HTTP. ("http")
 */
#define OSISESSION_CAUSE_HTTP 301

/**
 * The peer speaks SSH. ("ssh")
 */
#define OSISESSION_CAUSE_SSH 302

/**
 * The peer speaks another text protocol. ("text-protocol")
 */
#define OSISESSION_CAUSE_TEXT_PROTOCOL 303

/**
 * What comes is no TPKT. ("not-tpkt")
 */
#define OSISESSION_CAUSE_NOT_TPKT 304

/**
 * A TPKT with a length that cannot be, or one that ends or stops in its middle. ("broken-tpkt")
 */
#define OSISESSION_CAUSE_BROKEN_TPKT 305

/**
 * The peer closed TCP instead of answering the CR. ("closed-instead-of-cc")
 */
#define OSISESSION_CAUSE_CLOSED_INSTEAD_OF_CC 400

/**
 * No answer to the CR. ("no-answer-to-cr")
 */
#define OSISESSION_CAUSE_NO_ANSWER_TO_CR 401

/**
 * DR, reason 0: not specified. ("dr-not-specified")
 */
#define OSISESSION_CAUSE_DR_NOT_SPECIFIED 402

/**
 * DR, reason 1: congestion at the TSAP. ("dr-congestion")
 */
#define OSISESSION_CAUSE_DR_CONGESTION 403

/**
 * DR, reason 2: session entity not attached to the TSAP. ("dr-not-attached")
 */
#define OSISESSION_CAUSE_DR_NOT_ATTACHED 404

/**
 * DR, reason 3: address unknown. ("dr-address-unknown")
 */
#define OSISESSION_CAUSE_DR_ADDRESS_UNKNOWN 405

/**
 * DR, reason 128: normal disconnect by the session entity. ("dr-normal")
 */
#define OSISESSION_CAUSE_DR_NORMAL 406

/**
 * DR, reason 129: remote transport entity congested. ("dr-remote-congestion")
 */
#define OSISESSION_CAUSE_DR_REMOTE_CONGESTION 407

/**
 * DR, reason 130: connection negotiation failed. ("dr-negotiation")
 */
#define OSISESSION_CAUSE_DR_NEGOTIATION 408

/**
 * DR, reason 131: duplicate source reference. ("dr-duplicate-reference")
 */
#define OSISESSION_CAUSE_DR_DUPLICATE_REFERENCE 409

/**
 * DR, reason 132: mismatched references. ("dr-mismatched-references")
 */
#define OSISESSION_CAUSE_DR_MISMATCHED_REFERENCES 410

/**
 * DR, reason 133: protocol error. ("dr-protocol-error")
 */
#define OSISESSION_CAUSE_DR_PROTOCOL_ERROR 411

/**
 * DR, reason 135: reference overflow. ("dr-reference-overflow")
 */
#define OSISESSION_CAUSE_DR_REFERENCE_OVERFLOW 412

/**
 * DR, reason 136: connection request refused on this network connection. ("dr-refused-here")
 */
#define OSISESSION_CAUSE_DR_REFUSED_HERE 413

/**
 * DR, reason 138: header or parameter length invalid. ("dr-length")
 */
#define OSISESSION_CAUSE_DR_LENGTH 414

/**
 * DR with a reason that X.224 does not have. ("dr-reserved")
 */
#define OSISESSION_CAUSE_DR_RESERVED 415

/**
 * ER: the peer rejects a TPDU. ("er")
 */
#define OSISESSION_CAUSE_ER 416

/**
 * CC with a class other than 0. ("cc-other-class")
 */
#define OSISESSION_CAUSE_CC_OTHER_CLASS 417

/**
 * A TPDU that cannot be read or is not allowed here. ("bad-tpdu")
 */
#define OSISESSION_CAUSE_BAD_TPDU 418

/**
 * The transport connection stopped inside a TSDU. ("broken-tsdu")
 */
#define OSISESSION_CAUSE_BROKEN_TSDU 419

/**
 * The transport connection ended instead of an answer to the CONNECT. ("closed-instead-of-ac")
 */
#define OSISESSION_CAUSE_CLOSED_INSTEAD_OF_AC 500

/**
 * No answer to the CONNECT. ("no-answer-to-cn")
 */
#define OSISESSION_CAUSE_NO_ANSWER_TO_CN 501

/**
 * REFUSE, reason 0: by the called user, not specified. ("refuse-user")
 */
#define OSISESSION_CAUSE_REFUSE_USER 502

/**
 * REFUSE, reason 1: by the called user, temporary congestion. ("refuse-user-congestion")
 */
#define OSISESSION_CAUSE_REFUSE_USER_CONGESTION 503

/**
 * REFUSE, reason 2: by the called user, with user data. ("refuse-user-data")
 */
#define OSISESSION_CAUSE_REFUSE_USER_DATA 504

/**
 * REFUSE, reason 129: session selector unknown. ("refuse-selector")
 */
#define OSISESSION_CAUSE_REFUSE_SELECTOR 505

/**
 * REFUSE, reason 130: user not attached to the SSAP. ("refuse-not-attached")
 */
#define OSISESSION_CAUSE_REFUSE_NOT_ATTACHED 506

/**
 * REFUSE, reason 131: congestion of the provider. ("refuse-congestion")
 */
#define OSISESSION_CAUSE_REFUSE_CONGESTION 507

/**
 * REFUSE, reason 132: versions not supported. ("refuse-versions")
 */
#define OSISESSION_CAUSE_REFUSE_VERSIONS 508

/**
 * REFUSE, reason 133: by the provider, not specified. ("refuse-provider")
 */
#define OSISESSION_CAUSE_REFUSE_PROVIDER 509

/**
 * REFUSE, reason 134: restriction of the implementation. ("refuse-restriction")
 */
#define OSISESSION_CAUSE_REFUSE_RESTRICTION 510

/**
 * REFUSE with a reason that X.225 does not have. ("refuse-reserved")
 */
#define OSISESSION_CAUSE_REFUSE_RESERVED 511

/**
 * ACCEPT with a version that was not proposed. ("accept-version")
 */
#define OSISESSION_CAUSE_ACCEPT_VERSION 512

/**
 * ACCEPT with functional units that cannot be. ("accept-units")
 */
#define OSISESSION_CAUSE_ACCEPT_UNITS 513

/**
 * The answer to the CONNECT cannot be read, or breaks a rule. ("bad-answer")
 */
#define OSISESSION_CAUSE_BAD_ANSWER 514

/**
 * ABORT from the called user instead of ACCEPT or REFUSE. ("abort-while-connecting")
 */
#define OSISESSION_CAUSE_ABORT_WHILE_CONNECTING 515

/**
 * ABORT by the peer's user. ("user-abort")
 */
#define OSISESSION_CAUSE_USER_ABORT 600

/**
 * ABORT by the peer's provider: protocol error. ("provider-abort-protocol")
 */
#define OSISESSION_CAUSE_PROVIDER_ABORT_PROTOCOL 601

/**
 * ABORT by the peer's provider: restriction of its implementation. ("provider-abort-restriction")
 */
#define OSISESSION_CAUSE_PROVIDER_ABORT_RESTRICTION 602

/**
 * ABORT by the peer's provider without a reason. ("provider-abort")
 */
#define OSISESSION_CAUSE_PROVIDER_ABORT 603

/**
 * The peer violated the session protocol, and this side aborted. ("peer-violation")
 */
#define OSISESSION_CAUSE_PEER_VIOLATION 604

/**
 * The connection ended in the middle of an open session. ("closed-while-open")
 */
#define OSISESSION_CAUSE_CLOSED_WHILE_OPEN 605

/**
 * The connection ended instead of an answer to the release. ("closed-while-releasing")
 */
#define OSISESSION_CAUSE_CLOSED_WHILE_RELEASING 606

/**
 * The peer left something unanswered for too long. ("answer-timeout")
 */
#define OSISESSION_CAUSE_ANSWER_TIMEOUT 607

/**
 * A limit of this side was hit. ("limit")
 */
#define OSISESSION_CAUSE_LIMIT 900

/**
 * This side refused a caller. ("refused-here")
 */
#define OSISESSION_CAUSE_REFUSED_HERE 901

/**
 * This side closed, or asked for something that can never be right. ("local")
 */
#define OSISESSION_CAUSE_LOCAL 902

/**
 * Nothing of the above. ("other")
 */
#define OSISESSION_CAUSE_OTHER 903

/**
 * Stage: it cannot be told.
 */
#define OSISESSION_STAGE_UNKNOWN 0

/**
 * Stage: TCP, or what stands for it, was not up.
 */
#define OSISESSION_STAGE_NETWORK 1

/**
 * Stage: during the TLS handshake, or in TLS.
 */
#define OSISESSION_STAGE_TLS 2

/**
 * Stage: CR was sent or awaited, CC not there (X.224 6.5).
 */
#define OSISESSION_STAGE_TRANSPORT_CONNECT 3

/**
 * Stage: CONNECT was sent or awaited, ACCEPT not there (X.225 7.1).
 */
#define OSISESSION_STAGE_SESSION_CONNECT 4

/**
 * Stage: the session was open.
 */
#define OSISESSION_STAGE_OPEN 5

/**
 * Stage: FINISH was sent or received (X.225 7.6).
 */
#define OSISESSION_STAGE_RELEASE 6

/**
 * Diagnosis flag: the peer broke a rule, or said that we did; otherwise it is a matter of configuration, of the network, or of
 * this program.
 */
#define OSISESSION_DIAGNOSIS_VIOLATION 1

/**
 * Format of a report: some lines for people; they begin with a sentence, and each ends with a newline.
 */
#define OSISESSION_REPORT_TEXT 0

/**
 * Format of a report: one JSON object on one line, with the keys of the documentation, all packets and the last transitions.
 */
#define OSISESSION_REPORT_JSON 1

/**
 * No reason is given, in the interrupt and discard requests.
 */
#define OSISESSION_NO_REASON 4294967295

/**
 * Data piece flag: the SSDU is whole with this piece.
 */
#define OSISESSION_PIECE_END 1

/**
 * Data piece flag: of an S-TYPED-DATA request.
 */
#define OSISESSION_PIECE_TYPED 2

/**
 * No request.
 */
#define OSISESSION_T_NONE 0

/**
 * T-CONNECT request: `expedited` asks for the expedited flow.
 */
#define OSISESSION_T_CONNECT_REQUEST 1

/**
 * T-CONNECT response, accept: `expedited` agrees to the expedited flow.
 */
#define OSISESSION_T_CONNECT_RESPONSE 2

/**
 * T-DATA request: one TSDU, `header` followed by `user_data`.
 */
#define OSISESSION_T_DATA_REQUEST 3

/**
 * T-EXPEDITED-DATA request: one TSDU of at most 16 octets, `header`. It goes before queued normal data.
 */
#define OSISESSION_T_EXPEDITED_DATA_REQUEST 4

/**
 * T-DISCONNECT request, after everything before it was sent: `reason` is the session's octet.
 */
#define OSISESSION_T_DISCONNECT_REQUEST 5

/**
 * Flow control: none, only stop and go.
 */
#define OSISESSION_SCP_FLOW_NONE 0

/**
 * Flow control: by segments.
 */
#define OSISESSION_SCP_FLOW_SEGMENT 1

/**
 * Flow control: by messages.
 */
#define OSISESSION_SCP_FLOW_MESSAGE 2

/**
 * Endpoint flag: send interrupt messages without credit, for peers that never give one.
 */
#define OSISESSION_SCP_IGNORE_INTERRUPT_CREDIT 1

/**
 * Endpoint flag: the neighbour has to prove itself with `demand`, which may be empty.
 */
#define OSISESSION_SCP_DEMAND 2

/**
 * A connect from another node, to be accepted or rejected.
 */
#define OSISESSION_SCP_CALL 1

/**
 * Our connect was accepted; the link is open. `user_data`: accept data.
 */
#define OSISESSION_SCP_ACCEPTED 2

/**
 * The caller has our acceptance; the link is open. Sending was possible before.
 */
#define OSISESSION_SCP_RUNNING 3

/**
 * A message, which may be empty.
 */
#define OSISESSION_SCP_MESSAGE 4

/**
 * An interrupt message, 1 to 16 octets. It may have overtaken messages.
 */
#define OSISESSION_SCP_INTERRUPT 5

/**
 * A send was answered with OSISESSION_E_WOULD_BLOCK; now there is room.
 */
#define OSISESSION_SCP_SEND_READY 6

/**
 * An interrupt was answered with OSISESSION_E_WOULD_BLOCK; now the peer takes one.
 */
#define OSISESSION_SCP_INTERRUPT_READY 7

/**
 * Our connect was rejected, or could not be delivered. The last event.
 */
#define OSISESSION_SCP_REJECTED 8

/**
 * The link ended without our asking for it, after everything that came before. The last event.
 */
#define OSISESSION_SCP_DISCONNECTED 9

/**
 * The end that was asked for here is complete. The last event.
 */
#define OSISESSION_SCP_CLOSED 10

/**
 * Reason: rejected or disconnected by the end user.
 */
#define OSISESSION_SCP_REASON_BY_END_USER 0

/**
 * Reason: nobody answers to that object.
 */
#define OSISESSION_SCP_REASON_NO_SUCH_OBJECT 4

/**
 * Reason: aborted by the end user.
 */
#define OSISESSION_SCP_REASON_ABORTED 9

/**
 * Reason: user name or password not accepted.
 */
#define OSISESSION_SCP_REASON_ACCESS_REFUSED 34

/**
 * Reason: the object did not answer in time, or failed.
 */
#define OSISESSION_SCP_REASON_NO_ANSWER 38

/**
 * Reason: the node cannot be reached, or was lost.
 */
#define OSISESSION_SCP_REASON_UNREACHABLE 39

/**
 * Flag of connects: `user`, `password` and `account` are there.
 */
#define OSISESSION_SCP_ACCESS 1

/**
 * Flag of connects: the caller asks to be let in by who it is.
 */
#define OSISESSION_SCP_PROXY 2

/**
 * Node flag: take a node id of servers, 128 to 254, instead of one of users, 1 to 127.
 */
#define OSISESSION_ZIP_SERVER 1

/**
 * State of a node: it is getting an address, and looking for a router.
 */
#define OSISESSION_ZIP_JOINING 1

/**
 * State of a node: it knows its network and a router.
 */
#define OSISESSION_ZIP_UP 2

/**
 * State of a node: it has an address, and no router; or one that has come and has not said yet what network this is.
 */
#define OSISESSION_ZIP_ALONE 3

/**
 * State of a node: there is a router, which does not route for this node's address.
 */
#define OSISESSION_ZIP_STRANDED 4

/**
 * State of a node: every address that it tried is taken.
 */
#define OSISESSION_ZIP_FAILED 5

/**
 * Of a node: it knows its network and a router. `network`, `node`: its address; `range_start`, `range_end`; `router_network`, `router_node`;
 * `zone`, unless it is told later. Flag OSISESSION_ZIP_CHOICE. Keep address and zone for the next start.
 */
#define OSISESSION_ZIP_EVENT_UP 1

/**
 * Of a node: no router has answered. `network`, `node`: its address, which is final.
 */
#define OSISESSION_ZIP_EVENT_ALONE 2

/**
 * Of a node: `zone` is that of its network.
 */
#define OSISESSION_ZIP_EVENT_ZONE 3

/**
 * Of a node: no router is heard any more.
 */
#define OSISESSION_ZIP_EVENT_ROUTER_LOST 4

/**
 * Of a node: a router has come that does not route for its address. `range_start`, `range_end`: the network as the router says it.
 */
#define OSISESSION_ZIP_EVENT_STRANDED 5

/**
 * Of a node: every address that it tried is taken.
 */
#define OSISESSION_ZIP_EVENT_FAILED 6

/**
 * Of a node: `zone`, which was picked, is its zone now. Register names again: they may clash with names of this zone.
 */
#define OSISESSION_ZIP_EVENT_PICKED 7

/**
 * Of a node: `zone`, which was picked, is none of its network, or no router has said so. `error`: why.
 */
#define OSISESSION_ZIP_EVENT_PICK_FAILED 8

/**
 * Of a node: its zone, until now `old_zone`, is called `zone` from now on.
 */
#define OSISESSION_ZIP_EVENT_RENAMED 9

/**
 * Of a node: a router says that `old_zone` is called `zone` from now on.
 */
#define OSISESSION_ZIP_EVENT_RENAME_HINT 10

/**
 * Of a node: the answer to a call about zones. `number`: the call; `call`: what was asked; `zones`, `zone_count`: each once, in the router's order.
 */
#define OSISESSION_ZIP_EVENT_ZONES 11

/**
 * Of a node: a call about zones has no answer, or none that can be used. `number`: the call; `error`: why.
 */
#define OSISESSION_ZIP_EVENT_ZONES_FAILED 12

/**
 * Of a node: a look-up has found an entity. `number`: the look-up; `entities`: one. Each is told once.
 */
#define OSISESSION_ZIP_EVENT_FOUND 13

/**
 * Of a node: a look-up is over. `number`: the look-up; `count`: how many entities were found, flag OSISESSION_ZIP_MORE. From
 * `osisession_zip_lookup`: `entities`, `entity_count` are what was found.
 */
#define OSISESSION_ZIP_EVENT_LOOKED_UP 14

/**
 * Of a node: a name is registered: look-ups find it from now on. `number`: the registration; `entities`: one, the name.
 */
#define OSISESSION_ZIP_EVENT_REGISTERED 15

/**
 * Of a node: somebody has the name. `number`: the registration; `entities`: one, the name and who has it.
 */
#define OSISESSION_ZIP_EVENT_NAME_TAKEN 16

/**
 * Of a node: an echo has come back. `number`: the request; `network`, `node`: who has answered; `data` as they came.
 */
#define OSISESSION_ZIP_EVENT_ECHOED 17

/**
 * Of a node: an echo has not come back. `number`: the request.
 */
#define OSISESSION_ZIP_EVENT_ECHO_LOST 18

/**
 * Of a router: `port` routes. `network`, `node`: its address; `range_start`, `range_end`.
 */
#define OSISESSION_ZIP_EVENT_PORT_ACTIVE 32

/**
 * Of a router: another router of the network says something else about it. `port`; `error`: what differs. A port that has not routed yet does
 * not begin.
 */
#define OSISESSION_ZIP_EVENT_PORT_CONFLICT 33

/**
 * Of a router: there is no address for `port`.
 */
#define OSISESSION_ZIP_EVENT_PORT_FAILED 34

/**
 * Of a router: `port` was taken down.
 */
#define OSISESSION_ZIP_EVENT_PORT_DOWN 35

/**
 * Of a router: the network `range_start` to `range_end` has come into the routing table.
 */
#define OSISESSION_ZIP_EVENT_ROUTE_GAINED 36

/**
 * Of a router: the network `range_start` to `range_end` has gone out of the routing table, and its zones with it.
 */
#define OSISESSION_ZIP_EVENT_ROUTE_LOST 37

/**
 * Of a router: a neighbour tells of a network `range_start` to `range_end`, of which some numbers are those of `known_start` to `known_end`. It is
 * not believed.
 */
#define OSISESSION_ZIP_EVENT_ROUTE_OVERLAPS 38

/**
 * Of a router: all zones of the network `range_start` to `range_end` are known. `count`: how many they are.
 */
#define OSISESSION_ZIP_EVENT_ZONES_KNOWN 39

/**
 * Of a router: a limit was reached, and something was not taken. `error`: which one.
 */
#define OSISESSION_ZIP_EVENT_LIMITED 40

/**
 * Flag of events: the zone is the default one of the network, and others can be picked.
 */
#define OSISESSION_ZIP_CHOICE 1

/**
 * Flag of events: a limit was reached; there may be more entities.
 */
#define OSISESSION_ZIP_MORE 2

/**
 * Call about zones: every zone of the internet (GetZoneList).
 */
#define OSISESSION_ZIP_GET_ZONE_LIST 1

/**
 * Call about zones: those of the node's network (GetLocalZones).
 */
#define OSISESSION_ZIP_GET_LOCAL_ZONES 2

/**
 * Call about zones: that of the node (GetMyZone).
 */
#define OSISESSION_ZIP_GET_MY_ZONE 3

/**
 * Router flag: answer queries by Replies with several whole lists where they fit, instead of an Extended Reply for each network.
 */
#define OSISESSION_ZIP_PACK_REPLIES 1

/**
 * State of a port: it is getting an address, compares its seed with what other routers say, or learns its network from them.
 */
#define OSISESSION_ZIP_PORT_STARTING 1

/**
 * State of a port: it has no seed, and has heard no router of its network.
 */
#define OSISESSION_ZIP_PORT_WAITING 2

/**
 * State of a port: it routes.
 */
#define OSISESSION_ZIP_PORT_ACTIVE 3

/**
 * State of a port: its seed is not what other routers of the network say.
 */
#define OSISESSION_ZIP_PORT_CONFLICT 4

/**
 * State of a port: there is no address for it.
 */
#define OSISESSION_ZIP_PORT_FAILED 5

/**
 * State of a port: it was taken down.
 */
#define OSISESSION_ZIP_PORT_DOWN 6

/**
 * State of a route: the router is connected to the network.
 */
#define OSISESSION_ZIP_ROUTE_DIRECT 1

/**
 * State of a route: confirmed.
 */
#define OSISESSION_ZIP_ROUTE_GOOD 2

/**
 * State of a route: not confirmed for a while.
 */
#define OSISESSION_ZIP_ROUTE_SUSPECT 3

/**
 * State of a route: not confirmed for long, or said to be unreachable. It is not used.
 */
#define OSISESSION_ZIP_ROUTE_BAD 4

/**
 * Flag of routes: an extended network, which may have several numbers and zones.
 */
#define OSISESSION_ZIP_ROUTE_EXTENDED 1

/**
 * Flag of routes: all zones of the network are known.
 */
#define OSISESSION_ZIP_ROUTE_ZONES_KNOWN 2

/**
 * Client flag: only one side speaks at a time; the token is passed by itself.
 */
#define OSISESSION_RPC_HALF_DUPLEX 1

/**
 * Client flag: open the session although nobody asks for anything, and again after a loss.
 */
#define OSISESSION_RPC_KEEP_OPEN 2

/**
 * Client flag: the circuit never opens; attempts go on for ever.
 */
#define OSISESSION_RPC_NEVER_TRIP 4

/**
 * Request flag: to carry it out twice does no harm; it is sent again to any peer.
 */
#define OSISESSION_RPC_IDEMPOTENT 1

/**
 * The response came.
 */
#define OSISESSION_RPC_RESPONSE 1

/**
 * The peer answered with an error.
 */
#define OSISESSION_RPC_ERROR 2

/**
 * It certainly was not carried out.
 */
#define OSISESSION_RPC_NOT_DONE 3

/**
 * Nobody knows whether it was carried out.
 */
#define OSISESSION_RPC_UNKNOWN 4

/**
 * Its deadline passed.
 */
#define OSISESSION_RPC_DEADLINE 1

/**
 * It was cancelled.
 */
#define OSISESSION_RPC_CANCELLED 2

/**
 * The peer had too much under way.
 */
#define OSISESSION_RPC_BUSY 3

/**
 * The connection was lost, and the peer does not know any more what it was asked.
 */
#define OSISESSION_RPC_PEER_FORGOT 4

/**
 * The peer's process ended while it carried it out.
 */
#define OSISESSION_RPC_INTERRUPTED 5

/**
 * The client was closed.
 */
#define OSISESSION_RPC_CLOSED 6

/**
 * There is no connection, and no attempt is made for now.
 */
#define OSISESSION_RPC_UNREACHABLE 7

/**
 * Code of an error: its caller cancelled it.
 */
#define OSISESSION_RPC_CODE_CANCELLED 4

/**
 * Code of an error: it was not answered within the peer's own time.
 */
#define OSISESSION_RPC_CODE_OVERDUE 5

/**
 * Code of an error: the peer's application gave no answer.
 */
#define OSISESSION_RPC_CODE_UNANSWERED 6

/**
 * The first code of the application's own, up to 65535.
 */
#define OSISESSION_RPC_CODE_APPLICATION 256

/**
 * The session is not there, and nobody wants it.
 */
#define OSISESSION_RPC_STATE_IDLE 0

/**
 * An attempt to open the session is under way.
 */
#define OSISESSION_RPC_STATE_OPENING 1

/**
 * The next attempt waits for its time.
 */
#define OSISESSION_RPC_STATE_WAITING 2

/**
 * The session is there.
 */
#define OSISESSION_RPC_STATE_UP 3

/**
 * The session is being closed because it is not used.
 */
#define OSISESSION_RPC_STATE_CLOSING 4

/**
 * The circuit is open: no attempt for now.
 */
#define OSISESSION_RPC_STATE_TRIPPED 5

/**
 * The circuit is half open: who asks next makes the attempt that decides.
 */
#define OSISESSION_RPC_STATE_ARMED 6

/**
 * That attempt is under way.
 */
#define OSISESSION_RPC_STATE_TRIAL 7

/**
 * Refused for good, or closed.
 */
#define OSISESSION_RPC_STATE_STOPPED 8

/**
 * Circuit: attempts are made.
 */
#define OSISESSION_RPC_CIRCUIT_CLOSED 0

/**
 * Circuit: too many attempts failed, none is made for now.
 */
#define OSISESSION_RPC_CIRCUIT_OPEN 1

/**
 * Circuit: one attempt is made, and decides.
 */
#define OSISESSION_RPC_CIRCUIT_HALF_OPEN 2

/**
 * The circuit opened, is tried, or closed (`circuit`).
 */
#define OSISESSION_RPC_EVENT_CIRCUIT 1

/**
 * An attempt is made (`failures` before it).
 */
#define OSISESSION_RPC_EVENT_ATTEMPT 2

/**
 * An attempt failed (`error`, `next_ms`).
 */
#define OSISESSION_RPC_EVENT_FAILED 3

/**
 * The session is up.
 */
#define OSISESSION_RPC_EVENT_UP 4

/**
 * The session is gone (`error`; its status 0: it was closed because nobody used it).
 */
#define OSISESSION_RPC_EVENT_DOWN 5

/**
 * No attempt is made any more before `osisession_rpc_client_reset` (`error`).
 */
#define OSISESSION_RPC_EVENT_STOPPED 6

/**
 * Server flag: the handler runs where the endpoint is driven, and must not wait long.
 */
#define OSISESSION_RPC_NO_THREADS 1

/**
 * Flag of a request of a peer: no response is wanted; one that is given goes nowhere.
 */
#define OSISESSION_RPC_ONE_WAY 1

/**
 * Flag of a request of a peer: the peer does not wait any more, or it took too long here. It may be answered nevertheless.
 */
#define OSISESSION_RPC_WITHDRAWN 2

/**
 * Every message is on stable storage before it counts as accepted.
 */
#define OSISESSION_DURABLE_MESSAGE 0

/**
 * What is sent is stored at checkpoints; a message that is not confirmed may be lost with the process.
 */
#define OSISESSION_DURABLE_CHECKPOINT 1

/**
 * Dialogues survive the loss of connections, not the end of the process.
 */
#define OSISESSION_DURABLE_MEMORY 2

/**
 * Node flag: the application keeps with the effects of messages how far it is, and says so by `cursor`; the journal's own count does not hold.
 */
#define OSISESSION_DURABLE_APPLICATION 1

/**
 * A caller that wants to begin a dialogue is taken.
 */
#define OSISESSION_DURABLE_ACCEPT 0

/**
 * Not now: it tries again.
 */
#define OSISESSION_DURABLE_BUSY 1

/**
 * Not at all: it stops until its application asks again.
 */
#define OSISESSION_DURABLE_REFUSE 2

/**
 * Messages flow.
 */
#define OSISESSION_DIALOGUE_CONNECTED 0

/**
 * An attempt to connect is under way.
 */
#define OSISESSION_DIALOGUE_CONNECTING 1

/**
 * There is no connection; attempts go on, or the peer connects.
 */
#define OSISESSION_DIALOGUE_DETACHED 2

/**
 * There is no connection because nobody has anything to say.
 */
#define OSISESSION_DIALOGUE_IDLE 3

/**
 * No more attempts before `osisession_dialogue_reconnect`.
 */
#define OSISESSION_DIALOGUE_STOPPED 4

/**
 * It is being closed.
 */
#define OSISESSION_DIALOGUE_CLOSING 5

/**
 * It was closed in good order.
 */
#define OSISESSION_DIALOGUE_CLOSED 6

/**
 * It can never go on: one side has lost what the other relies on.
 */
#define OSISESSION_DIALOGUE_BROKEN 7

/**
 * Waited for: the message is stored here, at the level of durability. It will arrive.
 */
#define OSISESSION_DIALOGUE_ACCEPTED 0

/**
 * Waited for: the peer has the message on its stable storage.
 */
#define OSISESSION_DIALOGUE_CONFIRMED 1

/**
 * Waited for: the commit of a message of the peer is durable here.
 */
#define OSISESSION_DIALOGUE_COMMITTED 2

/**
 * An attempt to connect begins (`epoch`, `attempt`).
 */
#define OSISESSION_DIALOGUE_EVENT_CONNECTING 1

/**
 * Messages flow (`epoch`).
 */
#define OSISESSION_DIALOGUE_EVENT_CONNECTED 2

/**
 * The connection is gone; the dialogue is not.
 */
#define OSISESSION_DIALOGUE_EVENT_DETACHED 3

/**
 * The connection was closed because nobody had anything to say.
 */
#define OSISESSION_DIALOGUE_EVENT_IDLE 4

/**
 * There was no connection for long. Attempts go on.
 */
#define OSISESSION_DIALOGUE_EVENT_OVERDUE 5

/**
 * The journal takes very long; the connection was given back meanwhile.
 */
#define OSISESSION_DIALOGUE_EVENT_STORAGE_STALLED 6

/**
 * The peer wants to close: nothing more can be sent.
 */
#define OSISESSION_DIALOGUE_EVENT_PEER_CLOSING 7

/**
 * It has ended in good order.
 */
#define OSISESSION_DIALOGUE_EVENT_CLOSED 8

/**
 * No more attempts before `osisession_dialogue_reconnect`.
 */
#define OSISESSION_DIALOGUE_EVENT_STOPPED 9

/**
 * It can never go on (`position`: up to here the peer had messages on stable storage).
 */
#define OSISESSION_DIALOGUE_EVENT_BROKEN 10

/**
 * The peer did what is forbidden, and lost its connection for it (`error`).
 */
#define OSISESSION_DIALOGUE_EVENT_VIOLATION 11

/**
 * Messages up to `position` are stored here.
 */
#define OSISESSION_DIALOGUE_EVENT_ACCEPTED 12

/**
 * Messages up to `position` are on the peer's stable storage.
 */
#define OSISESSION_DIALOGUE_EVENT_CONFIRMED 13

/**
 * Messages of the peer up to `position` are not handed out again.
 */
#define OSISESSION_DIALOGUE_EVENT_COMMITTED 14

/**
 * Something else that this version of the interface has no number for.
 */
#define OSISESSION_DIALOGUE_EVENT_OTHER 15

/**
 * All functions of the library, see `osisession_get_api`.
 */
typedef struct osisession_api osisession_api;

/**
 * One end of a durable dialogue. Made by `osisession_durable_dial`, `_accept`, `_find` and `_dialogue`, each time another handle; ended by `osisession_dialogue_free`, which leaves
 * the dialogue itself where it is. All its functions may be called from any thread.
 */
typedef struct osisession_dialogue osisession_dialogue;

/**
 * One process's end of any number of durable dialogues. Made by `osisession_durable_node_new`, ended by `osisession_durable_node_free`. It has a thread of its own.
 * All its functions may be called from any thread.
 */
typedef struct osisession_durable_node osisession_durable_node;

/**
 * An endpoint: one user of the library, its listeners, its sessions and its reactor. Made by `osisession_endpoint_new`,
 * ended by `osisession_endpoint_free`. All its functions may be called from any thread.
 */
typedef struct osisession_endpoint osisession_endpoint;

/**
 * Where dialogues keep what must survive. Made by `osisession_journal_open`, `osisession_journal_memory` or `osisession_journal_own`, ended by
 * `osisession_journal_free`. All its functions may be called from any thread.
 */
typedef struct osisession_journal osisession_journal;

/**
 * A listener: where callers arrive. Made by `osisession_listen`, ended by `osisession_listener_free`. All its functions may
 * be called from any thread.
 */
typedef struct osisession_listener osisession_listener;

/**
 * Asks a server, over a session that it keeps. Made by `osisession_rpc_client_new`, ended by `osisession_rpc_client_free`. All its functions may be
 * called from any thread.
 */
typedef struct osisession_rpc_client osisession_rpc_client;

/**
 * A request of a peer, to be answered once: by `osisession_rpc_incoming_respond` or `osisession_rpc_incoming_fail`, now or later. Ended by
 * `osisession_rpc_incoming_free`; one that was not answered is answered then with OSISESSION_RPC_CODE_UNANSWERED. All its functions may be called
 * from any thread.
 */
typedef struct osisession_rpc_incoming osisession_rpc_incoming;

/**
 * Is asked by many clients. Made by `osisession_rpc_server_new`, ended by `osisession_rpc_server_free`. All its functions may be called from any thread.
 */
typedef struct osisession_rpc_server osisession_rpc_server;

/**
 * A DECnet Phase IV end node: its circuit, its objects, its logical links. Made by `osisession_scp_endpoint_new`, ended by
 * `osisession_scp_endpoint_free`. All its functions may be called from any thread.
 */
typedef struct osisession_scp_endpoint osisession_scp_endpoint;

/**
 * A logical link. Made by `osisession_scp_connect` or `osisession_scp_listener_accept`, ended by `osisession_scp_link_free`. All its functions may be
 * called from any thread, also at the same time.
 */
typedef struct osisession_scp_link osisession_scp_link;

/**
 * An object that can be called. Made by `osisession_scp_listen`, ended by `osisession_scp_listener_free`. All its functions may be called
 * from any thread.
 */
typedef struct osisession_scp_listener osisession_scp_listener;

/**
 * A session connection of X.215. Made by `osisession_connect`, `osisession_listener_accept` or `osisession_session_open`,
 * ended by `osisession_session_free`. All its functions may be called from any thread, also at the same time.
 */
typedef struct osisession_session osisession_session;

/**
 * The far side of a connection whose octets (TPKT, RFC 1006) the caller carries. Made by `osisession_connect_over_stream` or
 * `osisession_listener_accept_stream`, ended by `osisession_stream_free`. All its functions may be called from any thread;
 * none waits. What is fed is looked at when the endpoint is driven, and that may make something to drain.
 */
typedef struct osisession_stream osisession_stream;

/**
 * TLS, ready for use in any number of configurations. Made by `osisession_tls_new`, ended by `osisession_tls_free`.
 */
typedef struct osisession_tls osisession_tls;

/**
 * A node of an AppleTalk network. Made by `osisession_zip_node_new`, ended by `osisession_zip_node_free`. All its functions may be called from any
 * thread.
 */
typedef struct osisession_zip_node osisession_zip_node;

/**
 * A router of AppleTalk networks. Made by `osisession_zip_router_new`, ended by `osisession_zip_router_free`. All its functions may be called from any
 * thread.
 */
typedef struct osisession_zip_router osisession_zip_router;

/**
 * Octets. In what the caller passes: `data` may be NULL if `length` is 0, and is copied before the call returns. In what
 * the library gives: `data` is NULL if `length` is 0, is never followed by a NUL, and lives as long as the struct says.
 */
typedef struct osisession_octets {
  /**
   * The first octet.
   */
  const uint8_t *data;
  /**
   * How many.
   */
  size_t length;
} osisession_octets;

/**
 * How connections are secured, and who the peer may be. Certificates, keys and lists are PEM, as octets or, where those are
 * empty, from the file of that name.
 *
 * Both roles need trust anchors, unless a listener takes callers without a certificate. A listener needs a certificate and
 * its key; an initiator needs them where the peer asks for them.
 */
typedef struct osisession_tls_config {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_TLS_... flags.
   */
  uint32_t flags;
  /**
   * The lowest version that is negotiated (OSISESSION_TLS_1_2, OSISESSION_TLS_1_3). 0: TLS 1.2.
   */
  uint32_t min_version;
  /**
   * The highest version that is negotiated. 0: TLS 1.3.
   */
  uint32_t max_version;
  /**
   * Our certificate, then those of the authorities between it and the peer's trust anchor.
   */
  struct osisession_octets certificate_chain;
  /**
   * The key of our certificate: PKCS #8, SEC 1 or PKCS #1.
   */
  struct osisession_octets private_key;
  /**
   * Certificates of the authorities that may vouch for a peer.
   */
  struct osisession_octets trust_anchors;
  /**
   * `crl_count` revocation lists, each in DER, or one or more in PEM. If there is one, every certificate between the peer's
   * and the trust anchor must be covered by one; a list that is past its nextUpdate still counts. NULL: none.
   */
  const struct osisession_octets *crls;
  /**
   * How many.
   */
  size_t crl_count;
  /**
   * The file of the certificate chain; NULL: none.
   */
  const char *certificate_chain_file;
  /**
   * The file of the private key; NULL: none.
   */
  const char *private_key_file;
  /**
   * The file of the trust anchors; NULL: none.
   */
  const char *trust_anchors_file;
  /**
   * The name or IP address that the certificate of a called peer must be for; NULL: the host of the address.
   */
  const char *server_name;
} osisession_tls_config;

/**
 * What is known about a failure. Filled by value: nothing in it points into the library, and nothing needs freeing.
 *
 * Set `struct_size` (OSISESSION_INIT does) and pass it as the last argument of a call. It is written when the call fails,
 * and left alone when the call succeeds; the library never writes more than `struct_size` octets. All strings end with
 * NUL; an empty string means "not known".
 */
typedef struct osisession_error_info {
  /**
   * Octets of this struct as the caller knows it.
   */
  uint32_t struct_size;
  /**
   * The status that the call returned (OSISESSION_E_...).
   */
  int32_t status;
  /**
   * Which layer speaks (OSISESSION_LAYER_...).
   */
  uint32_t layer;
  /**
   * Whose fault it is (OSISESSION_KIND_...).
   */
  uint32_t kind;
  /**
   * Octets from the start of the TSDU, TPDU or TPKT to the fault; -1 if not known.
   */
  int64_t octet_offset;
  /**
   * Reason code of the protocol (REFUSE, ABORT, DR); -1 if there is none.
   */
  int64_t reason;
  /**
   * The SPDU or TPDU concerned: "CN", "MIP", "CR".
   */
  char spdu[8];
  /**
   * The parameter concerned: "Connect/Accept Item.Version Number".
   */
  char parameter[64];
  /**
   * The clause or table: "X.225 8.3.1".
   */
  char clause[48];
  /**
   * State of Annex A: "STA713".
   */
  char state[8];
  /**
   * Event of Annex A: "SDTreq".
   */
  char event[16];
  /**
   * First octets received from the peer.
   */
  uint8_t octets[16];
  /**
   * How many of `octets` are meant, 0 to 16.
   */
  uint32_t octets_length;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * A sentence that a person can act on, in English (UTF-8).
   */
  char text[256];
} osisession_error_info;

/**
 * What TLS came to on a session.
 */
typedef struct osisession_tls_info {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_TLS_RESUMED or 0.
   */
  uint32_t flags;
  /**
   * OSISESSION_TLS_1_2, OSISESSION_TLS_1_3; 0: without TLS, or the handshake is not over.
   */
  uint32_t version;
  /**
   * Certificates of the peer, for `osisession_session_peer_certificate`.
   */
  uint32_t peer_certificates;
  /**
   * The cipher suite by its registered name; ends with NUL.
   */
  char cipher_suite[64];
} osisession_tls_info;

/**
 * How a session behaves. Every field: zero is the default.
 */
typedef struct osisession_session_config {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_SESSION_... flags.
   */
  uint32_t flags;
  /**
   * Functional units that this user can provide (OSISESSION_FU_...); a responder's user is shown no others. 0: all.
   */
  uint32_t functional_units;
  /**
   * Protocol versions that may be selected (OSISESSION_VERSION_...). 0: both.
   */
  uint32_t versions;
  /**
   * Calling transport selector (X.224 13.3.4), at most 32 octets. Initiator.
   */
  struct osisession_octets calling_t_selector;
  /**
   * Called transport selector, at most 32 octets. Initiator.
   */
  struct osisession_octets called_t_selector;
  /**
   * Largest TPDU, octets (X.224 13.3.4; RFC 1006 5). 128 to 65,531. 0: 65,531.
   */
  uint32_t max_tpdu_size;
  /**
   * Milliseconds from the start of a connection to the S-CONNECT confirm (initiator), or from its acceptance to the
   * CONNECT SPDU (responder). 0: 10 s.
   */
  uint32_t connect_timeout_ms;
  /**
   * TIM, milliseconds to wait for ABORT ACCEPT or T-DISCONNECT (X.225 4.3, 7.9.2). 0: 30 s.
   */
  uint32_t tim_ms;
  /**
   * Milliseconds from the first octet of a TPKT header to its last. 0: 5 s.
   */
  uint32_t tpkt_header_timeout_ms;
  /**
   * Milliseconds from the first octet of a TSDU to its last; to this some time for each KiB is added. 0: 30 s.
   */
  uint32_t tsdu_timeout_ms;
  /**
   * The oldest transitions are forgotten when more than this many are kept for `osisession_session_history`. 0: 32.
   */
  uint32_t history;
  /**
   * Octets of one reassembled TSDU. 0: 1 MiB.
   */
  uint64_t tsdu_reassembly;
  /**
   * Octets of one reassembled SSDU. 0: 16 MiB.
   */
  uint64_t ssdu_reassembly;
  /**
   * Octets of user data in one S-CONNECT. 0: 64 KiB.
   */
  uint64_t connect_user_data;
  /**
   * Octets in events that the user has not taken; above it reading stops. 0: 1 MiB.
   */
  uint64_t queued_event_octets;
  /**
   * Octets to send that the transport has not taken; above it data requests answer OSISESSION_E_WOULD_BLOCK. 0: 1 MiB.
   */
  uint64_t queued_send_octets;
  /**
   * Milliseconds that the peer may leave something unanswered that only it can answer: a release, a major point, a
   * resynchronization, an interrupted activity, the recovery after an exception. 0: 5 min; UINT32_MAX: for ever.
   */
  uint32_t answer_timeout_ms;
  /**
   * Milliseconds added to `tsdu_timeout_ms` for each KiB received. 0: 1 s.
   */
  uint32_t tsdu_timeout_per_kib_ms;
  /**
   * Control SPDUs without user data in a burst, before `control_spdu_rate` holds. 0: 1,000.
   */
  uint32_t control_spdu_burst;
  /**
   * Control SPDUs without user data per second in the long run. 0: 100.
   */
  uint32_t control_spdu_rate;
  /**
   * Events from the expedited flow that may wait for a recall (X.225 Table A.6 \[10\]). 0: 64.
   */
  uint32_t queued_expedited;
  /**
   * The lowest maximum TSDU size, octets, that is accepted for a direction we send in; at most 65,535. 0: 128.
   */
  uint32_t min_tsdu_size;
  /**
   * Minor synchronization points of the peer that are not confirmed. 0: 1,000,000.
   */
  uint64_t open_sync_points;
  /**
   * Trace records kept until they are taken; the oldest go first. 0: 1,024.
   */
  uint64_t trace;
  /**
   * TLS below TPKT (IEC 62351-3); in a listener's configuration for those who call, who must then speak TLS. NULL: none.
   * Listeners at one address share one. With it the default port is 3782.
   */
  struct osisession_tls *tls;
} osisession_session_config;

/**
 * Session connection identifier (X.225 8.3.1, PGI 1): transparent to the session layer.
 */
typedef struct osisession_connection_identifier {
  /**
   * Calling SS-user Reference in a request, called in a response; 0 to 64 octets.
   */
  struct osisession_octets ss_user_reference;
  /**
   * Common Reference, 0 to 64 octets.
   */
  struct osisession_octets common_reference;
  /**
   * Additional Reference Information, 0 to 4 octets.
   */
  struct osisession_octets additional_reference;
} osisession_connection_identifier;

/**
 * Parameters of the S-CONNECT request (X.215 Table 4; X.225 7.1). All zero: duplex, both versions, null selectors.
 */
typedef struct osisession_connect_params {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_CONNECT_... flags.
   */
  uint32_t flags;
  /**
   * Which optional fields are there: OSISESSION_HAS_SERIAL_NUMBER, OSISESSION_HAS_SECOND_SERIAL_NUMBER.
   */
  uint32_t present;
  /**
   * Functional units proposed (OSISESSION_FU_...); half-duplex or duplex at least. 0: duplex.
   */
  uint32_t functional_units;
  /**
   * Protocol versions proposed (OSISESSION_VERSION_...). 0: both.
   */
  uint32_t versions;
  /**
   * Initial sides of the tokens (OSISESSION_TOKEN_SIDES). 0: all here.
   */
  uint32_t token_sides;
  /**
   * Maximum TSDU size proposed from initiator to responder, octets, at most 65,535. 0: not limited.
   */
  uint32_t tsdu_maximum_to_responder;
  /**
   * Maximum TSDU size proposed from responder to initiator. 0: not limited.
   */
  uint32_t tsdu_maximum_to_initiator;
  /**
   * Upper limit of serial numbers in decimal digits (PI 56), 7 to 18. 0: six digits.
   */
  uint32_t upper_limit_serial_number;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * First initial serial number; needed when minor, major, symmetric synchronize or resynchronize is proposed without
   * activity management.
   */
  uint64_t initial_serial_number;
  /**
   * Second initial serial number; needed when symmetric synchronize is proposed.
   */
  uint64_t second_initial_serial_number;
  /**
   * Calling session selector, 0 to 16 octets.
   */
  struct osisession_octets calling_selector;
  /**
   * Called session selector, 0 to 16 octets.
   */
  struct osisession_octets called_selector;
  /**
   * Session connection identifier.
   */
  struct osisession_connection_identifier connection_identifier;
  /**
   * SS-user data.
   */
  struct osisession_octets user_data;
} osisession_connect_params;

/**
 * Parameters of the S-CONNECT response, accept (X.225 7.4). All zero: duplex, nothing else.
 */
typedef struct osisession_connect_response_params {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_CONNECT_NO_EXTENDED_CONCATENATION or 0.
   */
  uint32_t flags;
  /**
   * Which optional fields are there: OSISESSION_HAS_SERIAL_NUMBER, OSISESSION_HAS_SECOND_SERIAL_NUMBER. One that is
   * needed and not there is taken from the caller's proposal.
   */
  uint32_t present;
  /**
   * Functional units of this user; selected is what both name. Exactly one of half-duplex and duplex must remain.
   * 0: duplex.
   */
  uint32_t functional_units;
  /**
   * Sides of the tokens that the caller left to this user (OSISESSION_TOKEN_SIDES); the others are ignored.
   */
  uint32_t token_sides;
  /**
   * Tokens to ask for in the same breath (OSISESSION_TOKEN_...).
   */
  uint32_t please_tokens;
  /**
   * Maximum TSDU size of this side from initiator to responder, octets, at most 65,535. 0: not limited.
   */
  uint32_t tsdu_maximum_to_responder;
  /**
   * Maximum TSDU size of this side from responder to initiator. 0: not limited.
   */
  uint32_t tsdu_maximum_to_initiator;
  /**
   * Upper limit of serial numbers in decimal digits (PI 56), 7 to 18. 0: six digits.
   */
  uint32_t upper_limit_serial_number;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * First initial serial number.
   */
  uint64_t initial_serial_number;
  /**
   * Second initial serial number.
   */
  uint64_t second_initial_serial_number;
  /**
   * Responding session selector, 0 to 16 octets; `data` NULL: the called selector.
   */
  struct osisession_octets responding_selector;
  /**
   * Session connection identifier.
   */
  struct osisession_connection_identifier connection_identifier;
  /**
   * SS-user data.
   */
  struct osisession_octets user_data;
} osisession_connect_response_params;

/**
 * An earlier session connection (X.225 8.3.30, PGI 33).
 */
typedef struct osisession_old_connection {
  /**
   * Called SS-user Reference, 0 to 64 octets.
   */
  struct osisession_octets called_reference;
  /**
   * Calling SS-user Reference, 0 to 64 octets.
   */
  struct osisession_octets calling_reference;
  /**
   * Common Reference, 0 to 64 octets.
   */
  struct osisession_octets common_reference;
  /**
   * Additional Reference Information, 0 to 4 octets.
   */
  struct osisession_octets additional_reference;
} osisession_old_connection;

/**
 * An indication or confirm of X.215. Which fields are meant is said at each type; the others are 0.
 *
 * What `osisession_next_event` fills owns its octets until `osisession_event_free`: free it, and it can be filled again. A
 * copy of the struct is the same event: free one of them. What a callback is given is lent until the callback returns, and
 * is not to be freed.
 */
typedef struct osisession_event {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * Which primitive (OSISESSION_..._INDICATION, OSISESSION_..._CONFIRM).
   */
  uint32_t type;
  /**
   * The library's own: who owns the octets. 0: nothing to free.
   */
  uint64_t owner;
  /**
   * SS-user data.
   */
  struct osisession_octets user_data;
  /**
   * Which optional fields are there (OSISESSION_HAS_...).
   */
  uint32_t present;
  /**
   * OSISESSION_EVENT_... flags.
   */
  uint32_t flags;
  /**
   * Tokens (OSISESSION_TOKEN_...).
   */
  uint32_t tokens;
  /**
   * Sides of the tokens (see OSISESSION_TOKEN_SIDE).
   */
  uint32_t token_sides;
  /**
   * Reason code.
   */
  uint32_t reason;
  /**
   * Functional units (OSISESSION_FU_...).
   */
  uint32_t functional_units;
  /**
   * Protocol versions (OSISESSION_VERSION_...).
   */
  uint32_t versions;
  /**
   * Upper limit of serial numbers in decimal digits; 0: six.
   */
  uint32_t upper_limit_serial_number;
  /**
   * Maximum TSDU size from initiator to responder, octets; 0: not limited.
   */
  uint32_t tsdu_maximum_to_responder;
  /**
   * Maximum TSDU size from responder to initiator, octets; 0: not limited.
   */
  uint32_t tsdu_maximum_to_initiator;
  /**
   * OSISESSION_RESYNC_...
   */
  uint32_t resync_type;
  /**
   * OSISESSION_RESYNC_... of the second flow.
   */
  uint32_t second_resync_type;
  /**
   * Serial number.
   */
  uint64_t serial_number;
  /**
   * Serial number of the second flow.
   */
  uint64_t second_serial_number;
  /**
   * Calling session selector.
   */
  struct osisession_octets calling_selector;
  /**
   * Called session selector; in a confirm the responding one.
   */
  struct osisession_octets called_selector;
  /**
   * Session connection identifier.
   */
  struct osisession_connection_identifier connection_identifier;
  /**
   * Activity identifier.
   */
  struct osisession_octets activity_identifier;
  /**
   * Old activity identifier.
   */
  struct osisession_octets old_activity_identifier;
  /**
   * The session connection on which the activity was started.
   */
  struct osisession_old_connection old_connection;
  /**
   * Why, in full; NULL if nothing more is known. It lives as long as the octets.
   */
  const struct osisession_error_info *error;
} osisession_event;

/**
 * What is known about a connection, for reading and writing SPDUs. All zero, or NULL: nothing; reading is then tolerant,
 * and writing is for version 2 on the normal flow.
 */
typedef struct osisession_spdu_context {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_SPDU_... flags.
   */
  uint32_t flags;
  /**
   * The protocol version selected, or those that may be (OSISESSION_VERSION_...); 0: reading both, writing 2.
   */
  uint32_t version;
  /**
   * Digits of a serial number, 6 to 18; 0: reading 18, writing 6.
   */
  uint32_t upper_limit;
  /**
   * 1 if `available_tokens` is known.
   */
  uint32_t tokens_known;
  /**
   * The tokens that exist (OSISESSION_TOKEN_...).
   */
  uint32_t available_tokens;
} osisession_spdu_context;

/**
 * One SPDU of a TSDU. Offsets are octets from the start of the TSDU.
 */
typedef struct osisession_spdu {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * SPDUs in this TSDU, 1 to 4.
   */
  uint32_t count;
  /**
   * SPDU Identifier. What it means here is in `mnemonic`.
   */
  uint32_t si;
  /**
   * The order in which the SPDUs are processed, the first is 0 (X.225 6.3.7).
   */
  uint32_t order;
  /**
   * Where it begins.
   */
  size_t offset;
  /**
   * Its octets, user information included.
   */
  size_t length;
  /**
   * Where its SS-user data begins; 0 if there is none.
   */
  size_t user_data_offset;
  /**
   * Octets of SS-user data.
   */
  size_t user_data_length;
  /**
   * Its parameters: units and groups, what groups enclose included.
   */
  uint32_t unit_count;
  /**
   * Deviations in this TSDU that were accepted, one bit each as in the documentation of leniencies; 0: none.
   */
  uint32_t leniencies;
  /**
   * Its mnemonic, such as "CN"; ends with NUL. SI 42 is "MAA": an AEA looks the same.
   */
  char mnemonic[8];
  /**
   * Its name, such as "CONNECT"; ends with NUL.
   */
  char name[32];
} osisession_spdu;

/**
 * One parameter of an SPDU.
 */
typedef struct osisession_spdu_unit {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * The PGI around it, or -1.
   */
  int32_t group;
  /**
   * PGI or PI.
   */
  uint32_t code;
  /**
   * 1 if X.225 knows this parameter in this SPDU or elsewhere.
   */
  uint32_t known;
  /**
   * Where its identifier stands, octets from the start of the TSDU.
   */
  size_t offset;
  /**
   * Where its value begins; of a group, what it encloses.
   */
  size_t value_offset;
  /**
   * Octets of the value.
   */
  size_t value_length;
  /**
   * Its name in the standard; ends with NUL; empty if unknown.
   */
  char name[48];
  /**
   * What the value says, cut to fit; ends with NUL.
   */
  char meaning[160];
} osisession_spdu_unit;

/**
 * A parameter to write.
 */
typedef struct osisession_spdu_value {
  /**
   * The PGI around it, or -1.
   */
  int32_t group;
  /**
   * PI, or a PGI without PI units in it.
   */
  uint32_t code;
  /**
   * Its value.
   */
  struct osisession_octets value;
} osisession_spdu_value;

/**
 * How an endpoint behaves. Every field: zero is the default.
 */
typedef struct osisession_endpoint_config {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_ENDPOINT_... flags.
   */
  uint32_t flags;
  /**
   * A file, written anew, that receives what passes in all sessions as a capture (pcap): TPKT in made-up TCP segments to port
   * 102, which Wireshark opens. What was in TLS is in it in the clear. Should it not be writable later on, the capture ends
   * and the sessions go on. NULL: no capture.
   */
  const char *capture_file;
} osisession_endpoint_config;

/**
 * What an endpoint has done so far. Each number only ever grows.
 */
typedef struct osisession_counters {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * Sessions that were asked for from here.
   */
  uint64_t calls;
  /**
   * Connections that callers opened to listeners.
   */
  uint64_t callers;
  /**
   * Callers that were closed at once: too many were without their CONNECT (`osisession_listener_config`).
   */
  uint64_t callers_turned_away;
  /**
   * Callers that were answered with a refusal.
   */
  uint64_t callers_refused;
  /**
   * Session connections that were established, in either role.
   */
  uint64_t established;
  /**
   * Session connections that were released in order (X.225 7.6 to 7.8).
   */
  uint64_t released;
  /**
   * Session connections that were aborted, by either user or provider, or lost.
   */
  uint64_t aborted;
  /**
   * Octets read from networks and pipes.
   */
  uint64_t octets_received;
  /**
   * Octets written to them.
   */
  uint64_t octets_sent;
} osisession_counters;

/**
 * What a listener answers to. Every field: zero is the default.
 */
typedef struct osisession_listener_config {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * Sessions that may wait for `osisession_listener_accept`; further callers are refused with reason 1, temporary
   * congestion. 0: 128.
   */
  uint32_t backlog;
  /**
   * Connections at this address that may be without their CONNECT SPDU; one more is closed at once. 0: 100.
   */
  uint32_t max_connecting;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * Called transport selector that this listener answers to. `data` NULL: any; length 0 with `data` not NULL: the null
   * selector.
   */
  struct osisession_octets t_selector;
  /**
   * Called session selector that this listener answers to; NULL and length 0 as above. Others are refused with reason
   * 129 (X.225 8.3.5).
   */
  struct osisession_octets session_selector;
  /**
   * How accepted sessions behave; NULL: the defaults. Copied.
   */
  const struct osisession_session_config *session;
  /**
   * As `max_connecting`, for those from one IP address. 0: 10.
   */
  uint32_t max_connecting_per_source;
  /**
   * With more connections than this without their CONNECT SPDU, a new one is closed at random: never at this number, always
   * at `max_connecting`, in proportion between them. 0: 10.
   */
  uint32_t early_refusal_from;
} osisession_listener_config;

/**
 * A line of the log. It lives until the function that is given it returns. User data is never in it.
 */
typedef struct osisession_log_line {
  /**
   * Octets of this struct as the library knows it.
   */
  uint32_t struct_size;
  /**
   * OSISESSION_LOG_...
   */
  uint32_t level;
  /**
   * The number of the session within its endpoint, see `osisession_session_number`; 0: of none.
   */
  uint64_t session;
  /**
   * What happened.
   */
  const char *text;
  /**
   * The peer's address; empty if it is not known.
   */
  const char *peer;
  /**
   * Why, in a sentence; NULL if there is no more to say.
   */
  const char *error;
} osisession_log_line;

/**
 * Gets the lines of the log, see `osisession_set_log`.
 */
typedef void (*osisession_log_fn)(const struct osisession_log_line *line, void *user_data);

/**
 * Callbacks of a session. Called from `osisession_endpoint_dispatch` (also that of the background thread) and from calls
 * that wait and so drive the endpoint; never by two threads at once, with nothing locked: a callback may call
 * anything, `osisession_session_free` of its own session included. A C++ exception that leaves a callback ends the process (abort);
 * osisession.hpp keeps it and throws it on.
 */
typedef struct osisession_callbacks {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * Handed to each callback.
   */
  void *user_data;
  /**
   * An event. It is lent until the callback returns: do not free it; what is to be kept is copied, or kept without a copy
   * by `osisession_event_retain`.
   */
  void (*on_event)(struct osisession_session *session, const struct osisession_event *event, void *user_data);
  /**
   * May be NULL. Called once, when no callback with this `user_data` runs or will run any more: after the callbacks were
   * replaced, or after the session ended or was freed.
   */
  void (*on_release)(void *user_data);
} osisession_callbacks;

/**
 * What was negotiated, and where the session stands: a snapshot (X.225 5.9, A.5.4).
 */
typedef struct osisession_properties {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_PROPERTY_... flags.
   */
  uint32_t flags;
  /**
   * Functional units selected (OSISESSION_FU_...); 0 before the ACCEPT.
   */
  uint32_t functional_units;
  /**
   * Protocol version selected (OSISESSION_VERSION_...); 0 before the ACCEPT.
   */
  uint32_t version;
  /**
   * Maximum TSDU size selected from initiator to responder, octets; 0: not limited.
   */
  uint32_t tsdu_maximum_to_responder;
  /**
   * Maximum TSDU size selected from responder to initiator, octets; 0: not limited.
   */
  uint32_t tsdu_maximum_to_initiator;
  /**
   * Tokens that exist (AV).
   */
  uint32_t available_tokens;
  /**
   * Tokens that are here (OWNED).
   */
  uint32_t owned_tokens;
  /**
   * V(A), V(M), V(R); with symmetric synchronize those of the sending flow.
   */
  uint64_t serial_numbers[3];
  /**
   * V(Ar), V(Mr), V(Rr); without symmetric synchronize the same as above.
   */
  uint64_t receiving_serial_numbers[3];
  /**
   * TSDUs sent.
   */
  uint64_t tsdus_sent;
  /**
   * TSDUs received.
   */
  uint64_t tsdus_received;
  /**
   * Octets in TSDUs sent.
   */
  uint64_t octets_sent;
  /**
   * Octets in TSDUs received.
   */
  uint64_t octets_received;
  /**
   * State of Annex A, such as "STA713"; ends with NUL.
   */
  char state[8];
  /**
   * Deviations of the peer in SPDUs that were accepted so far, one bit each as in the documentation of leniencies; 0: none.
   */
  uint32_t leniencies;
  /**
   * Kinds of deviation of the peer in TPKT and COTP that were accepted so far.
   */
  uint32_t forgiven;
} osisession_properties;

/**
 * Why there is no session, or no longer one. Filled by value: nothing in it points into the library, and nothing needs freeing. All
 * strings end with NUL; an empty string means "not known", or "not the question". What does not fit is cut; the report
 * (`osisession_session_report`) has all of it.
 */
typedef struct osisession_diagnosis {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * The row of the table of causes (OSISESSION_CAUSE_...).
   */
  uint32_t cause;
  /**
   * The layer whose question it is (OSISESSION_LAYER_...): a connection that is closed instead of an answer to CONNECT is one
   * of the session, not of the network.
   */
  uint32_t layer;
  /**
   * How far it had come (OSISESSION_STAGE_...).
   */
  uint32_t stage;
  /**
   * OSISESSION_DIAGNOSIS_... flags.
   */
  uint32_t flags;
  /**
   * Whose fault it is (OSISESSION_KIND_...).
   */
  uint32_t kind;
  /**
   * The octet at fault, from the start of the TSDU, TPDU or TPKT that `pdu` names, the first is 0; -1 if not known.
   */
  int64_t octet;
  /**
   * Reason code of DR, ER, REFUSE or ABORT; -1 if there is none.
   */
  int64_t reason;
  /**
   * The cause in a word, which stays as it is: "tcp-refused".
   */
  char word[32];
  /**
   * The SPDU or TPDU: "CN", "DR".
   */
  char pdu[8];
  /**
   * The clause that speaks of it: "X.225 8.3.5".
   */
  char clause[48];
  /**
   * One sentence that says what happened.
   */
  char summary[512];
  /**
   * What the peer probably wants. "Probably" is meant: it is what such an end usually means.
   */
  char wants[512];
  /**
   * What to try, the most promising first: lines with a newline between them.
   */
  char tries[1024];
  /**
   * The last packet that was sent, in words; empty without OSISESSION_ENDPOINT_WITNESS, or if none was.
   */
  char sent[256];
  /**
   * The last packet that came, in words.
   */
  char received[256];
} osisession_diagnosis;

/**
 * Parameters of the S-CONNECT response, reject (X.225 7.5). All zero: reason not specified.
 */
typedef struct osisession_connect_reject_params {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_HAS_FUNCTIONAL_UNITS or 0.
   */
  uint32_t present;
  /**
   * Reason of the user (OSISESSION_REFUSE_...): 0 not specified, 1 temporary congestion, 2 see the user data.
   */
  uint32_t reason;
  /**
   * Functional units that this user would have required; reason 2 only.
   */
  uint32_t functional_units;
  /**
   * Session connection identifier.
   */
  struct osisession_connection_identifier connection_identifier;
  /**
   * SS-user data; reason 2 only.
   */
  struct osisession_octets user_data;
} osisession_connect_reject_params;

/**
 * Parameters of S-RESYNCHRONIZE request and response (X.225 7.24, 7.25).
 *
 * In a request at least one of OSISESSION_HAS_RESYNC and OSISESSION_HAS_SECOND_RESYNC is needed; in a response the types
 * are those of the indication and may be left out.
 */
typedef struct osisession_resynchronize_params {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_HAS_RESYNC, OSISESSION_HAS_SECOND_RESYNC, OSISESSION_HAS_SERIAL_NUMBER,
   * OSISESSION_HAS_SECOND_SERIAL_NUMBER.
   */
  uint32_t present;
  /**
   * Without symmetric synchronize the only one; with it that of the requestor's sending flow (OSISESSION_RESYNC_...).
   */
  uint32_t resync_type;
  /**
   * With symmetric synchronize, that of the requestor's receiving flow.
   */
  uint32_t second_resync_type;
  /**
   * Sides of the tokens afterwards (OSISESSION_TOKEN_SIDES).
   */
  uint32_t token_sides;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * Serial number; not needed in a request to abandon.
   */
  uint64_t serial_number;
  /**
   * Serial number of the second flow.
   */
  uint64_t second_serial_number;
  /**
   * SS-user data.
   */
  struct osisession_octets user_data;
} osisession_resynchronize_params;

/**
 * Parameters of S-ACTIVITY-RESUME request (X.225 7.30).
 */
typedef struct osisession_activity_resume_params {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_HAS_SECOND_SERIAL_NUMBER (symmetric synchronize only), OSISESSION_HAS_OLD_CONNECTION.
   */
  uint32_t present;
  /**
   * New activity identifier, 1 to 6 octets.
   */
  struct osisession_octets activity_identifier;
  /**
   * Old activity identifier, 1 to 6 octets.
   */
  struct osisession_octets old_activity_identifier;
  /**
   * The last serial number that counts: the next point gets this plus one.
   */
  uint64_t serial_number;
  /**
   * The same for the second flow.
   */
  uint64_t second_serial_number;
  /**
   * The session connection on which the activity was started, if it was another one.
   */
  struct osisession_old_connection old_connection;
  /**
   * SS-user data.
   */
  struct osisession_octets user_data;
} osisession_activity_resume_params;

/**
 * Gives lent memory back: from now on it may be changed or freed. See `osisession_data_request_lent`.
 */
typedef void (*osisession_release_fn)(const void *data, size_t length, void *user_data);

/**
 * What the session asks of the caller's transport. Freed as an event is: by `osisession_transport_request_free`.
 */
typedef struct osisession_transport_request {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_T_...
   */
  uint32_t type;
  /**
   * The library's own: who owns the octets. 0: nothing to free.
   */
  uint64_t owner;
  /**
   * First part of the TSDU: SPDU headers and parameters.
   */
  struct osisession_octets header;
  /**
   * Second part of the TSDU: user information.
   */
  struct osisession_octets user_data;
  /**
   * 1: the expedited flow is wanted or agreed.
   */
  uint32_t expedited;
  /**
   * 0 protocol error, 1 normal, 2 normal though reuse was wanted.
   */
  uint32_t reason;
} osisession_transport_request;

/**
 * How a DECnet node behaves. Every field but `address` and `circuit`: zero is the default.
 */
typedef struct osisession_scp_config {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_SCP_IGNORE_INTERRUPT_CREDIT, OSISESSION_SCP_DEMAND.
   */
  uint32_t flags;
  /**
   * The node's own address: "1.2", area 1 to 63, node 1 to 1023.
   */
  const char *address;
  /**
   * What connects it: "tcp:HOST:PORT", "listen:HOST:PORT[,SOURCE]..." or "udp:LOCAL:PORT,HOST:PORT", by Multinet; "eth:INTERFACE",
   * an Ethernet (Linux, with the capability CAP_NET_RAW); "ethudp:LOCAL:PORT,HOST:PORT", an Ethernet in UDP datagrams.
   */
  const char *circuit;
  /**
   * What the node proves itself with if the neighbour asks, at most 64 octets. It travels in clear.
   */
  struct osisession_octets verification;
  /**
   * What the neighbour has to prove itself with, at most 64 octets (OSISESSION_SCP_DEMAND). It travels in clear.
   */
  struct osisession_octets demand;
  /**
   * The largest packet that the node takes, octets. 0: 576.
   */
  uint32_t block_size;
  /**
   * The flow control that is asked of peers (OSISESSION_SCP_FLOW_...).
   */
  uint32_t flow_control;
  /**
   * Milliseconds until a lost TCP connection is opened again; more after attempts in vain. 0: 1 s.
   */
  uint32_t retry_ms;
  /**
   * Milliseconds that opening a TCP connection may take. 0: 30 s.
   */
  uint32_t connect_timeout_ms;
  /**
   * Milliseconds from a connect to its answer; then it is rejected with 38. 0: 30 s.
   */
  uint32_t outgoing_timeout_ms;
  /**
   * Milliseconds from a connect of a peer to the object's answer; then it is rejected with 38. 0: 30 s.
   */
  uint32_t incoming_timeout_ms;
  /**
   * Milliseconds between hellos on the circuit, whole seconds. 0: 10 s.
   */
  uint32_t hello_ms;
  /**
   * Links at a time. 0: 1,024.
   */
  uint32_t links;
  /**
   * Octets of one link that were not acknowledged; above it sending would block. 0: 1 MiB.
   */
  uint64_t queued_send_octets;
  /**
   * Octets of one link that were received and not taken. 0: 1 MiB.
   */
  uint64_t queued_receive_octets;
  /**
   * Octets of one received message. 0: 16 MiB.
   */
  uint64_t message_octets;
} osisession_scp_config;

/**
 * Where a node stands.
 */
typedef struct osisession_scp_state {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * 1: packets can flow; else 0.
   */
  uint32_t up;
  /**
   * Links, those included whose end is not confirmed.
   */
  uint32_t links;
  /**
   * The largest packet that the neighbour takes, octets; 0: there is none at present.
   */
  uint32_t neighbour_block_size;
  /**
   * The neighbour's address, "1.1"; empty: there is none at present. Ends with NUL.
   */
  char neighbour[8];
  /**
   * Octets read from the network.
   */
  uint64_t octets_received;
  /**
   * Octets written to it.
   */
  uint64_t octets_sent;
  /**
   * NSP messages that were sent again.
   */
  uint64_t repeated;
} osisession_scp_state;

/**
 * An account that an object checks its callers against.
 */
typedef struct osisession_scp_account {
  /**
   * User name, compared without regard to case.
   */
  struct osisession_octets user;
  /**
   * Password.
   */
  struct osisession_octets password;
  /**
   * The account that the caller has to name; `data` NULL: any.
   */
  struct osisession_octets account;
} osisession_scp_account;

/**
 * What can be called.
 */
typedef struct osisession_scp_object {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * Its number, 1 to 255 (128 to 255 are free for everybody's use); 0: by name alone.
   */
  uint32_t number;
  /**
   * Its name, at most 16 octets; empty: by number alone.
   */
  struct osisession_octets name;
  /**
   * Who may call; NULL: anyone.
   */
  const struct osisession_scp_account *accounts;
  /**
   * How many accounts.
   */
  size_t account_count;
  /**
   * Links at a time; further callers are told 6, object too busy. 0: 256.
   */
  uint32_t max_links;
  /**
   * 0.
   */
  uint32_t reserved;
} osisession_scp_object;

/**
 * What a link tells. Initialize it by OSISESSION_INIT, free it by `osisession_scp_event_free`: what it points to lives until then.
 */
typedef struct osisession_scp_event {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_SCP_CALL to OSISESSION_SCP_CLOSED.
   */
  uint32_t type;
  /**
   * The library's; leave it alone.
   */
  uint64_t owner;
  /**
   * Why: of OSISESSION_SCP_REJECTED and OSISESSION_SCP_DISCONNECTED.
   */
  uint32_t reason;
  /**
   * Of OSISESSION_SCP_CALL: OSISESSION_SCP_ACCESS, OSISESSION_SCP_PROXY.
   */
  uint32_t flags;
  /**
   * The message, or what came with the connect, accept, reject or disconnect (at most 16 octets).
   */
  struct osisession_octets user_data;
  /**
   * Of OSISESSION_SCP_DISCONNECTED: the peer's fault; NULL: it broke no rule.
   */
  const struct osisession_error_info *error;
  /**
   * Of OSISESSION_SCP_CALL, as what follows: the node that calls, "1.2". Ends with NUL.
   */
  char node[8];
  /**
   * Its name, if it is known. Ends with NUL.
   */
  char node_name[8];
  /**
   * The number by which the object was called; 0: by name.
   */
  uint32_t object_number;
  /**
   * Who calls, by number; 0: by name.
   */
  uint32_t source_number;
  /**
   * Group code of the source; 0 without.
   */
  uint32_t source_group;
  /**
   * User code of the source; 0 without.
   */
  uint32_t source_user;
  /**
   * The name by which the object was called.
   */
  struct osisession_octets object_name;
  /**
   * Who calls.
   */
  struct osisession_octets source_name;
  /**
   * User name.
   */
  struct osisession_octets user;
  /**
   * Password; empty where the object has accounts, which were checked.
   */
  struct osisession_octets password;
  /**
   * Account.
   */
  struct osisession_octets account;
} osisession_scp_event;

/**
 * What a connect says. Every field but the object: zero is the default.
 */
typedef struct osisession_scp_connect_params {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_SCP_ACCESS, OSISESSION_SCP_PROXY.
   */
  uint32_t flags;
  /**
   * The object's number, 1 to 255; 0: by `object_name`.
   */
  uint32_t object_number;
  /**
   * Who calls, by number, 1 to 255; 0: by `source_name`.
   */
  uint32_t source_number;
  /**
   * Group code of the source.
   */
  uint32_t source_group;
  /**
   * User code of the source. With neither the source is by name alone.
   */
  uint32_t source_user;
  /**
   * The object's name, at most 16 octets.
   */
  struct osisession_octets object_name;
  /**
   * Who calls, at most 16 octets, 12 with codes; empty: "OSISESSION".
   */
  struct osisession_octets source_name;
  /**
   * User name, at most 39 octets. The three travel in clear.
   */
  struct osisession_octets user;
  /**
   * Password, at most 39 octets.
   */
  struct osisession_octets password;
  /**
   * Account, at most 39 octets.
   */
  struct osisession_octets account;
  /**
   * User data, at most 16 octets.
   */
  struct osisession_octets user_data;
} osisession_scp_connect_params;

/**
 * How a node behaves. Every field but `segment`: zero is the default.
 */
typedef struct osisession_zip_node_config {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_ZIP_SERVER.
   */
  uint32_t flags;
  /**
   * Where its network is: "ltoudp" is LocalTalk over UDP (multicast group 239.192.76.84, port 1954) at an interface that the system chooses,
   * "ltoudp:192.168.1.7" at the interface with this address, "ltoudp:192.168.1.7:2000" with another UDP port; "ethertalk:eth0" is
   * EtherTalk phase 2 at an interface: Linux, and the capability CAP_NET_RAW.
   */
  const char *segment;
  /**
   * The node id to try first, 1 to 254: that of its last run. 0: one at random.
   */
  uint32_t node;
  /**
   * How often a node id is asked for before it is taken. 0: 8.
   */
  uint32_t enquiries;
  /**
   * Milliseconds between. 0: 250 ms.
   */
  uint32_t enquiry_interval_ms;
  /**
   * How often a router is asked for before there is none. 0: 3.
   */
  uint32_t net_info_tries;
  /**
   * Milliseconds between. 0: 1 s.
   */
  uint32_t net_info_interval_ms;
  /**
   * Milliseconds of silence after which the router is lost. 0: 50 s.
   */
  uint32_t router_age_ms;
  /**
   * How often a page of a zone list is asked for. 0: 5.
   */
  uint32_t request_tries;
  /**
   * Milliseconds between. 0: 2 s.
   */
  uint32_t request_interval_ms;
  /**
   * How often a look-up or a registration is sent. 0: 3.
   */
  uint32_t lookup_tries;
  /**
   * Milliseconds between, and after the last one. 0: 1 s.
   */
  uint32_t lookup_interval_ms;
  /**
   * Milliseconds after which an echo is lost. 0: 5 s.
   */
  uint32_t echo_timeout_ms;
  /**
   * Answers to look-ups and echoes of others in one second. 0: 1,000.
   */
  uint32_t answers_per_second;
  /**
   * Zones of one list. 0: 65,536.
   */
  uint32_t zones;
  /**
   * Entities that one look-up finds. 0: 1,024.
   */
  uint32_t found;
  /**
   * Names that are registered at the same time. 0: 256.
   */
  uint32_t names;
  /**
   * Calls about zones at the same time. 0: 16.
   */
  uint32_t requests;
  /**
   * Look-ups and registrations at the same time, at most 255. 0: 64.
   */
  uint32_t lookups;
} osisession_zip_node_config;

/**
 * Where a node stands.
 */
typedef struct osisession_zip_state {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_ZIP_JOINING to OSISESSION_ZIP_FAILED.
   */
  uint32_t state;
  /**
   * The node's network number; 0: not known.
   */
  uint32_t network;
  /**
   * Its node id, 1 to 254; 0: it has none yet.
   */
  uint32_t node;
  /**
   * The first number of its network; 0: not known.
   */
  uint32_t range_start;
  /**
   * The last one.
   */
  uint32_t range_end;
  /**
   * The router's network number.
   */
  uint32_t router_network;
  /**
   * The router's node id; 0: there is no router.
   */
  uint32_t router_node;
  /**
   * Octets of `zone`; 0: the zone is not known.
   */
  uint32_t zone_length;
  /**
   * Names that this node has registered.
   */
  uint32_t names;
  /**
   * Its zone, in its own octets (Mac OS Roman).
   */
  uint8_t zone[32];
  /**
   * The same in UTF-8. Ends with NUL.
   */
  char zone_text[104];
  /**
   * Datagrams received.
   */
  uint64_t received;
  /**
   * Datagrams that could not be read.
   */
  uint64_t malformed;
  /**
   * Datagrams that were not for this node, or that nobody had asked for.
   */
  uint64_t ignored;
  /**
   * What limits have cost: answers, events, datagrams.
   */
  uint64_t limited;
  /**
   * How often the network has failed the background thread, which goes on.
   */
  uint64_t failures;
} osisession_zip_state;

/**
 * A name, which lives as long as the struct says that it is in.
 */
typedef struct osisession_zip_name {
  /**
   * Its own octets, at most 32, in Mac OS Roman.
   */
  struct osisession_octets octets;
  /**
   * The same in UTF-8. Ends with NUL; a name with a NUL in it ends early here. NULL: there is no name.
   */
  const char *text;
} osisession_zip_name;

/**
 * Something that can be found by its name.
 */
typedef struct osisession_zip_entity {
  /**
   * Its own name.
   */
  struct osisession_zip_name object;
  /**
   * Its type, such as "LaserWriter".
   */
  struct osisession_zip_name type;
  /**
   * Its zone; "*" is that of the node that asked.
   */
  struct osisession_zip_name zone;
  /**
   * Network number of the node that it is at.
   */
  uint32_t network;
  /**
   * Node id.
   */
  uint32_t node;
  /**
   * Its socket there.
   */
  uint32_t socket;
  /**
   * Tells names at the same socket apart.
   */
  uint32_t enumerator;
} osisession_zip_entity;

/**
 * What a node or a router tells. Initialize it by OSISESSION_INIT, free it by `osisession_zip_event_free`: what it points to lives until then.
 * Fields that the type of event does not name are 0.
 */
typedef struct osisession_zip_event {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_ZIP_EVENT_...
   */
  uint32_t type;
  /**
   * The library's; leave it alone.
   */
  uint64_t owner;
  /**
   * What was asked: the number that the request gave.
   */
  uint32_t number;
  /**
   * OSISESSION_ZIP_GET_...
   */
  uint32_t call;
  /**
   * OSISESSION_ZIP_CHOICE, OSISESSION_ZIP_MORE.
   */
  uint32_t flags;
  /**
   * The port of the router, by its place in the configuration.
   */
  uint32_t port;
  /**
   * Network number of a node or port.
   */
  uint32_t network;
  /**
   * Its node id.
   */
  uint32_t node;
  /**
   * First number of a network.
   */
  uint32_t range_start;
  /**
   * Last number of it.
   */
  uint32_t range_end;
  /**
   * First number of another network.
   */
  uint32_t known_start;
  /**
   * Last number of it.
   */
  uint32_t known_end;
  /**
   * Network number of the router.
   */
  uint32_t router_network;
  /**
   * Its node id.
   */
  uint32_t router_node;
  /**
   * How many entities or zones.
   */
  uint64_t count;
  /**
   * A zone.
   */
  struct osisession_zip_name zone;
  /**
   * Its name until now.
   */
  struct osisession_zip_name old_zone;
  /**
   * Zones.
   */
  const struct osisession_zip_name *zones;
  /**
   * How many.
   */
  size_t zone_count;
  /**
   * Entities.
   */
  const struct osisession_zip_entity *entities;
  /**
   * How many.
   */
  size_t entity_count;
  /**
   * The data of an echo.
   */
  struct osisession_octets data;
  /**
   * Why; NULL: nothing failed.
   */
  const struct osisession_error_info *error;
} osisession_zip_event;

/**
 * A port of a router. Initialize it by memset: zero is the default.
 */
typedef struct osisession_zip_port {
  /**
   * Where its network is, as in osisession_zip_node_config.
   */
  const char *segment;
  /**
   * The numbers of the network, as far as they are known here; a network of LocalTalk has one. 0: learn numbers and zones from other routers.
   */
  uint32_t range_start;
  /**
   * The last of them.
   */
  uint32_t range_end;
  /**
   * Its zones in UTF-8, the default one first; a network of LocalTalk has one.
   */
  const struct osisession_octets *zones;
  /**
   * How many.
   */
  size_t zone_count;
  /**
   * The node id to try first, 1 to 254, of which 128 to 254 are for servers. 0: one at random.
   */
  uint32_t node;
  /**
   * 0.
   */
  uint32_t reserved;
} osisession_zip_port;

/**
 * How a router behaves. Every field but `ports`: zero is the default.
 */
typedef struct osisession_zip_router_config {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_ZIP_PACK_REPLIES.
   */
  uint32_t flags;
  /**
   * Its ports.
   */
  const struct osisession_zip_port *ports;
  /**
   * How many, 1 to 256.
   */
  size_t port_count;
  /**
   * How often a node id is asked for before it is taken. 0: 8.
   */
  uint32_t enquiries;
  /**
   * Milliseconds between. 0: 250 ms.
   */
  uint32_t enquiry_interval_ms;
  /**
   * Milliseconds between the routing tables that it sends. 0: 10 s.
   */
  uint32_t send_interval_ms;
  /**
   * Milliseconds after which a route that was not confirmed is worse by one step. 0: 20 s.
   */
  uint32_t validity_ms;
  /**
   * Milliseconds between queries for zones that are missing. 0: 10 s.
   */
  uint32_t query_interval_ms;
  /**
   * Milliseconds between the questions of a port that starts. 0: 1 s.
   */
  uint32_t verify_interval_ms;
  /**
   * How often a port with a seed asks before it is alone. 0: 3.
   */
  uint32_t verify_tries;
  /**
   * Milliseconds for which a port stays down before it can be brought up. 0: 10 min.
   */
  uint32_t bringback_ms;
  /**
   * Networks in the routing table. 0: 4,096.
   */
  uint32_t routes;
  /**
   * Zones altogether. 0: 65,536.
   */
  uint32_t zones;
  /**
   * Answers in one second on one port. 0: 1,000.
   */
  uint32_t answers_per_second;
  /**
   * 0.
   */
  uint32_t reserved;
} osisession_zip_router_config;

/**
 * Where a router stands.
 */
typedef struct osisession_zip_routing {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * Networks in its routing table.
   */
  uint32_t routes;
  /**
   * Zones that it knows.
   */
  uint32_t zones;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * Datagrams received.
   */
  uint64_t received;
  /**
   * Datagrams that could not be read.
   */
  uint64_t malformed;
  /**
   * Datagrams that nobody had asked for, or that are not for a router.
   */
  uint64_t ignored;
  /**
   * Datagrams passed on.
   */
  uint64_t forwarded;
  /**
   * Datagrams that had nowhere to go.
   */
  uint64_t unroutable;
  /**
   * Datagrams that had passed too many routers.
   */
  uint64_t hops_exceeded;
  /**
   * What limits have cost.
   */
  uint64_t limited;
  /**
   * Queries that it sent.
   */
  uint64_t queries;
  /**
   * Networks that others asked for, and were told of.
   */
  uint64_t answered;
  /**
   * How often the network has failed the background thread, which goes on.
   */
  uint64_t failures;
} osisession_zip_routing;

/**
 * Where a port of a router stands.
 */
typedef struct osisession_zip_port_state {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_ZIP_PORT_STARTING to OSISESSION_ZIP_PORT_DOWN.
   */
  uint32_t state;
  /**
   * The port's network number; 0: not known.
   */
  uint32_t network;
  /**
   * Its node id; 0: it has none.
   */
  uint32_t node;
  /**
   * The first number of its network; 0: it does not route.
   */
  uint32_t range_start;
  /**
   * The last one.
   */
  uint32_t range_end;
} osisession_zip_port_state;

/**
 * A network in the routing table. It lives as long as the tables.
 */
typedef struct osisession_zip_route {
  /**
   * The first number of the network.
   */
  uint32_t range_start;
  /**
   * The last one.
   */
  uint32_t range_end;
  /**
   * How many routers are between, 0 to 15.
   */
  uint32_t distance;
  /**
   * The port that leads there.
   */
  uint32_t port;
  /**
   * Network number of the next router.
   */
  uint32_t next_network;
  /**
   * Its node id; 0: this router is connected to the network.
   */
  uint32_t next_node;
  /**
   * OSISESSION_ZIP_ROUTE_DIRECT to OSISESSION_ZIP_ROUTE_BAD.
   */
  uint32_t state;
  /**
   * OSISESSION_ZIP_ROUTE_EXTENDED, OSISESSION_ZIP_ROUTE_ZONES_KNOWN.
   */
  uint32_t flags;
  /**
   * Its zones, once all of them are known.
   */
  const struct osisession_zip_name *zones;
  /**
   * How many.
   */
  size_t zone_count;
} osisession_zip_route;

/**
 * The tables of a router at one time. Initialize it by OSISESSION_INIT, free it by `osisession_zip_tables_free`: what it points to lives until then.
 */
typedef struct osisession_zip_tables {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * The library's; leave it alone.
   */
  uint64_t owner;
  /**
   * The routing table.
   */
  const struct osisession_zip_route *routes;
  /**
   * How many networks.
   */
  size_t route_count;
  /**
   * Every zone that is known, in the order of GetZoneList.
   */
  const struct osisession_zip_name *zones;
  /**
   * How many.
   */
  size_t zone_count;
} osisession_zip_tables;

/**
 * How a client behaves. Every field: zero is the default.
 */
typedef struct osisession_rpc_client_config {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_RPC_HALF_DUPLEX, OSISESSION_RPC_KEEP_OPEN, OSISESSION_RPC_NEVER_TRIP.
   */
  uint32_t flags;
  /**
   * The session below; NULL: as always.
   */
  const struct osisession_session_config *session;
  /**
   * Calling session selector, at most 16 octets.
   */
  struct osisession_octets calling_selector;
  /**
   * Called session selector, at most 16 octets.
   */
  struct osisession_octets called_selector;
  /**
   * What the application says in S-CONNECT.
   */
  struct osisession_octets user_data;
  /**
   * The name of the association, 16 octets; empty: drawn at random.
   */
  struct osisession_octets association;
  /**
   * Octets of one message, both ways. 0: 1 MiB.
   */
  uint64_t max_message;
  /**
   * Requests without an outcome. 0: 64.
   */
  uint32_t max_open;
  /**
   * Attempts that fail one after the other until the circuit opens. 0: 5.
   */
  uint32_t trip_after;
  /**
   * Milliseconds before the second attempt; more before those that follow. 0: 200.
   */
  uint32_t first_delay_ms;
  /**
   * The longest of these delays. 0: 30,000.
   */
  uint32_t longest_delay_ms;
  /**
   * Milliseconds that an attempt may take. 0: 10,000.
   */
  uint32_t open_within_ms;
  /**
   * Milliseconds that the circuit stays open; more after attempts in vain. 0: 30,000.
   */
  uint32_t open_circuit_ms;
  /**
   * Close the session when nothing was under way for so many milliseconds; the next request opens it again. 0: never.
   */
  uint32_t idle_after_ms;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * A file where requests are kept, so that none is carried out twice and each gets its outcome also when this process ends meanwhile; NULL: they are
   * not. The association is then the one of the file. See `osisession_rpc_client_resumed`.
   */
  const char *journal;
} osisession_rpc_client_config;

/**
 * Where a client's session stands.
 */
typedef struct osisession_rpc_state {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_RPC_STATE_...
   */
  uint32_t state;
  /**
   * OSISESSION_RPC_CIRCUIT_...
   */
  uint32_t circuit;
  /**
   * Attempts that failed, one after the other.
   */
  uint32_t failures;
  /**
   * Requests without an outcome.
   */
  uint32_t waiting;
  /**
   * The status of the last attempt that failed; 0 since the session is up.
   */
  int32_t last_status;
  /**
   * Milliseconds until the next attempt is made, or may be made; -1: none is due.
   */
  int64_t next_ms;
  /**
   * The name of the association.
   */
  uint8_t association[16];
} osisession_rpc_state;

/**
 * What happened to a client's session.
 */
typedef struct osisession_rpc_event {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_RPC_EVENT_...
   */
  uint32_t type;
  /**
   * OSISESSION_RPC_CIRCUIT_...
   */
  uint32_t circuit;
  /**
   * Attempts that failed.
   */
  uint32_t failures;
  /**
   * Milliseconds until the next attempt; -1: when somebody asks.
   */
  int64_t next_ms;
  /**
   * Why; its status is 0 where there is nothing to say.
   */
  struct osisession_error_info error;
} osisession_rpc_event;

/**
 * What became of a request. Initialized by OSISESSION_INIT, freed by `osisession_rpc_outcome_free`.
 */
typedef struct osisession_rpc_outcome {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_RPC_RESPONSE to OSISESSION_RPC_UNKNOWN.
   */
  uint32_t kind;
  /**
   * The library's; leave it alone.
   */
  uint64_t owner;
  /**
   * The number of the request.
   */
  uint64_t id;
  /**
   * Of OSISESSION_RPC_ERROR: OSISESSION_RPC_CODE_..., or the application's own.
   */
  uint32_t code;
  /**
   * Of OSISESSION_RPC_NOT_DONE and OSISESSION_RPC_UNKNOWN: OSISESSION_RPC_DEADLINE to OSISESSION_RPC_UNREACHABLE.
   */
  uint32_t why;
  /**
   * The response, or what the peer says about its error.
   */
  struct osisession_octets data;
  /**
   * With all that is known; NULL with a response.
   */
  const struct osisession_error_info *error;
} osisession_rpc_outcome;

/**
 * Gets the outcome of a request. It is lent until the function returns: do not free it.
 *
 * Called once, in the thread that drives the endpoint, with nothing locked: it may call anything. A C++ exception must not leave it.
 */
typedef void (*osisession_rpc_on_outcome)(const struct osisession_rpc_outcome *outcome, void *user_data);

/**
 * How one request is to be treated. Every field: zero is the default.
 */
typedef struct osisession_rpc_params {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_RPC_IDEMPOTENT.
   */
  uint32_t flags;
  /**
   * Milliseconds until the caller stops waiting, which settles the request. 0: never.
   */
  uint64_t timeout_ms;
  /**
   * Of `osisession_rpc_start`: gets the outcome; NULL: it waits for `osisession_rpc_next_outcome`.
   */
  osisession_rpc_on_outcome on_outcome;
  /**
   * Handed to it.
   */
  void *user_data;
} osisession_rpc_params;

/**
 * How a server behaves. Every field: zero is the default.
 */
typedef struct osisession_rpc_server_config {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_RPC_NO_THREADS.
   */
  uint32_t flags;
  /**
   * The listener below, and its sessions; NULL: as always.
   */
  const struct osisession_listener_config *listener;
  /**
   * What the application says in S-CONNECT.
   */
  struct osisession_octets user_data;
  /**
   * Octets of one message, both ways. 0: 1 MiB.
   */
  uint64_t max_message;
  /**
   * Octets in requests that wait for the handler. 0: 64 MiB.
   */
  uint64_t max_waiting_octets;
  /**
   * Requests that may wait for the handler; while there are more, nothing is read from their sessions. 0: 1,024.
   */
  uint32_t max_waiting;
  /**
   * Threads that run the handler at the same time. 0: 4.
   */
  uint32_t threads;
  /**
   * Requests of one client under way; one more is answered as busy. 0: 64.
   */
  uint32_t max_executing;
  /**
   * Clients that may be known at a time, connected or not. 0: 1,024.
   */
  uint32_t max_clients;
  /**
   * Milliseconds that a client that is not connected is remembered, with the responses to its requests. 0: 600,000.
   */
  uint32_t remember_ms;
  /**
   * Milliseconds after which a request that is not answered is answered as overdue. 0: 300,000.
   */
  uint32_t answer_within_ms;
  /**
   * A file where it is kept what clients have asked and were answered, so that nothing is carried out twice also when this process ends meanwhile;
   * NULL: it is not.
   */
  const char *journal;
} osisession_rpc_server_config;

/**
 * Gets the requests of a server. The request is the function's: it frees it, now or later, here or in another thread.
 *
 * Called from as many threads at once as the server's configuration says, or with OSISESSION_RPC_NO_THREADS in the thread that drives the endpoint; with
 * nothing locked: it may call anything. A C++ exception must not leave it.
 */
typedef void (*osisession_rpc_on_request)(struct osisession_rpc_incoming *request, void *user_data);

/**
 * A request of a peer, looked at.
 */
typedef struct osisession_rpc_incoming_info {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_RPC_ONE_WAY, OSISESSION_RPC_WITHDRAWN.
   */
  uint32_t flags;
  /**
   * Its number, counted by the peer; 0 for one that wants no response.
   */
  uint64_t id;
  /**
   * What is asked; valid until the request's handle is ended.
   */
  struct osisession_octets data;
  /**
   * The name of the association: who asks.
   */
  uint8_t association[16];
} osisession_rpc_incoming_info;

/**
 * Takes octets from a callback of a store; `context` is what the callback was given. It copies them. To be called only before that callback returns, and in
 * its thread. Returns OSISESSION_OK; OSISESSION_E_NULL or OSISESSION_E_LENGTH if `data` and `length` cannot be; OSISESSION_E_LIMIT if it was given more
 * than a journal holds: the callback may as well return then.
 */
typedef int32_t (*osisession_journal_give)(void *context, const void *data, size_t length);

/**
 * What a dialogue gets in one commit.
 */
typedef struct osisession_journal_change {
  /**
   * The name of the dialogue.
   */
  struct osisession_octets dialogue;
  /**
   * The records, to be kept in their order and octet by octet.
   */
  const struct osisession_octets *records;
  /**
   * How many.
   */
  size_t record_count;
  /**
   * 1: they take the place of all that is there. 0: they come behind it.
   */
  uint32_t replaces;
  /**
   * 0.
   */
  uint32_t reserved;
} osisession_journal_change;

/**
 * A store of the program's own. The library gives each record a number and a checksum, finds what was changed, doubled or left out in between, gathers what
 * many dialogues write, and keeps quotas; the store only keeps octets.
 *
 * The functions are called from one thread of the library at a time, and may block: dialogues go on meanwhile. A function returns OSISESSION_OK, or a
 * negative number of its own: the call that needed it fails with OSISESSION_E_INTERNAL, and with `commit` so does the journal, for good. Pointers are valid until
 * the function returns. No function may call into this journal or its node. A C++ exception must not leave them.
 */
typedef struct osisession_journal_store {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * 0.
   */
  uint32_t flags;
  /**
   * Handed to every function.
   */
  void *user_data;
  /**
   * Takes a dialogue: gives its records in their order, each by one call of `give` with `context`; none if there is no such dialogue. From here to `close` no other
   * process may have it: OSISESSION_E_REFUSED says that one has. Must not be NULL.
   */
  int32_t (*open)(void *user_data,
                  const void *dialogue,
                  size_t length,
                  osisession_journal_give give,
                  void *context);
  /**
   * Gives a dialogue back. NULL: there is nothing to do.
   */
  void (*close)(void *user_data, const void *dialogue, size_t length);
  /**
   * Keeps all these changes: as a whole or not at all, and once it returns OSISESSION_OK, whatever happens. The dialogues are open. Must not be NULL.
   */
  int32_t (*commit)(void *user_data, const struct osisession_journal_change *changes, size_t count);
  /**
   * Removes a dialogue that is not open; it is no error if there is none. Must not be NULL.
   */
  int32_t (*remove)(void *user_data, const void *dialogue, size_t length);
  /**
   * Gives the names of all dialogues that have records, each by one call of `give` with `context`. Must not be NULL.
   */
  int32_t (*dialogues)(void *user_data, osisession_journal_give give, void *context);
  /**
   * The journal is at its end: no function is called any more. NULL: there is nothing to do.
   */
  void (*end)(void *user_data);
} osisession_journal_store;

/**
 * Who wants to begin a dialogue. What it points to is valid until the function returns.
 */
typedef struct osisession_durable_caller {
  /**
   * Octets of this struct.
   */
  uint32_t struct_size;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * The name that the caller gave the dialogue.
   */
  uint8_t id[16];
  /**
   * Its address as text, not ended by NUL; empty if there is none.
   */
  struct osisession_octets address;
  /**
   * Its identity as TLS has proved it; empty without.
   */
  struct osisession_octets identity;
  /**
   * The session selector that it called.
   */
  struct osisession_octets called_selector;
  /**
   * Its own session selector.
   */
  struct osisession_octets calling_selector;
  /**
   * What its application says.
   */
  struct osisession_octets user_data;
} osisession_durable_caller;

/**
 * Decides about a caller: OSISESSION_DURABLE_ACCEPT, _BUSY or _REFUSE; anything else is _REFUSE. Called in the node's thread: all dialogues wait for it, and it must not
 * wait for the node. A C++ exception must not leave it.
 */
typedef int32_t (*osisession_durable_on_caller)(const struct osisession_durable_caller *caller,
                                                void *user_data);

/**
 * Says how far the application is with a dialogue that is taken up again: the last position whose effects it has stored. `id`: 16 octets. Called within
 * `osisession_durable_node_new` and in the node's thread.
 */
typedef uint64_t (*osisession_durable_cursor)(const uint8_t *id,
                                              const void *label,
                                              size_t label_length,
                                              void *user_data);

/**
 * Is told that something may be found by calls with a timeout of 0: for event loops, which write to a pipe here. Called in the node's thread or within a call; it must be short
 * and must not wait.
 */
typedef void (*osisession_durable_on_news)(void *user_data);

/**
 * How a node behaves. Every field: zero is the default.
 */
typedef struct osisession_durable_config {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_DURABLE_APPLICATION.
   */
  uint32_t flags;
  /**
   * OSISESSION_DURABLE_MESSAGE, _CHECKPOINT or _MEMORY.
   */
  uint32_t durability;
  /**
   * Quiet for so many milliseconds: the connection is closed until somebody has something to say. 0: never.
   */
  uint32_t idle_after_ms;
  /**
   * The sessions below, TLS included; NULL: as always.
   */
  const struct osisession_session_config *session;
  /**
   * Octets of one message, both ways. 0: 1 MiB less 64.
   */
  uint64_t max_message;
  /**
   * Octets of messages that the peer has not confirmed; above it sending waits. 0: 64 MiB.
   */
  uint64_t outbox_octets;
  /**
   * Messages that the peer has not confirmed; above it sending waits. 0: 4,096.
   */
  uint32_t outbox_messages;
  /**
   * Messages of the peer that the application has not committed; at it reading stops. 0: 4,096.
   */
  uint32_t inbox_messages;
  /**
   * Dialogues that the node may have. 0: 10,000.
   */
  uint32_t max_dialogues;
  /**
   * Of them, begun by one peer. 0: 1,000.
   */
  uint32_t max_dialogues_per_peer;
  /**
   * Milliseconds before the second attempt to connect; more before those that follow. 0: 200.
   */
  uint32_t first_delay_ms;
  /**
   * The longest of these delays. 0: 30,000.
   */
  uint32_t longest_delay_ms;
  /**
   * Decides about callers; NULL: everybody who can connect may begin a dialogue.
   */
  osisession_durable_on_caller on_caller;
  /**
   * With OSISESSION_DURABLE_APPLICATION; must not be NULL then.
   */
  osisession_durable_cursor cursor;
  /**
   * Told of news; may be NULL.
   */
  osisession_durable_on_news on_news;
  /**
   * Handed to the three.
   */
  void *user_data;
} osisession_durable_config;

/**
 * A dialogue to begin. Every field: zero is the default.
 */
typedef struct osisession_durable_dial_params {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * By what `osisession_durable_find` finds it again after a restart, at most 1,024 octets.
   */
  struct osisession_octets label;
  /**
   * Called T-selector, at most 32 octets.
   */
  struct osisession_octets called_t_selector;
  /**
   * Calling T-selector, at most 32 octets.
   */
  struct osisession_octets calling_t_selector;
  /**
   * Called session selector, at most 16 octets.
   */
  struct osisession_octets called_selector;
  /**
   * Calling session selector, at most 16 octets.
   */
  struct osisession_octets calling_selector;
} osisession_durable_dial_params;

/**
 * A message of the peer. Initialized by OSISESSION_INIT, freed by `osisession_dialogue_message_free`.
 */
typedef struct osisession_dialogue_message {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * The library's own.
   */
  uint64_t owner;
  /**
   * Its place among all messages of the peer, from 1.
   */
  uint64_t position;
  /**
   * The message; valid until it is freed.
   */
  struct osisession_octets data;
} osisession_dialogue_message;

/**
 * Where a dialogue stands.
 */
typedef struct osisession_dialogue_state {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_DIALOGUE_CONNECTED to OSISESSION_DIALOGUE_BROKEN.
   */
  uint32_t state;
  /**
   * Its name.
   */
  uint8_t id[16];
  /**
   * 1: it was begun here. 0: the peer began it.
   */
  uint32_t initiator;
  /**
   * Attempts since the last connection.
   */
  uint32_t attempts;
  /**
   * Number of the last connection or attempt.
   */
  uint64_t epoch;
  /**
   * Milliseconds until the next attempt; -1: none is due.
   */
  int64_t next_ms;
  /**
   * Position of the last message that was given to the dialogue.
   */
  uint64_t sent;
  /**
   * Last position that is stored here.
   */
  uint64_t accepted;
  /**
   * Last position that is stored at the peer.
   */
  uint64_t confirmed;
  /**
   * Octets of messages that the peer confirmed, since this process began.
   */
  uint64_t confirmed_octets;
  /**
   * Octets of messages that are not confirmed.
   */
  uint64_t unconfirmed_octets;
  /**
   * Last position of the peer that is stored here.
   */
  uint64_t received;
  /**
   * Last position of the peer that the application has committed.
   */
  uint64_t committed;
  /**
   * Events that were dropped because nobody took them.
   */
  uint64_t events_lost;
  /**
   * Why the last connection was not made, or how it ended, or why nothing more will happen; its status is 0 where there is nothing to say.
   */
  struct osisession_error_info error;
} osisession_dialogue_state;

/**
 * What happened to a dialogue.
 */
typedef struct osisession_dialogue_event {
  /**
   * Octets of this struct as the caller knows it (OSISESSION_INIT).
   */
  uint32_t struct_size;
  /**
   * OSISESSION_DIALOGUE_EVENT_...
   */
  uint32_t type;
  /**
   * Number of the connection.
   */
  uint64_t epoch;
  /**
   * A position, where one is told.
   */
  uint64_t position;
  /**
   * Attempts since the last connection.
   */
  uint32_t attempt;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * Why; its status is 0 where there is nothing to say.
   */
  struct osisession_error_info error;
} osisession_dialogue_event;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The name of a status code, such as "OSISESSION_E_STALE"; "OSISESSION_E_UNKNOWN" for a value that is none.
 *
 * The string is static. Never fails; any thread; also inside callbacks.
 */
const char *osisession_status_name(int32_t status);

/**
 * Makes TLS ready for use: reads certificates, key and revocation lists. Put the handle into
 * `osisession_session_config.tls`; sessions are resumed among the connections that share it.
 *
 * `config`: copied. `tls` receives the handle, to be ended by `osisession_tls_free`. Files are read before it returns.
 *
 * Errors: OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID (something cannot be read, the key is not that
 * of the certificate, or what is needed is missing), OSISESSION_E_TOO_MANY.
 */
int32_t osisession_tls_new(const struct osisession_tls_config *config,
                           struct osisession_tls **tls,
                           struct osisession_error_info *error);

/**
 * Ends the handle. Listeners and sessions that were made with it keep what they have.
 *
 * NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread; also inside callbacks.
 */
int32_t osisession_tls_free(struct osisession_tls *tls);

/**
 * What TLS came to: version, cipher suite, how many certificates the peer showed.
 *
 * `info`: initialized by OSISESSION_INIT; receives the snapshot.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE.
 */
int32_t osisession_session_tls_info(struct osisession_session *session,
                                    struct osisession_tls_info *info,
                                    struct osisession_error_info *error);

/**
 * One certificate of the peer, in DER: `index` 0 is its own, then those that it sent with it.
 *
 * `buffer` receives the certificate if `capacity` octets are enough; it may be NULL if `capacity` is 0. `needed` receives
 * its octets, also when they are too many; it may be NULL.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID (the peer showed fewer, or there is no TLS),
 * OSISESSION_E_BUFFER_TOO_SMALL.
 */
int32_t osisession_session_peer_certificate(struct osisession_session *session,
                                            size_t index,
                                            uint8_t *buffer,
                                            size_t capacity,
                                            size_t *needed,
                                            struct osisession_error_info *error);

/**
 * Puts the preset of a world on top of the session layer into configurations and parameters. What the preset says nothing of
 * is left as it is; everything may be changed afterwards. Selectors point to memory that lives as long as the library.
 *
 * `profile`: OSISESSION_PROFILE_... `config`: for both sides; `request`: for `osisession_connect`; `response`: for
 * `osisession_connect_response`. Each NULL, or initialized by OSISESSION_INIT. Any thread.
 *
 * Errors: OSISESSION_E_INVALID (no such profile), OSISESSION_E_STRUCT_SIZE. Then nothing was changed.
 */
int32_t osisession_profile(uint32_t profile,
                           struct osisession_session_config *config,
                           struct osisession_connect_params *request,
                           struct osisession_connect_response_params *response,
                           struct osisession_error_info *error);

/**
 * Keeps an event without copying its octets: for one that is lent to a callback, before the callback returns, and for a
 * second owner of one that was taken.
 *
 * `event`: lent to a callback that is running in this thread, or filled by `osisession_next_event` and not yet freed.
 * `kept` receives the same event with an owner of its own, to be freed by `osisession_event_free`; what `event` is stays
 * as it was.
 *
 * Errors: OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID (`event` is neither), OSISESSION_E_STALE.
 */
int32_t osisession_event_retain(const struct osisession_event *event,
                                struct osisession_event *kept,
                                struct osisession_error_info *error);

/**
 * Frees the octets of an event and makes it ready to be filled again.
 *
 * NULL, a zeroed event, an event without octets and an event that was freed are all fine. Freeing a second copy of the
 * same event returns OSISESSION_E_STALE and does no harm. Any thread; also inside callbacks.
 */
int32_t osisession_event_free(struct osisession_event *event);

/**
 * The name of an event type as X.215 spells it, such as "S-SYNC-MINOR indication"; "no event" for any other number.
 *
 * The string is static. Never fails; any thread; also inside callbacks.
 */
const char *osisession_event_name(uint32_t event_type);

/**
 * The library's version, such as "0.1.0". The string is static. Never fails; any thread.
 */
const char *osisession_version(void);

/**
 * The newest function table that the library has (OSISESSION_API_VERSION when it was built). Never fails; any thread.
 */
uint32_t osisession_abi_version(void);

/**
 * Reads a TSDU and says in words what it carries: one line for each SPDU in the order of the wire, then one for each of its
 * parameters, with the octet offset. It needs no connection, and so it takes whatever some connection could have agreed.
 *
 * `tsdu`, `length`: one whole TSDU, at least one octet. `buffer`, `capacity`, `needed`: as for
 * `osisession_listener_local_address`. What is wrong with a TSDU is in `error`: the SPDU, the parameter, the octet, the
 * clause of X.225 8.
 *
 * Errors: OSISESSION_E_NULL, OSISESSION_E_LENGTH, OSISESSION_E_PEER (it is no valid TSDU), OSISESSION_E_BUFFER_TOO_SMALL.
 */
int32_t osisession_decode(const void *tsdu,
                          size_t length,
                          char *buffer,
                          size_t capacity,
                          size_t *needed,
                          struct osisession_error_info *error);

/**
 * Reads a TSDU and describes one of its SPDUs (X.225 8.2, 8.3). Begin with `index` 0; `count` says how many there are.
 *
 * `tsdu`, `length`: one whole TSDU, which is not kept. `context`: NULL or what is known of the connection. `index`: in the order
 * of the wire. `spdu`: initialized by OSISESSION_INIT.
 *
 * Errors: OSISESSION_E_NULL, OSISESSION_E_LENGTH, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID (no such index),
 * OSISESSION_E_PEER (it is no valid TSDU: the SPDU, the parameter, the octet and the clause are in `error`). Any thread.
 */
int32_t osisession_spdu_decode(const void *tsdu,
                               size_t length,
                               const struct osisession_spdu_context *context,
                               uint32_t index,
                               struct osisession_spdu *spdu,
                               struct osisession_error_info *error);

/**
 * Reads a TSDU and describes one parameter of one of its SPDUs (X.225 8.3). A group comes before what it encloses.
 *
 * Every call reads the whole TSDU again: for all parameters at once as text, `osisession_decode` is cheaper.
 *
 * `tsdu`, `length`, `context`, `index`: as for `osisession_spdu_decode`. `unit_index`: below its `unit_count`. `unit`: initialized by
 * OSISESSION_INIT.
 *
 * Errors: as for `osisession_spdu_decode`. Any thread.
 */
int32_t osisession_spdu_decode_unit(const void *tsdu,
                                    size_t length,
                                    const struct osisession_spdu_context *context,
                                    uint32_t index,
                                    uint32_t unit_index,
                                    struct osisession_spdu_unit *unit,
                                    struct osisession_error_info *error);

/**
 * Writes one SPDU from its parameters (X.225 8.2, 8.3).
 *
 * `mnemonic`: such as "MIP". `values`, `count`: its parameters; groups arise from what names them. `user_data`: in whatever carries
 * it in this SPDU. `context`: NULL or what is known of the connection. `mode`: OSISESSION_ENCODE_.... `buffer`, `capacity`: where to
 * write; `needed`: NULL, or receives the octets of the SPDU, also when the buffer is too small.
 *
 * Errors: OSISESSION_E_NULL, OSISESSION_E_LENGTH, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID (no such SPDU, or a rule is broken:
 * the parameter, the limit and the clause are in `error`), OSISESSION_E_BUFFER_TOO_SMALL. Any thread.
 */
int32_t osisession_spdu_encode(const char *mnemonic,
                               const struct osisession_spdu_value *values,
                               size_t count,
                               const void *user_data,
                               size_t user_data_length,
                               const struct osisession_spdu_context *context,
                               uint32_t mode,
                               void *buffer,
                               size_t capacity,
                               size_t *needed,
                               struct osisession_error_info *error);

/**
 * Makes an endpoint. Nothing runs until it is driven: by `osisession_endpoint_dispatch` in a thread of yours, by
 * `osisession_endpoint_start`, from your event loop (`osisession_endpoint_descriptor`), or by any call that waits.
 *
 * `endpoint` receives the handle. Any thread.
 *
 * Errors: OSISESSION_E_NULL, OSISESSION_E_TRANSPORT (the system gives no descriptor).
 */
int32_t osisession_endpoint_new(struct osisession_endpoint **endpoint,
                                struct osisession_error_info *error);

/**
 * As `osisession_endpoint_new`, with a configuration.
 *
 * `config`: NULL for the defaults; copied. `endpoint` receives the handle. Any thread.
 *
 * Errors: OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID, OSISESSION_E_TRANSPORT (the system gives no descriptor, or the capture file
 * cannot be written).
 */
int32_t osisession_endpoint_new_with(const struct osisession_endpoint_config *config,
                                     struct osisession_endpoint **endpoint,
                                     struct osisession_error_info *error);

/**
 * Reads the counters of an endpoint, one after the other.
 *
 * `counters`: initialized by OSISESSION_INIT. Any thread.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE.
 */
int32_t osisession_endpoint_counters(struct osisession_endpoint *endpoint,
                                     struct osisession_counters *counters,
                                     struct osisession_error_info *error);

/**
 * Closes an endpoint (see `osisession_endpoint_close`) and ends its handle. Its listeners and sessions are closed; their
 * handles stay valid, answer OSISESSION_E_CLOSED, and are still to be freed.
 *
 * NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread; also inside callbacks.
 */
int32_t osisession_endpoint_free(struct osisession_endpoint *endpoint);

/**
 * Closes all listeners, aborts all sessions (X.225 7.9) and stops the background thread. The handle stays valid. Calling
 * it again does nothing. Any thread; also inside callbacks.
 *
 * Errors: those of the handle.
 */
int32_t osisession_endpoint_close(struct osisession_endpoint *endpoint,
                                  struct osisession_error_info *error);

/**
 * Drives the endpoint once: waits for something to do, does it, calls callbacks.
 *
 * `timeout_ms`: how long to wait, milliseconds; 0 does not wait, negative waits for ever. `count` (may be NULL) receives
 * how many sessions and listeners got something; 0 if the time was over. Any thread; one drives at a time, others wait.
 *
 * Errors: those of the handle, OSISESSION_E_CLOSED, OSISESSION_E_TRANSPORT (the system refuses to wait).
 */
int32_t osisession_endpoint_dispatch(struct osisession_endpoint *endpoint,
                                     int64_t timeout_ms,
                                     size_t *count,
                                     struct osisession_error_info *error);

/**
 * Starts a background thread that drives the endpoint; callbacks then come from that thread. Does nothing if it runs
 * already. There is never a thread that nobody asked for.
 *
 * Errors: those of the handle, OSISESSION_E_CLOSED, OSISESSION_E_TRANSPORT (the system gives no thread).
 */
int32_t osisession_endpoint_start(struct osisession_endpoint *endpoint,
                                  struct osisession_error_info *error);

/**
 * Stops the background thread, and waits for its end unless called from it. Does nothing if there is none.
 *
 * Errors: those of the handle.
 */
int32_t osisession_endpoint_stop(struct osisession_endpoint *endpoint, struct osisession_error_info *error);

/**
 * A descriptor that is readable when `osisession_endpoint_dispatch` has something to do: for poll, epoll, libuv, GLib. To
 * be watched, never read or closed. It is valid until the endpoint is freed.
 *
 * Errors: those of the handle, OSISESSION_E_NULL.
 */
int32_t osisession_endpoint_descriptor(struct osisession_endpoint *endpoint,
                                       int32_t *descriptor,
                                       struct osisession_error_info *error);

/**
 * When `osisession_endpoint_dispatch` is due though the descriptor is quiet.
 *
 * `nanoseconds` receives the time from now; 0 if it is due, -1 if nothing waits for time.
 *
 * Errors: those of the handle, OSISESSION_E_NULL.
 */
int32_t osisession_endpoint_next_timeout_ns(struct osisession_endpoint *endpoint,
                                            int64_t *nanoseconds,
                                            struct osisession_error_info *error);

/**
 * The next session or listener that got something since it was last named here. Take all its events (or sessions to
 * accept) until OSISESSION_E_WOULD_BLOCK: it is named again only when it gets more. Sessions with callbacks are not named
 * for events. A session that was just accepted has its S-CONNECT indication to take.
 *
 * One of `session` and `listener` receives the handle, the same that was given when it was made; the other becomes NULL.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_WOULD_BLOCK (nobody got anything).
 */
int32_t osisession_endpoint_next_ready(struct osisession_endpoint *endpoint,
                                       struct osisession_session **session,
                                       struct osisession_listener **listener,
                                       struct osisession_error_info *error);

/**
 * The next caller that was refused before any listener saw it: for an unknown session selector, a version that is not
 * there, a CONNECT that cannot be accepted (X.225 8.3.5). The last 64 are kept.
 *
 * `refusal`: not NULL; receives why, with the reason code of the REFUSE SPDU. `buffer`, `capacity`, `needed`: as for
 * `osisession_listener_local_address`, receives one line "CALLER at LOCAL", then the lines of the ladder if the listener's
 * sessions have OSISESSION_SESSION_TRACE. A text that does not fit stays for the next call.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_BUFFER_TOO_SMALL,
 * OSISESSION_E_WOULD_BLOCK (nobody was refused).
 */
int32_t osisession_endpoint_next_refusal(struct osisession_endpoint *endpoint,
                                         struct osisession_error_info *refusal,
                                         char *buffer,
                                         size_t capacity,
                                         size_t *needed,
                                         struct osisession_error_info *error);

/**
 * Listens for callers.
 *
 * `address`: "127.0.0.1:102", "[::1]:0" (any free port), "0.0.0.0:102", a name with or without port (102, RFC 1006; 3782 with TLS), or
 * "memory:NAME" within this process. `config`: NULL for the defaults; copied. `listener` receives the handle, to be ended
 * by `osisession_listener_free`. Several listeners may share an address: callers are routed by T-selector, then by session
 * selector; an unknown T-selector is answered with DR reason 3 (X.224 13.5.3), an unknown session selector with REFUSE
 * reason 129 (X.225 8.3.5).
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID (address, selectors),
 * OSISESSION_E_TRANSPORT (the system refuses), OSISESSION_E_CLOSED.
 */
int32_t osisession_listen(struct osisession_endpoint *endpoint,
                          const char *address,
                          const struct osisession_listener_config *config,
                          struct osisession_listener **listener,
                          struct osisession_error_info *error);

/**
 * Connects: TCP, T-CONNECT, S-CONNECT request (X.215 S-CONNECT, X.225 7.1). Does not wait: the outcome is an event,
 * OSISESSION_CONNECT_CONFIRM, OSISESSION_CONNECT_CONFIRM_NEGATIVE, or OSISESSION_P_ABORT_INDICATION whose `error` says how
 * far it came; or call `osisession_session_wait_connected`.
 *
 * `address`: as for `osisession_listen`. `params`, `config`: NULL for the defaults; copied with all octets they point to.
 * `session` receives the handle, to be ended by `osisession_session_free`.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID (the address cannot be
 * read, or a parameter can never be right), OSISESSION_E_CLOSED.
 */
int32_t osisession_connect(struct osisession_endpoint *endpoint,
                           const char *address,
                           const struct osisession_connect_params *params,
                           const struct osisession_session_config *config,
                           struct osisession_session **session,
                           struct osisession_error_info *error);

/**
 * As `osisession_connect`, over a TCP connection that exists already.
 *
 * `descriptor`: a connected TCP socket. The library works on a duplicate: close yours, at once or later; until then the
 * peer does not see the end of the connection. It is made non-blocking. `params`, `config`: NULL for the defaults; copied. `session`
 * receives the handle, to be ended by `osisession_session_free`.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID (no connected TCP socket, or
 * a parameter can never be right), OSISESSION_E_CLOSED.
 */
int32_t osisession_connect_over_socket(struct osisession_endpoint *endpoint,
                                       int32_t descriptor,
                                       const struct osisession_connect_params *params,
                                       const struct osisession_session_config *config,
                                       struct osisession_session **session,
                                       struct osisession_error_info *error);

/**
 * A session over a transport of the caller's own (X.214). It becomes the initiator by `osisession_connect_request`, the
 * responder by `osisession_transport_indicate_connect`. What happens on the transport is told by
 * `osisession_transport_indicate_...`; what the session wants from it comes from `osisession_transport_next_request`.
 *
 * `config`: NULL for the defaults; copied. `session` receives the handle, to be ended by `osisession_session_free`.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID, OSISESSION_E_CLOSED.
 */
int32_t osisession_session_open(struct osisession_endpoint *endpoint,
                                const struct osisession_session_config *config,
                                struct osisession_session **session,
                                struct osisession_error_info *error);

/**
 * Makes a call that waits in `osisession_endpoint_dispatch` return, or the next one not wait. The only function that may be
 * called from a signal handler; also from any thread. It takes no lock, allocates nothing, and leaves errno as it was.
 *
 * Errors: OSISESSION_E_NULL_HANDLE, OSISESSION_E_STALE (no endpoint that is alive has this handle), OSISESSION_E_UNSUPPORTED
 * (this system has no eventfd, or more than 1,024 endpoints are alive).
 */
int32_t osisession_endpoint_wake(struct osisession_endpoint *endpoint);

/**
 * Records every call of this process into a file, with arguments, outcomes, callbacks and the octets of connections: the
 * support case of a program that cannot be changed. The environment variable OSISESSION_RECORD with the name of a file does the
 * same from the first call on, except in programs that run with more rights than their caller.
 *
 * `path`: a file to be written anew, readable by its owner alone: user data is in it as it was sent (secrets of TLS are not). NULL
 * ends the recording. Endpoints that exist already are recorded without the octets of their connections, so begin before the first.
 * What octets come inside TLS are recorded in the clear. A file that cannot be written any more ends the recording, not the program.
 *
 * Errors: OSISESSION_E_TRANSPORT (the file cannot be written). Any thread.
 */
int32_t osisession_record(const char *path,
                          struct osisession_error_info *error);

/**
 * Sets the function that gets the lines of the log, for all endpoints of the process. There is no output anywhere else.
 *
 * `log`: called with nothing locked, from the threads that drive endpoints or make requests, by several at once; it may call
 * anything. NULL ends the log; a call that runs in another thread meanwhile may still come to its end. `level`: OSISESSION_LOG_...; lines of
 * this level and the more important ones. `user_data` is handed to it.
 *
 * Errors: OSISESSION_E_INVALID (no such level), OSISESSION_E_REFUSED (a Rust program around this library has its own subscriber of
 * `tracing`, which gets the lines). Any thread.
 */
int32_t osisession_set_log(osisession_log_fn log,
                           uint32_t level,
                           void *user_data,
                           struct osisession_error_info *error);

/**
 * Accepts a caller. The session's next event is its S-CONNECT indication (X.225 7.1).
 *
 * `timeout_ms`: how long to wait, milliseconds; 0 does not wait, negative waits for ever. `session` receives the handle,
 * to be ended by `osisession_session_free`. If nothing else drives the endpoint, the waiting caller does.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_WOULD_BLOCK (nobody there, `timeout_ms` 0),
 * OSISESSION_E_TIMED_OUT, OSISESSION_E_CLOSED.
 */
int32_t osisession_listener_accept(struct osisession_listener *listener,
                                   int64_t timeout_ms,
                                   struct osisession_session **session,
                                   struct osisession_error_info *error);

/**
 * Lets a caller in on a TCP connection that was accepted elsewhere: by a supervisor, or another listener. It is routed, limited and
 * accepted (`osisession_listener_accept`) as those that come here by themselves.
 *
 * `descriptor`: a connected TCP socket, as for `osisession_connect_over_socket`.
 *
 * Errors: those of the handle, OSISESSION_E_INVALID (no connected TCP socket), OSISESSION_E_LIMIT (too many callers are
 * without their CONNECT), OSISESSION_E_CLOSED.
 */
int32_t osisession_listener_accept_socket(struct osisession_listener *listener,
                                          int32_t descriptor,
                                          struct osisession_error_info *error);

/**
 * Where it listens, with the port that the system chose: "127.0.0.1:40123", "memory:NAME".
 *
 * `buffer` receives the text with its NUL; `needed` (may be NULL) receives the octets for that, also if the buffer is too
 * small. `buffer` NULL with `capacity` 0 asks for `needed` alone.
 *
 * Errors: those of the handle, OSISESSION_E_BUFFER_TOO_SMALL.
 */
int32_t osisession_listener_local_address(struct osisession_listener *listener,
                                          char *buffer,
                                          size_t capacity,
                                          size_t *needed,
                                          struct osisession_error_info *error);

/**
 * Stops listening. Callers that were not accepted are refused. The handle stays valid; calling it again does nothing.
 *
 * Errors: those of the handle.
 */
int32_t osisession_listener_close(struct osisession_listener *listener,
                                  struct osisession_error_info *error);

/**
 * Closes a listener and ends its handle. Sessions that were accepted live on.
 *
 * NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread; also inside callbacks.
 */
int32_t osisession_listener_free(struct osisession_listener *listener);

/**
 * Sets the callbacks: from now on events, those that wait included, go there and not to `osisession_next_event`.
 *
 * `callbacks`: copied; NULL, or `on_event` NULL, takes them away.
 *
 * Errors: those of the handle, OSISESSION_E_STRUCT_SIZE. On an error nothing is kept, and `on_release` is not called.
 */
int32_t osisession_session_set_callbacks(struct osisession_session *session,
                                         const struct osisession_callbacks *callbacks,
                                         struct osisession_error_info *error);

/**
 * Takes the next event (X.215 indications and confirms).
 *
 * `timeout_ms`: how long to wait, milliseconds; 0 takes what is there without driving the endpoint, negative waits for
 * ever. If nothing else drives the endpoint, the waiting caller does. `event`: initialized by OSISESSION_INIT or freed by
 * `osisession_event_free`; receives the event, to be freed.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED,
 * OSISESSION_E_WOULD_BLOCK (nothing there, `timeout_ms` 0), OSISESSION_E_TIMED_OUT, OSISESSION_E_CLOSED (the session is
 * over and its last event was taken).
 */
int32_t osisession_next_event(struct osisession_session *session,
                              int64_t timeout_ms,
                              struct osisession_event *event,
                              struct osisession_error_info *error);

/**
 * Waits for the S-CONNECT confirm of a session made by `osisession_connect` (X.225 7.4).
 *
 * `timeout_ms`: milliseconds; negative waits for ever (the session's own limit still holds). `event`: may be NULL; as for
 * `osisession_next_event`, receives OSISESSION_CONNECT_CONFIRM. A rejection or an abort becomes an error with all that is
 * known: its layer, its reason code, its text.
 *
 * Errors: those of the handle, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED, OSISESSION_E_PEER (rejected or aborted;
 * `reason` of `error`), OSISESSION_E_TRANSPORT (not to be reached), OSISESSION_E_TIMED_OUT, OSISESSION_E_REFUSED (the next
 * event is another one and stays), OSISESSION_E_CLOSED.
 */
int32_t osisession_session_wait_connected(struct osisession_session *session,
                                          int64_t timeout_ms,
                                          struct osisession_event *event,
                                          struct osisession_error_info *error);

/**
 * Waits until the send queue has room again after OSISESSION_E_WOULD_BLOCK from a data request.
 *
 * `timeout_ms`: milliseconds; 0 does not wait, negative waits for ever.
 *
 * Errors: those of the handle, OSISESSION_E_TIMED_OUT, OSISESSION_E_CLOSED.
 */
int32_t osisession_session_wait_writable(struct osisession_session *session,
                                         int64_t timeout_ms,
                                         struct osisession_error_info *error);

/**
 * The number of a session within its endpoint, by which log lines name it.
 *
 * Errors: those of the handle, OSISESSION_E_NULL.
 */
int32_t osisession_session_number(struct osisession_session *session,
                                  uint64_t *number,
                                  struct osisession_error_info *error);

/**
 * Whether a data request would be taken: `writable` receives 1 or 0.
 *
 * Errors: those of the handle, OSISESSION_E_NULL.
 */
int32_t osisession_session_is_writable(struct osisession_session *session,
                                       uint32_t *writable,
                                       struct osisession_error_info *error);

/**
 * The limits and timers that hold for a session.
 *
 * `limits`: initialized by OSISESSION_INIT; receives them in the fields of the configuration that are limits, the others are
 * 0. What is more than a field holds is the largest number of the field.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE.
 */
int32_t osisession_session_limits(struct osisession_session *session,
                                  struct osisession_session_config *limits,
                                  struct osisession_error_info *error);

/**
 * What was negotiated, and where the session stands.
 *
 * `properties`: initialized by OSISESSION_INIT; receives the snapshot.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE.
 */
int32_t osisession_session_properties(struct osisession_session *session,
                                      struct osisession_properties *properties,
                                      struct osisession_error_info *error);

/**
 * The peer's address as text, such as "192.0.2.7:40123"; empty for a transport of the caller's own.
 *
 * `buffer`, `capacity`, `needed`: as for `osisession_listener_local_address`.
 *
 * Errors: those of the handle, OSISESSION_E_BUFFER_TOO_SMALL.
 */
int32_t osisession_session_peer_address(struct osisession_session *session,
                                        char *buffer,
                                        size_t capacity,
                                        size_t *needed,
                                        struct osisession_error_info *error);

/**
 * What happened: the last transitions of Annex A, oldest first, one line each, "STA02A ACsp -> STA713 (Table A.8)", with
 * the seconds since the endpoint was made before it.
 *
 * `buffer`, `capacity`, `needed`: as for `osisession_listener_local_address`. `needed` may grow between two calls.
 *
 * Errors: those of the handle, OSISESSION_E_BUFFER_TOO_SMALL.
 */
int32_t osisession_session_history(struct osisession_session *session,
                                   char *buffer,
                                   size_t capacity,
                                   size_t *needed,
                                   struct osisession_error_info *error);

/**
 * Takes the next line of the ladder: primitives, SPDUs and transport primitives as they passed. Needs
 * OSISESSION_SESSION_TRACE in the configuration.
 *
 * `buffer`, `capacity`, `needed`: as for `osisession_listener_local_address`. A line that does not fit stays for the next
 * call.
 *
 * Errors: those of the handle, OSISESSION_E_BUFFER_TOO_SMALL, OSISESSION_E_WOULD_BLOCK (no line is there).
 */
int32_t osisession_session_next_trace(struct osisession_session *session,
                                      char *buffer,
                                      size_t capacity,
                                      size_t *needed,
                                      struct osisession_error_info *error);

/**
 * Aborts the session if it is still open (S-U-ABORT, X.225 7.9), and forgets its events. The handle stays valid and
 * answers OSISESSION_E_CLOSED; calling it again does nothing.
 *
 * Errors: those of the handle.
 */
int32_t osisession_session_close(struct osisession_session *session,
                                 struct osisession_error_info *error);

/**
 * Closes a session (see `osisession_session_close`) and ends its handle. Calls on it in other threads end with an error or
 * as they would have ended; no callback begins after this returns. Release a session before freeing it: freeing an open
 * one aborts it.
 *
 * NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread; also inside callbacks.
 */
int32_t osisession_session_free(struct osisession_session *session);

/**
 * Why a session did not come to be, or ended otherwise than by release: cause, what the peer probably wants, what to try.
 *
 * It is there as soon as this user was told of the end: by the event (OSISESSION_CONNECT_CONFIRM_NEGATIVE,
 * OSISESSION_U_ABORT_INDICATION, OSISESSION_P_ABORT_INDICATION), taken or shown to a callback, or by an error of
 * `osisession_session_wait_connected`. It stays until the session is freed. `diagnosis`: initialized by OSISESSION_INIT. Any
 * thread; also inside callbacks.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_WOULD_BLOCK (nothing has failed, or
 * this user was not told yet).
 */
int32_t osisession_session_diagnosis(struct osisession_session *session,
                                     struct osisession_diagnosis *diagnosis,
                                     struct osisession_error_info *error);

/**
 * The same as a report: all that is known, the packets (OSISESSION_ENDPOINT_WITNESS) and the last transitions included.
 *
 * `format`: OSISESSION_REPORT_TEXT or OSISESSION_REPORT_JSON. `buffer`, `capacity`, `needed`: as for
 * `osisession_listener_local_address`. Any thread; also inside callbacks.
 *
 * Errors: those of the handle, OSISESSION_E_INVALID (no such format), OSISESSION_E_BUFFER_TOO_SMALL,
 * OSISESSION_E_WOULD_BLOCK (nothing has failed, or this user was not told yet).
 */
int32_t osisession_session_report(struct osisession_session *session,
                                  uint32_t format,
                                  char *buffer,
                                  size_t capacity,
                                  size_t *needed,
                                  struct osisession_error_info *error);

/**
 * Why a caller was refused before any listener saw it: of the one that `osisession_endpoint_next_refusal` gave last.
 *
 * `diagnosis`: initialized by OSISESSION_INIT; its `summary` begins with the caller's address. Any thread; also inside callbacks.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_WOULD_BLOCK (none was taken yet).
 */
int32_t osisession_endpoint_refusal_diagnosis(struct osisession_endpoint *endpoint,
                                              struct osisession_diagnosis *diagnosis,
                                              struct osisession_error_info *error);

/**
 * The same as a report.
 *
 * `format`, `buffer`, `capacity`, `needed`: as for `osisession_session_report`. Any thread; also inside callbacks.
 *
 * Errors: those of the handle, OSISESSION_E_INVALID (no such format), OSISESSION_E_BUFFER_TOO_SMALL,
 * OSISESSION_E_WOULD_BLOCK (none was taken yet).
 */
int32_t osisession_endpoint_refusal_report(struct osisession_endpoint *endpoint,
                                           uint32_t format,
                                           char *buffer,
                                           size_t capacity,
                                           size_t *needed,
                                           struct osisession_error_info *error);

/**
 * S-CONNECT request (X.215 Table 4, X.225 7.1), for a session made by `osisession_session_open`. `params`: NULL
 * for the defaults.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_LIMIT.
 */
int32_t osisession_connect_request(struct osisession_session *session,
                                   const struct osisession_connect_params *params,
                                   struct osisession_error_info *error);

/**
 * S-CONNECT response, accept (X.225 7.4, ACCEPT SPDU): answers OSISESSION_CONNECT_INDICATION. `params`: NULL for
 * the defaults.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_LIMIT.
 */
int32_t osisession_connect_response(struct osisession_session *session,
                                    const struct osisession_connect_response_params *params,
                                    struct osisession_error_info *error);

/**
 * S-CONNECT response, reject (X.225 7.5, REFUSE SPDU): answers OSISESSION_CONNECT_INDICATION. The session is
 * over. `params`: NULL for reason 0.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED, OSISESSION_E_STRUCT_SIZE.
 */
int32_t osisession_connect_response_negative(struct osisession_session *session,
                                             const struct osisession_connect_reject_params *params,
                                             struct osisession_error_info *error);

/**
 * S-DATA request (X.225 7.11, DATA TRANSFER SPDU). `user_data`, `length`: at least one octet; segmented as
 * negotiated. Under half-duplex the data token is needed.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED, OSISESSION_E_WOULD_BLOCK (the send queue is full: `osisession_session_wait_writable`).
 */
int32_t osisession_data_request(struct osisession_session *session,
                                const void *user_data,
                                size_t length,
                                struct osisession_error_info *error);

/**
 * S-EXPEDITED-DATA request (X.225 7.12, EXPEDITED SPDU). `user_data`, `length`: 1 to 14 octets.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED.
 */
int32_t osisession_expedited_data_request(struct osisession_session *session,
                                          const void *user_data,
                                          size_t length,
                                          struct osisession_error_info *error);

/**
 * S-TYPED-DATA request (X.225 7.13, TYPED DATA SPDU): without the data token. `user_data`, `length`: at least
 * one octet.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED, OSISESSION_E_WOULD_BLOCK (the send queue is full).
 */
int32_t osisession_typed_data_request(struct osisession_session *session,
                                      const void *user_data,
                                      size_t length,
                                      struct osisession_error_info *error);

/**
 * S-CAPABILITY-DATA request (X.225 7.14, CAPABILITY DATA SPDU). `user_data`, `length`: SS-user data; may be NULL
 * with length 0.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED.
 */
int32_t osisession_capability_data_request(struct osisession_session *session,
                                           const void *user_data,
                                           size_t length,
                                           struct osisession_error_info *error);

/**
 * S-CAPABILITY-DATA response (X.225 7.15, CAPABILITY DATA ACK SPDU). `user_data`, `length`: SS-user data; may be
 * NULL with length 0.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED.
 */
int32_t osisession_capability_data_response(struct osisession_session *session,
                                            const void *user_data,
                                            size_t length,
                                            struct osisession_error_info *error);

/**
 * S-TOKEN-GIVE request (X.225 7.16, GIVE TOKENS SPDU). `tokens`: OSISESSION_TOKEN_...; they must be here.
 * `user_data`, `length`: SS-user data; may be NULL with length 0.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED.
 */
int32_t osisession_token_give_request(struct osisession_session *session,
                                      uint32_t tokens,
                                      const void *user_data,
                                      size_t length,
                                      struct osisession_error_info *error);

/**
 * S-TOKEN-PLEASE request (X.225 7.17, PLEASE TOKENS SPDU). `tokens`: OSISESSION_TOKEN_...; they must be with the
 * peer. `user_data`, `length`: SS-user data; may be NULL with length 0.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED.
 */
int32_t osisession_token_please_request(struct osisession_session *session,
                                        uint32_t tokens,
                                        const void *user_data,
                                        size_t length,
                                        struct osisession_error_info *error);

/**
 * S-CONTROL-GIVE request (X.225 7.18, GIVE TOKENS CONFIRM SPDU): all available tokens. `user_data`, `length`:
 * SS-user data; may be NULL with length 0.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED.
 */
int32_t osisession_control_give_request(struct osisession_session *session,
                                        const void *user_data,
                                        size_t length,
                                        struct osisession_error_info *error);

/**
 * S-SYNC-MINOR request (X.225 7.20, MINOR SYNC POINT SPDU). `flags`: OSISESSION_EVENT_EXPLICIT (a confirmation
 * is wanted), OSISESSION_EVENT_DATA_SEPARATION, or 0. `user_data`, `length`: SS-user data; may be NULL with
 * length 0. `serial_number` (may be NULL) receives the number of the point.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED.
 */
int32_t osisession_sync_minor_request(struct osisession_session *session,
                                      uint32_t flags,
                                      const void *user_data,
                                      size_t length,
                                      uint64_t *serial_number,
                                      struct osisession_error_info *error);

/**
 * S-SYNC-MINOR response (X.225 7.21, MINOR SYNC ACK SPDU): confirms every point up to `serial_number`.
 * `user_data`, `length`: SS-user data; may be NULL with length 0.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED.
 */
int32_t osisession_sync_minor_response(struct osisession_session *session,
                                       uint64_t serial_number,
                                       const void *user_data,
                                       size_t length,
                                       struct osisession_error_info *error);

/**
 * S-SYNC-MAJOR request (X.225 7.22, MAJOR SYNC POINT SPDU). `user_data`, `length`: SS-user data; may be NULL
 * with length 0. `serial_number` (may be NULL) receives the number of the point.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED.
 */
int32_t osisession_sync_major_request(struct osisession_session *session,
                                      const void *user_data,
                                      size_t length,
                                      uint64_t *serial_number,
                                      struct osisession_error_info *error);

/**
 * S-SYNC-MAJOR response (X.225 7.23, MAJOR SYNC ACK SPDU). `user_data`, `length`: SS-user data; may be NULL with
 * length 0.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED.
 */
int32_t osisession_sync_major_response(struct osisession_session *session,
                                       const void *user_data,
                                       size_t length,
                                       struct osisession_error_info *error);

/**
 * S-RESYNCHRONIZE request (X.225 7.24, RESYNCHRONIZE SPDU). `params`: not NULL; at least one resync type.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED, OSISESSION_E_STRUCT_SIZE.
 */
int32_t osisession_resynchronize_request(struct osisession_session *session,
                                         const struct osisession_resynchronize_params *params,
                                         struct osisession_error_info *error);

/**
 * S-RESYNCHRONIZE response (X.225 7.25, RESYNCHRONIZE ACK SPDU). `params`: NULL takes everything from the
 * indication, with the tokens on the requestor's side.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED, OSISESSION_E_STRUCT_SIZE.
 */
int32_t osisession_resynchronize_response(struct osisession_session *session,
                                          const struct osisession_resynchronize_params *params,
                                          struct osisession_error_info *error);

/**
 * S-U-EXCEPTION-REPORT request (X.225 7.28, EXCEPTION DATA SPDU). `reason`: OSISESSION_EXCEPTION_....
 * `user_data`, `length`: SS-user data; may be NULL with length 0.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED.
 */
int32_t osisession_u_exception_report_request(struct osisession_session *session,
                                              uint32_t reason,
                                              const void *user_data,
                                              size_t length,
                                              struct osisession_error_info *error);

/**
 * S-ACTIVITY-START request (X.225 7.29, ACTIVITY START SPDU). `identifier`, `identifier_length`: activity
 * identifier, 1 to 6 octets. `user_data`, `length`: SS-user data; may be NULL with length 0.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED.
 */
int32_t osisession_activity_start_request(struct osisession_session *session,
                                          const void *identifier,
                                          size_t identifier_length,
                                          const void *user_data,
                                          size_t length,
                                          struct osisession_error_info *error);

/**
 * S-ACTIVITY-RESUME request (X.225 7.30, ACTIVITY RESUME SPDU). `params`: not NULL.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED, OSISESSION_E_STRUCT_SIZE.
 */
int32_t osisession_activity_resume_request(struct osisession_session *session,
                                           const struct osisession_activity_resume_params *params,
                                           struct osisession_error_info *error);

/**
 * S-ACTIVITY-INTERRUPT request (X.225 7.31, ACTIVITY INTERRUPT SPDU). `reason`: OSISESSION_EXCEPTION_... or
 * OSISESSION_NO_REASON. `user_data`, `length`: SS-user data; may be NULL with length 0.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED.
 */
int32_t osisession_activity_interrupt_request(struct osisession_session *session,
                                              uint32_t reason,
                                              const void *user_data,
                                              size_t length,
                                              struct osisession_error_info *error);

/**
 * S-ACTIVITY-INTERRUPT response (X.225 7.32, ACTIVITY INTERRUPT ACK SPDU). `user_data`, `length`: SS-user data;
 * may be NULL with length 0.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED.
 */
int32_t osisession_activity_interrupt_response(struct osisession_session *session,
                                               const void *user_data,
                                               size_t length,
                                               struct osisession_error_info *error);

/**
 * S-ACTIVITY-DISCARD request (X.225 7.33, ACTIVITY DISCARD SPDU). `reason`: OSISESSION_EXCEPTION_... or
 * OSISESSION_NO_REASON. `user_data`, `length`: SS-user data; may be NULL with length 0.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED.
 */
int32_t osisession_activity_discard_request(struct osisession_session *session,
                                            uint32_t reason,
                                            const void *user_data,
                                            size_t length,
                                            struct osisession_error_info *error);

/**
 * S-ACTIVITY-DISCARD response (X.225 7.34, ACTIVITY DISCARD ACK SPDU). `user_data`, `length`: SS-user data; may
 * be NULL with length 0.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED.
 */
int32_t osisession_activity_discard_response(struct osisession_session *session,
                                             const void *user_data,
                                             size_t length,
                                             struct osisession_error_info *error);

/**
 * S-ACTIVITY-END request (X.225 7.35, ACTIVITY END SPDU). `user_data`, `length`: SS-user data; may be NULL with
 * length 0. `serial_number` (may be NULL) receives the number of the point.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED.
 */
int32_t osisession_activity_end_request(struct osisession_session *session,
                                        const void *user_data,
                                        size_t length,
                                        uint64_t *serial_number,
                                        struct osisession_error_info *error);

/**
 * S-ACTIVITY-END response (X.225 7.36, ACTIVITY END ACK SPDU). `user_data`, `length`: SS-user data; may be NULL
 * with length 0.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED.
 */
int32_t osisession_activity_end_response(struct osisession_session *session,
                                         const void *user_data,
                                         size_t length,
                                         struct osisession_error_info *error);

/**
 * S-RELEASE request (X.225 7.6, FINISH SPDU). All available tokens must be here. `user_data`, `length`: SS-user
 * data; may be NULL with length 0.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED.
 */
int32_t osisession_release_request(struct osisession_session *session,
                                   const void *user_data,
                                   size_t length,
                                   struct osisession_error_info *error);

/**
 * S-RELEASE response, affirmative (X.225 7.7, DISCONNECT SPDU). The session is over. `user_data`, `length`:
 * SS-user data; may be NULL with length 0.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED.
 */
int32_t osisession_release_response(struct osisession_session *session,
                                    const void *user_data,
                                    size_t length,
                                    struct osisession_error_info *error);

/**
 * S-RELEASE response, negative (X.225 7.8, NOT FINISHED SPDU); only with the negotiated release functional unit.
 * The session goes on. `user_data`, `length`: SS-user data; may be NULL with length 0.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED.
 */
int32_t osisession_release_response_negative(struct osisession_session *session,
                                             const void *user_data,
                                             size_t length,
                                             struct osisession_error_info *error);

/**
 * S-U-ABORT request (X.225 7.9, ABORT SPDU). The session is over. `user_data`, `length`: at most 9 octets with
 * protocol version 1; may be NULL with length 0.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
 * OSISESSION_E_CLOSED.
 */
int32_t osisession_u_abort_request(struct osisession_session *session,
                                   const void *user_data,
                                   size_t length,
                                   struct osisession_error_info *error);

/**
 * S-DATA request (X.225 7.11) whose user data is gathered from several pieces, in order.
 *
 * `pieces`, `count`: at most 65,536, each as in other structs; together at least one octet. Copied before the call returns.
 *
 * Errors: as `osisession_data_request`; OSISESSION_E_LENGTH (too many pieces).
 */
int32_t osisession_data_request_vectored(struct osisession_session *session,
                                         const struct osisession_octets *pieces,
                                         size_t count,
                                         struct osisession_error_info *error);

/**
 * S-DATA request (X.225 7.11) without a copy: the memory is lent until `release` is called, and goes to the network from
 * where it lies.
 *
 * `data`, `length`: at least one octet; readable and unchanged until it is given back. `release`: called once if this call
 * returned OSISESSION_OK, when the octets have left or never will; not called if it failed. It is called at the end of a
 * call on the endpoint or one of its sessions, in the thread of that call, with nothing locked, never inside another
 * callback; so somebody must go on calling (with a background thread alone it waits for your next call). When the last
 * handle is freed, everything has been given back. It may call anything. `user_data` is handed to it.
 *
 * Errors: as `osisession_data_request`; OSISESSION_E_NULL also for `release`.
 */
int32_t osisession_data_request_lent(struct osisession_session *session,
                                     const void *data,
                                     size_t length,
                                     osisession_release_fn release,
                                     void *user_data,
                                     struct osisession_error_info *error);

/**
 * A piece of an S-DATA or S-TYPED-DATA request, sent as it is given: nothing here holds the whole SSDU, and the peer sees one. Until the
 * piece with OSISESSION_PIECE_END nothing else can be asked for but expedited data and an abort, which then is a T-DISCONNECT.
 *
 * `user_data`, `length`: at least one octet, but for the last piece behind others. `flags`: OSISESSION_PIECE_...
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (also over a transport of the
 * caller's own, and where SSDUs are segmented), OSISESSION_E_CLOSED, OSISESSION_E_WOULD_BLOCK (the send queue is full).
 */
int32_t osisession_data_piece_request(struct osisession_session *session,
                                      const void *user_data,
                                      size_t length,
                                      uint32_t flags,
                                      struct osisession_error_info *error);

/**
 * As `osisession_connect`, over octets that the caller carries: T-CONNECT and S-CONNECT in TPKT (RFC 1006), no socket.
 *
 * `peer` names the other side in errors (may be NULL). `params`, `config`: NULL for the defaults; copied. `session` and `stream`
 * receive handles, to be ended by `osisession_session_free` and `osisession_stream_free`.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID, OSISESSION_E_CLOSED.
 */
int32_t osisession_connect_over_stream(struct osisession_endpoint *endpoint,
                                       const char *peer,
                                       const struct osisession_connect_params *params,
                                       const struct osisession_session_config *config,
                                       struct osisession_session **session,
                                       struct osisession_stream **stream,
                                       struct osisession_error_info *error);

/**
 * Lets a caller in whose octets (TPKT, RFC 1006) the caller of this function carries. It is routed, limited and accepted
 * (`osisession_listener_accept`) as those that come over the network.
 *
 * `peer` names it in errors (may be NULL). `stream` receives the handle, to be ended by `osisession_stream_free`.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_CLOSED.
 */
int32_t osisession_listener_accept_stream(struct osisession_listener *listener,
                                          const char *peer,
                                          struct osisession_stream **stream,
                                          struct osisession_error_info *error);

/**
 * Gives octets that came from the peer. `taken` receives how many were taken: fewer than `length` while the session's user
 * does not take its events, or the endpoint is not driven.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_LENGTH, OSISESSION_E_CLOSED (the connection is over, or
 * `osisession_stream_finish` was called).
 */
int32_t osisession_stream_feed(struct osisession_stream *stream,
                               const void *octets,
                               size_t length,
                               size_t *taken,
                               struct osisession_error_info *error);

/**
 * Takes octets that go to the peer. `length` receives how many; 0: nothing to send now. They are gone from the stream when
 * this returns OSISESSION_OK.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_LENGTH, OSISESSION_E_CLOSED (all was taken, and nothing more
 * will come: close the network connection).
 */
int32_t osisession_stream_drain(struct osisession_stream *stream,
                                void *buffer,
                                size_t capacity,
                                size_t *length,
                                struct osisession_error_info *error);

/**
 * Octets that wait to be drained. `pending` receives the number.
 *
 * Errors: those of the handle, OSISESSION_E_NULL.
 */
int32_t osisession_stream_pending(struct osisession_stream *stream,
                                  size_t *pending,
                                  struct osisession_error_info *error);

/**
 * The peer will send nothing more: the end of its stream.
 *
 * Errors: those of the handle.
 */
int32_t osisession_stream_finish(struct osisession_stream *stream, struct osisession_error_info *error);

/**
 * Ends a stream: for the session, the network is gone.
 *
 * NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread; also inside callbacks.
 */
int32_t osisession_stream_free(struct osisession_stream *stream);

/**
 * Tells a session that its transport got a T-CONNECT indication: it is the responder.
 *
 * `expedited`: 1 if the expedited flow is proposed and can be provided, otherwise 0. After each indication take
 * `osisession_transport_next_request` until OSISESSION_E_WOULD_BLOCK. A transport event that the machine does not expect is
 * no error of this call: X.225 Annex A says what happens, and it arrives as an event.
 *
 * Errors: those of the handle, OSISESSION_E_NO_TRANSPORT_PORT, OSISESSION_E_CLOSED.
 */
int32_t osisession_transport_indicate_connect(struct osisession_session *session,
                                              uint32_t expedited,
                                              struct osisession_error_info *error);

/**
 * Tells a session that its transport got a T-CONNECT confirm.
 *
 * `expedited`: 1 if the expedited flow was agreed, otherwise 0. Errors: as for
 * `osisession_transport_indicate_connect`.
 */
int32_t osisession_transport_indicate_connect_confirm(struct osisession_session *session,
                                                      uint32_t expedited,
                                                      struct osisession_error_info *error);

/**
 * Tells a session that its transport got a T-DATA indication: one whole TSDU, copied.
 *
 * Errors: as for `osisession_transport_indicate_connect`, OSISESSION_E_NULL, OSISESSION_E_LENGTH.
 */
int32_t osisession_transport_indicate_data(struct osisession_session *session,
                                           const void *tsdu,
                                           size_t length,
                                           struct osisession_error_info *error);

/**
 * Tells a session that its transport got a T-EXPEDITED-DATA indication: one whole TSDU, copied.
 *
 * Errors: as for `osisession_transport_indicate_data`.
 */
int32_t osisession_transport_indicate_expedited_data(struct osisession_session *session,
                                                     const void *tsdu,
                                                     size_t length,
                                                     struct osisession_error_info *error);

/**
 * Tells a session that its transport connection is gone or never came up: a T-DISCONNECT indication.
 *
 * `reason`: why, in words; NULL if it is not known. It comes back in the `error` of the S-P-ABORT indication.
 *
 * Errors: as for `osisession_transport_indicate_connect`.
 */
int32_t osisession_transport_indicate_disconnect(struct osisession_session *session,
                                                 const char *reason,
                                                 struct osisession_error_info *error);

/**
 * Takes the next thing that a session asks of the caller's transport, in order.
 *
 * `request`: initialized by OSISESSION_INIT or freed by `osisession_transport_request_free`; receives the request, to be
 * freed.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED,
 * OSISESSION_E_NO_TRANSPORT_PORT, OSISESSION_E_WOULD_BLOCK (nothing there).
 */
int32_t osisession_transport_next_request(struct osisession_session *session,
                                          struct osisession_transport_request *request,
                                          struct osisession_error_info *error);

/**
 * Whether the session takes more data: `wanted` receives 1, or 0 while its user has too many octets unread. Then stop
 * reading from the transport.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_NO_TRANSPORT_PORT.
 */
int32_t osisession_transport_wants_data(struct osisession_session *session,
                                        uint32_t *wanted,
                                        struct osisession_error_info *error);

/**
 * Frees the octets of a transport request and makes it ready to be filled again. As `osisession_event_free`.
 */
int32_t osisession_transport_request_free(struct osisession_transport_request *request);

/**
 * Makes a DECnet node. Its circuit is being opened; nothing happens until it is driven: by `osisession_scp_endpoint_dispatch`, by
 * `osisession_scp_endpoint_start`, from your event loop, or by any call that waits. Looking up host names blocks.
 *
 * `config`: copied. `endpoint` receives the handle. Any thread.
 *
 * Errors: OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID, OSISESSION_E_TRANSPORT (a name that is not found, a port that
 * is taken, no descriptor).
 */
int32_t osisession_scp_endpoint_new(const struct osisession_scp_config *config,
                                    struct osisession_scp_endpoint **endpoint,
                                    struct osisession_error_info *error);

/**
 * Closes a node and ends its handle. Its links are aborted, its circuit is closed; handles of links and listeners stay valid, answer
 * OSISESSION_E_CLOSED, and are still to be freed.
 *
 * NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread.
 */
int32_t osisession_scp_endpoint_free(struct osisession_scp_endpoint *endpoint);

/**
 * Aborts all links, ends all objects, closes the circuit and stops the background thread. The handle stays valid. Calling it again does
 * nothing. Any thread.
 *
 * Errors: those of the handle.
 */
int32_t osisession_scp_endpoint_close(struct osisession_scp_endpoint *endpoint,
                                      struct osisession_error_info *error);

/**
 * Makes the name of a node known, or changes its address.
 *
 * `name`: 1 to 6 letters and digits. `address`: "1.1".
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID.
 */
int32_t osisession_scp_endpoint_define_node(struct osisession_scp_endpoint *endpoint,
                                            const char *name,
                                            const char *address,
                                            struct osisession_error_info *error);

/**
 * Waits until the circuit runs. Links can be asked for before.
 *
 * `timeout_ms`: milliseconds; negative waits for ever. If nothing else drives the node, the waiting caller does.
 *
 * Errors: those of the handle, OSISESSION_E_TIMED_OUT (with the last failure of the circuit), OSISESSION_E_CLOSED.
 */
int32_t osisession_scp_endpoint_wait_up(struct osisession_scp_endpoint *endpoint,
                                        int64_t timeout_ms,
                                        struct osisession_error_info *error);

/**
 * Where a node stands.
 *
 * `state`: initialized by OSISESSION_INIT. Any thread.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE.
 */
int32_t osisession_scp_endpoint_state(struct osisession_scp_endpoint *endpoint,
                                      struct osisession_scp_state *state,
                                      struct osisession_error_info *error);

/**
 * Where the circuit listens, or its UDP socket is, with the port that the system chose: "127.0.0.1:40123". Empty where this end opens a TCP
 * connection. `buffer`, `capacity`, `needed`: as for `osisession_listener_local_address`.
 *
 * Errors: those of the handle, OSISESSION_E_BUFFER_TOO_SMALL.
 */
int32_t osisession_scp_endpoint_local_address(struct osisession_scp_endpoint *endpoint,
                                              char *buffer,
                                              size_t capacity,
                                              size_t *needed,
                                              struct osisession_error_info *error);

/**
 * Drives a node once, as `osisession_endpoint_dispatch` does.
 *
 * Errors: those of the handle, OSISESSION_E_CLOSED, OSISESSION_E_TRANSPORT (the system refuses to wait).
 */
int32_t osisession_scp_endpoint_dispatch(struct osisession_scp_endpoint *endpoint,
                                         int64_t timeout_ms,
                                         size_t *count,
                                         struct osisession_error_info *error);

/**
 * Starts a background thread that drives the node. Does nothing if it runs already.
 *
 * Errors: those of the handle, OSISESSION_E_CLOSED, OSISESSION_E_TRANSPORT (the system gives no thread).
 */
int32_t osisession_scp_endpoint_start(struct osisession_scp_endpoint *endpoint,
                                      struct osisession_error_info *error);

/**
 * Stops the background thread, and waits for its end. Does nothing if there is none.
 *
 * Errors: those of the handle.
 */
int32_t osisession_scp_endpoint_stop(struct osisession_scp_endpoint *endpoint,
                                     struct osisession_error_info *error);

/**
 * A descriptor that is readable when `osisession_scp_endpoint_dispatch` has something to do. To be watched, never read or closed. It is valid until
 * the endpoint is freed.
 *
 * Errors: those of the handle, OSISESSION_E_NULL.
 */
int32_t osisession_scp_endpoint_descriptor(struct osisession_scp_endpoint *endpoint,
                                           int32_t *descriptor,
                                           struct osisession_error_info *error);

/**
 * When `osisession_scp_endpoint_dispatch` is due though the descriptor is quiet: `nanoseconds` receives the time from now; 0 if it is due, -1 if
 * nothing waits for time.
 *
 * Errors: those of the handle, OSISESSION_E_NULL.
 */
int32_t osisession_scp_endpoint_next_timeout_ns(struct osisession_scp_endpoint *endpoint,
                                                int64_t *nanoseconds,
                                                struct osisession_error_info *error);

/**
 * The next link or listener that got something since it was last named here. Take all its events (or connects) until
 * OSISESSION_E_WOULD_BLOCK: it is named again only when it gets more.
 *
 * One of `link` and `listener` receives the handle, the same that was given when it was made; the other becomes NULL.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_WOULD_BLOCK (nobody got anything).
 */
int32_t osisession_scp_endpoint_next_ready(struct osisession_scp_endpoint *endpoint,
                                           struct osisession_scp_link **link,
                                           struct osisession_scp_listener **listener,
                                           struct osisession_error_info *error);

/**
 * Declares an object: from now on it can be called.
 *
 * `object`: copied. `listener` receives the handle, to be ended by `osisession_scp_listener_free`.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (another object has its
 * number or its name), OSISESSION_E_CLOSED.
 */
int32_t osisession_scp_listen(struct osisession_scp_endpoint *endpoint,
                              const struct osisession_scp_object *object,
                              struct osisession_scp_listener **listener,
                              struct osisession_error_info *error);

/**
 * Takes a connect to an object. It is to be answered by `osisession_scp_accept` or `osisession_scp_reject`; a link that is freed before is rejected
 * with reason 38.
 *
 * `timeout_ms`: how long to wait, milliseconds; 0 does not wait, negative waits for ever. `link` receives the handle, to be ended by
 * `osisession_scp_link_free`. `event`: may be NULL; as for `osisession_scp_next_event`, receives OSISESSION_SCP_CALL: who calls, with what.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED, OSISESSION_E_WOULD_BLOCK (nobody there,
 * `timeout_ms` 0), OSISESSION_E_TIMED_OUT, OSISESSION_E_CLOSED.
 */
int32_t osisession_scp_listener_accept(struct osisession_scp_listener *listener,
                                       int64_t timeout_ms,
                                       struct osisession_scp_link **link,
                                       struct osisession_scp_event *event,
                                       struct osisession_error_info *error);

/**
 * Ends an object and its handle. Connects that nobody has taken are rejected with reason 38; its links live on.
 *
 * NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread.
 */
int32_t osisession_scp_listener_free(struct osisession_scp_listener *listener);

/**
 * Calls an object at a node. The call does not wait; the outcome is an event (`osisession_scp_wait_connected`).
 *
 * `node`: "1.1", or a name of the table. `params`: copied. `link` receives the handle.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID (a field that cannot be sent; a node name that cannot
 * be, reason 10, or is not known, reason 2), OSISESSION_E_LIMIT (too many links), OSISESSION_E_CLOSED.
 */
int32_t osisession_scp_connect(struct osisession_scp_endpoint *endpoint,
                               const char *node,
                               const struct osisession_scp_connect_params *params,
                               struct osisession_scp_link **link,
                               struct osisession_error_info *error);

/**
 * Waits for the answer to a connect.
 *
 * `timeout_ms`: milliseconds; negative waits for ever (the node gives up after a time of its own). `event`: may be NULL; as for
 * `osisession_scp_next_event`, receives OSISESSION_SCP_ACCEPTED. A rejection becomes an error with its reason code and, as its octets, the reject data.
 *
 * Errors: those of the handle, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED, OSISESSION_E_PEER (rejected), OSISESSION_E_TRANSPORT (the node cannot
 * be reached), OSISESSION_E_TIMED_OUT, OSISESSION_E_REFUSED (the answer was taken already), OSISESSION_E_CLOSED.
 */
int32_t osisession_scp_wait_connected(struct osisession_scp_link *link,
                                      int64_t timeout_ms,
                                      struct osisession_scp_event *event,
                                      struct osisession_error_info *error);

/**
 * Accepts a connect. Messages can be sent at once.
 *
 * `data`, `length`: accept data, at most 16 octets.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID (too long; the connect still waits), OSISESSION_E_REFUSED (the link is no
 * connect that waits), OSISESSION_E_CLOSED (the caller has given up).
 */
int32_t osisession_scp_accept(struct osisession_scp_link *link,
                              const void *data,
                              size_t length,
                              struct osisession_error_info *error);

/**
 * Rejects a connect. The link is over, and still to be freed.
 *
 * `reason`: 0 to 65535, but not 1, 41 or 42; the usual one is OSISESSION_SCP_REASON_BY_END_USER. `data`, `length`: reject data, at most 16 octets.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID (the connect still waits), OSISESSION_E_REFUSED (the link is no connect that
 * waits), OSISESSION_E_CLOSED (the caller has given up).
 */
int32_t osisession_scp_reject(struct osisession_scp_link *link,
                              uint32_t reason,
                              const void *data,
                              size_t length,
                              struct osisession_error_info *error);

/**
 * Sends a message of any length, which may be empty.
 *
 * `timeout_ms`: how long to wait for room in the send queue, milliseconds; 0 does not wait, negative waits for ever.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_LENGTH, OSISESSION_E_WOULD_BLOCK (no room, `timeout_ms` 0; OSISESSION_SCP_SEND_READY will tell),
 * OSISESSION_E_TIMED_OUT, OSISESSION_E_REFUSED (not open yet, or its end was asked for), OSISESSION_E_CLOSED.
 */
int32_t osisession_scp_send(struct osisession_scp_link *link,
                            const void *data,
                            size_t length,
                            int64_t timeout_ms,
                            struct osisession_error_info *error);

/**
 * Sends an interrupt message of 1 to 16 octets. It may overtake messages.
 *
 * `timeout_ms`: how long to wait until the peer takes one, milliseconds; 0 does not wait, negative waits for ever.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_WOULD_BLOCK (the peer takes none, `timeout_ms` 0;
 * OSISESSION_SCP_INTERRUPT_READY will tell), OSISESSION_E_TIMED_OUT, OSISESSION_E_REFUSED, OSISESSION_E_CLOSED.
 */
int32_t osisession_scp_interrupt(struct osisession_scp_link *link,
                                 const void *data,
                                 size_t length,
                                 int64_t timeout_ms,
                                 struct osisession_error_info *error);

/**
 * Takes the next event of a link.
 *
 * `timeout_ms`: how long to wait, milliseconds; 0 does not wait, negative waits for ever. If nothing else drives the node, the waiting caller does.
 * `event`: initialized by OSISESSION_INIT or freed by `osisession_scp_event_free`; receives the event, to be freed.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED, OSISESSION_E_WOULD_BLOCK (nothing there,
 * `timeout_ms` 0), OSISESSION_E_TIMED_OUT, OSISESSION_E_REFUSED (a connect that was not accepted yet), OSISESSION_E_CLOSED (the link is over and
 * its last event was taken).
 */
int32_t osisession_scp_next_event(struct osisession_scp_link *link,
                                  int64_t timeout_ms,
                                  struct osisession_scp_event *event,
                                  struct osisession_error_info *error);

/**
 * Ends a link in order: what was sent is acknowledged first, and what the peer sends meanwhile can still be taken. OSISESSION_SCP_CLOSED is the last event.
 *
 * `data`, `length`: at most 16 octets.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (not answered yet, or its end was asked for),
 * OSISESSION_E_CLOSED.
 */
int32_t osisession_scp_disconnect(struct osisession_scp_link *link,
                                  const void *data,
                                  size_t length,
                                  struct osisession_error_info *error);

/**
 * Ends a link at once: what was not sent is dropped.
 *
 * `data`, `length`: at most 16 octets.
 *
 * Errors: as of `osisession_scp_disconnect`.
 */
int32_t osisession_scp_abort(struct osisession_scp_link *link,
                             const void *data,
                             size_t length,
                             struct osisession_error_info *error);

/**
 * Ends the handle of a link. A link that is open is aborted, a connect that was not answered is rejected with reason 38; a disconnect that was
 * asked for goes on as long as the node lives.
 *
 * NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread.
 */
int32_t osisession_scp_link_free(struct osisession_scp_link *link);

/**
 * Frees what an event points to and makes it ready to be filled again.
 *
 * NULL, a zeroed event, and an event that was freed are all fine. Freeing a second copy of the same event returns OSISESSION_E_STALE and does no
 * harm. Any thread.
 */
int32_t osisession_scp_event_free(struct osisession_scp_event *event);

/**
 * Makes a node on an AppleTalk network. It is getting its address; nothing happens until it is driven: by `osisession_zip_node_dispatch`, by
 * `osisession_zip_node_start`, from your event loop, or by any call that waits. While nothing drives it it answers nobody: others do not find
 * its names.
 *
 * `config`: copied. `node` receives the handle, to be ended by `osisession_zip_node_free`. Any thread.
 *
 * Nobody is authenticated on a segment of LocalTalk over UDP: whoever can send to its group can claim to be a router.
 *
 * Errors: OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID, OSISESSION_E_TRANSPORT (no such interface, no route for multicasts, no
 * descriptor).
 */
int32_t osisession_zip_node_new(const struct osisession_zip_node_config *config,
                                struct osisession_zip_node **node,
                                struct osisession_error_info *error);

/**
 * Ends a node and its handle. Its names are gone; calls of other threads that wait for it return OSISESSION_E_CLOSED.
 *
 * NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread.
 */
int32_t osisession_zip_node_free(struct osisession_zip_node *node);

/**
 * Drives a node once: does what there is to do.
 *
 * `timeout_ms`: how long to wait until there is something to do, milliseconds; 0 does not wait, negative waits for ever. Afterwards take its events.
 *
 * Errors: those of the handle, OSISESSION_E_CLOSED, OSISESSION_E_TRANSPORT (the network fails; the node can be driven again).
 */
int32_t osisession_zip_node_dispatch(struct osisession_zip_node *node,
                                     int64_t timeout_ms,
                                     struct osisession_error_info *error);

/**
 * Starts a background thread that drives the node. Does nothing if it runs already. Failures of the network do not end it: they are counted
 * (`failures` of `osisession_zip_node_state`).
 *
 * Errors: those of the handle, OSISESSION_E_CLOSED, OSISESSION_E_TRANSPORT (the system gives no thread).
 */
int32_t osisession_zip_node_start(struct osisession_zip_node *node,
                                  struct osisession_error_info *error);

/**
 * Stops the background thread, and waits for its end. Does nothing if there is none.
 *
 * Errors: those of the handle.
 */
int32_t osisession_zip_node_stop(struct osisession_zip_node *node, struct osisession_error_info *error);

/**
 * A descriptor that is readable when `osisession_zip_node_dispatch` has something to do. To be watched, never read or closed. It is valid until
 * the node is freed.
 *
 * Errors: those of the handle, OSISESSION_E_NULL.
 */
int32_t osisession_zip_node_descriptor(struct osisession_zip_node *node,
                                       int32_t *descriptor,
                                       struct osisession_error_info *error);

/**
 * When `osisession_zip_node_dispatch` is due though the descriptor is quiet: `nanoseconds` receives the time from now; 0 if it is due, -1 if
 * nothing waits for time. Ask again after each call on the node.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_CLOSED.
 */
int32_t osisession_zip_node_next_timeout_ns(struct osisession_zip_node *node,
                                            int64_t *nanoseconds,
                                            struct osisession_error_info *error);

/**
 * Waits until a node has an address, and knows a router or that there is none (`osisession_zip_node_state` tells).
 *
 * `timeout_ms`: milliseconds; negative waits for ever. If nothing else drives the node, the waiting caller does.
 *
 * Errors: those of the handle, OSISESSION_E_TIMED_OUT, OSISESSION_E_TRANSPORT (the network fails, or every node id is taken), OSISESSION_E_CLOSED.
 */
int32_t osisession_zip_node_join(struct osisession_zip_node *node,
                                 int64_t timeout_ms,
                                 struct osisession_error_info *error);

/**
 * Where a node stands.
 *
 * `state`: initialized by OSISESSION_INIT. Any thread.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_CLOSED.
 */
int32_t osisession_zip_node_state(struct osisession_zip_node *node,
                                  struct osisession_zip_state *state,
                                  struct osisession_error_info *error);

/**
 * Takes the next event of a node. The answers that blocking calls wait for are no events.
 *
 * `timeout_ms`: how long to wait, milliseconds; 0 does not wait, negative waits for ever. If nothing else drives the node, the waiting caller does;
 * with 0 it drives as well. `event`: initialized by OSISESSION_INIT or freed by `osisession_zip_event_free`; receives the event, to be freed. Events
 * that nobody takes: 4,096 are kept, then the oldest go.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED, OSISESSION_E_WOULD_BLOCK (nothing there,
 * `timeout_ms` 0), OSISESSION_E_TIMED_OUT, OSISESSION_E_TRANSPORT (the network fails), OSISESSION_E_CLOSED.
 */
int32_t osisession_zip_next_event(struct osisession_zip_node *node,
                                  int64_t timeout_ms,
                                  struct osisession_zip_event *event,
                                  struct osisession_error_info *error);

/**
 * A name in UTF-8, of its octets in Mac OS Roman.
 *
 * `octets`, `length`: at most 32. `buffer`, `capacity`, `needed`: as for `osisession_listener_local_address`; 97 octets are always enough. Any thread.
 *
 * Errors: OSISESSION_E_NULL, OSISESSION_E_INVALID (too long), OSISESSION_E_BUFFER_TOO_SMALL.
 */
int32_t osisession_zip_name_text(const void *octets,
                                 size_t length,
                                 char *buffer,
                                 size_t capacity,
                                 size_t *needed,
                                 struct osisession_error_info *error);

/**
 * The octets of a name in Mac OS Roman, of its text in UTF-8.
 *
 * `buffer`, `capacity`: where they go, without a NUL; 32 octets are always enough. `needed`: may be NULL; receives how many they are, also if the
 * buffer is too small. Any thread.
 *
 * Errors: OSISESSION_E_NULL, OSISESSION_E_INVALID (a character that Mac OS Roman does not have, more than 32 octets), OSISESSION_E_BUFFER_TOO_SMALL.
 */
int32_t osisession_zip_name_octets(const char *text,
                                   uint8_t *buffer,
                                   size_t capacity,
                                   size_t *needed,
                                   struct osisession_error_info *error);

/**
 * Whether two names are the same to AppleTalk, which does not tell capital letters from small ones: `same` receives 1 or 0.
 *
 * `a`, `a_length`, `b`, `b_length`: octets in Mac OS Roman, at most 32 each. Any thread.
 *
 * Errors: OSISESSION_E_NULL, OSISESSION_E_INVALID (too long).
 */
int32_t osisession_zip_name_same(const void *a,
                                 size_t a_length,
                                 const void *b,
                                 size_t b_length,
                                 int32_t *same,
                                 struct osisession_error_info *error);

/**
 * Frees what an event points to and makes it ready to be filled again.
 *
 * NULL, a zeroed event, and an event that was freed are all fine. Freeing a second copy of the same event returns OSISESSION_E_STALE and does no
 * harm. Any thread.
 */
int32_t osisession_zip_event_free(struct osisession_zip_event *event);

/**
 * Asks the router for zones, and waits for the answer.
 *
 * `which`: OSISESSION_ZIP_GET_.... `timeout_ms`: milliseconds; negative waits as long as the node tries. If nothing else drives the node, the waiting
 * caller does. `event`: initialized by OSISESSION_INIT or freed by `osisession_zip_event_free`; receives OSISESSION_ZIP_EVENT_ZONES, to be freed:
 * `zones`, each once, in the router's order; one zone for OSISESSION_ZIP_GET_MY_ZONE.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (no router
 * is known), OSISESSION_E_TIMED_OUT (also: the router does not answer), OSISESSION_E_PEER (its answer breaks a rule, or it does not know the zone),
 * OSISESSION_E_LIMIT (too many calls at the same time, a list that is too long), OSISESSION_E_TRANSPORT, OSISESSION_E_CLOSED.
 */
int32_t osisession_zip_zones(struct osisession_zip_node *node,
                             uint32_t which,
                             int64_t timeout_ms,
                             struct osisession_zip_event *event,
                             struct osisession_error_info *error);

/**
 * Asks the router for zones. The call does not wait; the outcome is an event, OSISESSION_ZIP_EVENT_ZONES or OSISESSION_ZIP_EVENT_ZONES_FAILED.
 *
 * `which`: OSISESSION_ZIP_GET_.... `number` receives what the event will name.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (no router is known), OSISESSION_E_LIMIT (too many calls at
 * the same time), OSISESSION_E_TRANSPORT, OSISESSION_E_CLOSED.
 */
int32_t osisession_zip_zones_request(struct osisession_zip_node *node,
                                     uint32_t which,
                                     uint32_t *number,
                                     struct osisession_error_info *error);

/**
 * Looks names up, and waits until the look-up is over: it takes as long as the node's configuration says, 3 s by default, for nobody knows how
 * many will answer.
 *
 * `entity`: "OBJECT:TYPE@ZONE" in UTF-8; "=" is any object or type, one "≈" in it any octets, "*" or nothing behind the type the own zone.
 * `timeout_ms`: milliseconds; negative waits for the end. `event`: initialized by OSISESSION_INIT or freed by `osisession_zip_event_free`; receives
 * OSISESSION_ZIP_EVENT_LOOKED_UP, to be freed: `entities`, `entity_count`, which may be 0.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (the node has
 * no address yet), OSISESSION_E_LIMIT (too many look-ups at the same time), OSISESSION_E_TIMED_OUT (it was not over in this time, and is given up),
 * OSISESSION_E_TRANSPORT, OSISESSION_E_CLOSED.
 */
int32_t osisession_zip_lookup(struct osisession_zip_node *node,
                              const char *entity,
                              int64_t timeout_ms,
                              struct osisession_zip_event *event,
                              struct osisession_error_info *error);

/**
 * Begins to look names up. The call does not wait: OSISESSION_ZIP_EVENT_FOUND tells each entity, then OSISESSION_ZIP_EVENT_LOOKED_UP the end.
 *
 * `entity`: as for `osisession_zip_lookup`. `number` receives what the events will name, and `osisession_zip_cancel` takes.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (the node has no address yet), OSISESSION_E_LIMIT,
 * OSISESSION_E_TRANSPORT, OSISESSION_E_CLOSED.
 */
int32_t osisession_zip_lookup_request(struct osisession_zip_node *node,
                                      const char *entity,
                                      uint32_t *number,
                                      struct osisession_error_info *error);

/**
 * Gives up a look-up or a registration: no more is told of it. One that is over is let be.
 *
 * Errors: those of the handle, OSISESSION_E_CLOSED.
 */
int32_t osisession_zip_cancel(struct osisession_zip_node *node,
                              uint32_t number,
                              struct osisession_error_info *error);

/**
 * Registers a name of this node in its zone, if nobody there has it, and waits until that is known: it takes as long as a look-up.
 *
 * `object`, `type`: 1 to 32 octets each, in UTF-8 here, without wildcards. `socket`: where it is at this node, 1 to 254. `timeout_ms`: milliseconds;
 * negative waits for the end. The name is there until it is unregistered or the node is freed, and is found while the node is driven.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (somebody has the name; the node has no address yet),
 * OSISESSION_E_LIMIT (too many names), OSISESSION_E_TIMED_OUT (it was not known in this time, and is given up), OSISESSION_E_TRANSPORT,
 * OSISESSION_E_CLOSED.
 */
int32_t osisession_zip_register(struct osisession_zip_node *node,
                                const char *object,
                                const char *type,
                                uint32_t socket,
                                int64_t timeout_ms,
                                struct osisession_error_info *error);

/**
 * Begins to register a name. The call does not wait; the outcome is an event, OSISESSION_ZIP_EVENT_REGISTERED or OSISESSION_ZIP_EVENT_NAME_TAKEN.
 *
 * `object`, `type`, `socket`: as for `osisession_zip_register`. `number` receives what the event will name, and `osisession_zip_cancel` takes.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (this node has the name; it has no address yet),
 * OSISESSION_E_LIMIT, OSISESSION_E_TRANSPORT, OSISESSION_E_CLOSED.
 */
int32_t osisession_zip_register_request(struct osisession_zip_node *node,
                                        const char *object,
                                        const char *type,
                                        uint32_t socket,
                                        uint32_t *number,
                                        struct osisession_error_info *error);

/**
 * Takes a name back.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (it is not registered), OSISESSION_E_CLOSED.
 */
int32_t osisession_zip_unregister(struct osisession_zip_node *node,
                                  const char *object,
                                  const char *type,
                                  struct osisession_error_info *error);

/**
 * Picks a zone of an extended network, whose nodes have a choice. The call does not wait; the outcome is an event, OSISESSION_ZIP_EVENT_PICKED or
 * OSISESSION_ZIP_EVENT_PICK_FAILED.
 *
 * `zone`: in UTF-8.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (a network of LocalTalk has one zone; there is no router),
 * OSISESSION_E_TRANSPORT, OSISESSION_E_CLOSED.
 */
int32_t osisession_zip_pick_zone(struct osisession_zip_node *node,
                                 const char *zone,
                                 struct osisession_error_info *error);

/**
 * Sends an echo request (AEP), and waits until it comes back.
 *
 * `network`, `to`: the address of a node; network 0 is the own one. `data`, `length`: at most 581 octets. `timeout_ms`: milliseconds; negative waits as
 * long as the node does, 5 s by default. `nanoseconds`: may be NULL; receives how long it took.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID (no address; too long), OSISESSION_E_REFUSED (the node has no address yet),
 * OSISESSION_E_LIMIT, OSISESSION_E_TIMED_OUT (it did not come back), OSISESSION_E_TRANSPORT, OSISESSION_E_CLOSED.
 */
int32_t osisession_zip_echo(struct osisession_zip_node *node,
                            uint32_t network,
                            uint32_t to,
                            const void *data,
                            size_t length,
                            int64_t timeout_ms,
                            int64_t *nanoseconds,
                            struct osisession_error_info *error);

/**
 * Sends an echo request. The call does not wait; the outcome is an event, OSISESSION_ZIP_EVENT_ECHOED or OSISESSION_ZIP_EVENT_ECHO_LOST.
 *
 * `network`, `to`, `data`, `length`: as for `osisession_zip_echo`. `number` receives what the event will name.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED, OSISESSION_E_LIMIT (too many echoes at the same time),
 * OSISESSION_E_TRANSPORT, OSISESSION_E_CLOSED.
 */
int32_t osisession_zip_echo_request(struct osisession_zip_node *node,
                                    uint32_t network,
                                    uint32_t to,
                                    const void *data,
                                    size_t length,
                                    uint32_t *number,
                                    struct osisession_error_info *error);

/**
 * Makes a router, and starts its ports. It routes while it is driven: by `osisession_zip_router_start`, by `osisession_zip_router_dispatch`, or from
 * your event loop.
 *
 * `config`: copied, with its ports. `router` receives the handle, to be ended by `osisession_zip_router_free`. Any thread.
 *
 * Errors: OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_LENGTH (too many ports or zones, or none), OSISESSION_E_INVALID (a seed that can never
 * work: the error names the port), OSISESSION_E_TRANSPORT (no such interface, no route for multicasts, no descriptor).
 */
int32_t osisession_zip_router_new(const struct osisession_zip_router_config *config,
                                  struct osisession_zip_router **router,
                                  struct osisession_error_info *error);

/**
 * Ends a router and its handle: it says nothing more. Calls of other threads that wait for it return OSISESSION_E_CLOSED.
 *
 * NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread.
 */
int32_t osisession_zip_router_free(struct osisession_zip_router *router);

/**
 * Drives a router once, as `osisession_zip_node_dispatch` drives a node.
 *
 * `timeout_ms`: how long to wait until there is something to do, milliseconds; 0 does not wait, negative waits for ever.
 *
 * Errors: those of the handle, OSISESSION_E_CLOSED, OSISESSION_E_TRANSPORT (the network fails; the router can be driven again).
 */
int32_t osisession_zip_router_dispatch(struct osisession_zip_router *router,
                                       int64_t timeout_ms,
                                       struct osisession_error_info *error);

/**
 * Starts a background thread that drives the router. Does nothing if it runs already. Failures of the network do not end it: they are counted
 * (`failures` of `osisession_zip_router_state`).
 *
 * Errors: those of the handle, OSISESSION_E_CLOSED, OSISESSION_E_TRANSPORT (the system gives no thread).
 */
int32_t osisession_zip_router_start(struct osisession_zip_router *router,
                                    struct osisession_error_info *error);

/**
 * Stops the background thread, and waits for its end. Does nothing if there is none.
 *
 * Errors: those of the handle.
 */
int32_t osisession_zip_router_stop(struct osisession_zip_router *router, struct osisession_error_info *error);

/**
 * A descriptor that is readable when `osisession_zip_router_dispatch` has something to do. To be watched, never read or closed. It is valid until
 * the router is freed.
 *
 * Errors: those of the handle, OSISESSION_E_NULL.
 */
int32_t osisession_zip_router_descriptor(struct osisession_zip_router *router,
                                         int32_t *descriptor,
                                         struct osisession_error_info *error);

/**
 * When `osisession_zip_router_dispatch` is due though the descriptor is quiet: `nanoseconds` receives the time from now; 0 if it is due, -1 if
 * nothing waits for time. Ask again after each call on the router.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_CLOSED.
 */
int32_t osisession_zip_router_next_timeout_ns(struct osisession_zip_router *router,
                                              int64_t *nanoseconds,
                                              struct osisession_error_info *error);

/**
 * Takes the next event of a router.
 *
 * `timeout_ms`: how long to wait, milliseconds; 0 does not wait, negative waits for ever. If nothing else drives the router, the waiting caller does;
 * with 0 it drives as well. `event`: initialized by OSISESSION_INIT or freed by `osisession_zip_event_free`; receives the event, to be freed. Events
 * that nobody takes: 1,024 are kept, then the oldest go.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED, OSISESSION_E_WOULD_BLOCK (nothing there,
 * `timeout_ms` 0), OSISESSION_E_TIMED_OUT, OSISESSION_E_TRANSPORT (the network fails), OSISESSION_E_CLOSED.
 */
int32_t osisession_zip_router_next_event(struct osisession_zip_router *router,
                                         int64_t timeout_ms,
                                         struct osisession_zip_event *event,
                                         struct osisession_error_info *error);

/**
 * Where a router stands.
 *
 * `state`: initialized by OSISESSION_INIT. Any thread.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_CLOSED.
 */
int32_t osisession_zip_router_state(struct osisession_zip_router *router,
                                    struct osisession_zip_routing *state,
                                    struct osisession_error_info *error);

/**
 * Where a port of a router stands.
 *
 * `port`: its place in the configuration. `state`: initialized by OSISESSION_INIT. Any thread.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID (no such port), OSISESSION_E_CLOSED.
 */
int32_t osisession_zip_router_port_state(struct osisession_zip_router *router,
                                         uint32_t port,
                                         struct osisession_zip_port_state *state,
                                         struct osisession_error_info *error);

/**
 * The tables of a router as they are now.
 *
 * `tables`: initialized by OSISESSION_INIT or freed by `osisession_zip_tables_free`; receives the tables, to be freed. Any thread.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED, OSISESSION_E_CLOSED.
 */
int32_t osisession_zip_router_tables(struct osisession_zip_router *router,
                                     struct osisession_zip_tables *tables,
                                     struct osisession_error_info *error);

/**
 * Frees what tables point to and makes them ready to be filled again.
 *
 * NULL, zeroed tables, and tables that were freed are all fine. Freeing a second copy returns OSISESSION_E_STALE and does no harm. Any thread.
 */
int32_t osisession_zip_tables_free(struct osisession_zip_tables *tables);

/**
 * Takes a port down. Its network is told to be unreachable, its zones go.
 *
 * `port`: its place in the configuration.
 *
 * Errors: those of the handle, OSISESSION_E_INVALID (no such port), OSISESSION_E_TRANSPORT, OSISESSION_E_CLOSED.
 */
int32_t osisession_zip_router_take_down(struct osisession_zip_router *router,
                                        uint32_t port,
                                        struct osisession_error_info *error);

/**
 * Starts a port again that was taken down, that has failed, or whose seed was in conflict.
 *
 * `port`: its place in the configuration.
 *
 * Errors: those of the handle, OSISESSION_E_INVALID (no such port), OSISESSION_E_REFUSED (it is up; it was taken down, and `bringback_ms` is not over:
 * until then other routers may still know its old zones), OSISESSION_E_TRANSPORT, OSISESSION_E_CLOSED.
 */
int32_t osisession_zip_router_bring_up(struct osisession_zip_router *router,
                                       uint32_t port,
                                       struct osisession_error_info *error);

/**
 * Gives a zone of a network another name, and tells the nodes there (ZIP Notify).
 *
 * `network`: a number of the network. `old_name`, `new_name`: in UTF-8.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (no such network or zone; the new name is taken),
 * OSISESSION_E_LIMIT, OSISESSION_E_TRANSPORT, OSISESSION_E_CLOSED.
 */
int32_t osisession_zip_router_rename_zone(struct osisession_zip_router *router,
                                          uint32_t network,
                                          const char *old_name,
                                          const char *new_name,
                                          struct osisession_error_info *error);

/**
 * Makes a client of the server at `address`, which is as for `osisession_connect`. Nothing is opened before the first request, unless
 * OSISESSION_RPC_KEEP_OPEN says so; where the session is opened, a host name is looked up, which blocks.
 *
 * `endpoint`: where it lives; it drives the client as it drives sessions. `config`: copied; NULL is all zero. `client` receives the handle.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID, OSISESSION_E_CLOSED.
 */
int32_t osisession_rpc_client_new(struct osisession_endpoint *endpoint,
                                  const char *address,
                                  const struct osisession_rpc_client_config *config,
                                  struct osisession_rpc_client **client,
                                  struct osisession_error_info *error);

/**
 * Closes a client and ends its handle: the session is aborted, and every request without outcome gets one.
 *
 * NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread.
 */
int32_t osisession_rpc_client_free(struct osisession_rpc_client *client);

/**
 * Opens the session if it is not there, and waits for it.
 *
 * `timeout_ms`: how long to wait, milliseconds; negative waits for ever.
 *
 * Errors: those of the handle, OSISESSION_E_TIMED_OUT, OSISESSION_E_CLOSED; where no attempt is made now, what the last one failed with.
 */
int32_t osisession_rpc_client_open(struct osisession_rpc_client *client,
                                   int64_t timeout_ms,
                                   struct osisession_error_info *error);

/**
 * Where the session stands, and the circuit.
 *
 * `state`: initialized by OSISESSION_INIT.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE.
 */
int32_t osisession_rpc_client_state(struct osisession_rpc_client *client,
                                    struct osisession_rpc_state *state,
                                    struct osisession_error_info *error);

/**
 * Takes what happened to the session next; the last 256 events are kept.
 *
 * `timeout_ms`: how long to wait, milliseconds; 0 takes what is there, negative waits for ever. `event`: initialized by OSISESSION_INIT; nothing in it is
 * to be freed.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_WOULD_BLOCK (nothing there, `timeout_ms` 0),
 * OSISESSION_E_TIMED_OUT, OSISESSION_E_CLOSED.
 */
int32_t osisession_rpc_client_next_event(struct osisession_rpc_client *client,
                                         int64_t timeout_ms,
                                         struct osisession_rpc_event *event,
                                         struct osisession_error_info *error);

/**
 * Makes the next attempt at once, also where the circuit is open or attempts were stopped.
 *
 * Errors: those of the handle.
 */
int32_t osisession_rpc_client_reset(struct osisession_rpc_client *client,
                                    struct osisession_error_info *error);

/**
 * Releases the session in order and closes the client. The handle stays valid, and is still to be freed.
 *
 * `timeout_ms`: how long the release may take, milliseconds; negative waits for ever.
 *
 * Errors: those of the handle, OSISESSION_E_TIMED_OUT (the session was aborted).
 */
int32_t osisession_rpc_client_release(struct osisession_rpc_client *client,
                                      int64_t timeout_ms,
                                      struct osisession_error_info *error);

/**
 * Asks, and waits for the outcome. It is carried out at most once, or, with OSISESSION_RPC_IDEMPOTENT, as often as losses of the connection ask for.
 *
 * `data`, `length`: what is asked. `params`: NULL is all zero; its `on_outcome` is not called. `outcome`: initialized by OSISESSION_INIT or
 * freed; receives what became of the request, to be freed by `osisession_rpc_outcome_free`. If nothing else drives the endpoint, the waiting caller does.
 *
 * OSISESSION_OK: the request has its outcome; look at its `kind`. Errors, with which it never became a request and was not carried out: those of the
 * handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED, OSISESSION_E_INVALID (too long), OSISESSION_E_LIMIT, OSISESSION_E_CLOSED;
 * where the circuit is open, what the last attempt failed with.
 */
int32_t osisession_rpc_request(struct osisession_rpc_client *client,
                               const void *data,
                               size_t length,
                               const struct osisession_rpc_params *params,
                               struct osisession_rpc_outcome *outcome,
                               struct osisession_error_info *error);

/**
 * Asks and does not wait. Any number of requests may be under way, as far as `max_open` goes.
 *
 * `params`: NULL is all zero. With `on_outcome` that gets the outcome, exactly once, unless this call fails; without, it waits for
 * `osisession_rpc_next_outcome`. `id` (may be NULL) receives the number of the request; with `on_outcome` that may be called before this call returns.
 *
 * Errors: as of `osisession_rpc_request`; OSISESSION_E_LIMIT also if as many outcomes as `max_open` were not taken.
 */
int32_t osisession_rpc_start(struct osisession_rpc_client *client,
                             const void *data,
                             size_t length,
                             const struct osisession_rpc_params *params,
                             uint64_t *id,
                             struct osisession_error_info *error);

/**
 * Takes the next outcome of a request that was started without `on_outcome`.
 *
 * `timeout_ms`: how long to wait, milliseconds; 0 takes what is there, negative waits for ever. `outcome`: as for `osisession_rpc_request`; its `id` says which
 * request it is.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED, OSISESSION_E_WOULD_BLOCK (nothing there, `timeout_ms`
 * 0), OSISESSION_E_TIMED_OUT, OSISESSION_E_CLOSED (the client is closed, and all were taken).
 */
int32_t osisession_rpc_next_outcome(struct osisession_rpc_client *client,
                                    int64_t timeout_ms,
                                    struct osisession_rpc_outcome *outcome,
                                    struct osisession_error_info *error);

/**
 * Stops a request as far as that is possible. It still gets its outcome: one that was not sent is not done, otherwise what the peer says, or that nobody
 * knows.
 *
 * Errors: those of the handle, OSISESSION_E_REFUSED (it has its outcome).
 */
int32_t osisession_rpc_cancel(struct osisession_rpc_client *client,
                              uint64_t id,
                              struct osisession_error_info *error);

/**
 * Asks for something without response: at most once, and if the session is lost perhaps not at all.
 *
 * `timeout_ms`: how long opening the session may take, milliseconds; negative waits for ever.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID (too long), OSISESSION_E_TIMED_OUT, OSISESSION_E_LIMIT, OSISESSION_E_CLOSED; where no
 * attempt is made now, what the last one failed with.
 */
int32_t osisession_rpc_one_way(struct osisession_rpc_client *client,
                               const void *data,
                               size_t length,
                               int64_t timeout_ms,
                               struct osisession_error_info *error);

/**
 * Frees what an outcome points to and makes it ready to be filled again.
 *
 * NULL, a zeroed outcome, and one that was freed are all fine. Freeing a second copy of the same outcome returns OSISESSION_E_STALE and does no
 * harm. Any thread.
 */
int32_t osisession_rpc_outcome_free(struct osisession_rpc_outcome *outcome);

/**
 * The numbers of the requests that were without outcome in the journal when the client was made. They go on; what becomes of them is taken by
 * `osisession_rpc_next_outcome`, and `osisession_rpc_cancel` ends them.
 *
 * `numbers`: room for `capacity` numbers; may be NULL if `capacity` is 0. `count` (may be NULL) receives how many there are. Any thread; does not wait.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_BUFFER_TOO_SMALL: nothing was written but `count`.
 */
int32_t osisession_rpc_client_resumed(struct osisession_rpc_client *client,
                                      uint64_t *numbers,
                                      size_t capacity,
                                      size_t *count,
                                      struct osisession_error_info *error);

/**
 * Makes a server that listens at `address`, which is as for `osisession_listen`. Requests wait until there is a handler or somebody takes them.
 *
 * `endpoint`: where it lives; it drives the server as it drives sessions. `config`: copied; NULL is all zero. `server` receives the handle.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID, OSISESSION_E_TRANSPORT, OSISESSION_E_CLOSED.
 */
int32_t osisession_rpc_server_new(struct osisession_endpoint *endpoint,
                                  const char *address,
                                  const struct osisession_rpc_server_config *config,
                                  struct osisession_rpc_server **server,
                                  struct osisession_error_info *error);

/**
 * Closes a server and ends its handle: it stops listening, aborts all sessions, forgets all clients. A handler that runs goes on; handles of requests stay
 * valid, and are still to be freed.
 *
 * NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread.
 */
int32_t osisession_rpc_server_free(struct osisession_rpc_server *server);

/**
 * Where it listens, with the port that the system chose: "127.0.0.1:40123".
 *
 * `buffer` receives the text with its NUL; `needed` (may be NULL) receives the octets for that, also if the buffer is too small. `buffer` NULL with
 * `capacity` 0 asks for `needed` alone.
 *
 * Errors: those of the handle, OSISESSION_E_BUFFER_TOO_SMALL.
 */
int32_t osisession_rpc_server_local_address(struct osisession_rpc_server *server,
                                            char *buffer,
                                            size_t capacity,
                                            size_t *needed,
                                            struct osisession_error_info *error);

/**
 * Gives requests to this function, those that wait included, in place of the one before.
 *
 * `on_request`: must not be NULL. `user_data`: handed to it.
 *
 * Errors: those of the handle, OSISESSION_E_NULL.
 */
int32_t osisession_rpc_server_serve(struct osisession_rpc_server *server,
                                    osisession_rpc_on_request on_request,
                                    void *user_data,
                                    struct osisession_error_info *error);

/**
 * Takes the next request, where there is no handler.
 *
 * `timeout_ms`: how long to wait, milliseconds; 0 takes what is there, negative waits for ever. `request` receives the handle, to be ended by
 * `osisession_rpc_incoming_free`.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_WOULD_BLOCK (nothing there, `timeout_ms` 0), OSISESSION_E_TIMED_OUT, OSISESSION_E_CLOSED.
 */
int32_t osisession_rpc_server_next_request(struct osisession_rpc_server *server,
                                           int64_t timeout_ms,
                                           struct osisession_rpc_incoming **request,
                                           struct osisession_error_info *error);

/**
 * Looks at a request of a peer.
 *
 * `info`: initialized by OSISESSION_INIT; its octets are valid until the request's handle is ended.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE.
 */
int32_t osisession_rpc_incoming_look(struct osisession_rpc_incoming *request,
                                     struct osisession_rpc_incoming_info *info,
                                     struct osisession_error_info *error);

/**
 * Answers a request of a peer. Its handle is still to be freed.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID (too long: the peer is told OSISESSION_RPC_CODE_UNANSWERED), OSISESSION_E_REFUSED (it was
 * answered, here or as overdue), OSISESSION_E_CLOSED.
 */
int32_t osisession_rpc_incoming_respond(struct osisession_rpc_incoming *request,
                                        const void *data,
                                        size_t length,
                                        struct osisession_error_info *error);

/**
 * Answers a request of a peer with an error. Its handle is still to be freed.
 *
 * `code`: OSISESSION_RPC_CODE_CANCELLED, or OSISESSION_RPC_CODE_APPLICATION to 65535. `data`, `length`: what there is to say about it.
 *
 * Errors: as of `osisession_rpc_incoming_respond`; OSISESSION_E_INVALID also for a code that is neither, with which the request stays unanswered.
 */
int32_t osisession_rpc_incoming_fail(struct osisession_rpc_incoming *request,
                                     uint32_t code,
                                     const void *data,
                                     size_t length,
                                     struct osisession_error_info *error);

/**
 * Ends the handle of a request. One that was not answered is answered with OSISESSION_RPC_CODE_UNANSWERED.
 *
 * NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread.
 */
int32_t osisession_rpc_incoming_free(struct osisession_rpc_incoming *request);

/**
 * Opens the journal in a file, or makes it. One process at a time has it; the system lets go of it when the process dies.
 *
 * `path`: UTF-8. `journal` receives the handle.
 *
 * Errors: OSISESSION_E_NULL, OSISESSION_E_REFUSED (a process has it), OSISESSION_E_INTERNAL (it is damaged, or the system says no: the text says it).
 */
int32_t osisession_journal_open(const char *path,
                                struct osisession_journal **journal,
                                struct osisession_error_info *error);

/**
 * A journal in memory: dialogues in it survive the loss of connections, and nothing else.
 *
 * `journal` receives the handle.
 *
 * Errors: OSISESSION_E_NULL.
 */
int32_t osisession_journal_memory(struct osisession_journal **journal, struct osisession_error_info *error);

/**
 * A journal over a store of the program's own.
 *
 * `store`: copied; its functions are called until its `end` was. `journal` receives the handle.
 *
 * Errors: OSISESSION_E_NULL (also of a function that must be there), OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID (flags), OSISESSION_E_INTERNAL (no thread).
 */
int32_t osisession_journal_own(const struct osisession_journal_store *store,
                               struct osisession_journal **journal,
                               struct osisession_error_info *error);

/**
 * Ends the handle of a journal. The journal itself ends, with what was appended written, when no node uses it any more.
 *
 * NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread, but none of a store's functions.
 */
int32_t osisession_journal_free(struct osisession_journal *journal);

/**
 * Makes a node on a journal, and takes up again every dialogue that the journal holds: it connects, and hands out messages again.
 *
 * `journal`: its handle may be freed at once; a journal has one node. `config`: copied; NULL is all zero. `node` receives the handle.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID, OSISESSION_E_TRANSPORT (no descriptor, no thread), OSISESSION_E_INTERNAL (what
 * the journal says).
 */
int32_t osisession_durable_node_new(struct osisession_journal *journal,
                                    const struct osisession_durable_config *config,
                                    struct osisession_durable_node **node,
                                    struct osisession_error_info *error);

/**
 * Ends a node and its handle: listeners close, connections are aborted, what was appended to the journal is made durable, for which it waits at most 10 s. The
 * dialogues go on when a node is made with the journal again; handles of dialogues fail from here on, and are still to be freed.
 *
 * NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread, but none of the node's functions.
 */
int32_t osisession_durable_node_free(struct osisession_durable_node *node);

/**
 * Listens for peers. May be called again, for other addresses.
 *
 * `address`: as for `osisession_listen`. `buffer`, `capacity`, `needed`: receive where it listens, with the port that the system chose, as for
 * `osisession_listener_local_address`; with a buffer that is too small it listens all the same. `buffer` may be NULL with `capacity` 0, and `needed` NULL: nobody wants to know.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_TRANSPORT, OSISESSION_E_BUFFER_TOO_SMALL, OSISESSION_E_CLOSED.
 */
int32_t osisession_durable_listen(struct osisession_durable_node *node,
                                  const char *address,
                                  char *buffer,
                                  size_t capacity,
                                  size_t *needed,
                                  struct osisession_error_info *error);

/**
 * Begins a dialogue with the peer at `address`, which is as for `osisession_connect`. It connects, and connects again, by itself.
 *
 * `params`: NULL is all zero. `dialogue` receives the handle, to be ended by `osisession_dialogue_free`.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID (something is too long), OSISESSION_E_LIMIT (too many dialogues),
 * OSISESSION_E_CLOSED, OSISESSION_E_INTERNAL (what the journal says).
 */
int32_t osisession_durable_dial(struct osisession_durable_node *node,
                                const char *address,
                                const struct osisession_durable_dial_params *params,
                                struct osisession_dialogue **dialogue,
                                struct osisession_error_info *error);

/**
 * Takes a dialogue that a caller began. Those that were begun before a restart are found by `osisession_durable_dialogue`.
 *
 * `timeout_ms`: how long to wait, milliseconds; 0 takes what is there, negative waits for ever. `dialogue` receives the handle.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_WOULD_BLOCK (nothing there, `timeout_ms` 0), OSISESSION_E_TIMED_OUT, OSISESSION_E_CLOSED.
 */
int32_t osisession_durable_accept(struct osisession_durable_node *node,
                                  int64_t timeout_ms,
                                  struct osisession_dialogue **dialogue,
                                  struct osisession_error_info *error);

/**
 * Finds a dialogue that was begun here under this label and is neither closed nor broken.
 *
 * `label`, `length`: the label. `dialogue` receives a handle.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_WOULD_BLOCK: there is none.
 */
int32_t osisession_durable_find(struct osisession_durable_node *node,
                                const void *label,
                                size_t length,
                                struct osisession_dialogue **dialogue,
                                struct osisession_error_info *error);

/**
 * Takes one of the dialogues that live here: begun, taken up again, accepted or not, closed ones that still answer included.
 *
 * `index`: from 0, in the order of their names, which are 16 octets; what is there changes as dialogues begin and end. `dialogue` receives a handle.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_WOULD_BLOCK: there are not so many.
 */
int32_t osisession_durable_dialogue(struct osisession_durable_node *node,
                                    size_t index,
                                    struct osisession_dialogue **dialogue,
                                    struct osisession_error_info *error);

/**
 * Ends a handle of a dialogue. The dialogue goes on in its node.
 *
 * NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread.
 */
int32_t osisession_dialogue_free(struct osisession_dialogue *dialogue);

/**
 * Gives a message to the dialogue, waiting only while the outbox is full. It is accepted, confirmed and delivered by and by: `osisession_dialogue_wait`. Many can be
 * under way, and a wait for the last is a wait for all.
 *
 * `data`, `length`: the message, copied; not empty. `timeout_ms`: milliseconds; 0 does not wait, negative waits for ever. `position` (may be NULL) receives its position, from 1.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_LENGTH, OSISESSION_E_INVALID (empty or too long), OSISESSION_E_WOULD_BLOCK (no room, `timeout_ms` 0),
 * OSISESSION_E_TIMED_OUT, OSISESSION_E_REFUSED (it is closing), OSISESSION_E_CLOSED, OSISESSION_E_INTERNAL (what the journal says). With none of them was the message taken.
 */
int32_t osisession_dialogue_send(struct osisession_dialogue *dialogue,
                                 const void *data,
                                 size_t length,
                                 int64_t timeout_ms,
                                 uint64_t *position,
                                 struct osisession_error_info *error);

/**
 * Waits until the message at this position, and so all before it, is accepted, confirmed or committed.
 *
 * `what`: OSISESSION_DIALOGUE_ACCEPTED, _CONFIRMED or _COMMITTED. `position`: with _CONFIRMED, 0 stands for all that was sent so far. `timeout_ms`: milliseconds; 0
 * looks, negative waits for ever.
 *
 * Errors: those of the handle, OSISESSION_E_INVALID, OSISESSION_E_WOULD_BLOCK (not yet, `timeout_ms` 0), OSISESSION_E_TIMED_OUT, OSISESSION_E_REFUSED (it was not taken, because the dialogue
 * was closing), OSISESSION_E_CLOSED (it is broken, or the node closed: nobody knows what became of the message), OSISESSION_E_INTERNAL (what the journal says).
 */
int32_t osisession_dialogue_wait(struct osisession_dialogue *dialogue,
                                 uint32_t what,
                                 uint64_t position,
                                 int64_t timeout_ms,
                                 struct osisession_error_info *error);

/**
 * Takes the next message of the peer. After a restart it is handed out again unless it was committed.
 *
 * `timeout_ms`: milliseconds; 0 takes what is there, negative waits for ever. `message`: initialized by OSISESSION_INIT or freed.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_WOULD_BLOCK (nothing there, `timeout_ms` 0), OSISESSION_E_TIMED_OUT,
 * OSISESSION_E_CLOSED (it is over, and all messages were taken), OSISESSION_E_INTERNAL (what the journal says).
 */
int32_t osisession_dialogue_receive(struct osisession_dialogue *dialogue,
                                    int64_t timeout_ms,
                                    struct osisession_dialogue_message *message,
                                    struct osisession_error_info *error);

/**
 * Frees a message and makes the struct ready to be filled again. It does not commit it.
 *
 * NULL, a zeroed message, and one that was freed are all fine. Freeing a second copy of the same message returns OSISESSION_E_STALE and does no harm. Any thread.
 */
int32_t osisession_dialogue_message_free(struct osisession_dialogue_message *message);

/**
 * The application is done with the peer's messages up to this position: they are not handed out again, once that is durable (`osisession_dialogue_wait`). Does not wait.
 *
 * Errors: those of the handle, OSISESSION_E_CLOSED.
 */
int32_t osisession_dialogue_commit(struct osisession_dialogue *dialogue,
                                   uint64_t position,
                                   struct osisession_error_info *error);

/**
 * Where the dialogue stands.
 *
 * `state`: initialized by OSISESSION_INIT.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE.
 */
int32_t osisession_dialogue_look(struct osisession_dialogue *dialogue,
                                 struct osisession_dialogue_state *state,
                                 struct osisession_error_info *error);

/**
 * The label that the dialogue was begun with; empty where the peer began it.
 *
 * `buffer`, `capacity`, `length`: as for other octets; `length` (may be NULL) receives how many there are, also if the buffer is too small. `buffer` NULL with `capacity` 0 asks for
 * `length` alone.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_BUFFER_TOO_SMALL.
 */
int32_t osisession_dialogue_label(struct osisession_dialogue *dialogue,
                                  void *buffer,
                                  size_t capacity,
                                  size_t *length,
                                  struct osisession_error_info *error);

/**
 * Takes what happened to the dialogue next: nobody has to, and the oldest are dropped.
 *
 * `timeout_ms`: milliseconds; 0 takes what is there, negative waits for ever. `event`: initialized by OSISESSION_INIT; nothing in it is to be freed.
 *
 * Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_WOULD_BLOCK (nothing there, `timeout_ms` 0), OSISESSION_E_TIMED_OUT, OSISESSION_E_CLOSED.
 */
int32_t osisession_dialogue_next_event(struct osisession_dialogue *dialogue,
                                       int64_t timeout_ms,
                                       struct osisession_dialogue_event *event,
                                       struct osisession_error_info *error);

/**
 * Tries to connect now: after the dialogue has stopped, or without waiting for the next attempt.
 *
 * `address`: where the peer is from now on, as for `osisession_connect`; it holds until the node ends. NULL: where it was.
 *
 * Errors: those of the handle, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (this side does not connect, it waits for the peer), OSISESSION_E_CLOSED.
 */
int32_t osisession_dialogue_reconnect(struct osisession_dialogue *dialogue,
                                      const char *address,
                                      struct osisession_error_info *error);

/**
 * Says whether the application has something open, such as a question without answer: the connection is not closed as idle then.
 *
 * `hold`: 0 or 1.
 *
 * Errors: those of the handle, OSISESSION_E_CLOSED.
 */
int32_t osisession_dialogue_hold_open(struct osisession_dialogue *dialogue,
                                      int32_t hold,
                                      struct osisession_error_info *error);

/**
 * Closes the dialogue for good and waits for that: all messages of both sides are delivered and confirmed first. Nothing more can be sent from now on, whether this call waits
 * long enough or not. The handle stays valid.
 *
 * `timeout_ms`: milliseconds; 0 does not wait, negative waits for ever.
 *
 * Errors: those of the handle, OSISESSION_E_WOULD_BLOCK (not closed yet, `timeout_ms` 0), OSISESSION_E_TIMED_OUT, OSISESSION_E_CLOSED (it is broken, or the node closed), OSISESSION_E_INTERNAL
 * (what the journal says).
 */
int32_t osisession_dialogue_close(struct osisession_dialogue *dialogue,
                                  int64_t timeout_ms,
                                  struct osisession_error_info *error);

/**
 * All functions of the library in one table, for programs that load it at run time: with dlopen, this is the one name to
 * look up.
 *
 * `version`: OSISESSION_API_VERSION. The table is static. It only ever grows at its end: before a function that is younger
 * than the program's first version, ask OSISESSION_API_HAS. NULL if the library has no such version. Never fails
 * otherwise; any thread.
 */
const struct osisession_api *osisession_get_api(uint32_t version);

/**
 * All functions of the library, each under its name without `osisession_`, see `osisession_get_api`.
 */
struct osisession_api {
  /**
   * Octets of the table as the library has it.
   */
  uint32_t struct_size;
  /**
   * OSISESSION_API_VERSION of the table.
   */
  uint32_t api_version;
  /** osisession_version() */
  const char *(*version)(void);
  /** osisession_abi_version() */
  uint32_t (*abi_version)(void);
  /** osisession_status_name() */
  const char *(*status_name)(int32_t status);
  /** osisession_event_name() */
  const char *(*event_name)(uint32_t event_type);
  /** osisession_endpoint_new() */
  int32_t (*endpoint_new)(struct osisession_endpoint **endpoint, struct osisession_error_info *error);
  /** osisession_endpoint_free() */
  int32_t (*endpoint_free)(struct osisession_endpoint *endpoint);
  /** osisession_endpoint_close() */
  int32_t (*endpoint_close)(struct osisession_endpoint *endpoint, struct osisession_error_info *error);
  /** osisession_endpoint_dispatch() */
  int32_t (*endpoint_dispatch)(struct osisession_endpoint *endpoint, int64_t timeout_ms, size_t *count, struct osisession_error_info *error);
  /** osisession_endpoint_start() */
  int32_t (*endpoint_start)(struct osisession_endpoint *endpoint, struct osisession_error_info *error);
  /** osisession_endpoint_stop() */
  int32_t (*endpoint_stop)(struct osisession_endpoint *endpoint, struct osisession_error_info *error);
  /** osisession_endpoint_descriptor() */
  int32_t (*endpoint_descriptor)(struct osisession_endpoint *endpoint, int32_t *descriptor, struct osisession_error_info *error);
  /** osisession_endpoint_next_timeout_ns() */
  int32_t (*endpoint_next_timeout_ns)(struct osisession_endpoint *endpoint, int64_t *nanoseconds, struct osisession_error_info *error);
  /** osisession_endpoint_next_ready() */
  int32_t (*endpoint_next_ready)(struct osisession_endpoint *endpoint, struct osisession_session **session, struct osisession_listener **listener, struct osisession_error_info *error);
  /** osisession_listen() */
  int32_t (*listen)(struct osisession_endpoint *endpoint, const char *address, const struct osisession_listener_config *config, struct osisession_listener **listener, struct osisession_error_info *error);
  /** osisession_listener_accept() */
  int32_t (*listener_accept)(struct osisession_listener *listener, int64_t timeout_ms, struct osisession_session **session, struct osisession_error_info *error);
  /** osisession_listener_local_address() */
  int32_t (*listener_local_address)(struct osisession_listener *listener, char *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error);
  /** osisession_listener_close() */
  int32_t (*listener_close)(struct osisession_listener *listener, struct osisession_error_info *error);
  /** osisession_listener_free() */
  int32_t (*listener_free)(struct osisession_listener *listener);
  /** osisession_connect() */
  int32_t (*connect)(struct osisession_endpoint *endpoint, const char *address, const struct osisession_connect_params *params, const struct osisession_session_config *config, struct osisession_session **session, struct osisession_error_info *error);
  /** osisession_session_open() */
  int32_t (*session_open)(struct osisession_endpoint *endpoint, const struct osisession_session_config *config, struct osisession_session **session, struct osisession_error_info *error);
  /** osisession_session_set_callbacks() */
  int32_t (*session_set_callbacks)(struct osisession_session *session, const struct osisession_callbacks *callbacks, struct osisession_error_info *error);
  /** osisession_session_wait_connected() */
  int32_t (*session_wait_connected)(struct osisession_session *session, int64_t timeout_ms, struct osisession_event *event, struct osisession_error_info *error);
  /** osisession_session_wait_writable() */
  int32_t (*session_wait_writable)(struct osisession_session *session, int64_t timeout_ms, struct osisession_error_info *error);
  /** osisession_session_is_writable() */
  int32_t (*session_is_writable)(struct osisession_session *session, uint32_t *writable, struct osisession_error_info *error);
  /** osisession_session_properties() */
  int32_t (*session_properties)(struct osisession_session *session, struct osisession_properties *properties, struct osisession_error_info *error);
  /** osisession_session_peer_address() */
  int32_t (*session_peer_address)(struct osisession_session *session, char *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error);
  /** osisession_session_history() */
  int32_t (*session_history)(struct osisession_session *session, char *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error);
  /** osisession_session_next_trace() */
  int32_t (*session_next_trace)(struct osisession_session *session, char *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error);
  /** osisession_session_close() */
  int32_t (*session_close)(struct osisession_session *session, struct osisession_error_info *error);
  /** osisession_session_free() */
  int32_t (*session_free)(struct osisession_session *session);
  /** osisession_next_event() */
  int32_t (*next_event)(struct osisession_session *session, int64_t timeout_ms, struct osisession_event *event, struct osisession_error_info *error);
  /** osisession_event_free() */
  int32_t (*event_free)(struct osisession_event *event);
  /** osisession_connect_request() */
  int32_t (*connect_request)(struct osisession_session *session, const struct osisession_connect_params *params, struct osisession_error_info *error);
  /** osisession_connect_response() */
  int32_t (*connect_response)(struct osisession_session *session, const struct osisession_connect_response_params *params, struct osisession_error_info *error);
  /** osisession_connect_response_negative() */
  int32_t (*connect_response_negative)(struct osisession_session *session, const struct osisession_connect_reject_params *params, struct osisession_error_info *error);
  /** osisession_data_request() */
  int32_t (*data_request)(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error);
  /** osisession_expedited_data_request() */
  int32_t (*expedited_data_request)(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error);
  /** osisession_typed_data_request() */
  int32_t (*typed_data_request)(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error);
  /** osisession_capability_data_request() */
  int32_t (*capability_data_request)(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error);
  /** osisession_capability_data_response() */
  int32_t (*capability_data_response)(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error);
  /** osisession_token_give_request() */
  int32_t (*token_give_request)(struct osisession_session *session, uint32_t tokens, const void *user_data, size_t length, struct osisession_error_info *error);
  /** osisession_token_please_request() */
  int32_t (*token_please_request)(struct osisession_session *session, uint32_t tokens, const void *user_data, size_t length, struct osisession_error_info *error);
  /** osisession_control_give_request() */
  int32_t (*control_give_request)(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error);
  /** osisession_sync_minor_request() */
  int32_t (*sync_minor_request)(struct osisession_session *session, uint32_t flags, const void *user_data, size_t length, uint64_t *serial_number, struct osisession_error_info *error);
  /** osisession_sync_minor_response() */
  int32_t (*sync_minor_response)(struct osisession_session *session, uint64_t serial_number, const void *user_data, size_t length, struct osisession_error_info *error);
  /** osisession_sync_major_request() */
  int32_t (*sync_major_request)(struct osisession_session *session, const void *user_data, size_t length, uint64_t *serial_number, struct osisession_error_info *error);
  /** osisession_sync_major_response() */
  int32_t (*sync_major_response)(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error);
  /** osisession_resynchronize_request() */
  int32_t (*resynchronize_request)(struct osisession_session *session, const struct osisession_resynchronize_params *params, struct osisession_error_info *error);
  /** osisession_resynchronize_response() */
  int32_t (*resynchronize_response)(struct osisession_session *session, const struct osisession_resynchronize_params *params, struct osisession_error_info *error);
  /** osisession_u_exception_report_request() */
  int32_t (*u_exception_report_request)(struct osisession_session *session, uint32_t reason, const void *user_data, size_t length, struct osisession_error_info *error);
  /** osisession_activity_start_request() */
  int32_t (*activity_start_request)(struct osisession_session *session, const void *identifier, size_t identifier_length, const void *user_data, size_t length, struct osisession_error_info *error);
  /** osisession_activity_resume_request() */
  int32_t (*activity_resume_request)(struct osisession_session *session, const struct osisession_activity_resume_params *params, struct osisession_error_info *error);
  /** osisession_activity_interrupt_request() */
  int32_t (*activity_interrupt_request)(struct osisession_session *session, uint32_t reason, const void *user_data, size_t length, struct osisession_error_info *error);
  /** osisession_activity_interrupt_response() */
  int32_t (*activity_interrupt_response)(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error);
  /** osisession_activity_discard_request() */
  int32_t (*activity_discard_request)(struct osisession_session *session, uint32_t reason, const void *user_data, size_t length, struct osisession_error_info *error);
  /** osisession_activity_discard_response() */
  int32_t (*activity_discard_response)(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error);
  /** osisession_activity_end_request() */
  int32_t (*activity_end_request)(struct osisession_session *session, const void *user_data, size_t length, uint64_t *serial_number, struct osisession_error_info *error);
  /** osisession_activity_end_response() */
  int32_t (*activity_end_response)(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error);
  /** osisession_release_request() */
  int32_t (*release_request)(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error);
  /** osisession_release_response() */
  int32_t (*release_response)(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error);
  /** osisession_release_response_negative() */
  int32_t (*release_response_negative)(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error);
  /** osisession_u_abort_request() */
  int32_t (*u_abort_request)(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error);
  /** osisession_transport_indicate_connect() */
  int32_t (*transport_indicate_connect)(struct osisession_session *session, uint32_t expedited, struct osisession_error_info *error);
  /** osisession_transport_indicate_connect_confirm() */
  int32_t (*transport_indicate_connect_confirm)(struct osisession_session *session, uint32_t expedited, struct osisession_error_info *error);
  /** osisession_transport_indicate_data() */
  int32_t (*transport_indicate_data)(struct osisession_session *session, const void *tsdu, size_t length, struct osisession_error_info *error);
  /** osisession_transport_indicate_expedited_data() */
  int32_t (*transport_indicate_expedited_data)(struct osisession_session *session, const void *tsdu, size_t length, struct osisession_error_info *error);
  /** osisession_transport_indicate_disconnect() */
  int32_t (*transport_indicate_disconnect)(struct osisession_session *session, const char *reason, struct osisession_error_info *error);
  /** osisession_transport_next_request() */
  int32_t (*transport_next_request)(struct osisession_session *session, struct osisession_transport_request *request, struct osisession_error_info *error);
  /** osisession_transport_wants_data() */
  int32_t (*transport_wants_data)(struct osisession_session *session, uint32_t *wanted, struct osisession_error_info *error);
  /** osisession_transport_request_free() */
  int32_t (*transport_request_free)(struct osisession_transport_request *request);
  /** osisession_decode() */
  int32_t (*decode)(const void *tsdu, size_t length, char *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error);
  /** osisession_endpoint_next_refusal() */
  int32_t (*endpoint_next_refusal)(struct osisession_endpoint *endpoint, struct osisession_error_info *refusal, char *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error);
  /** osisession_spdu_decode() */
  int32_t (*spdu_decode)(const void *tsdu, size_t length, const struct osisession_spdu_context *context, uint32_t index, struct osisession_spdu *spdu, struct osisession_error_info *error);
  /** osisession_spdu_decode_unit() */
  int32_t (*spdu_decode_unit)(const void *tsdu, size_t length, const struct osisession_spdu_context *context, uint32_t index, uint32_t unit_index, struct osisession_spdu_unit *unit, struct osisession_error_info *error);
  /** osisession_spdu_encode() */
  int32_t (*spdu_encode)(const char *mnemonic, const struct osisession_spdu_value *values, size_t count, const void *user_data, size_t user_data_length, const struct osisession_spdu_context *context, uint32_t mode, void *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error);
  /** osisession_event_retain() */
  int32_t (*event_retain)(const struct osisession_event *event, struct osisession_event *kept, struct osisession_error_info *error);
  /** osisession_data_request_vectored() */
  int32_t (*data_request_vectored)(struct osisession_session *session, const struct osisession_octets *pieces, size_t count, struct osisession_error_info *error);
  /** osisession_data_request_lent() */
  int32_t (*data_request_lent)(struct osisession_session *session, const void *data, size_t length, osisession_release_fn release, void *user_data, struct osisession_error_info *error);
  /** osisession_connect_over_stream() */
  int32_t (*connect_over_stream)(struct osisession_endpoint *endpoint, const char *peer, const struct osisession_connect_params *params, const struct osisession_session_config *config, struct osisession_session **session, struct osisession_stream **stream, struct osisession_error_info *error);
  /** osisession_listener_accept_stream() */
  int32_t (*listener_accept_stream)(struct osisession_listener *listener, const char *peer, struct osisession_stream **stream, struct osisession_error_info *error);
  /** osisession_stream_feed() */
  int32_t (*stream_feed)(struct osisession_stream *stream, const void *octets, size_t length, size_t *taken, struct osisession_error_info *error);
  /** osisession_stream_drain() */
  int32_t (*stream_drain)(struct osisession_stream *stream, void *buffer, size_t capacity, size_t *length, struct osisession_error_info *error);
  /** osisession_stream_pending() */
  int32_t (*stream_pending)(struct osisession_stream *stream, size_t *pending, struct osisession_error_info *error);
  /** osisession_stream_finish() */
  int32_t (*stream_finish)(struct osisession_stream *stream, struct osisession_error_info *error);
  /** osisession_stream_free() */
  int32_t (*stream_free)(struct osisession_stream *stream);
  /** osisession_endpoint_wake() */
  int32_t (*endpoint_wake)(struct osisession_endpoint *endpoint);
  /** osisession_session_limits() */
  int32_t (*session_limits)(struct osisession_session *session, struct osisession_session_config *limits, struct osisession_error_info *error);
  /** osisession_tls_new() */
  int32_t (*tls_new)(const struct osisession_tls_config *config, struct osisession_tls **tls, struct osisession_error_info *error);
  /** osisession_tls_free() */
  int32_t (*tls_free)(struct osisession_tls *tls);
  /** osisession_session_tls_info() */
  int32_t (*session_tls_info)(struct osisession_session *session, struct osisession_tls_info *info, struct osisession_error_info *error);
  /** osisession_session_peer_certificate() */
  int32_t (*session_peer_certificate)(struct osisession_session *session, size_t index, uint8_t *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error);
  /** osisession_record() */
  int32_t (*record)(const char *path, struct osisession_error_info *error);
  /** osisession_set_log() */
  int32_t (*set_log)(osisession_log_fn log, uint32_t level, void *user_data, struct osisession_error_info *error);
  /** osisession_endpoint_new_with() */
  int32_t (*endpoint_new_with)(const struct osisession_endpoint_config *config, struct osisession_endpoint **endpoint, struct osisession_error_info *error);
  /** osisession_endpoint_counters() */
  int32_t (*endpoint_counters)(struct osisession_endpoint *endpoint, struct osisession_counters *counters, struct osisession_error_info *error);
  /** osisession_connect_over_socket() */
  int32_t (*connect_over_socket)(struct osisession_endpoint *endpoint, int32_t descriptor, const struct osisession_connect_params *params, const struct osisession_session_config *config, struct osisession_session **session, struct osisession_error_info *error);
  /** osisession_listener_accept_socket() */
  int32_t (*listener_accept_socket)(struct osisession_listener *listener, int32_t descriptor, struct osisession_error_info *error);
  /** osisession_session_number() */
  int32_t (*session_number)(struct osisession_session *session, uint64_t *number, struct osisession_error_info *error);
  /** osisession_data_piece_request() */
  int32_t (*data_piece_request)(struct osisession_session *session, const void *user_data, size_t length, uint32_t flags, struct osisession_error_info *error);
  /** osisession_profile() */
  int32_t (*profile)(uint32_t profile, struct osisession_session_config *config, struct osisession_connect_params *request, struct osisession_connect_response_params *response, struct osisession_error_info *error);
  /** osisession_scp_endpoint_new() */
  int32_t (*scp_endpoint_new)(const struct osisession_scp_config *config, struct osisession_scp_endpoint **endpoint, struct osisession_error_info *error);
  /** osisession_scp_endpoint_free() */
  int32_t (*scp_endpoint_free)(struct osisession_scp_endpoint *endpoint);
  /** osisession_scp_endpoint_close() */
  int32_t (*scp_endpoint_close)(struct osisession_scp_endpoint *endpoint, struct osisession_error_info *error);
  /** osisession_scp_endpoint_define_node() */
  int32_t (*scp_endpoint_define_node)(struct osisession_scp_endpoint *endpoint, const char *name, const char *address, struct osisession_error_info *error);
  /** osisession_scp_endpoint_wait_up() */
  int32_t (*scp_endpoint_wait_up)(struct osisession_scp_endpoint *endpoint, int64_t timeout_ms, struct osisession_error_info *error);
  /** osisession_scp_endpoint_state() */
  int32_t (*scp_endpoint_state)(struct osisession_scp_endpoint *endpoint, struct osisession_scp_state *state, struct osisession_error_info *error);
  /** osisession_scp_endpoint_local_address() */
  int32_t (*scp_endpoint_local_address)(struct osisession_scp_endpoint *endpoint, char *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error);
  /** osisession_scp_endpoint_dispatch() */
  int32_t (*scp_endpoint_dispatch)(struct osisession_scp_endpoint *endpoint, int64_t timeout_ms, size_t *count, struct osisession_error_info *error);
  /** osisession_scp_endpoint_start() */
  int32_t (*scp_endpoint_start)(struct osisession_scp_endpoint *endpoint, struct osisession_error_info *error);
  /** osisession_scp_endpoint_stop() */
  int32_t (*scp_endpoint_stop)(struct osisession_scp_endpoint *endpoint, struct osisession_error_info *error);
  /** osisession_scp_endpoint_descriptor() */
  int32_t (*scp_endpoint_descriptor)(struct osisession_scp_endpoint *endpoint, int32_t *descriptor, struct osisession_error_info *error);
  /** osisession_scp_endpoint_next_timeout_ns() */
  int32_t (*scp_endpoint_next_timeout_ns)(struct osisession_scp_endpoint *endpoint, int64_t *nanoseconds, struct osisession_error_info *error);
  /** osisession_scp_endpoint_next_ready() */
  int32_t (*scp_endpoint_next_ready)(struct osisession_scp_endpoint *endpoint, struct osisession_scp_link **link, struct osisession_scp_listener **listener, struct osisession_error_info *error);
  /** osisession_scp_listen() */
  int32_t (*scp_listen)(struct osisession_scp_endpoint *endpoint, const struct osisession_scp_object *object, struct osisession_scp_listener **listener, struct osisession_error_info *error);
  /** osisession_scp_listener_accept() */
  int32_t (*scp_listener_accept)(struct osisession_scp_listener *listener, int64_t timeout_ms, struct osisession_scp_link **link, struct osisession_scp_event *event, struct osisession_error_info *error);
  /** osisession_scp_listener_free() */
  int32_t (*scp_listener_free)(struct osisession_scp_listener *listener);
  /** osisession_scp_connect() */
  int32_t (*scp_connect)(struct osisession_scp_endpoint *endpoint, const char *node, const struct osisession_scp_connect_params *params, struct osisession_scp_link **link, struct osisession_error_info *error);
  /** osisession_scp_wait_connected() */
  int32_t (*scp_wait_connected)(struct osisession_scp_link *link, int64_t timeout_ms, struct osisession_scp_event *event, struct osisession_error_info *error);
  /** osisession_scp_accept() */
  int32_t (*scp_accept)(struct osisession_scp_link *link, const void *data, size_t length, struct osisession_error_info *error);
  /** osisession_scp_reject() */
  int32_t (*scp_reject)(struct osisession_scp_link *link, uint32_t reason, const void *data, size_t length, struct osisession_error_info *error);
  /** osisession_scp_send() */
  int32_t (*scp_send)(struct osisession_scp_link *link, const void *data, size_t length, int64_t timeout_ms, struct osisession_error_info *error);
  /** osisession_scp_interrupt() */
  int32_t (*scp_interrupt)(struct osisession_scp_link *link, const void *data, size_t length, int64_t timeout_ms, struct osisession_error_info *error);
  /** osisession_scp_next_event() */
  int32_t (*scp_next_event)(struct osisession_scp_link *link, int64_t timeout_ms, struct osisession_scp_event *event, struct osisession_error_info *error);
  /** osisession_scp_disconnect() */
  int32_t (*scp_disconnect)(struct osisession_scp_link *link, const void *data, size_t length, struct osisession_error_info *error);
  /** osisession_scp_abort() */
  int32_t (*scp_abort)(struct osisession_scp_link *link, const void *data, size_t length, struct osisession_error_info *error);
  /** osisession_scp_link_free() */
  int32_t (*scp_link_free)(struct osisession_scp_link *link);
  /** osisession_scp_event_free() */
  int32_t (*scp_event_free)(struct osisession_scp_event *event);
  /** osisession_session_diagnosis() */
  int32_t (*session_diagnosis)(struct osisession_session *session, struct osisession_diagnosis *diagnosis, struct osisession_error_info *error);
  /** osisession_session_report() */
  int32_t (*session_report)(struct osisession_session *session, uint32_t format, char *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error);
  /** osisession_endpoint_refusal_diagnosis() */
  int32_t (*endpoint_refusal_diagnosis)(struct osisession_endpoint *endpoint, struct osisession_diagnosis *diagnosis, struct osisession_error_info *error);
  /** osisession_endpoint_refusal_report() */
  int32_t (*endpoint_refusal_report)(struct osisession_endpoint *endpoint, uint32_t format, char *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error);
  /** osisession_zip_node_new() */
  int32_t (*zip_node_new)(const struct osisession_zip_node_config *config, struct osisession_zip_node **node, struct osisession_error_info *error);
  /** osisession_zip_node_free() */
  int32_t (*zip_node_free)(struct osisession_zip_node *node);
  /** osisession_zip_node_dispatch() */
  int32_t (*zip_node_dispatch)(struct osisession_zip_node *node, int64_t timeout_ms, struct osisession_error_info *error);
  /** osisession_zip_node_start() */
  int32_t (*zip_node_start)(struct osisession_zip_node *node, struct osisession_error_info *error);
  /** osisession_zip_node_stop() */
  int32_t (*zip_node_stop)(struct osisession_zip_node *node, struct osisession_error_info *error);
  /** osisession_zip_node_descriptor() */
  int32_t (*zip_node_descriptor)(struct osisession_zip_node *node, int32_t *descriptor, struct osisession_error_info *error);
  /** osisession_zip_node_next_timeout_ns() */
  int32_t (*zip_node_next_timeout_ns)(struct osisession_zip_node *node, int64_t *nanoseconds, struct osisession_error_info *error);
  /** osisession_zip_node_join() */
  int32_t (*zip_node_join)(struct osisession_zip_node *node, int64_t timeout_ms, struct osisession_error_info *error);
  /** osisession_zip_node_state() */
  int32_t (*zip_node_state)(struct osisession_zip_node *node, struct osisession_zip_state *state, struct osisession_error_info *error);
  /** osisession_zip_next_event() */
  int32_t (*zip_next_event)(struct osisession_zip_node *node, int64_t timeout_ms, struct osisession_zip_event *event, struct osisession_error_info *error);
  /** osisession_zip_name_text() */
  int32_t (*zip_name_text)(const void *octets, size_t length, char *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error);
  /** osisession_zip_name_octets() */
  int32_t (*zip_name_octets)(const char *text, uint8_t *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error);
  /** osisession_zip_name_same() */
  int32_t (*zip_name_same)(const void *a, size_t a_length, const void *b, size_t b_length, int32_t *same, struct osisession_error_info *error);
  /** osisession_zip_zones() */
  int32_t (*zip_zones)(struct osisession_zip_node *node, uint32_t which, int64_t timeout_ms, struct osisession_zip_event *event, struct osisession_error_info *error);
  /** osisession_zip_zones_request() */
  int32_t (*zip_zones_request)(struct osisession_zip_node *node, uint32_t which, uint32_t *number, struct osisession_error_info *error);
  /** osisession_zip_lookup() */
  int32_t (*zip_lookup)(struct osisession_zip_node *node, const char *entity, int64_t timeout_ms, struct osisession_zip_event *event, struct osisession_error_info *error);
  /** osisession_zip_lookup_request() */
  int32_t (*zip_lookup_request)(struct osisession_zip_node *node, const char *entity, uint32_t *number, struct osisession_error_info *error);
  /** osisession_zip_cancel() */
  int32_t (*zip_cancel)(struct osisession_zip_node *node, uint32_t number, struct osisession_error_info *error);
  /** osisession_zip_register() */
  int32_t (*zip_register)(struct osisession_zip_node *node, const char *object, const char *type, uint32_t socket, int64_t timeout_ms, struct osisession_error_info *error);
  /** osisession_zip_register_request() */
  int32_t (*zip_register_request)(struct osisession_zip_node *node, const char *object, const char *type, uint32_t socket, uint32_t *number, struct osisession_error_info *error);
  /** osisession_zip_unregister() */
  int32_t (*zip_unregister)(struct osisession_zip_node *node, const char *object, const char *type, struct osisession_error_info *error);
  /** osisession_zip_pick_zone() */
  int32_t (*zip_pick_zone)(struct osisession_zip_node *node, const char *zone, struct osisession_error_info *error);
  /** osisession_zip_echo() */
  int32_t (*zip_echo)(struct osisession_zip_node *node, uint32_t network, uint32_t to, const void *data, size_t length, int64_t timeout_ms, int64_t *nanoseconds, struct osisession_error_info *error);
  /** osisession_zip_echo_request() */
  int32_t (*zip_echo_request)(struct osisession_zip_node *node, uint32_t network, uint32_t to, const void *data, size_t length, uint32_t *number, struct osisession_error_info *error);
  /** osisession_zip_router_new() */
  int32_t (*zip_router_new)(const struct osisession_zip_router_config *config, struct osisession_zip_router **router, struct osisession_error_info *error);
  /** osisession_zip_router_free() */
  int32_t (*zip_router_free)(struct osisession_zip_router *router);
  /** osisession_zip_router_dispatch() */
  int32_t (*zip_router_dispatch)(struct osisession_zip_router *router, int64_t timeout_ms, struct osisession_error_info *error);
  /** osisession_zip_router_start() */
  int32_t (*zip_router_start)(struct osisession_zip_router *router, struct osisession_error_info *error);
  /** osisession_zip_router_stop() */
  int32_t (*zip_router_stop)(struct osisession_zip_router *router, struct osisession_error_info *error);
  /** osisession_zip_router_descriptor() */
  int32_t (*zip_router_descriptor)(struct osisession_zip_router *router, int32_t *descriptor, struct osisession_error_info *error);
  /** osisession_zip_router_next_timeout_ns() */
  int32_t (*zip_router_next_timeout_ns)(struct osisession_zip_router *router, int64_t *nanoseconds, struct osisession_error_info *error);
  /** osisession_zip_router_next_event() */
  int32_t (*zip_router_next_event)(struct osisession_zip_router *router, int64_t timeout_ms, struct osisession_zip_event *event, struct osisession_error_info *error);
  /** osisession_zip_router_state() */
  int32_t (*zip_router_state)(struct osisession_zip_router *router, struct osisession_zip_routing *state, struct osisession_error_info *error);
  /** osisession_zip_router_port_state() */
  int32_t (*zip_router_port_state)(struct osisession_zip_router *router, uint32_t port, struct osisession_zip_port_state *state, struct osisession_error_info *error);
  /** osisession_zip_router_tables() */
  int32_t (*zip_router_tables)(struct osisession_zip_router *router, struct osisession_zip_tables *tables, struct osisession_error_info *error);
  /** osisession_zip_tables_free() */
  int32_t (*zip_tables_free)(struct osisession_zip_tables *tables);
  /** osisession_zip_router_take_down() */
  int32_t (*zip_router_take_down)(struct osisession_zip_router *router, uint32_t port, struct osisession_error_info *error);
  /** osisession_zip_router_bring_up() */
  int32_t (*zip_router_bring_up)(struct osisession_zip_router *router, uint32_t port, struct osisession_error_info *error);
  /** osisession_zip_router_rename_zone() */
  int32_t (*zip_router_rename_zone)(struct osisession_zip_router *router, uint32_t network, const char *old_name, const char *new_name, struct osisession_error_info *error);
  /** osisession_zip_event_free() */
  int32_t (*zip_event_free)(struct osisession_zip_event *event);
  /** osisession_rpc_client_new() */
  int32_t (*rpc_client_new)(struct osisession_endpoint *endpoint, const char *address, const struct osisession_rpc_client_config *config, struct osisession_rpc_client **client, struct osisession_error_info *error);
  /** osisession_rpc_client_free() */
  int32_t (*rpc_client_free)(struct osisession_rpc_client *client);
  /** osisession_rpc_client_open() */
  int32_t (*rpc_client_open)(struct osisession_rpc_client *client, int64_t timeout_ms, struct osisession_error_info *error);
  /** osisession_rpc_client_state() */
  int32_t (*rpc_client_state)(struct osisession_rpc_client *client, struct osisession_rpc_state *state, struct osisession_error_info *error);
  /** osisession_rpc_client_next_event() */
  int32_t (*rpc_client_next_event)(struct osisession_rpc_client *client, int64_t timeout_ms, struct osisession_rpc_event *event, struct osisession_error_info *error);
  /** osisession_rpc_client_reset() */
  int32_t (*rpc_client_reset)(struct osisession_rpc_client *client, struct osisession_error_info *error);
  /** osisession_rpc_client_release() */
  int32_t (*rpc_client_release)(struct osisession_rpc_client *client, int64_t timeout_ms, struct osisession_error_info *error);
  /** osisession_rpc_request() */
  int32_t (*rpc_request)(struct osisession_rpc_client *client, const void *data, size_t length, const struct osisession_rpc_params *params, struct osisession_rpc_outcome *outcome, struct osisession_error_info *error);
  /** osisession_rpc_start() */
  int32_t (*rpc_start)(struct osisession_rpc_client *client, const void *data, size_t length, const struct osisession_rpc_params *params, uint64_t *id, struct osisession_error_info *error);
  /** osisession_rpc_next_outcome() */
  int32_t (*rpc_next_outcome)(struct osisession_rpc_client *client, int64_t timeout_ms, struct osisession_rpc_outcome *outcome, struct osisession_error_info *error);
  /** osisession_rpc_cancel() */
  int32_t (*rpc_cancel)(struct osisession_rpc_client *client, uint64_t id, struct osisession_error_info *error);
  /** osisession_rpc_one_way() */
  int32_t (*rpc_one_way)(struct osisession_rpc_client *client, const void *data, size_t length, int64_t timeout_ms, struct osisession_error_info *error);
  /** osisession_rpc_outcome_free() */
  int32_t (*rpc_outcome_free)(struct osisession_rpc_outcome *outcome);
  /** osisession_rpc_server_new() */
  int32_t (*rpc_server_new)(struct osisession_endpoint *endpoint, const char *address, const struct osisession_rpc_server_config *config, struct osisession_rpc_server **server, struct osisession_error_info *error);
  /** osisession_rpc_server_free() */
  int32_t (*rpc_server_free)(struct osisession_rpc_server *server);
  /** osisession_rpc_server_local_address() */
  int32_t (*rpc_server_local_address)(struct osisession_rpc_server *server, char *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error);
  /** osisession_rpc_server_serve() */
  int32_t (*rpc_server_serve)(struct osisession_rpc_server *server, osisession_rpc_on_request on_request, void *user_data, struct osisession_error_info *error);
  /** osisession_rpc_server_next_request() */
  int32_t (*rpc_server_next_request)(struct osisession_rpc_server *server, int64_t timeout_ms, struct osisession_rpc_incoming **request, struct osisession_error_info *error);
  /** osisession_rpc_incoming_look() */
  int32_t (*rpc_incoming_look)(struct osisession_rpc_incoming *request, struct osisession_rpc_incoming_info *info, struct osisession_error_info *error);
  /** osisession_rpc_incoming_respond() */
  int32_t (*rpc_incoming_respond)(struct osisession_rpc_incoming *request, const void *data, size_t length, struct osisession_error_info *error);
  /** osisession_rpc_incoming_fail() */
  int32_t (*rpc_incoming_fail)(struct osisession_rpc_incoming *request, uint32_t code, const void *data, size_t length, struct osisession_error_info *error);
  /** osisession_rpc_incoming_free() */
  int32_t (*rpc_incoming_free)(struct osisession_rpc_incoming *request);
  /** osisession_rpc_client_resumed() */
  int32_t (*rpc_client_resumed)(struct osisession_rpc_client *client, uint64_t *numbers, size_t capacity, size_t *count, struct osisession_error_info *error);
  /** osisession_journal_open() */
  int32_t (*journal_open)(const char *path, struct osisession_journal **journal, struct osisession_error_info *error);
  /** osisession_journal_memory() */
  int32_t (*journal_memory)(struct osisession_journal **journal, struct osisession_error_info *error);
  /** osisession_journal_own() */
  int32_t (*journal_own)(const struct osisession_journal_store *store, struct osisession_journal **journal, struct osisession_error_info *error);
  /** osisession_journal_free() */
  int32_t (*journal_free)(struct osisession_journal *journal);
  /** osisession_durable_node_new() */
  int32_t (*durable_node_new)(struct osisession_journal *journal, const struct osisession_durable_config *config, struct osisession_durable_node **node, struct osisession_error_info *error);
  /** osisession_durable_node_free() */
  int32_t (*durable_node_free)(struct osisession_durable_node *node);
  /** osisession_durable_listen() */
  int32_t (*durable_listen)(struct osisession_durable_node *node, const char *address, char *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error);
  /** osisession_durable_dial() */
  int32_t (*durable_dial)(struct osisession_durable_node *node, const char *address, const struct osisession_durable_dial_params *params, struct osisession_dialogue **dialogue, struct osisession_error_info *error);
  /** osisession_durable_accept() */
  int32_t (*durable_accept)(struct osisession_durable_node *node, int64_t timeout_ms, struct osisession_dialogue **dialogue, struct osisession_error_info *error);
  /** osisession_durable_find() */
  int32_t (*durable_find)(struct osisession_durable_node *node, const void *label, size_t length, struct osisession_dialogue **dialogue, struct osisession_error_info *error);
  /** osisession_durable_dialogue() */
  int32_t (*durable_dialogue)(struct osisession_durable_node *node, size_t index, struct osisession_dialogue **dialogue, struct osisession_error_info *error);
  /** osisession_dialogue_free() */
  int32_t (*dialogue_free)(struct osisession_dialogue *dialogue);
  /** osisession_dialogue_send() */
  int32_t (*dialogue_send)(struct osisession_dialogue *dialogue, const void *data, size_t length, int64_t timeout_ms, uint64_t *position, struct osisession_error_info *error);
  /** osisession_dialogue_wait() */
  int32_t (*dialogue_wait)(struct osisession_dialogue *dialogue, uint32_t what, uint64_t position, int64_t timeout_ms, struct osisession_error_info *error);
  /** osisession_dialogue_receive() */
  int32_t (*dialogue_receive)(struct osisession_dialogue *dialogue, int64_t timeout_ms, struct osisession_dialogue_message *message, struct osisession_error_info *error);
  /** osisession_dialogue_message_free() */
  int32_t (*dialogue_message_free)(struct osisession_dialogue_message *message);
  /** osisession_dialogue_commit() */
  int32_t (*dialogue_commit)(struct osisession_dialogue *dialogue, uint64_t position, struct osisession_error_info *error);
  /** osisession_dialogue_look() */
  int32_t (*dialogue_look)(struct osisession_dialogue *dialogue, struct osisession_dialogue_state *state, struct osisession_error_info *error);
  /** osisession_dialogue_label() */
  int32_t (*dialogue_label)(struct osisession_dialogue *dialogue, void *buffer, size_t capacity, size_t *length, struct osisession_error_info *error);
  /** osisession_dialogue_next_event() */
  int32_t (*dialogue_next_event)(struct osisession_dialogue *dialogue, int64_t timeout_ms, struct osisession_dialogue_event *event, struct osisession_error_info *error);
  /** osisession_dialogue_reconnect() */
  int32_t (*dialogue_reconnect)(struct osisession_dialogue *dialogue, const char *address, struct osisession_error_info *error);
  /** osisession_dialogue_hold_open() */
  int32_t (*dialogue_hold_open)(struct osisession_dialogue *dialogue, int32_t hold, struct osisession_error_info *error);
  /** osisession_dialogue_close() */
  int32_t (*dialogue_close)(struct osisession_dialogue *dialogue, int64_t timeout_ms, struct osisession_error_info *error);
};

/**
 * Makes a struct that begins with `struct_size` ready: OSISESSION_INIT(&event).
 */
#define OSISESSION_INIT(pointer) osisession_init_struct((pointer), sizeof *(pointer))

/**
 * What OSISESSION_INIT does: all zero, then the size.
 */
static inline void osisession_init_struct(void *pointer, size_t size)
{
  const uint32_t struct_size = (uint32_t)size;
  memset(pointer, 0, size);
  memcpy(pointer, &struct_size, sizeof struct_size);
}

/**
 * `token_sides` from one OSISESSION_SIDE_... for each token (X.225 8.3.1, PI 26).
 */
#define OSISESSION_TOKEN_SIDES(data, synchronize_minor, major_activity, release) \
  ((uint32_t)(data) | (uint32_t)(synchronize_minor) << 2 | (uint32_t)(major_activity) << 4 | (uint32_t)(release) << 6)

/**
 * The side of one token (OSISESSION_TOKEN_...) in `token_sides`.
 */
#define OSISESSION_TOKEN_SIDE(token_sides, token) \
  (((uint32_t)(token_sides) / (uint32_t)(token)) & 3u)

/**
 * Whether a table of functions, perhaps of an older library, has this one: OSISESSION_API_HAS(api, next_event).
 */
#define OSISESSION_API_HAS(api, function) \
  ((api)->struct_size >= offsetof(osisession_api, function) + sizeof (api)->function)

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* OSISESSION_H */
