//! Segments as text.
use super::{EtherTalk, LocalTalkUdp, Segment};
use osisession_proto::error::{Error, Result};
use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

/// `ltoudp`, `ltoudp:INTERFACE` or `ltoudp:INTERFACE:PORT`; the interface by its address.
impl FromStr for LocalTalkUdp {
    type Err = Error;

    fn from_str(text: &str) -> Result<LocalTalkUdp> {
        let invalid = |what: &'static str| Error::invalid(what).with_parameter(text.to_owned());
        let mut parts = text.split(':');
        if parts.next() != Some("ltoudp") {
            return Err(invalid("a segment is written ltoudp, ltoudp:INTERFACE or ltoudp:INTERFACE:PORT"));
        }
        let mut segment = LocalTalkUdp::default();
        if let Some(interface) = parts.next() {
            segment.interface = interface
                .parse::<Ipv4Addr>()
                .map_err(|_| invalid("the interface of a segment is an IPv4 address"))?;
        }
        if let Some(port) = parts.next() {
            let port = port.parse().ok().filter(|port| *port != 0);
            segment.port = port.ok_or_else(|| invalid("the port of a segment is 1 to 65535"))?;
        }
        match parts.next() {
            None => Ok(segment),
            Some(_) => Err(invalid("there is something behind the port of a segment")),
        }
    }
}

impl fmt::Display for LocalTalkUdp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ltoudp:{}:{}", self.interface, self.port)
    }
}

/// `ethertalk:INTERFACE`; the interface by its name.
impl FromStr for EtherTalk {
    type Err = Error;

    fn from_str(text: &str) -> Result<EtherTalk> {
        match text.strip_prefix("ethertalk:") {
            Some(interface) if !interface.is_empty() => Ok(EtherTalk::at(interface)),
            _ => Err(Error::invalid("a segment of EtherTalk is written ethertalk:INTERFACE")
                .with_parameter(text.to_owned())),
        }
    }
}

impl fmt::Display for EtherTalk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ethertalk:{}", self.interface())
    }
}

/// As the segments of each kind are written.
impl FromStr for Segment {
    type Err = Error;

    fn from_str(text: &str) -> Result<Segment> {
        match text.split_once(':').map_or(text, |(kind, _)| kind) {
            "ltoudp" => Ok(Segment::LocalTalkUdp(text.parse()?)),
            "ethertalk" => Ok(Segment::EtherTalk(text.parse()?)),
            _ => Err(Error::invalid(
                "a segment is written ltoudp, ltoudp:INTERFACE, ltoudp:INTERFACE:PORT or ethertalk:INTERFACE",
            )
            .with_parameter(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_as_text() {
        let parse = |text: &str| text.parse::<LocalTalkUdp>();
        assert_eq!(parse("ltoudp").unwrap(), LocalTalkUdp::default());
        assert_eq!(parse("ltoudp:127.0.0.1").unwrap(), LocalTalkUdp::at(Ipv4Addr::LOCALHOST));
        let other = parse("ltoudp:127.0.0.1:2000").unwrap();
        assert_eq!(
            (&other, other.to_string().as_str()),
            (&LocalTalkUdp::at(Ipv4Addr::LOCALHOST).with_port(2000), "ltoudp:127.0.0.1:2000")
        );
        for text in [
            "",
            "udp",
            "ltoudp:",
            "ltoudp:x",
            "ltoudp:127.0.0.1:0",
            "ltoudp:127.0.0.1:65536",
            "ltoudp:127.0.0.1:1:2",
        ] {
            assert!(parse(text).is_err(), "{text}");
            assert!(text.parse::<Segment>().is_err(), "{text}");
        }
        let ether = "ethertalk:eth0".parse::<Segment>().unwrap();
        assert_eq!((&ether, ether.to_string().as_str()), (&EtherTalk::at("eth0").into(), "ethertalk:eth0"));
        assert!("ethertalk:".parse::<Segment>().is_err() && "ethertalk".parse::<Segment>().is_err());
    }
}
