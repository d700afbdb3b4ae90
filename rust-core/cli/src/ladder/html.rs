//! Diagrams as a page without anything from outside.
use super::svg::{self, escape};
use super::{Body, Diagram};
use std::fmt::Write as _;

/// How to read a diagram.
pub(super) const LEGEND: &str = "Boxes beside a lifeline are the tokens that its party has: D data, S synchronize-minor, \
M major/activity, R release; filled when they have just come. Red: invalid. Dashed arrow: expedited flow.";

const STYLE: &str = "\
body{font-family:system-ui,'DejaVu Sans',sans-serif;color:#1f2933;background:#f5f7fa;margin:0 auto;max-width:1200px;padding:16px}\
h1{font-size:20px;margin:0 0 4px}h2{font-size:15px;margin:24px 0 8px}p{margin:0 0 8px;color:#52606d;font-size:13px}\
svg{max-width:100%;height:auto;border:1px solid #e4e7eb;border-radius:6px}.bad{color:#c81e1e;font-weight:600}";

/// A page with all diagrams.
pub(super) fn page(diagrams: &[&Diagram], left_out: usize) -> String {
    let mut body = String::new();
    for diagram in diagrams {
        let faults = diagram.rows.iter().filter(|row| match &row.body {
            Body::Arrow { errors, .. } => !errors.is_empty(),
            Body::Error(_) => true,
            Body::Note(_) => false,
        });
        let verdict = match faults.count() {
            0 => String::new(),
            count => format!(" <span class=\"bad\">{count} in error</span>"),
        };
        let connection = &diagram.connection;
        let _ = write!(
            body,
            "<h2>#{} {} \u{2194} {}{verdict}</h2>\n{}",
            connection.number,
            escape(&connection.first),
            escape(&connection.second),
            svg::diagram(diagram)
        );
    }
    if diagrams.is_empty() {
        body.push_str("<p>Nothing to draw.</p>");
    }
    if left_out > 0 {
        let _ = write!(body, "<p>{left_out} more, not drawn.</p>");
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Session ladder</title>\
         <style>{STYLE}</style></head>\n<body><h1>Session ladder</h1><p>{} Point at an arrow to read its SPDUs.</p>\n\
         {body}</body></html>\n",
        escape(LEGEND)
    )
}
