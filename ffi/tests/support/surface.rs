//! What a header promises, and whether another one keeps it.
use std::collections::BTreeMap;

/// Functions, structs and constants of a header.
pub(crate) struct Surface {
    /// The name, and the declaration in one spacing.
    functions: BTreeMap<String, String>,
    /// The name, and what stands for it: handles, and pointers to functions.
    types: BTreeMap<String, String>,
    /// The name, and the declarations of the fields in order.
    structs: BTreeMap<String, Vec<String>>,
    /// The name, and the value.
    constants: BTreeMap<String, String>,
}

impl Surface {
    /// Reads a header as the generator writes it.
    pub(crate) fn of(header: &str) -> Surface {
        let mut surface = Surface {
            functions: BTreeMap::new(),
            types: BTreeMap::new(),
            structs: BTreeMap::new(),
            constants: BTreeMap::new(),
        };
        let mut code = String::new();
        let mut comment = false;
        for line in header.lines() {
            let line = line.trim();
            if line.starts_with("/*") {
                comment = true;
            }
            if let Some(definition) = line.strip_prefix("#define OSISESSION_").filter(|_| !comment) {
                if let Some((name, value)) =
                    definition.split_once(' ').filter(|(name, _)| !name.contains('('))
                {
                    surface.constants.insert(format!("OSISESSION_{name}"), value.to_owned());
                }
            } else if !comment && !line.starts_with(['#', '/']) && !line.ends_with('\\') {
                code.push_str(line);
                code.push(' ');
            }
            if line.ends_with("*/") {
                comment = false;
            }
        }
        let mut rest = code.as_str();
        while let Some(end) = statement(rest) {
            surface.take(rest[..end].trim());
            rest = &rest[end + 1..];
        }
        surface
    }

    fn take(&mut self, statement: &str) {
        let one_spacing: Vec<&str> = statement.split_whitespace().collect();
        let text = one_spacing.join(" ").replace("extern \"C\" { ", "");
        if let Some((head, body)) = text.split_once('{') {
            let head = head.trim().trim_start_matches("typedef ");
            if let (Some(name), Some((fields, _))) = (head.strip_prefix("struct "), body.rsplit_once('}')) {
                let fields = fields.split(';').map(str::trim).filter(|field| !field.is_empty());
                self.structs.insert(name.to_owned(), fields.map(str::to_owned).collect());
            }
        } else if let Some(meaning) = text.strip_prefix("typedef ") {
            self.types.insert(field_name(meaning).to_owned(), text.clone());
        } else if let Some((before, _)) = text.split_once('(')
            && let Some(name) =
                before.rsplit([' ', '*']).next().filter(|name| name.starts_with("osisession_"))
        {
            self.functions.insert(name.to_owned(), text.clone());
        }
    }

    /// The names of structs with fields, and those of the fields.
    pub(crate) fn layouts(&self) -> Vec<(&str, Vec<&str>)> {
        self.structs
            .iter()
            .map(|(name, fields)| (name.as_str(), fields.iter().map(|field| field_name(field)).collect()))
            .collect()
    }

    /// All functions, as they are declared.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &str> {
        self.functions.values().map(String::as_str)
    }

    /// A newer header as far as this one knows it: without the fields that were added to the ends of structs.
    pub(crate) fn known_of(&self, newer: &str) -> String {
        let surface = Surface::of(newer);
        let mut text = newer.to_owned();
        for (name, was) in &self.structs {
            for field in surface.structs.get(name).and_then(|is| is.get(was.len()..)).unwrap_or_default() {
                let start = text.find(&format!("struct {name} {{")).expect("it was read from this text");
                let line = format!("  {field};\n");
                let at = start + text[start..].find(&line).expect("a field has a line of its own");
                text.replace_range(at..at + line.len(), "");
            }
        }
        text
    }

    /// Everything in which `newer` breaks what this header promised to the programs that were compiled with it.
    pub(crate) fn broken_by(&self, newer: &Surface) -> Vec<String> {
        let mut broken = Vec::new();
        for (before, now) in [
            (&self.functions, &newer.functions),
            (&self.types, &newer.types),
            (&self.constants, &newer.constants),
        ] {
            for (name, was) in before {
                match now.get(name) {
                    None => broken.push(format!("{name} is gone")),
                    Some(is) if is != was => broken.push(format!("{name} was {was} and is {is}")),
                    Some(_) => {}
                }
            }
        }
        for (name, was) in &self.structs {
            let Some(is) = newer.structs.get(name) else {
                broken.push(format!("struct {name} is gone"));
                continue;
            };
            if !is.starts_with(was) {
                let field = was.iter().zip(is).find(|(was, is)| was != is);
                broken.push(format!("struct {name}: what was there has changed, first {field:?}"));
            } else if is.len() > was.len() {
                if was.first().is_none_or(|first| first != "uint32_t struct_size") {
                    broken.push(format!("struct {name} has grown, and has no struct_size"));
                }
                // A struct inside another moves what follows it.
                let by_value = [format!("struct {name} "), format!("{name} ")];
                for (outer, fields) in newer.structs.iter().filter(|(outer, _)| *outer != name) {
                    let holds = |field: &&String| {
                        by_value.iter().any(|start| field.starts_with(start.as_str())) && !field.contains('*')
                    };
                    if let Some(field) = fields.iter().find(holds) {
                        broken.push(format!("struct {name} has grown inside {outer}: {field:?}"));
                    }
                }
            }
        }
        broken
    }
}

/// The end of the first declaration: a semicolon outside braces.
fn statement(code: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in code.char_indices() {
        match c {
            // The brace of extern "C" is never closed before the end of what matters here.
            '{' if !code[..at].trim_end().ends_with("extern \"C\"") => depth += 1,
            '}' => {
                depth -= 1;
                // A function with a body ends without a semicolon.
                if depth == 0 && code[..at].contains("static inline") {
                    return Some(at);
                }
            }
            ';' if depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

/// "uint8_t octets[16]" declares octets, "void (*on_event)(void *)" on_event.
fn field_name(field: &str) -> &str {
    if let Some((_, pointer)) = field.split_once("(*") {
        return pointer.split(')').next().unwrap_or(pointer);
    }
    let name = field.rsplit([' ', '*']).next().unwrap_or(field);
    name.split('[').next().unwrap_or(name)
}
