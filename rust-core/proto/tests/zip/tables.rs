//! Every cell of the five state tables: as transcribed, and for the node as the running engine does it.
use crate::world::{range, zone};
use osisession_proto::Instant;
use osisession_proto::time::Duration;
use osisession_proto::zip::address::{ddp_type, socket};
use osisession_proto::zip::link::table as link_table;
use osisession_proto::zip::message::{NetInfo, Notify, flag};
use osisession_proto::zip::node::table as node_table;
use osisession_proto::zip::node::table::{Event, State};
use osisession_proto::zip::node::{NotifyPolicy, Output, Stored};
use osisession_proto::zip::router::{port_table, route, zit};
use osisession_proto::zip::{
    Datagram, MachineConfig, Message, Name, NetworkRange, NodeAddress, ZoneMachine, ZoneName, atp, rtmp,
};
use osisession_testkit::tsv;
use std::fmt::Debug;

/// Compares a table with its transcription: every pair of state and event, those without a row as well.
fn compare<S: Copy + Debug, E: Copy + Debug>(
    text: &'static str,
    states: &[S],
    events: &[E],
    cell: impl Fn(S, E) -> (Vec<String>, String),
) {
    let rows = tsv::rows(text);
    let mut used = 0;
    for state in states {
        for event in events {
            let (name, at) = (format!("{state:?}"), format!("{event:?}"));
            let mut found = rows.iter().filter(|row| row["state"] == name && row["event"] == at);
            let (actions, next) = match found.next() {
                Some(row) => (row["actions"], row["next"]),
                None => ("-", &name[..]),
            };
            assert!(found.next().is_none(), "{name}, {at} is written twice");
            used += usize::from(actions != "-" || next != name);
            let (does, goes) = cell(*state, *event);
            let does = if does.is_empty() { "-".into() } else { does.join("+") };
            assert_eq!((&does[..], &goes[..]), (actions, next), "({name}, {at})");
        }
    }
    assert_eq!(used, rows.len(), "a row names a state or an event that there is not");
}

macro_rules! cells {
    ($test:ident, $file:literal, $table:ident) => {
        #[test]
        fn $test() {
            compare(
                include_str!(concat!("../../../testkit/data/zip/", $file)),
                &$table::State::ALL,
                &$table::Event::ALL,
                |state, event| {
                    let cell = $table::cell(state, event);
                    (
                        cell.actions.iter().map(|action| format!("{action:?}")).collect(),
                        format!("{:?}", cell.next),
                    )
                },
            );
        }
    };
}

cells!(every_cell_of_an_address, "link.tsv", link_table);
cells!(every_cell_of_a_port, "port.tsv", port_table);
cells!(every_cell_of_a_route, "route.tsv", route);
cells!(every_cell_of_an_entry, "zit.tsv", zit);

// ---- the node, driven ----

const OWN: NodeAddress = NodeAddress::new(10, 5);
const ROUTER: NodeAddress = NodeAddress::new(10, 1);

struct Bench {
    node: ZoneMachine,
    extended: bool,
    now: Instant,
}

fn near() -> NetworkRange {
    range(10, 12)
}

impl Bench {
    fn new(extended: bool, state: State, stored: bool) -> Bench {
        let mut config = MachineConfig::new(extended, 1);
        config.notify = NotifyPolicy::Accept;
        config.stored = Stored { address: stored.then_some(OWN), zone: Some(zone("Z")) };
        let mut bench = Bench { node: ZoneMachine::new(config), extended, now: Instant::from_millis(1) };
        if state == State::Off {
            return bench;
        }
        bench.node.start(bench.now);
        match state {
            State::Off | State::Probe1 => {}
            State::Failed => {
                bench.node.exhausted(bench.now);
                bench.node.exhausted(bench.now);
            }
            State::Ask | State::Probe2 | State::Up | State::Alone | State::AskZone | State::Stranded => {
                bench.claimed();
                match state {
                    State::Probe2 => bench.reply(range(20, 29), "Z", true),
                    State::Up if extended => bench.reply(near(), "Z", true),
                    State::Up => bench.rtmp(10, 10),
                    State::Alone | State::AskZone | State::Stranded => {
                        while bench.node.state() == State::Ask {
                            bench.step();
                        }
                        match state {
                            State::AskZone => bench.rtmp(10, 12),
                            State::Stranded => bench.rtmp(20, 29),
                            _ => {}
                        }
                    }
                    _ => {}
                }
            }
        }
        assert_eq!(bench.node.state(), state, "the fixture");
        bench.outcome();
        bench
    }

