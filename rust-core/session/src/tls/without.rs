//! In place of TLS where the feature is off: there is no such layer, and nothing can be asked of one.
use crate::config::SessionConfig;
use crate::port::Wire;
use bytes::Bytes;
use osisession_proto::Error;
use osisession_proto::error::Result;

/// Has no value.
#[derive(Debug)]
pub(crate) enum Layer {}

impl Layer {
    pub(crate) fn new(_: &SessionConfig, _: bool, _: &str) -> Option<Result<Layer>> {
        None
    }

    pub(crate) fn is_up(&self) -> bool {
        match *self {}
    }

    pub(crate) fn received(&mut self, _: &[u8], _: &mut Wire, _: &str) -> Result<bool> {
        match *self {}
    }

    pub(crate) fn truncated(&self, _: &str) -> Error {
        match *self {}
    }

    pub(crate) fn fill(&mut self, _: &mut Wire, _: impl FnMut() -> Option<Bytes>) -> Result<()> {
        match *self {}
    }

    pub(crate) fn flush(&mut self, _: &mut Wire) {
        match *self {}
    }

    pub(crate) fn finish(&mut self, _: &mut Wire) {
        match *self {}
    }
}
