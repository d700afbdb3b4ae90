//! The configuration of a router: one port a line.
use osisession::appletalk::{LocalTalkUdp, NetworkRange, RouterPort, Seed, ZoneName};
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
    let (mut segment, mut network, mut zone, mut node) = (LocalTalkUdp::default(), None, None, None);
    match words.first().map(String::as_str) {
        Some("port") => {}
        _ => return Err("a line begins with 'port'".into()),
    }
    for word in words.get(1..).unwrap_or_default() {
        let (key, value) = word.split_once('=').ok_or_else(|| format!("'{word}' is not KEY=VALUE"))?;
        let bad = || format!("{key}: '{value}'");
        match key {
            "interface" => segment.interface = value.parse::<Ipv4Addr>().map_err(|_| bad())?,
            "udp-port" => segment.port = value.parse().ok().filter(|port| *port != 0).ok_or_else(bad)?,
            "network" => {
                let number = value.parse().map_err(|_| bad())?;
                network = Some(NetworkRange::single(number).map_err(|error| error.to_string())?);
            }
            "zone" => zone = Some(ZoneName::from_text(value).map_err(|error| format!("zone: {error}"))?),
            "node" => {
                node = Some(value.parse().ok().filter(|node| (128..=254).contains(node)).ok_or_else(bad)?);
            }
            _ => return Err(format!("'{key}' is not interface, udp-port, network, zone or node")),
        }
    }
    let seed = match (network, zone) {
        (Some(range), Some(zone)) => Some(Seed { range, zones: vec![zone] }),
        (None, None) => None,
        _ => return Err("network and zone belong together".into()),
    };
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
        assert_eq!((ports[0].segment.port, ports[0].node), (2000, Some(254)));
        assert_eq!((ports[1].segment.port, &ports[1].seed), (1954, &None));
        for (text, error) in [
            ("", "there is no port"),
            ("\nserver", "line 2: a line begins with 'port'"),
            ("port network=1", "line 1: network and zone belong together"),
            ("port zone=\"a", "line 1: a quote is not closed"),
            ("port node=1", "line 1: node: '1'"),
            ("port udp-port=0", "line 1: udp-port: '0'"),
            ("port interface=x", "line 1: interface: 'x'"),
            ("port loud", "line 1: 'loud' is not KEY=VALUE"),
            ("port a=b", "line 1: 'a' is not interface, udp-port, network, zone or node"),
        ] {
            assert_eq!(parse(text).map(|ports| ports.len()), Err(error.to_string()));
        }
        assert!(parse("port network=0 zone=a").is_err() && parse("port network=1 zone=\"*\"").is_err());
    }
}
