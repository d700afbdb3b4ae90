//! Every cell of the three state tables: as transcribed, and as the running engines do it.
use bytes::{Bytes, BytesMut};
use osisession_proto::Instant;
use osisession_proto::scp::nsp::message::{
    Ack, Acks, Addresses, Counts, DataSegment, Flow, FlowControl, Hidden, Interrupt, LinkService, Message,
    Services, Version,
};
use osisession_proto::scp::nsp::table as link_table;
use osisession_proto::scp::nsp::{self, LinkId, Nsp, NspIndication, NspRequest, Number};
use osisession_proto::scp::port::table as port_table;
use osisession_proto::scp::session::{ConnectOptions, Event, SessionControl};
use osisession_proto::scp::{ConnectData, EndUser, Limits, NodeAddress, Object, Reason};
use osisession_proto::{Error, ErrorKind, Layer};
use osisession_testkit::tsv;
use std::collections::BTreeMap;

const NOW: Instant = Instant::from_millis(1_000);

type Cells = BTreeMap<(&'static str, &'static str), [&'static str; 3]>;

fn cells(text: &'static str, out: &'static str) -> Cells {
    let rows = tsv::rows(text);
    let count = rows.len();
    let cells: Cells = rows
        .iter()
        .map(|row| ((row["state"], row["event"]), [row[out], row["tells"], row["next"]]))
        .collect();
    assert_eq!(cells.len(), count, "a cell is written twice");
    cells
}

fn joined(names: Vec<String>) -> String {
    if names.is_empty() { "-".into() } else { names.join("+") }
}

fn peer() -> NodeAddress {
    NodeAddress::new(1, 1).expect("an address")
}

const REMOTE: u16 = 0x4321;

// ---- NSP ----

struct LinkBench {
    nsp: Nsp,
    link: LinkId,
    local: u16,
    incoming: bool,
    now: Instant,
}

fn services(version: Version) -> Services {
    Services { flow_control: FlowControl::None, version, segment_size: 100 }
}

fn initiate(version: Version) -> Message {
    let data = Hidden(Bytes::from_static(b"connect data"));
    Message::ConnectInitiate { source: REMOTE, again: false, services: services(version), data }
}

impl LinkBench {
    fn new(state: link_table::State, incoming: bool, version: Version, limits: Limits) -> LinkBench {
        use link_table::State as S;
        let mut config = nsp::Config::default();
        config.limits = limits;
        let nsp = Nsp::new(config, 0x0fff);
        let link = LinkId::of_user(1);
        let mut bench = LinkBench { local: 0x1000, link, incoming, now: NOW, nsp };
        if state == S::Closed {
            return bench;
        }
        if incoming {
            bench.bring(initiate(version));
            let Some(NspIndication::Connect { link, .. }) = bench.nsp.poll_indication() else {
                panic!("no connect")
            };
            bench.link = link;
        } else {
            bench.connect();
        }
        let accept = NspRequest::Accept { link: bench.link, data: Bytes::new() };
        let disconnect =
            NspRequest::Disconnect { link: bench.link, reason: Reason::BY_END_USER, data: Bytes::new() };
        match state {
            S::Closed | S::ConnectInitiated | S::ConnectReceived => {}
            S::ConnectDelivered => bench.bring(Message::ConnectAck { destination: bench.local }),
            S::ConnectConfirmed => bench.nsp.request(accept, NOW),
            S::Running | S::DisconnectInitiated => {
                if incoming {
                    bench.nsp.request(accept, NOW);
                    bench.bring(bench.ack(false));
                } else {
                    bench.bring(bench.confirm());
                }
                if state == S::DisconnectInitiated {
                    bench.nsp.request(disconnect, NOW);
                }
            }
        }
        bench.outcome();
        assert_eq!(bench.nsp.state(bench.link), state, "the fixture");
        bench
    }

    fn connect(&mut self) {
        let data = Hidden(Bytes::from_static(b"connect data"));
        self.nsp.request(NspRequest::Connect { link: self.link, destination: peer(), data }, NOW);
    }

    fn addresses(&self) -> Addresses {
        Addresses { destination: self.local, source: REMOTE }
    }

    fn ack(&self, other: bool) -> Message {
        let acks = Acks { own: Some(Ack::positive(Number::new(0))), cross: None };
        let addresses = self.addresses();
        if other { Message::OtherAck { addresses, acks } } else { Message::DataAck { addresses, acks } }
    }

    fn confirm(&self) -> Message {
        Message::ConnectConfirm {
            addresses: self.addresses(),
            services: services(Version::V4_0),
            data: Bytes::new(),
        }
    }

    fn data(&self, begins: bool) -> Message {
        Message::Data(DataSegment {
            addresses: self.addresses(),
            acks: Acks::default(),
            number: Number::new(1),
            delay: false,
            begins,
            ends: true,
            data: Bytes::from_static(b"data"),
        })
    }

    fn bring(&mut self, message: Message) {
        self.bring_from(message, false);
    }

    fn bring_from(&mut self, message: Message, returned: bool) {
        let mut octets = BytesMut::new();
        message.encode(&mut octets).expect("a message");
        self.nsp.received(peer(), returned, &octets.freeze(), self.now);
    }

    /// What was sent and told.
    fn outcome(&mut self) -> [String; 2] {
        let mut sent = Vec::new();
        while let Some(packet) = self.nsp.poll_packet() {
            let message = Message::decode(&packet.octets).expect("what we send can be read");
            assert_eq!(packet.return_requested, matches!(message, Message::ConnectInitiate { .. }));
            sent.push(match &message {
                Message::DisconnectConfirm { addresses, reason } => {
                    assert_eq!(addresses.destination, REMOTE);
                    format!("DC {}", reason.code())
                }
                other => other.name().to_string(),
            });
        }
        let mut told = Vec::new();
        while let Some(indication) = self.nsp.poll_indication() {
            let text = format!("{indication:?}");
            told.push(text.split([' ', '{']).next().expect("a name").to_string());
        }
        [joined(sent), joined(told)]
    }

    /// Makes an event happen; `None` if it cannot happen in this state.
    fn provoke(&mut self, state: link_table::State, event: link_table::Event) -> Option<()> {
        use link_table::{Event as E, State as S};
        let (link, addresses, number) = (self.link, self.addresses(), Number::new(1));
        match event {
            // Of the peer's link: only an incoming one has been asked for by it.
            E::ConnectInitiate => {
                if state != S::Closed && !self.incoming {
                    return None;
                }
                self.bring(initiate(Version::V4_0));
            }
            E::ConnectInitiateNoRoom => {
                if state != S::Closed {
                    return None;
                }
                let mut limits = Limits::default();
                limits.offered_links = 0;
                *self = LinkBench::new(state, self.incoming, Version::V4_0, limits);
                self.bring(initiate(Version::V4_0));
            }
            E::ConnectReturned => {
                let ours = Message::ConnectInitiate {
                    source: self.local,
                    again: true,
                    services: services(Version::V4_0),
                    data: Hidden::default(),
                };
                self.bring_from(ours, true);
            }
            E::ConnectAck => self.bring(Message::ConnectAck { destination: self.local }),
            E::ConnectConfirm => self.bring(self.confirm()),
            E::DisconnectInitiate => {
                let (reason, data) = (Reason::ABORTED, Bytes::from_static(b"why"));
                self.bring(Message::DisconnectInitiate { addresses, reason, data });
            }
            E::NoLink => self.bring(Message::DisconnectConfirm { addresses, reason: Reason::NO_LINK }),
            E::DisconnectConfirm => {
                self.bring(Message::DisconnectConfirm { addresses, reason: Reason::NO_RESOURCES });
            }
            E::Data => self.bring(self.data(true)),
            E::Interrupt => self.bring(Message::Interrupt(Interrupt {
                addresses,
                acks: Acks::default(),
                number,
                data: Bytes::from_static(b"int"),
            })),
            E::LinkService => self.bring(Message::LinkService(LinkService {
                addresses,
                acks: Acks::default(),
                number,
                flow: Flow::NoChange,
                counts: Counts::Data,
                value: 0,
            })),
            E::DataAck => self.bring(self.ack(false)),
            E::OtherAck => self.bring(self.ack(true)),
            E::ConnectRequest => {
                if state != S::Closed && self.incoming {
                    return None;
                }
                self.connect();
            }
            E::AcceptRequest => self.nsp.request(NspRequest::Accept { link, data: Bytes::new() }, NOW),
            E::AcceptRequestPhaseII => {
                if state != S::ConnectReceived {
                    return None;
                }
                *self = LinkBench::new(state, true, Version::V3_1, Limits::default());
                self.nsp.request(NspRequest::Accept { link: self.link, data: Bytes::new() }, NOW);
            }
            E::DisconnectRequest => {
                let request = NspRequest::Disconnect { link, reason: Reason::ABORTED, data: Bytes::new() };
                self.nsp.request(request, NOW);
            }
            E::ForgetRequest => self.nsp.request(NspRequest::Forget { link }, NOW),
            E::DataRequest => {
                let message = Bytes::from_static(b"message");
                self.nsp.request(NspRequest::Data { link, message }, NOW);
            }
            E::InterruptRequest => {
                let data = Bytes::from_static(b"interrupt");
                self.nsp.request(NspRequest::Interrupt { link, data }, NOW);
            }
            E::PeerFault => {
                if state != S::Running {
                    return None;
                }
                self.bring(self.data(false));
            }
            E::RetransmissionLimit => {
                for _ in 0..50 {
                    let Some(next) = self.nsp.next_timeout() else { break };
                    self.now = next;
                    self.nsp.handle_timeout(next);
                    while self.nsp.poll_packet().is_some() {}
                }
                assert!(self.nsp.next_timeout().is_none(), "{state:?} has no end");
            }
            E::Inactivity => {
                if state != S::Running {
                    return None;
                }
                self.now = self.nsp.next_timeout().expect("a deadline");
                self.nsp.handle_timeout(self.now);
            }
        }
        Some(())
    }
}

#[test]
fn every_cell_of_a_link() {
    use link_table::{Event as E, State as S};
    let cells = cells(include_str!("../../../testkit/data/scp/nsp-link.tsv"), "sends");
    let (mut compared, mut driven) = (0, 0);
    let mut used = 0;
    for state in S::ALL {
        for event in E::ALL {
            let name = format!("{event:?}");
            let row =
                cells.iter().find(|((of, at), _)| *of == state.name() && *at == name).map(|(_, row)| *row);
            used += usize::from(row.is_some());
            let [sends, tells, next] = row.unwrap_or(["-", "-", state.name()]);
            let cell = link_table::cell(state, event);
            assert_eq!(cell.next.name(), next, "{} {name}", state.name());
            compared += 1;
            let roles: &[bool] = match state {
                S::Closed | S::ConnectInitiated | S::ConnectDelivered => &[false],
                S::ConnectReceived | S::ConnectConfirmed => &[true],
                S::Running | S::DisconnectInitiated => &[false, true],
            };
            for incoming in roles {
                let mut bench = LinkBench::new(state, *incoming, Version::V4_0, Limits::default());
                if bench.provoke(state, event).is_none() {
                    continue;
                }
                let what = format!("({}, {name}), incoming {incoming}", state.name());
                let [sent, told] = bench.outcome();
                if sends != "(repeats)" {
                    assert_eq!(sent, sends, "{what}: sends");
                }
                assert_eq!(told, tells, "{what}: tells");
                if state == S::Closed && event == E::ConnectInitiate {
                    assert_eq!(bench.nsp.links(), 1, "{what}");
                } else {
                    assert_eq!(bench.nsp.state(bench.link).name(), next, "{what}");
                    assert_eq!(bench.nsp.links(), usize::from(next != "Closed"), "{what}");
                }
                driven += 1;
            }
        }
    }
    assert_eq!(used, cells.len(), "rows that name no cell");
    assert_eq!(compared, 161);
    assert!(driven > 140, "{driven}");
}

// ---- session control ----

struct PortBench {
    control: SessionControl,
    link: LinkId,
    incoming: bool,
}

fn connect_data(object: &str) -> Hidden {
    let connect = ConnectData::new(EndUser::named(object.to_string()), EndUser::Number(1));
    Hidden(connect.encode().expect("connect data"))
}

impl PortBench {
    fn new(state: port_table::State, incoming: bool) -> PortBench {
        use port_table::State as S;
        let mut control = SessionControl::new(crate::world::session_config(&Limits::default()));
        control.listen(Object::named("OBJECT")).expect("an object");
        let link = if incoming { LinkId::of_provider(1) } else { LinkId::of_user(1) };
        let mut bench = PortBench { control, link, incoming };
        if state == S::Closed {
            return bench;
        }
        if incoming {
            let data = connect_data("OBJECT");
            bench.control.nsp(NspIndication::Connect { link, source: peer(), data }, NOW);
        } else {
            bench.connect();
        }
        match state {
            S::Closed | S::Calling | S::Offered => {}
            S::Delivered => bench.control.nsp(NspIndication::ConnectAcknowledged { link }, NOW),
            S::Confirming => bench.control.accept(link, "", NOW).expect("offered"),
            S::Running | S::Draining | S::Clearing => {
                if incoming {
                    bench.control.accept(link, "", NOW).expect("offered");
                    bench.control.nsp(NspIndication::Running { link }, NOW);
                } else {
                    let data = Bytes::new();
                    bench.control.nsp(NspIndication::ConnectConfirmed { link, data }, NOW);
                }
                if state == S::Draining {
                    bench.control.send(link, "one", NOW).expect("open");
                    bench.control.send(link, "two", NOW).expect("open");
                }
                if state != S::Running {
                    bench.control.disconnect(link, "", NOW).expect("open");
                }
            }
        }
        bench.outcome();
        assert_eq!(bench.control.state(link), state, "the fixture");
        bench
    }

    fn connect(&mut self) {
        let link = self
            .control
            .connect(peer(), EndUser::Number(25), ConnectOptions::default(), NOW)
            .expect("a connect");
        assert_eq!(link, self.link);
    }

    fn outcome(&mut self) -> [String; 2] {
        let mut asked = Vec::new();
        while let Some(request) = self.control.poll_nsp() {
            asked.push(match &request {
                NspRequest::Disconnect { reason, .. } => format!("Disconnect {}", reason.code()),
                other => {
                    let text = format!("{other:?}");
                    text.split([' ', '{']).next().expect("a name").to_string()
                }
            });
        }
        let mut told = Vec::new();
        while let Some(event) = self.control.poll_event() {
            told.push(match &event {
                Event::Rejected { reason, .. } => format!("Rejected {}", reason.code()),
                Event::Disconnected { reason, .. } => format!("Disconnected {}", reason.code()),
                other => {
                    let text = format!("{other:?}");
                    text.split([' ', '{', '(']).next().expect("a name").to_string()
                }
            });
        }
        [joined(asked), joined(told)]
    }

    /// Makes an event happen. `None`: it cannot happen; `Some(true)`: it is a request that was refused.
    fn provoke(&mut self, state: port_table::State, event: port_table::Event) -> Option<bool> {
        use port_table::{Event as E, State as S};
        let link = self.link;
        let tell = |bench: &mut PortBench, indication| {
            bench.control.nsp(indication, NOW);
            Some(false)
        };
        let refused = |result: Result<(), Error>| match result {
            Ok(()) => Some(false),
            Err(error) if error.kind() == ErrorKind::Closed => {
                assert_eq!(state, S::Closed);
                Some(true)
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
                assert_eq!(error.details().state, Some(state.name()));
                assert_eq!(error.details().event, Some(event.name()));
                Some(true)
            }
        };
        let can_send = matches!(state, S::Confirming | S::Running);
        match event {
            E::ConnectRequest => {
                if state != S::Closed || self.incoming {
                    return None;
                }
                self.connect();
                Some(false)
            }
            E::Accept => refused(self.control.accept(link, "", NOW)),
            E::Reject => refused(self.control.reject(link, Reason::BY_END_USER, "", NOW)),
            E::Data => refused(self.control.send(link, "data", NOW)),
            E::Interrupt => refused(self.control.interrupt(link, "int", NOW)),
            E::Disconnect if state == S::Draining => None,
            E::Disconnect => refused(self.control.disconnect(link, "", NOW)),
            E::DisconnectOutstanding if state == S::Draining => {
                refused(self.control.disconnect(link, "", NOW))
            }
            E::DisconnectOutstanding => {
                if !can_send {
                    return None;
                }
                self.control.send(link, "data", NOW).expect("open");
                self.outcome();
                refused(self.control.disconnect(link, "", NOW))
            }
            E::Abort => refused(self.control.abort(link, "", NOW)),
            E::ConnectIndication | E::ConnectRefused => {
                let data = connect_data(if event == E::ConnectRefused { "NOBODY" } else { "OBJECT" });
                tell(self, NspIndication::Connect { link, source: peer(), data })
            }
            E::ConnectAcknowledged => tell(self, NspIndication::ConnectAcknowledged { link }),
            E::ConnectReturned => tell(self, NspIndication::ConnectReturned { link }),
            E::ConnectConfirmed => tell(self, NspIndication::ConnectConfirmed { link, data: Bytes::new() }),
            E::RunningIndication => tell(self, NspIndication::Running { link }),
            E::Disconnected => {
                let (reason, data) = (Reason::new(77), Bytes::new());
                tell(self, NspIndication::Disconnected { link, reason, data })
            }
            E::NoLink => tell(self, NspIndication::DisconnectConfirmed { link, reason: Reason::NO_LINK }),
            E::DisconnectConfirmed => {
                tell(self, NspIndication::DisconnectConfirmed { link, reason: Reason::NO_RESOURCES })
            }
            E::Lost => tell(self, NspIndication::Lost { link }),
            E::Failed => {
                let error = Error::peer(Layer::Transport, "a fault");
                tell(self, NspIndication::Failed { link, reason: Reason::UNSPECIFIED, error })
            }
            E::DataIndication => tell(self, NspIndication::Data { link, message: Bytes::new() }),
            E::InterruptIndication => tell(self, NspIndication::Interrupt { link, data: Bytes::new() }),
            E::InterruptCredit => tell(self, NspIndication::InterruptCredit { link, count: 1 }),
            E::Acknowledged => {
                match state {
                    S::Draining => {}
                    S::Running => {
                        self.control.send(link, "one", NOW).expect("open");
                        self.control.send(link, "two", NOW).expect("open");
                        self.outcome();
                    }
                    _ => return None,
                }
                tell(self, NspIndication::Acknowledged { link, messages: 1, octets: 3 })
            }
            E::AllAcknowledged => tell(self, NspIndication::Acknowledged { link, messages: 2, octets: 6 }),
            E::OutgoingTimer | E::IncomingTimer => {
                let at = self.control.next_timeout()?;
                if (event == E::IncomingTimer) != self.incoming {
                    return None;
                }
                self.control.handle_timeout(at);
                Some(false)
            }
        }
    }
}

#[test]
fn every_cell_of_a_port() {
    use port_table::{Event as E, State as S};
    let cells = cells(include_str!("../../../testkit/data/scp/port.tsv"), "asks");
    let (mut compared, mut driven, mut used) = (0, 0, 0);
    for state in S::ALL {
        for event in E::ALL {
            let name = format!("{event:?}");
            let row =
                cells.iter().find(|((of, at), _)| *of == state.name() && *at == name).map(|(_, row)| *row);
            used += usize::from(row.is_some());
            let [asks, tells, next] = row.unwrap_or(["-", "-", state.name()]);
            let cell = port_table::cell(state, event);
            assert_eq!(cell.next.name(), next, "{} {name}", state.name());
            assert_eq!(row.is_none(), cell.is_blank() && cell.next == state, "{} {name}", state.name());
            compared += 1;
            let roles: &[bool] = match state {
                S::Calling | S::Delivered => &[false],
                S::Offered | S::Confirming => &[true],
                S::Closed | S::Running | S::Draining | S::Clearing => &[false, true],
            };
            for incoming in roles {
                let mut bench = PortBench::new(state, *incoming);
                let what = format!("({}, {name}), incoming {incoming}", state.name());
                let Some(refused) = bench.provoke(state, event) else { continue };
                let [asked, told] = bench.outcome();
                assert_eq!(asked, asks, "{what}: asks");
                assert_eq!(told, tells, "{what}: tells");
                assert!(!refused || row.is_none(), "{what}: refused");
                assert_eq!(bench.control.state(bench.link).name(), next, "{what}");
                if next == "CLOSED" {
                    assert_eq!((bench.control.ports(), bench.control.next_timeout()), (0, None), "{what}");
                }
                driven += 1;
            }
        }
    }
    assert_eq!(used, cells.len(), "rows that name no cell");
    assert_eq!(compared, 208);
    assert_eq!(driven, 263);
}
