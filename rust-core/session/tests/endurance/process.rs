//! What this process takes of the system.

/// Memory and descriptors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    pub(crate) resident_kib: u64,
    pub(crate) descriptors: usize,
}

pub(crate) fn usage() -> Usage {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    let resident_kib = line.trim().trim_end_matches(" kB").parse().unwrap_or(0);
    let descriptors = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    Usage { resident_kib, descriptors }
}

/// A number from the environment.
pub(crate) fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// One measures at a time: it is one process.
pub(crate) static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
