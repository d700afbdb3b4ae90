//! Who the node is, and what connects it to its network.
use osisession_proto::Error;
use osisession_proto::error::Result;
use osisession_proto::scp::nsp::FlowControl;
use osisession_proto::scp::{Limits, NodeAddress, NodeName, Password};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

/// What connects a node to its network: one circuit, from point to point by Multinet, or an Ethernet.
///
/// Addresses are `HOST:PORT`, `[IPV6]:PORT` or a host alone (port 700, Multinet's). Host names are looked up once, when the endpoint is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Circuit {
    /// Over TCP; this end opens the connection, and opens it anew when it is lost.
    Connect(String),
    /// Over TCP; the neighbour opens the connection. One at a time is served; further callers are closed.
    Listen {
        /// Where to listen. Port 0: any free port, see [`DecnetEndpoint::local_address`](super::DecnetEndpoint::local_address).
        address: String,
        /// Who may call; anyone, if it is empty. Multinet has no proof of its own but the verification of a circuit.
        from: Vec<IpAddr>,
    },
    /// Over UDP; datagrams of anybody but `remote` are dropped.
    Udp {
        /// This end.
        local: String,
        /// The neighbour.
        remote: String,
    },
    /// An Ethernet, through a packet socket: the interface's name. Linux with the feature `ethernet`, and the capability CAP_NET_RAW.
    ///
    /// The node sends from the station address AA-00-04-00-xx-xx of its own node address, and the interface takes frames to that
    /// besides its own while the node lives; the interface's own address stays. Where something on the way lets no second address of
    /// a port pass (most wireless networks, some virtual switches), this does not work. Nodes of one machine do not hear each other
    /// through the same interface.
    Ethernet(String),
    /// An Ethernet whose frames are carried in UDP datagrams, one in each, without check sequence, as bridges between distant
    /// Ethernets do it; datagrams of anybody but `remote` are dropped.
    EthernetUdp {
        /// This end.
        local: String,
        /// The bridge, or the other node.
        remote: String,
    },
}

impl Circuit {
    /// Over TCP, opened from here.
    pub fn connect(address: &str) -> Circuit {
        Circuit::Connect(address.into())
    }

    /// Over TCP, opened by the neighbour, whoever it is.
    pub fn listen(address: &str) -> Circuit {
        Circuit::Listen { address: address.into(), from: Vec::new() }
    }

    /// An Ethernet: the name of the interface.
    pub fn ethernet(interface: &str) -> Circuit {
        Circuit::Ethernet(interface.into())
    }

    /// An Ethernet in UDP datagrams.
    pub fn ethernet_udp(local: &str, remote: &str) -> Circuit {
        Circuit::EthernetUdp { local: local.into(), remote: remote.into() }
    }

    /// Over UDP.
    pub fn udp(local: &str, remote: &str) -> Circuit {
        Circuit::Udp { local: local.into(), remote: remote.into() }
    }
}

impl fmt::Display for Circuit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Circuit::Connect(address) => write!(f, "tcp:{address}"),
            Circuit::Listen { address, from } => {
                write!(f, "listen:{address}")?;
                from.iter().try_for_each(|source| write!(f, ",{source}"))
            }
            Circuit::Udp { local, remote } => write!(f, "udp:{local},{remote}"),
            Circuit::Ethernet(interface) => write!(f, "eth:{interface}"),
            Circuit::EthernetUdp { local, remote } => write!(f, "ethudp:{local},{remote}"),
        }
    }
}

impl FromStr for Circuit {
    type Err = Error;

    /// Reads `tcp:HOST:PORT`, `listen:HOST:PORT[,SOURCE]...`, `udp:LOCAL:PORT,HOST:PORT`, `eth:INTERFACE` or
    /// `ethudp:LOCAL:PORT,HOST:PORT`.
    ///
    /// # Errors
    /// `Invalid`: anything else.
    fn from_str(text: &str) -> Result<Circuit> {
        let wrong = || {
            Error::invalid(
                "a circuit is tcp:HOST:PORT, listen:HOST:PORT[,SOURCE]..., udp:LOCAL:PORT,HOST:PORT, eth:INTERFACE \
                 or ethudp:LOCAL:PORT,HOST:PORT",
            )
            .with_parameter("circuit")
        };
        let (kind, rest) = text.split_once(':').ok_or_else(wrong)?;
        let mut parts = rest.split(',');
        let first = parts.next().filter(|part| !part.is_empty()).ok_or_else(wrong)?;
        match kind {
            "tcp" if parts.next().is_none() => Ok(Circuit::connect(first)),
            "listen" => {
                let from = parts.map(|part| part.parse().map_err(|_| wrong())).collect::<Result<_>>()?;
                Ok(Circuit::Listen { address: first.into(), from })
            }
            "udp" => match (parts.next(), parts.next()) {
                (Some(remote), None) if !remote.is_empty() => Ok(Circuit::udp(first, remote)),
                _ => Err(wrong()),
            },
            "ethudp" => match (parts.next(), parts.next()) {
                (Some(remote), None) if !remote.is_empty() => Ok(Circuit::ethernet_udp(first, remote)),
                _ => Err(wrong()),
            },
            "eth" if parts.next().is_none() => Ok(Circuit::ethernet(first)),
            _ => Err(wrong()),
        }
    }
}

