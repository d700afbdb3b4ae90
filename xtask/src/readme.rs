//! The listings of README.md are files that the tests run.
use crate::Result;
use crate::workspace::Workspace;
use std::fs;

/// Every listing that follows a comment `<!-- path -->` equals that file.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let text = read(workspace, "README.md")?;
    let listings = listings(&text);
    if listings.is_empty() {
        return Err("README.md shows no file".into());
    }
    for (path, listing) in listings {
        if read(workspace, path)?.trim_end() != listing.trim_end() {
            return Err(format!("README.md shows {path} differently: copy the file into the listing"));
        }
    }
    Ok(())
}

fn read(workspace: &Workspace, path: &str) -> Result<String> {
    fs::read_to_string(workspace.root.join(path)).map_err(|e| format!("{path}: {e}"))
}

/// Path and text of each listing.
fn listings(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for part in text.split("<!-- ").skip(1) {
        let Some((path, rest)) = part.split_once(" -->\n```") else { continue };
        let Some((_language, rest)) = rest.split_once('\n') else { continue };
        let Some((listing, _)) = rest.split_once("\n```") else { continue };
        found.push((path, listing));
    }
    found
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_listing_is_found_with_its_path() {
        let text = "Text\n<!-- a/b.py -->\n```python\nx = 1\ny = 2\n```\nmore <!-- c.h -->\n```c\nint z;\n```\n<!-- a remark -->";
        assert_eq!(super::listings(text), [("a/b.py", "x = 1\ny = 2"), ("c.h", "int z;")]);
    }
}
