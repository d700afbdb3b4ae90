//! Requests and responses: the server, and what it is asked.
use crate::boundary::*;
use crate::config::{self, osisession_listener_config};
use crate::endpoint::{self, osisession_endpoint};
use crate::error_info::osisession_error_info;
use crate::handle::{Kind, Table};
use crate::octets::osisession_octets;
use crate::record;
use crate::rpc::{journal, milliseconds, nothing, size};
use crate::status::*;
use osisession::Bytes;
use osisession::rpc::{AssociationId, Request, Server, ServerConfig};
use parking_lot::Mutex;
use std::ffi::{c_char, c_void};
use std::sync::Arc;
use std::time::Duration;

/// Is asked by many clients. Made by `osisession_rpc_server_new`, ended by `osisession_rpc_server_free`. All its functions may be called from any thread.
pub struct osisession_rpc_server {
    _never: (),
}

/// A request of a peer, to be answered once: by `osisession_rpc_incoming_respond` or `osisession_rpc_incoming_fail`, now or later. Ended by
/// `osisession_rpc_incoming_free`; one that was not answered is answered then with OSISESSION_RPC_CODE_UNANSWERED. All its functions may be called
/// from any thread.
pub struct osisession_rpc_incoming {
    _never: (),
}

/// Server flag: the handler runs where the endpoint is driven, and must not wait long.
pub const OSISESSION_RPC_NO_THREADS: u32 = 0x01;

/// Flag of a request of a peer: no response is wanted; one that is given goes nowhere.
pub const OSISESSION_RPC_ONE_WAY: u32 = 0x01;
/// Flag of a request of a peer: the peer does not wait any more, or it took too long here. It may be answered nevertheless.
pub const OSISESSION_RPC_WITHDRAWN: u32 = 0x02;

/// How a server behaves. Every field: zero is the default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_rpc_server_config {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_RPC_NO_THREADS.
    pub flags: u32,
    /// The listener below, and its sessions; NULL: as always.
    pub listener: *const osisession_listener_config,
    /// What the application says in S-CONNECT.
    pub user_data: osisession_octets,
    /// Octets of one message, both ways. 0: 1 MiB.
    pub max_message: u64,
    /// Octets in requests that wait for the handler. 0: 64 MiB.
    pub max_waiting_octets: u64,
    /// Requests that may wait for the handler; while there are more, nothing is read from their sessions. 0: 1,024.
    pub max_waiting: u32,
    /// Threads that run the handler at the same time. 0: 4.
    pub threads: u32,
    /// Requests of one client under way; one more is answered as busy. 0: 64.
    pub max_executing: u32,
    /// Clients that may be known at a time, connected or not. 0: 1,024.
    pub max_clients: u32,
    /// Milliseconds that a client that is not connected is remembered, with the responses to its requests. 0: 600,000.
    pub remember_ms: u32,
    /// Milliseconds after which a request that is not answered is answered as overdue. 0: 300,000.
    pub answer_within_ms: u32,
    /// A file where it is kept what clients have asked and were answered, so that nothing is carried out twice also when this process ends meanwhile;
    /// NULL: it is not.
    pub journal: *const c_char,
}
sized!(osisession_rpc_server_config, journal: *const c_char);

/// A request of a peer, looked at.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_rpc_incoming_info {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_RPC_ONE_WAY, OSISESSION_RPC_WITHDRAWN.
    pub flags: u32,
    /// Its number, counted by the peer; 0 for one that wants no response.
    pub id: u64,
    /// What is asked; valid until the request's handle is ended.
    pub data: osisession_octets,
    /// The name of the association: who asks.
    pub association: [u8; 16],
}
sized!(osisession_rpc_incoming_info, association: [u8; 16]);

/// Gets the requests of a server. The request is the function's: it frees it, now or later, here or in another thread.
///
/// Called from as many threads at once as the server's configuration says, or with OSISESSION_RPC_NO_THREADS in the thread that drives the endpoint; with
/// nothing locked: it may call anything. A C++ exception must not leave it.
pub type osisession_rpc_on_request =
    Option<unsafe extern "C-unwind" fn(request: *mut osisession_rpc_incoming, user_data: *mut c_void)>;

static SERVERS: Table<Server> = Table::new(Kind::RpcServer);

struct Incoming {
    request: Mutex<Option<Request>>,
    id: Option<u64>,
    data: Bytes,
    association: AssociationId,
}

static INCOMING: Table<Incoming> = Table::new(Kind::RpcIncoming);

fn take_in(request: Request) -> Result<usize> {
    let (id, data) = (request.id(), request.data().clone());
    let association = request.peer().association();
    let object = Incoming { request: Mutex::new(Some(request)), id, data, association };
    Ok(INCOMING.insert_value(object)?.0)
}