/// How a DECnet endpoint behaves. Nothing prints its passwords.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DecnetConfig {
    /// The node's own address.
    pub address: NodeAddress,
    /// What connects it.
    pub circuit: Circuit,
    /// The table of node names, the node's own included. Later entries win. Default: empty.
    pub nodes: Vec<(NodeName, NodeAddress)>,
    /// What the neighbour has to prove itself with, up to 64 octets. It travels in clear. Default: nothing.
    pub demand: Option<Password>,
    /// What the node proves itself with if the neighbour asks, up to 64 octets. It travels in clear. Default: empty.
    pub verification: Password,
    /// The largest packet that the node takes, in octets; at least [`Limits::min_block_size`]. Default: 576. On an Ethernet it is the
    /// largest that it asks for and sends, at most 1,483, counted as if its header were the short one: packets pass routers whose
    /// other circuits take no more. Where every node is on that Ethernet, 1,483 is faster.
    pub block_size: u16,
    /// The flow control that the node asks of its peers. Default: none, only stop and go.
    pub flow_control: FlowControl,
    /// Send interrupt messages without credit: for peers that never give one. Default: false.
    pub ignore_interrupt_credit: bool,
    /// Limits and timers of the engines.
    pub limits: Limits,
    /// How long to wait before a lost TCP connection is opened again; doubled with each attempt in vain, up to sixteen times as long. Default: 1 s.
    pub retry: Duration,
    /// How long a TCP connection may take to be opened. Default: 30 s.
    pub connect_timeout: Duration,
    /// Where link addresses begin, so that messages of an earlier life find no link. `None`: somewhere else at each start. Default: `None`.
    pub seed: Option<u16>,
}

impl DecnetConfig {
    /// The usual node.
    pub fn new(address: NodeAddress, circuit: Circuit) -> DecnetConfig {
        DecnetConfig {
            address,
            circuit,
            nodes: Vec::new(),
            demand: None,
            verification: Password::default(),
            block_size: 576,
            flow_control: FlowControl::None,
            ignore_interrupt_credit: false,
            limits: Limits::default(),
            retry: Duration::from_secs(1),
            connect_timeout: Duration::from_secs(30),
            seed: None,
        }
    }

    /// The same with another entry in the table of names.
    ///
    /// # Errors
    /// `Invalid`: the name cannot be one.
    pub fn with_node(mut self, name: &str, address: NodeAddress) -> Result<DecnetConfig> {
        self.nodes.push((NodeName::new(name)?, address));
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circuits_are_text() {
        for (text, circuit) in [
            ("tcp:host:700", Circuit::connect("host:700")),
            ("tcp:[::1]:700", Circuit::connect("[::1]:700")),
            ("listen:0.0.0.0:700", Circuit::listen("0.0.0.0:700")),
            (
                "listen:[::]:700,::1,10.0.0.1",
                Circuit::Listen {
                    address: "[::]:700".into(),
                    from: vec!["::1".parse().unwrap(), "10.0.0.1".parse().unwrap()],
                },
            ),
            ("eth:eth0", Circuit::ethernet("eth0")),
            ("ethudp:0.0.0.0:7001,bridge:7001", Circuit::ethernet_udp("0.0.0.0:7001", "bridge:7001")),
            ("udp:0.0.0.0:700,router:700", Circuit::udp("0.0.0.0:700", "router:700")),
        ] {
            assert_eq!(text.parse::<Circuit>().unwrap(), circuit, "{text}");
            assert_eq!(circuit.to_string(), text);
        }
        for wrong in [
            "",
            "tcp",
            "tcp:",
            "tcp:a,b",
            "udp:a",
            "udp:a,",
            "udp:a,b,c",
            "listen:a,b",
            "x:a",
            "eth:",
            "eth:a,b",
            "ethudp:a",
        ] {
            assert!(wrong.parse::<Circuit>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn no_password_is_printed() {
        let mut config = DecnetConfig::new("1.2".parse().unwrap(), Circuit::connect("host"));
        config.demand = Some("SECRET".into());
        config.verification = "SECRET".into();
        assert!(!format!("{config:?}").contains("SECRET"), "{config:?}");
    }
}
