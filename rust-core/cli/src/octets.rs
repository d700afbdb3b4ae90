//! Octets as a person writes and reads them.
use osisession::Bytes;

/// Octets that an argument may name: a user's slip must not fill the memory.
const MAX: usize = 16 << 20;

/// A selector: `0001` or `0x0001` is hex, `"text"` or `text:abc` is text, `none` or nothing is the null selector.
pub(crate) fn selector(text: &str) -> Result<Bytes, String> {
    if matches!(text, "" | "none" | "null") {
        return Ok(Bytes::new());
    }
    if let Some(words) = text.strip_prefix("text:") {
        return Ok(Bytes::copy_from_slice(words.as_bytes()));
    }
    if let Some(words) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return Ok(Bytes::copy_from_slice(words.as_bytes()));
    }
    let digits = text.strip_prefix("hex:").or_else(|| text.strip_prefix("0x")).unwrap_or(text);
    hex(digits).ok_or_else(|| format!("{text:?} is no hex; write text:{text} for text, or none"))
}

/// Data: `hex:0102`, `file:PATH`, `mms` (an MMS association, for servers of IEC 61850), or text with `\n`, `\t`, `\\`, `\xNN`.
pub(crate) fn data(text: &str) -> Result<Bytes, String> {
    if let Some(digits) = text.strip_prefix("hex:") {
        return hex(digits).ok_or_else(|| format!("{digits:?} is no hex"));
    }
    if let Some(path) = text.strip_prefix("file:") {
        let size = std::fs::metadata(path).map_err(|error| format!("{path}: {error}"))?.len();
        if size > MAX as u64 {
            return Err(format!("{path}: {size} octets are too much, at most {MAX}"));
        }
        return std::fs::read(path).map(Bytes::from).map_err(|error| format!("{path}: {error}"));
    }
    if text == "mms" {
        return Ok(crate::mms::connect_ppdu().into());
    }
    unescape(text)
}

fn hex(digits: &str) -> Option<Bytes> {
    let digits: Vec<u8> = digits
        .chars()
        .filter(|c| !matches!(c, ' ' | ':' | '-' | '_'))
        .map(|c| c.to_digit(16).map(|digit| digit as u8))
        .collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    pairs.remainder().is_empty().then(|| pairs.map(|pair| pair[0] << 4 | pair[1]).collect::<Vec<_>>().into())
}

fn unescape(text: &str) -> Result<Bytes, String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            octets.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        match rest.next() {
            Some('n') => octets.push(b'\n'),
            Some('r') => octets.push(b'\r'),
            Some('t') => octets.push(b'\t'),
            Some('0') => octets.push(0),
            Some('\\') => octets.push(b'\\'),
            Some('"') => octets.push(b'"'),
            Some('x') => {
                let digits: String = rest.by_ref().take(2).collect();
                match hex(&digits).as_deref() {
                    Some([octet]) => octets.push(*octet),
                    _ => return Err(format!("\\x{digits} is no octet: expected two hex digits")),
                }
            }
            other => return Err(format!("\\{} is unknown", other.map(String::from).unwrap_or_default())),
        }
    }
    Ok(octets.into())
}

/// In hex without blanks; `none` for nothing.
pub(crate) fn shown(octets: &[u8]) -> String {
    if octets.is_empty() { "none".into() } else { plain_hex(octets) }
}

/// In hex without blanks.
pub(crate) fn plain_hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Octets that are shown of what came.
const PREVIEW: usize = 48;

/// For a line on a terminal: printable text in quotes, anything else in hex, and never a control character of the peer's.
pub(crate) fn preview(octets: &[u8]) -> String {
    let head = &octets[..octets.len().min(PREVIEW)];
    let more = if octets.len() > PREVIEW { " ..." } else { "" };
    let printable = |octet: &u8| matches!(octet, b' '..=b'~' | b'\n' | b'\r' | b'\t');
    if !head.is_empty() && head.iter().all(printable) {
        let mut text = String::new();
        for octet in head {
            text.extend(char::from(*octet).escape_default());
        }
        // Single quotes need no escape between double ones.
        return format!("\"{}\"{more}", text.replace("\\'", "'"));
    }
    format!("hex:{}{more}", plain_hex(head))
}

/// Text in which a peer may have had a say, without control characters but line feeds.
pub(crate) fn safe(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_and_data() {
        for (text, octets) in [
            ("0001", &b"\0\x01"[..]),
            ("0x00:01", b"\0\x01"),
            ("text:abc", b"abc"),
            ("\"abc\"", b"abc"),
            ("none", b""),
            ("", b""),
        ] {
            assert_eq!(selector(text).unwrap(), octets, "{text}");
        }
        assert!(selector("abc").is_err(), "an odd number of digits");
        assert!(selector("xyz!").unwrap_err().contains("text:xyz!"));
        assert_eq!(data("hex:00ff").unwrap(), b"\0\xff"[..]);
        assert_eq!(data("a\\n\\x00\\\\").unwrap(), b"a\n\0\\"[..]);
        assert!(data("hex:0").is_err() && data("\\q").is_err() && data("\\x1").is_err());
        assert!(data("file:/no/such/file").unwrap_err().contains("/no/such/file"));
        assert_eq!(data("mms").unwrap().len(), 156);
    }

    #[test]
    fn nothing_of_the_peers_reaches_the_terminal_raw() {
        assert_eq!(preview(b"hi 'x'\n"), "\"hi 'x'\\n\"");
        assert_eq!(preview(b"\x1b[2J"), "hex:1b5b324a");
        assert_eq!(preview(b""), "hex:");
        assert_eq!(safe("a\x1b[2J\r\u{9b}b\nc"), "a?[2J??b\nc");
        assert!(preview(&[b'a'; 100]).ends_with("\" ..."));
    }
}
