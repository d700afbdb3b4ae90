//! What a hostile network can make a DECnet node keep: octets in use, whatever comes and however much of it.
use bytes::{Bytes, BytesMut};
use osisession_proto::Instant;
use osisession_proto::scp::ethernet::Frame;
use osisession_proto::scp::nsp::message::{
    Ack, Acks, Addresses, DataSegment, FlowControl, Hidden, Interrupt, Message, Services, Version,
};
use osisession_proto::scp::nsp::{LinkId, Number};
use osisession_proto::scp::routing::packet::DataPacket;
use osisession_proto::scp::{
    AccessControl, ConnectData, EndUser, Event, Medium, Node, NodeAddress, NodeConfig, NodeEvent, Object,
    Reason,
};
use osisession_proto::time::Duration;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, counting for each thread what is in use.
struct Counting;

fn count(change: isize) {
    let live = LIVE.get() + change;
    LIVE.set(live);
    PEAK.set(PEAK.get().max(live));
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the contract of `alloc`, which is the same there.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const KIB: usize = 1_024;
const MIB: usize = 1_024 * KIB;

/// Octets in use at the worst moment of a call, beyond those in use before.
fn peak(call: impl FnOnce()) -> usize {
    let before = LIVE.get();
    PEAK.set(before);
    call();
    usize::try_from(PEAK.get() - before).unwrap_or_default()
}

fn at(node: u16) -> NodeAddress {
    NodeAddress::new(1, node).expect("an address")
}

/// A node on an Ethernet, and what is forged there. Nothing takes its output unless a test says so.
struct Victim {
    node: Node,
    now: Instant,
}

impl Victim {
    fn new() -> Victim {
        Victim::with(NodeConfig::new(at(2), Medium::Ethernet))
    }

    fn with(config: NodeConfig) -> Victim {
        let mut node = Node::new(config).expect("a node");
        let now = Instant::from_millis(10);
        node.listen(Object::numbered(200)).expect("an object");
        node.network_connected(now);
        while node.poll_output().is_some() {}
        while node.poll_event().is_some() {}
        Victim { node, now }
    }

    fn bring(&mut self, source: NodeAddress, message: &Message) {
        let mut payload = BytesMut::new();
        message.encode(&mut payload).expect("a message");
        let mut packet = BytesMut::new();
        DataPacket {
            destination: at(2),
            source,
            return_requested: false,
            returned: false,
            visits: 0,
            payload: payload.freeze(),
        }
        .encode_long(&mut packet);
        let frame = Frame { destination: at(2).station(), source: source.station(), packet: packet.freeze() };
        // A read buffer is as large as the largest frame, however little came: keeping a slice of it would keep it all.
        let mut buffer = Vec::with_capacity(64 * KIB);
        buffer.extend_from_slice(&frame.encode().expect("a frame"));
        self.node.datagram(&Bytes::from(buffer), self.now);
    }

    fn connect(&mut self, source: NodeAddress, link: u16) {
        let mut data = ConnectData::new(EndUser::Number(200), EndUser::named("SIXTEEN.LETTERS."));
        let longest = || Bytes::from_static(&[b'x'; 39]);
        data.access = Some(AccessControl { user: longest(), password: longest().into(), account: longest() });
        data.user_data = Some(Bytes::from_static(&[b'x'; 16]));
        let services =
            Services { flow_control: FlowControl::None, version: Version::V4_0, segment_size: 1_400 };
        let data = Hidden(data.encode().expect("connect data"));
        self.bring(source, &Message::ConnectInitiate { source: link, again: false, services, data });
    }

    /// A running link with the node 1.1, whose address of it is 7.
    fn running(&mut self) -> (LinkId, Addresses) {
        self.connect(at(1), 7);
        let Some(NodeEvent::Link(Event::Offered(offer))) = self.node.poll_event() else { panic!("no offer") };
        self.node.accept(offer.link, "", self.now).expect("offered");
        let mut local = None;
        while let Some(frame) = self.node.poll_output() {
            let frame = Frame::decode(&frame).expect("ours").expect("ours");
            if let Ok(packet) = DataPacket::decode(&frame.packet)
                && let Ok(Message::ConnectConfirm { addresses, .. }) = Message::decode(&packet.payload)
            {
                local = Some(addresses.source);
            }
        }
        let addresses = Addresses { destination: local.expect("a confirm"), source: 7 };
        let acks = Acks { own: Some(Ack::positive(Number::new(0))), cross: None };
        self.bring(at(1), &Message::DataAck { addresses, acks });
        while self.node.poll_event().is_some() {}
        (offer.link, addresses)
    }

    fn segment(&mut self, addresses: Addresses, number: u16, shape: (bool, bool), length: usize) {
        let segment = DataSegment {
            addresses,
            acks: Acks::default(),
            number: Number::new(number),
            delay: false,
            begins: shape.0,
            ends: shape.1,
            data: vec![b'x'; length].into(),
        };
        self.bring(at(1), &Message::Data(segment));
    }
}

#[test]
fn a_flood_of_connects() {
    let mut victim = Victim::new();
    let took = peak(|| {
        for round in 0..100_u16 {
            for node in 3..503 {
                victim.connect(at(node), 1 + round);
            }
        }
    });
    assert!(victim.node.links() <= 64, "{}", victim.node.links());
    assert_eq!(victim.node.counters().refused_connects, 50_000 - 64);
    assert!(took < 512 * KIB, "{took}");
    // Nobody answers them; in the end nothing is left of them, and of the stations that were heard little.
    let kept = peak(|| {
        for _ in 0..100 {
            victim.now = victim.now + Duration::from_secs(5);
            victim.node.handle_timeout(victim.now);
            while victim.node.poll_output().is_some() {}
            while victim.node.poll_event().is_some() {}
        }
    });
    assert_eq!(victim.node.links(), 0);
    assert!(kept < 512 * KIB, "{kept}");
}

/// A neighbour that reads nothing, calls and hangs up, call by call: addresses of links can be guessed.
#[test]
fn calls_that_end_before_anything_could_be_sent() {
    let mut victim = Victim::new();
    let services = Services { flow_control: FlowControl::None, version: Version::V4_0, segment_size: 1_400 };
    let data = ConnectData::new(EndUser::Number(9), EndUser::Number(1)).encode().expect("connect data");
    let mut call = |local: u16| {
        let data = Hidden(data.clone());
        victim.bring(at(1), &Message::ConnectInitiate { source: 7, again: false, services, data });
        assert_eq!(victim.node.links(), 1, "{local}");
        let addresses = Addresses { destination: local, source: 7 };
        let reason = Reason::COMPLETE;
        victim.bring(at(1), &Message::DisconnectConfirm { addresses, reason });
        assert_eq!(victim.node.links(), 0, "the address of the link was guessed: {local}");
    };
    let took = peak(|| {
        // Nothing was called before: the first address is the one after the seed.
        for _ in 0..4 {
            for local in 1..=u16::MAX {
                call(local);
            }
        }
    });
    assert!(took < 256 * KIB, "{took}");
}

#[test]
fn messages_of_links_that_do_not_exist() {
    let mut victim = Victim::new();
    let took = peak(|| {
        for link in 1..=20_000 {
            victim.segment(Addresses { destination: link, source: link }, 1, (true, true), 1_400);
        }
    });
    assert_eq!(victim.node.counters().unknown_links, 20_000);
    assert!(took < 256 * KIB, "{took}");
}

#[test]
fn segments_before_their_turn() {
    let mut victim = Victim::new();
    let (_, addresses) = victim.running();
    let took = peak(|| {
        for _ in 0..5 {
            for number in 2..2_048 {
                victim.segment(addresses, number, (true, true), 1_400);
            }
        }
    });
    // 32 of them, each a copy of its own.
    assert!(took < 256 * KIB, "{took}");
}

#[test]
fn messages_that_nobody_takes() {
    for length in [1_400, 1, 0] {
        let mut victim = Victim::new();
        let (_, addresses) = victim.running();
        let took = peak(|| {
            let mut number = 1;
            for _ in 0..10_000 {
                victim.segment(addresses, number, (true, true), length);
                number = (number + 1) % 4_096;
            }
        });
        assert!(victim.node.counters().no_room > 0, "{length}");
        assert!(took < if length == 1_400 { 3 * MIB } else { 512 * KIB }, "{length}: {took}");
    }
}

#[test]
fn interrupts_that_nobody_takes() {
    let mut victim = Victim::new();
    let (_, addresses) = victim.running();
    let took = peak(|| {
        for number in 1..2_000 {
            let data = Bytes::from_static(&[b'i'; 16]);
            let (acks, number) = (Acks::default(), Number::new(number));
            victim.bring(at(1), &Message::Interrupt(Interrupt { addresses, acks, number, data }));
        }
    });
    assert!(took < 256 * KIB, "{took}");
}

#[test]
fn a_message_without_an_end() {
    let mut config = NodeConfig::new(at(2), Medium::Ethernet);
    config.limits.message_octets = MIB;
    let mut victim = Victim::with(config);
    let (link, addresses) = victim.running();
    let took = peak(|| {
        let mut number = 1;
        for index in 0..3_000 {
            victim.segment(addresses, number, (index == 0, false), 1_400);
            number = (number + 1) % 4_096;
        }
    });
    assert_ne!(victim.node.state(link).name(), "RUNNING");
    // A buffer that grows is there twice for a moment.
    assert!(took < 4 * MIB, "{took}");
}

#[test]
fn forged_stations() {
    let mut victim = Victim::new();
    let took = peak(|| {
        for area in 1..=63 {
            for node in 1..=1_023 {
                let source = NodeAddress::new(area, node).expect("an address");
                victim.bring(source, &Message::NoOperation);
            }
        }
    });
    assert!(took < 512 * KIB, "{took}");
}