/// # Safety
/// As every function of this ABI.
unsafe fn server_config(from: *const osisession_rpc_server_config) -> Result<ServerConfig> {
    // SAFETY: the caller's promises.
    let (c, listener, user_data) = unsafe {
        let c = read_sized(from, "the configuration of the server")?;
        (c, config::listener_config(c.listener)?, c.user_data.copy("user_data")?)
    };
    if c.flags & !OSISESSION_RPC_NO_THREADS != 0 {
        let text = format!("flags {:#x} mean nothing", c.flags & !OSISESSION_RPC_NO_THREADS);
        return Err(Failure::owned(OSISESSION_E_INVALID, text));
    }
    let mut config = ServerConfig::default();
    // SAFETY: the caller's promises.
    config.journal = unsafe { journal(c.journal)? };
    (config.listener, config.user_data) = (listener, user_data);
    size(&mut config.calls.max_message, c.max_message);
    size(&mut config.calls.max_executing, c.max_executing.into());
    size(&mut config.service.max_waiting, c.max_waiting.into());
    size(&mut config.service.max_waiting_octets, c.max_waiting_octets);
    size(&mut config.service.threads, c.threads.into());
    if c.flags & OSISESSION_RPC_NO_THREADS != 0 {
        config.service.threads = 0;
    }
    size(&mut config.max_clients, c.max_clients.into());
    milliseconds(&mut config.remember, c.remember_ms);
    if c.answer_within_ms != 0 {
        config.calls.answer_within = Some(Duration::from_millis(c.answer_within_ms.into()));
    }
    Ok(config)
}

fn find(handle: *mut osisession_rpc_server) -> Result<Arc<Server>> {
    SERVERS.get(handle as usize)
}

/// Makes a server that listens at `address`, which is as for `osisession_listen`. Requests wait until there is a handler or somebody takes them.
///
/// `endpoint`: where it lives; it drives the server as it drives sessions. `config`: copied; NULL is all zero. `server` receives the handle.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID, OSISESSION_E_TRANSPORT, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_rpc_server_new(
    endpoint: *mut osisession_endpoint,
    address: *const c_char,
    config: *const osisession_rpc_server_config,
    server: *mut *mut osisession_rpc_server,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_rpc_server_new", |a| {
        a.handle(endpoint).text(address).params(config).out_handle("server", server).error(error);
    });
    // SAFETY: the caller's promises: pointers are NULL or valid (as in every function of this ABI).
    unsafe {
        endpoint::on_endpoint(endpoint, error, |endpoint| {
            let address = string(address, "address")?;
            let config = server_config(config)?;
            check_out(server, "server")?;
            let made = Server::new(&endpoint.endpoint, &address, config)?;
            let (handle, _) = SERVERS.insert_value(made)?;
            write_out(server, handle as *mut osisession_rpc_server);
            Ok(())
        })
    }
}

/// Closes a server and ends its handle: it stops listening, aborts all sessions, forgets all clients. A handler that runs goes on; handles of requests stay
/// valid, and are still to be freed.
///
/// NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_rpc_server_free(server: *mut osisession_rpc_server) -> i32 {
    let _recorded = record::call("osisession_rpc_server_free", |a| {
        a.handle(server);
    });
    // SAFETY: no pointer is used.
    unsafe {
        call(std::ptr::null_mut(), || {
            if !server.is_null() {
                SERVERS.remove(server as usize)?.close();
            }
            Ok(())
        })
    }
}

/// Where it listens, with the port that the system chose: "127.0.0.1:40123".
///
/// `buffer` receives the text with its NUL; `needed` (may be NULL) receives the octets for that, also if the buffer is too small. `buffer` NULL with
/// `capacity` 0 asks for `needed` alone.
///
/// Errors: those of the handle, OSISESSION_E_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_rpc_server_local_address(
    server: *mut osisession_rpc_server,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_rpc_server_local_address", |a| {
        a.handle(server).buffer(buffer, capacity).out(needed).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { call(error, || write_text(&find(server)?.local_address(), buffer, capacity, needed)) }
}

struct Function {
    on_request: unsafe extern "C-unwind" fn(*mut osisession_rpc_incoming, *mut c_void),
    user_data: *mut c_void,
}

// SAFETY: the caller promises (header) that the function may be called from several threads at once.
unsafe impl Send for Function {}
// SAFETY: as above.
unsafe impl Sync for Function {}

impl Function {
    fn call(&self, request: Request) {
        // Where there is no handle left, the request is answered as one without answer.
        if let Ok(handle) = take_in(request) {
            // SAFETY: the caller's promise.
            unsafe { (self.on_request)(handle as *mut osisession_rpc_incoming, self.user_data) };
        }
    }
}

/// Gives requests to this function, those that wait included, in place of the one before.
///
/// `on_request`: must not be NULL. `user_data`: handed to it.
///
/// Errors: those of the handle, OSISESSION_E_NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_rpc_server_serve(
    server: *mut osisession_rpc_server,
    on_request: osisession_rpc_on_request,
    user_data: *mut c_void,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_rpc_server_serve", |a| {
        a.handle(server).function(on_request.is_some()).own(user_data).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let server = find(server)?;
            let on_request = on_request.ok_or_else(|| Failure::null("on_request"))?;
            let function = Function { on_request, user_data };
            server.serve(move |request| function.call(request));
            Ok(())
        })
    }
}

