//! Octets in memory of an idle session machine: after S-CONNECT and some data, nothing queued. Counted by the allocator, so
//! that it says what is asked of the heap, and read from the system, so that it says what that costs.
use bytes::Bytes;
use osisession_proto::Instant;
use osisession_proto::x225::port::{TransportIndication, TransportRequest};
use osisession_proto::x225::primitive::{ConnectRequest, ConnectResponse, Request};
use osisession_proto::x225::spm::{Config, Spm};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

struct Counting;

static HEAP: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is passed on to the system's allocator, which keeps the contract; only a counter is added.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HEAP.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HEAP.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const MACHINES: usize = 100_000;
const NOW: Instant = Instant::from_millis(1);

/// Everything that one machine wants sent arrives at the other.
fn carry(from: &mut Spm, to: &mut Spm) -> bool {
    let mut any = false;
    while let Some(request) = from.poll_transport() {
        any = true;
        let indication = match request {
            TransportRequest::Connect { expedited } => TransportIndication::Connect { expedited },
            TransportRequest::ConnectResponse { expedited } => {
                TransportIndication::ConnectConfirm { expedited }
            }
            TransportRequest::Data(tsdu) => TransportIndication::Data(tsdu.to_bytes()),
            TransportRequest::DataPart { tsdu, end } => {
                TransportIndication::DataPart { octets: tsdu.to_bytes(), end }
            }
            TransportRequest::ExpeditedData(octets) => TransportIndication::ExpeditedData(octets),
            TransportRequest::Disconnect { .. } => TransportIndication::Disconnect(None),
        };
        to.transport(indication, NOW);
    }
    while from.poll_event().is_some() {}
    any
}

fn settle(a: &mut Spm, b: &mut Spm) {
    while carry(a, b) | carry(b, a) {}
}

/// Two machines that hold a session and are idle.
fn session(config: &Arc<Config>) -> [Spm; 2] {
    let (mut a, mut b) = (Spm::new(config.clone()), Spm::new(config.clone()));
    let connect = ConnectRequest {
        calling_selector: Bytes::from_static(b"\x00\x01"),
        called_selector: Bytes::from_static(b"\x00\x01"),
        user_data: vec![7; 156].into(),
        ..ConnectRequest::default()
    };
    a.request(Request::Connect(Box::new(connect)), NOW).expect("S-CONNECT request");
    settle(&mut a, &mut b);
    let response = ConnectResponse { user_data: vec![7; 132].into(), ..ConnectResponse::default() };
    b.request(Request::ConnectResponse(Box::new(response)), NOW).expect("S-CONNECT response");
    settle(&mut a, &mut b);
    for _ in 0..100 {
        a.request(Request::Data(vec![1; 1_000].into()), NOW).expect("S-DATA");
        b.request(Request::Data(vec![1; 1_000].into()), NOW).expect("S-DATA");
        settle(&mut a, &mut b);
    }
    [a, b]
}

/// Octets of this process in memory.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|text| text.split_whitespace().next()?.parse::<usize>().ok());
    kib.unwrap_or_default() * 1024
}

fn main() {
    let config = Arc::new(Config::default());
    drop(session(&config));
    let mut machines: Vec<Spm> = Vec::with_capacity(MACHINES);
    let (heap, in_memory) = (HEAP.load(Ordering::Relaxed), resident());
    for _ in 0..MACHINES / 2 {
        machines.extend(session(&config));
    }
    let on_heap = (HEAP.load(Ordering::Relaxed) - heap) / MACHINES;
    let in_memory = resident().saturating_sub(in_memory) / MACHINES;
    println!("{MACHINES} idle machines in data transfer");
    println!("the machine itself           {:>6} octets", size_of::<Spm>());
    println!("what it keeps on the heap    {on_heap:>6} octets");
    println!("together                     {:>6} octets", size_of::<Spm>() + on_heap);
    println!("of the system's memory       {in_memory:>6} octets");
    drop(machines);
}
