//! The arguments of `osisession zip`.
use clap::{Args as Arguments, Subcommand};
use std::net::Ipv4Addr;
use std::path::PathBuf;

#[derive(Debug, Arguments)]
#[command(after_help = "\
LocalTalk over UDP is the multicast group 239.192.76.84, port 1954. Without a route for multicasts name an interface by its address.
EtherTalk is at an interface by its name; it needs Linux and the capability CAP_NET_RAW.

Exit code: 0 there is an answer, 1 there is none, 2 usage.

Examples:
  osisession zip zones --interface 192.168.1.7
  osisession zip zones --ethernet eth0
  osisession zip lookup '=:LaserWriter@Twilight'
  osisession zip route router.conf")]
pub(crate) struct Zip {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the zones of the AppleTalk internet.
    Zones(Zones),
    /// Show the network, the router and the zone of this node.
    Myzone(MyZone),
    /// Look names up: 'NAME:TYPE@ZONE', with = for any name or type, ≈ for any part of one, * for the own zone.
    Lookup(Lookup),
    /// Be a router between segments.
    Route(Route),
}

#[derive(Debug, Arguments)]
pub(crate) struct Link {
    /// EtherTalk at this interface, instead of LocalTalk over UDP.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["interface", "udp_port", "node"])]
    pub(crate) ethernet: Option<String>,
    /// The zone to be in, on EtherTalk. Default: the network's default zone.
    #[arg(long = "in", value_name = "ZONE", requires = "ethernet")]
    pub(crate) zone: Option<String>,
    /// The address of the interface.
    #[arg(long, value_name = "IP", default_value = "0.0.0.0")]
    pub(crate) interface: Ipv4Addr,
    /// The UDP port of the segment.
    #[arg(long, value_name = "PORT", default_value_t = 1954)]
    pub(crate) udp_port: u16,
    /// The node id to try first, 1 to 127.
    #[arg(long, value_name = "NODE", value_parser = clap::value_parser!(u8).range(1..=127))]
    pub(crate) node: Option<u8>,
    /// Seconds after which to give up.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub(crate) timeout: u64,
    /// One JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Arguments)]
pub(crate) struct Zones {
    /// Only those of this network.
    #[arg(long)]
    pub(crate) local: bool,
    #[command(flatten)]
    pub(crate) link: Link,
}

#[derive(Debug, Arguments)]
pub(crate) struct MyZone {
    #[command(flatten)]
    pub(crate) link: Link,
}

#[derive(Debug, Arguments)]
pub(crate) struct Lookup {
    /// 'NAME:TYPE@ZONE'; without @ZONE it is the own zone.
    #[arg(value_name = "NAME:TYPE@ZONE")]
    pub(crate) entity: String,
    #[command(flatten)]
    pub(crate) link: Link,
}

#[derive(Debug, Arguments)]
#[command(after_help = "\
CONFIG has a line for each port; '#' begins a comment:

  port interface=192.168.1.7 network=1000 zone=\"Ground Floor\" node=254
  port interface=192.168.2.7
  port ethernet=eth0 network=2000-2009 zone=Twilight zone=\"Second Floor\"

'udp-port=' is another port than 1954. A port without network and zone learns them from other routers. The first of several zones
of an EtherTalk is its default.")]
pub(crate) struct Route {
    /// The file with the ports.
    #[arg(value_name = "CONFIG")]
    pub(crate) config: PathBuf,
    /// End after so many seconds. Default: never.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) r#for: Option<u64>,
}
