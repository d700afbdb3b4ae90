//! Reads `osisession.symbols`: what the shared library exports, and since which version. The build script, the tests and
//! `cargo xtask dist` include this file.

/// The list.
pub(crate) struct Symbols {
    /// The name that programs are linked with; its number is the number of the ABI.
    pub(crate) soname: String,
    /// The name, and the version that introduced it: ("osisession_version", "0.1").
    pub(crate) functions: Vec<(String, String)>,
}

impl Symbols {
    /// Reads the text of `osisession.symbols`.
    pub(crate) fn read(text: &str) -> Result<Symbols, String> {
        let mut symbols = Symbols { soname: String::new(), functions: Vec::new() };
        for (number, line) in text.lines().enumerate() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                [] | ["#", ..] => {}
                ["soname", name] => symbols.soname = (*name).to_owned(),
                [name, version] if name.starts_with("osisession_") => {
                    symbols.functions.push(((*name).to_owned(), (*version).to_owned()));
                }
                _ => return Err(format!("osisession.symbols, line {}: {line:?} is no symbol", number + 1)),
            }
        }
        if symbols.soname.is_empty() {
            Err("osisession.symbols has no soname".to_owned())
        } else {
            Ok(symbols)
        }
    }

    /// The name of a version in the shared library.
    #[allow(dead_code, reason = "the build script needs the soname alone")]
    pub(crate) fn node(version: &str) -> String {
        format!("OSISESSION_{version}")
    }

    /// The versions that introduced something, oldest first.
    #[allow(dead_code, reason = "the build script needs the soname alone")]
    pub(crate) fn versions(&self) -> Vec<&str> {
        let mut versions: Vec<&str> = self.functions.iter().map(|(_, version)| version.as_str()).collect();
        versions
            .sort_by_key(|version| version.split('.').map(|n| n.parse().unwrap_or(0)).collect::<Vec<u32>>());
        versions.dedup();
        versions
    }

    /// The version script for the linker: a node for each version, each with the one before it; all else is local.
    #[allow(dead_code, reason = "the build script needs the soname alone")]
    pub(crate) fn version_script(&self) -> String {
        let mut script = String::new();
        let mut before = None;
        for version in self.versions() {
            script.push_str(&format!("{} {{\n  global:\n", Symbols::node(version)));
            for (name, _) in self.functions.iter().filter(|(_, since)| since == version) {
                script.push_str(&format!("    {name};\n"));
            }
            match before {
                None => script.push_str("  local:\n    *;\n};\n"),
                Some(before) => script.push_str(&format!("}} {};\n", Symbols::node(before))),
            }
            before = Some(version);
        }
        script
    }
}