    fn claimed(&mut self) {
        let address = if self.extended { OWN } else { NodeAddress::new(0, 5) };
        self.node.claimed(address, self.now);
    }

    fn step(&mut self) {
        self.now = self.node.next_timeout().expect("a deadline");
        self.node.handle_timeout(self.now);
    }

    fn bring(&mut self, from: NodeAddress, at: u8, kind: u8, data: osisession_proto::Bytes) {
        let datagram = Datagram::new(NodeAddress::EVERYONE.socket(at), from.socket(at), kind, data);
        self.node.received(&datagram, self.now);
    }

    fn reply(&mut self, range: NetworkRange, name: &str, valid: bool) {
        let zone_name = Name::from_text(name).expect("a name");
        let multicast = Some(ZoneName::from_name(zone_name).expect("a zone").ethertalk_multicast());
        let info = NetInfo {
            flags: if valid { 0 } else { flag::ZONE_INVALID },
            range,
            zone: zone_name,
            multicast,
            default_zone: (!valid).then(|| zone("Default")),
        };
        let data = Message::NetInfoReply(info).encode().expect("a message");
        self.bring(NodeAddress::new(range.start(), 1), socket::ZIP, ddp_type::ZIP, data);
    }

    fn rtmp(&mut self, start: u16, end: u16) {
        let link =
            if self.extended { rtmp::Link::Extended(range(start, end)) } else { rtmp::Link::Nonextended };
        let sender = NodeAddress::new(start, 1);
        let data = rtmp::Data { sender, link, routes: Vec::new() }.encode().expect("data");
        self.bring(sender, socket::RTMP, ddp_type::RTMP, data);
    }

    /// What it wants and sends, and what it tells.
    fn outcome(&mut self) -> [String; 2] {
        let mut sends = Vec::new();
        while let Some(output) = self.node.poll_output() {
            sends.push(match output {
                Output::Claim { networks, .. } if networks == range(20, 29) => "claim range".to_string(),
                Output::Claim { networks, hint: Some(_), .. }
                    if !self.extended || networks == range(10, 10) =>
                {
                    "claim first".to_string()
                }
                Output::Claim { networks: NetworkRange::ANY, hint: None, .. } => "claim startup".to_string(),
                Output::Release => "release".to_string(),
                Output::Network(10 | 11) => "network".to_string(),
                Output::Join(_) => "join".to_string(),
                Output::Leave(_) => "leave".to_string(),
                Output::Send(datagram, _) => match datagram.kind {
                    ddp_type::ZIP => {
                        assert!(matches!(Message::decode(&datagram.data), Ok(Message::GetNetInfo { .. })));
                        let to = datagram.destination.at();
                        assert!(to == NodeAddress::EVERYONE || to == ROUTER, "{to}");
                        format!("GetNetInfo {}", if to == ROUTER { "router" } else { "everyone" })
                    }
                    ddp_type::RTMP_REQUEST => "RTMP Request".to_string(),
                    ddp_type::ATP => {
                        assert_eq!(atp::Packet::decode(&datagram.data).expect("a packet").user[0], 7);
                        "GetMyZone".to_string()
                    }
                    other => panic!("type {other}"),
                },
                other => panic!("{other:?}"),
            });
        }
        let mut tells = Vec::new();
        while let Some(event) = self.node.poll_event() {
            let text = format!("{event:?}");
            tells.push(text.split([' ', '{', '(']).next().expect("a name").to_string());
        }
        let joined = |names: Vec<String>| if names.is_empty() { "-".into() } else { names.join("+") };
        [joined(sends), joined(tells)]
    }

