//! Addresses as text.
use osisession_proto::Error;
use osisession_proto::error::Result;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

/// Port of RFC 1006 and RFC 2126.
const ISO_TSAP: u16 = 102;
/// Port of the same over TLS (IEC 62351-4).
const ISO_TSAP_TLS: u16 = 3782;

/// Where to listen or connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// TCP, in numbers.
    Tcp(SocketAddr),
    /// TCP, by a name that must be looked up.
    Name(String, u16),
    /// Within this process.
    Memory(String),
}

impl Address {
    /// `tls` decides about the port where none is written.
    pub(crate) fn parse(text: &str, tls: bool) -> Result<Address> {
        Address::parse_with_port(text, if tls { ISO_TSAP_TLS } else { ISO_TSAP })
    }

    /// `default_port` holds where none is written.
    pub(crate) fn parse_with_port(text: &str, default_port: u16) -> Result<Address> {
        if let Some(name) = text.strip_prefix("memory:") {
            if name.is_empty() {
                return Err(invalid(text, "memory: needs a name"));
            }
            return Ok(Address::Memory(name.to_owned()));
        }
        if let Ok(address) = text.parse() {
            return Ok(Address::Tcp(address));
        }
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        if let Ok(ip) = bare.parse::<IpAddr>() {
            return Ok(Address::Tcp(SocketAddr::new(ip, default_port)));
        }
        let (name, port) = match text.rsplit_once(':') {
            Some((name, port)) => (name, port.parse().map_err(|_| invalid(text, "the port is no number"))?),
            None => (text, default_port),
        };
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_');
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(invalid(text, "expected HOST:PORT, [IPV6]:PORT or memory:NAME"));
        }
        Ok(Address::Name(name.to_owned(), port))
    }

    /// The host as it was written, without the port.
    pub(crate) fn host(&self) -> Option<String> {
        match self {
            Address::Tcp(address) => Some(address.ip().to_string()),
            Address::Name(name, _) => Some(name.clone()),
            Address::Memory(_) => None,
        }
    }

    /// The TCP addresses to try, in order. Looking up a name blocks.
    pub(crate) fn resolve(&self) -> std::io::Result<Vec<SocketAddr>> {
        match self {
            Address::Tcp(address) => Ok(vec![*address]),
            Address::Name(name, port) => Ok((name.as_str(), *port).to_socket_addrs()?.collect()),
            Address::Memory(_) => Ok(Vec::new()),
        }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Address::Tcp(address) => address.fmt(f),
            Address::Name(name, port) => write!(f, "{name}:{port}"),
            Address::Memory(name) => write!(f, "memory:{name}"),
        }
    }
}

fn invalid(text: &str, why: &str) -> Error {
    let shown: String = text.chars().take(80).collect();
    Error::invalid(format!("address \"{shown}\": {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let tcp = |text: &str| Address::Tcp(text.parse().unwrap());
        assert_eq!(Address::parse("127.0.0.1:4000", false).unwrap(), tcp("127.0.0.1:4000"));
        assert_eq!(Address::parse("127.0.0.1", false).unwrap(), tcp("127.0.0.1:102"));
        assert_eq!(Address::parse("[::1]:0", false).unwrap(), tcp("[::1]:0"));
        assert_eq!(Address::parse("[::1]", false).unwrap(), tcp("[::1]:102"));
        assert_eq!(Address::parse("::1", false).unwrap(), tcp("[::1]:102"));
        assert_eq!(
            Address::parse("plc-7.example", false).unwrap(),
            Address::Name("plc-7.example".into(), 102)
        );
        assert_eq!(
            Address::parse("plc-7.example:10102", false).unwrap(),
            Address::Name("plc-7.example".into(), 10102)
        );
        assert_eq!(Address::parse("memory:a b", false).unwrap(), Address::Memory("a b".into()));
        for wrong in
            ["", ":", ":102", "host:", "host:70000", "host:x", "a b:1", "memory:", "tcp://host:1", "[::1"]
        {
            assert!(Address::parse(wrong, false).is_err(), "{wrong}");
        }
    }

    #[test]
    fn tls_has_a_port_of_its_own() {
        assert_eq!(Address::parse("127.0.0.1", true).unwrap().to_string(), "127.0.0.1:3782");
        assert_eq!(Address::parse("[::1]", true).unwrap().to_string(), "[::1]:3782");
        assert_eq!(Address::parse("plc-7", true).unwrap().to_string(), "plc-7:3782");
        assert_eq!(Address::parse("plc-7:102", true).unwrap().to_string(), "plc-7:102");
    }

    #[test]
    fn hosts() {
        let host = |text: &str| Address::parse(text, false).unwrap().host();
        assert_eq!(host("[::1]:5").as_deref(), Some("::1"));
        assert_eq!(host("plc-7:5").as_deref(), Some("plc-7"));
        assert_eq!(host("memory:a"), None);
    }
}
