//! The facade: endpoints, listeners and sessions.
