//! Diagrams as SVG.
use super::tokens::TOKENS;
use super::{Body, Diagram, Row, SyncPoint, Theme};
use osisession_proto::x225::passive::Direction;
use std::fmt::Write as _;

const WIDTH: i32 = 1_160;
/// The lifelines.
const LEFT: i32 = 240;
const RIGHT: i32 = 1_000;
const MIDDLE: i32 = (LEFT + RIGHT) / 2;
/// Height of the heading with the names of the parties.
const HEADING: i32 = 64;
const LEGEND: i32 = 40;
/// Line of an error below an arrow.
const LINE: i32 = 16;
/// Characters of an error in one line, and lines of it.
const ERROR_WIDTH: usize = 116;
const ERROR_LINES: usize = 4;

const STYLE: &str = "\
svg{font-family:system-ui,'DejaVu Sans',sans-serif;font-size:13px}\
.paper{fill:#fff}.life{stroke:#9aa5b1;stroke-width:1.5}.party{fill:#f0f4f8;stroke:#9aa5b1}\
.name{font-weight:600;fill:#1f2933;text-anchor:middle}.long{font-size:10.5px}.time{fill:#7b8794;font-size:11px;font-family:'DejaVu Sans Mono',monospace}\
.label{font-weight:600;text-anchor:middle}.detail{fill:#52606d;font-size:11.5px;text-anchor:middle}\
.note{fill:#52606d;font-size:12px;font-style:italic;text-anchor:middle}.pill{fill:#f5f7fa;stroke:#cbd2d9}\
.error{fill:#c81e1e;font-size:11.5px;text-anchor:middle}.tolerated{fill:#b45309;font-size:11px;text-anchor:middle}\
.arrow{stroke-width:1.8;fill:none}.expedited{stroke-dasharray:7 3}\
.badge{font-size:10px;font-weight:700;text-anchor:middle}\
.point{stroke:#0b7a4b;stroke-dasharray:3 3}.major{stroke:#0b7a4b;stroke-width:3}.pointname{fill:#0b7a4b;font-size:11px;font-weight:600}\
.legend{fill:#52606d;font-size:11.5px}";

/// Stroke and text of a theme.
const fn colour(theme: Theme) -> &'static str {
    match theme {
        Theme::Connection => "#1d4ed8",
        Theme::Data => "#475569",
        Theme::Token => "#a16207",
        Theme::Sync => "#0b7a4b",
        Theme::Activity => "#7e22ce",
        Theme::Trouble => "#c2410c",
        Theme::Transport => "#94a3b8",
    }
}

const RED: &str = "#c81e1e";

/// Text in XML: without markup, and without the characters that XML does not have.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push('\n'),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A file with all diagrams, one below the other.
pub(super) fn file(diagrams: &[&Diagram], left_out: usize) -> String {
    let mut body = String::new();
    let mut y = LEGEND;
    legend(&mut body);
    for diagram in diagrams {
        let (inner, height) = draw(diagram);
        let _ = writeln!(body, "<g transform=\"translate(0 {y})\">{inner}</g>");
        y += height + 24;
    }
    if diagrams.is_empty() || left_out > 0 {
        let text =
            if left_out > 0 { format!("{left_out} more, not drawn") } else { "nothing to draw".into() };
        let _ = write!(body, "<text class=\"note\" x=\"{MIDDLE}\" y=\"{}\">{text}</text>", y + 12);
        y += 28;
    }
    document(&body, y)
}

/// One diagram, for a page.
pub(super) fn diagram(diagram: &Diagram) -> String {
    let (body, height) = draw(diagram);
    document(&body, height)
}

fn document(body: &str, height: i32) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
         role=\"img\"><style>{STYLE}</style><rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n{body}</svg>\n"
    )
}

fn legend(out: &mut String) {
    let _ = write!(out, "<text class=\"legend\" x=\"20\" y=\"24\">{}</text>", escape(super::html::LEGEND));
}

