//! Two machines hold sessions on virtual time.
mod establishment;
mod failures;
mod random;
mod services;
