//! Addresses as text.
use osisession_proto::Error;
use osisession_proto::error::Result;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

/// Port of RFC 1006 and RFC 2126.
const ISO_TSAP: u16 = 102;

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
    pub(crate) fn parse(text: &str) -> Result<Address> {
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
            return Ok(Address::Tcp(SocketAddr::new(ip, ISO_TSAP)));
        }
        let (name, port) = match text.rsplit_once(':') {
            Some((name, port)) => (name, port.parse().map_err(|_| invalid(text, "the port is no number"))?),
            None => (text, ISO_TSAP),
        };
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_');
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(invalid(text, "expected HOST:PORT, [IPV6]:PORT or memory:NAME"));
        }
        Ok(Address::Name(name.to_owned(), port))
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
        assert_eq!(Address::parse("127.0.0.1:4000").unwrap(), tcp("127.0.0.1:4000"));
        assert_eq!(Address::parse("127.0.0.1").unwrap(), tcp("127.0.0.1:102"));
        assert_eq!(Address::parse("[::1]:0").unwrap(), tcp("[::1]:0"));
        assert_eq!(Address::parse("[::1]").unwrap(), tcp("[::1]:102"));
        assert_eq!(Address::parse("::1").unwrap(), tcp("[::1]:102"));
        assert_eq!(Address::parse("plc-7.example").unwrap(), Address::Name("plc-7.example".into(), 102));
        assert_eq!(
            Address::parse("plc-7.example:10102").unwrap(),
            Address::Name("plc-7.example".into(), 10102)
        );
        assert_eq!(Address::parse("memory:a b").unwrap(), Address::Memory("a b".into()));
        for wrong in
            ["", ":", ":102", "host:", "host:70000", "host:x", "a b:1", "memory:", "tcp://host:1", "[::1"]
        {
            assert!(Address::parse(wrong).is_err(), "{wrong}");
        }
    }
}
