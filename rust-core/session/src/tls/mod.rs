//! TLS below TPKT (IEC 62351-3 and -4): a layer between the octets of a port and the class 0 engine.
#[cfg(feature = "tls")]
mod config;
#[cfg(feature = "tls")]
mod failure;
#[cfg(feature = "tls")]
mod layer;
#[cfg(not(feature = "tls"))]
mod without;

#[cfg(feature = "tls")]
pub use config::{Tls, TlsConfig, TlsVersion};
#[cfg(feature = "tls")]
pub use layer::TlsInfo;

#[cfg(feature = "tls")]
pub(crate) use layer::Layer;
#[cfg(not(feature = "tls"))]
pub(crate) use without::Layer;