fn draw(diagram: &Diagram) -> (String, i32) {
    let mut rows = String::new();
    let mut y = HEADING;
    let mut last_time: Option<&str> = None;
    for row in &diagram.rows {
        let time = row.time.as_deref();
        if let Some(time) = time.filter(|_| time != last_time) {
            let _ = write!(rows, "<text class=\"time\" x=\"20\" y=\"{}\">{time}</text>", y + 24);
        }
        last_time = time;
        y += draw_row(&mut rows, row, y);
        rows.push('\n');
    }
    let bottom = y + 12;
    let mut out = String::new();
    for (x, party) in [(LEFT, &diagram.connection.first), (RIGHT, &diagram.connection.second)] {
        // An IP version 6 address in full has some 47 characters with its port.
        let long = if party.len() > 36 { " long" } else { "" };
        let _ = write!(
            out,
            "<line class=\"life\" x1=\"{x}\" y1=\"{}\" x2=\"{x}\" y2=\"{bottom}\"/>\
             <rect class=\"party\" x=\"{}\" y=\"12\" width=\"310\" height=\"28\" rx=\"5\"/>\
             <text class=\"name{long}\" x=\"{x}\" y=\"31\">{}</text>",
            40,
            x - 155,
            escape(party)
        );
    }
    out.push('\n');
    out.push_str(&rows);
    (out, bottom + 8)
}

fn draw_row(out: &mut String, row: &Row, y: i32) -> i32 {
    match &row.body {
        Body::Note(text) => {
            pill(out, text, "note", "pill", y);
            badges(out, row, y + 12);
            30
        }
        Body::Error(text) => {
            let arrow = if row.direction == Direction::Forward { '\u{2192}' } else { '\u{2190}' };
            let lines = wrap(&format!("\u{2716} {arrow} {text}"));
            for (index, line) in (0..).zip(&lines) {
                let _ = write!(
                    out,
                    "<text class=\"error\" x=\"{MIDDLE}\" y=\"{}\">{}</text>",
                    y + 18 + LINE * index,
                    escape(line)
                );
            }
            14 + LINE * i32::try_from(lines.len()).unwrap_or(1)
        }
        Body::Arrow { label, detail, theme, full, sync, errors, tolerated, expedited } => {
            let bad = !errors.is_empty();
            let stroke = if bad { RED } else { colour(*theme) };
            let line_y = y + 24;
            let (from, to, tip) = match row.direction {
                Direction::Forward => (LEFT, RIGHT, -9),
                Direction::Backward => (RIGHT, LEFT, 9),
            };
            let _ = write!(out, "<g class=\"{}\"><title>{}</title>", theme.class(), escape(full));
            let dashed = if *expedited { " expedited" } else { "" };
            let _ = write!(
                out,
                "<path class=\"arrow{dashed}\" stroke=\"{stroke}\" d=\"M{from} {line_y}H{}\"/>\
                 <path fill=\"{stroke}\" d=\"M{to} {line_y}l{tip} -5v10z\"/>",
                to + tip
            );
            let mark = if bad { "\u{2716} " } else { "" };
            let tail = if *expedited { " \u{2014} expedited flow" } else { "" };
            let _ = write!(
                out,
                "<text class=\"label\" fill=\"{stroke}\" x=\"{MIDDLE}\" y=\"{}\">{mark}{}{tail}</text>",
                line_y - 6,
                escape(label)
            );
            let mut below = line_y + 15;
            if !detail.is_empty() {
                let _ = write!(
                    out,
                    "<text class=\"detail\" x=\"{MIDDLE}\" y=\"{below}\">{}</text>",
                    escape(detail)
                );
                below += LINE;
            }
            if !tolerated.is_empty() {
                let names = tolerated.join(", ").to_lowercase().replace('_', " ");
                let _ = write!(
                    out,
                    "<text class=\"tolerated\" x=\"{MIDDLE}\" y=\"{below}\">tolerated: {}</text>",
                    escape(&names)
                );
                below += LINE;
            }
            for line in errors.iter().flat_map(|error| wrap(error)) {
                let _ = write!(
                    out,
                    "<text class=\"error\" x=\"{MIDDLE}\" y=\"{below}\">{}</text>",
                    escape(&line)
                );
                below += LINE;
            }
            out.push_str("</g>");
            badges(out, row, line_y);
            if let Some(point) = sync {
                below += 2;
                sync_point(out, point, below - 8);
                below += 4;
            }
            below - y
        }
    }
}

