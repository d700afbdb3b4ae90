//! Two DECnet nodes, and a wire that changes, drops and invents what they say: no panic, bounded queues, links that end.
//!
//! Input: an octet of settings, then operations: an octet says what, those behind it with what.
#![no_main]
use libfuzzer_sys::fuzz_target;
use osisession_proto::scp::{
    ConnectOptions, EndUser, Event, LinkId, Medium, Node, NodeAddress, NodeConfig, NodeEvent, Object,
};
use osisession_proto::time::Duration;
use osisession_proto::{Bytes, Instant};

/// Datagrams that the nodes exchange in one step.
const STEP: usize = 64;
/// Longer than any timer of theirs that ends something, in seconds.
const LONG: u64 = 600;

struct Wire {
    nodes: [Node; 2],
    links: [Vec<LinkId>; 2],
    now: Instant,
}

impl Wire {
    fn new(settings: u8) -> Wire {
        let medium = if settings & 1 == 0 { Medium::MultinetUdp } else { Medium::Ethernet };
        let nodes = [1, 2].map(|number| {
            let at = NodeAddress::new(1, number).expect("an address");
            let mut node = Node::new(NodeConfig::new(at, medium)).expect("a node");
            node.listen(Object::numbered(200).with_name("ECHO")).expect("an object");
            node.network_connected(Instant::ZERO);
            node
        });
        Wire { nodes, links: [Vec::new(), Vec::new()], now: Instant::ZERO }
    }

    fn events(&mut self) {
        for (node, links) in self.nodes.iter_mut().zip(&mut self.links) {
            while let Some(event) = node.poll_event() {
                match event {
                    NodeEvent::Link(Event::Offered(offer)) => links.push(offer.link),
                    NodeEvent::Link(Event::Readable { link }) => {
                        while let Ok(Some(received)) = node.receive(link, self.now) {
                            let _ = format!("{received:?}");
                        }
                    }
                    event => drop(format!("{event:?}")),
                }
            }
            links.truncate(16);
        }
    }

    /// Everything that they have to say arrives.
    fn pump(&mut self) {
        for _ in 0..STEP {
            let mut quiet = true;
            for from in 0..2 {
                if let Some(output) = self.nodes[from].poll_output() {
                    self.nodes[1 - from].datagram(&output, self.now);
                    quiet = false;
                }
            }
            self.events();
            if quiet {
                return;
            }
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now + time;
        for node in &mut self.nodes {
            if node.next_timeout().is_some_and(|due| due <= self.now) {
                node.handle_timeout(self.now);
            }
        }
        self.events();
    }

    /// A user of one of them does something.
    fn act(&mut self, what: u8, data: Bytes) {
        let (side, now) = (usize::from(what & 1), self.now);
        let node = &mut self.nodes[side];
        if what & 14 == 0 {
            let there = NodeAddress::new(1, 2 - side as u16).expect("an address");
            if let Ok(link) = node.connect(there, EndUser::named("echo"), ConnectOptions::default(), now) {
                self.links[side].push(link);
            }
        } else if let Some(link) =
            self.links[side].get(usize::from(what >> 4) % self.links[side].len().max(1))
        {
            let _ = match what & 14 {
                2 => node.accept(*link, data.slice(..data.len().min(16)), now),
                4 => node.disconnect(*link, data.slice(..data.len().min(16)), now),
                6 => node.abort(*link, data.slice(..data.len().min(16)), now),
                8 => node.interrupt(*link, data.slice(..data.len().min(16)), now),
                _ => node.send(*link, data, now),
            };
        }
        self.events();
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((settings, mut rest)) = input.split_first() else { return };
    let mut wire = Wire::new(*settings);
    wire.pump();
    while let [what, with, tail @ ..] = rest {
        rest = tail;
        match what {
            0..=49 => wire.pump(),
            50..=99 => wire.pass(Duration::from_millis(u64::from(*with) * u64::from(*with))),
            100..=149 => {
                wire.act(*with, Bytes::copy_from_slice(&tail[..tail.len().min(usize::from(*what) * 4)]))
            }
            150..=199 => {
                // The next one is changed on its way.
                let from = usize::from(with & 1);
                if let Some(output) = wire.nodes[from].poll_output() {
                    let mut output = output.to_vec();
                    for change in tail.chunks_exact(2).take(usize::from(*what % 4)) {
                        let at = usize::from(change[0]) % output.len().max(1);
                        if let Some(octet) = output.get_mut(at) {
                            *octet ^= change[1];
                        }
                    }
                    let length =
                        if with & 2 == 0 { output.len() } else { output.len().min(usize::from(*with)) };
                    wire.nodes[1 - from].datagram(&Bytes::copy_from_slice(&output[..length]), wire.now);
                }
                wire.events();
            }
            _ => {
                let (made, tail) = tail.split_at(tail.len().min(usize::from(*with)));
                wire.nodes[usize::from(what & 1)].datagram(&Bytes::copy_from_slice(made), wire.now);
                wire.events();
                rest = tail;
            }
        }
    }
    // Left alone and without a wire, every link comes to its end.
    for side in 0..2 {
        for link in std::mem::take(&mut wire.links[side]) {
            let _ = wire.nodes[side].abort(link, Bytes::new(), wire.now);
        }
        wire.nodes[side].network_closed(None, wire.now);
    }
    for _ in 0..LONG {
        wire.pass(Duration::from_secs(1));
        for node in &mut wire.nodes {
            while node.poll_output().is_some() {}
        }
        wire.links = [Vec::new(), Vec::new()];
    }
    for node in &wire.nodes {
        assert_eq!(node.links(), 0, "a link stays for ever");
    }
});
