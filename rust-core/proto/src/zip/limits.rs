//! Every limit and timer of a node, a link and a router.
use crate::time::Duration;

/// Limits of an address and of what a link keeps.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LinkLimits {
    /// ENQs of LocalTalk that stay unanswered before a node id is taken. Default 8, for UDP; the wire wants 20 or 120 (Inside AppleTalk app. B).
    pub enquiries: u32,
    /// Time between them. Default 250 ms.
    pub enquiry_interval: Duration,
    /// Probes of AARP that stay unanswered before an address is taken (Inside AppleTalk ch. 3). Default 10.
    pub probes: u32,
    /// Time between them. Default 200 ms.
    pub probe_interval: Duration,
    /// Addresses tried before there is none: a station that defends every address stops here. Default 1,024.
    pub candidates: u32,
    /// Stations of an Ethernet that are remembered. Default 1,024.
    pub stations: usize,
    /// How long a station is remembered without being heard. Default 60 s.
    pub station_age: Duration,
    /// Addresses that are being resolved at the same time. Default 64.
    pub resolving: usize,
    /// Datagrams that wait for one address. Default 16.
    pub waiting: usize,
    /// Requests of AARP for one address. Default 10, as far apart as probes.
    pub resolve_tries: u32,
    /// Frames that wait to be taken; what comes behind them is lost, as on a wire. Default 1,024.
    pub queued_frames: usize,
    /// Datagrams received that wait to be taken. Default 1,024.
    pub queued_datagrams: usize,
    /// Zone multicast addresses that are listened to. Default 16.
    pub groups: usize,
}

impl Default for LinkLimits {
    fn default() -> LinkLimits {
        LinkLimits {
            enquiries: 8,
            enquiry_interval: Duration::from_millis(250),
            probes: 10,
            probe_interval: Duration::from_millis(200),
            candidates: 1_024,
            stations: 1_024,
            station_age: Duration::from_secs(60),
            resolving: 64,
            waiting: 16,
            resolve_tries: 10,
            queued_frames: 1_024,
            queued_datagrams: 1_024,
            groups: 16,
        }
    }
}

/// Limits of a node.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NodeLimits {
    /// GetNetInfo requests, and RTMP requests on a nonextended network, before there is no router. Default 3.
    pub net_info_tries: u32,
    /// Time between them. Default 1 s.
    pub net_info_interval: Duration,
    /// Silence after which a router is gone (Inside AppleTalk ch. 5). Default 50 s.
    pub router_age: Duration,
    /// Requests of ATP for one page of zones. Default 5.
    pub request_tries: u32,
    /// Time between them. Default 2 s.
    pub request_interval: Duration,
    /// Calls at the same time. Default 16.
    pub requests: usize,
    /// Pages of one zone list. Default 4,096.
    pub pages: usize,
    /// Zones of one list. Default 65,536.
    pub zones: usize,
    /// Times that a look-up is sent. Default 3.
    pub lookup_tries: u32,
    /// Time between them, and after the last one. Default 1 s.
    pub lookup_interval: Duration,
    /// Look-ups and registrations at the same time. Default 64.
    pub lookups: usize,
    /// Entities that one look-up finds. Default 1,024.
    pub found: usize,
    /// Names that are registered at the same time. Default 256.
    pub names: usize,
    /// Echo requests at the same time. Default 64.
    pub echoes: usize,
    /// Time after which an echo request has no answer. Default 5 s.
    pub echo_timeout: Duration,
    /// Answers to look-ups and echo requests in one second. Default 1,000.
    pub answers_per_second: u32,
    /// Events that wait to be taken; a peer's reply that would make one more is dropped. Default 4,096.
    pub queued_events: usize,
    /// Datagrams that wait to be taken. Default 1,024.
    pub queued_outputs: usize,
}

impl Default for NodeLimits {
    fn default() -> NodeLimits {
        NodeLimits {
            net_info_tries: 3,
            net_info_interval: Duration::from_secs(1),
            router_age: Duration::from_secs(50),
            request_tries: 5,
            request_interval: Duration::from_secs(2),
            requests: 16,
            pages: 4_096,
            zones: 65_536,
            lookup_tries: 3,
            lookup_interval: Duration::from_secs(1),
            lookups: 64,
            found: 1_024,
            names: 256,
            echoes: 64,
            echo_timeout: Duration::from_secs(5),
            answers_per_second: 1_000,
            queued_events: 4_096,
            queued_outputs: 1_024,
        }
    }
}

/// Limits of a router.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RouterLimits {
    /// Of each link.
    pub link: LinkLimits,
    /// Time between RTMP data (Inside AppleTalk ch. 5). Default 10 s.
    pub send_interval: Duration,
    /// Time after which a route that was not confirmed is worse by one step. Default 20 s.
    pub validity: Duration,
    /// Time between queries for zones that are missing (Inside AppleTalk ch. 8). Default 10 s.
    pub query_interval: Duration,
    /// Queries in one interval; those behind them wait for the next. Default 64.
    pub queries_per_interval: usize,
    /// Time between GetNetInfo requests of a port that starts. Default 1 s.
    pub verify_interval: Duration,
    /// Requests of a port with a seed before it is alone. Default 3.
    pub verify_tries: u32,
    /// Time for which a network stays down before it may have another zones list. Default 10 min.
    pub bringback: Duration,
    /// Networks in the routing table. Default 4,096.
    pub routes: usize,
    /// Zones of one network. Default 255, which is also the most that ZIP can say.
    pub zones_per_network: usize,
    /// Zones altogether. Default 65,536.
    pub zones: usize,
    /// Zones of networks altogether: one zone of two networks counts twice. Default 262,144.
    pub memberships: usize,
    /// Names in half lists, of all networks. Default 16,384.
    pub part_zones: usize,
    /// Routers whose half lists are kept for one network. Default 4.
    pub parts: usize,
    /// Answers to queries, GetNetInfo, zone calls, look-ups and echo requests in one second, on one port. Default 1,000.
    pub answers_per_second: u32,
    /// Events that wait to be taken; of more, the oldest go. Default 1,024.
    pub queued_events: usize,
}

impl Default for RouterLimits {
    fn default() -> RouterLimits {
        RouterLimits {
            link: LinkLimits::default(),
            send_interval: Duration::from_secs(10),
            validity: Duration::from_secs(20),
            query_interval: Duration::from_secs(10),
            queries_per_interval: 64,
            verify_interval: Duration::from_secs(1),
            verify_tries: 3,
            bringback: Duration::from_secs(600),
            routes: 4_096,
            zones_per_network: 255,
            zones: 65_536,
            memberships: 262_144,
            part_zones: 16_384,
            parts: 4,
            answers_per_second: 1_000,
            queued_events: 1_024,
        }
    }
}

/// How many answers were given in this second.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rate {
    second: u64,
    count: u32,
}

impl Rate {
    /// True if one more may be given.
    pub(super) fn allows(&mut self, limit: u32, now: crate::time::Instant) -> bool {
        let second = now.as_nanos() / 1_000_000_000;
        if second != self.second {
            *self = Rate { second, count: 0 };
        }
        self.count = self.count.saturating_add(1);
        self.count <= limit
    }
}