/// Takes the next request, where there is no handler.
///
/// `timeout_ms`: how long to wait, milliseconds; 0 takes what is there, negative waits for ever. `request` receives the handle, to be ended by
/// `osisession_rpc_incoming_free`.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_WOULD_BLOCK (nothing there, `timeout_ms` 0), OSISESSION_E_TIMED_OUT, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_rpc_server_next_request(
    server: *mut osisession_rpc_server,
    timeout_ms: i64,
    request: *mut *mut osisession_rpc_incoming,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_rpc_server_next_request", |a| {
        a.handle(server).number(timeout_ms).out_handle("request", request).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let server = find(server)?;
            check_out(request, "request")?;
            let taken = match timeout_ms {
                0 => server.try_next_request().ok_or_else(|| nothing("no request is there"))?,
                _ => server.next_request(timeout(timeout_ms))?,
            };
            write_out(request, take_in(taken)? as *mut osisession_rpc_incoming);
            Ok(())
        })
    }
}

/// Looks at a request of a peer.
///
/// `info`: initialized by OSISESSION_INIT; its octets are valid until the request's handle is ended.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_rpc_incoming_look(
    request: *mut osisession_rpc_incoming,
    info: *mut osisession_rpc_incoming_info,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_rpc_incoming_look", |a| {
        a.handle(request).out(info).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let incoming = INCOMING.get(request as usize)?;
            check_sized_out(info, "the info")?;
            let mut flags = 0;
            if incoming.id.is_none() {
                flags |= OSISESSION_RPC_ONE_WAY;
            }
            if incoming.request.lock().as_ref().is_some_and(Request::is_cancelled) {
                flags |= OSISESSION_RPC_WITHDRAWN;
            }
            let c = osisession_rpc_incoming_info {
                struct_size: 0,
                flags,
                id: incoming.id.unwrap_or(0),
                data: osisession_octets::lend(&incoming.data),
                association: incoming.association,
            };
            write_sized(info, &c);
            Ok(())
        })
    }
}

fn unanswered(handle: *mut osisession_rpc_incoming) -> Result<Request> {
    let incoming = INCOMING.get(handle as usize)?;
    let request = incoming.request.lock().take();
    request.ok_or_else(|| Failure::new(OSISESSION_E_REFUSED, "the request was answered"))
}

/// Answers a request of a peer. Its handle is still to be freed.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID (too long: the peer is told OSISESSION_RPC_CODE_UNANSWERED), OSISESSION_E_REFUSED (it was
/// answered, here or as overdue), OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_rpc_incoming_respond(
    request: *mut osisession_rpc_incoming,
    data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_rpc_incoming_respond", |a| {
        a.handle(request).octets(data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let data = octets(data, length, "data")?;
            Ok(unanswered(request)?.respond(data)?)
        })
    }
}

/// Answers a request of a peer with an error. Its handle is still to be freed.
///
/// `code`: OSISESSION_RPC_CODE_CANCELLED, or OSISESSION_RPC_CODE_APPLICATION to 65535. `data`, `length`: what there is to say about it.
///
/// Errors: as of `osisession_rpc_incoming_respond`; OSISESSION_E_INVALID also for a code that is neither, with which the request stays unanswered.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_rpc_incoming_fail(
    request: *mut osisession_rpc_incoming,
    code: u32,
    data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_rpc_incoming_fail", |a| {
        a.handle(request).number(code).octets(data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            INCOMING.get(request as usize)?;
            let data = octets(data, length, "data")?;
            let cancelled = crate::rpc::OSISESSION_RPC_CODE_CANCELLED;
            let own = crate::rpc::OSISESSION_RPC_CODE_APPLICATION;
            let code =
                u16::try_from(code).ok().filter(|_| code == cancelled || code >= own).ok_or_else(|| {
                    Failure::owned(OSISESSION_E_INVALID, format!("code {code} is not 4, nor 256 to 65535"))
                })?;
            Ok(unanswered(request)?.fail(code, data)?)
        })
    }
}

/// Ends the handle of a request. One that was not answered is answered with OSISESSION_RPC_CODE_UNANSWERED.
///
/// NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_rpc_incoming_free(request: *mut osisession_rpc_incoming) -> i32 {
    let _recorded = record::call("osisession_rpc_incoming_free", |a| {
        a.handle(request);
    });
    // SAFETY: no pointer is used.
    unsafe {
        call(std::ptr::null_mut(), || {
            if !request.is_null() {
                let unanswered = INCOMING.remove(request as usize)?.request.lock().take();
                drop(unanswered);
            }
            Ok(())
        })
    }
}