/// A line across both lifelines.
fn sync_point(out: &mut String, point: &SyncPoint, y: i32) {
    let (class, name) = if point.major { ("major", "major sync") } else { ("point", "minor sync") };
    let _ = write!(
        out,
        "<line class=\"{class}\" x1=\"{}\" y1=\"{y}\" x2=\"{}\" y2=\"{y}\"/>\
         <text class=\"pointname\" x=\"{}\" y=\"{}\">{name} {}</text>",
        LEFT - 70,
        RIGHT + 40,
        RIGHT + 46,
        y + 4,
        point.number
    );
}

/// The tokens beside the party that has them: filled if they came in this row.
fn badges(out: &mut String, row: &Row, y: i32) {
    let mut left = LEFT - 22;
    let mut right = RIGHT + 8;
    for (index, (_, letter)) in TOKENS.iter().enumerate() {
        let Some(holder) = row.holders.0[index] else { continue };
        let x = match holder {
            Direction::Forward => {
                left -= 17;
                left + 17
            }
            Direction::Backward => {
                right += 17;
                right - 17
            }
        };
        let (fill, ink) = if row.moved[index] { ("#d97706", "#fff") } else { ("#fef3c7", "#92400e") };
        let _ = write!(
            out,
            "<rect x=\"{x}\" y=\"{}\" width=\"14\" height=\"14\" rx=\"3\" fill=\"{fill}\" stroke=\"#d97706\"/>\
             <text class=\"badge\" fill=\"{ink}\" x=\"{}\" y=\"{}\">{letter}</text>",
            y - 7,
            x + 7,
            y + 4
        );
    }
}

fn pill(out: &mut String, text: &str, class: &str, shape: &str, y: i32) {
    let width = i32::try_from(text.chars().count()).unwrap_or(100).min(100) * 13 / 2 + 28;
    let _ = write!(
        out,
        "<rect class=\"{shape}\" x=\"{}\" y=\"{}\" width=\"{width}\" height=\"20\" rx=\"10\"/>\
         <text class=\"{class}\" x=\"{MIDDLE}\" y=\"{}\">{}</text>",
        MIDDLE - width / 2,
        y + 4,
        y + 18,
        escape(text)
    );
}

/// Lines of an error, broken between words.
fn wrap(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let word: String = word.chars().take(ERROR_WIDTH).collect();
        let here = lines.last().map_or(0, |line| line.chars().count());
        if here > 0 && here + 1 + word.chars().count() > ERROR_WIDTH {
            if lines.len() == ERROR_LINES {
                if let Some(line) = lines.last_mut() {
                    line.push('\u{2026}');
                }
                break;
            }
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_control_characters_are_escaped() {
        assert_eq!(escape("<a b=\"c\">&\u{0}\u{1b}"), "&lt;a b=&quot;c&quot;&gt;&amp;\u{fffd}\u{fffd}");
    }

    #[test]
    fn errors_are_broken_between_words() {
        let lines = wrap(&"word ".repeat(60));
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| line.len() <= ERROR_WIDTH));
        assert_eq!(wrap(&"word ".repeat(600)).len(), ERROR_LINES);
        assert_eq!(wrap(&"x".repeat(10_000))[0].len(), ERROR_WIDTH);
    }
}
