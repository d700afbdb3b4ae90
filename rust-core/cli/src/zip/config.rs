//! The configuration of a router: one port a line.
use osisession::appletalk::{EtherTalk, LocalTalkUdp, NetworkRange, RouterPort, Seed, Segment, ZoneName};
use std::net::Ipv4Addr;

/// Reads the ports. An error names its line.
pub(super) fn parse(text: &str) -> Result<Vec<RouterPort>, String> {
    let mut ports = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let words = words(line).map_err(|error| format!("line {}: {error}", at + 1))?;
        if !words.is_empty() {
            ports.push(port(&words).map_err(|error| format!("line {}: {error}", at + 1))?);
        }
    }
    if ports.is_empty() {
        return Err("there is no port".into());
    }
    Ok(ports)
}

/// Splits a line at blanks that are not between quotes.
fn words(line: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut quoted, mut any) = (Vec::new(), String::new(), false, false);
    for character in line.chars() {
        match character {
            '"' => {
                quoted = !quoted;
                any = true;
            }
            '#' if !quoted => break,
            blank if blank.is_whitespace() && !quoted => {
                if any || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            other => word.push(other),
        }
    }
    if quoted {
        return Err("a quote is not closed".into());
    }
    if any || !word.is_empty() {
        words.push(word);
    }
    Ok(words)
}

fn port(words: &[String]) -> Result<RouterPort, String> {
    let (mut segment, mut udp, mut ethernet) = (LocalTalkUdp::default(), false, None);
    let (mut network, mut zones, mut node) = (None, Vec::new(), None);
    match words.first().map(String::as_str) {
        Some("port") => {}
        _ => return Err("a line begins with 'port'".into()),
    }
    for word in words.get(1..).unwrap_or_default() {
        let (key, value) = word.split_once('=').ok_or_else(|| format!("'{word}' is not KEY=VALUE"))?;
        let bad = || format!("{key}: '{value}'");
        match key {
            "interface" => {
                segment.interface = value.parse::<Ipv4Addr>().map_err(|_| bad())?;
                udp = true;
            }
            "udp-port" => {
                segment.port = value.parse().ok().filter(|port| *port != 0).ok_or_else(bad)?;
                udp = true;
            }
            "ethernet" => ethernet = Some(EtherTalk::at(value)),
            "network" => {
                let (first, last) = value.split_once('-').unwrap_or((value, value));
                let number = |text: &str| text.parse().map_err(|_| bad());
                let range = NetworkRange::new(number(first)?, number(last)?);
                network = Some(range.map_err(|error| error.to_string())?);
            }
            "zone" => zones.push(ZoneName::from_text(value).map_err(|error| format!("zone: {error}"))?),
            "node" => node = Some(value.parse().map_err(|_| bad())?),
            _ => return Err(format!("'{key}' is not interface, udp-port, ethernet, network, zone or node")),
        }
    }
    let seed = match (network, zones.is_empty()) {
        (Some(range), false) => Some(Seed { range, zones }),
        (None, true) => None,
        _ => return Err("network and zone belong together".into()),
    };
    let segment: Segment = match ethernet {
        Some(_) if udp => return Err("a port is on ethernet or at an interface of LocalTalk over UDP".into()),
        Some(ethernet) => ethernet.into(),
        None => segment.into(),
    };
    let nodes = if segment.is_extended() { 1..=253 } else { 128..=254 };
    if node.is_some_and(|node| !nodes.contains(&node)) {
        return Err(format!("node: {} to {}", nodes.start(), nodes.end()));
    }
    Ok(RouterPort { segment, seed, node })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_what_is_wrong_with_them() {
        let text = "# a comment\n\nport interface=127.0.0.1 udp-port=2000 network=1000 zone=\"Gro#nd Flöor\" node=254 # x\nport\n";
        let ports = parse(text).expect("ports");
        assert_eq!(ports.len(), 2);
        let seed = ports[0].seed.as_ref().expect("a seed");
        assert_eq!((seed.range.start(), seed.zones[0].to_string()), (1000, "Gro#nd Flöor".to_string()));
        let loopback = LocalTalkUdp::at(Ipv4Addr::LOCALHOST).with_port(2000);
        assert_eq!((&ports[0].segment, ports[0].node), (&loopback.into(), Some(254)));
        assert_eq!((&ports[1].segment, &ports[1].seed), (&LocalTalkUdp::default().into(), &None));
        let ports =
            parse("port ethernet=eth0 network=2000-2009 zone=Twilight zone=Café node=7").expect("ports");
        assert_eq!((&ports[0].segment, ports[0].node), (&EtherTalk::at("eth0").into(), Some(7)));
        let seed = ports[0].seed.as_ref().expect("a seed");
        assert_eq!((seed.range.start(), seed.range.end(), seed.zones.len()), (2000, 2009, 2));
        for (text, error) in [
            ("", "there is no port"),
            ("\nserver", "line 2: a line begins with 'port'"),
            ("port network=1", "line 1: network and zone belong together"),
            ("port zone=\"a", "line 1: a quote is not closed"),
            ("port node=1", "line 1: node: 128 to 254"),
            ("port ethernet=eth0 node=254", "line 1: node: 1 to 253"),
            ("port node=x", "line 1: node: 'x'"),
            ("port network=1-x zone=a", "line 1: network: '1-x'"),
            (
                "port ethernet=eth0 udp-port=7",
                "line 1: a port is on ethernet or at an interface of LocalTalk over UDP",
            ),
            ("port udp-port=0", "line 1: udp-port: '0'"),
            ("port interface=x", "line 1: interface: 'x'"),
            ("port loud", "line 1: 'loud' is not KEY=VALUE"),
            ("port a=b", "line 1: 'a' is not interface, udp-port, ethernet, network, zone or node"),
        ] {
            assert_eq!(parse(text).map(|ports| ports.len()), Err(error.to_string()));
        }
        assert!(parse("port network=0 zone=a").is_err() && parse("port network=1 zone=\"*\"").is_err());
    }
}