    /// Makes an event happen; `None` if it cannot happen in this state.
    fn provoke(&mut self, state: State, event: Event) -> Option<()> {
        let known = self.node.range();
        match event {
            Event::Start => self.node.start(self.now),
            Event::Stop => self.node.stop(self.now),
            Event::Claimed => self.claimed(),
            Event::Exhausted => {
                // Only while the networks of the last run are tried.
                (state == State::Probe1 && self.extended).then_some(())?;
                self.node.exhausted(self.now);
            }
            Event::ExhaustedLast => {
                if state == State::Probe1 && self.extended {
                    *self = Bench::new(true, state, false);
                }
                self.node.exhausted(self.now);
            }
            Event::AskTimer | Event::AskTimerLast => {
                matches!(state, State::Ask | State::AskZone).then_some(())?;
                if event == Event::AskTimerLast {
                    self.step();
                    self.step();
                    self.outcome();
                }
                self.step();
            }
            Event::ReplyInside => self.reply(near(), "Z", true),
            Event::ReplyOutside => self.reply(range(20, 29), "Z", true),
            Event::RtmpSame => {
                if state == State::Alone {
                    self.alone_with_range();
                }
                let known = self.node.range()?;
                self.rtmp(known.start(), known.end());
            }
            Event::RtmpInside => {
                self.extended.then_some(())?;
                self.rtmp(10, if known == Some(near()) { 11 } else { 12 });
            }
            Event::RtmpOutside => {
                self.rtmp(if self.extended { 20 } else { 11 }, if self.extended { 29 } else { 11 })
            }
            Event::RouterTimer => {
                match state {
                    State::Up => {}
                    State::Alone if self.extended => self.alone_with_range(),
                    _ => return None,
                }
                // Other timers may come before.
                for _ in 0..20 {
                    self.outcome();
                    self.step();
                    if self.node.router().is_none() {
                        break;
                    }
                }
            }
            Event::Pick => {
                let refused = self.node.pick(zone("Other"), self.now).is_err();
                assert_eq!(refused, state != State::Up || !self.extended);
            }
            Event::PickValid | Event::PickInvalid | Event::PickTimer | Event::PickTimerLast => {
                (state == State::Up && self.extended).then_some(())?;
                self.node.pick(zone("Other"), self.now).expect("up");
                self.outcome();
                match event {
                    Event::PickValid => self.reply(near(), "Other", true),
                    Event::PickInvalid => self.reply(near(), "Other", false),
                    _ => {
                        if event == Event::PickTimerLast {
                            self.step();
                            self.step();
                            self.outcome();
                        }
                        self.step();
                    }
                }
            }
            Event::Renamed => {
                let multicast = Some(zone("New").ethertalk_multicast());
                let notify = Notify { flags: 0, old_zone: zone("z"), multicast, new_zone: zone("New") };
                let data = Message::Notify(notify).encode().expect("a message");
                self.bring(ROUTER, socket::ZIP, ddp_type::ZIP, data);
            }
        }
        Some(())
    }

    /// From a node that is alone: its router comes back and does not answer about the zone, or goes away again.
    fn alone_with_range(&mut self) {
        if self.extended {
            self.rtmp(10, 12);
            while self.node.state() == State::AskZone {
                self.step();
            }
        } else {
            self.rtmp(10, 10);
            self.now = self.now + Duration::from_secs(60);
            self.node.handle_timeout(self.now);
        }
        assert_eq!(self.node.state(), State::Alone);
        self.outcome();
    }
}

#[test]
fn every_cell_of_a_node() {
    let rows = tsv::rows(include_str!("../../../testkit/data/zip/node.tsv"));
    let (mut used, mut driven) = (0, 0);
    for extended in [true, false] {
        let network = if extended { "extended" } else { "nonextended" };
        for state in State::ALL {
            for event in Event::ALL {
                let at = format!("{event:?}");
                let mut found = rows.iter().filter(|row| {
                    row["network"] == network && row["state"] == state.name() && row["event"] == at
                });
                let row = found.next();
                assert!(found.next().is_none(), "{network}, {}, {at} is written twice", state.name());
                used += usize::from(row.is_some());
                let [sends, tells, next] =
                    row.map_or(["-", "-", state.name()], |row| [row["sends"], row["tells"], row["next"]]);
                let cell =
                    if extended { node_table::extended } else { node_table::nonextended }(state, event);
                assert_eq!(cell.next.name(), next, "{network}, {}, {at}", state.name());
                assert_eq!(cell.actions.is_empty(), row.is_none(), "{network}, {}, {at}", state.name());
                if !extended && matches!(state, State::Probe2 | State::AskZone | State::Stranded) {
                    continue;
                }
                let mut bench = Bench::new(extended, state, true);
                if bench.provoke(state, event).is_none() {
                    continue;
                }
                let [sent, told] = bench.outcome();
                let what = format!("({network}, {}, {at})", state.name());
                assert_eq!((&sent[..], &told[..]), (sends, tells), "{what}");
                assert_eq!(bench.node.state().name(), next, "{what}");
                driven += 1;
            }
        }
    }
    assert_eq!(used, rows.len(), "a row names a state or an event that there is not");
    assert!(driven > 160, "{driven}");
}
