//! What this process takes of the system.

/// Memory and descriptors at a moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Resident memory, KiB.
    pub resident: u64,
    /// Open descriptors.
    pub descriptors: usize,
}

impl Usage {
    /// Now; `None` where the system does not show it.
    pub fn now() -> Option<Usage> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let resident = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        // The directory itself is open meanwhile.
        let descriptors = std::fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1);
        Some(Usage { resident, descriptors })
    }
}

/// How many descriptors this process may have; `None` where the system does not show it.
pub fn descriptors_allowed() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The number after an option of the command line, if it is there.
///
/// # Errors
/// What follows it is no number.
pub fn option(name: &str) -> Result<Option<u64>, String> {
    let mut arguments = std::env::args();
    if !arguments.any(|argument| argument == name) {
        return Ok(None);
    }
    let value = arguments.next().unwrap_or_default();
    value.parse().map(Some).map_err(|_| format!("{name} needs a number, not '{value}'"))
}
